//! `dumpsys adb`: how many computers the phone lets debug it. Their keys, and the names of their
//! users, are never kept.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{LineParser, Parsed};
use crate::mark::Mark;

/// What the dump says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdbKeys {
    /// How many different keys are accepted.
    pub count: usize,
    /// Where the first of them stands.
    pub line: u64,
    /// Whether the dump is of the right kind, so that no key means "none".
    pub recognised: bool,
    /// What tells these keys from others.
    #[serde(skip)]
    pub marks: BTreeSet<Mark>,
}

const MAX_KEYS: usize = 1_000;
/// What every key of adb begins with: its length, 64 words of 32 bits, in base64.
const BEGINNING: &str = "QAAAA";
/// As much of a key as tells it from another.
const COMPARED_BYTES: usize = 64;

/// The parser.
#[derive(Debug, Default)]
pub struct AdbKeysParser {
    recognised: bool,
    keys: BTreeMap<String, u64>,
}

impl LineParser for AdbKeysParser {
    type Value = AdbKeys;

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim();
        self.recognised |= text.starts_with("ADB MANAGER STATE")
            || text.starts_with("USB MANAGER STATE")
            || text.contains("debugging_manager");
        // The key that asked last need not have been accepted.
        if text.starts_with("last_key_received") {
            return;
        }
        let mut rest = text;
        while let Some(at) = rest.find(BEGINNING) {
            let before = rest[..at].chars().next_back();
            let key = &rest[at..];
            let end = key
                .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '/' | '='))
                .unwrap_or(key.len());
            let starts = before.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '+' && c != '/');
            if starts && end >= COMPARED_BYTES && self.keys.len() < MAX_KEYS {
                self.keys.entry(key[..COMPARED_BYTES].to_owned()).or_insert(number);
            }
            rest = &key[end.max(BEGINNING.len())..];
        }
    }

    fn end(self, whole: bool) -> Parsed<AdbKeys> {
        let mut problems = Vec::new();
        if !self.recognised {
            problems.push("it does not look like the state of debugging".to_owned());
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        let line = self.keys.values().min().copied().unwrap_or_default();
        let marks = self.keys.keys().map(|key| Mark::of(key)).collect();
        let value = AdbKeys { count: self.keys.len(), line, recognised: self.recognised, marks };
        Parsed { value, problems }
    }
}
