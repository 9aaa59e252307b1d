//! The field's own TAXII servers, from the Python package index, each in an environment of its own
//! below `target/`, over the same objects. What cannot be measured is said in its row.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::super::cost::now;
use super::super::table::Table;
use super::content::{self, COLLECTION, ROOT};
use super::served::Served;
use super::{COMMUNITY, PAGE, millis};
use crate::cargo::{output, run};
use crate::house;

const OPENTAXII: &str = "opentaxii==0.9.3";
/// Which its own manual serves it with.
const GUNICORN: &str = "gunicorn==27.0.1";
const MEDALLION: &str = "medallion==3.0.0";
/// Of medallion a page costs with the square of the collection.
const FEW: usize = 1_000;
const PASSWORD: &str = "made-up-to-measure";
/// `measured` with that password, as Basic authentication has it.
const BASIC: &str = "Basic bWVhc3VyZWQ6bWFkZS11cC10by1tZWFzdXJl";

/// Both, where they run.
pub(super) fn measure(table: &mut Table) {
    for (name, measured) in [
        (OPENTAXII, opentaxii as fn(&mut Table) -> Result<()>),
        (MEDALLION, medallion as fn(&mut Table) -> Result<()>),
    ] {
        if let Err(error) = measured(table) {
            let why = format!("{error:#}").replace(['\n', '|'], " ");
            table.row(&format!("{name}, left out"), why, "");
        }
    }
}

fn install(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let environment = house::target().join("measure").join(name);
    let installed = environment.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|words| words == packages.join(" ")) {
        return Ok(environment.join("bin"));
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    let mut pip = Command::new(environment.join("bin/pip"));
    run(pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(packages))?;
    fs::write(installed, packages.join(" "))?;
    Ok(environment.join("bin"))
}

fn opentaxii(table: &mut Table) -> Result<()> {
    let programs = install("opentaxii", &[OPENTAXII, GUNICORN])?;
    let folder = tempfile::tempdir()?;
    let mut server = start_opentaxii(&programs, folder.path())?;
    let before = server.cpu_ms()?;
    let mut answered = 0;
    for first in (0..COMMUNITY).step_by(PAGE) {
        let numbers = first..(first + PAGE).min(COMMUNITY);
        answered = server.add(&content::envelope(numbers))?.status;
    }
    let rate = per_second(COMMUNITY, server.cpu_ms()? - before)?;
    let kept = match answered {
        202 => String::new(),
        other => format!("; it keeps them, and answers {other}"),
    };
    let what = format!("{OPENTAXII}: adding {COMMUNITY} objects, batches of {PAGE}, SQLite");
    table.row(&what, format!("{rate} objects per CPU second{kept}"), "");

    let before = server.cpu_ms()?;
    let mut next = String::new();
    let mut pages = 0;
    while let Some(token) = full_page(&mut server, &next)?
        && pages < 50
    {
        next = format!("&next={token}");
        pages += 1;
    }
    let each = (server.cpu_ms()? - before) * 1000 / (pages + 1);
    let what = format!("{OPENTAXII}: a page of {PAGE}, {COMMUNITY} objects, SQLite");
    table.row(&what, format!("{} CPU", millis(each)), "");

    let before = server.cpu_ms()?;
    let started = now();
    let seen = server.copy(1_000)?;
    let (cost, waited) = (server.cpu_ms()? - before, started.elapsed().as_millis());
    if seen != COMMUNITY {
        bail!("a full copy has {seen} objects of {COMMUNITY}");
    }
    let what = format!("{OPENTAXII}: a full copy, pages of 1000, {COMMUNITY} objects, SQLite");
    table.row(&what, format!("{} CPU, {waited} ms to wait", millis(cost * 1000)), "");
    table.row(
        &format!("{OPENTAXII}: its peak memory in all of this"),
        format!("{} MiB", server.peak_mib()),
        "",
    );
    Ok(())
}

