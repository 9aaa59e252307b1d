//! Bearer tokens. Only a token's SHA-256 is kept.

use jiff::Timestamp;
use unwatched_model::digest::Sha256;
use unwatched_model::partner::{PartnerSlug, UserRole};

use crate::columns::{SHORT_BYTES, explained, micros, read, text};
use crate::engine::{reading, writing};
use crate::{Result, Store, StoreError, Viewer};

/// A token to be added.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// The SHA-256 of the token's text.
    pub sha256: Sha256,
    /// Whose.
    pub partner: PartnerSlug,
    /// With which rights.
    pub role: UserRole,
    /// What it is for, in the partner's words.
    pub label: String,
}

impl Store {
    /// Adds a token; `Conflict` when it exists, `NotFound` when the partner is unknown.
    pub async fn add_token(&self, token: &NewToken, now: Timestamp) -> Result<()> {
        let label = text(&token.label, "the token's label", SHORT_BYTES)?;
        let done = writing!(self, db => sqlx::query(
            "INSERT INTO tokens (sha256, partner, role, label, added_at)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (sha256) DO NOTHING")
            .bind(token.sha256.to_string())
            .bind(token.partner.as_str())
            .bind(token.role.as_str())
            .bind(label)
            .bind(micros(now))
            .execute(db).await
            .map_err(|error| explained(error, || format!("partner: {}", token.partner)))?
            .rows_affected());
        if done == 0 {
            return Err(StoreError::Conflict("there is already such a token".to_owned()));
        }
        Ok(())
    }

    /// Ends a token; `NotFound` when there is none.
    pub async fn revoke_token(&self, sha256: &Sha256, now: Timestamp) -> Result<()> {
        let done = writing!(self, db => sqlx::query(
            "UPDATE tokens SET revoked_at = COALESCE(revoked_at, $2) WHERE sha256 = $1")
            .bind(sha256.to_string())
            .bind(micros(now))
            .execute(db).await?.rows_affected());
        if done == 0 {
            return Err(StoreError::NotFound("token".to_owned()));
        }
        Ok(())
    }

    /// Who may act with this token; `None` when it is unknown or revoked.
    pub async fn viewer_by_token(&self, sha256: &Sha256, now: Timestamp) -> Result<Option<Viewer>> {
        let row: Option<(String, String)> = reading!(self, db => sqlx::query_as(
            "SELECT partner, role FROM tokens
             WHERE sha256 = $1 AND (revoked_at IS NULL OR revoked_at > $2)")
            .bind(sha256.to_string())
            .bind(micros(now))
            .fetch_optional(db).await?);
        row.map(|(partner, role)| {
            Ok(Viewer { partner: read(&partner)?, role: read(&role)?, user: None, email: None })
        })
        .transpose()
    }
}
