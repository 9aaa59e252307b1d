//! The audit log as its readers page through it: newest first, by object, action and partner.
//!
//! A partner sees what its own people and programs did, and who read the samples it submitted;
//! that is part of the SQL, so that no page can forget it. Every statement goes along one index and
//! ends after a page: the log has a line for every read.

use unwatched_model::partner::PartnerSlug;

use crate::columns::{SHORT_BYTES, optional};
use crate::engine::{Tx, within};
use crate::{AuditRow, Result, Store};

/// What was done when somebody read a sample; a partner sees these of the samples it submitted.
pub const READS: [&str; 3] = ["sample.read", "report.read", "sample.download"];

/// Whose lines are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lines {
    /// Everybody's.
    All,
    /// This partner's, and the reads of the samples it submitted.
    Of(PartnerSlug),
}

/// Which lines are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// About this object.
    pub object: Option<String>,
    /// Of this action.
    pub action: Option<String>,
    /// By this partner.
    pub partner: Option<String>,
    /// Older than this number.
    pub after: Option<i64>,
}

/// A partner that put in more than so many samples is asked about by the reads, not the samples.
const FEW_SUBMISSIONS: i64 = 1_000;

/// `$1` the line before which to go on; `$2` object, `$3` action, `$4` partner, none when it limits
/// nothing; `$5` how many; `$6` the partner whose samples were read, none for every line. What is
/// not to be gone along stands behind `OR` or `||`.
macro_rules! lines {
    ($along:literal) => {
        concat!(
            "SELECT seq, at, partner, user_id, via, action, object_kind, object_id, detail,
                    previous, sha256
             FROM audit
             WHERE ",
            $along,
            " AND seq < $1 AND ($2 IS NULL OR object_id = $2)
               AND ($3 IS NULL OR action = $3) AND ($4 IS NULL OR partner = $4)
               AND ($6 IS NULL OR (object_kind = 'sample' AND EXISTS (
                    SELECT 1 FROM submissions own
                    WHERE own.sample = audit.object_id AND own.partner || '' = $6)))
             ORDER BY seq DESC LIMIT $5"
        )
    };
}

const BY_OBJECT: &str = lines!("object_id = $2");
const BY_ACTION: &str = lines!("action = $3");
const BY_PARTNER: &str = lines!("partner = $4");
const BY_SAMPLES: &str =
    lines!("object_id IN (SELECT few.sample FROM submissions few WHERE few.partner = $6)");
const EVERY: &str = lines!("1 = 1");

impl Store {
    /// A page of lines, newest first.
    pub async fn audit_page(
        &self,
        lines: &Lines,
        query: &AuditQuery,
        limit: u32,
    ) -> Result<Vec<AuditRow>> {
        let asked = Asked {
            object: optional(query.object.as_deref(), "the object", SHORT_BYTES)?,
            action: optional(query.action.as_deref(), "the action", SHORT_BYTES)?,
            partner: optional(query.partner.as_deref(), "the partner", SHORT_BYTES)?,
            read_of: None,
            before: query.after.unwrap_or(i64::MAX),
            limit,
        };
        let mut tx = self.snapshot().await?;
        match lines {
            Lines::All => asked.rows(&mut tx, asked.along()).await,
            Lines::Of(own) => of_partner(&mut tx, &asked, own.as_str()).await,
        }
    }
}

/// What its own people and programs did, and others' reads of its samples.
async fn of_partner(tx: &mut Tx, asked: &Asked<'_>, own: &str) -> Result<Vec<AuditRow>> {
    let mut rows = Vec::new();
    if asked.partner.is_none_or(|partner| partner == own) {
        let done = Asked { partner: Some(own), ..*asked };
        rows = done.rows(tx, done.along()).await?;
    }
    if asked.partner != Some(own) {
        let has_few = submissions(tx, own, FEW_SUBMISSIONS + 1).await? <= FEW_SUBMISSIONS;
        for action in READS {
            if asked.action.is_some_and(|asked| asked != action) {
                continue;
            }
            let read = Asked { action: Some(action), read_of: Some(own), ..*asked };
            let narrows = asked.object.is_some() || asked.partner.is_some();
            let along = if has_few && !narrows { BY_SAMPLES } else { read.along() };
            rows.extend(read.rows(tx, along).await?);
        }
    }
    rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.seq));
    // Its own reads of its own samples are in both.
    rows.dedup_by_key(|row| row.seq);
    rows.truncate(asked.limit as usize);
    Ok(rows)
}

/// How many submissions a partner has, counted up to `most`.
async fn submissions(tx: &mut Tx, partner: &str, most: i64) -> Result<i64> {
    Ok(within!(tx, db => sqlx::query_scalar(
        "SELECT COUNT(*)
         FROM (SELECT 1 AS one FROM submissions WHERE partner = $1 LIMIT $2) AS first")
        .bind(partner)
        .bind(most)
        .fetch_one(db).await?))
}

/// What the statements take.
#[derive(Clone, Copy)]
struct Asked<'a> {
    object: Option<&'a str>,
    action: Option<&'a str>,
    partner: Option<&'a str>,
    read_of: Option<&'a str>,
    before: i64,
    limit: u32,
}

impl Asked<'_> {
    /// Along what has the fewest lines. A partner's of one action are told apart in the index.
    fn along(&self) -> &'static str {
        match self {
            Self { object: Some(_), .. } => BY_OBJECT,
            Self { partner: Some(_), .. } => BY_PARTNER,
            Self { action: Some(_), .. } => BY_ACTION,
            _ => EVERY,
        }
    }

    async fn rows(&self, tx: &mut Tx, sql: &'static str) -> Result<Vec<AuditRow>> {
        Ok(within!(tx, db => sqlx::query_as(sql)
            .bind(self.before)
            .bind(self.object)
            .bind(self.action)
            .bind(self.partner)
            .bind(i64::from(self.limit))
            .bind(self.read_of)
            .fetch_all(db).await?))
    }
}
