//! Who may do what, and why: the one place that answers.
//!
//! [`may`] takes everything it needs as arguments. Which role, kind of partner and standing an
//! action asks for is data (`catalogue/access.toml`, read in [`matrix`]); how TLP, PAP and sharing
//! groups limit a thing is [`sharing`]. Lists are cut by the same rule in SQL, in the store, and a
//! property test holds the two to one answer.

mod matrix;
mod sharing;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use matrix::{Action, Asks, Entry, UnknownAction, covers};
pub use sharing::{Shared, Sharing};

use crate::partner::{GroupSlug, PartnerCategory, PartnerSlug, Standing, UserRole};

/// Whoever asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// Somebody without an account: what they see is what everybody sees.
    Anybody,
    /// A partner's person or key.
    Member(Member),
}

/// A partner's person or key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// For which partner.
    pub partner: PartnerSlug,
    /// What kind of organisation that is.
    pub category: PartnerCategory,
    /// Where it stands.
    pub standing: Standing,
    /// The sharing groups it is in.
    pub groups: BTreeSet<GroupSlug>,
    /// What the person, or the key, may do for it.
    pub role: UserRole,
    /// What the key is limited to; `None` for a person.
    pub scopes: Option<Scopes>,
}

impl Member {
    /// Whether this is somebody who signed in, and not a program's key.
    pub fn is_person(&self) -> bool {
        self.scopes.is_none()
    }
}

/// What a key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Read what the role may read.
    #[serde(rename = "read")]
    Read,
    /// Put samples in.
    #[serde(rename = "samples:upload")]
    Upload,
    /// Take samples' bytes out.
    #[serde(rename = "samples:download")]
    Download,
    /// Write families, indicators and opinions.
    #[serde(rename = "write")]
    Write,
    /// Make keys and people of the own partner.
    #[serde(rename = "manage")]
    Manage,
    /// Publish and recall, manage groups, read the whole audit log.
    #[serde(rename = "coordinate")]
    Coordinate,
}

impl Scope {
    /// Every scope, in the order shown.
    pub const ALL: [Self; 6] =
        [Self::Read, Self::Upload, Self::Download, Self::Write, Self::Manage, Self::Coordinate];

    /// The word used in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Upload => "samples:upload",
            Self::Download => "samples:download",
            Self::Write => "write",
            Self::Manage => "manage",
            Self::Coordinate => "coordinate",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is not a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown scope {0:?}: expected all, or some of read, samples:upload, samples:download, write, manage, coordinate"
)]
pub struct UnknownScope(pub String);

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(word: &str) -> Result<Self, UnknownScope> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == word)
            .ok_or_else(|| UnknownScope(word.to_owned()))
    }
}

/// The scopes of a key; written as words parted by spaces, or `all`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Everything that the key's role may do.
    pub fn all() -> Self {
        Self(Scope::ALL.into())
    }

    /// Whether the key may be used for this.
    pub fn has(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Whether these hold nothing that the others do not.
    pub fn within(&self, others: &Self) -> bool {
        self.0.is_subset(&others.0)
    }

    /// Whether they open nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::all() {
            return f.write_str("all");
        }
        let words: Vec<_> = self.0.iter().map(|scope| scope.as_str()).collect();
        f.write_str(&words.join(" "))
    }
}

impl FromStr for Scopes {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        if text == "all" {
            return Ok(Self::all());
        }
        text.split([' ', ',']).filter(|word| !word.is_empty()).map(str::parse).collect()
    }
}

/// What an action is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object<'a> {
    /// Nothing in particular, or something that every partner knows of.
    Open,
    /// One thing that is shared in one or several ways: an indicator in the one its partner chose,
    /// a sample in that of each submission. The widest for this viewer counts.
    Shared(&'a [Shared<'a>]),
    /// Something that belongs to a partner.
    Of(&'a PartnerSlug),
}

/// The answer, and the sentence that explains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether they may.
    pub allowed: bool,
    /// Why, or why not, as a whole sentence's rest: it follows "allowed: " or "refused: ".
    pub why: String,
}

impl Decision {
    fn yes(why: impl Into<String>) -> Self {
        Self { allowed: true, why: why.into() }
    }

    fn no(why: impl Into<String>) -> Self {
        Self { allowed: false, why: why.into() }
    }
}

/// Whether `viewer` may do `action` to `object`.
///
/// An action whose entry asks how a thing is shared, asked about [`Object::Open`], answers for the
/// surface as such: whether this viewer may do it to anything at all.
pub fn may(viewer: &Viewer, action: Action, object: Object<'_>) -> Decision {
    let entry = action.entry();
    let Viewer::Member(member) = viewer else {
        return anybody(entry, object);
    };
    if let Some(refusal) = matrix::refusal(entry, member) {
        return Decision::no(refusal);
    }
    match (entry.object, object) {
        (_, Object::Open) => Decision::yes(format!(
            "the role {} of a partner of the category {} may {}",
            member.role, member.category, entry.does
        )),
        (Asks::Shared, Object::Shared(shared)) => {
            let mut last = Decision::no("nobody shared it");
            for one in shared {
                last = one.visible_to(member);
                if last.allowed {
                    break;
                }
            }
            last
        }
        (_, Object::Shared(_)) => Decision::yes(format!("whoever reads it may {}", entry.does)),
        (_, Object::Of(partner)) if *partner == member.partner => {
            Decision::yes("it is the own partner's")
        }
        (_, Object::Of(_)) => Decision::no(format!(
            "it belongs to another partner: only its own people may {}",
            entry.does
        )),
    }
}

/// Without an account only what is public is seen, and nothing is done.
fn anybody(entry: &Entry, object: Object<'_>) -> Decision {
    let public = |shared: &[Shared<'_>]| shared.iter().any(Shared::is_public);
    match object {
        Object::Shared(shared) if entry.public && public(shared) => {
            Decision::yes("it is public: TLP:CLEAR, for active use, and names no installation")
        }
        _ => Decision::no(format!("without an account nobody may {}", entry.does)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_read_back_as_written() {
        for text in ["all", "read", "read samples:upload", ""] {
            assert_eq!(text.parse::<Scopes>().unwrap().to_string(), text);
        }
        assert_eq!("read,write".parse::<Scopes>().unwrap().to_string(), "read write");
        assert!("everything".parse::<Scopes>().is_err());
    }
}
