//! A release of the community's indicators, made by the exchange as an operator would.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::cost::{self, Cost};
use super::release::Programs;
use crate::{cargo, house};

/// Imports the community's data (or the fixture of its form) into a new data folder.
pub(super) fn import(programs: &Programs, data: &Path) -> Result<Cost> {
    let source = house::community_data()
        .unwrap_or_else(|| house::root().join("crates/unwatched-formats/tests/fixture"));
    let words = ["--data", text(data)?, "import", "community", text(&source)?];
    cost::of(&programs.exchange(&words))
}

/// Publishes a release of what the data folder holds, in every format.
pub(super) fn publish(programs: &Programs, data: &Path) -> Result<Cost> {
    cost::of(&programs.exchange(&["--data", text(data)?, "admin", "release", "publish"]))
}

/// Writes the newest release's bundle into the folder `out`; hands back where it is.
pub(super) fn download(programs: &Programs, data: &Path, out: &Path) -> Result<PathBuf> {
    let words = ["--data", text(data)?, "export", "release", "--out", text(out)?];
    cargo::output(&mut programs.exchange(&words))?;
    Ok(out.join("bundle"))
}

/// One file of the feed, from the rows of a data folder that was made inside `folder`.
pub(super) fn file(programs: &Programs, folder: &Path, name: &str) -> Result<PathBuf> {
    let (data, out) = (folder.join("data"), folder.join("feed"));
    let words = ["--data", text(&data)?, "export", name, "--out", text(&out)?];
    cargo::output(&mut programs.exchange(&words))?;
    Ok(out.join(name))
}

/// The bundle of a new release, made inside `folder`.
pub(super) fn bundle(programs: &Programs, folder: &Path) -> Result<PathBuf> {
    let (data, out) = (folder.join("data"), folder.join("release"));
    import(programs, &data)?;
    publish(programs, &data)?;
    download(programs, &data, &out)
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is not UTF-8 cannot be measured with")
}
