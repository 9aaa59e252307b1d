//! Blobs under the SHA-256 of their bytes: written once, whole or not at all, never changed.
//!
//! A blob's bytes are compared with its name as they are written, and when the same bytes are put
//! again: what a failing disk made of them is then written anew. Reading compares nothing.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, TryStreamExt};
use jiff::Timestamp;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path as Location;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};
use sha2::{Digest, Sha256 as Hasher};
use tokio::io::{AsyncRead, AsyncReadExt};
use unwatched_model::digest::Sha256;

use crate::{Result, Store, StoreConfig, StoreError, blobs_sweep};

/// The bytes of a blob as they come.
pub type BlobStream = Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>;

/// A blob to be read.
pub struct Blob {
    /// Its length.
    pub size_bytes: u64,
    /// Its bytes.
    pub bytes: BlobStream,
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
    objects: Arc<LocalFileSystem>,
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
        let folder = Folder { objects: local.clone(), path: folder.to_owned() };
        Ok(Self { objects: local, folder: Some(folder) })
    }

    #[cfg(feature = "s3")]
    fn s3(config: &StoreConfig) -> Result<Self> {
        crate::blobs_s3::open(config).map(|objects| Self { objects, folder: None })
    }

    #[cfg(not(feature = "s3"))]
    fn s3(config: &StoreConfig) -> Result<Self> {
        Err(StoreError::Config(format!(
            "this program was built without S3 ({}): build it with the feature s3, or name a folder",
            config.blobs_url
        )))
    }

    /// Whether the blob lies there as it was written: its length first, then all of its bytes.
    async fn holds(&self, sha256: &Sha256, size_bytes: u64) -> Result<bool> {
        if self.size_bytes(sha256).await? != Some(size_bytes) {
            return Ok(false);
        }
        let mut bytes = self.objects.get(&location(sha256)).await?.into_stream();
        let mut hasher = Hasher::new();
        while let Some(read) = bytes.try_next().await? {
            hasher.update(&read);
        }
        Ok(Sha256(hasher.finalize().into()) == *sha256)
    }

    /// How long the blob is that lies there.
    async fn size_bytes(&self, sha256: &Sha256) -> Result<Option<u64>> {
        match self.objects.head(&location(sha256)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl Store {
    /// Keeps a file's bytes under their digest, streamed; says whether they were new, or other
    /// bytes lay in their place. `Corrupt`
    /// when the file's digest is another, and nothing is kept then.
    pub async fn put_file(&self, file: &Path, sha256: &Sha256) -> Result<bool> {
        let failed = |why| StoreError::File { path: file.to_owned(), why };
        let mut from = tokio::fs::File::open(file).await.map_err(failed)?;
        let size_bytes = from.metadata().await.map_err(failed)?.len();
        if self.inner.blobs.holds(sha256, size_bytes).await? {
            return Ok(false);
        }
        let first = part(&mut from).await.map_err(failed)?;
        if first.len() < PART_BYTES {
            if digest(&first) != *sha256 {
                return Err(not_what_it_says(file, sha256));
            }
            self.inner.blobs.objects.put(&location(sha256), first.into()).await?;
            return Ok(true);
        }
        let mut upload = self.inner.blobs.objects.put_multipart(&location(sha256)).await?;
        match send(upload.as_mut(), first, &mut from, file, sha256).await {
            Ok(()) => {
                upload.complete().await?;
                Ok(true)
            }
            Err(error) => {
                upload.abort().await?;
                Err(error)
            }
        }
    }

    /// Keeps bytes and returns their digest.
    pub async fn put_bytes(&self, bytes: impl Into<Bytes>) -> Result<Sha256> {
        let bytes = bytes.into();
        let sha256 = digest(&bytes);
        if !self.inner.blobs.holds(&sha256, bytes.len() as u64).await? {
            self.inner.blobs.objects.put(&location(&sha256), bytes.into()).await?;
        }
        Ok(sha256)
    }

    /// A blob to be read as it comes; `NotFound` when there is none.
    pub async fn get(&self, sha256: &Sha256) -> Result<Blob> {
        let found = match self.inner.blobs.objects.get(&location(sha256)).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => {
                return Err(StoreError::NotFound(format!("blob: {sha256}")));
            }
            Err(error) => return Err(error.into()),
        };
        let size_bytes = found.meta.size;
        let bytes = found.into_stream().map_err(StoreError::from).boxed();
        Ok(Blob { size_bytes, bytes })
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

    /// The file that holds a blob, where blobs are local files and it is there. Read it only.
    pub fn local_path(&self, sha256: &Sha256) -> Option<PathBuf> {
        let folder = self.inner.blobs.folder.as_ref()?;
        folder.objects.path_to_filesystem(&location(sha256)).ok().filter(|path| path.is_file())
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

fn not_what_it_says(file: &Path, sha256: &Sha256) -> StoreError {
    StoreError::Corrupt(format!("{} is not the file with SHA-256 {sha256}", file.display()))
}

/// The next part of a file; shorter than a part, or empty, at its end.
async fn part(from: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Bytes> {
    let mut bytes = Vec::new();
    from.take(PART_BYTES as u64).read_to_end(&mut bytes).await?;
    Ok(bytes.into())
}

/// Sends a file part by part, one part in memory, and compares its digest before it is made
/// visible.
async fn send(
    upload: &mut dyn MultipartUpload,
    first: Bytes,
    from: &mut (impl AsyncRead + Unpin),
    file: &Path,
    sha256: &Sha256,
) -> Result<()> {
    let mut hasher = Hasher::new();
    let mut bytes = first;
    while !bytes.is_empty() {
        hasher.update(&bytes);
        upload.put_part(PutPayload::from(bytes)).await?;
        bytes = part(from).await.map_err(|why| StoreError::File { path: file.to_owned(), why })?;
    }
    if Sha256(hasher.finalize().into()) != *sha256 {
        return Err(not_what_it_says(file, sha256));
    }
    Ok(())
}
