//! The audit log: who did what and who read what, each line chained to the one before it.
//!
//! A line's digest is SHA-256 over the previous line's digest, a line feed, and the line's own
//! JSON with its members in a fixed order; `docs/reference/audit.md` tells it with an example.
//! What never enters a line: names, e-mails, addresses, file names, tokens. People are numbers.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256 as Hasher};
use sqlx::QueryBuilder;
use unwatched_model::opinion::Opinion;
use unwatched_model::partner::PartnerSlug;
use unwatched_model::verdict::{Verdict, opinions_sha256};

use crate::columns::{LONG_BYTES, SHORT_BYTES, micros, text, time, to_json};
use crate::engine::{Tx, reading, within};
use crate::{Result, Store, UserId, Viewer, changes};

/// What the first line of all names as the digest before it.
pub const BEFORE_THE_FIRST: &str =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// So many lines are written by one statement.
const AT_A_TIME: usize = 100;

/// By what way somebody acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Via {
    /// A signed-in person.
    Person,
    /// A partner's program with a key.
    Key,
    /// Whoever has a shell on the server.
    Operator,
    /// The exchange itself: jobs, retention.
    System,
}

impl Via {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Person, Self::Key, Self::Operator, Self::System];

    /// The word used in columns and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Key => "key",
            Self::Operator => "operator",
            Self::System => "system",
        }
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Via {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|via| via.as_str() == word)
            .ok_or_else(|| format!("unknown way {word:?} of acting"))
    }
}

/// Who acts. Never holds an e-mail or a name: what it holds is written to the audit log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor {
    /// For which partner; `None` for the operator and the exchange itself.
    pub partner: Option<PartnerSlug>,
    /// The person, as a number.
    pub user: Option<UserId>,
    /// By what way.
    pub via: Via,
}

impl Actor {
    /// Whoever has a shell on the server.
    pub fn operator() -> Self {
        Self { partner: None, user: None, via: Via::Operator }
    }

    /// The exchange itself.
    pub fn system() -> Self {
        Self { partner: None, user: None, via: Via::System }
    }

    /// What this actor did, as a line to be appended.
    #[expect(clippy::needless_pass_by_value, reason = "numbers and ids are written as they are")]
    pub fn did(
        &self,
        action: &'static str,
        object_kind: &'static str,
        object_id: impl ToString,
        detail: serde_json::Value,
    ) -> NewAudit {
        let object_id = object_id.to_string();
        NewAudit { actor: self.clone(), action, object_kind, object_id, detail }
    }

    /// That this actor gave an opinion: with its digest, so that no byte of it can change
    /// unnoticed afterwards.
    pub fn gave(&self, opinion: &Opinion) -> NewAudit {
        let detail = serde_json::json!({
            "criterion": opinion.criterion.as_str(),
            "family": opinion.family.as_str(),
            "sha256": opinions_sha256([opinion]).to_string(),
        });
        self.did("opinion.give", "opinion", opinion.id, detail)
    }

    /// That what this actor did changed a family's verdict.
    pub fn changed(&self, verdict: &Verdict) -> NewAudit {
        let detail = serde_json::json!({
            "class": verdict.class.as_str(),
            "opinions_sha256": verdict.opinions_sha256.to_string(),
            "rule_version": verdict.rule_version,
            "sha256": verdict_sha256(verdict),
        });
        self.did("verdict.change", "family", &verdict.family, detail)
    }
}

impl Viewer {
    /// This viewer as somebody who acts.
    pub fn actor(&self) -> Actor {
        let via = if self.scopes.is_none() { Via::Person } else { Via::Key };
        Actor { partner: Some(self.partner.clone()), user: self.user, via }
    }
}

/// A line to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAudit {
    /// Who.
    pub actor: Actor,
    /// Did what: `sample.upload`, `release.publish`, ...
    pub action: &'static str,
    /// To what kind of thing: `sample`, `family`, ...
    pub object_kind: &'static str,
    /// To which.
    pub object_id: String,
    /// An object of what else matters; no personal data.
    pub detail: serde_json::Value,
}

