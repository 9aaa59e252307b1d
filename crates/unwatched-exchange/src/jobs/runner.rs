//! Workers: each claims one job at a time, does it, and says how it ended.
//!
//! A worker that vanishes leaves its lease to run out; the job is then claimed again.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::task::JoinSet;
use unwatched_store::{ANALYZE_SAMPLE, Job, StoreError};

use super::analyze_sample;
use crate::analysis_child::Analyser;
use crate::state::AppState;

/// Another process may have put a job in: looked for this often.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How a job ended.
pub enum Outcome {
    /// Done.
    Done,
    /// To be tried again after a while.
    Retry {
        /// What went wrong.
        why: String,
        /// How long to wait.
        after: SignedDuration,
    },
    /// Never to be tried again.
    Dead {
        /// What went wrong.
        why: String,
    },
}

/// Runs the configured number of workers until the server drains. A job that was begun is ended.
pub async fn run(state: AppState, analyser: Analyser) {
    let mut workers = JoinSet::new();
    for number in 0..state.config.analysis.workers {
        let name = format!("{}-{number}", hex::encode(state.randomness.bytes::<4>()));
        workers.spawn(work(state.clone(), analyser.clone(), name));
    }
    while let Some(ended) = workers.join_next().await {
        if let Err(error) = ended {
            tracing::error!("a worker broke down: {error}");
        }
    }
}

async fn work(state: AppState, analyser: Analyser, name: String) {
    while !state.shutdown.is_cancelled() {
        // Registered before looking, so that a job put in meanwhile is not slept through.
        let woken = state.changes.job.notified();
        match work_once(&state, &analyser, &name).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!("the job queue does not answer: {error}"),
        }
        tokio::select! {
            () = woken => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            () = state.shutdown.cancelled() => {}
        }
    }
}

/// Does one job, if there is one, and says whether there was.
pub async fn work_once(
    state: &AppState,
    analyser: &Analyser,
    name: &str,
) -> Result<bool, StoreError> {
    let lease = lease(analyser);
    let claimed = state.store.claim(name, &[ANALYZE_SAMPLE], state.clock.now(), lease).await?;
    let Some(job) = claimed else { return Ok(false) };
    let outcome = analyze_sample::run(state, analyser, &job).await;
    match end(state, &job, outcome).await {
        // Somebody else holds it now: what they find is as good.
        Ok(()) | Err(StoreError::Conflict(_)) => Ok(true),
        Err(error) => Err(error),
    }
}

/// As long as an analysis may take, and then some to read and write.
fn lease(analyser: &Analyser) -> SignedDuration {
    let timeout = SignedDuration::try_from(analyser.timeout()).unwrap_or(SignedDuration::MAX);
    timeout.saturating_add(SignedDuration::from_secs(60))
}

async fn end(state: &AppState, job: &Job, outcome: Outcome) -> Result<(), StoreError> {
    let now = state.clock.now();
    match outcome {
        Outcome::Done => state.store.finish(job, now).await,
        Outcome::Retry { why, after } => {
            tracing::warn!(job = %job.id, attempts = job.attempts, "job to be tried again: {why}");
            let retry_at = now.checked_add(after).unwrap_or(now);
            state.store.fail(job, &why, Some(retry_at), now).await
        }
        Outcome::Dead { why } => {
            tracing::warn!(job = %job.id, attempts = job.attempts, "job given up: {why}");
            state.store.fail(job, &why, None, now).await
        }
    }
}
