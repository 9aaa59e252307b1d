//! The job `analyze_sample`: a sample's bytes to its report.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use futures_util::TryStreamExt as _;
use jiff::SignedDuration;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;
use unwatched_model::digest::Sha256;
use unwatched_store::{Job, SampleState};

use super::runner::Outcome;
use crate::analysis_child::{Analyser, NoReport};
use crate::state::AppState;

/// The engine's name beside its reports.
pub const ENGINE: &str = concat!("unwatched-analysis ", env!("CARGO_PKG_VERSION"));

/// A file that ends its analysis twice will end it a third time.
const MAX_ATTEMPTS_ENDED: u32 = 2;
/// A machine in trouble may recover.
const MAX_ATTEMPTS_MACHINE: u32 = 5;

/// Analyses the job's sample and keeps its report, or the reason why there is none.
pub async fn run(state: &AppState, analyser: &Analyser, job: &Job) -> Outcome {
    let sha256 = job.payload.get("sha256").and_then(|value| value.as_str());
    let Some(sha256) = sha256.and_then(|text| text.parse::<Sha256>().ok()) else {
        return Outcome::Dead { why: "the job names no sample".to_owned() };
    };
    let report = if job.attempts > MAX_ATTEMPTS_MACHINE {
        // Its workers vanished with it, one after the other.
        Err(NoReport::NotTaken("its analysis was begun several times and never ended".to_owned()))
    } else {
        analyse(state, analyser, &sha256).await
    };
    let outcome = match report {
        Ok(()) => Outcome::Done,
        Err(no_report) => failed(state, job, &sha256, no_report).await,
    };
    state.changes.sample.notify_waiters();
    outcome
}

async fn analyse(state: &AppState, analyser: &Analyser, sha256: &Sha256) -> Result<(), NoReport> {
    set_state(state, sha256, SampleState::Analysing, None).await?;
    let bytes = Bytes::of(state, sha256).await?;
    let report = analyser.analyse(bytes.path(), None).await?;
    if report.sha256 != *sha256 {
        return Err(anyhow::anyhow!("the blob store returned other bytes than the sample's").into());
    }
    let now = state.clock.now();
    let saved = state.store.save_report(sha256, &report, ENGINE, now).await;
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

async fn failed(state: &AppState, job: &Job, sha256: &Sha256, no_report: NoReport) -> Outcome {
    let why = no_report.to_string();
    let mut trouble = matches!(no_report, NoReport::Machine(_));
    let most = match no_report {
        NoReport::NotTaken(_) => 0,
        NoReport::Ended(_) => MAX_ATTEMPTS_ENDED,
        NoReport::Machine(_) => MAX_ATTEMPTS_MACHINE,
    };
    let is_last = job.attempts >= most;
    let to = if is_last { SampleState::Failed } else { SampleState::Queued };
    if let Err(error) = set_state(state, sha256, to, Some(&why)).await {
        tracing::error!(%sha256, "the sample's state could not be kept: {error:#}");
        trouble = true;
    }
    if is_last {
        return Outcome::Dead { why };
    }
    // 1 s, 2 s, 4 s, ...
    let after = SignedDuration::from_secs(1 << job.attempts.saturating_sub(1).min(6));
    Outcome::Retry { why, after, trouble }
}

/// A sample's bytes as a file: the blob itself where it lies on this machine.
enum Bytes {
    Local(PathBuf),
    Fetched(NamedTempFile),
}

impl Bytes {
    async fn of(state: &AppState, sha256: &Sha256) -> anyhow::Result<Self> {
        if let Some(path) = state.store.local_path(sha256) {
            return Ok(Self::Local(path));
        }
        let file = NamedTempFile::new_in(state.data.tmp()).context("create a temporary file")?;
        let mut blob = state.store.get(sha256).await.context("read the sample")?;
        let mut writer =
            tokio::fs::File::create(file.path()).await.context("write a temporary file")?;
        while let Some(piece) = blob.bytes.try_next().await.context("read the sample")? {
            writer.write_all(&piece).await.context("write a temporary file")?;
        }
        writer.flush().await.context("write a temporary file")?;
        Ok(Self::Fetched(file))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Local(path) => path,
            Self::Fetched(file) => file.path(),
        }
    }
}