/// A line as kept, its columns as they stand: a digest covers each byte of them, whether it
/// reads as what it should be or not.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AuditRow {
    /// Its number; there are no gaps.
    pub seq: i64,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// For which partner.
    pub partner: Option<String>,
    /// The person, as a number.
    pub user_id: Option<i64>,
    /// By what way: a word of [`Via`].
    pub via: String,
    /// Did what.
    pub action: String,
    /// To what kind of thing.
    pub object_kind: String,
    /// To which.
    pub object_id: String,
    /// What else matters: JSON.
    pub detail: String,
    /// The digest of the line before.
    pub previous: String,
    /// The digest of this line.
    pub sha256: String,
}

impl AuditRow {
    /// The line's own JSON, which its digest covers.
    pub fn canonical(&self) -> String {
        let none = || "null".to_owned();
        format!(
            r#"{{"seq":{},"at":{},"partner":{},"user":{},"via":{},"action":{},"object_kind":{},"object_id":{},"detail":{}}}"#,
            self.seq,
            self.at,
            self.partner.as_deref().map_or_else(none, quoted),
            self.user_id.map_or_else(none, |user| user.to_string()),
            quoted(&self.via),
            quoted(&self.action),
            quoted(&self.object_kind),
            quoted(&self.object_id),
            self.detail,
        )
    }

    /// The digest that this line must have.
    pub fn digest(&self) -> String {
        chained(&self.previous, &self.canonical())
    }

    /// When.
    pub fn time(&self) -> Result<Timestamp> {
        time(self.at)
    }
}

/// The digest of a line after the line with digest `previous`.
pub fn chained(previous: &str, canonical: &str) -> String {
    let mut hasher = Hasher::new();
    hasher.update(previous);
    hasher.update("\n");
    hasher.update(canonical);
    hex::encode(hasher.finalize())
}

