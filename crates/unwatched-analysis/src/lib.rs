//! An app file's bytes to a report of what the app can do, with evidence and its place.
//!
//! [`analyze`] is the whole of it. It is pure: no files, no network, no clock. It never fails and
//! never panics outward: what could not be read stands in the report's `problems`, together with
//! what could not be judged because of it. It bounds memory and time by [`Limits`]; a caller that
//! reads hostile files still runs it in a child process.
//!
//! It explains and never labels: a label is an indicator's match or the partners' verdict.

mod analysis;
mod axml;
mod bytes;
mod capabilities;
pub mod catalogue;
mod certificates;
mod declarations;
mod dex;
mod drawing;
mod endpoints;
mod entropy;
mod expected;
mod findings;
mod hashing;
mod hosts;
mod inflated;
mod known_formats;
mod limits;
mod literals;
mod magic;
mod manifest;
mod native;
mod observable;
mod picture;
pub mod questions;
mod resources;
mod runs;
mod signature;
pub mod standing;
mod strings_pool;
mod texts;
mod traces;
mod wrapped;
mod zip;

pub use analysis::{analyze, analyze_with_idsig};
pub use hashing::{Hashing, hash_only};
pub use hosts::shared_host;
pub use limits::Limits;
