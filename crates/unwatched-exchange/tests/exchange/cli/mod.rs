//! The program as an operator and an analyst type it. Expectations are whole outputs.

mod analyze;
mod coalition;
mod operate;
mod serve;
mod worker;

use std::path::Path;
use std::process::Command;

use unwatched_testkit::programs::{Ended, run};

use crate::rig::program;

/// The program with none of this process's own configuration.
fn command(data: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(program());
    for (variable, _) in std::env::vars_os() {
        if variable.to_str().is_some_and(|name| name.starts_with("UNWATCHED_")) {
            command.env_remove(variable);
        }
    }
    command.args(words).arg("--data").arg(data).env("RUST_LOG", "warn");
    command
}

pub(crate) fn exchange(data: &Path, words: &[&str]) -> Ended {
    run(&mut command(data, words), "")
}

fn exchange_with(data: &Path, words: &[&str], input: &str) -> Ended {
    run(&mut command(data, words), input)
}
