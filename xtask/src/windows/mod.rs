//! The checker for Windows: built here, and its file looked at. What it does when it runs is
//! measured under wine (`measure/windows/`), which no ordinary test run can afford.

pub(crate) mod file;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{cargo, house};

/// 64-bit Windows, with the linker that Debian has for it.
const TARGET: &str = "x86_64-pc-windows-gnu";

/// How it is built.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Profile {
    /// Soon done, and slow.
    LookedAt,
    /// As people run it.
    Release,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::LookedAt => "looked-at",
            Self::Release => "release",
        }
    }
}

/// Builds `unwatched.exe`; Rust's own library for the target is fetched where it is missing.
pub(crate) fn build(profile: Profile) -> Result<PathBuf> {
    let asked =
        cargo::output(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    if !asked.is_ok_and(|folder| PathBuf::from(folder.trim()).is_dir()) {
        cargo::run(Command::new("rustup").args(["target", "add", TARGET]))?;
    }
    let mut build = cargo::cargo();
    build.args(["build", "--locked", "--quiet", "--package", "unwatched", "--target", TARGET]);
    cargo::run(build.args(["--profile", profile.name()]))?;
    Ok(house::target().join(TARGET).join(profile.name()).join("unwatched.exe"))
}

/// What every test run holds: it builds, one file is all of it, and it asks for no special right.
pub(crate) fn guard() -> Result<()> {
    let program = build(Profile::LookedAt)?;
    let bytes = fs::read(&program).with_context(|| format!("read {}", program.display()))?;
    file::is_portable(&bytes).map(|_| ())
}
