//! A stream that is being written: what one command prints, or one file of the phone, encrypted
//! chunk by chunk. What is not yet a chunk (64 KiB) is only in memory, and lost when the program is
//! killed; what was written before is read all the same.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use age::Encryptor;
use age::stream::StreamWriter;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::CaseError;
use super::entry::{Entry, Outcome};
use super::folder::{create_private, without_time};
use super::padding;
use super::writer::Inner;

/// A stream that is being written. Dropped without [`finish`](Self::finish), it reads as cut off.
pub struct Stream {
    of: Arc<Inner>,
    number: u32,
    path: PathBuf,
    began: Timestamp,
    out: StreamWriter<File>,
    hasher: Sha256,
    length_bytes: u64,
}

impl Stream {
    pub(super) fn begin(
        of: Arc<Inner>,
        number: u32,
        path: PathBuf,
        began: Timestamp,
    ) -> Result<Self, CaseError> {
        let open = || {
            let file = create_private(&path)?;
            without_time(&file);
            let to = of.identity.to_public();
            let sealed = Encryptor::with_recipients(std::iter::once(&to as _));
            let mut out = sealed.map_err(io::Error::other)?.wrap_output(file)?;
            out.write_all(&u64::from(number).to_be_bytes())?;
            Ok(out)
        };
        let out = open().map_err(CaseError::io(&path))?;
        Ok(Self { of, number, path, began, out, hasher: Sha256::new(), length_bytes: 0 })
    }

    /// The number that its file is called by.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// How many bytes came so far.
    pub fn length_bytes(&self) -> u64 {
        self.length_bytes
    }

    /// Ends it, and says in the journal how. Gives back the SHA-256 of what came.
    pub fn finish(mut self, outcome: Outcome) -> Result<[u8; 32], CaseError> {
        let sha256: [u8; 32] = self.hasher.finalize_reset().into();
        let io = CaseError::io(&self.path);
        let (mut left, mut fill) = (padding::after(self.length_bytes), vec![0; 64 << 10]);
        fill[0] = padding::END;
        let mut end = || {
            while left > 0 {
                let count = left.min(fill.len() as u64);
                self.out.write_all(&fill[..usize::try_from(count).unwrap_or(0)])?;
                fill[0] = 0;
                left -= count;
            }
            Ok(())
        };
        let ended = end().and_then(|()| {
            let written = self.out.finish()?;
            without_time(&written);
            written.sync_data()
        });
        ended.map_err(io)?;
        let now = self.of.now();
        let entry = Entry::StreamEnded {
            stream: self.number,
            outcome,
            length_bytes: self.length_bytes,
            sha256: hex::encode(sha256),
            duration_ms: since(self.began, now),
        };
        self.of.append_at(now, &entry, false)?;
        Ok(sha256)
    }
}

/// How long something took by a clock that may have been set meanwhile.
fn since(began: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.duration_since(began).as_millis()).unwrap_or(0)
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count =
            self.out.write(bytes).map_err(|error| match CaseError::io(&self.path)(error) {
                CaseError::Io { error, .. } => error,
                full => io::Error::new(io::ErrorKind::StorageFull, full),
            })?;
        self.hasher.update(&bytes[..count]);
        self.length_bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
