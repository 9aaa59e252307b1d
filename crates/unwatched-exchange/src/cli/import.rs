//! `import`: lists that others publish.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Place;
use crate::community;
use crate::refusal::refused;

/// Import what others publish
#[derive(Debug, Args)]
pub struct Import {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The community's dataset: ioc.yaml, watchware.yaml, samples.csv
    Community {
        /// The folder that holds the files
        dir: PathBuf,
    },
}

impl Import {
    /// Does it.
    pub async fn run(self, place: &Place) -> anyhow::Result<()> {
        let What::Community { dir } = self.what;
        if !dir.is_dir() {
            return Err(refused(format!("no folder {}", dir.display())));
        }
        let state = place.open().await?;
        let done = community::import(&state, &dir).await;
        state.store.close().await;
        let done = done?;
        for problem in &done.problems {
            eprintln!("note: {problem}");
        }
        let i = done.imported;
        eprintln!(
            "imported: {} families, {} indicators and {} samples are new; {} were there already; {} are listed no more",
            i.families, i.indicators, i.samples, i.unchanged, i.gone
        );
        Ok(())
    }
}
