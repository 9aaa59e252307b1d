//! Signed-in sessions. Only the SHA-256 of a session's id is kept.

use jiff::Timestamp;
use unwatched_model::digest::Sha256;
use unwatched_model::partner::{PartnerSlug, UserRole};

use crate::columns::{explained, micros, read};
use crate::engine::{reading, writing};
use crate::{Result, Store, UserId};

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// For which partner.
    pub partner: PartnerSlug,
    /// With which rights.
    pub role: UserRole,
    /// The person; `None` for a token.
    pub user: Option<UserId>,
    /// The person's address; `None` for a token.
    pub email: Option<String>,
}

impl Store {
    /// Keeps a session under the SHA-256 of its id.
    pub async fn add_session(
        &self,
        id: &Sha256,
        user: UserId,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<()> {
        writing!(self, db => sqlx::query(
            "INSERT INTO sessions (id_sha256, user_id, created_at, expires_at)
             VALUES ($1, $2, $3, $4)")
            .bind(id.to_string())
            .bind(user.0)
            .bind(micros(now))
            .bind(micros(expires))
            .execute(db).await
            .map_err(|error| explained(error, || format!("session or user: {}", user.0)))?
            .rows_affected());
        Ok(())
    }

    /// Who this session belongs to; `None` when it is unknown, ended or expired.
    pub async fn session(&self, id: &Sha256, now: Timestamp) -> Result<Option<Viewer>> {
        let row: Option<(String, String, i64, String)> = reading!(self, db => sqlx::query_as(
            "SELECT u.partner, u.role, u.id, u.email
             FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.id_sha256 = $1 AND s.expires_at > $2")
            .bind(id.to_string())
            .bind(micros(now))
            .fetch_optional(db).await?);
        row.map(|(partner, role, user, email)| {
            Ok(Viewer {
                partner: read(&partner)?,
                role: read(&role)?,
                user: Some(UserId(user)),
                email: Some(email),
            })
        })
        .transpose()
    }

    /// Ends a session; nothing happens when there is none.
    pub async fn end_session(&self, id: &Sha256) -> Result<()> {
        writing!(self, db => sqlx::query("DELETE FROM sessions WHERE id_sha256 = $1")
            .bind(id.to_string())
            .execute(db).await?.rows_affected());
        Ok(())
    }

    /// Removes expired sessions and says how many there were.
    pub async fn purge_sessions(&self, now: Timestamp) -> Result<u64> {
        Ok(writing!(self, db => sqlx::query("DELETE FROM sessions WHERE expires_at <= $1")
            .bind(micros(now))
            .execute(db).await?.rows_affected()))
    }
}
