//! A file in an open package: read at any place, decrypted as it is read. All files of a package
//! share one decryption, for a passphrase costs a second each time it is tried.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use crate::source::Bytes;

/// What a package decrypts to, and where reading it stands.
pub(super) struct Plain {
    bytes: Box<dyn Bytes + Send>,
    at: u64,
}

impl Plain {
    pub(super) fn new(bytes: Box<dyn Bytes + Send>) -> Arc<Mutex<Self>> {
        // Unknown until the first seek.
        Arc::new(Mutex::new(Self { bytes, at: u64::MAX }))
    }

    fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at != at {
            self.at = u64::MAX;
            self.bytes.seek(SeekFrom::Start(at))?;
            self.at = at;
        }
        match self.bytes.read(buffer) {
            Ok(count) => {
                self.at += count as u64;
                Ok(count)
            }
            Err(error) => {
                self.at = u64::MAX;
                Err(error)
            }
        }
    }
}

/// Where a file lies in what a package decrypts to.
#[derive(Clone)]
pub struct Packed {
    pub(super) plain: Arc<Mutex<Plain>>,
    pub(super) offset: u64,
    pub(super) length_bytes: u64,
    /// Whether there was more that is not there.
    pub(super) is_cut: bool,
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of a package", self.length_bytes)
    }
}

impl Packed {
    /// Its bytes, from the first on.
    pub fn open(&self) -> Window {
        Window { of: self.clone(), at: 0 }
    }
}

/// A file that is being read.
#[derive(Debug)]
pub struct Window {
    of: Packed,
    at: u64,
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let cut = || Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it was cut off here"));
        let left = self.of.length_bytes.saturating_sub(self.at);
        if left == 0 {
            return if self.of.is_cut && !buffer.is_empty() { cut() } else { Ok(0) };
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let mut plain = self.of.plain.lock().unwrap_or_else(PoisonError::into_inner);
        let count = plain.read_at(self.of.offset + self.at, &mut buffer[..most])?;
        if count == 0 && most > 0 {
            return cut();
        }
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.of.length_bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
