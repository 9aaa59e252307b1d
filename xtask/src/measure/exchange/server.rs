//! The measured server: a process of its own over a folder of its own, and what it costs.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Stdio};

use anyhow::{Context, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use super::super::cost::now;
use super::super::release::Programs;
use super::client::Client;
use crate::cargo;

/// The file that says what making up a coalition took.
const TOOK: &str = "made-up-in";

/// Where its rows are.
pub(super) struct Place {
    folder: PathBuf,
    database: Option<String>,
}

impl Place {
    pub(super) fn sqlite(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), database: None }
    }

    pub(super) fn postgres(folder: &Path, url: String) -> Self {
        Self { folder: folder.to_owned(), database: Some(url) }
    }

    pub(super) fn engine(&self) -> &'static str {
        if self.database.is_some() { "PostgreSQL" } else { "SQLite" }
    }

    /// The folder of PostgreSQL's socket.
    pub(super) fn socket(&self) -> Option<&str> {
        self.database.as_ref()?.split_once("host=").map(|(_, folder)| folder)
    }

    /// How large the database is, where it lies in the folder.
    pub(super) fn database_bytes(&self) -> Option<u64> {
        self.database.is_none().then(|| super::bytes_below(&self.folder))
    }

    /// Whether a coalition was made up here.
    pub(super) fn is_filled(&self) -> bool {
        self.folder.join(TOOK).exists()
    }

    /// What making it up took.
    pub(super) fn took(&self) -> Result<String> {
        fs::read_to_string(self.folder.join(TOOK)).context("what making up the coalition took")
    }

    /// Makes up a coalition; how to get in, and what it took, is kept beside it.
    pub(super) fn fill(&self, programs: &Programs, partners: usize, samples: usize) -> Result<()> {
        let (partners, samples) = (partners.to_string(), samples.to_string());
        fs::create_dir_all(&self.folder)?;
        let (started, before) = (now(), children_cpu_ms()?);
        let words = ["admin", "demo", "fill", "--partners", &partners, "--samples", &samples];
        let ways_in = cargo::output(&mut self.program(programs, &words)?)?;
        fs::write(self.folder.join("ways-in"), ways_in)?;
        let (cpu, waited) = ((children_cpu_ms()? - before) / 1000, started.elapsed().as_secs());
        fs::write(self.folder.join(TOOK), format!("{cpu} CPU s, {waited} s to wait"))?;
        Ok(())
    }

    fn program(&self, programs: &Programs, words: &[&str]) -> Result<std::process::Command> {
        let folder = self.folder.to_str().context("a folder in UTF-8")?;
        let mut all = vec!["--data", folder];
        all.extend(words);
        let mut command = programs.exchange(&all);
        if let Some(url) = &self.database {
            command.env("UNWATCHED_DATABASE__URL", url);
        }
        command.env("RUST_LOG", "warn");
        Ok(command)
    }
}

/// A server that ends with the measurement.
pub(super) struct Server {
    child: Child,
    address: String,
    ways_in: String,
    _talk: BufReader<ChildStderr>,
}

impl Server {
    /// Starts it without workers, and waits until it listens.
    pub(super) fn start(programs: &Programs, place: &Place) -> Result<Self> {
        let words = ["serve", "--no-worker", "--listen", "127.0.0.1:0"];
        let mut serve = place.program(programs, &words)?;
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
        let ways_in = fs::read_to_string(place.folder.join("ways-in"))?;
        Ok(Self { child, address, ways_in, _talk: talk })
    }

    pub(super) fn client(&self) -> Client {
        Client::new(&self.address)
    }

    /// The header that lets the first partner's program in.
    pub(super) fn bearer(&self) -> Vec<(String, String)> {
        let token = self.words("token").next().and_then(|words| words.get(2).copied());
        vec![("Authorization".to_owned(), format!("Bearer {}", token.unwrap_or_default()))]
    }

    /// E-mail and password of everybody who signs in.
    pub(super) fn people(&self) -> Vec<(String, String)> {
        let person =
            |words: Vec<&str>| Some((words.get(2)?.to_string(), words.get(3)?.to_string()));
        self.words("login").filter_map(person).collect()
    }

    fn words(&self, kind: &'static str) -> impl Iterator<Item = Vec<&str>> {
        let words = |line: &'_ str| -> bool { line.split(' ').next() == Some(kind) };
        self.ways_in.lines().filter(move |line| words(line)).map(|line| line.split(' ').collect())
    }

    /// The CPU time that the process itself has taken.
    pub(super) fn cpu_ms(&self) -> Result<i64> {
        cpu_ms(self.child.id())
    }

    pub(super) fn resident_kib(&self) -> Result<i64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        Ok(kib.context("the kernel says how much is resident")?.trim().parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::io::stderr().flush();
    }
}

/// User and system time of one process; its children's are not in it.
pub(in crate::measure) fn cpu_ms(process: u32) -> Result<i64> {
    let stat = stat(process).context("the process runs")?;
    Ok(stat.own * 1000 / TICKS)
}

/// The CPU time of the programs that this one started and that ended.
fn children_cpu_ms() -> Result<i64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    Ok((usage.user_time() + usage.system_time()).num_milliseconds())
}

/// How many parts of a second the kernel counts in; the same on every Linux there is.
const TICKS: i64 = 100;

/// What the kernel says of a process, its times in ticks.
struct Stat {
    parent: u32,
    /// In the process and in the kernel for it.
    own: i64,
    /// The same of its children that ended and that it waited for.
    ended_children: i64,
}

fn stat(process: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may hold spaces.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<i64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: ticks(11)? + ticks(12)?,
        ended_children: ticks(13)? + ticks(14)?,
    })
}

/// The CPU time of a PostgreSQL server and of all the processes that it ever started: one that ended
/// is counted with the server, so that this never falls.
pub(in crate::measure) fn postgres_cpu_ms(socket: &str) -> Result<i64> {
    loop {
        let (of_all, ended) = postgres_ticks(socket)?;
        // A process that ended meanwhile may be counted twice or not at all: once more.
        if postgres_ticks(socket)?.1 == ended {
            return Ok(of_all * 1000 / TICKS);
        }
    }
}

/// Ticks of all its processes, and how many of them are of such that ended.
fn postgres_ticks(socket: &str) -> Result<(i64, i64)> {
    let processes: Vec<u32> = fs::read_dir("/proc")?
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    let is_ours = |process: &u32| {
        let line = fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default();
        line.contains(socket) && line.contains("postgres")
    };
    let servers: Vec<u32> = processes.iter().copied().filter(is_ours).collect();
    let (mut of_all, mut ended) = (0, 0);
    for process in &processes {
        let Some(stat) = stat(*process) else { continue };
        let is_server = servers.contains(process);
        if is_server {
            ended += stat.ended_children;
        }
        if is_server || servers.contains(&stat.parent) {
            of_all += stat.own;
        }
    }
    Ok((of_all + ended, ended))
}
