//! A blob's bytes on their way out: opened where they are sealed, and compared with the digest they
//! are named after before the last of them is handed on.

use std::io;
use std::iter;
use std::path::PathBuf;

use age::{DecryptError, Decryptor};
use bytes::{Bytes, BytesMut};
use futures_util::io::AsyncReadExt as _;
use futures_util::{StreamExt, TryStreamExt, stream};
use object_store::{GetResult, GetResultPayload};
use sha2::{Digest, Sha256 as Hasher};
use tokio::io::AsyncReadExt as _;
use unwatched_model::digest::Sha256;

use crate::blobs::BlobStream;
use crate::blobs_sealed::BlobKey;
use crate::{Result, StoreError};

/// How every sealed blob begins.
const SEAL: &[u8] = b"age-encryption.org/v1\n";
/// What is read at a time.
const PIECE_BYTES: usize = 256 << 10;
/// What age seals at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// What lies in a blob's place, its first bytes looked at.
pub(crate) struct Lying {
    /// Whether it begins as a sealed blob does. A sample that is an age file itself does as well.
    pub(crate) looks_sealed: bool,
    /// All of it.
    pub(crate) bytes: BlobStream,
}

/// Begins to read what lies there.
pub(crate) async fn begin(found: GetResult) -> Result<Lying> {
    let mut bytes = pieces(found);
    let mut first = BytesMut::new();
    while first.len() < SEAL.len() {
        let Some(piece) = bytes.try_next().await? else { break };
        first.extend_from_slice(&piece);
    }
    let looks_sealed = first.starts_with(SEAL);
    let bytes = stream::iter(iter::once(Ok(first.freeze()))).chain(bytes).boxed();
    Ok(Lying { looks_sealed, bytes })
}

/// The bytes as they lie there. A local file is read in larger pieces than its own stream has.
fn pieces(found: GetResult) -> BlobStream {
    let GetResultPayload::File(file, path) = found.payload else {
        return found.into_stream().map_err(StoreError::from).boxed();
    };
    self::file(file, path)
}

/// A file's bytes from where it stands; `path` is named when it does not read.
pub(crate) fn file(file: std::fs::File, path: PathBuf) -> BlobStream {
    let file = (tokio::fs::File::from_std(file), path);
    stream::try_unfold(file, async |(mut file, path)| {
        let mut piece = BytesMut::with_capacity(PIECE_BYTES);
        match file.read_buf(&mut piece).await {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some((piece.freeze(), (file, path)))),
            Err(why) => Err(StoreError::File { path, why }),
        }
    })
    .boxed()
}

/// Opens sealed bytes; `None` when they are not sealed under this key.
pub(crate) async fn unseal(
    sealed: BlobStream,
    key: &BlobKey,
    sha256: Sha256,
) -> Result<Option<BlobStream>> {
    let reader = sealed.map_err(io::Error::other).into_async_read();
    let opened = match Decryptor::new_async_buffered(reader).await {
        Ok(opened) => opened.decrypt_async(iter::once(key.identity())),
        Err(error) => Err(error),
    };
    let reader = match opened {
        Ok(reader) => reader,
        Err(DecryptError::Io(error)) => return Err(broken(error, &sha256)),
        Err(_) => return Ok(None),
    };
    let plain = stream::try_unfold((reader, sha256), async |(mut reader, sha256)| {
        let mut piece = vec![0; CHUNK_BYTES];
        let read = reader.read(&mut piece).await.map_err(|error| broken(error, &sha256))?;
        piece.truncate(read);
        Ok((read > 0).then(|| (Bytes::from(piece), (reader, sha256))))
    });
    Ok(Some(plain.boxed()))
}

/// Either the place did not answer, or the bytes are not those that were sealed.
fn broken(error: io::Error, sha256: &Sha256) -> StoreError {
    match error.downcast::<StoreError>() {
        Ok(error) => error,
        Err(error) => StoreError::Corrupt(format!("blob {sha256}: {error}")),
    }
}

/// The bytes, of which the last are handed on only when all of them have this digest.
pub(crate) fn compared(bytes: BlobStream, sha256: Sha256) -> BlobStream {
    let start = Compared { bytes, hasher: Hasher::new(), held: None, sha256 };
    stream::try_unfold(Some(start), async |reading| {
        let Some(reading) = reading else { return Ok(None) };
        reading.next().await
    })
    .boxed()
}

struct Compared {
    bytes: BlobStream,
    hasher: Hasher,
    held: Option<Bytes>,
    sha256: Sha256,
}

impl Compared {
    async fn next(mut self) -> Result<Option<(Bytes, Option<Self>)>> {
        while let Some(piece) = self.bytes.try_next().await? {
            if piece.is_empty() {
                continue;
            }
            self.hasher.update(&piece);
            if let Some(before) = self.held.replace(piece) {
                return Ok(Some((before, Some(self))));
            }
        }
        if Sha256(self.hasher.finalize().into()) != self.sha256 {
            let sha256 = self.sha256;
            return Err(StoreError::Corrupt(format!("blob {sha256} holds other bytes")));
        }
        Ok(self.held.map(|last| (last, None)))
    }
}
