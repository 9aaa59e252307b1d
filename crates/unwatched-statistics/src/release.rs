//! Releases of rows: an id, and a SHA-256 of the canonical row set, so that a copy can be told from a change.
//!
//! Not here: signing and shipping them.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use crate::observation::Observation;

/// The digest of a set of rows: the same whatever their order, another when a single character differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowSetDigest([u8; 32]);

impl RowSetDigest {
    /// Of these rows. Rows that stand twice count once.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a Observation>) -> Self {
        let lines: BTreeSet<String> = rows.into_iter().map(canonical).collect();
        let mut hasher = Sha256::new();
        for line in lines {
            hasher.update(line.as_bytes());
            hasher.update([b'\n']);
        }
        Self(hasher.finalize().into())
    }

    /// In hexadecimal.
    pub fn hex(&self) -> String {
        hex::encode(self.0)
    }
}

/// One row on one line: each filled column as JSON, in the order of [`crate::columns::COLUMNS`].
pub fn canonical(row: &Observation) -> String {
    let fields: Vec<_> = crate::columns::write(row)
        .into_iter()
        .map(|(column, text)| {
            let text = serde_json::Value::String(text);
            format!("\"{}\":{text}", column.name())
        })
        .collect();
    format!("{{{}}}", fields.join(","))
}
