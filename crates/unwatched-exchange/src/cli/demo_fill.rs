//! `admin demo`: a made-up coalition of any size, in an empty data folder.

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::serve::print_ways_in;
use crate::demo::{Size, fill};
use crate::state::AppState;

/// Made-up coalitions.
#[derive(Debug, Subcommand)]
pub(super) enum Demo {
    /// Fill an empty data folder with a made-up coalition, and print how to sign in
    ///
    /// The same seed makes the same coalition, but for its passwords and tokens.
    Fill(Fill),
}

/// How large it is.
#[derive(Debug, Args)]
pub(super) struct Fill {
    /// Partners, of every kind
    #[arg(long, value_name = "N", default_value_t = 40)]
    partners: usize,
    /// Samples with reports; there are no bytes of them
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    samples: usize,
    /// Families [default: one for every 400 samples, 20 to 2500]
    #[arg(long, value_name = "N")]
    families: Option<usize>,
    /// What everything but secrets is drawn from
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

impl Demo {
    pub(super) async fn run(self, state: &AppState) -> anyhow::Result<()> {
        let Self::Fill(Fill { partners, samples, families, seed }) = self;
        let size = Size { partners, samples, families, seed };
        let ways_in = fill(state, size).await.context("make up a coalition")?;
        print_ways_in(&ways_in)?;
        eprintln!("made up a coalition of {partners} partners and {samples} samples");
        Ok(())
    }
}
