//! What people see of the queue: one job with its history, what runs, what was set aside, how
//! much waits; and having set-aside work tried again. Workers use `jobs` alone.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sqlx::error::DatabaseError;

use crate::audit::{self, Actor};
use crate::columns::{from_json, micros, number, read, time};
use crate::engine::{Tx, reading, within};
use crate::jobs::{JobId, JobState, Progress};
use crate::samples::ANALYZE_SAMPLE;
use crate::visible::submission_seen;
use crate::{Result, Store, StoreError, Visible};

/// A job as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Its id.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// What it is about.
    pub subject: Option<String>,
    /// To what.
    pub payload: Value,
    /// Where it stands.
    pub state: JobState,
    /// Why it last failed.
    pub why: Option<String>,
    /// How often it was claimed.
    pub attempts: u32,
    /// How far it has come, where it says so.
    pub progress: Option<Progress>,
    /// When it was asked for.
    pub added_at: Timestamp,
    /// When a worker last took it.
    pub began_at: Option<Timestamp>,
    /// When something about it last changed.
    pub changed_at: Timestamp,
}

/// Why one attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobReason {
    /// Which attempt.
    pub attempt: u32,
    /// Why.
    pub why: String,
    /// When.
    pub at: Timestamp,
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

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, subject, payload, state, why, attempts, progress, added_at,
                    began_at, changed_at
             FROM jobs ",
            $rest
        )
    };
}

/// A later job about the same settles what an earlier one left.
macro_rules! dead_and_not_settled {
    ($rest:literal) => {
        concat!(
            "WHERE state = 'dead' AND ($1 = '' OR kind = $1)
               AND NOT EXISTS (
                   SELECT 1 FROM jobs AS later
                   WHERE later.subject = jobs.subject AND later.kind = jobs.kind
                     AND (later.id > jobs.id OR later.state IN ('waiting', 'leased'))) ",
            $rest
        )
    };
}

impl Store {
    /// Whether a job of this kind, about itself, waits or is being done.
    pub async fn is_asked_for(&self, kind: &str) -> Result<bool> {
        Ok(reading!(self, db => sqlx::query_scalar(
            "SELECT EXISTS (
                SELECT 1 FROM jobs
                WHERE kind = $1 AND subject = $1 AND state IN ('waiting', 'leased'))")
            .bind(kind)
            .fetch_one(db).await?))
    }

    /// One job.
    pub async fn job(&self, id: JobId) -> Result<Option<JobRow>> {
        let row: Option<Row> = reading!(self, db => sqlx::query_as(select!("WHERE id = $1"))
            .bind(id.0)
            .fetch_optional(db).await?);
        row.map(Row::complete).transpose()
    }

    /// The latest job of a kind about a subject.
    pub async fn job_about(&self, kind: &str, subject: &str) -> Result<Option<JobRow>> {
        let row: Option<Row> = reading!(self, db => sqlx::query_as(
            select!("WHERE subject = $1 AND kind = $2 ORDER BY id DESC LIMIT 1"))
            .bind(subject)
            .bind(kind)
            .fetch_optional(db).await?);
        row.map(Row::complete).transpose()
    }

    /// Whether a job about a sample may be known of: by a submission seen that waits for it, or that
    /// was there when it was asked for on everybody's behalf.
    pub async fn is_analysis_seen(&self, id: JobId, to: &Visible) -> Result<bool> {
        Ok(reading!(self, db => sqlx::query_scalar(concat!(
            "SELECT EXISTS (SELECT 1 FROM jobs j JOIN submissions u ON u.sample = j.subject
             WHERE j.id = $1 AND (u.job = j.id OR $3 = 9 OR (j.asked_by = '' AND u.at <= j.added_at))
               AND ",
            submission_seen!("u", "$2", "$3"),
            ")"))
            .bind(id.0)
            .bind(to.partner())
            .bind(to.of_samples())
            .fetch_one(db).await?))
    }

    /// Why a job's attempts failed, oldest first.
    pub async fn job_reasons(&self, id: JobId) -> Result<Vec<JobReason>> {
        let rows: Vec<(i64, String, i64)> = reading!(self, db => sqlx::query_as(
            "SELECT attempt, why, at FROM job_reasons WHERE job = $1 ORDER BY attempt")
            .bind(id.0)
            .fetch_all(db).await?);
        rows.into_iter()
            .map(|(attempt, why, at)| {
                Ok(JobReason { attempt: number(attempt)?, why, at: time(at)? })
            })
            .collect()
    }

    /// What workers hold, longest first.
    pub async fn jobs_running(&self, limit: u32) -> Result<Vec<JobRow>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(
            select!("WHERE state IN ('waiting', 'leased') AND state = 'leased'
                     ORDER BY began_at, id LIMIT $1"))
            .bind(i64::from(limit))
            .fetch_all(db).await?);
        rows.into_iter().map(Row::complete).collect()
    }

