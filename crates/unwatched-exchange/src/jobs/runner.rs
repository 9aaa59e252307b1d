//! Workers: each claims one job at a time, does it, and says how it ended.
//!
//! A worker that vanishes leaves its lease to run out; the job is then claimed again. A worker that
//! breaks down is started again.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use unwatched_store::{ANALYZE_SAMPLE, Job, StoreError};

use super::analyze_sample;
use crate::analysis_child::Analyser;
use crate::state::AppState;

/// Another process may have put a job in: looked for this often.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The longest pause while the machine is in trouble.
const MAX_PAUSE: Duration = Duration::from_secs(30);

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
        /// Whether the machine is in trouble, and not the file.
        trouble: bool,
    },
    /// Never to be tried again.
    Dead {
        /// What went wrong.
        why: String,
    },
}

/// Runs the configured number of workers until the server drains. A job that was begun is ended.
pub async fn run(state: AppState, analyser: Analyser) {
    let shutdown = state.shutdown.clone();
    keep_up(state.config.analysis.workers, &shutdown, || {
        let name = hex::encode(state.randomness.bytes::<4>());
        work(state.clone(), analyser.clone(), name)
    })
    .await;
}

/// Keeps `count` tasks going: one that breaks down is followed by another after a pause.
async fn keep_up<F>(count: usize, shutdown: &CancellationToken, task: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut workers = JoinSet::new();
    for _ in 0..count {
        workers.spawn(task());
    }
    while let Some(ended) = workers.join_next().await {
        let Err(error) = ended else { continue };
        tracing::error!("a worker broke down: {error}");
        if shutdown.is_cancelled() {
            continue;
        }
        let (next, shutdown) = (task(), shutdown.clone());
        workers.spawn(async move {
            pause(LOOK_AGAIN, &shutdown).await;
            next.await;
        });
    }
}

async fn work(state: AppState, analyser: Analyser, name: String) {
    let mut troubles = 0;
    while !state.shutdown.is_cancelled() {
        // Registered before looking, so that a job put in meanwhile is not slept through.
        let woken = state.changes.job.notified();
        let went = match work_once(&state, &analyser, &name).await {
            Ok(went) => went,
            Err(error) => {
                tracing::error!("the job queue does not answer: {error}");
                Went::Trouble
            }
        };
        match went {
            Went::Did => troubles = 0,
            Went::Idle => {
                troubles = 0;
                tokio::select! {
                    () = woken => {}
                    () = pause(LOOK_AGAIN, &state.shutdown) => {}
                }
            }
            // A full disk is not helped by trying more often: not even a new job ends this pause.
            Went::Trouble => {
                pause(pause_after(troubles), &state.shutdown).await;
                troubles = troubles.saturating_add(1);
            }
        }
    }
}

/// 1 s, 2 s, 4 s, ... up to [`MAX_PAUSE`].
fn pause_after(troubles: u32) -> Duration {
    LOOK_AGAIN.saturating_mul(1 << troubles.min(10)).min(MAX_PAUSE)
}

async fn pause(lasts: Duration, shutdown: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(lasts) => {}
        () = shutdown.cancelled() => {}
    }
}

/// What became of one look into the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Went {
    /// There was no job.
    Idle,
    /// A job came to its end.
    Did,
    /// The machine would not let it.
    Trouble,
}

/// Does one job, if there is one.
async fn work_once(state: &AppState, analyser: &Analyser, name: &str) -> Result<Went, StoreError> {
    let lease = lease(analyser);
    let claimed = state.store.claim(name, &[ANALYZE_SAMPLE], state.clock.now(), lease).await?;
    let Some(job) = claimed else { return Ok(Went::Idle) };
    let outcome = analyze_sample::run(state, analyser, &job).await;
    let trouble = matches!(outcome, Outcome::Retry { trouble: true, .. });
    match end(state, &job, outcome).await {
        Ok(()) if trouble => Ok(Went::Trouble),
        Ok(()) => Ok(Went::Did),
        // Somebody else holds it now: what they find is as good. It is rare, and to be claimed
        // again and again without end is what trouble looks like.
        Err(StoreError::Conflict(why)) => {
            tracing::warn!(job = %job.id, "job lost: {why}");
            Ok(Went::Trouble)
        }
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
        Outcome::Retry { why, after, .. } => {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn pauses_grow_to_their_limit() {
        let pauses: Vec<_> = (0..7).map(|troubles| pause_after(troubles).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(pause_after(u32::MAX), MAX_PAUSE);
    }

    #[tokio::test]
    async fn a_worker_that_breaks_down_is_started_again() {
        let (begun, shutdown) = (Arc::new(AtomicU32::new(0)), CancellationToken::new());
        keep_up(1, &shutdown, || {
            let (begun, shutdown) = (begun.clone(), shutdown.clone());
            async move {
                assert!(begun.fetch_add(1, Ordering::SeqCst) > 0, "the first one breaks down");
                shutdown.cancel();
            }
        })
        .await;
        assert_eq!(begun.load(Ordering::SeqCst), 2);
    }
}
