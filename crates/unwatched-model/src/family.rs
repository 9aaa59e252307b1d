//! Families: one maker's product line, under all the names it is sold by.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The id of a family: a slug such as `thetruthspy`, used in every path and file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FamilyId(String);

/// Text that is not a slug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id: {0:?} (lower-case letters, digits and single hyphens, at most 80)")]
pub struct NotASlug(pub String);

const MAX_SLUG_BYTES: usize = 80;

pub(crate) fn is_slug(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !text.is_empty()
        && text.len() <= MAX_SLUG_BYTES
        && text.bytes().all(allowed)
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
}

impl FamilyId {
    /// The slug that a name suggests: `"Spy Hide+"` gives `spy-hide`. Names without a single Latin
    /// letter share nothing with each other: they give `family-` and eight digits of the name's
    /// SHA-256, whatever its case. Names of plain digits stay as they are. The store makes slugs
    /// unique by a number.
    pub fn from_name(name: &str) -> Self {
        let mut slug = String::new();
        for c in name.chars().flat_map(char::to_lowercase) {
            if c.is_ascii_alphanumeric() {
                slug.push(c);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
            if slug.len() >= MAX_SLUG_BYTES - 8 {
                break;
            }
        }
        let slug = slug.trim_end_matches('-');
        // `new` is the page on which a family is made.
        let other_letters = name.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
        let nameless = other_letters && !slug.bytes().any(|b| b.is_ascii_lowercase());
        Self(match slug {
            slug if nameless || slug.is_empty() => {
                let digest = Sha256::digest(name.trim().to_lowercase());
                format!("family-{}", hex::encode(&digest[..4]))
            }
            "new" => "family-new".to_owned(),
            slug => slug.to_owned(),
        })
    }

    /// The same slug with a number, for a second family of the same name.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        Self(format!("{}-{number}", self.0))
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FamilyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for FamilyId {
    type Err = NotASlug;

    fn from_str(text: &str) -> Result<Self, NotASlug> {
        if is_slug(text) { Ok(Self(text.to_owned())) } else { Err(NotASlug(text.to_owned())) }
    }
}

impl TryFrom<String> for FamilyId {
    type Error = NotASlug;

    fn try_from(text: String) -> Result<Self, NotASlug> {
        text.parse()
    }
}

impl From<FamilyId> for String {
    fn from(id: FamilyId) -> String {
        id.0
    }
}

/// Where a family's products run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Android.
    Android,
    /// iOS and iPadOS.
    Ios,
    /// Windows.
    Windows,
    /// macOS.
    Macos,
    /// Linux.
    Linux,
}

impl Platform {
    /// Every platform, in the order shown.
    pub const ALL: [Self; 5] = [Self::Android, Self::Ios, Self::Windows, Self::Macos, Self::Linux];

    /// The word used in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Android => "android",
            Self::Ios => "ios",
            Self::Windows => "windows",
            Self::Macos => "macos",
            Self::Linux => "linux",
        }
    }
}

/// A word that is not a platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown platform {0:?}: expected android, ios, windows, macos or linux")]
pub struct UnknownPlatform(pub String);

impl FromStr for Platform {
    type Err = UnknownPlatform;

    fn from_str(word: &str) -> Result<Self, UnknownPlatform> {
        Self::ALL
            .into_iter()
            .find(|platform| platform.as_str() == word)
            .ok_or_else(|| UnknownPlatform(word.to_owned()))
    }
}

/// A family and its other names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Family {
    /// The slug.
    pub id: FamilyId,
    /// The name people use.
    pub name: String,
    /// Other names it is sold or listed under, in the order given; may repeat the name.
    pub aliases: Vec<String>,
    /// Where it runs; `None` when the source does not say.
    pub platform: Option<Platform>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_slugs() {
        let check = |name: &str, expected: &str| {
            let id = FamilyId::from_name(name);
            assert_eq!(id.as_str(), expected);
            assert_eq!(id.as_str().parse::<FamilyId>().unwrap(), id);
        };
        check("TheTruthSpy", "thetruthspy");
        check("  Spy Hide+ ", "spy-hide");
        check("1TopSpy", "1topspy");
        check("Шпион", "family-3535ca35");
        check(" шпион ", "family-3535ca35");
        check("مراقب الهاتف", "family-90de1f3e");
        check("Шпион 24", "family-30d0cfb1");
        check("24", "24");
        check("Шпион Watch", "watch");
        check("New!", "family-new");
        check(&"x".repeat(500), &"x".repeat(72));
    }

    #[test]
    fn paths_cannot_be_smuggled_in() {
        for bad in ["", "../etc", "A", "a--b", "-a", "a b", "a/b", &"x".repeat(81)] {
            assert!(bad.parse::<FamilyId>().is_err(), "{bad:?}");
        }
    }
}
