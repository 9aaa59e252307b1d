//! What a family is: the classes a verdict can give and a source can attribute.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The class of a family. Stalkerware hides; watchware monitors openly; dual-use apps are
/// legitimate apps that can be turned against somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Holds the criteria of the Coalition's definition.
    Stalkerware,
    /// Monitors, but openly.
    Watchware,
    /// Has a legitimate main purpose and can be turned against somebody.
    DualUse,
    /// Partners or sources disagree, and the disagreement changes the class.
    Disputed,
    /// Not enough opinions. Never released unless a source attributed a class.
    Undecided,
}

impl Class {
    /// The word used in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stalkerware => "stalkerware",
            Self::Watchware => "watchware",
            Self::DualUse => "dual_use",
            Self::Disputed => "disputed",
            Self::Undecided => "undecided",
        }
    }

    /// The class under which a family is released: the coalition's verdict, unless it is
    /// undecided; then what sources attributed. `None` means: not released.
    pub fn released(verdict: Self, attributed: &[Attribution]) -> Option<Self> {
        if verdict != Self::Undecided {
            return Some(verdict);
        }
        let first = attributed.first()?.class;
        let agree = attributed.iter().all(|a| a.class == first);
        let class = if agree { first } else { Self::Disputed };
        (class != Self::Undecided).then_some(class)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is not a class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown class {0:?}: expected stalkerware, watchware, dual_use, disputed or undecided")]
pub struct UnknownClass(pub String);

impl FromStr for Class {
    type Err = UnknownClass;

    fn from_str(word: &str) -> Result<Self, UnknownClass> {
        [Self::Stalkerware, Self::Watchware, Self::DualUse, Self::Disputed, Self::Undecided]
            .into_iter()
            .find(|class| class.as_str() == word)
            .ok_or_else(|| UnknownClass(word.to_owned()))
    }
}

/// "Listed by SOURCE as CLASS, not judged by the coalition."
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Attribution {
    /// The list that says so, for example `stalkerware-indicators/ioc.yaml`.
    pub source: String,
    /// The class it gives.
    pub class: Class,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(verdict: Class, attributed: &[Class], expected: Option<Class>) {
        let attributed: Vec<_> = attributed
            .iter()
            .enumerate()
            .map(|(n, &class)| Attribution { source: format!("list {n}"), class })
            .collect();
        assert_eq!(Class::released(verdict, &attributed), expected);
    }

    #[test]
    fn a_verdict_replaces_what_sources_say() {
        check(Class::Watchware, &[Class::Stalkerware], Some(Class::Watchware));
        check(Class::Disputed, &[Class::Stalkerware], Some(Class::Disputed));
    }

    #[test]
    fn undecided_falls_back_to_sources_and_else_is_not_released() {
        check(Class::Undecided, &[Class::Stalkerware], Some(Class::Stalkerware));
        check(Class::Undecided, &[], None);
    }

    #[test]
    fn sources_that_disagree_give_disputed() {
        check(Class::Undecided, &[Class::Stalkerware, Class::Watchware], Some(Class::Disputed));
    }
}
