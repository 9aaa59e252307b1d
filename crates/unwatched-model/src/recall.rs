//! A recall as it travels: what an earlier release listed by mistake, said with the next ones.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::indicator::IndicatorKind;

/// A value that an earlier release listed by mistake. Kind and family are words here: whoever
/// reads a release of a later exchange passes over what it does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recalled {
    /// The indicator's kind.
    pub kind: String,
    /// The value in the form compared.
    pub value: String,
    /// The id of the family it was listed for.
    pub family: String,
    /// When it was recalled.
    pub recalled: Timestamp,
    /// Why, in words for those who saw it.
    pub why: String,
}

impl Recalled {
    /// Its kind, where this version knows it.
    pub fn known_kind(&self) -> Option<IndicatorKind> {
        self.kind.parse().ok()
    }

    /// Whether the two are one mistake, whatever is said of it.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.kind, &self.value, &self.family) == (&other.kind, &other.value, &other.family)
    }
}
