//! Opinions: one partner's answer to one criterion, with evidence.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::criterion::Criterion;
use crate::family::{FamilyId, Platform};
use crate::partner::PartnerSlug;

/// The id of an opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OpinionId(pub Uuid);

impl fmt::Display for OpinionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which side an opinion takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stance {
    /// The criterion holds.
    Holds,
    /// It does not.
    DoesNot,
    /// The partner looked and cannot say; counts on no side.
    CannotSay,
    /// The partner leaves the question to others, and takes back what it said before.
    Abstains,
}

impl Stance {
    /// Every stance, in the order shown.
    pub const ALL: [Self; 4] = [Self::Holds, Self::DoesNot, Self::CannotSay, Self::Abstains];

    /// The word used in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::DoesNot => "does_not",
            Self::CannotSay => "cannot_say",
            Self::Abstains => "abstains",
        }
    }
}

/// A word that is not a stance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown stance {0:?}: expected holds, does_not, cannot_say or abstains")]
pub struct UnknownStance(pub String);

impl FromStr for Stance {
    type Err = UnknownStance;

    fn from_str(word: &str) -> Result<Self, UnknownStance> {
        Self::ALL
            .into_iter()
            .find(|stance| stance.as_str() == word)
            .ok_or_else(|| UnknownStance(word.to_owned()))
    }
}

/// What a piece of evidence points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// A sample, by its SHA-256.
    Sample,
    /// A capability seen in a sample, by its id.
    Capability,
    /// A public page.
    Url,
    /// The partner's own words.
    Note,
}

impl EvidenceKind {
    /// Every kind, in the order shown.
    pub const ALL: [Self; 4] = [Self::Sample, Self::Capability, Self::Url, Self::Note];

    /// The word used in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            Self::Capability => "capability",
            Self::Url => "url",
            Self::Note => "note",
        }
    }
}

/// A word that is not a kind of evidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown evidence kind {0:?}: expected sample, capability, url or note")]
pub struct UnknownEvidenceKind(pub String);

impl FromStr for EvidenceKind {
    type Err = UnknownEvidenceKind;

    fn from_str(word: &str) -> Result<Self, UnknownEvidenceKind> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| UnknownEvidenceKind(word.to_owned()))
    }
}

/// One piece of evidence for an opinion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpinionEvidence {
    /// What it points at.
    pub kind: EvidenceKind,
    /// The hash, id, address or words.
    pub value: String,
    /// Where in it, such as a class of a sample or a heading of a page.
    #[serde(default)]
    pub place: Option<String>,
}

/// What an opinion speaks of. Rule version 1 ignores it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Only this platform.
    #[serde(default)]
    pub platform: Option<Platform>,
    /// Only these versions: a range such as `>=3,<5`, see [`crate::consensus::versions`].
    #[serde(default)]
    pub versions: Option<String>,
    /// Only what was seen from this day on.
    #[serde(default)]
    pub from: Option<Date>,
    /// Only what was seen up to this day.
    #[serde(default)]
    pub to: Option<Date>,
}

/// One partner's answer to one criterion about one family.
///
/// The order of these fields is the canonical form that verdicts hash: see
/// [`crate::verdict::opinions_sha256`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinion {
    /// Its id.
    pub id: OpinionId,
    /// Whose it is.
    pub partner: PartnerSlug,
    /// About whom.
    pub family: FamilyId,
    /// Which question.
    pub criterion: Criterion,
    /// The answer.
    pub stance: Stance,
    /// At least one piece, but for an abstention.
    pub evidence: Vec<OpinionEvidence>,
    /// What it speaks of.
    pub scope: Scope,
    /// The partner's reasoning.
    pub note: Option<String>,
    /// When it was given; the store keeps microseconds.
    pub given_at: Timestamp,
    /// The day from which it no longer counts; without one, [`TERM_MONTHS`] after it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
}

/// How long an opinion counts that names no day of its own: apps change, and so do those who
/// looked. From rule version 2 on.
pub const TERM_MONTHS: i32 = 24;

impl Opinion {
    /// The day from which it no longer counts.
    pub fn counts_until(&self) -> Date {
        let given = self.given_at.to_zoned(TimeZone::UTC).date();
        self.expires.unwrap_or_else(|| given.saturating_add(TERM_MONTHS.months()))
    }
}
