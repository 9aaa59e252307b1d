//! Who had the package when, and what they did with it. Each entry holds the digest of the one
//! before, the first that of the manifest: none can be changed or taken out of the middle. That the
//! last ones were cut off, only the words show that were written down when they were made.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::SealedError;
use super::signature::{WORDS_BYTES, words};

/// How long an entry's text may be, in characters.
pub(super) const MOST_CHARACTERS: usize = 500;

/// Who: never a name, for the package may be read by many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Whose phone it is.
    Survivor,
    /// Who checked it.
    Helper,
    /// An advocate.
    Advocate,
    /// A lawyer.
    Lawyer,
    /// The police.
    Police,
    /// A court.
    Court,
    /// Somebody who examines it.
    Expert,
}

impl Role {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Survivor,
        Self::Helper,
        Self::Advocate,
        Self::Lawyer,
        Self::Police,
        Self::Court,
        Self::Expert,
    ];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Survivor => "survivor",
            Self::Helper => "helper",
            Self::Advocate => "advocate",
            Self::Lawyer => "lawyer",
            Self::Police => "police",
            Self::Court => "court",
            Self::Expert => "expert",
        }
    }
}

/// What somebody enters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustodyEntry {
    /// When, by the computer's clock.
    pub at: Timestamp,
    /// Who.
    pub by: Role,
    /// What, in one line.
    pub what: String,
}

/// An entry as it lies in the package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Counted from 1.
    pub number: u32,
    /// When, by the computer's clock, in UTC.
    pub at: Timestamp,
    /// Who.
    pub by: Role,
    /// What.
    pub what: String,
    /// The SHA-256 of the file before: of the manifest, or of the entry before, in hexadecimal.
    pub previous_sha256: String,
}

/// The bytes of the next entry's file.
pub(super) fn link(
    number: u32,
    previous: &[u8],
    entry: &CustodyEntry,
) -> Result<Vec<u8>, SealedError> {
    let characters = entry.what.chars().count();
    if !(1..=MOST_CHARACTERS).contains(&characters) || entry.what.contains(char::is_control) {
        return Err(SealedError::CustodyText(MOST_CHARACTERS));
    }
    let previous_sha256 = hex::encode(Sha256::digest(previous));
    let CustodyEntry { at, by, what } = entry.clone();
    let link = Link { number, at, by, what, previous_sha256 };
    let mut bytes = serde_json::to_vec_pretty(&link).expect("plain data serialises");
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads the next entry; `Err` says what is wrong with it.
pub(super) fn follow(number: u32, previous: &[u8], bytes: &[u8]) -> Result<Link, &'static str> {
    let link: Link = serde_json::from_slice(bytes).map_err(|_| "it is no custody entry")?;
    if link.number != number {
        return Err("its number is not the next");
    }
    if link.previous_sha256 != hex::encode(Sha256::digest(previous)) {
        return Err(
            "it does not follow what stands before it: one of the two was changed, or one between them is gone",
        );
    }
    Ok(link)
}

/// The words for the last entry's file.
pub(super) fn words_of_end(last: &[u8]) -> String {
    words(&Sha256::digest(last)[..WORDS_BYTES])
}
