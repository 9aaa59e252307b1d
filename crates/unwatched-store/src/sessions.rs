//! Signed-in sessions. Only the SHA-256 of a session's id is kept.

use jiff::Timestamp;
use unwatched_model::digest::Sha256;
use unwatched_model::partner::Standing;

use crate::columns::{explained, micros, read};
use crate::engine::{Tx, reading, within};
use crate::viewer::Columns;
use crate::{Actor, Result, Store, UserId, Via, Viewer, audit};

impl Store {
    /// Keeps a session under the SHA-256 of its id.
    pub async fn add_session(
        &self,
        id: &Sha256,
        user: UserId,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        within!(&mut tx, db => sqlx::query(
            "INSERT INTO sessions (id_sha256, user_id, created_at, expires_at)
             VALUES ($1, $2, $3, $4)")
            .bind(id.to_string())
            .bind(user.0)
            .bind(micros(now))
            .bind(micros(expires))
            .execute(&mut *db).await
            .map_err(|error| explained(error, || format!("session or user: {}", user.0)))?
            .rows_affected());
        note(&mut tx, user.0, "sign_in", now).await?;
        tx.commit().await
    }

    /// Who this session belongs to; `None` when it is unknown, ended or expired, when its person
    /// was shut out, and when their partner does not take part.
    pub async fn session(&self, id: &Sha256, now: Timestamp) -> Result<Option<Viewer>> {
        let row: Option<Columns> = reading!(self, db => sqlx::query_as(
            "SELECT u.partner, p.category, p.standing, p.standing_until, u.role,
                    CAST(NULL AS TEXT) AS scopes, CAST(NULL AS BIGINT) AS expires_at, u.id AS user_id, u.id AS maker, u.email,
                    (SELECT string_agg(m.group_slug, ' ') FROM group_members m
                     WHERE m.partner = u.partner) AS groups
             FROM sessions s JOIN users u ON u.id = s.user_id JOIN partners p ON p.slug = u.partner
             WHERE s.id_sha256 = $1 AND s.expires_at > $2 AND u.disabled_at IS NULL")
            .bind(id.to_string())
            .bind(micros(now))
            .fetch_optional(db).await?);
        let Some(columns) = row else { return Ok(None) };
        let viewer = columns.viewer(now)?;
        let takes_part = matches!(viewer.standing, Standing::Probation | Standing::Full);
        Ok(takes_part.then_some(viewer))
    }

    /// Ends a session; nothing happens when there is none.
    pub async fn end_session(&self, id: &Sha256, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let user: Option<i64> = within!(&mut tx, db => sqlx::query_scalar(
            "DELETE FROM sessions WHERE id_sha256 = $1 RETURNING user_id")
            .bind(id.to_string())
            .fetch_optional(&mut *db).await?);
        if let Some(user) = user {
            note(&mut tx, user, "sign_out", now).await?;
        }
        tx.commit().await
    }
}

/// Writes that a person signed in or out.
async fn note(tx: &mut Tx, user: i64, action: &'static str, now: Timestamp) -> Result<()> {
    let partner: String = within!(tx, db => sqlx::query_scalar(
        "SELECT partner FROM users WHERE id = $1")
        .bind(user)
        .fetch_one(&mut *db).await?);
    let partner = Some(read(&partner)?);
    let by = Actor { partner, user: Some(UserId(user)), via: Via::Person };
    audit::append(tx, &by.did(action, "person", user, serde_json::json!({})), now).await
}
