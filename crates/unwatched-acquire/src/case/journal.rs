//! The journal: frames, each a file of age to the case's key, appended one after the other. In each
//! stands the digest of the frame before it, so that one that was changed, left out or moved is
//! seen. Frames at the end that are missing altogether can be told only by what they announced.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use age::x25519::{Identity, Recipient};
use age::{Decryptor, Encryptor};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::CaseError;
use super::entry::{Entry, Record};
use super::folder::{header_now, without_time};

/// What is encrypted is filled up with spaces to a multiple of this, so that a frame's length does
/// not tell which command it names.
const BLOCK_BYTES: usize = 512;
/// No entry is longer.
const MAX_ENTRY_BYTES: usize = 1 << 20;
/// A file of age is longer than what is in it by some hundred bytes.
const MAX_FRAME_BYTES: usize = MAX_ENTRY_BYTES + (4 << 10);
/// More entries than any case has.
const MAX_ENTRIES: usize = 200_000;
/// More than any journal takes up.
const MAX_BYTES: u64 = 256 << 20;

type Hash = [u8; 32];

/// What a frame holds.
#[derive(Serialize)]
struct Frame<'e> {
    number: u64,
    at: Timestamp,
    /// The digest of the frame before; of the header, in the first.
    previous: String,
    entry: &'e Entry,
}

/// The same, as it is read.
#[derive(Deserialize)]
struct FrameRead {
    previous: String,
    #[serde(flatten)]
    record: Record,
}

/// A journal that is being written.
pub(super) struct Journal {
    file: File,
    path: PathBuf,
    to: Recipient,
    /// How long it is up to the last frame that is whole.
    whole_bytes: u64,
    number: u64,
    previous: Hash,
    broken: bool,
}

impl Journal {
    /// Goes on after what was read.
    pub(super) fn after(
        file: File,
        path: PathBuf,
        identity: &Identity,
        read: &JournalRead,
    ) -> Self {
        Self {
            file,
            path,
            to: identity.to_public(),
            whole_bytes: read.whole_bytes,
            number: read.records.len() as u64,
            previous: read.previous,
            broken: false,
        }
    }

    /// Appends an entry. What announces something must be `durable` before that happens.
    pub(super) fn append(
        &mut self,
        at: Timestamp,
        entry: &Entry,
        durable: bool,
    ) -> Result<(), CaseError> {
        if self.broken {
            return Err(CaseError::Broken);
        }
        let frame = sealed(self.number + 1, at, &self.previous, entry, &self.to)?;
        let written = self
            .file
            .seek(SeekFrom::Start(self.whole_bytes))
            .and_then(|_| self.file.write_all(&frame))
            .and_then(|()| if durable { self.file.sync_data() } else { Ok(()) });
        if let Err(error) = written {
            // Half a frame must not lie before the next one.
            self.broken = self.file.set_len(self.whole_bytes).is_err();
            return Err(CaseError::io(&self.path)(error));
        }
        without_time(&self.file);
        self.whole_bytes += frame.len() as u64;
        self.number += 1;
        self.previous = Sha256::digest(&frame).into();
        Ok(())
    }

    /// Takes away what lies behind the last frame that is whole.
    pub(super) fn take_away_what_follows(&self) -> Result<(), CaseError> {
        self.file.set_len(self.whole_bytes).map_err(CaseError::io(&self.path))
    }
}

fn sealed(
    number: u64,
    at: Timestamp,
    previous: &Hash,
    entry: &Entry,
    to: &Recipient,
) -> Result<Vec<u8>, CaseError> {
    let plain = filled(&Frame { number, at, previous: hex::encode(previous), entry })?;
    let encrypted = Encryptor::with_recipients(std::iter::once(to as _))
        .map_err(io::Error::other)
        .and_then(|encryptor| {
            let mut out = encryptor.wrap_output(vec![0; 4])?;
            out.write_all(&plain)?;
            out.finish()
        });
    let mut frame = encrypted.map_err(CaseError::io(std::path::Path::new("journal")))?;
    let length = u32::try_from(frame.len() - 4).map_err(|_| CaseError::TooLong(MAX_ENTRY_BYTES))?;
    frame[..4].copy_from_slice(&length.to_be_bytes());
    Ok(frame)
}

