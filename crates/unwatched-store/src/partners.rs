//! Partners of the coalition.

use jiff::Timestamp;
use unwatched_model::partner::{PartnerCategory, PartnerSlug};

use crate::{Result, Store, StoreError};

/// A partner to be added.
#[derive(Debug, Clone)]
pub struct NewPartner {
    /// Its short name.
    pub slug: PartnerSlug,
    /// Its name.
    pub name: String,
    /// What kind of organisation it is.
    pub category: PartnerCategory,
}

/// A partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// Its short name.
    pub slug: PartnerSlug,
    /// Its name.
    pub name: String,
    /// What kind of organisation it is.
    pub category: PartnerCategory,
    /// When it joined.
    pub added_at: Timestamp,
}

impl Store {
    /// Adds a partner; `Conflict` when the slug is taken.
    pub async fn add_partner(&self, partner: &NewPartner, now: Timestamp) -> Result<()> {
        let _ = (partner, now);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// One partner.
    pub async fn partner(&self, slug: &PartnerSlug) -> Result<Option<Partner>> {
        let _ = slug;
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Every partner, by slug.
    pub async fn partners(&self) -> Result<Vec<Partner>> {
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }
}
