//! What is known of values: who has them, who declared them public, which samples hold them. The
//! rule that holds a value back is the model's; here its facts are gathered for many at once.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256 as Hasher};
use sqlx::QueryBuilder;
use unwatched_model::digest::Sha256;
use unwatched_model::held::{self, Build, Decider, Held, ValueFacts};
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::report::Report;

use crate::changes::{self, NewChange};
use crate::columns::{VALUE_BYTES, read};
use crate::engine::{Tx, within};
use crate::visible::{reaches_all, report_seen};
use crate::{Actor, Result, Store, StoreError, Visible, audit, kept_held};

/// A value: its kind and the form compared.
pub type Value = (IndicatorKind, String);

/// How many values one statement asks about.
const CHUNK: usize = 200;
/// Of a value that more samples hold, this many are looked at: what is not seen in them holds it.
const SAMPLES_SEEN: i64 = 500;
/// With so many pairs of an owner and what it declares there are three owners at least, and two
/// free a value.
const OWNERS_SEEN: i64 = 5;

/// Whether each of many values is held, and why.
#[derive(Debug, Clone, Default)]
pub struct HeldValues(HashMap<Value, Held>);

impl HeldValues {
    /// The answer about one of the values asked about; anything else is held.
    pub fn of(&self, kind: IndicatorKind, normalised: &str) -> Held {
        let found = self.0.get(&(kind, normalised.to_owned()));
        found.copied().unwrap_or(Held::Yes { decisions: 0 })
    }
}

/// The name under which the audit log knows a value: it may name a person, so the log holds only
/// its digest, and whoever knows the value finds its lines.
pub fn value_id(kind: IndicatorKind, normalised: &str) -> String {
    Sha256(Hasher::digest(format!("{kind}:{normalised}")).into()).to_string()
}

impl Store {
    /// Whether each of these values is held, and why: for releases, pages and lists alike.
    pub async fn held(&self, values: impl IntoIterator<Item = Value>) -> Result<HeldValues> {
        held_of(&mut self.snapshot().await?, values).await
    }

