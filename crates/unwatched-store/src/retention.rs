//! Deleting what has been kept long enough. Each deletion and the line of the audit log that tells
//! of it are one transaction. How long is long enough is not decided here.

use jiff::Timestamp;
use serde_json::json;
use unwatched_model::digest::Sha256;

use crate::columns::{micros, read};
use crate::engine::{Tx, reading, within};
use crate::{Actor, Result, Store, audit};

/// Rows that go by themselves once a moment has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiring {
    /// Sessions that ended before.
    Sessions,
    /// Tickets that ended before.
    DownloadTickets,
    /// Jobs done before.
    DoneJobs,
    /// Jobs that failed for good before.
    DeadJobs,
    /// Keys withdrawn or ended before.
    WithdrawnKeys,
    /// Searches of people disabled before.
    SavedSearches,
    /// Answers kept for repeated requests whose key was first seen before.
    RepeatedAnswers,
    /// What was used on days before.
    Uses,
}

impl Expiring {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Sessions,
        Self::DownloadTickets,
        Self::DoneJobs,
        Self::DeadJobs,
        Self::WithdrawnKeys,
        Self::SavedSearches,
        Self::RepeatedAnswers,
        Self::Uses,
    ];

    /// Its word in the catalogue and the audit log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::DownloadTickets => "download_tickets",
            Self::DoneJobs => "done_jobs",
            Self::DeadJobs => "dead_jobs",
            Self::WithdrawnKeys => "withdrawn_keys",
            Self::SavedSearches => "saved_searches",
            Self::RepeatedAnswers => "repeated_answers",
            Self::Uses => "uses",
        }
    }

    /// `$1` is the moment.
    fn delete(self) -> &'static str {
        match self {
            Self::Sessions => "DELETE FROM sessions WHERE expires_at <= $1",
            Self::DownloadTickets => "DELETE FROM download_tickets WHERE expires_at <= $1",
            Self::DoneJobs => "DELETE FROM jobs WHERE state = 'done' AND changed_at <= $1",
            Self::DeadJobs => "DELETE FROM jobs WHERE state = 'dead' AND changed_at <= $1",
            Self::WithdrawnKeys => "DELETE FROM tokens WHERE revoked_at <= $1 OR expires_at <= $1",
            Self::SavedSearches => {
                "DELETE FROM saved_searches
                 WHERE user_id IN (SELECT id FROM users WHERE disabled_at <= $1)"
            }
            Self::RepeatedAnswers => "DELETE FROM idempotency WHERE added_at <= $1",
            Self::Uses => "DELETE FROM uses WHERE day < $1 / 86400000000",
        }
    }
}

/// No more lines of the log go at a time: others wait meanwhile.
const MOST_LINES: i64 = 20_000;

impl Store {
    /// Deletes rows of a kind whose time was over before a moment; says how many.
    pub async fn expire(&self, kind: Expiring, before: Timestamp, now: Timestamp) -> Result<u64> {
        let mut tx = self.begin().await?;
        let count = within!(&mut tx, db => sqlx::query(kind.delete())
            .bind(micros(before))
            .execute(db).await?.rows_affected());
        if count > 0 {
            note(&mut tx, kind.as_str(), count, before, now).await?;
        }
        tx.commit().await?;
        Ok(count)
    }

    /// Samples whose bytes are there and that nobody submitted since a moment.
    pub async fn samples_last_submitted_before(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Sha256>> {
        let rows: Vec<String> = reading!(self, db => sqlx::query_scalar(
            "SELECT sha256 FROM samples
             WHERE bytes_gone_at IS NULL AND first_seen <= $1 AND NOT EXISTS
                 (SELECT 1 FROM submissions WHERE sample = sha256 AND at > $1)
             ORDER BY first_seen, sha256 LIMIT $2")
            .bind(micros(before))
            .bind(i64::from(limit))
            .fetch_all(db).await?);
        rows.iter().map(|sha256| read(sha256)).collect()
    }

    /// Lets the log's beginning go, up to the last line before a moment that has no later line
    /// before it: the log is a chain, and only a beginning can be cut off. The digests of opinions
    /// that go with it are written anew at the end. Says how many lines went.
    pub async fn expire_audit(&self, before: Timestamp, now: Timestamp) -> Result<u64> {
        let mut tx = self.begin().await?;
        // Alone from here: nobody appends or cuts meanwhile.
        within!(&mut tx, db => sqlx::query(
            "UPDATE counters SET value = value WHERE name = 'audit'")
            .execute(&mut *db).await?.rows_affected());
        let first_kept: Option<i64> = within!(&mut tx, db => sqlx::query_scalar(
            "SELECT MIN(seq) FROM audit WHERE at > $1")
            .bind(micros(before))
            .fetch_one(&mut *db).await?);
        let last: Option<(i64, String)> = within!(&mut tx, db => sqlx::query_as(
            "SELECT seq, sha256 FROM audit
             WHERE seq < $1 AND seq < (SELECT MIN(seq) FROM audit) + $2
             ORDER BY seq DESC LIMIT 1")
            .bind(first_kept.unwrap_or(i64::MAX))
            .bind(MOST_LINES)
            .fetch_optional(&mut *db).await?);
        let Some((seq, sha256)) = last else { return Ok(0) };
        carry_opinions(&mut tx, seq, now).await?;
        let count = within!(&mut tx, db => {
            sqlx::query("INSERT INTO audit_checkpoints (seq, sha256, at) VALUES ($1, $2, $3)")
                .bind(seq)
                .bind(&sha256)
                .bind(micros(now))
                .execute(&mut *db).await?;
            sqlx::query("DELETE FROM audit WHERE seq <= $1")
                .bind(seq)
                .execute(&mut *db).await?.rows_affected()
        });
        note(&mut tx, "audit_log", count, before, now).await?;
        tx.commit().await?;
        Ok(count)
    }
}

/// Writes the digests of opinions whose lines go anew: an opinion without a line could be changed
/// unnoticed.
async fn carry_opinions(tx: &mut Tx, seq: i64, now: Timestamp) -> Result<()> {
    let lines: Vec<(String, String)> = within!(tx, db => sqlx::query_as(
        "SELECT object_id, detail FROM audit
         WHERE object_kind = 'opinion' AND seq <= $1 ORDER BY seq")
        .bind(seq)
        .fetch_all(&mut *db).await?);
    for (opinion, detail) in lines {
        let detail = crate::columns::from_json(&detail)?;
        let line = Actor::system().did("opinion.carry", "opinion", opinion, detail);
        audit::append(tx, &line, now).await?;
    }
    Ok(())
}

async fn note(
    tx: &mut Tx,
    kind: &'static str,
    count: u64,
    before: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let detail = json!({ "count": count, "before": before.to_string() });
    let line = Actor::system().did("retention.delete", "kind", kind, detail);
    audit::append(tx, &line, now).await
}
