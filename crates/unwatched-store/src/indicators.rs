//! Indicators, one row per statement of one source: provenance is never merged.

use jiff::Timestamp;
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{Indicator, IndicatorKind};
use unwatched_model::partner::PartnerSlug;

use crate::{Result, Store, StoreError};

/// What became of an indicator that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddedIndicator {
    /// Its id, of the row that was there already when it is not new.
    pub id: i64,
    /// Whether it was not there before.
    pub new: bool,
}

/// An indicator as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndicatorRow {
    /// Its id.
    pub id: i64,
    /// The statement, its value as written.
    pub indicator: Indicator,
    /// The value in the form compared.
    pub normalised: String,
    /// The field of a list it came from, such as `c2.ip`; `None` from a partner.
    pub field: Option<String>,
    /// Where it stood in that field; `None` from a partner.
    pub position: Option<u32>,
    /// The partner who added it; `None` from a list.
    pub by: Option<PartnerSlug>,
    /// When.
    pub added_at: Timestamp,
}

impl Store {
    /// Adds one source's statement. The same family, kind, normalised value, role and source is
    /// the same row. `NotFound` when the family is unknown, `Invalid` when the value is none of
    /// its kind.
    pub async fn add_indicator(
        &self,
        indicator: &Indicator,
        by: &PartnerSlug,
        now: Timestamp,
    ) -> Result<AddedIndicator> {
        let _ = (indicator, by, now);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// What is said of one family, in the order added.
    pub async fn indicators_of(&self, family: &FamilyId) -> Result<Vec<IndicatorRow>> {
        let _ = family;
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Everything, in the order added.
    pub async fn all_indicators(&self) -> Result<Vec<IndicatorRow>> {
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Every statement about one normalised value, of one kind or of any.
    pub async fn indicators_matching(
        &self,
        kind: Option<IndicatorKind>,
        normalised: &str,
    ) -> Result<Vec<IndicatorRow>> {
        let _ = (kind, normalised);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }
}
