//! `cargo xtask fuzz TARGET --seconds N`: hostile bytes for one parser, with a stable compiler.
//!
//! The targets are the binaries of `fuzz/`, a crate outside the workspace: only this chore builds
//! it. What a run finds of interest stays in `target/fuzz/corpus/TARGET`; an input that breaks a
//! parser is printed by its path and belongs into that parser's tests.

mod seeds;

use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::cargo::{cargo, output, run as run_command};
use crate::house;

/// What to fuzz.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The parser; without one, all are listed
    target: Option<String>,
    /// How long
    #[arg(long, default_value_t = 60)]
    seconds: u32,
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

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let targets = targets()?;
    let Some(target) = &arguments.target else {
        println!("{}", targets.join("\n"));
        return Ok(());
    };
    if !targets.contains(target) {
        bail!("no fuzz target {target:?}; there are {}", targets.join(", "));
    }
    let built = house::target().join("fuzz");
    let corpus = built.join("corpus").join(target);
    let artefacts = built.join("artifacts").join(target);
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&artefacts)?;
    let text_seeds = house::root().join("fuzz/seeds").join(target);
    seeds::write(target, &corpus)?;
    let mut command = cargo();
    // With a target of its own the flags reach neither build scripts nor procedural macros.
    command
        .args(["run", "--release", "--manifest-path", "fuzz/Cargo.toml", "--target", &host()?])
        .args(["--bin", target, "--"])
        .arg(&corpus)
        .args(text_seeds.is_dir().then_some(&text_seeds))
        .arg(format!("-artifact_prefix={}/", artefacts.display()))
        .arg(format!("-max_total_time={}", arguments.seconds))
        .arg(format!("-rss_limit_mb={MEMORY_MIB}"))
        .arg(format!("-timeout={INPUT_SECONDS}"))
        .env("RUSTFLAGS", RUSTFLAGS)
        .env("CARGO_TARGET_DIR", &built);
    run_command(&mut command)
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
