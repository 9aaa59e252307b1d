//! Blobs under the SHA-256 of their bytes: written once, whole or not at all, never changed.

use std::path::{Path, PathBuf};
use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;
use unwatched_model::digest::Sha256;

use crate::{Result, Store, StoreConfig, StoreError};

/// The bytes of a blob as they come.
pub type BlobStream = Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>;

/// A blob to be read.
pub struct Blob {
    /// Its length.
    pub size_bytes: u64,
    /// Its bytes.
    pub bytes: BlobStream,
}

#[derive(Debug)]
pub(crate) struct Blobs;

impl Blobs {
    pub(crate) fn open(config: &StoreConfig) -> Result<Self> {
        let _ = config;
        Ok(Self)
    }
}

impl Store {
    /// Keeps a file's bytes under their digest, streamed; says whether they were new. `Corrupt`
    /// when the file's digest is another, and nothing is kept then.
    pub async fn put_file(&self, file: &Path, sha256: &Sha256) -> Result<bool> {
        let _ = (file, sha256);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Keeps bytes and returns their digest.
    pub async fn put_bytes(&self, bytes: impl Into<Bytes>) -> Result<Sha256> {
        let _ = bytes.into();
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// A blob to be read as it comes; `NotFound` when there is none.
    pub async fn get(&self, sha256: &Sha256) -> Result<Blob> {
        let _ = sha256;
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// A blob's bytes; `Invalid` when there are more than `max_bytes`.
    pub async fn get_bytes(&self, sha256: &Sha256, max_bytes: u64) -> Result<Bytes> {
        let _ = (sha256, max_bytes);
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// Whether there is such a blob.
    pub async fn exists(&self, sha256: &Sha256) -> Result<bool> {
        let _ = sha256;
        Err(StoreError::Config("UNFINISHED".to_owned()))
    }

    /// The file that holds a blob, where blobs are local files and it is there. Read it only.
    pub fn local_path(&self, sha256: &Sha256) -> Option<PathBuf> {
        let _ = sha256;
        None
    }
}
