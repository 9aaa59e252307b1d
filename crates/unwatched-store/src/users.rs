//! People of partners and their password hashes. Hashing is the exchange's business.

use jiff::Timestamp;
use unwatched_model::partner::{PartnerSlug, UserRole};

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
        let _ = (user, now);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// The user with this address, whatever its case.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>> {
        let _ = email;
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }
}
