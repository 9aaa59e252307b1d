//! Keys for programs: bearer tokens with scopes and an end. Only a token's SHA-256 is kept.

use jiff::Timestamp;
use serde_json::json;
use unwatched_model::access::Scopes;
use unwatched_model::digest::Sha256;
use unwatched_model::partner::{PartnerSlug, UserRole};

use crate::columns::{SHORT_BYTES, explained, micros, read, text, time};
use crate::engine::{reading, within, writing};
use crate::viewer::Columns;
use crate::{Actor, Result, Store, StoreError, UserId, Viewer, audit};

const DAY_MICROS: i64 = 86_400_000_000;

/// A token to be added.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// The SHA-256 of the token's text.
    pub sha256: Sha256,
    /// Whose.
    pub partner: PartnerSlug,
    /// With which rights.
    pub role: UserRole,
    /// What it may be used for.
    pub scopes: Scopes,
    /// When it ends; `None`: never.
    pub expires: Option<Timestamp>,
    /// Who made it; `None` the operator or another key.
    pub made_by: Option<UserId>,
    /// What it is for, in the partner's words.
    pub label: String,
}

/// A token as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// The SHA-256 of its text.
    pub sha256: Sha256,
    /// Whose.
    pub partner: PartnerSlug,
    /// With which rights.
    pub role: UserRole,
    /// What it may be used for.
    pub scopes: Scopes,
    /// What it is for.
    pub label: String,
    /// When it was made.
    pub added_at: Timestamp,
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// When it was withdrawn.
    pub revoked_at: Option<Timestamp>,
    /// The beginning of the day on which it was last used.
    pub last_used_day: Option<Timestamp>,
}

impl TokenRow {
    /// What it is called by: the first 16 digits of its SHA-256, which nobody acts with.
    pub fn id(&self) -> String {
        key_id(&self.sha256)
    }

    /// Whether it opens anything.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires.is_none_or(|expires| expires > now)
    }
}

/// What a key is called by, in lists and in the audit log.
fn key_id(sha256: &Sha256) -> String {
    sha256.to_string()[..16].to_owned()
}

impl Store {
    /// Adds a token; `Conflict` when it exists, `NotFound` when the partner is unknown.
    pub async fn add_token(&self, token: &NewToken, by: &Actor, now: Timestamp) -> Result<()> {
        let label = text(&token.label, "the token's label", SHORT_BYTES)?;
        let mut tx = self.begin().await?;
        let done = within!(&mut tx, db => sqlx::query(
            "INSERT INTO tokens (sha256, partner, role, label, added_at, scopes, expires_at,
                                 made_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (sha256) DO NOTHING")
            .bind(token.sha256.to_string())
            .bind(token.partner.as_str())
            .bind(token.role.as_str())
            .bind(label)
            .bind(micros(now))
            .bind(token.scopes.to_string())
            .bind(token.expires.map(micros))
            .bind(token.made_by.map(|user| user.0))
            .execute(db).await
            .map_err(|error| explained(error, || format!("partner: {}", token.partner)))?
            .rows_affected());
        if done == 0 {
            return Err(StoreError::Conflict("there is already such a token".to_owned()));
        }
        let detail = json!({
            "partner": token.partner,
            "role": token.role,
            "scopes": token.scopes.to_string(),
            "expires": token.expires.map(|expires| expires.to_string()),
        });
        let line = by.did("key.make", "key", key_id(&token.sha256), detail);
        audit::append(&mut tx, &line, now).await?;
        tx.commit().await
    }

    /// Ends a token; `NotFound` when there is none.
    pub async fn revoke_token(&self, sha256: &Sha256, by: &Actor, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = within!(&mut tx, db => sqlx::query(
            "UPDATE tokens SET revoked_at = COALESCE(revoked_at, $2) WHERE sha256 = $1")
            .bind(sha256.to_string())
            .bind(micros(now))
            .execute(db).await?.rows_affected());
        if done == 0 {
            return Err(StoreError::NotFound("token".to_owned()));
        }
        let line = by.did("key.withdraw", "key", key_id(sha256), json!({}));
        audit::append(&mut tx, &line, now).await?;
        tx.commit().await
    }

    /// A partner's key by what it is called by; `None` when the partner has none of this id.
    pub async fn token_of(&self, partner: &PartnerSlug, id: &str) -> Result<Option<TokenRow>> {
        let mut tokens = self.tokens(Some(partner)).await?;
        tokens.retain(|token| token.id() == id);
        Ok(tokens.pop())
    }

    /// A partner's tokens, or everybody's, newest first.
    pub async fn tokens(&self, partner: Option<&PartnerSlug>) -> Result<Vec<TokenRow>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(
            "SELECT sha256, partner, role, scopes, label, added_at, expires_at, revoked_at,
                    last_used_day
             FROM tokens WHERE $1 IS NULL OR partner = $1 ORDER BY added_at DESC, sha256")
            .bind(partner.map(PartnerSlug::as_str))
            .fetch_all(db).await?);
        rows.into_iter().map(Row::into_token).collect()
    }

    /// Who may act with this token; `None` when it is unknown, revoked or past its end. The day
    /// of its use is kept, by one write a day.
    pub async fn viewer_by_token(&self, sha256: &Sha256, now: Timestamp) -> Result<Option<Viewer>> {
        let row: Option<Used> = reading!(self, db => sqlx::query_as(
            "SELECT t.partner, p.category, p.standing, p.standing_until, t.role, t.scopes, t.expires_at,
                    CAST(NULL AS BIGINT) AS user_id, t.made_by AS maker,
                    CAST(NULL AS TEXT) AS email, t.last_used_day,
                    (SELECT string_agg(m.group_slug, ' ') FROM group_members m
                     WHERE m.partner = t.partner) AS groups
             FROM tokens t JOIN partners p ON p.slug = t.partner
             WHERE t.sha256 = $1 AND (t.revoked_at IS NULL OR t.revoked_at > $2)
               AND (t.expires_at IS NULL OR t.expires_at > $2)")
            .bind(sha256.to_string())
            .bind(micros(now))
            .fetch_optional(db).await?);
        let Some(Used { columns, last_used_day }) = row else { return Ok(None) };
        let today = micros(now).div_euclid(DAY_MICROS);
        if last_used_day != Some(today) {
            writing!(self, db => sqlx::query(
                "UPDATE tokens SET last_used_day = $2 WHERE sha256 = $1")
                .bind(sha256.to_string())
                .bind(today)
                .execute(db).await?.rows_affected());
        }
        columns.viewer(now).map(Some)
    }
}

#[derive(sqlx::FromRow)]
struct Used {
    #[sqlx(flatten)]
    columns: Columns,
    last_used_day: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct Row {
    sha256: String,
    partner: String,
    role: String,
    scopes: String,
    label: String,
    added_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_day: Option<i64>,
}

impl Row {
    fn into_token(self) -> Result<TokenRow> {
        Ok(TokenRow {
            sha256: read(&self.sha256)?,
            partner: read(&self.partner)?,
            role: read(&self.role)?,
            scopes: read(&self.scopes)?,
            label: self.label,
            added_at: time(self.added_at)?,
            expires: self.expires_at.map(time).transpose()?,
            revoked_at: self.revoked_at.map(time).transpose()?,
            last_used_day: self.last_used_day.map(|day| time(day * DAY_MICROS)).transpose()?,
        })
    }
}