/// With its rows in SQLite and one process that serves; a token, because its passwords cost more
/// than its pages.
fn start_opentaxii(programs: &Path, folder: &Path) -> Result<Served> {
    let at = |name: &str| format!("sqlite:///{}", folder.join(name).display());
    let database = |class: &str, name: &str| json!({ "class": class, "parameters": { "db_connection": at(name), "create_tables": true } });
    let mut accounts = database("opentaxii.auth.sqldb.SQLDatabaseAPI", "accounts.db");
    accounts["parameters"]["secret"] = json!("0123456789abcdef0123456789abcdef");
    accounts["parameters"]["token_ttl_secs"] = json!(86_400);
    let settings = json!({
        "domain": "127.0.0.1", "support_basic_auth": true, "auth_api": accounts,
        "taxii1": null,
        "taxii2": {
            "persistence_api":
                database("opentaxii.persistence.sqldb.Taxii2SQLDatabaseAPI", "objects.db"),
            "contact": "nobody", "title": "Measured", "max_content_length": 10_485_760,
            "public_discovery": true,
        },
        "logging": { "opentaxii": "error", "root": "error" },
    });
    // JSON is YAML.
    let file = folder.join("settings.yml");
    fs::write(&file, settings.to_string())?;
    let program = |name: &str, words: &[&str]| {
        let mut command = Command::new(programs.join(name));
        command.args(words).env("OPENTAXII_CONFIG", &file).current_dir(folder);
        command
    };
    let words = ["--username", "measured", "--password", PASSWORD];
    let said = output(&mut program("opentaxii-create-account", &words))?;
    let token = said.lines().find_map(|line| line.strip_prefix("token: "));
    let bearer = format!("Bearer {}", token.context("it gives a token")?.trim());
    output(&mut program("opentaxii-add-api-root", &["--title", "Measured", "--default"]))?;
    let words = ["--workers", "1", "--bind", "127.0.0.1:0", "opentaxii.http:app"];
    let serve = || program("gunicorn", &words);
    let mut server = Served::start(&mut serve(), folder, &bearer, "")?;
    let discovery: Value = serde_json::from_slice(&server.get("/taxii2/")?.expect(200)?.body)?;
    drop(server);
    let root = discovery["default"].as_str().context("it says where its root is")?.to_owned();
    let id = root.trim_matches('/').rsplit('/').next().unwrap_or_default();
    let words = ["--rootid", id, "--title", "Measured", "--alias", ROOT];
    let public = ["--public", "--public-write"];
    output(program("opentaxii-add-collection", &words).args(public))?;
    Served::start(&mut serve(), folder, &bearer, &format!("{root}collections/{ROOT}/objects/"))
}

fn full_page(server: &mut Served, next: &str) -> Result<Option<String>> {
    let page = server.page(PAGE, next)?;
    if page.count != PAGE {
        bail!("a page has {} objects", page.count);
    }
    Ok(page.next)
}

fn medallion(table: &mut Table) -> Result<()> {
    const TURNS: usize = 5;
    let programs = install("medallion", &[MEDALLION])?;
    let folder = tempfile::tempdir()?;
    let mut server = start_medallion(&programs, folder.path(), FEW)?;
    let before = server.cpu_ms()?;
    for turn in 0..TURNS {
        let after = content::added(turn * (FEW - PAGE) / TURNS)?;
        full_page(&mut server, &format!("&added_after={after}"))?;
    }
    let each = (server.cpu_ms()? - before) * 1000 / i64::try_from(TURNS)?;
    let what = format!("{MEDALLION}: a page of {PAGE}, {FEW} objects, in memory");
    table.row(&what, format!("{} CPU", millis(each)), "");
    let before = server.cpu_ms()?;
    for batch in 0..10 {
        let first = 900_000_000 + batch * PAGE;
        server.add(&content::envelope(first..first + PAGE))?.expect(202)?;
    }
    let rate = per_second(10 * PAGE, server.cpu_ms()? - before)?;
    let what = format!("{MEDALLION}: adding, not durable, batches of {PAGE}, in memory");
    table.row(&what, format!("{rate} objects per CPU second"), "");
    let what = format!("{MEDALLION}: its peak memory in all of this");
    table.row(&what, format!("{} MiB", server.peak_mib()), "");
    drop(server);

    let mut server = start_medallion(&programs, folder.path(), COMMUNITY)?;
    let before = server.cpu_ms()?;
    let page = server.page(PAGE, "");
    let cost = server.cpu_ms()? - before;
    let figure = match page {
        Ok(_) => format!("{} CPU", millis(cost * 1000)),
        Err(_) => format!("none within a minute, after {} CPU", millis(cost * 1000)),
    };
    let what = format!("{MEDALLION}: a page of {PAGE}, {COMMUNITY} objects, in memory");
    table.row(&what, figure, "");
    Ok(())
}

fn start_medallion(programs: &Path, folder: &Path, objects: usize) -> Result<Served> {
    let (content, file) = (folder.join("content.json"), folder.join("settings.json"));
    content::for_medallion(&content, objects)?;
    let settings = json!({
        "backend": { "module": "medallion.backends.memory_backend",
                     "module_class": "MemoryBackend", "filename": content },
        "users": { "measured": PASSWORD },
        "taxii": { "max_page_size": 1_000 },
    });
    fs::write(&file, settings.to_string())?;
    let mut serve = Command::new(programs.join("medallion"));
    serve.args(["--port", "0"]).arg(&file);
    let objects = format!("/{ROOT}/collections/{COLLECTION}/objects/");
    Served::start(&mut serve, folder, BASIC, &objects)
}

fn per_second(objects: usize, cpu_ms: i64) -> Result<i64> {
    Ok(i64::try_from(objects)? * 1000 / cpu_ms.max(1))
}
