//! The audit log: who did what and who read what, each line chained to the one before it.
//!
//! A line's digest is SHA-256 over the previous line's digest, a line feed, and the line's own
//! JSON with its members in a fixed order; `docs/reference/audit.md` tells it with an example.
//! What never enters a line: names, e-mails, addresses, file names, tokens. People are numbers.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256 as Hasher};
use unwatched_model::digest::Sha256;
use unwatched_model::partner::PartnerSlug;

use crate::columns::{LONG_BYTES, SHORT_BYTES, micros, number, read, text, time, to_json};
use crate::engine::{Tx, reading, within};
use crate::{Result, Store, UserId, Viewer};

/// What the first line of all names as the digest before it.
pub const BEFORE_THE_FIRST: Sha256 = Sha256([0; 32]);

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
}

impl Viewer {
    /// This viewer as somebody who acts.
    pub fn actor(&self) -> Actor {
        let via = if self.user.is_some() { Via::Person } else { Via::Key };
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

/// A line as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number; there are no gaps.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// Did what.
    pub action: String,
    /// To what kind of thing.
    pub object_kind: String,
    /// To which.
    pub object_id: String,
    /// What else matters: JSON, as it stands in the column.
    pub detail: String,
    /// The digest of the line before.
    pub previous: Sha256,
    /// The digest of this line.
    pub sha256: Sha256,
}

impl AuditRow {
    /// The line's own JSON, which its digest covers.
    pub fn canonical(&self) -> String {
        let (partner, user) = (self.actor.partner.as_ref(), self.actor.user);
        format!(
            r#"{{"seq":{},"at":{},"partner":{},"user":{},"via":{},"action":{},"object_kind":{},"object_id":{},"detail":{}}}"#,
            self.seq,
            micros(self.at),
            partner.map_or_else(|| "null".to_owned(), |slug| quoted(slug.as_str())),
            user.map_or_else(|| "null".to_owned(), |user| user.0.to_string()),
            quoted(self.actor.via.as_str()),
            quoted(&self.action),
            quoted(&self.object_kind),
            quoted(&self.object_id),
            self.detail,
        )
    }

    /// The digest that this line must have.
    pub fn digest(&self) -> Sha256 {
        chained(&self.previous, &self.canonical())
    }
}

/// The digest of a line after the line with digest `previous`.
pub fn chained(previous: &Sha256, canonical: &str) -> Sha256 {
    let mut hasher = Hasher::new();
    hasher.update(previous.to_string());
    hasher.update("\n");
    hasher.update(canonical);
    Sha256(hasher.finalize().into())
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
        for line in lines {
            append(&mut tx, line, now).await?;
        }
        tx.commit().await
    }

    /// Lines after a number, oldest first.
    pub async fn audit_after(&self, seq: u64, limit: u32) -> Result<Vec<AuditRow>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(
            "SELECT seq, at, partner, user_id, via, action, object_kind, object_id, detail,
                    previous, sha256
             FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2")
            .bind(crate::columns::count(seq, "the line's number")?)
            .bind(i64::from(limit))
            .fetch_all(db).await?);
        rows.into_iter().map(row).collect()
    }
}

/// Appends a line in the transaction of the write it tells of. Lines are numbered one after the
/// other, so every other writer of lines waits from here to the commit: call it last.
pub(crate) async fn append(tx: &mut Tx, line: &NewAudit, now: Timestamp) -> Result<()> {
    tx.alone("audit").await?;
    let (seq, previous) = head(tx).await?;
    let object_id = text(&line.object_id, "the audit line's object", SHORT_BYTES)?;
    let detail = to_json(&line.detail)?;
    text(&detail, "the audit line's detail", LONG_BYTES)?;
    let mut row = AuditRow {
        seq: seq + 1,
        // As it stands in the column, so that it is the same when read again.
        at: time(micros(now))?,
        actor: line.actor.clone(),
        action: line.action.to_owned(),
        object_kind: line.object_kind.to_owned(),
        object_id: object_id.to_owned(),
        detail,
        previous,
        sha256: BEFORE_THE_FIRST,
    };
    row.sha256 = row.digest();
    insert(tx, &row).await
}

/// The last line's number and digest.
async fn head(tx: &mut Tx) -> Result<(u64, Sha256)> {
    let last: Option<(i64, String)> = within!(tx, db => sqlx::query_as(
        "SELECT seq, sha256 FROM audit ORDER BY seq DESC LIMIT 1")
        .fetch_optional(&mut *db).await?);
    let last = match last {
        Some(last) => Some(last),
        None => within!(tx, db => sqlx::query_as(
            "SELECT seq, sha256 FROM audit_checkpoints ORDER BY seq DESC LIMIT 1")
            .fetch_optional(&mut *db).await?),
    };
    let Some((seq, sha256)) = last else { return Ok((0, BEFORE_THE_FIRST)) };
    Ok((number(seq)?, read(&sha256)?))
}

async fn insert(tx: &mut Tx, row: &AuditRow) -> Result<()> {
    within!(tx, db => sqlx::query(
        "INSERT INTO audit
            (seq, at, partner, user_id, via, action, object_kind, object_id, detail, previous, sha256)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
        .bind(crate::columns::count(row.seq, "the line's number")?)
        .bind(micros(row.at))
        .bind(row.actor.partner.as_ref().map(PartnerSlug::as_str))
        .bind(row.actor.user.map(|user| user.0))
        .bind(row.actor.via.as_str())
        .bind(&row.action)
        .bind(&row.object_kind)
        .bind(&row.object_id)
        .bind(&row.detail)
        .bind(row.previous.to_string())
        .bind(row.sha256.to_string())
        .execute(db).await?.rows_affected());
    Ok(())
}

type Row =
    (i64, i64, Option<String>, Option<i64>, String, String, String, String, String, String, String);

fn row(row: Row) -> Result<AuditRow> {
    let (seq, at, partner, user, via, action, object_kind, object_id, detail, previous, sha256) =
        row;
    let partner = partner.as_deref().map(read).transpose()?;
    Ok(AuditRow {
        seq: number(seq)?,
        at: time(at)?,
        actor: Actor { partner, user: user.map(UserId), via: read(&via)? },
        action,
        object_kind,
        object_id,
        detail,
        previous: read(&previous)?,
        sha256: read(&sha256)?,
    })
}
