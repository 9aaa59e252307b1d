//! The TAXII server: what a page, a batch that is added and a full copy cost the server's process,
//! with collections of the community's size and of a million objects.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::{Child, ChildStderr, Stdio};

use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use super::Arguments;
use super::exchange::client::Client;
use super::exchange::server::cpu_ms;
use super::release::Programs;
use super::table::Table;
use crate::cargo;

/// As many objects as the community's data makes.
const COMMUNITY: usize = 12_143;
/// Each page is asked so often, each time elsewhere in the collection.
const PAGES: usize = 400;
const PAGE: usize = 100;
const BATCHES: usize = 100;
const TAXII: &str = "application/taxii+json;version=2.1";
const COLLECTION: &str = "/measured/collections/91a7b528-80eb-42ed-a74d-c6fbd5a26116";
const FIRST: &str = "2026-01-01T00:00:00Z";

pub(super) fn measure(arguments: &Arguments) -> Result<Table> {
    let programs = Programs::of(arguments.programs.as_deref())?;
    let many = arguments.samples.unwrap_or(1_000_000);
    let mut table = Table::new();
    for objects in [COMMUNITY, many] {
        let folder = tempfile::tempdir()?;
        let server = Server::start(&programs, folder.path(), objects)?;
        let mut client = Client::new(&server.address);
        let page = pages(&server, &mut client, objects)?;
        let what = format!("a page of {PAGE} objects, {objects} in the collection");
        table.row(&what, millis(page), "0.5 ms; OpenTAXII 14.5 ms, elsewhere");
        if objects == COMMUNITY {
            let copy = copy(&server, &mut client, objects)?;
            let what = format!("a full copy of {objects} objects, pages of 1,000");
            table.row(&what, millis(copy), "300 ms; OpenTAXII 1.0 s for 5,000, elsewhere");
        }
        let rate = add(&server, &mut client)?;
        let what = format!("adding, durable, batches of 100, {objects} in the collection");
        table.row(
            &what,
            format!("{rate} objects per CPU second"),
            "10,000; OpenTAXII 356, elsewhere",
        );
    }
    Ok(table)
}

fn millis(us: i64) -> String {
    format!("{}.{:03} ms CPU", us / 1000, us % 1000)
}

/// Microseconds of the server's CPU per page, all over the collection.
fn pages(server: &Server, client: &mut Client, objects: usize) -> Result<i64> {
    let first: Timestamp = FIRST.parse()?;
    let ask = |client: &mut Client, at: usize| -> Result<()> {
        let at = i64::try_from(at)?;
        let after = first + SignedDuration::from_millis(at);
        let path = format!("{COLLECTION}/objects/?limit={PAGE}&added_after={after:.6}");
        let answer = client.get(&path, &server.headers())?.expect(200)?;
        let envelope: Value = serde_json::from_slice(&answer.body)?;
        let count = envelope["objects"].as_array().map_or(0, Vec::len);
        if count != PAGE {
            bail!("a page has {count} objects");
        }
        Ok(())
    };
    let step = (objects - PAGE) / PAGES;
    ask(client, 0)?;
    let before = server.cpu_ms()?;
    for turn in 0..PAGES {
        // Not one after the other.
        ask(client, turn * 7 % PAGES * step)?;
    }
    Ok((server.cpu_ms()? - before) * 1000 / i64::try_from(PAGES)?)
}

/// Microseconds of the server's CPU for everything, page after page.
fn copy(server: &Server, client: &mut Client, objects: usize) -> Result<i64> {
    const TIMES: i64 = 5;
    let before = server.cpu_ms()?;
    for _ in 0..TIMES {
        let (mut seen, mut next) = (0, String::new());
        loop {
            let path = format!("{COLLECTION}/objects/?limit=1000{next}");
            let answer = client.get(&path, &server.headers())?.expect(200)?;
            let envelope: Value = serde_json::from_slice(&answer.body)?;
            seen += envelope["objects"].as_array().map_or(0, Vec::len);
            match envelope["next"].as_str() {
                Some(token) => next = format!("&next={token}"),
                None => break,
            }
        }
        if seen != objects {
            bail!("a full copy has {seen} objects of {objects}");
        }
    }
    Ok((server.cpu_ms()? - before) * 1000 / TIMES)
}

