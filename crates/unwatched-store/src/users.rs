//! People of partners and their password hashes. Hashing is the exchange's business.

use std::fmt;

use jiff::Timestamp;
use unwatched_model::partner::{PartnerSlug, UserRole};

use crate::columns::{SHORT_BYTES, explained, key, micros, read, text};
use crate::engine::{reading, writing};
use crate::{Result, Store, StoreError};

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
}

impl Store {
    /// Adds a user; `Conflict` when the address is taken, `NotFound` when the partner is unknown.
    pub async fn add_user(&self, user: &NewUser, now: Timestamp) -> Result<UserId> {
        let email = text(user.email.trim(), "the address", SHORT_BYTES)?;
        let hash = text(&user.password_hash, "the password's hash", SHORT_BYTES)?;
        let id: Option<i64> = writing!(self, db => sqlx::query_scalar(
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
        id.map(UserId).ok_or_else(|| {
            StoreError::Conflict("there is already a user with this address".to_owned())
        })
    }

    /// The user with this address, whatever its case.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>> {
        let row: Option<Row> = reading!(self, db => sqlx::query_as(
            "SELECT id, partner, email, role, password_hash FROM users WHERE email_key = $1")
            .bind(key(&email.replace('\0', "\u{fffd}")))
            .fetch_optional(db).await?);
        row.map(user).transpose()
    }
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

type Row = (i64, String, String, String, String);

fn user((id, partner, email, role, password_hash): Row) -> Result<User> {
    Ok(User { id: UserId(id), partner: read(&partner)?, email, role: read(&role)?, password_hash })
}
