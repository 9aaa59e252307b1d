//! A child that tries what it must not, so that `doctor` can say what holds on this machine.
//!
//! It tries nothing that would do harm if it went through: it opens the root folder, binds a port of
//! this machine, starts its own program with `--version`, asks for more memory than it may have.

use std::fs::File;
use std::io::{self, Write as _};
use std::net::UdpSocket;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::{Held, Limits, enter};

/// What a child tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Probe {
    /// Opening a file.
    File,
    /// Making a socket.
    Socket,
    /// Starting a program.
    Program,
    /// More memory than it may have.
    Memory,
}

impl Probe {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::File, Self::Socket, Self::Program, Self::Memory];

    /// In words, after "the child".
    pub fn words(self) -> &'static str {
        match self {
            Self::File => "opened a file",
            Self::Socket => "made a socket",
            Self::Program => "started a program",
            Self::Memory => "got more memory than it may have",
        }
    }

    /// The option's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Socket => "socket",
            Self::Program => "program",
            Self::Memory => "memory",
        }
    }
}

/// What a child of `sandbox-check` writes, in two lines: what holds, then how its try went. One
/// that is ended for its try does not come to the second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tried {
    /// It was told no.
    Refused(String),
    /// It went through.
    Done,
}

/// The hidden command `sandbox-check`: one try from inside.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Address space
    #[arg(long)]
    memory_mib: u64,
    /// What to try
    #[arg(long, value_enum)]
    probe: Probe,
}

/// Trying takes no time.
const CPU_S: u64 = 5;
const ENDS_WITHIN: Duration = Duration::from_secs(30);

impl CheckArgs {
    /// Enters, says what holds, tries.
    pub fn run(&self) -> anyhow::Result<()> {
        let program = std::env::current_exe().context("find this program")?;
        let held = enter(Limits { memory_mib: self.memory_mib, cpu_s: CPU_S })?;
        say(&held)?;
        let tried = match self.attempt(&program) {
            Ok(()) => Tried::Done,
            Err(error) => Tried::Refused(error.to_string()),
        };
        say(&tried)
    }

    fn attempt(&self, program: &Path) -> io::Result<()> {
        match self.probe {
            Probe::File => File::open("/").map(drop),
            Probe::Socket => UdpSocket::bind("127.0.0.1:0").map(drop),
            Probe::Program => Command::new(program).arg("--version").spawn()?.wait().map(drop),
            Probe::Memory => {
                let bytes = usize::try_from(self.memory_mib.saturating_mul(1 << 20));
                let bytes = bytes.map_err(io::Error::other)?;
                Vec::<u8>::new().try_reserve_exact(bytes).map_err(io::Error::other)
            }
        }
    }
}

fn say(line: &impl Serialize) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, line)?;
    writeln!(stdout)?;
    stdout.flush().context("write to stdout")
}

/// Starts a child of `program` that tries one thing. What holds is told by one that came to it.
pub async fn try_out(
    program: &Path,
    memory_mib: u64,
    probe: Probe,
) -> anyhow::Result<(Held, Tried)> {
    let mut command = tokio::process::Command::new(program);
    command.arg("sandbox-check").arg("--memory-mib").arg(memory_mib.to_string());
    command.arg("--probe").arg(probe.as_str());
    command.env_clear().stdin(Stdio::null()).kill_on_drop(true);
    let ended = tokio::time::timeout(ENDS_WITHIN, command.output());
    let ended = ended.await.context("it did not end")?.context("it could not be started")?;
    let (said, talked) =
        (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    let mut lines = said.lines();
    let held = lines.next().and_then(|line| serde_json::from_str(line).ok());
    let last = talked.lines().last().unwrap_or("it said nothing");
    let held = held.with_context(|| format!("it did not come to its try: {last}"))?;
    let tried = lines.next().and_then(|line| serde_json::from_str(line).ok());
    let signal = ended.status.signal();
    let killed = signal.map(|signal| Tried::Refused(format!("ended by signal {signal}")));
    let tried = tried.or(killed).with_context(|| format!("its try went unsaid: {last}"))?;
    Ok((held, tried))
}