/// The digest of a verdict as it is kept.
fn verdict_sha256(verdict: &Verdict) -> String {
    hex::encode(Hasher::digest(serde_json::to_vec(verdict).unwrap_or_default()))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Store {
    /// Appends a line that stands for itself; what is written with a row goes through the row's
    /// own function.
    pub async fn audit(&self, line: &NewAudit, now: Timestamp) -> Result<()> {
        self.audit_all(std::slice::from_ref(line), now).await
    }

    /// Appends several lines, all or none.
    pub async fn audit_all(&self, lines: &[NewAudit], now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        append_all(&mut tx, lines, now).await?;
        tx.commit().await
    }

    /// Lines after a number, oldest first.
    pub async fn audit_after(&self, seq: i64, limit: u32) -> Result<Vec<AuditRow>> {
        Ok(reading!(self, db => sqlx::query_as(
            "SELECT seq, at, partner, user_id, via, action, object_kind, object_id, detail,
                    previous, sha256
             FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2")
            .bind(seq)
            .bind(i64::from(limit))
            .fetch_all(db).await?))
    }

    /// Where the log begins: the number and digest of the last line that was let go, zeros when
    /// none was.
    pub async fn audit_start(&self) -> Result<(i64, String)> {
        let last: Option<(i64, String)> = reading!(self, db => sqlx::query_as(
            "SELECT seq, sha256 FROM audit_checkpoints ORDER BY seq DESC LIMIT 1")
            .fetch_optional(db).await?);
        Ok(last.unwrap_or_else(|| (0, BEFORE_THE_FIRST.to_owned())))
    }

    /// The last line's number and digest, and how many lines were ever counted.
    pub async fn audit_head(&self) -> Result<AuditHead> {
        let mut tx = self.snapshot().await?;
        let (seq, sha256) = head(&mut tx).await?;
        let counted: i64 = within!(&mut tx, db => sqlx::query_scalar(
            "SELECT value FROM counters WHERE name = 'audit'")
            .fetch_one(&mut *db).await?);
        Ok(AuditHead { seq, sha256, counted })
    }
}

/// Where the log ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditHead {
    /// The last line's number.
    pub seq: i64,
    /// Its digest.
    pub sha256: String,
    /// How many lines were ever counted: as many as the last line's number says.
    pub counted: i64,
}

/// Appends a line in the transaction of the write it tells of. Lines are numbered one after the
/// other, so every other writer of lines waits from here to the commit: call it last.
pub(crate) async fn append(tx: &mut Tx, line: &NewAudit, now: Timestamp) -> Result<()> {
    append_all(tx, std::slice::from_ref(line), now).await
}

/// Waits until nobody else is about to write a line, and lets nobody else until the transaction ends.
pub(crate) async fn alone(tx: &mut Tx) -> Result<()> {
    count(tx, 0).await
}

/// Whoever counts is alone with the log until the transaction ends.
async fn count(tx: &mut Tx, lines: usize) -> Result<()> {
    let lines = i64::try_from(lines).unwrap_or(i64::MAX);
    within!(tx, db => {
        sqlx::query("UPDATE counters SET value = value + $1 WHERE name = 'audit'")
            .bind(lines).execute(db).await?;
    });
    Ok(())
}

async fn append_all(tx: &mut Tx, lines: &[NewAudit], now: Timestamp) -> Result<()> {
    count(tx, lines.len()).await?;
    let (mut seq, mut previous) = head(tx).await?;
    for chunk in lines.chunks(AT_A_TIME) {
        let mut rows = Vec::with_capacity(chunk.len());
        for line in chunk {
            seq += 1;
            let row = chained_row(line, seq, &previous, now)?;
            previous.clone_from(&row.sha256);
            rows.push(row);
        }
        insert(tx, &rows).await?;
    }
    let told: Vec<_> = lines.iter().flat_map(changes::told_by).collect();
    changes::append(tx, &told, now).await
}

/// A line as it follows another.
fn chained_row(line: &NewAudit, seq: i64, previous: &str, now: Timestamp) -> Result<AuditRow> {
    let object_id = text(&line.object_id, "the audit line's object", SHORT_BYTES)?;
    let detail = to_json(&line.detail)?;
    text(&detail, "the audit line's detail", LONG_BYTES)?;
    let mut row = AuditRow {
        seq,
        at: micros(now),
        partner: line.actor.partner.as_ref().map(ToString::to_string),
        user_id: line.actor.user.map(|user| user.0),
        via: line.actor.via.to_string(),
        action: line.action.to_owned(),
        object_kind: line.object_kind.to_owned(),
        object_id: object_id.to_owned(),
        detail,
        previous: previous.to_owned(),
        sha256: String::new(),
    };
    row.sha256 = row.digest();
    Ok(row)
}

/// The last line's number and digest.
async fn head(tx: &mut Tx) -> Result<(i64, String)> {
    let last = within!(tx, db => sqlx::query_as(
        "SELECT seq, sha256 FROM audit ORDER BY seq DESC LIMIT 1")
        .fetch_optional(&mut *db).await?);
    let last = match last {
        Some(last) => Some(last),
        None => within!(tx, db => sqlx::query_as(
            "SELECT seq, sha256 FROM audit_checkpoints ORDER BY seq DESC LIMIT 1")
            .fetch_optional(&mut *db).await?),
    };
    Ok(last.unwrap_or_else(|| (0, BEFORE_THE_FIRST.to_owned())))
}

async fn insert(tx: &mut Tx, rows: &[AuditRow]) -> Result<()> {
    within!(tx, db => {
        let mut query = QueryBuilder::new(
            "INSERT INTO audit
                (seq, at, partner, user_id, via, action, object_kind, object_id, detail, previous,
                 sha256) ");
        query.push_values(rows, |mut values, row| {
            values.push_bind(row.seq)
                .push_bind(row.at)
                .push_bind(&row.partner)
                .push_bind(row.user_id)
                .push_bind(&row.via)
                .push_bind(&row.action)
                .push_bind(&row.object_kind)
                .push_bind(&row.object_id)
                .push_bind(&row.detail)
                .push_bind(&row.previous)
                .push_bind(&row.sha256);
        });
        query.build().execute(db).await?;
    });
    Ok(())
}
