//! Users that come with a name and a password: of a partner, or taken over from another server.

use jiff::Timestamp;
use serde_json::json;
use unwatched_model::access::Scopes;
use unwatched_model::partner::{PartnerSlug, UserRole};

use crate::columns::{SHORT_BYTES, explained, micros, text};
use crate::engine::{reading, within};
use crate::viewer::Columns;
use crate::{Actor, Result, Store, StoreError, Viewer, audit};

/// A user to be added.
#[derive(Debug, Clone)]
pub struct NewTaxiiUser {
    /// The name.
    pub name: String,
    /// The password's hash.
    pub password_hash: String,
    /// For which partner, with which rights.
    pub partner: Option<(PartnerSlug, UserRole)>,
}

/// A user as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxiiUser {
    /// The name.
    pub name: String,
    /// The password's hash.
    pub password_hash: String,
    /// As whom they act; `None`: for no partner.
    pub viewer: Option<Viewer>,
}

impl Store {
    /// Adds a user, or gives one that is gone a new beginning; `Conflict` when the name is taken.
    pub async fn add_taxii_user(
        &self,
        user: &NewTaxiiUser,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let name = text(&user.name, "the name", SHORT_BYTES)?;
        if name.is_empty() || name.contains(':') || name.chars().any(char::is_control) {
            return Err(StoreError::Invalid(
                "a name for Basic authentication has no colon and no control character".to_owned(),
            ));
        }
        let partner = user.partner.as_ref().map(|(slug, _)| slug.as_str());
        let role = user.partner.as_ref().map(|(_, role)| role.as_str());
        let mut tx = self.begin().await?;
        let done = within!(&mut tx, db => sqlx::query(
            "INSERT INTO taxii_users (name, password_hash, partner, role, added_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (name) DO UPDATE SET
                 password_hash = excluded.password_hash, partner = excluded.partner,
                 role = excluded.role, added_at = excluded.added_at, gone_at = NULL
             WHERE taxii_users.gone_at IS NOT NULL")
            .bind(name).bind(&user.password_hash).bind(partner).bind(role).bind(micros(now))
            .execute(db).await
            .map_err(|error| explained(error, || "partner".to_owned()))?
            .rows_affected());
        if done == 0 {
            return Err(StoreError::Conflict("there is already a user of this name".to_owned()));
        }
        let detail = json!({ "partner": partner, "role": role });
        audit::append(&mut tx, &by.did("taxii.user_add", "taxii_user", "", detail), now).await?;
        tx.commit().await
    }

    /// Shuts a user out; `NotFound` when there is none of this name.
    pub async fn remove_taxii_user(&self, name: &str, by: &Actor, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = within!(&mut tx, db => sqlx::query(
            "UPDATE taxii_users SET gone_at = $2 WHERE name = $1 AND gone_at IS NULL")
            .bind(name.replace('\0', "\u{fffd}")).bind(micros(now))
            .execute(db).await?.rows_affected());
        if done == 0 {
            return Err(StoreError::NotFound("user of the TAXII server".to_owned()));
        }
        within!(&mut tx, db => sqlx::query("DELETE FROM taxii_user_roots WHERE name = $1")
            .bind(name.replace('\0', "\u{fffd}"))
            .execute(db).await?.rows_affected());
        audit::append(&mut tx, &by.did("taxii.user_remove", "taxii_user", "", json!({})), now)
            .await?;
        tx.commit().await
    }

    /// Names of users, with their partners.
    pub async fn taxii_users(&self) -> Result<Vec<(String, Option<String>)>> {
        Ok(reading!(self, db => sqlx::query_as(
            "SELECT name, partner FROM taxii_users WHERE gone_at IS NULL ORDER BY name")
            .fetch_all(db).await?))
    }

    /// The user of this name.
    pub async fn taxii_user(&self, name: &str, now: Timestamp) -> Result<Option<TaxiiUser>> {
        let name = name.replace('\0', "\u{fffd}");
        let row: Option<UserRow> = reading!(self, db => sqlx::query_as(
            "SELECT name, password_hash, partner FROM taxii_users
             WHERE name = $1 AND gone_at IS NULL")
            .bind(&name)
            .fetch_optional(db).await?);
        let Some(row) = row else { return Ok(None) };
        let mut user = TaxiiUser { name: row.name, password_hash: row.password_hash, viewer: None };
        if row.partner.is_some() {
            let columns: Option<Columns> = reading!(self, db => sqlx::query_as(
                "SELECT u.partner, p.category, p.standing, p.standing_until, u.role,
                        $2 AS scopes, CAST(NULL AS BIGINT) AS expires_at,
                        CAST(NULL AS BIGINT) AS user_id, CAST(NULL AS BIGINT) AS maker,
                        CAST(NULL AS TEXT) AS email,
                        (SELECT string_agg(m.group_slug, ' ') FROM group_members m
                         WHERE m.partner = u.partner) AS groups
                 FROM taxii_users u JOIN partners p ON p.slug = u.partner WHERE u.name = $1")
                .bind(&name)
                // A program by another way in: what reaches a person only does not reach it.
                .bind(Scopes::all().to_string())
                .fetch_optional(db).await?);
            user.viewer = columns.map(|columns| columns.viewer(now)).transpose()?;
        }
        Ok(Some(user))
    }
}

#[derive(sqlx::FromRow)]
struct UserRow {
    name: String,
    password_hash: String,
    partner: Option<String>,
}
