//! Verdicts: the coalition's word on a family, recomputable from its opinions.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256 as Hasher};

use crate::class::{Attribution, Class};
use crate::criterion::Criterion;
use crate::digest::Sha256;
use crate::family::{FamilyId, Platform};
use crate::opinion::{Opinion, OpinionId};
use crate::partner::{PartnerCategory, PartnerSlug};

/// Where a criterion stands among the partners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CriterionState {
    /// Enough partners say it holds.
    Holds,
    /// Enough partners say it does not.
    Denied,
    /// At least two stand on each side.
    Contested,
    /// Not enough has been said.
    Open,
}

impl CriterionState {
    /// The word used in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Denied => "denied",
            Self::Contested => "contested",
            Self::Open => "open",
        }
    }
}

/// One criterion's count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CriterionCount {
    /// Which.
    pub id: Criterion,
    /// Where it stands.
    pub state: CriterionState,
    /// Partners whose latest opinion says it holds.
    pub holds: u32,
    /// Partners whose latest opinion says it does not.
    pub does_not: u32,
    /// Partners who looked and cannot say.
    pub cannot_say: u32,
    /// Partners who leave the question to others.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub abstains: u32,
    /// Owners whose partners stand on both sides, and who therefore count on neither.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub split: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Why a partner's opinions do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// Its business bears on such opinions, as it declared or as was decided.
    ConflictOfInterest,
    /// The same, about this family.
    ConflictWithFamily,
    /// It is shut out for the time being.
    Suspended,
    /// Nothing is known of it.
    Unknown,
}

impl Exclusion {
    /// The word used in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConflictOfInterest => "conflict_of_interest",
            Self::ConflictWithFamily => "conflict_with_family",
            Self::Suspended => "suspended",
            Self::Unknown => "unknown",
        }
    }
}

/// The partner of an owner that joined first: all of the owner's partners together are one voice,
/// of its category.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Relative {
    /// Its short name.
    pub partner: PartnerSlug,
    /// Its category.
    pub category: PartnerCategory,
}

/// What the rule knew of a partner whose opinions it read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voter {
    /// Whose opinions.
    pub partner: PartnerSlug,
    /// What kind of organisation it is.
    pub category: PartnerCategory,
    /// Under one owner with others: the first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub related_to: Option<Relative>,
    /// Why its opinions do not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded: Option<Exclusion>,
}

/// What was judged by itself, because opinions speak of a platform, of versions or of a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeVerdict {
    /// Which platform; without one, every platform that no other entry names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Which versions, such as `>=3,<5`; without it, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<String>,
    /// Seen from this day on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Seen up to this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// The class of this part.
    pub class: Class,
    /// Every criterion, in the order published.
    pub criteria: Vec<CriterionCount>,
}

/// The coalition's word on a family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// About whom.
    pub family: FamilyId,
    /// The class by the coalition's own opinions; `undecided` without a quorum.
    pub class: Class,
    /// Which version of the rule.
    pub rule_version: u32,
    /// Every criterion, in the order published; where parts were judged, that of the part whose
    /// class this is.
    pub criteria: Vec<CriterionCount>,
    /// The opinions that it was computed from, by id, sorted: each partner's latest. Those of
    /// excluded partners and expired ones are among them, and marked.
    pub opinions: Vec<OpinionId>,
    /// The digest of those opinions, see [`opinions_sha256`].
    pub opinions_sha256: Sha256,
    /// What sources say, beside the coalition's word.
    pub attributed: Vec<Attribution>,
    /// The day for which it was computed. Version 1 knew no time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// What was known of those who gave the opinions, by partner.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub voters: Vec<Voter>,
    /// The parts that were judged by themselves; none where every opinion speaks of everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<ScopeVerdict>,
    /// Of the opinions, those whose time was over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expired: Vec<OpinionId>,
    /// Of the opinions, those whose version range nobody could read: they counted for every version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread_versions: Vec<OpinionId>,
}

impl Verdict {
    /// Whether two verdicts say the same, computed on whichever day.
    pub fn says_the_same(&self, other: &Self) -> bool {
        Self { as_of: None, ..self.clone() } == Self { as_of: None, ..other.clone() }
    }

    /// Why a partner's opinions did not count, if they did not.
    pub fn excluded(&self, partner: &PartnerSlug) -> Option<Exclusion> {
        self.voters.iter().find(|voter| voter.partner == *partner)?.excluded
    }
}

/// The SHA-256 over opinions, sorted by id, each as one line of JSON with the fields in the order
/// of [`Opinion`], ended by a line feed.
pub fn opinions_sha256<'a>(opinions: impl IntoIterator<Item = &'a Opinion>) -> Sha256 {
    let mut sorted: Vec<_> = opinions.into_iter().collect();
    sorted.sort_by_key(|opinion| opinion.id);
    let mut hasher = Hasher::new();
    for opinion in sorted {
        let line = serde_json::to_vec(opinion).expect("an opinion is plain data");
        hasher.update(&line);
        hasher.update(b"\n");
    }
    Sha256(hasher.finalize().into())
}
