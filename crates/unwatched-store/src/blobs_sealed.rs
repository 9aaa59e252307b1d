//! Sealed blobs: each an age file under a key of its own, so that no scanner of the host's knows
//! them, and that deleting the key deletes every copy.
//!
//! The key is kept before the bytes are put, and bytes are only ever put under the key that is
//! kept: whatever is killed in between, no blob lies there that its key does not open. Where the
//! rows are is in `blob_keys`, how sealed bytes are read in `blobs_read`.

use std::fmt;
use std::io::{self, Seek as _, Write as _};
use std::iter;
use std::path::{Path, PathBuf};

use age::Encryptor;
use age::secrecy::ExposeSecret as _;
use age::secrecy::zeroize::Zeroizing;
use age::stream::StreamWriter;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use sha2::{Digest, Sha256 as Hasher};
use tempfile::{SpooledData, SpooledTempFile, spooled_tempfile_in};
use unwatched_model::digest::Sha256;

use crate::blob_keys::Claimed;
use crate::blobs::BlobStream;
use crate::{Result, Store, StoreError, blob_keys, blobs_read};

/// So many orphans are deleted at once; the rest waits for the next time.
const MOST_ORPHANS: u32 = 1_000;
/// What is longer goes to a file without a name while it is sealed.
const IN_MEMORY_BYTES: usize = 1 << 20;

/// What opens one sealed blob.
#[derive(Clone)]
pub struct BlobKey(age::x25519::Identity);

impl BlobKey {
    /// The key made of these unguessable bytes.
    pub fn of(bytes: [u8; 32]) -> Self {
        let hrp = bech32::Hrp::parse_unchecked("age-secret-key-");
        let text = bech32::encode::<bech32::Bech32>(hrp, &*Zeroizing::new(bytes));
        let text = Zeroizing::new(text.expect("32 bytes are short enough"));
        Self::parse(&text.to_uppercase()).expect("it was just written")
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        text.parse()
            .map(Self)
            .map_err(|why: &str| StoreError::Corrupt(format!("a blob's key does not read ({why})")))
    }

    pub(crate) fn identity(&self) -> &dyn age::Identity {
        &self.0
    }

    fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.to_string().expose_secret().to_owned())
    }

    fn opens(&self, file: &SealedFile) -> bool {
        self.text() == file.key.text()
    }
}

impl fmt::Debug for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlobKey")
    }
}

/// Seals bytes as they come, and hashes them. Its calls block where the bytes are many.
pub struct Sealer {
    writer: StreamWriter<SpooledTempFile>,
    key: BlobKey,
    folder: PathBuf,
    hasher: Hasher,
    size_bytes: u64,
}

impl Sealer {
    /// Begins a file under a key of its own; what is large lies in `folder`, sealed.
    pub fn begin(key: BlobKey, folder: &Path) -> Result<Self> {
        Self::into(spooled_tempfile_in(IN_MEMORY_BYTES, folder), key, folder)
    }

    fn into(spool: SpooledTempFile, key: BlobKey, folder: &Path) -> Result<Self> {
        let recipient = key.0.to_public();
        let sealing = Encryptor::with_recipients(iter::once(&recipient as &dyn age::Recipient));
        let sealing = sealing.map_err(|error| StoreError::Invalid(error.to_string()))?;
        let folder = folder.to_owned();
        let writer = sealing.wrap_output(spool).map_err(|why| not_written(&folder, why))?;
        Ok(Self { writer, key, folder, hasher: Hasher::new(), size_bytes: 0 })
    }

    /// The next bytes.
    pub fn take(&mut self, piece: &[u8]) -> Result<()> {
        self.hasher.update(piece);
        self.size_bytes += piece.len() as u64;
        self.writer.write_all(piece).map_err(|why| not_written(&self.folder, why))
    }

    /// How many bytes were taken.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// There are no more.
    pub fn finish(self) -> Result<SealedFile> {
        let Self { writer, key, folder, hasher, size_bytes } = self;
        let spool = writer.finish().map_err(|why| not_written(&folder, why))?;
        let bytes = match spool.into_inner() {
            SpooledData::InMemory(bytes) => SealedBytes::InMemory(bytes.into_inner().into()),
            SpooledData::OnDisk(file) => SealedBytes::OnDisk(file),
        };
        let sha256 = Sha256(hasher.finalize().into());
        Ok(SealedFile { bytes, key, folder, sha256, size_bytes })
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").field("size_bytes", &self.size_bytes).finish_non_exhaustive()
    }
}

/// A sealed file that is not a blob yet. Dropped, nothing of it stays.
#[derive(Debug)]
pub struct SealedFile {
    bytes: SealedBytes,
    key: BlobKey,
    folder: PathBuf,
    sha256: Sha256,
    size_bytes: u64,
}

#[derive(Debug)]
enum SealedBytes {
    InMemory(Bytes),
    OnDisk(std::fs::File),
}

impl SealedFile {
    /// The digest of the plain bytes.
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// How many plain bytes there are.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// What is put, from its beginning.
    fn sealed_bytes(&self) -> Result<BlobStream> {
        match &self.bytes {
            SealedBytes::InMemory(bytes) => {
                let bytes = bytes.clone();
                Ok(stream::once(async { Ok(bytes) }).boxed())
            }
            SealedBytes::OnDisk(file) => {
                let mut file = file.try_clone().map_err(|why| not_written(&self.folder, why))?;
                file.rewind().map_err(|why| not_written(&self.folder, why))?;
                Ok(blobs_read::file(file, self.folder.clone()))
            }
        }
    }
}

