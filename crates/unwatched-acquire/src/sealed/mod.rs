//! The sealed package: one file that holds what a case knows, for whoever must be able to check it
//! later (`docs/reference/evidence.md`).
//!
//! It is a file of age, to the survivor's passphrase or key, over a tar archive. A manifest in it
//! names every file with its size and SHA-256 and is signed by a key that is made for this package
//! and then forgotten: eight made-up words stand for its public half, and whoever wrote them down
//! can tell this package from any other. Custody entries follow, each with the digest of the one
//! before.
//!
//! [`seal`] takes a [`Case`](crate::case::Case) and nothing else: what was never on a real phone,
//! such as a made-up phone of practice, is evidence of another type and cannot be sealed.
//!
//! ```compile_fail
//! # use unwatched_acquire::sealed::{Content, Lock, seal};
//! fn of_practice(phone: Box<dyn unwatched_device::evidence::Evidence>, content: &Content, lock: &Lock) {
//!     seal(&phone, content, lock, Vec::new()).unwrap();
//! }
//! ```
//!
//! Nothing here judges: facts and findings are bytes that others made of the same case.

mod archive;
mod custody;
mod lock;
mod manifest;
mod packed;
mod reader;
mod signature;
mod unpack;
mod writer;

use std::io;

pub use custody::{CustodyEntry, Link, Role};
pub use lock::{Lock, NoRecipient};
pub use manifest::{
    Acquired, FileKind, FileSealed, IndicatorsSealed, LeftOut, Manifest, OpensWith,
};
pub use packed::{Packed, Window};
pub use reader::{Package, Trouble, open, read_plain};
pub use unpack::{FOLDER_KEY, Unpacked, WHY_PLAIN, unpack};
pub use writer::{Content, IndicatorsContent, Judged, Seal, add_custody, seal};

use crate::case::CaseError;
use crate::keys::Sealed;

/// Why a package cannot be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealedError {
    /// Something else lies there.
    #[error("this is no sealed package: it does not begin like a file of age")]
    NoPackage,
    /// What was given does not open it, or its beginning was changed.
    #[error("{0}")]
    Closed(#[from] Sealed),
    /// Another passphrase or key; where a byte of the part that they are tried on was changed, nobody
    /// can tell the two apart.
    #[error(
        "this is not the passphrase or key that it was sealed with, or the first {header_bytes} bytes of the file were changed"
    )]
    OtherPassphrase {
        /// How long the part is that a passphrase is tried on.
        header_bytes: u64,
    },
    /// Its beginning was changed.
    #[error(
        "the beginning of the file, before byte {header_bytes}, was changed since it was sealed, or it is cut off there"
    )]
    BeginningChanged {
        /// How long the beginning is.
        header_bytes: u64,
    },
    /// It holds no manifest that can be read.
    #[error("it holds no manifest that can be read: {0}")]
    NoManifest(String),
    /// A later version wrote it.
    #[error("it was sealed by a later version of this program (format {0}): use that version")]
    Later(u32),
    /// A file in it is larger than this program reads.
    #[error("{place} is larger than {most_bytes} bytes, more than any that is written")]
    TooLarge {
        /// The file in the package.
        place: String,
        /// How long it may be.
        most_bytes: u64,
    },
    /// A file that it should hold.
    #[error("{0} is not in it")]
    Missing(String),
    /// The passphrase was left empty.
    #[error("the passphrase is empty: whoever finds the package could open it")]
    NoPassphrase,
    /// A custody entry that says nothing, or says it at too great a length.
    #[error("a custody entry needs between 1 and {0} characters in one line")]
    CustodyText(usize),
    /// The case could not be read.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
}
