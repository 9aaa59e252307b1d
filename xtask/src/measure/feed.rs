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

/// Publishes a release of what the data folder holds and writes its bundle to `out`.
pub(super) fn publish(programs: &Programs, data: &Path, out: &Path) -> Result<Cost> {
    cargo::output(&mut programs.exchange(&["--data", text(data)?, "admin", "release", "publish"]))?;
    let words = ["--data", text(data)?, "export", "release", "--out", text(out)?];
    cost::of(&programs.exchange(&words))
}

/// The bundle of a new release, made inside `folder`.
pub(super) fn bundle(programs: &Programs, folder: &Path) -> Result<PathBuf> {
    let (data, out) = (folder.join("data"), folder.join("release"));
    import(programs, &data)?;
    publish(programs, &data, &out)?;
    Ok(out.join("bundle"))
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is not UTF-8 cannot be measured with")
}
