//! STIX 2.1 bundles, from families and their indicators.
//!
//! Two dialects: what MVT reads, and what the standard's own validator takes. Both say the same of
//! the same rows under the same ids.
//!
//! Ids are UUIDv5 of what an object is about, and times are passed in: the same rows give the same
//! bytes, and an unchanged indicator stays the same object from release to release. Which rows may
//! be seen (TLP, samples, classes) is decided before they come here.

mod ids;
mod markings;
mod mvt;
mod objects;
mod pattern;
mod pattern_read;
mod strict;
mod words;

use jiff::Timestamp;
use unwatched_model::class::{Attribution, Class};
use unwatched_model::family::Family;
use unwatched_model::indicator::Indicator;

pub use ids::{malware_id, partner_id};
pub use markings::Marked;
pub use mvt::mvt_bundle;
pub use objects::marking_id;
pub use pattern_read::{Comparison, PatternProblem, comparisons};
pub use strict::{STRICT_FILE_NAME, strict_bundle};

/// A family and what it is recognised by.
#[derive(Debug, Clone, Copy)]
pub struct StixFamily<'a> {
    /// The family.
    pub family: &'a Family,
    /// The class it is released under.
    pub class: Class,
    /// Whether that is the coalition's verdict.
    pub judged: bool,
    /// What sources say of it.
    pub attributed: &'a [Attribution],
    /// When it was first known here.
    pub created: Timestamp,
    /// When its name, aliases or class last changed.
    pub modified: Timestamp,
    /// Its indicators, in the order to be written.
    pub indicators: &'a [StixIndicator<'a>],
}

/// An indicator and since when it is known here.
#[derive(Debug, Clone, Copy)]
pub struct StixIndicator<'a> {
    /// The indicator.
    pub indicator: &'a Indicator,
    /// When it was added.
    pub added: Timestamp,
}

/// A rendered bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StixBundle {
    /// The JSON.
    pub bytes: Vec<u8>,
    /// How many indicator objects it holds.
    pub indicators: usize,
    /// What the dialect cannot express; empty means that everything is in.
    pub left_out: Vec<LeftOut>,
}

/// An indicator that is not in the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The indicator.
    pub indicator: Indicator,
    /// Why it is not.
    pub why: String,
}
