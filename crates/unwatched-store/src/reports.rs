//! Reports: what an analysis says of a sample, and what can be found by it.

use jiff::Timestamp;
use unwatched_model::digest::Sha256;
use unwatched_model::report::Report;

use crate::columns::{SHORT_BYTES, micros, read, tamed, text, to_json};
use crate::engine::{Tx, reading, within};
use crate::sample_entries::{index, latest_report};
use crate::samples::{found, one};
use crate::visible::report_seen;
use crate::{Result, SampleState, Store, Visible, changes, kept_held, queue, values};

impl Store {
    /// Keeps an engine's report, marks the sample analysed and makes what it found searchable.
    pub async fn save_report(
        &self,
        sha256: &Sha256,
        report: &Report,
        engine: &str,
        now: Timestamp,
    ) -> Result<()> {
        let engine = text(engine, "the engine's name", SHORT_BYTES)?;
        let json = to_json(report)?;
        let mut tx = self.begin().await?;
        kept_held::alone(&mut tx).await?;
        let is_news = !has_report_of(&mut tx, sha256, engine).await?;
        mark_analysed(&mut tx, sha256, report, now).await?;
        replace_report(&mut tx, sha256, engine, &json, now).await?;
        replace_certificates(&mut tx, sha256, report).await?;
        let mut told = values::replace_of_sample(&mut tx, sha256, report).await?;
        queue::place(&mut tx, sha256, report).await?;
        index(&mut tx, sha256).await?;
        if is_news {
            told.insert(0, changes::of_sample("sample.analysed", sha256));
        }
        changes::append(&mut tx, &told, now).await?;
        tx.commit().await
    }

    /// The latest report on a sample, if the sample is seen.
    pub async fn report(&self, sha256: &Sha256, to: &Visible) -> Result<Option<Report>> {
        let mut tx = self.snapshot().await?;
        let sample = one(&mut tx, sha256, to).await?;
        // Whoever waits for an analysis of their own reads none yet.
        if sample.is_none_or(|sample| sample.state != SampleState::Analysed) {
            return Ok(None);
        }
        latest_report(&mut tx, &sha256.to_string()).await
    }

    /// Samples seen whose report names this certificate by its SHA-1 or SHA-256, claimed or
    /// verified; the first of them by id.
    pub async fn samples_with_certificate(
        &self,
        certificate: &str,
        limit: u32,
        to: &Visible,
    ) -> Result<Vec<Sha256>> {
        let certificate = certificate.replace([':', '\0'], "").to_ascii_lowercase();
        let rows: Vec<String> = reading!(self, db => sqlx::query_scalar(
            concat!(
                "SELECT c.sample FROM sample_certificates c WHERE c.certificate = $1 AND ",
                report_seen!("c.sample", "$2", "$3"),
                " ORDER BY c.sample LIMIT $4"
            ))
            .bind(certificate)
            .bind(to.partner())
            .bind(to.of_samples())
            .bind(i64::from(limit))
            .fetch_all(db).await?);
        rows.iter().map(|sha256| read(sha256)).collect()
    }

    /// Samples seen whose report names this package, the latest `limit` of them.
    pub async fn samples_of_package(
        &self,
        package: &str,
        limit: u32,
        to: &Visible,
    ) -> Result<Vec<Sha256>> {
        let rows: Vec<String> = reading!(self, db => sqlx::query_scalar(
            concat!(
                "SELECT s.sha256 FROM samples s WHERE s.package = $1 AND ",
                report_seen!("s.sha256", "$2", "$3"),
                " ORDER BY s.first_seen DESC, s.sha256 DESC LIMIT $4"
            ))
            .bind(tamed(package))
            .bind(to.partner())
            .bind(to.of_samples())
            .bind(i64::from(limit))
            .fetch_all(db).await?);
        rows.iter().map(|sha256| read(sha256)).collect()
    }
}

/// Whether the engine said something of the sample already: to be told that it does so again would
/// be to be told that somebody put the sample in once more.
async fn has_report_of(tx: &mut Tx, sha256: &Sha256, engine: &str) -> Result<bool> {
    Ok(within!(tx, db => sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM reports WHERE sample = $1 AND engine = $2)")
        .bind(sha256.to_string())
        .bind(engine)
        .fetch_one(db).await?))
}

async fn mark_analysed(
    tx: &mut Tx,
    sha256: &Sha256,
    report: &Report,
    now: Timestamp,
) -> Result<()> {
    let done = within!(tx, db => sqlx::query(
        "UPDATE samples
         SET state = 'analysed', state_why = NULL, state_at = $2, package = $3, label = $4
         WHERE sha256 = $1")
        .bind(sha256.to_string())
        .bind(micros(now))
        .bind(report.package.as_deref().map(tamed))
        .bind(report.label.as_deref().map(tamed))
        .execute(db).await?.rows_affected());
    found(done, sha256)
}

async fn replace_report(
    tx: &mut Tx,
    sha256: &Sha256,
    engine: &str,
    json: &str,
    now: Timestamp,
) -> Result<()> {
    within!(tx, db => sqlx::query(
        "INSERT INTO reports (sample, engine, report, saved_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (sample, engine)
         DO UPDATE SET report = excluded.report, saved_at = excluded.saved_at")
        .bind(sha256.to_string())
        .bind(engine)
        .bind(json)
        .bind(micros(now))
        .execute(db).await?.rows_affected());
    Ok(())
}

async fn replace_certificates(tx: &mut Tx, sha256: &Sha256, report: &Report) -> Result<()> {
    let sample = sha256.to_string();
    within!(tx, db => sqlx::query("DELETE FROM sample_certificates WHERE sample = $1")
        .bind(&sample)
        .execute(db).await?.rows_affected());
    let digests = report.certificates.iter();
    for digest in digests.flat_map(|found| [found.sha1.to_string(), found.sha256.to_string()]) {
        within!(tx, db => sqlx::query(
            "INSERT INTO sample_certificates (certificate, sample) VALUES ($1, $2)
             ON CONFLICT (certificate, sample) DO NOTHING")
            .bind(digest)
            .bind(&sample)
            .execute(db).await?.rows_affected());
    }
    Ok(())
}
