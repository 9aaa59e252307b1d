//! `backup`: a copy of everything that lies on this machine.

use std::path::PathBuf;

use clap::Args;

use super::Place;
use crate::backup::make;
use crate::refusal::Refusal;

/// Copy the database, the blobs that its rows name, and the keys
///
/// The server may run meanwhile. The copy holds the keys that open samples and sign releases:
/// keep it as you keep those. On PostgreSQL and S3 it says which of their tools copies which half.
#[derive(Debug, Args)]
pub struct Backup {
    /// A folder, or a file whose name ends in .tar; neither may exist
    dest: PathBuf,
}

impl Backup {
    /// Does it.
    pub async fn run(self, place: &Place) -> anyhow::Result<()> {
        let state = place.open_existing().await?;
        let made = make::make(&state, &self.dest, &|line| eprintln!("{line}")).await;
        state.store.close().await;
        let make::Made { path, manifest } = made?;
        let bytes: u64 = manifest.parts.iter().map(|part| part.size_bytes).sum();
        println!(
            "{}: {} files, {} KiB, the audit log up to line {}",
            path.display(),
            manifest.parts.len(),
            bytes.div_ceil(1024),
            manifest.audit.seq
        );
        for half in &manifest.not_in_it {
            println!("not in it: {half}");
        }
        if manifest.missing.is_empty() {
            return Ok(());
        }
        Err(Refusal::NotAsItShouldBe(format!(
            "the copy was made, but {} blobs that rows need were missing already; `doctor` names \
             them",
            manifest.missing.len()
        ))
        .into())
    }
}
