//! Verdicts: the coalition's word on a family, recomputable from its opinions.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256 as Hasher};

use crate::class::{Attribution, Class};
use crate::criterion::Criterion;
use crate::digest::Sha256;
use crate::family::FamilyId;
use crate::opinion::{Opinion, OpinionId};

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
    /// Every criterion, in the order published.
    pub criteria: Vec<CriterionCount>,
    /// The opinions that counted, by id, sorted.
    pub opinions: Vec<OpinionId>,
    /// The digest of those opinions, see [`opinions_sha256`].
    pub opinions_sha256: Sha256,
    /// What sources say, beside the coalition's word.
    pub attributed: Vec<Attribution>,
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
