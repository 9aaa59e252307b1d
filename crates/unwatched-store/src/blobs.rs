//! Blobs under the SHA-256 of their bytes: written once, whole or not at all, never changed.
//!
//! A blob's bytes are compared with its name as they are read, and when the same bytes are put
//! again: what a failing disk made of them is then written anew. Samples' bytes are sealed, which
//! is the business of `blobs_sealed`; whoever reads a blob need not know.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, TryStreamExt};
use jiff::Timestamp;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path as Location;
use object_store::{MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutPayload};
use sha2::{Digest, Sha256 as Hasher};
use unwatched_model::digest::Sha256;

use crate::blobs_read::Lying;
use crate::blobs_sealed::BlobKey;
use crate::{Result, Store, StoreConfig, StoreError, blob_keys, blobs_read, blobs_sweep};

/// The bytes of a blob as they come.
pub type BlobStream = Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>;

/// A blob to be read.
pub struct Blob {
    /// Its length.
    pub size_bytes: u64,
    /// Its bytes.
    pub bytes: BlobStream,
}

/// A blob as it lies in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBlob {
    /// Its name.
    pub sha256: Sha256,
    /// How long it is where it lies: sealed, a little more than its plain bytes.
    pub stored_bytes: u64,
    /// When it was written.
    pub written_at: Timestamp,
}

impl StoredBlob {
    fn of(found: &ObjectMeta) -> Option<Self> {
        let sha256: Sha256 = found.location.filename()?.parse().ok()?;
        let written_at = found.last_modified.timestamp_micros();
        let written_at = Timestamp::from_microsecond(written_at).ok()?;
        let is_in_its_place = found.location == location(&sha256);
        is_in_its_place.then_some(Self { sha256, stored_bytes: found.size, written_at })
    }
}

/// What is sent at a time; S3 takes no smaller parts but the last.
const PART_BYTES: usize = 8 << 20;

/// Where blobs are kept.
#[derive(Debug)]
pub(crate) struct Blobs {
    objects: Arc<dyn ObjectStore>,
    /// The same, where it is a folder of this machine.
    folder: Option<Folder>,
}

#[derive(Debug)]
struct Folder {
    path: PathBuf,
}

impl Blobs {
    pub(crate) fn open(config: &StoreConfig) -> Result<Self> {
        let url = config.blobs_url.as_str();
        if let Some(folder) = url.strip_prefix("file://") {
            return Self::folder(Path::new(folder));
        }
        if url == "memory:///" {
            return Ok(Self { objects: Arc::new(InMemory::new()), folder: None });
        }
        if url.starts_with("s3://") {
            return Self::s3(config);
        }
        Err(StoreError::Config(
            "blobs.url names no place: expected file:///FOLDER, s3://BUCKET/PREFIX or memory:///"
                .to_owned(),
        ))
    }

