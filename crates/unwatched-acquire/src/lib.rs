//! The only crate that opens acquisitions: a bugreport, an AndroidQF folder or ZIP.
//!
//! It recognises what lies at a path by its content and hands it on as
//! [`unwatched_device::evidence::Evidence`]. It never judges.

use std::io;
use std::path::{Path, PathBuf};

use unwatched_device::evidence::Evidence;

/// Why a path could not be opened as evidence.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The operating system refused.
    #[error("{path}: {error}", path = path.display())]
    Io {
        /// What was being opened.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// Nothing in it.
    #[error("{path} is empty: copy it again from where it was made", path = .0.display())]
    Empty(PathBuf),
    /// An AndroidQF acquisition that was encrypted as it was written.
    #[error("{path} is encrypted with age: decrypt it with the key it was made for (age --decrypt) and check the ZIP that comes out", path = .0.display())]
    Encrypted(PathBuf),
    /// None of the kinds of evidence this version reads.
    #[error("{path} is not recognised ({why}): expected a bugreport ZIP, a bugreport's text, or an AndroidQF folder or ZIP", path = path.display())]
    NotRecognised {
        /// What was being opened.
        path: PathBuf,
        /// What was looked for and not seen.
        why: String,
    },
}

/// Opens what lies at `path`.
pub fn open(path: &Path) -> Result<Box<dyn Evidence>, OpenError> {
    Err(OpenError::NotRecognised { path: path.to_owned(), why: "nothing is read yet".to_owned() })
}
