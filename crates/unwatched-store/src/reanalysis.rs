//! Analysing again what was analysed before: which samples, slice by slice. The job that goes on
//! from slice to slice is the exchange's.

use jiff::Timestamp;
use unwatched_model::digest::Sha256;
use unwatched_model::family::FamilyId;

use crate::audit::{self, Actor};
use crate::columns::{micros, number, read};
use crate::engine::{Tx, reading, within};
use crate::jobs::{Job, JobId, Priority, ask, go_on};
use crate::samples::ANALYZE_SAMPLE;
use crate::{Result, Store};

/// The kind of the job that has samples analysed again.
pub const REANALYZE: &str = "reanalyze";

/// Which samples are to be analysed again. Those whose bytes are gone never are, nor those of
/// which an analysis is under way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reanalysis {
    /// Only those whose latest report is not this engine's.
    pub unless_by: Option<String>,
    /// Only those that belong to this family.
    pub family: Option<FamilyId>,
    /// Only those first put in since.
    pub since: Option<Timestamp>,
}

macro_rules! to_analyse {
    ($select:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $select,
            " FROM samples WHERE sha256 > $1 AND state IN ('analysed', 'failed')
               AND bytes_gone_at IS NULL AND first_seen >= $4
               AND ($2 = '' OR NOT EXISTS (
                   SELECT 1 FROM reports r WHERE r.sample = sha256 AND r.engine = $2
                     AND NOT EXISTS (SELECT 1 FROM reports later
                                     WHERE later.sample = r.sample AND later.saved_at > r.saved_at)))
               AND ($3 = '' OR EXISTS (
                   SELECT 1 FROM sample_families f
                   WHERE f.sample = sha256 AND f.family = $3 AND f.gone_at IS NULL)) ",
            $rest
        )
    };
}

impl Store {
    /// How many samples these are.
    pub async fn count_to_analyse(&self, which: &Reanalysis) -> Result<u64> {
        let count: i64 = reading!(self, db => sqlx::query_scalar(to_analyse!("COUNT(*)", ""))
            .bind("")
            .bind(which.unless_by.as_deref().unwrap_or_default())
            .bind(which.family.as_ref().map_or("", FamilyId::as_str))
            .bind(which.since.map_or(i64::MIN, micros))
            .fetch_one(db).await?);
        number(count)
    }

    /// The next of these samples in the order of their digests, after the one given.
    pub async fn to_analyse(
        &self,
        which: &Reanalysis,
        after: Option<&Sha256>,
        limit: u32,
    ) -> Result<Vec<Sha256>> {
        let rows: Vec<String> = reading!(self, db => sqlx::query_scalar(
            to_analyse!("sha256", "ORDER BY sha256 LIMIT $5"))
            .bind(after.map_or_else(String::new, ToString::to_string))
            .bind(which.unless_by.as_deref().unwrap_or_default())
            .bind(which.family.as_ref().map_or("", FamilyId::as_str))
            .bind(which.since.map_or(i64::MIN, micros))
            .bind(i64::from(limit))
            .fetch_all(db).await?);
        rows.iter().map(|sha256| read(sha256)).collect()
    }

    /// Asks for analyses when nothing else waits, and has the job that hands them out go on from
    /// another payload at a time: both or neither, so that a slice is handed out once whoever is
    /// killed. A sample of which an analysis is under way is left to that one. `Conflict` when the
    /// job is no longer held.
    pub async fn hand_to_analysis(
        &self,
        job: &Job,
        samples: &[Sha256],
        payload: &serde_json::Value,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        go_on(&mut tx, job, payload, at, now).await?;
        for sha256 in samples {
            let subject = sha256.to_string();
            let payload = serde_json::json!({ "sha256": sha256 }).to_string();
            within!(&mut tx, db => sqlx::query(
                "INSERT INTO jobs (kind, subject, payload, priority, state, attempts,
                                   claimable_at, added_at, changed_at)
                 VALUES ($1, $2, $3, $4, 'waiting', 0, $5, $5, $5)
                 ON CONFLICT (kind, subject, asked_by)
                     WHERE subject IS NOT NULL AND state IN ('waiting', 'leased') DO NOTHING")
                .bind(ANALYZE_SAMPLE)
                .bind(subject)
                .bind(payload)
                .bind(Priority::Background.number())
                .bind(micros(now))
                .execute(db).await?.rows_affected());
        }
        tx.commit().await
    }

    /// How many jobs wait for a time when nothing else does, counted up to a limit.
    pub async fn jobs_in_background(&self, limit: u32) -> Result<u64> {
        let count: i64 = reading!(self, db => sqlx::query_scalar(
            "SELECT COUNT(*) FROM (
                 SELECT 1 FROM jobs
                 WHERE state IN ('waiting', 'leased') AND priority = $1 LIMIT $2) AS waiting")
            .bind(Priority::Background.number())
            .bind(i64::from(limit))
            .fetch_one(db).await?);
        number(count)
    }

    /// Has samples analysed again; says which job does that. `about` names what is asked for: of
    /// the same, one such job is under way at a time.
    pub async fn ask_for_reanalysis(
        &self,
        about: &str,
        payload: &serde_json::Value,
        by: &Actor,
        now: Timestamp,
    ) -> Result<JobId> {
        let mut tx = self.begin().await?;
        let id = asked(&mut tx, about, payload, by, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// As [`Store::ask_for_reanalysis`], unless it was ever asked for: of many that ask at the same
    /// time one is told a job, whatever has become of that job when the others look.
    pub async fn ask_for_reanalysis_once(
        &self,
        about: &str,
        payload: &serde_json::Value,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Option<JobId>> {
        let mut tx = self.begin().await?;
        audit::alone(&mut tx).await?;
        let is_known: bool = within!(&mut tx, db => sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM jobs WHERE kind = $1 AND subject = $2)")
            .bind(REANALYZE)
            .bind(about)
            .fetch_one(db).await?);
        if is_known {
            return Ok(None);
        }
        let id = asked(&mut tx, about, payload, by, now).await?;
        tx.commit().await?;
        Ok(Some(id))
    }
}

async fn asked(
    tx: &mut Tx,
    about: &str,
    payload: &serde_json::Value,
    by: &Actor,
    now: Timestamp,
) -> Result<JobId> {
    let id = ask(tx, REANALYZE, Some(about), payload, Priority::Routine, now).await?;
    audit::append(tx, &by.did("samples.reanalyze", "job", id, payload.clone()), now).await?;
    Ok(id)
}
