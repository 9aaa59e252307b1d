//! The loop's own costs: import, release, start, and the compiled set in memory.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};

use anyhow::{Context, Result, bail};

use super::cost::now;
use super::feed;
use super::lookups::Timed;
use super::release::Programs;
use super::table::Table;
use crate::cargo;

pub(super) fn measure() -> Result<Table> {
    let programs = Programs::build()?;
    let folder = tempfile::tempdir()?;
    let (data, out) = (folder.path().join("data"), folder.path().join("release"));
    let mut table = Table::new();
    let import = feed::import(&programs, &data)?;
    table.cost("import of the community's data into SQLite", import, "2 CPU s");
    let publish = feed::publish(&programs, &data)?;
    table.cost("a signed release of it, in every format", publish, "");

    let timed = lookups(&feed::download(&programs, &data, &out)?)?;
    let millis = |us: u128| format!("{}.{:02} ms", us / 1000, us % 1000 / 10);
    let load = format!("loading a compiled set of {} pairs", timed.pairs);
    table.row(&load, millis(timed.load_us), "5 ms");
    table.row(&format!("{} lookups in it", timed.lookups), millis(timed.lookups_us), "50 ms");
    let started = format!("{} ms", time_to_answer(&programs)?);
    table.row("`serve --demo`, from start to its first answer", started, "1 s");
    Ok(table)
}

/// Times the set in a release build of this very program.
fn lookups(bundle: &Path) -> Result<Timed> {
    let mut build = cargo::cargo();
    build.args(["run", "--release", "--quiet", "--package", "xtask", "--", "lookups"]);
    build.arg(bundle);
    Ok(serde_json::from_str(&cargo::output(&mut build)?)?)
}

/// Milliseconds from starting the demo to its first answer.
fn time_to_answer(programs: &Programs) -> Result<u128> {
    let started = now();
    let mut serve = programs.exchange(&["serve", "--demo", "--listen", "127.0.0.1:0"]);
    let mut server = Server(serve.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?);
    let stderr = server.0.stderr.take().context("stderr was piped")?;
    let mut lines = BufReader::new(stderr).lines();
    let address = loop {
        let Some(line) = lines.next() else { bail!("the demo ended before it listened") };
        if let Some((_, address)) = line?.split_once("listening on http://") {
            break address.trim().to_owned();
        }
    };
    let mut connection = TcpStream::connect(&address)?;
    write!(connection, "GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    let took = started.elapsed().as_millis();
    if !answer.starts_with("HTTP/1.1 200") {
        bail!("the demo answered: {}", answer.lines().next().unwrap_or_default());
    }
    Ok(took)
}

/// A server that ends with the measurement.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
