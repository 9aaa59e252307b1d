//! What a copy holds, to the byte.

use std::path::{Component, Path};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use unwatched_model::digest::Sha256;

use super::{BLOBS, DATABASE, KEYS};

/// The manifest's file.
pub const MANIFEST: &str = "manifest.json";

/// The format written and read here.
const FORMAT: u32 = 1;

/// What a copy holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format's version.
    pub unwatched_backup: u32,
    /// Which program made it.
    pub program: String,
    /// When.
    pub made_at: Timestamp,
    /// The database's schema.
    pub schema: i64,
    /// The last line of the audit log in it.
    pub audit: AuditEnd,
    /// What is not in it, and which tool copies that.
    pub not_in_it: Vec<String>,
    /// Blobs that were missing already.
    pub missing: Vec<Sha256>,
    /// Every file but this one.
    pub parts: Vec<Part>,
}

/// The end of an audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditEnd {
    /// The last line's number.
    pub seq: i64,
    /// Its digest.
    pub sha256: String,
}

/// One file of a copy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its path.
    pub path: String,
    /// Its length.
    pub size_bytes: u64,
    /// The SHA-256 of its bytes as they lie there.
    pub sha256: Sha256,
}

impl Manifest {
    /// A manifest of the format written here.
    pub fn new(made_at: Timestamp, schema: i64, audit: AuditEnd) -> Self {
        Self {
            unwatched_backup: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made_at,
            schema,
            audit,
            not_in_it: Vec::new(),
            missing: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// Reads a manifest whose parts all lie where parts of a copy may.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let manifest: Self =
            serde_json::from_slice(bytes).map_err(|error| format!("{MANIFEST}: {error}"))?;
        if manifest.unwatched_backup != FORMAT {
            let found = manifest.unwatched_backup;
            return Err(format!(
                "{MANIFEST} is of format {found}: restore it with a later program"
            ));
        }
        match manifest.parts.iter().find(|part| !is_part(&part.path)) {
            Some(part) => {
                Err(format!("{MANIFEST} names {:?}, which is no part of a copy", part.path))
            }
            None => Ok(manifest),
        }
    }

    /// As it is written.
    pub fn bytes(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec_pretty(self).unwrap_or_default();
        text.push(b'\n');
        text
    }

    /// Whether the database is in it.
    pub fn has_database(&self) -> bool {
        self.parts.iter().any(|part| part.path == DATABASE)
    }
}

/// Whether a path is one that a copy's part may have: nothing that leaves the folder, and nothing
/// beside the three things that a copy holds.
pub fn is_part(path: &str) -> bool {
    let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    let pieces: Vec<_> = path.split('/').collect();
    plain
        && match pieces[..] {
            [only] => only == DATABASE,
            [KEYS, name] => !name.is_empty(),
            [BLOBS, first, second, name] => {
                name.parse::<Sha256>().is_ok_and(|sha256| sha256.to_string() == name)
                    && name[..2] == *first
                    && name[2..4] == *second
            }
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_part_may_lie() {
        let digest = "ab".repeat(32);
        let blob = format!("blobs/ab/ab/{digest}");
        for good in ["exchange.sqlite", "keys/release.key", &blob] {
            assert!(is_part(good), "{good}");
        }
        let elsewhere = format!("blobs/cd/ab/{digest}");
        let louder = format!("blobs/AB/AB/{}", digest.to_uppercase());
        for bad in [
            "",
            "/etc/passwd",
            "keys/../../x",
            "keys/..",
            "keys/",
            "keys/a/b",
            "./exchange.sqlite",
            "blobs/ab",
            "manifest.json",
            &elsewhere,
            &louder,
        ] {
            assert!(!is_part(bad), "{bad}");
        }
    }
}
