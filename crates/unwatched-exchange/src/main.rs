//! The samples exchange's program. What it does is in the library; this starts it.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;
use unwatched_exchange::cli::Cli;
use unwatched_exchange::cli::exit::Exit;

fn main() -> ExitCode {
    log();
    match Cli::parse().run() {
        Ok(()) => ExitCode::from(Exit::Done.code()),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(Exit::of(&error).code())
        }
    }
}

/// Talk goes to stderr: as text or, with `UNWATCHED_LOG=json`, as one JSON object a line.
fn log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        // Whoever reads stderr may go away; a line that cannot be written must not stop a server.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    if std::env::var("UNWATCHED_LOG").is_ok_and(|form| form == "json") {
        lines.json().init();
    } else {
        lines.init();
    }
}
