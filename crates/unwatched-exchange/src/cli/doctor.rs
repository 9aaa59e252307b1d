//! `doctor`: what is wrong, before the manual says so.

use std::io::Write as _;

use anyhow::Context as _;
use clap::Args;

use super::Place;
use crate::config::Config;
use crate::doctor::{self, Outcome, Report};
use crate::refusal::Refusal;

/// Look at everything the exchange keeps, and say what is not as it should be
///
/// Reads every blob, every line of the audit log, every opinion, verdict and release. Changes
/// nothing, and may run beside a server. Exit code 6 when something is not as it should be, 7
/// when nothing was found and not everything could be looked at.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Write the findings as JSON
    #[arg(long)]
    json: bool,
    /// Leave out what takes long: the blobs' bytes, the indexes of the database
    #[arg(long)]
    quick: bool,
}

impl Doctor {
    /// Does it.
    pub async fn run(self, place: &Place) -> anyhow::Result<()> {
        let report = match Config::load(place.config.as_deref()) {
            Err(error) => doctor::without_configuration(&error),
            Ok(_) => self.report(place).await?,
        };
        let text = if self.json { format!("{:#}\n", report.json()) } else { report.text() };
        std::io::stdout().write_all(text.as_bytes()).context("write to stdout")?;
        end(&report)
    }

    async fn report(&self, place: &Place) -> anyhow::Result<Report> {
        place.require_data()?;
        let state = match place.open().await {
            Ok(state) => state,
            Err(error) => return Ok(doctor::without_store(&error)),
        };
        let mut report = doctor::examine(&state, self.quick, &|line| eprintln!("{line}")).await;
        // It starts children of this program, which a test of the library is not.
        report.checks.push(doctor::sandbox(state.config.analysis.memory_mib).await);
        state.store.close().await;
        Ok(report)
    }
}

/// The error that a report ends a command with.
pub(super) fn end(report: &Report) -> anyhow::Result<()> {
    match report.result() {
        Outcome::AsItShouldBe => Ok(()),
        Outcome::NotAllSeen => {
            Err(Refusal::NotAllSeen("not everything could be looked at".to_owned()).into())
        }
        Outcome::Found => {
            let count = report.grave().count();
            Err(Refusal::NotAsItShouldBe(format!("doctor found {count}: see above")).into())
        }
    }
}
