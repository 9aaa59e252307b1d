//! The job queue: a table, so that a job commits with the row that asks for it.
//!
//! Asking, claiming, settling. What people see of it is in `jobs_board`, what comes round by
//! itself in `periodic`.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use crate::changes;
use crate::columns::{
    LONG_BYTES, SHORT_BYTES, from_json, micros, number, optional, read, text, to_json,
};
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

/// How soon a job is to be done; within one priority the oldest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// When nothing else waits: everything anew.
    Background,
    /// What keeps house.
    Routine,
    /// What follows from something a person did.
    Soon,
    /// A person waits for it.
    Fresh,
}

impl Priority {
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Background => -10,
            Self::Routine => 0,
            Self::Soon => 10,
            Self::Fresh => 20,
        }
    }
}

/// Which of the jobs that may be claimed is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Take {
    /// The one of the highest priority; the oldest of these.
    Priority,
    /// The oldest of all. Who claims so now and then lets nothing starve.
    Oldest,
}

/// A job in a worker's hands. It proves the hold: a worker whose lease ran out and whose job was
/// claimed again gets a `Conflict` when it comes back with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// What it is about, where only one such job may be under way.
    pub subject: Option<String>,
    /// To what.
    pub payload: serde_json::Value,
    /// How often it was claimed, this time included.
    pub attempts: u32,
    /// How often since it was asked for, or a person had it tried again. A job comes back after
    /// its lease runs out as often as its workers vanish: whoever claims it too often fails it for
    /// good.
    pub tries: u32,
}

/// How far a job has come.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Progress {
    /// So much is done.
    pub done: u64,
    /// Of so much.
    pub of: u64,
    /// Of what, in words.
    pub what: String,
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

