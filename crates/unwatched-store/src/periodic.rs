//! Jobs that come round: when each is next due stands in the database, so that of several
//! processes one asks for it, and a process that was started again does not ask for all at once.

use jiff::{SignedDuration, Timestamp};

use crate::columns::{SHORT_BYTES, micros, text};
use crate::engine::{reading, within};
use crate::jobs::{JobId, Priority, ask};
use crate::{Result, Store};

impl Store {
    /// Asks for a job that comes round if it is due, and puts it off until `now + every`; says
    /// which job that is. One of a kind is under way at a time. A kind that was never seen is due.
    pub async fn ask_when_due(
        &self,
        kind: &str,
        every: SignedDuration,
        now: Timestamp,
    ) -> Result<Option<JobId>> {
        let kind = text(kind, "the job's kind", SHORT_BYTES)?;
        if !self.is_due(kind, now).await? {
            return Ok(None);
        }
        let next = now.saturating_add(every).map_or(i64::MAX, micros);
        let mut tx = self.begin().await?;
        let mine = within!(&mut tx, db => sqlx::query(
            "INSERT INTO periodic_jobs (kind, due_at) VALUES ($1, $3)
             ON CONFLICT (kind) DO UPDATE SET due_at = excluded.due_at
             WHERE periodic_jobs.due_at <= $2")
            .bind(kind)
            .bind(micros(now))
            .bind(next)
            .execute(db).await?.rows_affected());
        if mine == 0 {
            return Ok(None);
        }
        let payload = serde_json::json!({});
        let job = ask(&mut tx, kind, Some(kind), &payload, Priority::Routine, now).await?;
        tx.commit().await?;
        Ok(Some(job))
    }

    /// A look that takes no lock.
    async fn is_due(&self, kind: &str, now: Timestamp) -> Result<bool> {
        let due_at: Option<i64> = reading!(self, db => sqlx::query_scalar(
            "SELECT due_at FROM periodic_jobs WHERE kind = $1")
            .bind(kind)
            .fetch_optional(db).await?);
        Ok(due_at.is_none_or(|due_at| due_at <= micros(now)))
    }
}
