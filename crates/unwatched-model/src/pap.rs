//! Permissible Actions Protocol: what may be done with something, beside how far it may travel.
//!
//! Labels as the MISP taxonomy `PAP` has them, `CLEAR` standing for its `WHITE`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A PAP label, ordered from the most to the least permissive.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub enum Pap {
    /// No limit.
    Clear,
    /// Active measures, such as blocking; what a public release is.
    #[default]
    Green,
    /// Only what the other side cannot notice, such as asking a third party.
    Amber,
    /// Only what stays inside: nothing that anybody outside could notice.
    Red,
}

impl Pap {
    /// Every label, from the most permissive.
    pub const ALL: [Self; 4] = [Self::Clear, Self::Green, Self::Amber, Self::Red];

    /// The label, without the `PAP:` prefix.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clear => "CLEAR",
            Self::Green => "GREEN",
            Self::Amber => "AMBER",
            Self::Red => "RED",
        }
    }
}

impl fmt::Display for Pap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is not a PAP label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown PAP label {0:?}: expected CLEAR, GREEN, AMBER or RED")]
pub struct UnknownPap(pub String);

impl FromStr for Pap {
    type Err = UnknownPap;

    fn from_str(text: &str) -> Result<Self, UnknownPap> {
        let upper = text.to_ascii_uppercase();
        let label = upper.strip_prefix("PAP:").unwrap_or(&upper);
        let label = if label == "WHITE" { "CLEAR" } else { label };
        Self::ALL
            .into_iter()
            .find(|pap| pap.as_str() == label)
            .ok_or_else(|| UnknownPap(text.to_owned()))
    }
}

impl TryFrom<String> for Pap {
    type Error = UnknownPap;

    fn try_from(text: String) -> Result<Self, UnknownPap> {
        text.parse()
    }
}

impl From<Pap> for String {
    fn from(pap: Pap) -> String {
        pap.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_round_trip_with_or_without_prefix() {
        for pap in Pap::ALL {
            assert_eq!(pap.as_str().parse(), Ok(pap));
            assert_eq!(format!("pap:{}", pap.as_str().to_lowercase()).parse(), Ok(pap));
        }
        assert_eq!("PAP:WHITE".parse(), Ok(Pap::Clear));
        assert!("BLUE".parse::<Pap>().is_err());
    }
}
