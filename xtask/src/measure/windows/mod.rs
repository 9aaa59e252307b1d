//! The checker for Windows, run under wine beside the one built for this machine: what it must do
//! on a helper's laptop, item by item. What wine cannot show stands in `docs/reference/windows.md`.

mod desk;
mod inputs;
mod list;
mod wine;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use super::Arguments;
use super::cost;
use super::table::Table;
use crate::cargo;
use crate::house;
use crate::needs::{self, Need};
use crate::windows::{self, Profile};
use desk::Desks;
use wine::Wine;

pub(super) fn measure(arguments: &Arguments) -> Result<Table> {
    let missing = needs::ensure(&[
        Need::Adb,
        Need::Mingw,
        Need::Wine,
        Need::Python,
        Need::Age,
        Need::Minisign,
    ]);
    if !missing.is_empty() {
        let packages: Vec<_> = missing.iter().flat_map(|need| need.packages()).copied().collect();
        bail!("install {} first", packages.join(" "));
    }
    let (program, here) = programs(arguments.programs.as_deref())?;
    let mut table = Table::new();
    let bytes = fs::read(&program)?;
    let libraries = windows::file::is_portable(&bytes)?;
    let size = format!("{}.{} MB", bytes.len() / 1_000_000, bytes.len() / 100_000 % 10);
    table.row("its one file", size, "");
    table.row("the libraries it needs", libraries.join(", "), "only the system's");

    let folder = tempfile::tempdir()?;
    let desks = Desks::new(Wine::start(folder.path())?, folder.path(), &program, &here)?;
    desks.furnish(|desk| inputs::write(desk, now()))?;
    let mut failed = 0;
    for item in list::ITEMS {
        match (item.tried)(&desks) {
            Ok(seen) => table.row(item.what, seen, item.goal),
            Err(error) => {
                failed += 1;
                table.row(
                    item.what,
                    format!("FAILED: {error:#}").replace(['\n', '|'], " "),
                    item.goal,
                );
            }
        }
    }
    memory(&desks, &mut table)?;
    if failed > 0 {
        print!("{}", table.text());
        bail!("{failed} of {} failed", list::ITEMS.len());
    }
    Ok(table)
}

/// The one for Windows and the one for this machine, release builds of this tree.
fn programs(built: Option<&Path>) -> Result<(PathBuf, PathBuf)> {
    if let Some(folder) = built {
        return Ok((folder.join("unwatched.exe"), folder.join("unwatched")));
    }
    let mut here = cargo::cargo();
    cargo::run(here.args(["build", "--release", "--locked", "--quiet", "--package", "unwatched"]))?;
    Ok((windows::build(Profile::Release)?, house::target().join("release/unwatched")))
}

/// What it costs on a phone of realistic size; wine's own part is in every figure.
fn memory(desks: &Desks, table: &mut Table) -> Result<()> {
    let mut rig = Command::new("python3");
    rig.arg(house::root().join("rigs/gen_android_bugreport.py")).arg(desks.at("phone"));
    cargo::run(rig.args(["--mb", "60", "--packages", "300"]).stdout(Stdio::null()))?;
    let start = cost::of(&desks.command(&["--version"]))?;
    table.cost("its start, `--version`", start, "");
    for (what, path) in [
        ("check of a bugreport.zip, 60 MB of text, 300 packages", "phone/bugreport.zip"),
        ("check of the AndroidQF folder of the same phone", "phone/androidqf"),
        ("check of an encrypted backup", "backup.ab"),
    ] {
        let words = ["check", path, "--json", "--passphrase-file", "passphrase.txt"];
        table.cost(what, cost::of(&desks.command(&words))?, "a laptop of 4 GB");
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "releases are made for the clock that programs read")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
