//! What a sample is found by: its digests, package, certificates, what its report says. Names that
//! partners gave to the file find it for that partner only: they may name a survivor.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use unwatched_model::access::Sharing;
use unwatched_model::digest::Sha256;
use unwatched_model::report::Report;

use crate::columns::{from_json, micros, read as column, time};
use crate::engine::{Tx, within};
use crate::search_index::{self, Entry};
use crate::{HitKind, NewSample, Result, SampleState};

/// What is known of a sample where it becomes an entry.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) sha256: String,
    pub(crate) sha1: String,
    pub(crate) md5: String,
    pub(crate) state: String,
    pub(crate) format: Option<String>,
    pub(crate) package: Option<String>,
    pub(crate) label: Option<String>,
    /// Partner, the name it gave, when, and its TLP.
    pub(crate) submissions: Vec<(String, Option<String>, i64, String)>,
    /// The families that partners say it is of.
    pub(crate) families: Vec<String>,
}

/// Makes a sample searchable by what is known of it now.
pub(crate) async fn index(tx: &mut Tx, sha256: &Sha256) -> Result<()> {
    let Some(known) = read(tx, &sha256.to_string()).await? else { return Ok(()) };
    let report = latest_report(tx, &known.sha256).await?;
    search_index::put(tx, &[entry(&known, report.as_ref())?]).await
}

/// Makes a sample searchable that was not there before: nothing is known of it but what it came
/// with.
pub(crate) async fn index_new(
    tx: &mut Tx,
    sample: &NewSample,
    file_name: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let Sharing { tlp, .. } = &sample.sharing;
    let file_name = file_name.map(ToOwned::to_owned);
    let known = Known {
        sha256: sample.sha256.to_string(),
        sha1: sample.sha1.to_string(),
        md5: sample.md5.to_string(),
        state: SampleState::Queued.as_str().to_owned(),
        submissions: vec![(sample.by.to_string(), file_name, micros(now), tlp.to_string())],
        ..Known::default()
    };
    search_index::put_new(tx, &[entry(&known, None)?]).await
}

pub(crate) async fn latest_report(tx: &mut Tx, sha256: &str) -> Result<Option<Report>> {
    let json: Option<String> = within!(tx, db => sqlx::query_scalar(
        "SELECT report FROM reports WHERE sample = $1 ORDER BY saved_at DESC, engine DESC LIMIT 1")
        .bind(sha256)
        .fetch_optional(db).await?);
    json.as_deref().map(from_json).transpose()
}

pub(crate) fn entry(known: &Known, report: Option<&Report>) -> Result<Entry> {
    let title = match (&known.label, &known.package) {
        (Some(label), Some(package)) => format!("{label} ({package})"),
        (Some(name), None) | (None, Some(name)) => name.clone(),
        (None, None) => known.sha256.clone(),
    };
    let mut keys = vec![known.sha256.clone(), known.sha1.clone(), known.md5.clone()];
    keys.extend(known.package.clone());
    let mut texts = Vec::new();
    if known.label.is_some() || known.package.is_some() {
        texts.push(title.as_str());
    }
    if let Some(report) = report {
        for certificate in &report.certificates {
            keys.extend([certificate.sha1.to_string(), certificate.sha256.to_string()]);
        }
        texts.extend(report.capabilities.iter().map(|capability| capability.name.as_str()));
        texts.extend(report.endpoints.iter().map(|endpoint| endpoint.value.as_str()));
    }
    let keys = keys.iter().map(String::as_str);
    let id = known.sha256.clone();
    let entry = Entry::new(HitKind::Sample, id, title.clone(), keys, &texts.join(" "));
    tagged(entry, known, report)
}

fn tagged(mut entry: Entry, known: &Known, report: Option<&Report>) -> Result<Entry> {
    entry = entry.tagged("state", &known.state);
    let reported = report.map(|report| report.format.as_str());
    if let Some(format) = reported.or(known.format.as_deref()) {
        entry = entry.tagged("format", format);
    }
    for family in &known.families {
        entry = entry.tagged("family", family);
    }
    for (partner, name, at, tlp) in &known.submissions {
        let year = time(*at)?.to_zoned(TimeZone::UTC).year();
        entry = entry.tagged("year", &year.to_string()).of_partner(partner, column(tlp)?);
        if let Some(name) = name {
            entry = entry.found_by_partner(partner, name);
        }
    }
    Ok(entry)
}

async fn read(tx: &mut Tx, sha256: &str) -> Result<Option<Known>> {
    type Row = (String, String, String, Option<String>, Option<String>, Option<String>);
    let row: Option<Row> = within!(tx, db => sqlx::query_as(
        "SELECT sha1, md5, state, format, package, label FROM samples WHERE sha256 = $1")
        .bind(sha256)
        .fetch_optional(db).await?);
    let Some((sha1, md5, state, format, package, label)) = row else { return Ok(None) };
    let submissions = within!(tx, db => sqlx::query_as(
        "SELECT partner, file_name, at, tlp FROM submissions WHERE sample = $1 ORDER BY id")
        .bind(sha256)
        .fetch_all(db).await?);
    let families = within!(tx, db => sqlx::query_scalar(
        "SELECT DISTINCT family FROM sample_families
         WHERE sample = $1 AND family IS NOT NULL AND gone_at IS NULL ORDER BY family")
        .bind(sha256)
        .fetch_all(db).await?);
    let sha256 = sha256.to_owned();
    Ok(Some(Known { sha256, sha1, md5, state, format, package, label, submissions, families }))
}
