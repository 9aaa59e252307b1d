//! Which family a sample belongs to, as partners' people say it, and which families its relatives
//! suggest. None of it is an opinion: it sorts samples, it judges nothing.

use jiff::Timestamp;
use unwatched_model::digest::Sha256;
use unwatched_model::family::FamilyId;
use unwatched_model::partner::PartnerSlug;

use crate::audit::{self, Actor};
use crate::changes::{self, NewChange, Rule};
use crate::columns::{SHORT_BYTES, explained, micros, optional, read, time};
use crate::engine::{Tx, reading, within};
use crate::samples::found;
use crate::visible::{indicator_seen, report_seen, said_last, word_heard};
use crate::{Result, Store, Visible, sample_entries};

/// What a partner says of a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleFamily {
    /// Who says so.
    pub partner: PartnerSlug,
    /// Which family; `None`: to none that the coalition knows.
    pub family: Option<FamilyId>,
    /// The family's name.
    pub name: Option<String>,
    /// In the person's own words.
    pub why: Option<String>,
    /// When.
    pub at: Timestamp,
    /// When the same partner said something else, or took it back.
    pub gone_at: Option<Timestamp>,
}

/// What speaks for a family: the least telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kinship {
    /// The package name: anybody can give an app that name.
    Package,
    /// A certificate, claimed or verified.
    Certificate,
    /// Not a relative: an indicator of the family names its hash, package or certificate.
    Indicator,
}

impl Kinship {
    fn of(number: i64) -> Self {
        match number {
            2 => Self::Indicator,
            1 => Self::Certificate,
            _ => Self::Package,
        }
    }
}

/// A family to which a sample may belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuggestedFamily {
    /// Which.
    pub family: FamilyId,
    /// Its name.
    pub name: String,
    /// What speaks for it.
    pub kinship: Kinship,
}

/// Of so many relatives at most the families are looked up: a certificate that half of all apps
/// carry says nothing.
const MOST_RELATIVES: i64 = 40;

const SUGGESTED: &str = concat!(
    "SELECT DISTINCT i.family, g.name, CAST(2 AS BIGINT) AS kinship
     FROM sample_values v
     JOIN indicators i ON i.normalised = v.normalised AND i.kind = v.kind AND i.gone_at IS NULL
     JOIN families g ON g.id = i.family
     WHERE v.sample = $1 AND v.kind IN
        ('file_sha256', 'package', 'ios_bundle', 'certificate_sha1', 'certificate_sha256') AND ",
    indicator_seen!("i", "$2", "$5"),
    " AND ",
    report_seen!("$1", "$2", "$3"),
    " UNION SELECT f.family, g.name, near.kinship
     FROM (SELECT * FROM (
             SELECT b.sha256 AS sample, CAST(0 AS BIGINT) AS kinship
             FROM samples a JOIN samples b ON b.package = a.package
             WHERE a.sha256 = $1 AND b.sha256 <> $1 LIMIT $4) AS of_package
           UNION ALL SELECT * FROM (
             SELECT b.sample, CAST(1 AS BIGINT) AS kinship
             FROM sample_certificates a JOIN sample_certificates b
               ON b.certificate = a.certificate
             WHERE a.sample = $1 AND b.sample <> $1 LIMIT $4) AS of_certificate) AS near
     JOIN sample_families f ON f.sample = near.sample AND f.gone_at IS NULL
     JOIN families g ON g.id = f.family
     WHERE ",
    report_seen!("near.sample", "$2", "$3"),
    " AND ",
    word_heard!("f", "f.partner", "$2", "$3"),
    " AND ",
    report_seen!("$1", "$2", "$3"),
    " ORDER BY 3 DESC, 2, 1 LIMIT 12"
);

const SAID: &str = concat!(
    "SELECT m.sample FROM sample_families m WHERE ",
    said_last!("$1", "$2", "$3"),
    " AND ",
    report_seen!("m.sample", "$2", "$3"),
    " ORDER BY m.at DESC, m.sample DESC LIMIT $4"
);

impl Store {
    /// Samples whose report is seen and of which partners are heard to say that they belong to a
    /// family, those said last first.
    pub async fn samples_said_of(
        &self,
        family: &FamilyId,
        limit: u32,
        to: &Visible,
    ) -> Result<Vec<Sha256>> {
        let rows: Vec<String> = reading!(self, db => sqlx::query_scalar(SAID)
            .bind(family.as_str())
            .bind(to.partner())
            .bind(to.of_samples())
            .bind(i64::from(limit))
            .fetch_all(db).await?);
        rows.iter().map(|sha256| read(sha256)).collect()
    }

