//! Search: exact values first, then words. The same tokens on both engines, made here.

use unwatched_model::family::FamilyId;

use crate::{Result, Store, StoreError};

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HitKind {
    /// A family; its id is the slug.
    Family,
    /// A sample; its id is the SHA-256.
    Sample,
    /// An indicator; its id is the row's number.
    Indicator,
}

impl HitKind {
    /// The word used in interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Family => "family",
            Self::Sample => "sample",
            Self::Indicator => "indicator",
        }
    }
}

/// One thing found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What it is.
    pub kind: HitKind,
    /// Its id.
    pub id: String,
    /// How to show it.
    pub title: String,
    /// The family it is, or whose indicator it is.
    pub family: Option<FamilyId>,
}

/// A page of what was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchPage {
    /// Exact values first, then families, samples, indicators.
    pub results: Vec<Hit>,
    /// The cursor of the next page; `None` when this is the last.
    pub next: Option<String>,
}

impl Store {
    /// Finds what has exactly this value, then what holds every word of it (a word also by its
    /// beginning). A query without letters or digits finds nothing. `Invalid` when the cursor is
    /// not one of ours.
    pub async fn search(&self, q: &str, after: Option<&str>, limit: u32) -> Result<SearchPage> {
        let _ = (q, after, limit);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }
}
