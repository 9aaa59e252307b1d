//! Partners of the coalition and the roles of their people.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::family::{NotASlug, is_slug};

/// A partner's short name, such as `example-lab`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartnerSlug(String);

impl PartnerSlug {
    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PartnerSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PartnerSlug {
    type Err = NotASlug;

    fn from_str(text: &str) -> Result<Self, NotASlug> {
        if is_slug(text) { Ok(Self(text.to_owned())) } else { Err(NotASlug(text.to_owned())) }
    }
}

impl TryFrom<String> for PartnerSlug {
    type Error = NotASlug;

    fn try_from(text: String) -> Result<Self, NotASlug> {
        text.parse()
    }
}

impl From<PartnerSlug> for String {
    fn from(slug: PartnerSlug) -> String {
        slug.0
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $error:ident, $what:literal, { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every value, in the order shown.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word used in files and interfaces.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        #[doc = concat!("A word that is not a ", $what, ".")]
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[error("unknown {what} {0:?}: expected one of {words}", what = $what, words = [$($word),*].join(", "))]
        pub struct $error(pub String);

        impl FromStr for $name {
            type Err = $error;

            fn from_str(word: &str) -> Result<Self, $error> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
                    .ok_or_else(|| $error(word.to_owned()))
            }
        }
    };
}

words!(
    /// What kind of organisation a partner is.
    PartnerCategory, UnknownCategory, "partner category", {
        /// Makes security products.
        Vendor = "vendor",
        /// Supports survivors.
        Support = "support",
        /// Works for digital rights.
        Rights = "rights",
        /// Does research.
        Academia = "academia",
        /// Tests or certifies products.
        Testing = "testing",
        /// Police.
        Police = "police",
        /// One person.
        Individual = "individual",
        /// None of these.
        Other = "other",
    }
);

words!(
    /// What one person may do for a partner.
    UserRole, UnknownRole, "role", {
        /// Manages the partner's people.
        OrgAdmin = "org_admin",
        /// Reads samples and gives opinions.
        Analyst = "analyst",
        /// Puts samples in.
        Uploader = "uploader",
        /// Reads.
        Reader = "reader",
        /// Edits statistics.
        StatisticsEditor = "statistics_editor",
        /// Checks phones with survivors.
        Helper = "helper",
        /// Trains helpers.
        Trainer = "trainer",
        /// Coordinates the coalition.
        Coordinator = "coordinator",
    }
);

words!(
    /// Where a partner stands in the coalition.
    Standing, UnknownStanding, "standing", {
        /// Newly joined: takes part, but gets no sample's bytes.
        Probation = "probation",
        /// Takes part.
        Full = "full",
        /// For the time being shut out.
        Suspended = "suspended",
        /// Gone.
        Left = "left",
    }
);

/// A sharing group's short name, such as `mobile-lab-circle`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GroupSlug(String);

impl GroupSlug {
    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GroupSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for GroupSlug {
    type Err = NotASlug;

    fn from_str(text: &str) -> Result<Self, NotASlug> {
        if is_slug(text) { Ok(Self(text.to_owned())) } else { Err(NotASlug(text.to_owned())) }
    }
}

impl TryFrom<String> for GroupSlug {
    type Error = NotASlug;

    fn try_from(text: String) -> Result<Self, NotASlug> {
        text.parse()
    }
}

impl From<GroupSlug> for String {
    fn from(slug: GroupSlug) -> String {
        slug.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_serialised_form() {
        for role in UserRole::ALL {
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
            assert_eq!(role.as_str().parse(), Ok(*role));
        }
        for category in PartnerCategory::ALL {
            assert_eq!(serde_json::to_value(category).unwrap(), category.as_str());
        }
    }

    #[test]
    fn an_unknown_role_lists_the_known_ones() {
        let error = "boss".parse::<UserRole>().unwrap_err().to_string();
        assert!(error.starts_with("unknown role \"boss\": expected one of org_admin, analyst"));
    }
}
