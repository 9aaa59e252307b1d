//! Bearer tokens. Only a token's SHA-256 is kept.

use jiff::Timestamp;
use unwatched_model::digest::Sha256;
use unwatched_model::partner::{PartnerSlug, UserRole};

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
        let _ = (token, now);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Who may act with this token.
    pub async fn viewer_by_token(&self, sha256: &Sha256, now: Timestamp) -> Result<Option<Viewer>> {
        let _ = (sha256, now);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }
}
