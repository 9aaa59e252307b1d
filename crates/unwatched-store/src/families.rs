//! Families, their other names, and the classes that sources attribute to them.

use jiff::Timestamp;
use unwatched_model::class::Attribution;
use unwatched_model::family::{Family, FamilyId, Platform};

use crate::{Result, Store, StoreError};

/// A family to be created.
#[derive(Debug, Clone)]
pub struct NewFamily {
    /// The name people use.
    pub name: String,
    /// Other names, in order.
    pub aliases: Vec<String>,
    /// Where it runs.
    pub platform: Option<Platform>,
}

/// A family and what sources say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyRow {
    /// The family.
    pub family: Family,
    /// What sources attribute, sorted.
    pub attributed: Vec<Attribution>,
    /// When the store first knew it.
    pub added_at: Timestamp,
}

impl Store {
    /// Creates a family under a slug made from its name, numbered when the slug is taken.
    /// `Conflict` when a family of exactly this name exists, whatever its case.
    pub async fn create_family(&self, family: &NewFamily, now: Timestamp) -> Result<FamilyId> {
        let _ = (family, now);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// One family.
    pub async fn family(&self, id: &FamilyId) -> Result<Option<FamilyRow>> {
        let _ = id;
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// A page of families by id, after the one given.
    pub async fn families(&self, after: Option<&FamilyId>, limit: u32) -> Result<Vec<FamilyRow>> {
        let _ = (after, limit);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Every family by id.
    pub async fn all_families(&self) -> Result<Vec<FamilyRow>> {
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }
}
