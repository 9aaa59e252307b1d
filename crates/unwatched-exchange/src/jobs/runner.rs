//! Workers: each claims one job at a time, does it, and says how it ended.
//!
//! A job in hand is held by a lease that is renewed while the work goes on. A worker that vanishes
//! leaves its lease to run out; the job is then claimed again, and set aside with its reason when
//! that happens too often. A worker that breaks down is started again.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::SignedDuration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use unwatched_store::{Job, StoreError, Take};

use super::{Ended, Failed, Kind, Lane, Outcome, Work};
use crate::analysis_child::Analyser;
use crate::state::AppState;

/// Another process may have put a job in: looked for this often.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The longest pause while the machine is in trouble.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// So long a process that drains waits for what was begun; less than the server itself waits.
const DRAIN_LASTS: Duration = Duration::from_secs(15);

/// So many strangers are waited for at once.
const OUTWARD: usize = 3;

/// Every so many claims, the oldest job is taken whatever its priority: nothing starves.
const OLDEST_EVERY: u64 = 8;

/// Runs workers for these kinds until the process drains: as many as are configured for analyses,
/// one for what keeps house, and a few for what waits for others. None at all where none are configured. A job that was begun is ended.
pub async fn run(state: AppState, analyser: Analyser, kinds: Vec<&'static Kind>) {
    let workers = state.config.analysis.workers;
    let lane = |lane: Lane, count: usize| {
        let kinds: Vec<_> = kinds.iter().copied().filter(|kind| kind.lane == lane).collect();
        let count = if kinds.is_empty() { 0 } else { count };
        let (state, analyser) = (state.clone(), analyser.clone());
        let shutdown = state.shutdown.clone();
        async move {
            keep_up(count, &shutdown, || {
                let name = hex::encode(state.randomness.bytes::<4>());
                work(state.clone(), analyser.clone(), kinds.clone(), name)
            })
            .await;
        }
    };
    let few = workers.min(1);
    tokio::join!(
        lane(Lane::Analysis, workers),
        lane(Lane::House, few),
        lane(Lane::Outward, few * OUTWARD)
    );
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

async fn work(state: AppState, analyser: Analyser, kinds: Vec<&'static Kind>, name: String) {
    let worker = Worker { state, analyser, kinds, name };
    let state = &worker.state;
    let (mut troubles, mut looks) = (0, 0);
    while !state.shutdown.is_cancelled() {
        // Registered before looking, so that a job put in meanwhile is not slept through.
        let woken = state.changes.job.notified();
        looks += 1;
        let take = if looks % OLDEST_EVERY == 0 { Take::Oldest } else { Take::Priority };
        let went = match worker.work_once(take).await {
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

struct Worker {
    state: AppState,
    analyser: Analyser,
    kinds: Vec<&'static Kind>,
    name: String,
}

impl Worker {
    /// Does one job, if there is one.
    async fn work_once(&self, take: Take) -> Result<Went, StoreError> {
        let state = &self.state;
        let names: Vec<_> = self.kinds.iter().map(|kind| kind.name).collect();
        if !state.store.is_claimable(&names, state.clock.now()).await? {
            return Ok(Went::Idle);
        }
        let (now, lease) = (state.clock.now(), lease(state));
        let Some(job) = state.store.claim(&self.name, &names, take, now, lease).await? else {
            return Ok(Went::Idle);
        };
        let Some(kind) = self.kinds.iter().find(|kind| kind.name == job.kind) else {
            return Ok(Went::Idle);
        };
        let work = Work::new(state.clone(), self.analyser.clone(), job);
        let ended = tokio::select! {
            outcome = outcome(kind, &work) => end(kind, &work, outcome).await,
            error = hold(state, &work.job, lease) => Err(error),
            () = overdue(state) => give_back(state, &work.job).await,
        };
        state.changes.progress.notify_waiters();
        // Whoever waits for an analysis of their own sees its end by the job's.
        state.changes.sample.notify_waiters();
        match ended {
            // Somebody else holds it now: what they find is as good. It is rare, and to be claimed
            // again and again without end is what trouble looks like.
            Err(StoreError::Conflict(why)) => {
                tracing::warn!(job = %work.job.id, "job lost: {why}");
                Ok(Went::Trouble)
            }
            ended => ended,
        }
    }
}

/// How long a job is held before somebody else may claim it, unless the hold is renewed.
fn lease(state: &AppState) -> SignedDuration {
    SignedDuration::from_secs(i64::from(state.config.jobs.lease_s))
}

/// Renews the hold while the work goes on, and ends when it is lost. A database that does not
/// answer for a while costs nothing as long as the lease lasts.
async fn hold(state: &AppState, job: &Job, lease: SignedDuration) -> StoreError {
    let pause = Duration::try_from(lease).unwrap_or(LOOK_AGAIN) / 3;
    loop {
        tokio::time::sleep(pause).await;
        match state.store.extend_lease(job, state.clock.now(), lease).await {
            Err(lost @ StoreError::Conflict(_)) => return lost,
            Err(error) => tracing::warn!(job = %job.id, "the hold was not renewed: {error}"),
            Ok(()) => {}
        }
    }
}

/// Ends when the process drains and has waited long enough for what was begun.
async fn overdue(state: &AppState) {
    state.shutdown.cancelled().await;
    tokio::time::sleep(DRAIN_LASTS).await;
}

/// Somebody else may have it at once.
async fn give_back(state: &AppState, job: &Job) -> Result<Went, StoreError> {
    tracing::warn!(job = %job.id, kind = job.kind, "the job was cut off: it is begun again");
    let now = state.clock.now();
    state.store.go_on(job, &job.payload, now, now).await.map(|()| Went::Did)
}

/// Does the work, whatever becomes of it.
async fn outcome(kind: &Kind, work: &Work) -> Outcome {
    if work.job.tries > kind.max_tries {
        let tries = kind.max_tries;
        return Err(Failed::for_good(format!(
            "it was begun {tries} times, and each time the process that worked on it ended without \
             a word"
        )));
    }
    let running = AssertUnwindSafe((kind.run)(work)).catch_unwind();
    match tokio::time::timeout(kind.lasts_at_most, running).await {
        Ok(Ok(outcome)) => outcome,
        // The panic's own words are in the log already.
        Ok(Err(_)) => Err(Failed::again("the program broke down at it: its log says where")),
        Err(_) => {
            let seconds = kind.lasts_at_most.as_secs();
            Err(Failed::again(format!("it was not done after {seconds} s")))
        }
    }
}

async fn end(kind: &Kind, work: &Work, outcome: Outcome) -> Result<Went, StoreError> {
    let (store, job, now) = (&work.state.store, &work.job, work.state.clock.now());
    match outcome {
        Ok(Ended::Done) => store.finish(job, now).await.map(|()| Went::Did),
        Ok(Ended::WentOn) => Ok(Went::Did),
        Ok(Ended::GoOn { payload, after }) => {
            let at = now.checked_add(after).unwrap_or(now);
            store.go_on(job, &payload, at, now).await.map(|()| Went::Did)
        }
        Err(failed) => end_failed(kind, work, failed).await,
    }
}

async fn end_failed(kind: &Kind, work: &Work, failed: Failed) -> Result<Went, StoreError> {
    let Failed { why, at_most, mut trouble } = failed;
    let (state, job) = (&work.state, &work.job);
    let is_last = job.tries >= at_most.unwrap_or(kind.max_tries).min(kind.max_tries);
    if let Some(on_failure) = kind.on_failure
        && let Err(error) = on_failure(work, &why, is_last).await
    {
        tracing::error!(job = %job.id, kind = kind.name, "that it failed could not be kept: {error:#}");
        trouble = true;
    }
    let now = state.clock.now();
    let retry_at = (!is_last).then(|| {
        let [jitter] = state.randomness.bytes();
        let pause = SignedDuration::try_from(kind.pause_after(job.tries, jitter));
        now.checked_add(pause.unwrap_or_default()).unwrap_or(now)
    });
    let then = if is_last { "set aside" } else { "to be tried again" };
    tracing::warn!(job = %job.id, kind = kind.name, attempts = job.attempts, "job {then}: {why}");
    state.store.fail(job, &why, retry_at, now).await?;
    Ok(if trouble && !is_last { Went::Trouble } else { Went::Did })
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
