//! Where bytes that can be sought lie: a file, an encrypted file, a stream of a case, or memory. A container may need
//! to open its source more than once. What the bytes mean is not known here; what was encrypted is
//! decrypted as it is read and never lies plain on a disk.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::case::Stored;
use crate::keys::{Keys, unseal};
use crate::sealed::Packed;

/// Bytes that can be read at any place.
pub(crate) trait Bytes: Read + Seek {}
impl<T: Read + Seek> Bytes for T {}

/// Where they lie.
#[derive(Clone)]
pub(crate) enum Source {
    File(PathBuf),
    /// A file, or what lay in a container, that age encrypted to one of these keys.
    Sealed(Box<Source>, Arc<Keys>),
    /// What came from a phone, in its case.
    Stored(Arc<Stored>),
    /// The same, in a sealed package.
    Packed(Packed),
    /// What lay inside another container, unpacked; it never touches a disk.
    Memory(Arc<[u8]>),
}

impl Source {
    pub(crate) fn file(path: &Path) -> Self {
        Self::File(path.to_owned())
    }

    /// Opens them at their beginning.
    pub(crate) fn open(&self) -> io::Result<Box<dyn Bytes>> {
        Ok(match self {
            Self::File(path) => Box::new(File::open(path)?),
            Self::Sealed(source, keys) => unseal(source.open()?, keys).map_err(io::Error::other)?,
            Self::Stored(stored) => Box::new(stored.open()?),
            Self::Packed(packed) => Box::new(packed.open()),
            Self::Memory(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
        })
    }

    /// The first bytes, at most this many.
    pub(crate) fn head(&self, length: u64) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        self.open()?.take(length).read_to_end(&mut head)?;
        Ok(head)
    }

    /// The first bytes, as many as can be read: what was encrypted and then cut still begins.
    pub(crate) fn head_before_error(&self, length: u64) -> Vec<u8> {
        let mut head = Vec::new();
        if let Ok(bytes) = self.open() {
            let _ = bytes.take(length).read_to_end(&mut head);
        }
        head
    }

    /// How many there are; `None` where the end is missing and nobody can tell.
    pub(crate) fn size_bytes(&self) -> Option<u64> {
        self.open().ok()?.seek(SeekFrom::End(0)).ok()
    }

    /// The last bytes, at most this many.
    pub(crate) fn tail(&self, length: u64) -> io::Result<Vec<u8>> {
        let mut bytes = self.open()?;
        let end = bytes.seek(SeekFrom::End(0))?;
        bytes.seek(SeekFrom::Start(end.saturating_sub(length)))?;
        let mut tail = Vec::new();
        bytes.take(length).read_to_end(&mut tail)?;
        Ok(tail)
    }
}
