//! The three digests of a file, for a sample's id and for older lists.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use unwatched_model::digest;
use unwatched_model::report::{Problem, Report, Unread};

/// What each of the digests takes in at once.
const BLOCK_BYTES: usize = 64;

/// Digests of a file that is fed in parts, for files too large to hold in memory.
#[derive(Default)]
pub struct Hashing {
    sha256: Sha256,
    sha1: Sha1,
    md5: Md5,
    size_bytes: u64,
}

impl Hashing {
    /// Nothing fed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next part of the file.
    pub fn update(&mut self, part: &[u8]) {
        // Each step of a digest waits for the one before. Block by block in turn, the processor
        // works on the next digest meanwhile: all three take little more than MD5 alone.
        for block in part.chunks(BLOCK_BYTES) {
            self.sha256.update(block);
            self.sha1.update(block);
            self.md5.update(block);
        }
        self.size_bytes += part.len() as u64;
    }

    /// A report that holds the digests and says why it holds nothing else.
    pub fn into_report(self, name: Option<&str>, why: &str) -> Report {
        let mut report = self.finish(name);
        report.problems.push(Problem {
            what: format!("{why}: only its digests were computed, no capability could be judged"),
            place: "the file".to_owned(),
        });
        report.unread = vec![Unread::Manifest, Unread::Code];
        report
    }

    pub(crate) fn finish(self, name: Option<&str>) -> Report {
        let report = Report::of_digests(
            digest::Sha256(self.sha256.finalize().into()),
            digest::Sha1(self.sha1.finalize().into()),
            digest::Md5(self.md5.finalize().into()),
            self.size_bytes,
        );
        Report { file: name.map(str::to_owned), ..report }
    }
}

/// A report of the digests only, for a file that is not to be read; `why` says why, such as
/// `3 GB are more than this analysis reads`.
pub fn hash_only(name: Option<&str>, bytes: &[u8], why: &str) -> Report {
    let mut hashing = Hashing::new();
    hashing.update(bytes);
    hashing.into_report(name, why)
}
