//! A stream as it lies in the case: decrypted as it is read, at any place, and never anywhere but
//! in memory.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use age::Decryptor;
use age::stream::StreamReader;
use age::x25519::Identity;

use super::padding::Unpadded;

/// Before the content stands the stream's number, so that one stream cannot take another's place.
pub(super) const NUMBER_BYTES: usize = 8;

/// Where a stream lies, and how much of it there is.
pub(crate) struct Stored {
    pub(super) path: PathBuf,
    pub(super) identity: Arc<Identity>,
    pub(super) number: u32,
    pub(super) extent: Extent,
}

/// How much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it.
    Whole(u64),
    /// The first bytes; after them comes an error.
    Cut(u64),
}

impl Stored {
    /// Opens the content at its beginning.
    pub(crate) fn open(&self) -> io::Result<Window> {
        let bytes = open_any(File::open(&self.path)?, self.number, &self.identity)?;
        let (length_bytes, is_cut) = match self.extent {
            Extent::Whole(length) => (length, false),
            Extent::Cut(length) => (length, true),
        };
        Ok(Window { bytes, at: 0, length_bytes, is_cut })
    }
}

type Decrypted = StreamReader<BufReader<File>>;

/// Opens a stream's file behind its number.
fn open_any(file: File, number: u32, identity: &Identity) -> io::Result<Decrypted> {
    let sealed = Decryptor::new_buffered(BufReader::new(file)).map_err(|error| match error {
        age::DecryptError::Io(error) => error,
        _ => changed(),
    })?;
    let mut bytes = sealed.decrypt(std::iter::once(identity as _)).map_err(|_| changed())?;
    let mut of = [0; NUMBER_BYTES];
    bytes.read_exact(&mut of)?;
    if u64::from_be_bytes(of) != u64::from(number) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "another file lies in its place"));
    }
    Ok(bytes)
}

fn changed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it was changed, or is not of this case")
}

/// How much of a stream is there that the journal saw no end of. Reads all of it.
pub(super) fn length_of_cut(path: &std::path::Path, number: u32, identity: &Identity) -> u64 {
    let mut unpadded = Unpadded::default();
    let Ok(mut bytes) = File::open(path).and_then(|file| open_any(file, number, identity)) else {
        return 0;
    };
    let mut buffer = vec![0; 64 << 10];
    loop {
        match bytes.read(&mut buffer) {
            // A file that was cut ends with an error; what came before it is as it was written.
            Ok(0) => return unpadded.length_bytes(),
            Ok(count) => unpadded.take(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return unpadded.length_bytes(),
        }
    }
}

/// The content: behind the number, before the padding.
pub(crate) struct Window {
    bytes: Decrypted,
    at: u64,
    length_bytes: u64,
    is_cut: bool,
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let cut = || Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it was cut off here"));
        let left = self.length_bytes.saturating_sub(self.at);
        if left == 0 {
            return if self.is_cut && !buffer.is_empty() { cut() } else { Ok(0) };
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.bytes.read(&mut buffer[..most])?;
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
            SeekFrom::End(by) => self.length_bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        let at = at.ok_or(io::ErrorKind::InvalidInput)?;
        // Behind the end there is nothing to read, and nothing to seek in what is encrypted.
        self.bytes.seek(SeekFrom::Start(NUMBER_BYTES as u64 + at.min(self.length_bytes)))?;
        self.at = at;
        Ok(at)
    }
}
