//! A TAXII server while it is measured: what it answers, and what its processes cost.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use super::super::exchange::client::{Answer, Client};
use super::super::exchange::server::cpu_ms;

pub(super) const TAXII: &str = "application/taxii+json;version=2.1";

/// A server that takes longer to start is broken.
const STARTS: u32 = 1_200;
const PAUSE: Duration = Duration::from_millis(50);

/// It ends with the measurement.
pub(super) struct Served {
    child: Child,
    client: Client,
    headers: Vec<(String, String)>,
    /// The address of the collection's objects.
    pub(super) objects: String,
}

/// A page, as far as it matters here.
pub(super) struct Page {
    pub(super) count: usize,
    pub(super) next: Option<String>,
}

impl Served {
    /// Starts it, and waits until it says where it listens. What it says is kept in `folder`.
    pub(super) fn start(
        command: &mut Command,
        folder: &Path,
        authorization: &str,
        objects: &str,
    ) -> Result<Self> {
        let said = folder.join("said");
        let talk = File::create(&said)?;
        let mut child =
            command.stdin(Stdio::null()).stdout(talk.try_clone()?).stderr(talk).spawn()?;
        let address = address(&mut child, &said);
        if address.is_err() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let headers = vec![
            ("Authorization".to_owned(), authorization.to_owned()),
            ("Accept".to_owned(), TAXII.to_owned()),
        ];
        let client = Client::new(&address?);
        Ok(Self { child, client, headers, objects: objects.to_owned() })
    }

    /// Asks for something else than objects.
    pub(super) fn get(&mut self, path: &str) -> Result<Answer> {
        self.client.get(path, &self.headers)
    }

    pub(super) fn page(&mut self, limit: usize, more: &str) -> Result<Page> {
        let path = format!("{}?limit={limit}{more}", self.objects);
        let answer = self.client.get(&path, &self.headers)?.expect(200)?;
        let envelope: Value = serde_json::from_slice(&answer.body)?;
        let count = envelope["objects"].as_array().map_or(0, Vec::len);
        Ok(Page { count, next: envelope["next"].as_str().map(str::to_owned) })
    }

    /// Everything, page after page: how many objects there are.
    pub(super) fn copy(&mut self, limit: usize) -> Result<usize> {
        let (mut seen, mut next) = (0, String::new());
        loop {
            let page = self.page(limit, &next)?;
            seen += page.count;
            match page.next {
                Some(token) => next = format!("&next={token}"),
                None => return Ok(seen),
            }
        }
    }

    /// Adds objects, and says how that was answered.
    pub(super) fn add(&mut self, envelope: &str) -> Result<Answer> {
        let mut headers = self.headers.clone();
        headers.push(("Content-Type".to_owned(), TAXII.to_owned()));
        self.client.ask("POST", &self.objects, &headers, envelope.as_bytes())
    }

    /// The CPU time of the server's processes.
    pub(super) fn cpu_ms(&self) -> Result<i64> {
        self.processes().iter().map(|process| cpu_ms(*process)).sum()
    }

    /// The most memory that one of them had.
    pub(super) fn peak_mib(&self) -> i64 {
        let peak = |process: &u32| {
            let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.trim().strip_suffix("kB")?.trim().parse::<i64>().ok()
        };
        self.processes().iter().filter_map(peak).max().unwrap_or_default() / 1024
    }

    /// The one that was started, and those it started.
    fn processes(&self) -> Vec<u32> {
        let first = self.child.id();
        let children = fs::read_to_string(format!("/proc/{first}/task/{first}/children"));
        let children = children.unwrap_or_default();
        let children = children.split_whitespace().filter_map(|process| process.parse().ok());
        std::iter::once(first).chain(children).collect()
    }
}

/// Where it says that it listens.
fn address(child: &mut Child, said: &Path) -> Result<String> {
    for _ in 0..STARTS {
        let text = String::from_utf8_lossy(&fs::read(said)?).into_owned();
        let address = text.split_once("http://127.0.0.1:").and_then(|(_, rest)| {
            let (port, _) = rest.split_once(|after: char| !after.is_ascii_digit())?;
            Some(format!("127.0.0.1:{port}"))
        });
        if let Some(address) = address {
            return Ok(address);
        }
        if let Some(ended) = child.try_wait().context("the server is watched")? {
            bail!("the server ended with {ended}: {}", last_line(&text));
        }
        thread::sleep(PAUSE);
    }
    bail!("the server is not ready")
}

fn last_line(text: &str) -> &str {
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing")
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM);
        let _ = self.child.wait();
    }
}
