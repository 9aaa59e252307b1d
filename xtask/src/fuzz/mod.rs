//! `cargo xtask fuzz [TARGET] --seconds N`: hostile bytes for the parsers, with a stable compiler.
//!
//! The targets are the binaries of `fuzz/`, a crate outside the workspace: only this chore builds
//! it. What a run finds of interest stays in `target/fuzz/corpus/TARGET`; an input that breaks a
//! parser is printed by its path and belongs into that parser's tests.

mod phones;
mod seeds;
mod tally;

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::cargo::{cargo, output, run as run_command};
use crate::house;
use tally::Tally;

/// What to fuzz.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The parser; without one, all of them share the time
    target: Option<String>,
    /// How long, in all
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Only list the targets
    #[arg(long)]
    list: bool,
}

/// Coverage feedback without the nightly-only switch that usually turns it on.
const RUSTFLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

/// Above this the input is taken to make the parser allocate without bound.
const MEMORY_MIB: u32 = 512;

/// A single input may take this long.
const INPUT_SECONDS: u32 = 10;

/// A target that breaks down again and again has told enough.
const MOST_BROKEN: u32 = 20;

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut targets = targets()?;
    if arguments.list {
        println!("{}", targets.join("\n"));
        return Ok(());
    }
    if let Some(target) = &arguments.target {
        if !targets.contains(target) {
            bail!("no fuzz target {target:?}; there are {}", targets.join(", "));
        }
        targets = vec![target.clone()];
    }
    for_seconds(&targets, arguments.seconds)
}

/// Every target, for this long in all.
pub(crate) fn all(seconds: u32) -> Result<()> {
    for_seconds(&targets()?, seconds)
}

fn for_seconds(targets: &[String], seconds: u32) -> Result<()> {
    let host = host()?;
    build(&host)?;
    let share = (seconds / u32::try_from(targets.len())?).max(1);
    let mut tallies = Vec::new();
    for target in targets {
        tallies.push((target, fuzz(target, &host, share)?));
    }
    println!("{:<16} {:>10} {:>14} {:>8}", "target", "seconds", "executions", "broken");
    for (target, tally) in &tallies {
        let Tally { seconds, executions, broken } = tally;
        println!("{target:<16} {seconds:>10} {executions:>14} {broken:>8}");
    }
    let executions: u64 = tallies.iter().map(|(_, tally)| tally.executions).sum();
    let broken: u32 = tallies.iter().map(|(_, tally)| tally.broken).sum();
    let seconds: u32 = tallies.iter().map(|(_, tally)| tally.seconds).sum();
    println!("{:<16} {seconds:>10} {executions:>14} {broken:>8}", "all");
    if broken > 0 {
        bail!("{broken} inputs broke a parser; they lie in {}", artefacts().display());
    }
    Ok(())
}

fn built() -> std::path::PathBuf {
    house::target().join("fuzz")
}

fn artefacts() -> std::path::PathBuf {
    built().join("artifacts")
}

/// With a target triple of its own the flags reach neither build scripts nor procedural macros.
fn build(host: &str) -> Result<()> {
    let mut command = cargo();
    command.args(["build", "--release", "--manifest-path", "fuzz/Cargo.toml", "--target", host]);
    run_command(command.env("RUSTFLAGS", RUSTFLAGS).env("CARGO_TARGET_DIR", built()))
}

/// One target for this long, begun anew after each input that broke it.
fn fuzz(target: &str, host: &str, seconds: u32) -> Result<Tally> {
    let corpus = built().join("corpus").join(target);
    let artefacts = artefacts().join(target);
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&artefacts)?;
    seeds::write(target, &corpus)?;
    let program = built().join(host).join("release").join(target);
    let mut tally = Tally::default();
    while tally.seconds < seconds && tally.broken < MOST_BROKEN {
        let left = seconds - tally.seconds;
        tally.add(&mut command(&program, target, &corpus, &artefacts, left))?;
    }
    Ok(tally)
}

fn command(program: &Path, target: &str, corpus: &Path, artefacts: &Path, seconds: u32) -> Command {
    let text_seeds = house::root().join("fuzz/seeds").join(target);
    let mut command = Command::new(program);
    command
        .arg(corpus)
        .args(text_seeds.is_dir().then_some(&text_seeds))
        .arg(format!("-artifact_prefix={}/", artefacts.display()))
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB}"))
        .arg(format!("-timeout={INPUT_SECONDS}"))
        .arg("-print_final_stats=1");
    command
}

/// The binaries of the fuzz crate.
fn targets() -> Result<Vec<String>> {
    let mut command = cargo();
    command.args(["metadata", "--format-version", "1", "--no-deps"]);
    command.args(["--manifest-path", "fuzz/Cargo.toml"]);
    let metadata: Value = serde_json::from_str(&output(&mut command)?)?;
    let targets =
        metadata["packages"][0]["targets"].as_array().context("the fuzz crate has no targets")?;
    Ok(targets.iter().filter_map(|target| target["name"].as_str().map(str::to_owned)).collect())
}

/// This machine's target triple.
fn host() -> Result<String> {
    let said = output(std::process::Command::new("rustc").arg("-vV"))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not name its host")?.to_owned())
}