impl Store {
    /// Asks for a job. With a subject, one such job is under way at a time: one that waits already
    /// is returned, more urgent if need be, and one that a worker holds is done once more after.
    /// The payload is that of the first who asked.
    pub async fn enqueue(
        &self,
        kind: &str,
        subject: Option<&str>,
        payload: &serde_json::Value,
        priority: Priority,
        now: Timestamp,
    ) -> Result<JobId> {
        let mut tx = self.begin().await?;
        let id = ask(&mut tx, kind, subject, payload, priority, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Whether a job of one of these kinds may be claimed: a read, so that looking costs an idle
    /// worker next to nothing.
    pub async fn is_claimable(&self, kinds: &[&str], now: Timestamp) -> Result<bool> {
        let is_claimable = match self.engine() {
            Engine::Sqlite => sqlite::IS_CLAIMABLE,
            Engine::Postgres => postgres::IS_CLAIMABLE,
        };
        let kinds = to_json(&kinds)?;
        Ok(reading!(self, db => sqlx::query_scalar(is_claimable)
            .bind(micros(now))
            .bind(kinds)
            .fetch_one(db).await?))
    }

    /// Takes a job of one of these kinds whose time has come, or whose lease ran out.
    pub async fn claim(
        &self,
        worker: &str,
        kinds: &[&str],
        take: Take,
        now: Timestamp,
        lease: SignedDuration,
    ) -> Result<Option<Job>> {
        let until = end_of(now, lease)?;
        let worker = text(worker, "the worker's name", SHORT_BYTES)?;
        let kinds = to_json(&kinds)?;
        let claim = match (self.engine(), take) {
            (Engine::Sqlite, Take::Priority) => sqlite::CLAIM_BY_PRIORITY,
            (Engine::Sqlite, Take::Oldest) => sqlite::CLAIM_OLDEST,
            (Engine::Postgres, Take::Priority) => postgres::CLAIM_BY_PRIORITY,
            (Engine::Postgres, Take::Oldest) => postgres::CLAIM_OLDEST,
        };
        let row: Option<Claimed> = writing!(self, db => sqlx::query_as(claim)
            .bind(micros(now))
            .bind(until)
            .bind(worker)
            .bind(kinds)
            .bind(VANISHED)
            .fetch_optional(db).await?);
        let Some(row) = row else { return Ok(None) };
        if row.why.as_deref() == Some(VANISHED) {
            let mut tx = self.begin().await?;
            add_reason(&mut tx, row.id, row.attempts - 1, VANISHED, now).await?;
            tx.commit().await?;
        }
        Ok(Some(Job {
            id: JobId(row.id),
            kind: row.kind,
            subject: row.subject,
            payload: from_json(&row.payload)?,
            attempts: number(row.attempts)?,
            tries: number(row.attempts - row.attempts_before)?,
        }))
    }

    /// Says how far a job has come; `Conflict` when it is no longer held.
    pub async fn set_progress(&self, job: &Job, progress: &Progress, now: Timestamp) -> Result<()> {
        let progress = to_json(progress)?;
        held(
            job,
            writing!(self, db => sqlx::query(
            "UPDATE jobs SET progress = $4, changed_at = $3
             WHERE id = $1 AND attempts = $2 AND state = 'leased'")
            .bind(job.id.0)
            .bind(i64::from(job.attempts))
            .bind(micros(now))
            .bind(progress)
            .execute(db).await?.rows_affected()),
        )
    }

    /// Gives back a job of which a part is done, to go on from another payload at a time. What
    /// it has come to counts from here: its attempts begin anew. `Conflict` when it is no longer
    /// held.
    pub async fn go_on(
        &self,
        job: &Job,
        payload: &serde_json::Value,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        go_on(&mut tx, job, payload, at, now).await?;
        tx.commit().await
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

    /// Marks a job done, or to be done once more when it was asked for again meanwhile;
    /// `Conflict` when it is no longer held.
    pub async fn finish(&self, job: &Job, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        held(
            job,
            within!(&mut tx, db => sqlx::query(
            "UPDATE jobs
             SET state = CASE WHEN again THEN 'waiting' ELSE 'done' END, again = FALSE,
                 attempts_before = attempts, why = NULL, worker = NULL,
                 claimable_at = $3, changed_at = $3
             WHERE id = $1 AND attempts = $2 AND state = 'leased'")
            .bind(job.id.0)
            .bind(i64::from(job.attempts))
            .bind(micros(now))
            .execute(db).await?.rows_affected()),
        )?;
        changes::own_analysis_ended(&mut tx, job, now).await?;
        tx.commit().await
    }

    /// Gives a job back to be tried again at a time, or sets it aside (`None`), with its reason;
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
        let mut tx = self.begin().await?;
        held(
            job,
            within!(&mut tx, db => sqlx::query(
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
        )?;
        add_reason(&mut tx, job.id.0, i64::from(job.attempts), why, now).await?;
        changes::own_analysis_ended(&mut tx, job, now).await?;
        tx.commit().await
    }
}

async fn add_reason(tx: &mut Tx, job: i64, attempt: i64, why: &str, now: Timestamp) -> Result<()> {
    within!(tx, db => sqlx::query(
        "INSERT INTO job_reasons (job, attempt, why, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (job, attempt) DO NOTHING")
        .bind(job)
        .bind(attempt)
        .bind(why)
        .bind(micros(now))
        .execute(db).await?.rows_affected());
    Ok(())
}

/// Why a job is claimed whose last worker never said how it ended.
const VANISHED: &str = "the process that worked on it ended without a word";

#[derive(sqlx::FromRow)]
struct Claimed {
    id: i64,
    kind: String,
    subject: Option<String>,
    payload: String,
    attempts: i64,
    attempts_before: i64,
    why: Option<String>,
}

/// Asks for a job within a transaction, as [`Store::enqueue`] does.
pub(crate) async fn ask(
    tx: &mut Tx,
    kind: &str,
    subject: Option<&str>,
    payload: &serde_json::Value,
    priority: Priority,
    now: Timestamp,
) -> Result<JobId> {
    ask_for(tx, kind, subject, "", payload, priority, now).await
}

/// As [`ask`], beside what is under way for others: for this partner alone, in its own place.
pub(crate) async fn ask_for(
    tx: &mut Tx,
    kind: &str,
    subject: Option<&str>,
    asked_by: &str,
    payload: &serde_json::Value,
    priority: Priority,
    now: Timestamp,
) -> Result<JobId> {
    let kind = text(kind, "the job's kind", SHORT_BYTES)?;
    let subject = optional(subject, "what the job is about", SHORT_BYTES)?;
    let payload = to_json(payload)?;
    let id: i64 = within!(tx, db => sqlx::query_scalar(
        "INSERT INTO jobs (kind, subject, payload, priority, state, attempts,
                           claimable_at, added_at, changed_at, asked_by)
         VALUES ($1, $2, $3, $4, 'waiting', 0, $5, $5, $5, $6)
         ON CONFLICT (kind, subject, asked_by)
             WHERE subject IS NOT NULL AND state IN ('waiting', 'leased')
         DO UPDATE SET
             again = jobs.again OR jobs.state = 'leased',
             priority = CASE WHEN jobs.priority < excluded.priority
                             THEN excluded.priority ELSE jobs.priority END
         RETURNING id")
        .bind(kind)
        .bind(subject)
        .bind(&payload)
        .bind(priority.number())
        .bind(micros(now))
        .bind(asked_by)
        .fetch_one(db).await?);
    Ok(JobId(id))
}

/// Gives a job back within a transaction, as [`Store::go_on`] does.
pub(crate) async fn go_on(
    tx: &mut Tx,
    job: &Job,
    payload: &serde_json::Value,
    at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let payload = to_json(payload)?;
    held(
        job,
        within!(tx, db => sqlx::query(
            "UPDATE jobs
             SET state = 'waiting', why = NULL, worker = NULL, payload = $4, claimable_at = $5,
                 attempts_before = attempts, changed_at = $3
             WHERE id = $1 AND attempts = $2 AND state = 'leased'")
            .bind(job.id.0)
            .bind(i64::from(job.attempts))
            .bind(micros(now))
            .bind(payload)
            .bind(micros(at))
            .execute(db).await?.rows_affected()),
    )
}

/// The latest job of a kind about a subject that was asked for on everybody's behalf.
pub(crate) async fn latest_about(
    tx: &mut Tx,
    kind: &str,
    subject: &str,
) -> Result<Option<(JobId, JobState)>> {
    let row: Option<(i64, String)> = within!(tx, db => sqlx::query_as(
        "SELECT id, state FROM jobs WHERE subject = $1 AND kind = $2 AND asked_by = ''
         ORDER BY id DESC LIMIT 1")
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
