//! `index.json`: what a release holds, from when until when, under which licence.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use unwatched_model::digest::Sha256;
use unwatched_model::recall::Recalled;

/// What a release says of itself. The signature covers its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Grows by at least one with every release.
    pub sequence: u64,
    /// When it was published.
    pub published: Timestamp,
    /// From when on it must not be installed any more.
    pub expires: Timestamp,
    /// The licence of the whole.
    pub licence: String,
    /// Whose material it holds.
    pub attribution: Vec<Attribution>,
    /// The files published with it, sorted by name.
    pub files: Vec<IndexFile>,
    /// What earlier releases listed by mistake, kept for a year, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recalls: Vec<Recalled>,
    /// Listed values that others than the family share, to be looked at before anything is blocked:
    /// the community's files keep what was imported, and have no place to say so themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<SharedValue>,
}

/// A value of the community's files on shared infrastructure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedValue {
    /// The indicator's kind.
    pub kind: String,
    /// The value in the form compared.
    pub value: String,
    /// The id of the family it is listed for.
    pub family: String,
    /// Whose it is besides.
    pub why: String,
    /// Whether somebody looked and let it be blocked all the same.
    pub reviewed: bool,
}

/// Whose material, under which licence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Attribution {
    /// What it is, for example `stalkerware-indicators`.
    pub source: String,
    /// Who made it.
    pub by: String,
    /// Its licence, for example `CC-BY-4.0`.
    pub licence: String,
    /// Where it is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What was changed, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<String>,
}

/// A file of the release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexFile {
    /// Its name beside `index.json`.
    pub name: String,
    /// Its length.
    pub size_bytes: u64,
    /// Its SHA-256.
    pub sha256: Sha256,
    /// What it is, as HTTP names it; empty in releases that did not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub media_type: String,
}

/// Bytes that are no `index.json`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("index.json is not a release's index: {0}")]
pub struct NotAnIndex(pub String);

impl Index {
    /// The bytes to publish and to sign: JSON, indented, files sorted by name, a newline at the
    /// end. The same index gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut sorted = self.clone();
        sorted.files.sort_by(|left, right| left.name.cmp(&right.name));
        let mut bytes = serde_json::to_vec_pretty(&sorted).expect("plain data serialises");
        bytes.push(b'\n');
        bytes
    }

    /// Reads an index. Keys of later versions are passed over.
    ///
    /// # Errors
    /// [`NotAnIndex`] when the bytes are something else, name a file twice, or expire before they
    /// are published.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAnIndex> {
        let index: Self =
            serde_json::from_slice(bytes).map_err(|error| NotAnIndex(error.to_string()))?;
        if index.expires <= index.published {
            return Err(NotAnIndex("it expires before it is published".to_owned()));
        }
        let mut names = HashSet::with_capacity(index.files.len());
        for file in &index.files {
            if !names.insert(&file.name) {
                return Err(NotAnIndex(format!("it lists {:?} twice", file.name)));
            }
        }
        Ok(index)
    }

    /// The file of this name.
    pub fn file(&self, name: &str) -> Option<&IndexFile> {
        self.files.iter().find(|file| file.name == name)
    }
}
