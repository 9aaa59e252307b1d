//! Builders of made-up evidence for the demo, practice and tests: inert Android apps.
//!
//! Everything here declares and references, and nothing works: an app built here names the methods
//! a stalkerware app would call, in code that returns before it reaches them. Same arguments, same
//! bytes: no clock is read, and the only randomness is a seed that the caller gives. Input mistakes
//! of the caller (a malformed descriptor, say) panic: a fixture is written by us, not received.

pub mod apk;
pub mod axml;
mod bytes;
pub mod dex;
pub mod mutation;
pub mod never_said;
pub mod phone;
mod random;
pub mod signing;

pub use mutation::mutations;
pub use random::{Random, noise};
pub use signing::Signer;
