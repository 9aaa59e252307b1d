//! Closed lists: every word that a row's coded fields may hold. One list, one file, or a few that
//! belong together. Lists of others are named with their version.
//!
//! Not here: areas ([`crate::area`]), which have members.

mod collection;
mod countries;
mod families;
mod measures;
mod sdmx;
mod time;

pub use collection::{AreaAssignment, ClassOwner, CollectionMode, DenominatorKind};
pub use countries::Country;
pub use families::{FamilyLevel, Platform};
pub use measures::{
    CheckResult, CountKind, CrossCountry, DedupKey, DedupWindow, Measure, UnitOfCount,
};
pub use sdmx::{ConfStatus, ObsStatus};
pub use time::Granularity;

/// A word that stands in none of the lists it was read for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no {list}: one of {}", allowed.join(", "))]
pub struct UnknownCode {
    /// What was read, cut to 40 characters.
    pub found: String,
    /// Which list.
    pub list: &'static str,
    /// What it holds.
    pub allowed: Vec<&'static str>,
}

impl UnknownCode {
    pub(crate) fn new(found: &str, list: &'static str, allowed: Vec<&'static str>) -> Self {
        Self { found: found.chars().take(40).collect(), list, allowed }
    }
}

/// Declares a closed list: the enum, `ALL`, `as_str`, `FromStr`, `Display` and serde as its word.
macro_rules! closed_list {
    ($(#[$meta:meta])* $name:ident, $list:literal { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// Every entry, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used in rows, files and interfaces.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::code_lists::UnknownCode;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::code_lists::UnknownCode::new(text, $list, vec![$($word),+])),
                }
            }
        }
    };
}
pub(crate) use closed_list;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_of_others_have_their_length() {
        assert_eq!(ObsStatus::ALL.len(), 20, "CL_OBS_STATUS 2.2");
        assert_eq!(ConfStatus::ALL.len(), 11, "CL_CONF_STATUS 1.2");
        assert_eq!(Measure::ALL.len(), 14);
    }

    #[test]
    fn a_word_outside_a_list_is_named_with_what_fits() {
        let error = "victims".parse::<UnitOfCount>().unwrap_err().to_string();
        assert_eq!(
            error,
            "\"victims\" is no unit of count: one of person, account, device, event, contact, \
             sample, percent"
        );
    }

    #[test]
    fn every_word_reads_back() {
        for &measure in Measure::ALL {
            assert_eq!(measure.as_str().parse(), Ok(measure));
        }
        for &status in ObsStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
        }
    }
}
