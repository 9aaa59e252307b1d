//! Reports: what an analysis says of a sample, and what can be found by it.

use jiff::Timestamp;
use unwatched_model::digest::Sha256;
use unwatched_model::report::Report;

use crate::columns::{SHORT_BYTES, from_json, micros, read, tamed, text, to_json};
use crate::engine::{Tx, reading, within};
use crate::samples::{found, one};
use crate::search_index::{self, Entry};
use crate::visible::sample_seen;
use crate::{HitKind, Result, SampleRow, Store, Visible, queue, values};

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
        mark_analysed(&mut tx, sha256, report, now).await?;
        replace_report(&mut tx, sha256, engine, &json, now).await?;
        replace_certificates(&mut tx, sha256, report).await?;
        values::replace_of_sample(&mut tx, sha256, report).await?;
        queue::place(&mut tx, sha256, report).await?;
        index(&mut tx, sha256).await?;
        tx.commit().await
    }

    /// The latest report on a sample, if the sample is seen.
    pub async fn report(&self, sha256: &Sha256, to: &Visible) -> Result<Option<Report>> {
        let mut tx = self.snapshot().await?;
        if one(&mut tx, sha256, to).await?.is_none() {
            return Ok(None);
        }
        latest_report(&mut tx, sha256).await
    }

    /// Samples seen whose report names this certificate by its SHA-1 or SHA-256, claimed or
    /// verified.
    pub async fn samples_with_certificate(
        &self,
        certificate: &str,
        to: &Visible,
    ) -> Result<Vec<Sha256>> {
        let certificate = certificate.replace([':', '\0'], "").to_ascii_lowercase();
        let rows: Vec<String> = reading!(self, db => sqlx::query_scalar(
            concat!(
                "SELECT c.sample FROM sample_certificates c WHERE c.certificate = $1 AND ",
                sample_seen!("c.sample", "$2", "$3"),
                " ORDER BY c.sample"
            ))
            .bind(certificate)
            .bind(to.partner())
            .bind(to.of_samples())
            .fetch_all(db).await?);
        rows.iter().map(|sha256| read(sha256)).collect()
    }

    /// Samples seen whose report names this package.
    pub async fn samples_of_package(&self, package: &str, to: &Visible) -> Result<Vec<Sha256>> {
        let rows: Vec<String> = reading!(self, db => sqlx::query_scalar(
            concat!(
                "SELECT s.sha256 FROM samples s WHERE s.package = $1 AND ",
                sample_seen!("s.sha256", "$2", "$3"),
                " ORDER BY s.sha256"
            ))
            .bind(tamed(package))
            .bind(to.partner())
            .bind(to.of_samples())
            .fetch_all(db).await?);
        rows.iter().map(|sha256| read(sha256)).collect()
    }
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

async fn latest_report(tx: &mut Tx, sha256: &Sha256) -> Result<Option<Report>> {
    let json: Option<String> = within!(tx, db => sqlx::query_scalar(
        "SELECT report FROM reports WHERE sample = $1 ORDER BY saved_at DESC, engine DESC LIMIT 1")
        .bind(sha256.to_string())
        .fetch_optional(db).await?);
    json.as_deref().map(from_json).transpose()
}

/// Makes a sample searchable by what is known of it now.
pub(crate) async fn index(tx: &mut Tx, sha256: &Sha256) -> Result<()> {
    let everything = Visible::everything_for_a_job();
    let Some(sample) = one(tx, sha256, &everything).await? else { return Ok(()) };
    let report = latest_report(tx, sha256).await?;
    search_index::put(tx, &[entry(&sample, report.as_ref())]).await
}

/// What the file says of itself. Not the names that partners gave it: they may name somebody, and
/// belong to whoever gave them.
fn entry(sample: &SampleRow, report: Option<&Report>) -> Entry {
    let id = sample.sha256.to_string();
    let title = match (&sample.label, &sample.package) {
        (Some(label), Some(package)) => format!("{label} ({package})"),
        (Some(name), None) | (None, Some(name)) => name.clone(),
        (None, None) => id.clone(),
    };
    let mut keys = vec![id.clone(), sample.sha1.to_string(), sample.md5.to_string()];
    keys.extend(sample.package.clone());
    let mut texts = vec![title.as_str(), &id];
    if let Some(report) = report {
        for certificate in &report.certificates {
            keys.extend([certificate.sha1.to_string(), certificate.sha256.to_string()]);
        }
        texts.extend(report.capabilities.iter().map(|capability| capability.name.as_str()));
        texts.extend(report.endpoints.iter().map(|endpoint| endpoint.value.as_str()));
    }
    let keys = keys.iter().map(String::as_str);
    Entry::new(HitKind::Sample, id.clone(), title.clone(), keys, &texts.join(" "))
}
