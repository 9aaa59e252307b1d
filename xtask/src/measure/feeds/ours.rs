//! The exchange over a collection of some size, on one of its engines.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use unwatched_testkit::postgres::TemporaryPostgres;

use super::super::cost::now;
use super::super::exchange::server::postgres_cpu_ms;
use super::super::release::Programs;
use super::super::table::Table;
use super::content::{self, COLLECTION, ROOT};
use super::served::Served;
use super::{COMMUNITY, PAGE, millis};
use crate::cargo;

/// So many pages are asked, each elsewhere in the collection.
const PAGES: usize = 2_000;
const COPIES: i64 = 5;
/// So many batches are added: enough for the kernel's count of time.
const BATCHES: usize = 300;
/// What is added comes after everything that is there.
const NEW: usize = 900_000_000;

/// Where its rows are.
pub(super) struct Rows<'a> {
    /// PostgreSQL and the name of a database in it; without, SQLite.
    pub(super) postgres: Option<(&'a TemporaryPostgres, String)>,
}

impl Rows<'_> {
    fn engine(&self) -> &'static str {
        if self.postgres.is_some() { "PostgreSQL" } else { "SQLite" }
    }

    fn url(&self) -> Option<String> {
        self.postgres.as_ref().map(|(server, database)| server.url(database))
    }
}

/// A running exchange, and the folder of its database's socket.
struct Ours {
    served: Served,
    socket: Option<String>,
}

/// CPU of the server, and of PostgreSQL where it is one.
#[derive(Clone, Copy)]
struct Cpu {
    server: i64,
    postgres: Option<i64>,
}

impl Ours {
    fn cpu(&self) -> Result<Cpu> {
        let postgres = self.socket.as_deref().map(postgres_cpu_ms).transpose()?;
        Ok(Cpu { server: self.served.cpu_ms()?, postgres })
    }

    /// What it cost since then.
    fn since(&self, before: Cpu) -> Result<Cpu> {
        let after = self.cpu()?;
        let postgres = after.postgres.zip(before.postgres).map(|(after, before)| after - before);
        Ok(Cpu { server: after.server - before.server, postgres })
    }
}

impl Cpu {
    /// In words, for each of so many.
    fn for_each(self, of: i64) -> String {
        let beside = |ms: i64| format!(", and {} of PostgreSQL's", millis(ms * 1000 / of));
        let beside = self.postgres.map_or_else(String::new, beside);
        format!("{} CPU{beside}", millis(self.server * 1000 / of))
    }
}

/// Fills it with so many objects and measures everything.
pub(super) fn measure(
    programs: &Programs,
    rows: &Rows<'_>,
    objects: usize,
    table: &mut Table,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let goal = |text: &'static str| if rows.postgres.is_none() { text } else { "" };
    let engine = rows.engine();
    let mut ours = start(programs, rows, folder.path(), objects)?;
    let pages = pages(&mut ours, objects)?;
    let what = format!("a page of {PAGE}, {objects} objects, {engine}");
    table.row(&what, pages.for_each(i64::try_from(PAGES)?), goal("0.5 ms, the same at each size"));
    if objects == COMMUNITY {
        let before = ours.cpu()?;
        let started = now();
        for _ in 0..COPIES {
            let seen = ours.served.copy(1_000)?;
            if seen != objects {
                bail!("a full copy has {seen} objects of {objects}");
            }
        }
        let waited = started.elapsed().as_millis() / u128::try_from(COPIES)?;
        let cost = ours.since(before)?.for_each(COPIES);
        let what = format!("a full copy, pages of 1000, {objects} objects, {engine}");
        table.row(&what, format!("{cost}, {waited} ms to wait"), goal("300 ms"));
    }
    let before = ours.cpu()?;
    for batch in 0..BATCHES {
        let first = NEW + batch * PAGE;
        ours.served.add(&content::envelope(first..first + PAGE))?.expect(202)?;
    }
    let cost = ours.since(before)?;
    let added = i64::try_from(BATCHES * PAGE)?;
    let rate = added * 1000 / cost.server.max(1);
    let with = cost.postgres.map_or_else(String::new, |ms| {
        format!("; {} with PostgreSQL's", added * 1000 / (cost.server + ms).max(1))
    });
    let what = format!("adding, durable, batches of {PAGE}, {objects} objects, {engine}");
    table.row(&what, format!("{rate} objects per CPU second{with}"), goal("10000"));
    let what = format!("the server's peak memory in all of this, {objects} objects, {engine}");
    table.row(&what, format!("{} MiB", ours.served.peak_mib()), "");
    Ok(())
}

/// All over the collection, not one after the other.
fn pages(ours: &mut Ours, objects: usize) -> Result<Cpu> {
    let step = (objects - PAGE - 1) / PAGES;
    let mut before = ours.cpu()?;
    for turn in 0..=PAGES {
        let after = content::added(turn * 7 % PAGES * step)?;
        let page = ours.served.page(PAGE, &format!("&added_after={after}"))?;
        if page.count != PAGE {
            bail!("a page has {} objects", page.count);
        }
        // The first one is not counted: what is prepared once is prepared in it.
        if turn == 0 {
            before = ours.cpu()?;
        }
    }
    ours.since(before)
}

fn start(programs: &Programs, rows: &Rows<'_>, folder: &Path, objects: usize) -> Result<Ours> {
    let text = |name: &str| folder.join(name).to_str().map(str::to_owned);
    let (content, data) = text("content.json").zip(text("data")).context("a folder in UTF-8")?;
    let program = |words: &[&str]| {
        let mut command = programs.exchange(words);
        command.args(["--data", &data]).env("RUST_LOG", "error");
        if let Some(url) = rows.url() {
            command.env("UNWATCHED_DATABASE__URL", url);
        }
        command
    };
    let run = |words: &[&str]| cargo::output(&mut program(words));
    content::for_ours(Path::new(&content), objects)?;
    run(&["admin", "taxii", "load", &content])?;
    fs::remove_file(&content)?;
    run(&["admin", "partner", "add", "example-lab", "--category", "vendor"])?;
    run(&["admin", "taxii", "grant", ROOT, "--partner", "example-lab", "--read", "--write"])?;
    let words = ["admin", "token", "create", "--partner", "example-lab", "--role", "analyst"];
    let token = run(&words)?;
    let mut serve = program(&["serve", "--no-worker", "--listen", "127.0.0.1:0"]);
    let objects = format!("/{ROOT}/collections/{COLLECTION}/objects/");
    let bearer = format!("Bearer {}", token.trim());
    let served = Served::start(&mut serve, folder, &bearer, &objects)?;
    let socket = rows.url();
    let socket = socket.as_deref().and_then(|url| url.split_once("host="));
    let socket = socket.map(|(_, folder)| folder.to_owned());
    Ok(Ours { served, socket })
}