    /// Records that somebody decided that a value identifies no installation; the same person's
    /// second decision changes nothing. `Invalid` without a partner to speak for.
    pub async fn decide_value(
        &self,
        value: &Value,
        why: &str,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let (kind, normalised) = value;
        let why = crate::columns::text(why, "the reason", crate::columns::LONG_BYTES)?;
        let partner = by.partner.as_ref().ok_or_else(nobodys)?;
        let mut tx = self.begin().await?;
        kept_held::alone(&mut tx).await?;
        let said = within!(&mut tx, db => sqlx::query(
            "INSERT INTO value_decisions (kind, normalised, partner, user_id, why, at)
             SELECT $1, $2, $3, $4, $5, $6
             WHERE NOT EXISTS (
                SELECT 1 FROM value_decisions
                WHERE kind = $1 AND normalised = $2 AND partner = $3
                  AND COALESCE(user_id, 0) = COALESCE($4, 0))")
            .bind(kind.as_str())
            .bind(normalised)
            .bind(partner.as_str())
            .bind(by.user.map(|user| user.0))
            .bind(why)
            .bind(crate::columns::micros(now))
            .execute(db).await?.rows_affected());
        // Two submissions at once are one decision, and one line.
        if said == 0 {
            return tx.commit().await;
        }
        let line = by.did(
            "value.decide",
            "value",
            value_id(*kind, normalised),
            serde_json::json!({
                "kind": kind.as_str(),
            }),
        );
        audit::append(&mut tx, &line, now).await?;
        let told = kept_held::look_again(&mut tx, BTreeSet::from([value.clone()])).await?;
        changes::append(&mut tx, &told, now).await?;
        tx.commit().await
    }

    /// Decisions on one value, oldest first: who, why, when.
    pub async fn decisions_on(&self, value: &Value) -> Result<Vec<ValueWord>> {
        let mut tx = self.snapshot().await?;
        let rows: Vec<WordRow> = within!(&mut tx, db => sqlx::query_as(
            "SELECT partner, user_id, why, at FROM value_decisions
             WHERE kind = $1 AND normalised = $2 ORDER BY id")
            .bind(value.0.as_str())
            .bind(&value.1)
            .fetch_all(db).await?);
        rows.into_iter().map(ValueWord::read).collect()
    }

    /// The samples whose reports are seen and say that they hold a value, at most `limit`, by id.
    pub async fn samples_holding(
        &self,
        value: &Value,
        limit: u32,
        to: &Visible,
    ) -> Result<Vec<Sha256>> {
        let mut tx = self.snapshot().await?;
        let rows: Vec<String> = within!(&mut tx, db => sqlx::query_scalar(concat!(
            "SELECT v.sample FROM sample_values v WHERE v.kind = $1 AND v.normalised = $2 AND ",
            report_seen!("v.sample", "$3", "$4"),
            " ORDER BY v.sample LIMIT $5"))
            .bind(value.0.as_str())
            .bind(&value.1)
            .bind(to.partner())
            .bind(to.of_samples())
            .bind(i64::from(limit))
            .fetch_all(db).await?);
        rows.iter().map(|sha256| read(sha256)).collect()
    }

    /// Every host held by samples that some partner shares with all, each once.
    pub async fn hosts_in_samples(&self) -> Result<Vec<String>> {
        let mut tx = self.snapshot().await?;
        Ok(within!(&mut tx, db => sqlx::query_scalar(concat!(
            "SELECT DISTINCT v.normalised FROM sample_values v WHERE v.kind = 'domain'
               AND EXISTS (SELECT 1 FROM submissions s WHERE s.sample = v.sample AND ",
            reaches_all!("s"), ")"))
            .fetch_all(db).await?))
    }
}

/// Whether each of these values is held, by the rows as they stand.
pub(crate) async fn held_of(
    tx: &mut Tx,
    values: impl IntoIterator<Item = Value>,
) -> Result<HeldValues> {
    let mut facts: HashMap<Value, ValueFacts> =
        values.into_iter().map(|value| (value, ValueFacts::default())).collect();
    let asked: Vec<Value> = facts.keys().cloned().collect();
    for chunk in asked.chunks(CHUNK) {
        of_indicators(tx, chunk, &mut facts).await?;
        of_decisions(tx, chunk, &mut facts).await?;
    }
    for ((kind, normalised), facts) in &mut facts {
        if held::held(*kind, facts).is_held() {
            of_submissions(tx, *kind, normalised, facts).await?;
        }
        if held::held(*kind, facts).is_held() {
            facts.builds = builds(tx, *kind, normalised).await?;
        }
    }
    let held = |((kind, normalised), facts)| ((kind, normalised), held::held(kind, &facts));
    Ok(HeldValues(facts.into_iter().map(held).collect()))
}

pub(crate) fn nobodys() -> StoreError {
    StoreError::Invalid("nobody's partner is named: say for which partner".to_owned())
}

/// What somebody said of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueWord {
    /// For which partner.
    pub partner: unwatched_model::partner::PartnerSlug,
    /// The person; `None` for a key.
    pub user: Option<crate::UserId>,
    /// Why, in their words.
    pub why: String,
    /// When.
    pub at: Timestamp,
}

type WordRow = (String, Option<i64>, String, i64);

impl ValueWord {
    fn read((partner, user, why, at): WordRow) -> Result<Self> {
        let user = user.map(crate::UserId);
        Ok(Self { partner: read(&partner)?, user, why, at: crate::columns::time(at)? })
    }
}

/// Partners of one owner are one; a partner without an owner is its own.
macro_rules! owner {
    () => {
        "COALESCE(NULLIF(LOWER(TRIM(p.owner)), ''), p.slug)"
    };
}
pub(crate) use owner;

/// `WITH asked (kind, normalised) AS (VALUES ...)` before a statement over it.
macro_rules! asked {
    ($chunk:expr, $rest:expr) => {{
        let mut query = QueryBuilder::new("WITH asked (kind, normalised) AS (VALUES ");
        for (at, (kind, normalised)) in $chunk.iter().enumerate() {
            query.push(if at == 0 { "(" } else { ", (" });
            query.push_bind(kind.as_str()).push(", ").push_bind(normalised).push(")");
        }
        query.push(") ").push($rest);
        query
    }};
}
pub(crate) use asked;

/// Lists, partners' own indicators, and what they declare. What partners on probation say does not
/// count yet; what does not reach every partner never does, for the answer does.
async fn of_indicators(
    tx: &mut Tx,
    chunk: &[Value],
    facts: &mut HashMap<Value, ValueFacts>,
) -> Result<()> {
    let rows: Vec<(String, String, bool, Option<String>, bool)> = within!(tx, db => asked!(chunk,
        concat!("SELECT DISTINCT a.kind, a.normalised, i.by_partner IS NULL, ", owner!(), ", i.declared_public
         FROM asked a CROSS JOIN indicators i LEFT JOIN partners p ON p.slug = i.by_partner
         WHERE i.normalised = a.normalised AND i.kind = a.kind AND i.gone_at IS NULL
           AND (i.by_partner IS NULL OR (p.standing <> 'probation' AND ", reaches_all!("i"), "))"))
        .build_query_as().fetch_all(db).await?);
    for (kind, normalised, is_listed, owner, is_declared) in rows {
        let facts = facts.entry((read(&kind)?, normalised)).or_default();
        facts.is_listed |= is_listed;
        facts.is_declared |= is_declared;
        facts.owners.extend(owner);
    }
    Ok(())
}

async fn of_decisions(
    tx: &mut Tx,
    chunk: &[Value],
    facts: &mut HashMap<Value, ValueFacts>,
) -> Result<()> {
    let rows: Vec<(String, String, String, Option<i64>)> = within!(tx, db => asked!(chunk,
        "SELECT DISTINCT a.kind, a.normalised, d.partner, d.user_id
         FROM asked a CROSS JOIN value_decisions d JOIN partners p ON p.slug = d.partner
         WHERE d.normalised = a.normalised AND d.kind = a.kind AND p.standing <> 'probation'")
        .build_query_as().fetch_all(db).await?);
    for (kind, normalised, partner, person) in rows {
        let facts = facts.entry((read(&kind)?, normalised)).or_default();
        facts.decisions.insert(Decider { partner, person });
    }
    Ok(())
}

/// Who submitted samples that hold the value, until so many are found that the rule asks no
/// further. A file is held by its own sample, analysed or not. Only what reaches every partner
/// counts.
async fn of_submissions(
    tx: &mut Tx,
    kind: IndicatorKind,
    normalised: &str,
    facts: &mut ValueFacts,
) -> Result<()> {
    let rows: Vec<(String, bool)> = if kind == IndicatorKind::FileSha256 {
        within!(tx, db => sqlx::query_as(concat!(
            "SELECT DISTINCT ", owner!(), ", s.declared_public
             FROM submissions s JOIN partners p ON p.slug = s.partner
             WHERE s.sample = $1 AND p.standing <> 'probation' AND ", reaches_all!("s"), " LIMIT $2"))
            .bind(normalised)
            .bind(OWNERS_SEEN)
            .fetch_all(db).await?)
    } else {
        within!(tx, db => sqlx::query_as(concat!(
            "SELECT DISTINCT ", owner!(), ", s.declared_public
             FROM (", samples_told!(), ") v
             JOIN submissions s ON s.sample = v.sample JOIN partners p ON p.slug = s.partner
             WHERE p.standing <> 'probation' AND ", reaches_all!("s"), " LIMIT $4"))
            .bind(kind.as_str())
            .bind(normalised)
            .bind(SAMPLES_SEEN)
            .bind(OWNERS_SEEN)
            .fetch_all(db).await?)
    };
    for (owner, is_declared) in rows {
        facts.owners.insert(owner);
        facts.is_declared |= is_declared;
    }
    Ok(())
}

/// Samples that hold a value (`$1`, `$2`) and that some partner shares with all, at most `$3`. What
/// is hidden neither counts nor pushes out what does.
macro_rules! samples_told {
    () => {
        concat!(
            "SELECT h.sample FROM sample_values h WHERE h.kind = $1 AND h.normalised = $2
               AND EXISTS (SELECT 1 FROM submissions told
                           JOIN partners teller ON teller.slug = told.partner
                           WHERE told.sample = h.sample AND teller.standing <> 'probation' AND ",
            reaches_all!("told"),
            ") ORDER BY h.sample LIMIT $3"
        )
    };
}
use samples_told;

/// What tells the samples that hold a value from one another.
async fn builds(tx: &mut Tx, kind: IndicatorKind, normalised: &str) -> Result<Vec<Build>> {
    let rows: Vec<(String, String, String)> = within!(tx, db => sqlx::query_as(concat!(
        "SELECT v.sample, w.kind, w.normalised
         FROM (", samples_told!(), ") v
         JOIN sample_values w ON w.sample = v.sample
         WHERE w.kind IN ('package', 'certificate_sha256')"))
        .bind(kind.as_str())
        .bind(normalised)
        .bind(SAMPLES_SEEN)
        .fetch_all(db).await?);
    let mut builds: HashMap<String, Build> = HashMap::new();
    for (sample, kind, mark) in rows {
        let build = builds.entry(sample).or_default();
        if kind == IndicatorKind::Package.as_str() {
            build.package = Some(mark);
        } else {
            build.certificates.insert(mark);
        }
    }
    Ok(builds.into_values().collect())
}

/// What a report says that a sample holds, in the form in which indicators are compared: package,
/// certificates, the file itself, and the hosts that it mentions.
pub(crate) fn values_of(sha256: &Sha256, report: &Report) -> BTreeSet<Value> {
    use IndicatorKind as K;
    let mut values = BTreeSet::from([(K::FileSha256, sha256.to_string())]);
    let mut add = |kind: IndicatorKind, text: &str| {
        let normalised = kind.normalise(text).ok();
        values.extend(normalised.filter(|text| text.len() <= VALUE_BYTES).map(|text| (kind, text)));
    };
    if let Some(package) = &report.package {
        add(K::Package, package);
    }
    for certificate in &report.certificates {
        add(K::CertificateSha1, &certificate.sha1.to_string());
        add(K::CertificateSha256, &certificate.sha256.to_string());
    }
    for endpoint in &report.endpoints {
        let host = match endpoint.kind.as_str() {
            "url" => host_of(&endpoint.value),
            _ => endpoint.value.as_str(),
        };
        // One of the two refuses it: a host name is no address, and an address no host name.
        add(K::Domain, host);
        add(K::Address, host);
    }
    values
}

/// The host of a URL, without port, brackets and whoever signs in.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    match host.strip_prefix('[').and_then(|v6| v6.split_once(']')) {
        Some((v6, _)) => v6,
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// Writes anew which values a sample holds, and what follows for those it held and holds.
/// Hands back what is to be told of that.
pub(crate) async fn replace_of_sample(
    tx: &mut Tx,
    sha256: &Sha256,
    report: &Report,
) -> Result<Vec<NewChange>> {
    let sample = sha256.to_string();
    let mut touched = kept_held::of_sample(tx, sha256).await?;
    within!(tx, db => sqlx::query("DELETE FROM sample_values WHERE sample = $1")
        .bind(&sample)
        .execute(db).await?.rows_affected());
    let values: Vec<_> = values_of(sha256, report).into_iter().collect();
    for chunk in values.chunks(CHUNK) {
        within!(tx, db => {
            let mut query =
                QueryBuilder::new("INSERT INTO sample_values (kind, normalised, sample) ");
            query.push_values(chunk, |mut row, (kind, normalised)| {
                row.push_bind(kind.as_str()).push_bind(normalised).push_bind(&sample);
            });
            query.push(" ON CONFLICT (kind, normalised, sample) DO NOTHING");
            query.build().execute(db).await?;
        });
    }
    touched.extend(kept_held::of_sample(tx, sha256).await?);
    kept_held::look_again(tx, touched).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_urls() {
        let check = |url: &str, expected: &str| assert_eq!(host_of(url), expected, "{url}");
        check("https://panel.watch.example/a?b#c", "panel.watch.example");
        check("wss://{token}@panel.watch.example:8443", "panel.watch.example");
        check("http://[2001:db8::1]:80/", "2001:db8::1");
        check("ftp://192.0.2.7:21", "192.0.2.7");
    }
}
