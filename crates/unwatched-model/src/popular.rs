//! When a value that many people have may be released all the same: two partners that have
//! nothing to do with each other, of two kinds, confirm it, and a day passes.
//!
//! What makes a value popular is found by the exchange; a wrong one reaches every shelter.

use jiff::{SignedDuration, Timestamp};

use crate::partner::PartnerCategory;

/// How long after the second confirmation a popular value waits.
pub const WAITS: SignedDuration = SignedDuration::from_hours(24);

/// A partner says that a popular value belongs to a family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// Partners of one owner are one.
    pub owner: String,
    /// What kind of organisation it is.
    pub category: PartnerCategory,
    /// When.
    pub at: Timestamp,
}

/// Whether a popular value may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// Not yet two unrelated partners of two kinds.
    Lacks {
        /// How many unrelated partners have confirmed.
        partners: usize,
    },
    /// From this moment on.
    From(Timestamp),
}

impl Confirmed {
    /// Whether it may go out now.
    pub fn is_met(self, now: Timestamp) -> bool {
        matches!(self, Self::From(from) if from <= now)
    }
}

/// What the confirmations of one value for one family amount to.
pub fn confirmed(confirmations: &[Confirmation]) -> Confirmed {
    let second = confirmations.iter().filter(|later| {
        confirmations.iter().any(|earlier| {
            earlier.at <= later.at
                && earlier.owner != later.owner
                && earlier.category != later.category
        })
    });
    if let Some(at) = second.map(|confirmation| confirmation.at).min() {
        Confirmed::From(at.saturating_add(WAITS).unwrap_or(Timestamp::MAX))
    } else {
        let mut owners: Vec<_> = confirmations.iter().map(|one| &one.owner).collect();
        owners.sort();
        owners.dedup();
        Confirmed::Lacks { partners: owners.len() }
    }
}
