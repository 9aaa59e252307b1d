//! Releases: what was published, append-only. The files' bytes are blobs.

use jiff::Timestamp;
use unwatched_model::digest::Sha256;

use crate::{Result, Store, StoreError};

/// One file of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseFile {
    /// Its name.
    pub name: String,
    /// Its length.
    pub size_bytes: u64,
    /// The SHA-256 of what is served.
    pub sha256: Sha256,
    /// The blob that holds it.
    pub blob: Sha256,
}

/// One release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseRow {
    /// Greater than that of every release before it.
    pub sequence: u64,
    /// When it was published.
    pub published: Timestamp,
    /// When it is too old to be installed.
    pub expires: Timestamp,
    /// `index.json`, to the byte.
    pub index_json: Vec<u8>,
    /// `index.json.minisig`.
    pub signature: String,
    /// Its files, in order.
    pub files: Vec<ReleaseFile>,
}

impl Store {
    /// The sequence number the next release would have: 1 for the first.
    pub async fn next_sequence(&self) -> Result<u64> {
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Appends a release; `Conflict` when its sequence number is not greater than the latest.
    pub async fn add_release(&self, release: &ReleaseRow) -> Result<()> {
        let _ = release;
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// The latest release.
    pub async fn latest_release(&self) -> Result<Option<ReleaseRow>> {
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// The latest releases, newest first.
    pub async fn releases(&self, limit: u32) -> Result<Vec<ReleaseRow>> {
        let _ = limit;
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }
}
