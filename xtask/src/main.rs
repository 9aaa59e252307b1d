//! The workspace's own chores: `cargo xtask test` runs every test, `measure` puts figures into
//! `docs/benchmarks.md`, `fuzz` fuzzes, `ci` does what the project's CI does.
//!
//! Nothing here ships. What a chore needs and how it is done lives in a file of the chore's name.

mod cargo;
mod ci;
mod clients;
mod described;
mod evade;
mod fuzz;
mod generate;
mod house;
mod hygiene;
mod layers;
mod measure;
mod moto;
mod named_paths;
mod needs;
mod no_network;
mod phones;
mod steps;
mod test;
mod windows;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The workspace's own chores.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Run every test; start and install what they need
    Test(test::Arguments),
    /// Do what CI does: format, lints, every test, nothing left over
    Ci,
    /// Measure release builds as whole processes and note the figures in docs/benchmarks.md
    Measure(measure::Arguments),
    /// Look for variants of a watcher of which a check says nothing; print the cheapest
    Evade(evade::Arguments),
    /// Write a seed's population of made-up phones as files
    Phones(phones::Arguments),
    /// Feed a parser hostile bytes for a while; without a target, list them
    Fuzz(fuzz::Arguments),
    /// Check that every crate uses only what lies below it
    Layers,
    /// Write the generated files anew: references, golden files, snapshots
    Generate,
    /// Run one program and write what it cost to a file
    #[command(hide = true)]
    Cost(measure::cost::Arguments),
    /// Load a compiled indicator set and look values up, with a stopwatch
    #[command(hide = true)]
    Lookups(measure::lookups::Arguments),
}

fn main() -> ExitCode {
    match run(Arguments::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> Result<()> {
    match chore {
        Chore::Test(arguments) => test::run(&arguments),
        Chore::Ci => ci::run(),
        Chore::Measure(arguments) => measure::run(&arguments),
        Chore::Evade(arguments) => evade::run(&arguments),
        Chore::Phones(arguments) => phones::run(&arguments),
        Chore::Fuzz(arguments) => fuzz::run(&arguments),
        Chore::Layers => layers::run(),
        Chore::Generate => generate::run(),
        Chore::Cost(arguments) => measure::cost::run(&arguments),
        Chore::Lookups(arguments) => measure::lookups::run(&arguments),
    }
}