    /// Says which family a sample belongs to (`None`: to none of ours) and takes it off the queue.
    /// What the same partner said before is kept as history. `NotFound` for an unknown sample or
    /// family.
    pub async fn triage(
        &self,
        sample: &Sha256,
        family: Option<&FamilyId>,
        why: Option<&str>,
        partner: &PartnerSlug,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let why = optional(why, "the reason", SHORT_BYTES)?;
        let mut tx = self.begin().await?;
        mark(&mut tx, sample, Some(now)).await?;
        end_current(&mut tx, sample, partner, now).await?;
        let word: i64 = within!(&mut tx, db => sqlx::query_scalar(
            "INSERT INTO sample_families (sample, family, partner, user_id, why, at)
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING id")
            .bind(sample.to_string())
            .bind(family.map(FamilyId::as_str))
            .bind(partner.as_str())
            .bind(by.user.map(|user| user.0))
            .bind(why)
            .bind(micros(now))
            .fetch_one(db).await
            .map_err(|error| explained(error, || "family".to_owned()))?);
        sample_entries::index(&mut tx, sample).await?;
        let detail = serde_json::json!({ "family": family });
        audit::append(&mut tx, &by.did("sample.triage", "sample", sample, detail), now).await?;
        let told = NewChange::new("sample.triaged", sample, Rule::Word(word));
        let told = family.into_iter().fold(told, NewChange::of_family);
        changes::append(&mut tx, &[told], now).await?;
        tx.commit().await
    }

    /// Takes back what this partner said of a sample and puts it into the queue again, unless
    /// another partner still says where it belongs.
    pub async fn take_back_triage(
        &self,
        sample: &Sha256,
        partner: &PartnerSlug,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        mark(&mut tx, sample, Some(now)).await?;
        let word: Option<i64> = within!(&mut tx, db => sqlx::query_scalar(
            "SELECT MAX(id) FROM sample_families
             WHERE sample = $1 AND partner = $2 AND gone_at IS NULL")
            .bind(sample.to_string())
            .bind(partner.as_str())
            .fetch_one(db).await?);
        end_current(&mut tx, sample, partner, now).await?;
        let left: i64 = within!(&mut tx, db => sqlx::query_scalar(
            "SELECT COUNT(*) FROM sample_families WHERE sample = $1 AND gone_at IS NULL")
            .bind(sample.to_string())
            .fetch_one(db).await?);
        if left == 0 {
            mark(&mut tx, sample, None).await?;
        }
        sample_entries::index(&mut tx, sample).await?;
        let line = by.did("sample.triage_taken_back", "sample", sample, serde_json::json!({}));
        audit::append(&mut tx, &line, now).await?;
        let told =
            word.map(|word| NewChange::new("sample.triage_taken_back", sample, Rule::Word(word)));
        changes::append(&mut tx, told.as_slice(), now).await?;
        tx.commit().await
    }

    /// Everything partners said of a sample, newest first; nothing of a sample that is not seen, and
    /// nothing by which a reader would learn that a partner had it before, or has it otherwise than
    /// by what reaches both.
    pub async fn families_of_sample(
        &self,
        sample: &Sha256,
        to: &Visible,
    ) -> Result<Vec<SampleFamily>> {
        const SAID: &str = concat!(
            "SELECT f.partner, f.family, g.name, f.why, f.at, f.gone_at
             FROM sample_families f LEFT JOIN families g ON g.id = f.family
             WHERE f.sample = $1 AND ",
            word_heard!("f", "f.partner", "$2", "$3"),
            " AND ",
            report_seen!("f.sample", "$2", "$3"),
            " ORDER BY f.id DESC LIMIT 100"
        );
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(SAID)
            .bind(sample.to_string())
            .bind(to.partner())
            .bind(to.of_samples())
            .fetch_all(db).await?);
        rows.into_iter().map(Row::read).collect()
    }

    /// The families that indicators seen name for a sample, then those to which samples with the
    /// same certificate or package are heard to belong.
    pub async fn suggested_families(
        &self,
        sample: &Sha256,
        to: &Visible,
    ) -> Result<Vec<SuggestedFamily>> {
        let rows: Vec<(String, String, i64)> = reading!(self, db => sqlx::query_as(SUGGESTED)
            .bind(sample.to_string())
            .bind(to.partner())
            .bind(to.of_samples())
            .bind(MOST_RELATIVES)
            .bind(to.of_indicators())
            .fetch_all(db).await?);
        rows.into_iter()
            .map(|(family, name, kinship)| {
                let kinship = Kinship::of(kinship);
                Ok(SuggestedFamily { family: read(&family)?, name, kinship })
            })
            .collect()
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    partner: String,
    family: Option<String>,
    name: Option<String>,
    why: Option<String>,
    at: i64,
    gone_at: Option<i64>,
}

impl Row {
    fn read(self) -> Result<SampleFamily> {
        Ok(SampleFamily {
            partner: read(&self.partner)?,
            family: self.family.as_deref().map(read).transpose()?,
            name: self.name,
            why: self.why,
            at: time(self.at)?,
            gone_at: self.gone_at.map(time).transpose()?,
        })
    }
}

/// On or off the queue; `NotFound` when there is no such sample. From here on nobody else sorts
/// the same sample until the transaction ends.
async fn mark(tx: &mut Tx, sample: &Sha256, triaged: Option<Timestamp>) -> Result<()> {
    let rows = within!(tx, db => sqlx::query(
        "UPDATE samples SET triaged_at = $2 WHERE sha256 = $1")
        .bind(sample.to_string())
        .bind(triaged.map(micros))
        .execute(db).await?.rows_affected());
    found(rows, sample)
}

async fn end_current(
    tx: &mut Tx,
    sample: &Sha256,
    partner: &PartnerSlug,
    now: Timestamp,
) -> Result<()> {
    within!(tx, db => sqlx::query(
        "UPDATE sample_families SET gone_at = $3
         WHERE sample = $1 AND partner = $2 AND gone_at IS NULL")
        .bind(sample.to_string())
        .bind(partner.as_str())
        .bind(micros(now))
        .execute(db).await?.rows_affected());
    Ok(())
}
