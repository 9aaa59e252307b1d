//! The job queue: a table, so that a job commits with the row that asks for it.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::{Result, Store, StoreError};

/// The id of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub i64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A job in a worker's hands. It proves the hold: a worker whose lease ran out and whose job was
/// claimed again gets a `Conflict` when it comes back with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// To what.
    pub payload: serde_json::Value,
    /// How often it was claimed, this time included. A job comes back after its lease runs out
    /// as often as its workers vanish: whoever claims it too often fails it for good.
    pub attempts: u32,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobState {
    /// For a worker, or for its time.
    Waiting,
    /// A worker holds it.
    Leased,
    /// It was done.
    Done,
    /// It failed for good.
    Dead,
}

impl JobState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Leased, Self::Done, Self::Dead];

    /// The word used in columns and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Leased => "leased",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }
}

/// A job as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Its id.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// To what.
    pub payload: serde_json::Value,
    /// Where it stands.
    pub state: JobState,
    /// Why it last failed.
    pub why: Option<String>,
    /// How often it was claimed.
    pub attempts: u32,
}

/// How many jobs of a kind stand where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobCount {
    /// The kind.
    pub kind: String,
    /// The state.
    pub state: JobState,
    /// How many.
    pub count: u64,
}

impl Store {
    /// Adds a job.
    pub async fn enqueue(
        &self,
        kind: &str,
        payload: &serde_json::Value,
        now: Timestamp,
    ) -> Result<JobId> {
        let _ = (kind, payload, now);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Takes the job of one of these kinds that has waited longest, or whose lease ran out.
    pub async fn claim(
        &self,
        worker: &str,
        kinds: &[&str],
        now: Timestamp,
        lease: SignedDuration,
    ) -> Result<Option<Job>> {
        let _ = (worker, kinds, now, lease);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Holds a job until `now + lease`; `Conflict` when it is no longer held.
    pub async fn extend_lease(
        &self,
        job: &Job,
        now: Timestamp,
        lease: SignedDuration,
    ) -> Result<()> {
        let _ = (job, now, lease);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Marks a job done; `Conflict` when it is no longer held.
    pub async fn finish(&self, job: &Job, now: Timestamp) -> Result<()> {
        let _ = (job, now);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Gives a job back to be tried again at a time, or buries it with its reason (`None`);
    /// `Conflict` when it is no longer held.
    pub async fn fail(
        &self,
        job: &Job,
        why: &str,
        retry_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<()> {
        let _ = (job, why, retry_at, now);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// One job.
    pub async fn job(&self, id: JobId) -> Result<Option<JobRow>> {
        let _ = id;
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// How many jobs stand where, by kind and state.
    pub async fn job_counts(&self) -> Result<Vec<JobCount>> {
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }
}
