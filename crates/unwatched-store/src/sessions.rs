//! Signed-in sessions. Only the SHA-256 of a session's id is kept.

use jiff::Timestamp;
use unwatched_model::digest::Sha256;
use unwatched_model::partner::{PartnerSlug, UserRole};

use crate::{Result, Store, StoreError, UserId};

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
        let _ = (id, user, now, expires);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Who this session belongs to; `None` when it is unknown, ended or expired.
    pub async fn session(&self, id: &Sha256, now: Timestamp) -> Result<Option<Viewer>> {
        let _ = (id, now);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Ends a session; nothing happens when there is none.
    pub async fn end_session(&self, id: &Sha256) -> Result<()> {
        let _ = id;
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Removes expired sessions and says how many there were.
    pub async fn purge_sessions(&self, now: Timestamp) -> Result<u64> {
        let _ = now;
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }
}
