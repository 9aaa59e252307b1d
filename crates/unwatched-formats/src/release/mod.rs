//! A release: `index.json`, its signature, and the one file `bundle` that a helper downloads.
//!
//! The written description is `docs/reference/release.md`. Signing needs a secret key and is the
//! exchange's; here is everything that needs none.

mod archive;
mod bundle;
mod index;
mod key;
mod key_set;
mod log;
mod pin;
mod succession;

pub use bundle::{
    Bundle, BundleError, INDEX_NAME, INDICATORS_NAME, Limits, Proofs, SIGNATURE_NAME,
    SIGNATURES_NAME, VerifiedBundle, open_bundle, write_bundle, write_proven_bundle,
};
pub use index::{Attribution, Index, IndexFile, NotAnIndex, SharedValue};
pub use key::{NotAPublicKey, PublicKey, signer_id};
pub use key_set::{
    ChainError, KEYS_NAME, KeyChain, KeySet, NotAKeySet, SignedSet, change_is_signed,
};
pub use log::{Checkpoint, FRESH_FOR, LOG_NAME, Leaf, Log, LogError, LogPart, NotALog, log_lines};
pub use pin::Pin;
pub use succession::{
    Installed, Succession, SuccessionError, check_succession, is_from_the_future,
};
