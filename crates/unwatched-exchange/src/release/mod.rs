//! Releases: rows to signed files. Rendering a format is the business of `unwatched-formats`.

pub mod compile;
pub mod continued;
pub mod draft;
pub mod files;
pub mod key_sets;
pub mod keys;
pub mod log;
pub mod lookup;
pub mod popular;
pub mod preview;
pub mod publish;
pub mod recall;
pub mod rendered;
pub mod shared;
pub mod sift;
pub mod signatures;
pub mod warnings;

use sha2::{Digest as _, Sha256 as Hasher};
use unwatched_model::digest::Sha256;

/// The list of a release's files.
pub const INDEX: &str = "index.json";
/// Its signature.
pub const SIGNATURE: &str = "index.json.minisig";
/// The one file that a checker takes.
pub const BUNDLE: &str = "bundle";
/// The compiled set.
pub const INDICATORS: &str = "indicators.bin";
/// Licence and attribution, beside the files.
pub const NOTICE: &str = "NOTICE";

/// The digest that names a file.
pub fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256(Hasher::digest(bytes).into())
}
