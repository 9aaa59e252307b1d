//! The set as bytes: eight bytes of magic with the version, then postcard.
//!
//! Bytes come from a file that a helper was handed: everything is checked before it is trusted,
//! and memory stays within a small multiple of the input's length.

use serde::{Deserialize, Serialize};

use super::{Entry, IndicatorSet, SetFamily};

/// The version that [`IndicatorSet::to_bytes`] writes. Older ones stay readable.
pub const FORMAT_VERSION: u8 = 1;

const MAGIC: &[u8; 7] = b"UNWSET\n";

/// Why bytes are no set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    /// The first bytes say that this is something else.
    #[error("not a compiled indicator set")]
    NotASet,
    /// Written by a later version of the tool.
    #[error(
        "compiled indicator set of format {found}, and this version reads up to {FORMAT_VERSION}: update the tool"
    )]
    TooNew {
        /// The version in the file.
        found: u8,
    },
    /// Cut short or changed.
    #[error("damaged compiled indicator set: {0}")]
    Damaged(&'static str),
}

#[derive(Serialize)]
struct PayloadRef<'a> {
    families: &'a [SetFamily],
    text: &'a str,
    entries: &'a [Entry],
}

#[derive(Deserialize)]
struct Payload {
    families: Vec<SetFamily>,
    text: String,
    entries: Vec<Entry>,
}

impl IndicatorSet {
    /// The bytes that travel in a release. The same set gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.push(FORMAT_VERSION);
        let payload =
            PayloadRef { families: &self.families, text: &self.text, entries: &self.entries };
        let body = postcard::to_allocvec(&payload).expect("plain data serialises");
        bytes.extend_from_slice(&body);
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`SetError`], naming whether it is no set, a newer one, or a damaged one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SetError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(SetError::NotASet)?;
        let (&version, body) = rest.split_first().ok_or(SetError::NotASet)?;
        if version > FORMAT_VERSION {
            return Err(SetError::TooNew { found: version });
        }
        let (payload, left): (Payload, _) = postcard::take_from_bytes(body)
            .map_err(|_| SetError::Damaged("cut short or changed"))?;
        if !left.is_empty() {
            return Err(SetError::Damaged("bytes after its end"));
        }
        check(&payload)?;
        Ok(Self::index(payload.families, payload.text, payload.entries))
    }
}

fn check(payload: &Payload) -> Result<(), SetError> {
    let value = |entry: &Entry| {
        let start = entry.start as usize;
        payload.text.get(start..start + usize::from(entry.len))
    };
    for entry in &payload.entries {
        if entry.family as usize >= payload.families.len() {
            return Err(SetError::Damaged("an entry of no family"));
        }
        if value(entry).is_none() {
            return Err(SetError::Damaged("an entry without its text"));
        }
    }
    // Lookups rely on equal pairs standing together.
    let key = |entry: &Entry| (entry.kind, value(entry), entry.family, entry.role);
    if payload.entries.is_sorted_by(|left, right| key(left) < key(right)) {
        Ok(())
    } else {
        Err(SetError::Damaged("entries out of order"))
    }
}