fn not_written(folder: &Path, why: io::Error) -> StoreError {
    StoreError::File { path: folder.to_owned(), why }
}

impl Store {
    /// Keeps a sealed file as the blob of its plain bytes' digest; says whether something had to be
    /// written. When somebody else put the same bytes first, they stay under that one's key.
    ///
    /// The caller adds the sample next, and asks [`Store::has_blob_key`] after that: a blob that no
    /// sample needs may be deleted at any time before, and is then put again by this same call.
    pub async fn put_sealed(&self, file: &SealedFile, now: Timestamp) -> Result<bool> {
        let lies_there = self.inner.blobs.size_bytes(&file.sha256).await?.is_some();
        let Claimed { identity, sealed: is_sealed, is_sample } =
            self.claim_key(file, !lies_there, now).await?;
        if lies_there && is_sealed && self.check_blob(&file.sha256).await.is_ok() {
            return Ok(false);
        }
        self.put_under(&BlobKey::parse(&identity)?, file).await?;
        if !is_sealed {
            blob_keys::settle(self, &file.sha256, &identity).await?;
        }
        if is_sample {
            blob_keys::returned(self, &file.sha256).await?;
        }
        Ok(true)
    }

    /// [`Store::put_sealed`] for bytes that are in memory.
    pub async fn put_sealed_bytes(
        &self,
        bytes: &[u8],
        key: BlobKey,
        now: Timestamp,
    ) -> Result<Sha256> {
        let mut sealer = Sealer::into(SpooledTempFile::new(usize::MAX), key, Path::new(""))?;
        sealer.take(bytes)?;
        let file = sealer.finish()?;
        self.put_sealed(&file, now).await?;
        Ok(file.sha256)
    }

    /// Seals a blob that may lie there plain; what is large is sealed in `folder` first.
    pub async fn seal_blob(
        &self,
        sha256: &Sha256,
        key: BlobKey,
        folder: &Path,
        now: Timestamp,
    ) -> Result<()> {
        let file = sealed(self.get(sha256).await?.bytes, key, folder).await?;
        let Claimed { identity, .. } = self.claim_key(&file, false, now).await?;
        self.put_under(&BlobKey::parse(&identity)?, &file).await?;
        blob_keys::settle(self, sha256, &identity).await
    }

    /// Deletes a sample's bytes and the key that opens them. What was learnt from them stays, and
    /// the sample's row says since when they are gone.
    ///
    /// # Errors
    /// `Conflict` when the very same bytes are a published file.
    pub async fn forget_blob(&self, sha256: &Sha256, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        if blob_keys::is_published(&mut tx, sha256).await? {
            return Err(StoreError::Conflict(format!(
                "blob {sha256} is also a published file: its bytes stay"
            )));
        }
        // The key's row is locked to the end: nobody puts the bytes again in between.
        let was_sealed = blob_keys::forget(&mut tx, sha256, now).await?;
        let deleted = self.inner.blobs.delete(sha256).await;
        if was_sealed || deleted.is_ok() {
            // Without their key the bytes are nothing, even where they could not be deleted.
            tx.commit().await?;
            self.overwrite_deleted().await?;
        }
        deleted
    }

    /// Deletes sealed blobs that belong to no sample and were last put before this: what uploads
    /// leave that are killed before their sample is added. Says how many.
    pub async fn forget_orphans(&self, before: Timestamp) -> Result<u64> {
        let mut forgotten = 0;
        for sha256 in blob_keys::orphans(self, before, MOST_ORPHANS).await? {
            let mut tx = self.begin().await?;
            let is_orphan = blob_keys::forget_orphan(&mut tx, &sha256, before).await?;
            if is_orphan {
                self.inner.blobs.delete(&sha256).await?;
                tx.commit().await?;
                forgotten += 1;
            }
        }
        Ok(forgotten)
    }

    /// The key under which this file's bytes lie or are to lie: its own, unless there is one.
    async fn claim_key(&self, file: &SealedFile, sealed: bool, now: Timestamp) -> Result<Claimed> {
        let SealedFile { sha256, size_bytes, key, .. } = file;
        blob_keys::claim(self, sha256, &key.text(), *size_bytes, sealed, now).await
    }

    async fn put_under(&self, key: &BlobKey, file: &SealedFile) -> Result<()> {
        let blobs = &self.inner.blobs;
        if key.opens(file) {
            return blobs.put_stream(&file.sha256, file.sealed_bytes()?).await;
        }
        let refused = || StoreError::Corrupt(format!("the sealed file of {}", file.sha256));
        let opened = blobs_read::unseal(file.sealed_bytes()?, &file.key, file.sha256).await?;
        let again = sealed(opened.ok_or_else(refused)?, key.clone(), &file.folder).await?;
        blobs.put_stream(&again.sha256, again.sealed_bytes()?).await
    }
}

/// Bytes as they come, sealed.
async fn sealed(mut bytes: BlobStream, key: BlobKey, folder: &Path) -> Result<SealedFile> {
    let mut sealer = Sealer::begin(key, folder)?;
    while let Some(piece) = bytes.try_next().await? {
        sealer.take(&piece)?;
    }
    sealer.finish()
}