    /// What was set aside and nothing later settled, newest first, after a job of the page
    /// before; of one kind, or of every kind.
    pub async fn jobs_dead(
        &self,
        kind: Option<&str>,
        after: Option<JobId>,
        limit: u32,
    ) -> Result<Vec<JobRow>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(concat!(
            select!(""), dead_and_not_settled!("AND id < $2 ORDER BY id DESC LIMIT $3")))
            .bind(kind.unwrap_or_default())
            .bind(after.map_or(i64::MAX, |id| id.0))
            .bind(i64::from(limit))
            .fetch_all(db).await?);
        rows.into_iter().map(Row::complete).collect()
    }

    /// How many jobs stand where, by kind and state. Of those done, the last day's: all there
    /// ever were are too many to count for a page.
    pub async fn job_counts(&self, now: Timestamp) -> Result<Vec<JobCount>> {
        let since = now.saturating_sub(SignedDuration::from_hours(24)).map_or(0, micros);
        let rows: Vec<(String, String, i64)> = reading!(self, db => sqlx::query_as(
            "SELECT kind, state, COUNT(*) FROM jobs
             WHERE state IN ('waiting', 'leased') GROUP BY kind, state
             UNION ALL
             SELECT kind, state, COUNT(*) FROM jobs
             WHERE state = 'dead' GROUP BY kind, state
             UNION ALL
             SELECT kind, state, COUNT(*) FROM jobs
             WHERE state = 'done' AND changed_at >= $1 GROUP BY kind, state
             ORDER BY 1, 2")
            .bind(since)
            .fetch_all(db).await?);
        rows.into_iter()
            .map(|(kind, state, count)| {
                Ok(JobCount { kind, state: read(&state)?, count: number(count)? })
            })
            .collect()
    }

    /// Has a job that was set aside tried again, with all its attempts before it; its reasons
    /// stay. `NotFound` when there is no such job, `Conflict` when it was not set aside, or when
    /// another about the same is under way.
    pub async fn retry_job(&self, id: JobId, by: &Actor, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let kind = retry(&mut tx, id, now).await?;
        let line = by.did("job.retry", "job", id, json!({ "kind": kind }));
        audit::append(&mut tx, &line, now).await?;
        tx.commit().await
    }

    /// Has everything tried again that [`Store::jobs_dead`] lists; says how many jobs that are.
    pub async fn retry_jobs(&self, kind: Option<&str>, by: &Actor, now: Timestamp) -> Result<u64> {
        let mut tx = self.begin().await?;
        let ids: Vec<i64> = within!(&mut tx, db => sqlx::query_scalar(concat!(
            "SELECT id FROM jobs ", dead_and_not_settled!("ORDER BY id")))
            .bind(kind.unwrap_or_default())
            .fetch_all(db).await?);
        for &id in &ids {
            retry(&mut tx, JobId(id), now).await?;
        }
        let line = by.did("jobs.retry", "job", "", json!({ "kind": kind, "jobs": ids.len() }));
        audit::append(&mut tx, &line, now).await?;
        tx.commit().await?;
        Ok(ids.len() as u64)
    }
}

async fn retry(tx: &mut Tx, id: JobId, now: Timestamp) -> Result<String> {
    type Found = (String, Option<String>, String);
    let found: Option<Found> = within!(tx, db => sqlx::query_as(
        "SELECT kind, subject, state FROM jobs WHERE id = $1")
        .bind(id.0)
        .fetch_optional(db).await?);
    let (kind, subject, state) = found.ok_or_else(|| StoreError::NotFound(format!("job: {id}")))?;
    if read::<JobState>(&state)? != JobState::Dead {
        return Err(StoreError::Conflict(format!(
            "job {id} was not set aside: it is {state}, and nothing is to be tried again"
        )));
    }
    // The index over what is under way has the last word; who asked at the same time is found by
    // it, and not by looking before.
    let changed = within!(tx, db => sqlx::query(
        "UPDATE jobs
         SET state = 'waiting', attempts_before = attempts, progress = NULL, claimable_at = $2,
             changed_at = $2
         WHERE id = $1 AND state = 'dead'")
        .bind(id.0)
        .bind(micros(now))
        .execute(db).await.map(|done| done.rows_affected()));
    match changed {
        Ok(_) => {}
        Err(error) if error.as_database_error().is_some_and(DatabaseError::is_unique_violation) => {
            return Err(StoreError::Conflict(format!(
                "another job about the same as job {id} is under way: wait for that one"
            )));
        }
        Err(error) => return Err(error.into()),
    }
    if let (ANALYZE_SAMPLE, Some(sample)) = (kind.as_str(), subject) {
        within!(tx, db => sqlx::query(
            "UPDATE samples SET state = 'queued', state_why = NULL, state_at = $2
             WHERE sha256 = $1 AND state = 'failed'")
            .bind(sample)
            .bind(micros(now))
            .execute(db).await?.rows_affected());
    }
    Ok(kind)
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    kind: String,
    subject: Option<String>,
    payload: String,
    state: String,
    why: Option<String>,
    attempts: i64,
    progress: Option<String>,
    added_at: i64,
    began_at: Option<i64>,
    changed_at: i64,
}

impl Row {
    fn complete(self) -> Result<JobRow> {
        Ok(JobRow {
            id: JobId(self.id),
            kind: self.kind,
            subject: self.subject,
            payload: from_json(&self.payload)?,
            state: read(&self.state)?,
            why: self.why,
            attempts: number(self.attempts)?,
            progress: self.progress.as_deref().map(from_json).transpose()?,
            added_at: time(self.added_at)?,
            began_at: self.began_at.map(time).transpose()?,
            changed_at: time(self.changed_at)?,
        })
    }
}
