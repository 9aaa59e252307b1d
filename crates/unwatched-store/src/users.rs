//! People of partners and their password hashes. Hashing is the exchange's business.

use std::fmt;

use jiff::Timestamp;
use serde_json::json;
use unwatched_model::partner::{PartnerSlug, UserRole};

use crate::columns::{SHORT_BYTES, explained, key, micros, read, text, time};
use crate::engine::{Tx, reading, within};
use crate::{Actor, Result, Store, StoreError, audit};

/// The id of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(pub i64);

/// A user to be added.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Whose.
    pub partner: PartnerSlug,
    /// Compared without regard to case.
    pub email: String,
    /// What they may do.
    pub role: UserRole,
    /// The password's hash in its text form.
    pub password_hash: String,
}

/// A user.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// Whose.
    pub partner: PartnerSlug,
    /// As written when added.
    pub email: String,
    /// What they may do.
    pub role: UserRole,
    /// The password's hash in its text form.
    pub password_hash: String,
    /// Whether they were shut out.
    pub disabled: bool,
    /// When they were added.
    pub added_at: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, partner, email, role, password_hash, disabled_at, added_at FROM users ",
            $rest
        )
    };
}

impl Store {
    /// Adds a user; `Conflict` when the address is taken, `NotFound` when the partner is unknown.
    pub async fn add_user(&self, user: &NewUser, by: &Actor, now: Timestamp) -> Result<UserId> {
        let email = text(user.email.trim(), "the address", SHORT_BYTES)?;
        let hash = text(&user.password_hash, "the password's hash", SHORT_BYTES)?;
        let mut tx = self.begin().await?;
        let id: Option<i64> = within!(&mut tx, db => sqlx::query_scalar(
            "INSERT INTO users (partner, email, email_key, role, password_hash, added_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (email_key) DO NOTHING RETURNING id")
            .bind(user.partner.as_str())
            .bind(email)
            .bind(key(email))
            .bind(user.role.as_str())
            .bind(hash)
            .bind(micros(now))
            .fetch_optional(db).await
            .map_err(|error| explained(error, || format!("partner: {}", user.partner)))?);
        let id = id.ok_or_else(|| {
            StoreError::Conflict("there is already a user with this address".to_owned())
        })?;
        let detail = json!({ "partner": user.partner, "role": user.role });
        audit::append(&mut tx, &by.did("user.add", "user", id, detail), now).await?;
        tx.commit().await?;
        Ok(UserId(id))
    }

    /// The user with this address, whatever its case.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>> {
        let row: Option<Row> = reading!(self, db => sqlx::query_as(
            select!("WHERE email_key = $1"))
            .bind(key(&email.replace('\0', "\u{fffd}")))
            .fetch_optional(db).await?);
        row.map(user).transpose()
    }

    /// A partner's people, or everybody's, by id.
    pub async fn users(&self, partner: Option<&PartnerSlug>) -> Result<Vec<User>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(
            select!("WHERE $1 IS NULL OR partner = $1 ORDER BY id"))
            .bind(partner.map(PartnerSlug::as_str))
            .fetch_all(db).await?);
        rows.into_iter().map(user).collect()
    }

    /// Shuts a person out: signed out everywhere, and the keys they made withdrawn, for they may
    /// know them. Says how many keys that were; `NotFound` when there is no such person.
    pub async fn disable_user(&self, id: UserId, by: &Actor, now: Timestamp) -> Result<u64> {
        let mut tx = self.begin().await?;
        let done = within!(&mut tx, db => sqlx::query(
            "UPDATE users SET disabled_at = COALESCE(disabled_at, $2) WHERE id = $1")
            .bind(id.0)
            .bind(micros(now))
            .execute(db).await?.rows_affected());
        if done == 0 {
            return Err(StoreError::NotFound(format!("user: {}", id.0)));
        }
        let withdrawn = begin_anew(&mut tx, id, now).await?;
        let line = by.did("user.disable", "user", id.0, json!({ "keys": withdrawn }));
        audit::append(&mut tx, &line, now).await?;
        tx.commit().await?;
        Ok(withdrawn)
    }

    /// Gives a person another role. They sign in anew, and the keys they made under the old one
    /// are withdrawn; says how many.
    pub async fn set_user_role(
        &self,
        id: UserId,
        role: UserRole,
        by: &Actor,
        now: Timestamp,
    ) -> Result<u64> {
        let mut tx = self.begin().await?;
        let done = within!(&mut tx, db => sqlx::query(
            "UPDATE users SET role = $2 WHERE id = $1")
            .bind(id.0)
            .bind(role.as_str())
            .execute(db).await?.rows_affected());
        if done == 0 {
            return Err(StoreError::NotFound(format!("user: {}", id.0)));
        }
        let withdrawn = begin_anew(&mut tx, id, now).await?;
        let detail = json!({ "role": role, "keys": withdrawn });
        audit::append(&mut tx, &by.did("user.role", "user", id.0, detail), now).await?;
        tx.commit().await?;
        Ok(withdrawn)
    }
}

/// Ends a person's sessions and the keys they made.
async fn begin_anew(tx: &mut Tx, id: UserId, now: Timestamp) -> Result<u64> {
    within!(tx, db => sqlx::query("DELETE FROM sessions WHERE user_id = $1")
        .bind(id.0)
        .execute(db).await?.rows_affected());
    Ok(within!(tx, db => sqlx::query(
        "UPDATE tokens SET revoked_at = $2 WHERE made_by = $1 AND revoked_at IS NULL")
        .bind(id.0)
        .bind(micros(now))
        .execute(db).await?.rows_affected()))
}

/// Without the password's hash: what is debugged may be logged.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("partner", &self.partner)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

type Row = (i64, String, String, String, String, Option<i64>, i64);

fn user((id, partner, email, role, password_hash, disabled_at, added_at): Row) -> Result<User> {
    Ok(User {
        id: UserId(id),
        partner: read(&partner)?,
        email,
        role: read(&role)?,
        password_hash,
        disabled: disabled_at.is_some(),
        added_at: time(added_at)?,
    })
}