/// Objects per second of the server's CPU.
fn add(server: &Server, client: &mut Client) -> Result<i64> {
    let mut headers = server.headers();
    headers.push(("Content-Type".to_owned(), TAXII.to_owned()));
    let before = server.cpu_ms()?;
    for batch in 0..BATCHES {
        let objects: Vec<_> = (0..PAGE).map(|at| object(900_000_000 + batch * PAGE + at)).collect();
        let body = format!("{{\"objects\":[{}]}}", objects.join(","));
        let path = format!("{COLLECTION}/objects/");
        client.ask("POST", &path, &headers, body.as_bytes())?.expect(202)?;
    }
    let took = (server.cpu_ms()? - before).max(1);
    Ok(i64::try_from(BATCHES * PAGE)? * 1000 / took)
}

fn object(number: usize) -> String {
    let id = format!("indicator--00000000-0000-4000-8000-{number:012}");
    format!(
        "{{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"{id}\",\"created\":\"{FIRST}\",\
         \"modified\":\"{FIRST}\",\"name\":\"domain of Watch Alpha (c2)\",\"description\":\"The app \
         sends to it or takes commands from it.\",\"indicator_types\":[\"malicious-activity\"],\
         \"pattern\":\"[domain-name:value = 'host-{number}.alpha.example']\",\"pattern_type\":\"stix\",\
         \"valid_from\":\"{FIRST}\",\"labels\":[\"role:c2\"],\"object_marking_refs\":\
         [\"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487\"]}}"
    )
}

/// Another server's content with so many objects.
fn write_content(path: &Path, objects: usize) -> Result<()> {
    let first: Timestamp = FIRST.parse()?;
    let mut file = BufWriter::new(File::create(path)?);
    write!(
        file,
        "{{\"roots\":{{\"measured\":{{\"title\":\"Measured\",\"collections\":[{{\"id\":\
         \"91a7b528-80eb-42ed-a74d-c6fbd5a26116\",\"title\":\"Measured\",\"can_read\":true,\
         \"can_write\":true,\"objects\":["
    )?;
    for number in 0..objects {
        let added = first + SignedDuration::from_millis(i64::try_from(number)? + 1);
        let comma = if number == 0 { "" } else { "," };
        let object = object(number);
        write!(file, "{comma}{{\"object\":{object},\"date_added\":\"{added:.6}\"}}")?;
    }
    write!(file, "]}}]}}}}}}")?;
    file.flush().context("write what is measured with")
}

/// A server over such content; it ends with the measurement.
struct Server {
    child: Child,
    address: String,
    token: String,
    _talk: BufReader<ChildStderr>,
}

impl Server {
    fn start(programs: &Programs, folder: &Path, objects: usize) -> Result<Self> {
        let (content, data) = (folder.join("content.json"), folder.join("data"));
        write_content(&content, objects)?;
        let text = |path: &Path| path.to_str().context("a folder in UTF-8").map(str::to_owned);
        let (content, data) = (text(&content)?, text(&data)?);
        let run = |words: &[&str]| cargo::output(&mut programs.exchange(words));
        run(&["--data", &data, "admin", "taxii", "load", &content])?;
        std::fs::remove_file(&content)?;
        run(&["--data", &data, "admin", "partner", "add", "example-lab", "--category", "vendor"])?;
        let token = run(&[
            "--data",
            &data,
            "admin",
            "token",
            "create",
            "--partner",
            "example-lab",
            "--role",
            "analyst",
        ])?;
        let words = ["--data", &data, "serve", "--no-worker", "--listen", "127.0.0.1:0"];
        let mut serve = programs.exchange(&words);
        serve.env("RUST_LOG", "warn");
        let mut child = serve.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let mut talk = BufReader::new(child.stderr.take().context("stderr was piped")?);
        let mut line = String::new();
        let address = loop {
            line.clear();
            if talk.read_line(&mut line)? == 0 {
                bail!("the exchange ended before it listened");
            }
            if let Some((_, address)) = line.split_once("listening on http://") {
                break address.trim().to_owned();
            }
        };
        Ok(Self { child, address, token: token.trim().to_owned(), _talk: talk })
    }

    fn headers(&self) -> Vec<(String, String)> {
        vec![
            ("Authorization".to_owned(), format!("Bearer {}", self.token)),
            ("Accept".to_owned(), TAXII.to_owned()),
        ]
    }

    fn cpu_ms(&self) -> Result<i64> {
        cpu_ms(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM);
        let _ = self.child.wait();
    }
}
