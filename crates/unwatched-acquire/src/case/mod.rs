//! The case: the folder in which everything that comes from a connected phone is kept, encrypted as
//! it is written (`docs/reference/case.md`).
//!
//! [`Writer`] writes it and [`open`] reads it. Each stream, what one command printed or one file of
//! the phone, is a file of age to the case's own key; that key lies in the folder only as a file of
//! age to the helper's passphrase, and in memory while the case is open. The [`journal`](Entry) tells
//! what was done and when; each of its entries holds the digest of the one before.
//!
//! Files are called by numbers. Their lengths are rounded and their times are all the same; how many
//! there are, and roughly how long they are, the folder still tells.
//!
//! Nothing here talks to a phone or judges what it said.

mod entry;
mod folder;
mod journal;
mod kinds;
mod padding;
mod reader;
mod secret;
mod stored;
mod stream;
mod writer;

use std::io;
use std::path::PathBuf;

pub use entry::{AcquisitionEnd, Command, Entry, Outcome, Record, StepState};
pub use folder::{is_case, take_away};
pub use kinds::StreamKind;
pub use reader::{Acquisition, BEFORE, Case, Held, open};
pub use secret::{DESTROYED, KEPT, Secret, destroy_key};
pub use stream::Stream;
pub use writer::{Clock, Writer};

pub(crate) use folder::{create_private, create_private_folder, new_folder};
pub(crate) use reader::{Contents, acquisitions, evidence_at};
pub(crate) use stored::{Extent, Stored};

/// Why a case cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// Something lies where the case was to be made.
    #[error("{path} is not empty: name a folder that is not there yet, so that nothing of this phone lands among something else", path = .0.display())]
    NotEmpty(PathBuf),
    /// No case lies there.
    #[error("{path} is no case: name the folder that acquire wrote", path = .0.display())]
    NoCase(PathBuf),
    /// It was written by a later version.
    #[error("{path} is a case of a later version of this program: use that version", path = .0.display())]
    Later(PathBuf),
    /// The passphrase was left empty.
    #[error("the passphrase is empty: whoever finds the case could open it")]
    NoPassphrase,
    /// It is encrypted, and no passphrase was given.
    #[error("it is a case, encrypted to a passphrase: give that passphrase")]
    NeedsPassphrase,
    /// Another passphrase than it was made with.
    #[error("this is not the passphrase that the case was made with")]
    OtherPassphrase,
    /// The file with the key is not what was written.
    #[error("its key is damaged ({0}): copy the case again from where it was made")]
    KeyDamaged(&'static str),
    /// The file with the key is not there.
    #[error(
        "its key is missing, so nobody can read it: copy the whole folder again from where it was made"
    )]
    KeyMissing,
    /// Closing the case destroyed the key.
    #[error("its key was destroyed when the case was closed, so nobody can read it any more")]
    KeyDestroyed,
    /// Another process has it open.
    #[error("{path} is in use by another window or program of this computer: close that first", path = .0.display())]
    InUse(PathBuf),
    /// The journal was changed, or belongs to something else.
    #[error(
        "its journal was changed or damaged after entry {read}: {why}; it can be read up to there, and nothing can be added to it"
    )]
    JournalDamaged {
        /// How many entries are as they were written.
        read: u64,
        /// What is wrong with the next.
        why: &'static str,
    },
    /// An acquisition that is not in it.
    #[error("it holds no acquisition {wanted}: {held}", held = how_many(*held))]
    NoAcquisition {
        /// The one that was asked for.
        wanted: u32,
        /// How many there are.
        held: u32,
    },
    /// There is none before the newest.
    #[error("it holds one acquisition, and none before it to compare with")]
    NoneBefore,
    /// An entry or a name is longer than the format holds.
    #[error("an entry of the journal is longer than {0} bytes")]
    TooLong(usize),
    /// The disk is full.
    #[error(
        "the disk is full: what was written so far is kept and can be read; make room, then acquire again"
    )]
    Full,
    /// Writing stopped before, and what came after it was not written.
    #[error("an earlier write to the case failed, so nothing more is written to it")]
    Broken,
    /// The operating system refused.
    #[error("{path}: {error}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
}

fn how_many(held: u32) -> String {
    match held {
        0 => "it holds none".to_owned(),
        1 => "it holds one, number 1".to_owned(),
        many => format!("they are numbered 1 to {many}"),
    }
}

impl CaseError {
    /// What the system said of a file.
    pub(crate) fn io(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io { path, error },
        }
    }
}