fn filled(frame: &Frame<'_>) -> Result<Vec<u8>, CaseError> {
    let mut plain = serde_json::to_vec(frame).map_err(|_| CaseError::TooLong(MAX_ENTRY_BYTES))?;
    plain.resize(plain.len().next_multiple_of(BLOCK_BYTES), b' ');
    if plain.len() > MAX_ENTRY_BYTES {
        return Err(CaseError::TooLong(MAX_ENTRY_BYTES));
    }
    Ok(plain)
}

/// A journal as it was read.
pub(super) struct JournalRead {
    pub(super) records: Vec<Record>,
    /// How long it is up to the last frame that is whole.
    pub(super) whole_bytes: u64,
    previous: Hash,
    pub(super) end: End,
}

/// How a journal ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// With a whole frame.
    Whole,
    /// In the middle of a frame, which is this long and has this digest: whoever wrote it was
    /// stopped.
    Cut { length_bytes: u64, sha256: Hash },
    /// With something that nobody who was stopped leaves behind.
    Damaged(&'static str),
}

/// Reads a journal as far as it goes; the bytes may be anything.
pub(super) fn read(file: impl Read, identity: &Identity) -> io::Result<JournalRead> {
    let mut file = file.take(MAX_BYTES);
    let mut read = JournalRead {
        records: Vec::new(),
        whole_bytes: 0,
        previous: Sha256::digest(header_now()).into(),
        end: End::Whole,
    };
    loop {
        let mut frame = Vec::new();
        (&mut file).take(4).read_to_end(&mut frame)?;
        if frame.is_empty() {
            return Ok(read);
        }
        let length = match <[u8; 4]>::try_from(frame.as_slice()) {
            Ok(length) => u32::from_be_bytes(length) as usize,
            Err(_) => 0,
        };
        if read.records.len() >= MAX_ENTRIES {
            read.end = End::Damaged("it has more entries than any case");
            return Ok(read);
        }
        // A stopped write can leave zeros in the place of bytes, to the end of the file.
        let rest_bytes = if length == 0 { MAX_BYTES } else { length.min(MAX_FRAME_BYTES) as u64 };
        (&mut file).take(rest_bytes).read_to_end(&mut frame)?;
        let is_cut = frame.len() < 4 + length || frame.iter().all(|byte| *byte == 0);
        let opened = match length {
            _ if is_cut => None,
            length if length > MAX_FRAME_BYTES => None,
            _ => Some(opened(&frame, read.records.len() as u64 + 1, &read.previous, identity)),
        };
        match opened {
            Some(Ok(record)) => {
                read.records.push(record);
                read.whole_bytes += frame.len() as u64;
                read.previous = Sha256::digest(&frame).into();
            }
            Some(Err(_)) if ends_in_zeros(&frame) && is_last(&mut file)? => {
                read.end = cut(&frame);
                return Ok(read);
            }
            Some(Err(why)) => {
                read.end = End::Damaged(why);
                return Ok(read);
            }
            None if is_cut && length <= MAX_FRAME_BYTES => {
                read.end = cut(&frame);
                return Ok(read);
            }
            None => {
                read.end = End::Damaged("it is longer than any entry");
                return Ok(read);
            }
        }
    }
}

fn cut(frame: &[u8]) -> End {
    End::Cut { length_bytes: frame.len() as u64, sha256: Sha256::digest(frame).into() }
}

fn ends_in_zeros(frame: &[u8]) -> bool {
    frame.len() >= 16 && frame[frame.len() - 16..].iter().all(|byte| *byte == 0)
}

fn is_last(file: &mut impl Read) -> io::Result<bool> {
    Ok(file.take(1).read(&mut [0])? == 0)
}

