//! Traffic Light Protocol 2.0 (FIRST): how far something may travel.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A TLP 2.0 label, ordered from the most to the least open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Tlp {
    /// May be published. The only label that reaches a public feed.
    Clear,
    /// The coalition and its communities.
    Green,
    /// A partner's organisation and its clients, on a need-to-know basis.
    Amber,
    /// A partner's organisation only.
    AmberStrict,
    /// The named recipients only.
    Red,
}

impl Tlp {
    /// Every label, from the most open.
    pub const ALL: [Self; 5] =
        [Self::Clear, Self::Green, Self::Amber, Self::AmberStrict, Self::Red];

    /// The label as TLP 2.0 writes it, without the `TLP:` prefix.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clear => "CLEAR",
            Self::Green => "GREEN",
            Self::Amber => "AMBER",
            Self::AmberStrict => "AMBER+STRICT",
            Self::Red => "RED",
        }
    }
}

impl fmt::Display for Tlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is not a TLP 2.0 label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown TLP label {0:?}: expected CLEAR, GREEN, AMBER, AMBER+STRICT or RED")]
pub struct UnknownTlp(pub String);

impl FromStr for Tlp {
    type Err = UnknownTlp;

    fn from_str(text: &str) -> Result<Self, UnknownTlp> {
        let upper = text.to_ascii_uppercase();
        let label = upper.strip_prefix("TLP:").unwrap_or(&upper);
        Self::ALL
            .into_iter()
            .find(|tlp| tlp.as_str() == label)
            .ok_or_else(|| UnknownTlp(text.to_owned()))
    }
}

impl TryFrom<String> for Tlp {
    type Error = UnknownTlp;

    fn try_from(text: String) -> Result<Self, UnknownTlp> {
        text.parse()
    }
}

impl From<Tlp> for String {
    fn from(tlp: Tlp) -> String {
        tlp.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_round_trip_with_or_without_prefix() {
        for tlp in Tlp::ALL {
            assert_eq!(tlp.as_str().parse(), Ok(tlp));
            assert_eq!(format!("tlp:{}", tlp.as_str().to_lowercase()).parse(), Ok(tlp));
        }
        assert!("WHITE".parse::<Tlp>().is_err(), "TLP 1.0 labels are not silently accepted");
    }
}