    fn folder(folder: &Path) -> Result<Self> {
        if !folder.is_absolute() {
            return Err(StoreError::Config(format!(
                "blobs.url must name a folder from the root, as in file:///srv/blobs; found {}",
                folder.display()
            )));
        }
        std::fs::create_dir_all(folder)
            .map_err(|why| StoreError::File { path: folder.to_owned(), why })?;
        let local = Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true));
        let folder = Folder { path: folder.to_owned() };
        Ok(Self { objects: local, folder: Some(folder) })
    }

    #[cfg(feature = "s3")]
    fn s3(config: &StoreConfig) -> Result<Self> {
        crate::blobs_s3::open(config).map(|objects| Self { objects, folder: None })
    }

    #[cfg(not(feature = "s3"))]
    fn s3(config: &StoreConfig) -> Result<Self> {
        Err(StoreError::Config(format!(
            "this program was built without S3 ({}): build it with --features s3, or name a folder",
            config.blobs_url
        )))
    }

    /// How long the blob is that lies there.
    pub(crate) async fn size_bytes(&self, sha256: &Sha256) -> Result<Option<u64>> {
        match self.objects.head(&location(sha256)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts bytes as they come: nothing is to be seen before the last of them.
    pub(crate) async fn put_stream(&self, sha256: &Sha256, mut bytes: BlobStream) -> Result<()> {
        let first = part(&mut bytes).await?;
        if first.len() < PART_BYTES {
            self.objects.put(&location(sha256), first.into()).await?;
            return Ok(());
        }
        let mut upload = self.objects.put_multipart(&location(sha256)).await?;
        match send(upload.as_mut(), first, bytes).await {
            Ok(()) => {
                upload.complete().await?;
                Ok(())
            }
            Err(error) => {
                upload.abort().await?;
                Err(error)
            }
        }
    }

    /// Removes what lies there, if anything.
    pub(crate) async fn delete(&self, sha256: &Sha256) -> Result<()> {
        match self.objects.delete(&location(sha256)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Store {
    /// Keeps bytes that anybody may read, as they are, and returns their digest.
    pub async fn put_bytes(&self, bytes: impl Into<Bytes>) -> Result<Sha256> {
        let bytes = bytes.into();
        let sha256 = digest(&bytes);
        if self.check_blob(&sha256).await.is_err() {
            self.inner.blobs.objects.put(&location(&sha256), bytes.into()).await?;
        }
        Ok(sha256)
    }

    /// A blob to be read as it comes, opened if it is sealed; `NotFound` when there is none. A blob
    /// that holds other bytes than it is named after ends in `Corrupt`, its last bytes withheld.
    pub async fn get(&self, sha256: &Sha256) -> Result<Blob> {
        let (stored_bytes, lying) = self.lying(sha256).await?;
        // The bytes first and then the key: whoever seals a blob keeps the key before the bytes.
        let key = if lying.looks_sealed { blob_keys::find(self, sha256).await? } else { None };
        let Some(key) = key else {
            let bytes = blobs_read::compared(lying.bytes, *sha256);
            return Ok(Blob { size_bytes: stored_bytes, bytes });
        };
        let opens = BlobKey::parse(&key.identity)?;
        if let Some(bytes) = blobs_read::unseal(lying.bytes, &opens, *sha256).await? {
            let bytes = blobs_read::compared(bytes, *sha256);
            return Ok(Blob { size_bytes: key.size_bytes()?, bytes });
        }
        // A sample that is an age file itself, from before blobs were sealed.
        let (size_bytes, lying) = self.lying(sha256).await?;
        Ok(Blob { size_bytes, bytes: blobs_read::compared(lying.bytes, *sha256) })
    }

    async fn lying(&self, sha256: &Sha256) -> Result<(u64, Lying)> {
        match self.inner.blobs.objects.get(&location(sha256)).await {
            Ok(found) => Ok((found.meta.size, blobs_read::begin(found).await?)),
            Err(object_store::Error::NotFound { .. }) => {
                Err(StoreError::NotFound(format!("blob: {sha256}")))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Reads a blob to its end and hands nothing on: `NotFound` when it is not there, `Corrupt`
    /// when it does not open or holds other bytes than it is named after.
    pub async fn check_blob(&self, sha256: &Sha256) -> Result<()> {
        self.get(sha256).await?.bytes.try_for_each(async |_| Ok(())).await
    }

    /// A blob's bytes; `Invalid` when there are more than `max_bytes`.
    pub async fn get_bytes(&self, sha256: &Sha256, max_bytes: u64) -> Result<Bytes> {
        let blob = self.get(sha256).await?;
        if blob.size_bytes > max_bytes {
            let size_bytes = blob.size_bytes;
            return Err(StoreError::Invalid(format!(
                "blob {sha256} is {size_bytes} bytes long, more than the {max_bytes} asked for"
            )));
        }
        let all = blob.bytes.try_fold(BytesMut::new(), |mut all, bytes| async move {
            all.extend_from_slice(&bytes);
            Ok(all)
        });
        Ok(all.await?.freeze())
    }

    /// Whether there is such a blob.
    pub async fn exists(&self, sha256: &Sha256) -> Result<bool> {
        Ok(self.inner.blobs.size_bytes(sha256).await?.is_some())
    }

    /// Every blob that lies there, in no order. What else lies there is passed over.
    pub fn list_blobs(&self) -> Pin<Box<dyn Stream<Item = Result<StoredBlob>> + Send>> {
        let listed = self.inner.blobs.objects.list(None).map_err(StoreError::from);
        listed.try_filter_map(async |found| Ok(StoredBlob::of(&found))).boxed()
    }

    /// Removes what a process that was killed left half-written among local blobs, where nobody
    /// wrote to it for an hour; says how many files that were.
    pub async fn sweep_blobs(&self, now: Timestamp) -> Result<u64> {
        let Some(folder) = &self.inner.blobs.folder else { return Ok(0) };
        let path = folder.path.clone();
        let swept = tokio::task::spawn_blocking(move || blobs_sweep::sweep(&path, now)).await;
        swept
            .map_err(std::io::Error::other)
            .flatten()
            .map_err(|why| StoreError::File { path: folder.path.clone(), why })
    }
}

/// `ab/cd/abcd...`: no folder grows too long.
fn location(sha256: &Sha256) -> Location {
    let name = sha256.to_string();
    Location::from(format!("{}/{}/{name}", &name[..2], &name[2..4]))
}

fn digest(bytes: &[u8]) -> Sha256 {
    Sha256(Hasher::digest(bytes).into())
}

/// The next part of what is put; shorter than a part, or empty, at its end.
async fn part(from: &mut BlobStream) -> Result<Bytes> {
    let mut bytes = Vec::new();
    while bytes.len() < PART_BYTES {
        let Some(piece) = from.try_next().await? else { break };
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.into())
}

/// Sends bytes part by part, one part in memory.
async fn send(upload: &mut dyn MultipartUpload, first: Bytes, mut from: BlobStream) -> Result<()> {
    let mut bytes = first;
    while !bytes.is_empty() {
        upload.put_part(PutPayload::from(bytes)).await?;
        bytes = part(&mut from).await?;
    }
    Ok(())
}