fn opened(
    frame: &[u8],
    number: u64,
    previous: &Hash,
    identity: &Identity,
) -> Result<Record, &'static str> {
    const CHANGED: &str = "it was changed, or is not of this case";
    let sealed = Decryptor::new_buffered(&frame[4..]).map_err(|_| CHANGED)?;
    let plain = sealed.decrypt(std::iter::once(identity as _)).map_err(|_| CHANGED)?;
    let mut json = Vec::new();
    plain.take(MAX_ENTRY_BYTES as u64 + 1).read_to_end(&mut json).map_err(|_| CHANGED)?;
    let read: FrameRead =
        serde_json::from_slice(&json).map_err(|_| "what it says cannot be read")?;
    if read.previous != hex::encode(previous) || read.record.number != number {
        return Err("entries before it were changed, left out or moved");
    }
    Ok(read.record)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str) -> Entry {
        Entry::Created { tool: name.to_owned() }
    }

    /// The frames of a journal with these entries.
    fn frames(identity: &Identity, names: &[&str]) -> Vec<Vec<u8>> {
        let mut previous: Hash = Sha256::digest(header_now()).into();
        let mut frames = Vec::new();
        for (number, name) in (1..).zip(names) {
            let to = identity.to_public();
            let frame = sealed(number, Timestamp::UNIX_EPOCH, &previous, &step(name), &to).unwrap();
            previous = Sha256::digest(&frame).into();
            frames.push(frame);
        }
        frames
    }

    fn check(identity: &Identity, frames: &[&[u8]], read: usize, end: impl Fn(&End) -> bool) {
        let journal = super::read(frames.concat().as_slice(), identity).unwrap();
        assert_eq!(journal.records.len(), read);
        assert!(end(&journal.end), "{:?}", journal.end);
    }

    #[test]
    fn what_was_changed_left_out_or_moved_is_seen() {
        let identity = Identity::generate();
        let frames = frames(&identity, &["a", "b", "c"]);
        let [a, b, c] = [&frames[0][..], &frames[1], &frames[2]];
        let damaged = |end: &End| matches!(end, End::Damaged(_));
        check(&identity, &[a, b, c], 3, |end| *end == End::Whole);
        check(&identity, &[a, c], 1, damaged);
        check(&identity, &[b, c], 0, damaged);
        check(&identity, &[a, c, b], 1, damaged);
        check(&identity, &[a, a, b], 1, damaged);
        let mut changed = b.to_vec();
        changed[300] ^= 1;
        check(&identity, &[a, &changed, c], 1, damaged);
        check(&Identity::generate(), &[a, b, c], 0, damaged);
    }

    #[test]
    fn a_journal_that_was_cut_anywhere_is_read_as_far_as_it_goes() {
        let identity = Identity::generate();
        let frames = frames(&identity, &["a", "b"]);
        let (first, second) = (&frames[0], &frames[1]);
        for length in 1..second.len() {
            check(&identity, &[first, &second[..length]], 1, |end| matches!(end, End::Cut { .. }));
        }
        let mut lost = second.clone();
        lost[100..].fill(0);
        check(&identity, &[first, &lost], 1, |end| matches!(end, End::Cut { .. }));
        check(&identity, &[first, &[0; 4_096]], 1, |end| matches!(end, End::Cut { .. }));
    }

    #[test]
    fn frames_do_not_tell_how_long_a_name_is() {
        let length = |name: &str| {
            let (at, entry) = (Timestamp::UNIX_EPOCH, step(name));
            let frame = Frame { number: 1, at, previous: hex::encode([0; 32]), entry: &entry };
            filled(&frame).unwrap().len()
        };
        assert_eq!(length("short"), length("longer by a good many letters"));
        assert!(
            filled(&Frame {
                number: 1,
                at: Timestamp::UNIX_EPOCH,
                previous: String::new(),
                entry: &step(&"x".repeat(MAX_ENTRY_BYTES)),
            })
            .is_err()
        );
    }
}
