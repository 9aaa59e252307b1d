//! The exchange under load: what an upload, a lookup, its memory and each of its pages cost, with
//! a made-up coalition of any size in it.

mod asked;
pub(super) mod client;
mod crawl;
mod pages;
pub(super) mod server;

use std::path::Path;

use anyhow::{Context, Result};
use unwatched_testkit::postgres::{TemporaryPostgres, available};

use super::Arguments;
use super::cost::now;
use super::release::Programs;
use super::table::Table;
use server::{Place, Server};

/// As many as the goal for memory names.
const OBJECTS: usize = 100_000;
/// Of PostgreSQL only figures are wanted, and it fills more slowly.
const POSTGRES_MOST: usize = 100_000;
const STARTS: usize = 5;

pub(super) fn measure(arguments: &Arguments) -> Result<Table> {
    let samples = arguments.samples.unwrap_or(1_000_000);
    let programs = Programs::of(arguments.programs.as_deref())?;
    let mut table = Table::new();

    let folder = tempfile::tempdir()?;
    let objects = samples.min(OBJECTS);
    let place = Place::sqlite(folder.path());
    fill(&programs, &place, 40, objects, &mut table)?;
    start(&programs, &place, &mut table)?;
    work(&programs, &place, objects, &mut table)?;
    if arguments.without_pages {
        return Ok(table);
    }

    let large = match &arguments.coalition {
        Some(kept) => Some(Place::sqlite(kept)),
        None if samples > objects => Some(Place::sqlite(&folder.path().join("large"))),
        None => None,
    };
    if let Some(large) = &large {
        fill(&programs, large, 100, samples, &mut table)?;
    }
    let large = large.unwrap_or(place);
    let server = Server::start(&programs, &large)?;
    pages::measure(&server, &format!("SQLite, {samples} samples"), "p95 100 ms", &mut table)?;
    drop(server);
    drop(folder);
    postgres(&programs, samples.min(POSTGRES_MOST), &mut table)?;
    Ok(table)
}

/// Makes up a coalition, where there is none yet, and says what that took and how large it became.
fn fill(
    programs: &Programs,
    place: &Place,
    partners: usize,
    samples: usize,
    table: &mut Table,
) -> Result<()> {
    if !place.is_filled() {
        place.fill(programs, partners, samples)?;
    }
    let size = place
        .database_bytes()
        .map_or_else(String::new, |bytes| format!(", {} MiB of rows", bytes / 1024 / 1024));
    let goal = if samples >= 1_000_000 { "480 s" } else { "" };
    table.row(
        &format!("making up {samples} samples and {partners} partners, {}", place.engine()),
        format!("{}{size}", place.took()?),
        goal,
    );
    Ok(())
}

fn start(programs: &Programs, place: &Place, table: &mut Table) -> Result<()> {
    let mut millis = Vec::new();
    let mut cpu = Vec::new();
    for _ in 0..STARTS {
        let started = now();
        let server = Server::start(programs, place)?;
        server.client().get("/healthz", &[])?.expect(200)?;
        millis.push(started.elapsed().as_millis());
        cpu.push(server.cpu_ms()?);
    }
    millis.sort_unstable();
    cpu.sort_unstable();
    let figure = format!("{} ms, {} ms CPU", millis[STARTS / 2], cpu[STARTS / 2]);
    table.row("from start to the first answer", figure, "200 ms");
    Ok(())
}

/// Uploads, lookups, and the memory that is left after them.
fn work(programs: &Programs, place: &Place, objects: usize, table: &mut Table) -> Result<()> {
    let server = Server::start(programs, place)?;
    let millis = |us: i64| format!("{}.{:03} ms CPU", us / 1000, us % 1000);
    let known = asked::known(&server)?;
    let lookup = asked::by_hash(&server, &known)?;
    table.row("a query by hash (bearer token)", millis(lookup), "0.3 ms; MWDB 34.4 ms, elsewhere");
    for q in ["com.*", "watch", "kind:sample state:failed", "text messages"] {
        server.client().get(&client::path("/api/v1/search", q), &server.bearer())?.expect(200)?;
    }
    let figure = format!("{} MiB", server.resident_kib()? / 1024);
    let what = format!("resident with {objects} samples, after these queries");
    table.row(&what, figure, "60 MiB; MWDB 320 MB, elsewhere");
    let upload = asked::upload(&server)?;
    let goal = "3 ms; MWDB 58.4 ms, elsewhere";
    table.row("an upload of 64 KiB with its hashes, sealed, not analysed", millis(upload), goal);
    Ok(())
}

fn postgres(programs: &Programs, samples: usize, table: &mut Table) -> Result<()> {
    if let Err(why) = available() {
        eprintln!("{why}");
        return Ok(());
    }
    let database = TemporaryPostgres::start()?;
    database.create_database("measured")?;
    let folder = tempfile::tempdir()?;
    let place = Place::postgres(folder.path(), database.url("measured"));
    fill(programs, &place, 100, samples, table)?;
    let server = Server::start(programs, &place)?;
    let before = server::postgres_cpu_ms(place.socket().context("its socket is in the URL")?)?;
    pages::measure(&server, &format!("PostgreSQL, {samples} samples"), "", table)?;
    let socket = place.socket().context("its socket is in the URL")?;
    let cpu = server::postgres_cpu_ms(socket)? - before;
    table.row("CPU of PostgreSQL itself for these pages", format!("{cpu} ms"), "");
    Ok(())
}

/// What lies in a folder, in bytes.
fn bytes_below(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_file() => found.len(),
        _ => 0,
    };
    entries.flatten().map(size).sum()
}
