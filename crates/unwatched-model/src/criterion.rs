//! The Coalition's published criteria, and our eighth.
//!
//! Their wording for people is data: `catalogue/criteria.toml`.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// One question that partners answer about a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// Marketed for covert surveillance.
    MarketedCovertly,
    /// Tracks, records or remotely controls without continuous consent or knowledge.
    Tracks,
    /// Hides itself: no icon, false name, no notification.
    HidesItself,
    /// Resists removal.
    ResistsRemoval,
    /// Sends what it collects to somebody else.
    Exfiltrates,
    /// Is offered to individuals.
    OfferedToIndividuals,
    /// Requires protection to be switched off.
    RequiresProtectionOff,
    /// Has a legitimate main purpose (ours, beside the Coalition's seven).
    LegitimateMainPurpose,
}

impl Criterion {
    /// Every criterion, in the order published.
    pub const ALL: [Self; 8] = [
        Self::MarketedCovertly,
        Self::Tracks,
        Self::HidesItself,
        Self::ResistsRemoval,
        Self::Exfiltrates,
        Self::OfferedToIndividuals,
        Self::RequiresProtectionOff,
        Self::LegitimateMainPurpose,
    ];

    /// The id used in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MarketedCovertly => "marketed_covertly",
            Self::Tracks => "tracks",
            Self::HidesItself => "hides_itself",
            Self::ResistsRemoval => "resists_removal",
            Self::Exfiltrates => "exfiltrates",
            Self::OfferedToIndividuals => "offered_to_individuals",
            Self::RequiresProtectionOff => "requires_protection_off",
            Self::LegitimateMainPurpose => "legitimate_main_purpose",
        }
    }

    /// The question and its explanation, from `catalogue/criteria.toml`.
    pub fn wording(self) -> &'static Wording {
        let entry = WORDINGS.iter().find(|(criterion, _)| *criterion == self);
        &entry.expect("a test holds the catalogue complete").1
    }
}

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is not a criterion.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown criterion {0:?}: expected one of marketed_covertly, tracks, hides_itself, resists_removal, exfiltrates, offered_to_individuals, requires_protection_off, legitimate_main_purpose"
)]
pub struct UnknownCriterion(pub String);

impl FromStr for Criterion {
    type Err = UnknownCriterion;

    fn from_str(word: &str) -> Result<Self, UnknownCriterion> {
        Self::ALL
            .into_iter()
            .find(|criterion| criterion.as_str() == word)
            .ok_or_else(|| UnknownCriterion(word.to_owned()))
    }
}

/// How a criterion is put to people.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// A short title, such as "hides itself".
    pub title: String,
    /// The question an analyst answers.
    pub question: String,
    /// What counts as evidence for it.
    pub evidence: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CriteriaFile {
    criterion: Vec<CriterionEntry>,
}

#[derive(Deserialize)]
struct CriterionEntry {
    id: Criterion,
    #[serde(flatten)]
    wording: Wording,
}

static WORDINGS: LazyLock<Vec<(Criterion, Wording)>> = LazyLock::new(|| {
    let file: CriteriaFile = toml::from_str(include_str!("../../../catalogue/criteria.toml"))
        .expect("catalogue/criteria.toml is held readable by a test");
    file.criterion.into_iter().map(|entry| (entry.id, entry.wording)).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_words_every_criterion_once_and_in_order() {
        let listed: Vec<_> = WORDINGS.iter().map(|(criterion, _)| *criterion).collect();
        assert_eq!(listed, Criterion::ALL);
    }

    #[test]
    fn ids_round_trip() {
        for criterion in Criterion::ALL {
            assert_eq!(criterion.as_str().parse(), Ok(criterion));
        }
    }
}
