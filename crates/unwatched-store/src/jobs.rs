//! The job queue: a table, so that a job commits with the row that asks for it.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use crate::columns::{LONG_BYTES, SHORT_BYTES, from_json, micros, number, read, text, to_json};
use crate::engine::{Tx, reading, within, writing};
use crate::{Engine, Result, Store, StoreError, postgres, sqlite};

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

impl FromStr for JobState {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| format!("unknown job state {word:?}"))
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
        let mut tx = self.begin().await?;
        let id = add(&mut tx, kind, None, payload, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Takes the job of one of these kinds that has waited longest, or whose lease ran out.
    pub async fn claim(
        &self,
        worker: &str,
        kinds: &[&str],
        now: Timestamp,
        lease: SignedDuration,
    ) -> Result<Option<Job>> {
        let until = end_of(now, lease)?;
        let worker = text(worker, "the worker's name", SHORT_BYTES)?;
        let kinds = to_json(&kinds)?;
        let claim = match self.engine() {
            Engine::Sqlite => sqlite::CLAIM,
            Engine::Postgres => postgres::CLAIM,
        };
        let row: Option<(i64, String, String, i64)> = writing!(self, db => sqlx::query_as(claim)
            .bind(micros(now))
            .bind(until)
            .bind(worker)
            .bind(kinds)
            .fetch_optional(db).await?);
        row.map(|(id, kind, payload, attempts)| {
            Ok(Job {
                id: JobId(id),
                kind,
                payload: from_json(&payload)?,
                attempts: number(attempts)?,
            })
        })
        .transpose()
    }

    /// Holds a job until `now + lease`; `Conflict` when it is no longer held.
    pub async fn extend_lease(
        &self,
        job: &Job,
        now: Timestamp,
        lease: SignedDuration,
    ) -> Result<()> {
        let until = end_of(now, lease)?;
        held(
            job,
            writing!(self, db => sqlx::query(
            "UPDATE jobs SET claimable_at = $4, changed_at = $3
             WHERE id = $1 AND attempts = $2 AND state = 'leased'")
            .bind(job.id.0)
            .bind(i64::from(job.attempts))
            .bind(micros(now))
            .bind(until)
            .execute(db).await?.rows_affected()),
        )
    }

    /// Marks a job done; `Conflict` when it is no longer held.
    pub async fn finish(&self, job: &Job, now: Timestamp) -> Result<()> {
        held(
            job,
            writing!(self, db => sqlx::query(
            "UPDATE jobs SET state = 'done', why = NULL, worker = NULL, changed_at = $3
             WHERE id = $1 AND attempts = $2 AND state = 'leased'")
            .bind(job.id.0)
            .bind(i64::from(job.attempts))
            .bind(micros(now))
            .execute(db).await?.rows_affected()),
        )
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
        let why = text(why, "the reason", LONG_BYTES)?;
        let state = if retry_at.is_some() { JobState::Waiting } else { JobState::Dead };
        held(
            job,
            writing!(self, db => sqlx::query(
            "UPDATE jobs
             SET state = $4, why = $5, worker = NULL, claimable_at = $6, changed_at = $3
             WHERE id = $1 AND attempts = $2 AND state = 'leased'")
            .bind(job.id.0)
            .bind(i64::from(job.attempts))
            .bind(micros(now))
            .bind(state.as_str())
            .bind(why)
            .bind(micros(retry_at.unwrap_or(now)))
            .execute(db).await?.rows_affected()),
        )
    }

    /// One job.
    pub async fn job(&self, id: JobId) -> Result<Option<JobRow>> {
        type Row = (String, String, String, Option<String>, i64);
        let row: Option<Row> = reading!(self, db => sqlx::query_as(
            "SELECT kind, payload, state, why, attempts FROM jobs WHERE id = $1")
            .bind(id.0)
            .fetch_optional(db).await?);
        row.map(|(kind, payload, state, why, attempts)| {
            Ok(JobRow {
                id,
                kind,
                payload: from_json(&payload)?,
                state: read(&state)?,
                why,
                attempts: number(attempts)?,
            })
        })
        .transpose()
    }

    /// How many jobs stand where, by kind and state.
    pub async fn job_counts(&self) -> Result<Vec<JobCount>> {
        let rows: Vec<(String, String, i64)> = reading!(self, db => sqlx::query_as(
            "SELECT kind, state, COUNT(*) FROM jobs GROUP BY kind, state ORDER BY kind, state")
            .fetch_all(db).await?);
        rows.into_iter()
            .map(|(kind, state, count)| {
                Ok(JobCount { kind, state: read(&state)?, count: number(count)? })
            })
            .collect()
    }
}

/// Adds a job to a transaction. With a subject, the caller has made sure that no such job is
/// under way.
pub(crate) async fn add(
    tx: &mut Tx,
    kind: &str,
    subject: Option<&str>,
    payload: &serde_json::Value,
    now: Timestamp,
) -> Result<JobId> {
    let kind = text(kind, "the job's kind", SHORT_BYTES)?;
    let payload = to_json(payload)?;
    let id: i64 = within!(tx, db => sqlx::query_scalar(
        "INSERT INTO jobs (kind, subject, payload, state, attempts, claimable_at, added_at, changed_at)
         VALUES ($1, $2, $3, 'waiting', 0, $4, $4, $4) RETURNING id")
        .bind(kind)
        .bind(subject)
        .bind(&payload)
        .bind(micros(now))
        .fetch_one(db).await?);
    Ok(JobId(id))
}

/// The latest job of a kind about a subject.
pub(crate) async fn latest_about(
    tx: &mut Tx,
    kind: &str,
    subject: &str,
) -> Result<Option<(JobId, JobState)>> {
    let row: Option<(i64, String)> = within!(tx, db => sqlx::query_as(
        "SELECT id, state FROM jobs WHERE subject = $1 AND kind = $2 ORDER BY id DESC LIMIT 1")
        .bind(subject)
        .bind(kind)
        .fetch_optional(db).await?);
    row.map(|(id, state)| Ok((JobId(id), read(&state)?))).transpose()
}

fn end_of(now: Timestamp, lease: SignedDuration) -> Result<i64> {
    let end = now.checked_add(lease);
    end.map(micros).map_err(|_| StoreError::Invalid(format!("a lease of {lease} is too long")))
}

/// A worker that comes back with a job whose lease was lost must not settle it for whoever holds
/// it now.
fn held(job: &Job, rows: u64) -> Result<()> {
    if rows == 1 {
        return Ok(());
    }
    let id = job.id;
    Err(StoreError::Conflict(format!(
        "job {id} is no longer held: its lease ran out, or it is settled"
    )))
}
