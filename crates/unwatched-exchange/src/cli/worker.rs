//! `worker`: analyses what waits in the queue, without a server.

use clap::Args;

use super::{Place, serve};
use crate::analysis_child::Analyser;
use crate::jobs::runner;

/// Analyse what waits, without a server
#[derive(Debug, Args)]
pub struct Worker {
    /// How many samples at once [default: what the configuration says]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
}

impl Worker {
    /// Runs until SIGTERM or SIGINT.
    pub async fn run(self, place: &Place) -> anyhow::Result<()> {
        let mut config = place.config()?;
        config.analysis.workers = self.workers.unwrap_or(config.analysis.workers).max(1);
        let state = place.open_with(config).await?;
        let analyser = Analyser::new(&state.config.analysis)?;
        serve::drain_on_signal(state.clone())?;
        eprintln!("waiting for jobs");
        runner::run(state.clone(), analyser).await;
        state.store.close().await;
        Ok(())
    }
}
