//! `restore`: the way back from a backup.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::Place;
use crate::backup::restore;
use crate::clock::Clock;
use crate::doctor;

/// Restore a backup to an empty or absent data folder
///
/// Compares every file with the copy's manifest first; nothing is seen under the folder's name
/// before all of it is there. Runs `doctor` at the end.
#[derive(Debug, Args)]
pub struct Restore {
    /// The folder or .tar that `backup` wrote
    file: PathBuf,
}

impl Restore {
    /// Does it.
    pub async fn run(self, place: &Place) -> anyhow::Result<()> {
        let config = place.config()?;
        let data = place.data()?;
        let talk = |line: &str| eprintln!("{line}");
        let manifest =
            restore::restore(&self.file, data.path(), &config, &Clock::system(), &talk).await?;
        for half in &manifest.not_in_it {
            eprintln!("not in the copy: {half}");
        }
        eprintln!("restored to {}; looking at it", data.path().display());
        let state = place.open().await?;
        let report = doctor::examine(&state, false, &talk).await;
        state.store.close().await;
        std::io::stdout().write_all(report.text().as_bytes()).context("write to stdout")?;
        super::doctor::end(&report)
    }
}
