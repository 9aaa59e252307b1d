//! The job `analyze_sample`: a sample's bytes to its report.

use std::sync::LazyLock;

use anyhow::Context as _;
use unwatched_analysis::catalogue;
use unwatched_model::digest::Sha256;
use unwatched_store::{ANALYZE_SAMPLE, SampleState, StoreError};

use super::{About, Ended, Failed, Kind, Lane, Outcome, Work};
use crate::analysis_child::{Analyser, NoReport};
use crate::state::AppState;

/// The engine's name beside its reports: its version, and of the catalogue it reads by, a digest.
pub fn engine() -> &'static str {
    static ENGINE: LazyLock<String> = LazyLock::new(|| {
        let catalogue = catalogue::digest().to_string();
        format!("unwatched-analysis {} catalogue {}", env!("CARGO_PKG_VERSION"), &catalogue[..12])
    });
    &ENGINE
}

/// A file that ends its analysis twice will end it a third time.
const MAX_ATTEMPTS_ENDED: u32 = 2;
/// A machine in trouble may recover.
const MAX_ATTEMPTS_MACHINE: u32 = 5;

/// Registers it.
pub(super) const KIND: Kind =
    Kind::new(ANALYZE_SAMPLE, "analyse a sample", |work| Box::pin(run(work)))
        .about(About::Sample)
        .in_lane(Lane::Analysis)
        .tries(MAX_ATTEMPTS_MACHINE)
        .on_failure(|work, why, is_last| Box::pin(failed(work, why, is_last)));

/// Analyses the job's sample and keeps its report.
async fn run(work: &Work) -> Outcome {
    let sha256 = subject(work)?;
    analyse(&work.state, &work.analyser, &sha256).await.map_err(why_not)?;
    work.state.changes.sample.notify_waiters();
    Ok(Ended::Done)
}

fn subject(work: &Work) -> Result<Sha256, Failed> {
    let sha256 = work.text("sha256").and_then(|text| text.parse().ok());
    sha256.ok_or_else(|| Failed::for_good("the job names no sample"))
}

fn why_not(no_report: NoReport) -> Failed {
    match no_report {
        NoReport::NotTaken(_) => Failed::for_good(no_report),
        NoReport::Ended(_) => Failed::again(no_report).at_most(MAX_ATTEMPTS_ENDED),
        NoReport::Machine(_) => Failed::again(no_report).trouble(),
    }
}

/// The sample says what became of it.
async fn failed(work: &Work, why: &str, is_last: bool) -> anyhow::Result<()> {
    let Ok(sha256) = subject(work) else { return Ok(()) };
    let to = if is_last { SampleState::Failed } else { SampleState::Queued };
    set_state(&work.state, &sha256, to, Some(why)).await
}

async fn analyse(state: &AppState, analyser: &Analyser, sha256: &Sha256) -> Result<(), NoReport> {
    set_state(state, sha256, SampleState::Analysing, None).await?;
    let blob = match state.store.get(sha256).await {
        Err(StoreError::NotFound(_)) => {
            return Err(NoReport::NotTaken("its bytes were deleted".to_owned()));
        }
        blob => blob.context("read the sample")?,
    };
    let report = analyser.analyse_blob(blob).await?;
    if report.sha256 != *sha256 {
        return Err(anyhow::anyhow!("the blob store returned other bytes than the sample's").into());
    }
    let now = state.clock.now();
    let saved = state.store.save_report(sha256, &report, engine(), now).await;
    saved.context("keep the report")?;
    let (capabilities, problems) = (report.capabilities.len(), report.problems.len());
    tracing::info!(%sha256, capabilities, problems, "sample analysed");
    Ok(())
}

async fn set_state(
    state: &AppState,
    sha256: &Sha256,
    to: SampleState,
    why: Option<&str>,
) -> anyhow::Result<()> {
    let now = state.clock.now();
    state.store.set_sample_state(sha256, to, why, now).await.context("move the sample on")?;
    state.changes.sample.notify_waiters();
    Ok(())
}
