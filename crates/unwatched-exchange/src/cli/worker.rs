//! `worker`: does what waits in the queue, without a server.

use anyhow::Context as _;
use clap::Args;

use super::{Place, serve};
use crate::analysis_child::Analyser;
use crate::jobs::{self, Kind};
use crate::refusal::refused;
use crate::sandbox;

/// Do what waits, without a server
///
/// Any number of them work beside each other and beside a server. SIGTERM and SIGINT drain one:
/// what was begun is ended first.
#[derive(Debug, Args)]
pub struct Worker {
    /// How many samples at once [default: what the configuration says]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// Only these kinds of job [default: every kind]
    #[arg(long, value_name = "KIND,...", value_delimiter = ',')]
    kinds: Vec<String>,
}

impl Worker {
    /// Runs until SIGTERM or SIGINT.
    pub async fn run(self, place: &Place) -> anyhow::Result<()> {
        let kinds = self.kinds()?;
        sandbox::close_to_others().context("close this process to others")?;
        let mut config = place.config()?;
        config.analysis.workers = self.workers.unwrap_or(config.analysis.workers).max(1);
        let state = place.open_with(config).await?;
        let analyser = Analyser::new(&state.config.analysis)?;
        serve::drain_on_signal(state.clone())?;
        eprintln!("waiting for jobs");
        jobs::run(state.clone(), analyser, kinds).await;
        state.store.close().await;
        Ok(())
    }
    /// The kinds asked for.
    fn kinds(&self) -> anyhow::Result<Vec<&'static Kind>> {
        if self.kinds.is_empty() {
            return Ok(jobs::KINDS.iter().collect());
        }
        let known: Vec<_> = jobs::KINDS.iter().map(|kind| kind.name).collect();
        let find = |name: &String| {
            jobs::kind(name).ok_or_else(|| {
                let hint = crate::suggest::among(name, &known);
                refused(format!("no kind of job is called {name}{hint}"))
            })
        };
        self.kinds.iter().map(find).collect()
    }
}
