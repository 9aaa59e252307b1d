//! What a job's code is given, and how it says how it ended.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use unwatched_store::{Job, Progress, StoreError};

use crate::analysis_child::Analyser;
use crate::state::AppState;

/// Progress is told no more often.
const TELL_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// One job, and what it is done with.
#[derive(Debug)]
pub struct Work {
    /// The store and all the rest.
    pub state: AppState,
    /// Starts analyses.
    pub analyser: Analyser,
    /// The job.
    pub job: Job,
    told: Mutex<Option<Timestamp>>,
}

/// How a job ended that did not fail.
#[derive(Debug, PartialEq)]
pub enum Ended {
    /// It is done.
    Done,
    /// A part is done: it goes on from this payload after a while. What waits meanwhile is done
    /// between.
    GoOn {
        /// From where.
        payload: Value,
        /// After how long.
        after: SignedDuration,
    },
    /// A part is done, and in the same transaction the job was given back to go on from there.
    WentOn,
}

/// Why a job failed. What comes with `?` is tried again as often as its kind is.
#[derive(Debug)]
pub struct Failed {
    pub(super) why: String,
    pub(super) at_most: Option<u32>,
    pub(super) trouble: bool,
}

/// How a job ended.
pub type Outcome = Result<Ended, Failed>;

impl Failed {
    /// To be tried again.
    pub fn again(why: impl Display) -> Self {
        Self { why: why.to_string(), at_most: None, trouble: false }
    }

    /// Never to be tried again.
    pub fn for_good(why: impl Display) -> Self {
        Self::again(why).at_most(0)
    }

    /// To be tried no more often than this, whatever its kind says.
    #[must_use]
    pub fn at_most(mut self, tries: u32) -> Self {
        self.at_most = Some(tries);
        self
    }

    /// The machine is in trouble, and not the job: this worker does nothing else for a while.
    #[must_use]
    pub fn trouble(mut self) -> Self {
        self.trouble = true;
        self
    }
}

impl From<anyhow::Error> for Failed {
    fn from(error: anyhow::Error) -> Self {
        Self::again(format!("{error:#}"))
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::again(error)
    }
}

impl Work {
    pub(super) fn new(state: AppState, analyser: Analyser, job: Job) -> Self {
        Self { state, analyser, job, told: Mutex::new(None) }
    }

    /// A text of the job's payload.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.job.payload.get(key)?.as_str()
    }

    /// Says how far the job has come, at most once a second. Whoever watches sees it; that it
    /// could not be told never ends a job.
    pub async fn progress(&self, done: u64, of: u64, what: &str) {
        let now = self.state.clock.now();
        {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.is_some_and(|last| now.duration_since(last) < TELL_EVERY) {
                return;
            }
            *told = Some(now);
        }
        let progress = Progress { done, of, what: what.to_owned() };
        if let Err(error) = self.state.store.set_progress(&self.job, &progress, now).await {
            tracing::debug!(job = %self.job.id, "progress could not be told: {error}");
        }
        self.state.changes.progress.notify_waiters();
    }
}
