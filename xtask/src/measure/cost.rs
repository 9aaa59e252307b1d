//! What a whole process costs: CPU seconds (its own and the kernel's for it), peak memory, time.
//!
//! A small process of its own starts the measured one, so that the kernel's account of finished
//! children holds nothing else.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde::{Deserialize, Serialize};

/// What a process cost.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Cost {
    pub(crate) cpu_ms: i64,
    pub(crate) peak_kib: i64,
    pub(crate) wall_ms: u128,
}

/// Runs one program.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where to write what it cost, as JSON
    #[arg(long)]
    result: PathBuf,
    /// The program and its arguments
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

/// The hidden chore: runs the program as its only child.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let started = now();
    let mut command = Command::new(&arguments.command[0]);
    let status = command.args(&arguments.command[1..]).status()?;
    let wall_ms = started.elapsed().as_millis();
    if !status.success() {
        bail!("{status}: {}", arguments.command[0].to_string_lossy());
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu_ms = (usage.user_time() + usage.system_time()).num_milliseconds();
    let cost = Cost { cpu_ms, peak_kib: usage.max_rss(), wall_ms };
    fs::write(&arguments.result, serde_json::to_vec(&cost)?)?;
    Ok(())
}

/// What it costs to run `command` to its end. Its stdout is dropped.
pub(crate) fn of(command: &Command) -> Result<Cost> {
    let result = tempfile::NamedTempFile::new()?;
    let mut outer = Command::new(env::current_exe()?);
    outer.arg("cost").arg("--result").arg(result.path()).arg("--");
    outer.arg(command.get_program()).args(command.get_args()).stdout(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        outer.current_dir(folder);
    }
    let status = outer.status().context("could not start the measuring process")?;
    if !status.success() {
        bail!("the measured program failed");
    }
    Ok(serde_json::from_slice(&fs::read(result.path())?)?)
}

#[expect(clippy::disallowed_methods, reason = "measuring is reading the clock")]
pub(super) fn now() -> Instant {
    Instant::now()
}
