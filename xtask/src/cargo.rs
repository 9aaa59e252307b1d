//! Running programs: said on stderr before they run, an error that names them when they fail.

use std::env;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::house;

/// Cargo itself, in the workspace's root, as the one that runs this program.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(house::root());
    // What `cargo run` set for this program would make cargo believe it is inside a build.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        command.env_remove(name);
    }
    command
}

/// Runs it with its output shown.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let words = words(command);
    eprintln!("+ {words}");
    let status = command.status().with_context(|| format!("could not start: {words}"))?;
    if !status.success() {
        bail!("{status}: {words}");
    }
    Ok(())
}

/// Runs it beside something else: what it prints is shown once it is done, in one piece.
pub(crate) fn run_aside(command: &mut Command) -> Result<()> {
    let words = words(command);
    eprintln!("+ {words}");
    let output = command.output().with_context(|| format!("could not start: {words}"))?;
    eprint!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    if !output.status.success() {
        bail!("{}: {words}", output.status);
    }
    Ok(())
}

/// Runs it and hands back what it printed on stdout.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let words = words(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("could not start: {words}"))?;
    if !output.status.success() {
        bail!("{}: {words}", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("not text: what came from {words}"))
}

/// The command as one would type it.
fn words(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let name = program.rsplit('/').next().unwrap_or(&program).to_owned();
    command
        .get_args()
        .fold(name, |words, argument| format!("{words} {}", argument.to_string_lossy()))
}
