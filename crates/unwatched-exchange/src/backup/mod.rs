//! A copy of an exchange in one folder or one `.tar`, and the way back.
//!
//! What a copy holds is in its manifest, written last: a copy without one is no copy. PostgreSQL
//! and S3 have tools of their own for their halves; `docs/reference/backup.md` says which.

pub mod make;
pub mod manifest;
pub mod pack;
pub mod restore;
pub mod staging;
pub mod unpack;

/// The database in a copy, and in a data folder.
pub const DATABASE: &str = "exchange.sqlite";
/// The folder of blobs.
pub const BLOBS: &str = "blobs";
/// The folder of keys.
pub const KEYS: &str = "keys";
