//! Who votes: what the rule knows of the partners, and whose opinions it sets aside.

use jiff::civil::Date;

use crate::class::Attribution;
use crate::family::FamilyId;
use crate::opinion::Opinion;
use crate::partner::{PartnerCategory, PartnerSlug, Standing};
use crate::verdict::{Exclusion, Relative, Voter};

/// Everything that a verdict on a family is computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judging {
    /// About whom.
    pub family: FamilyId,
    /// What partners said, superseded opinions included.
    pub opinions: Vec<Opinion>,
    /// What sources say.
    pub attributed: Vec<Attribution>,
    /// Those who gave the opinions.
    pub voters: Vec<VoterFacts>,
    /// The day for which it is judged.
    pub as_of: Date,
}

/// What is known of a partner at the time of judging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoterFacts {
    /// Which.
    pub partner: PartnerSlug,
    /// What kind of organisation it is.
    pub category: PartnerCategory,
    /// Where it stands.
    pub standing: Standing,
    /// The first of its owner's partners, itself perhaps, when the owner has several.
    pub related_to: Option<Relative>,
    /// Whether its business bears on its opinions in general.
    pub conflict: bool,
    /// Whether it does on this family.
    pub conflict_with_family: bool,
}

impl From<&VoterFacts> for Voter {
    /// A partner that left keeps its word until its opinions expire: what it showed is still there
    /// to be read, and a farewell must not take a family off every checker's list. One that is
    /// suspended has no say while it is.
    fn from(facts: &VoterFacts) -> Self {
        let excluded = if facts.conflict {
            Some(Exclusion::ConflictOfInterest)
        } else if facts.conflict_with_family {
            Some(Exclusion::ConflictWithFamily)
        } else if facts.standing == Standing::Suspended {
            Some(Exclusion::Suspended)
        } else {
            None
        };
        Self {
            partner: facts.partner.clone(),
            category: facts.category,
            related_to: facts.related_to.clone(),
            excluded,
        }
    }
}

impl Voter {
    /// Somebody of whom nothing is known has no say.
    pub(super) fn unknown(partner: &PartnerSlug) -> Self {
        Self {
            partner: partner.clone(),
            category: PartnerCategory::Other,
            related_to: None,
            excluded: Some(Exclusion::Unknown),
        }
    }

    /// Whose voice it is a part of: its owner's, or its own.
    pub fn voice(&self) -> (&PartnerSlug, PartnerCategory) {
        let own = (&self.partner, self.category);
        self.related_to.as_ref().map_or(own, |first| (&first.partner, first.category))
    }
}
