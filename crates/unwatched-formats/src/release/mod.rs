//! A release: `index.json`, its signature, and the one file `bundle` that a helper downloads.
//!
//! The written description is `docs/reference/release.md`. Signing needs a secret key and is the
//! exchange's; here is everything that needs none.

mod archive;
mod bundle;
mod index;
mod key;
mod succession;

pub use bundle::{
    Bundle, BundleError, INDEX_NAME, INDICATORS_NAME, Limits, SIGNATURE_NAME, VerifiedBundle,
    open_bundle, write_bundle,
};
pub use index::{Attribution, Index, IndexFile, NotAnIndex};
pub use key::{NotAPublicKey, PublicKey};
pub use succession::{
    Installed, Succession, SuccessionError, check_succession, is_from_the_future,
};
