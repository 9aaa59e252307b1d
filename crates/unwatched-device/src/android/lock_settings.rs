//! `dumpsys lock_settings`: which users have a screen lock of their own. What kind of lock it is
//! is not kept: it would help whoever tries to open it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{LineParser, Parsed};

/// What the dump lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LockSettings {
    /// By user: whether it has a lock, as far as the dump says, and the line.
    pub locks: BTreeMap<u32, (bool, u64)>,
    /// Profiles that are unlocked apart from their owner.
    pub separate: BTreeMap<u32, u64>,
    /// Whether the dump has its list of users.
    pub recognised: bool,
}

const MAX_USERS: usize = 1_000;

/// The parser.
#[derive(Debug, Default)]
pub struct LockSettingsParser {
    found: LockSettings,
    user: Option<u32>,
}

impl LineParser for LockSettingsParser {
    type Value = LockSettings;

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim();
        if text.starts_with("Current lock settings service state") {
            self.found.recognised = true;
        } else if let Some(user) = text.strip_prefix("User ").and_then(|rest| rest.parse().ok()) {
            self.user = Some(user);
        } else if line.starts_with(|c: char| c.is_alphabetic()) {
            // Behind the list of users stand parts of the service's own.
            self.user = None;
        }
        let Some(user) = self.user else { return };
        if self.found.locks.len() >= MAX_USERS {
            return;
        }
        if let Some(kind) = text.strip_prefix("CredentialType:") {
            let has_lock = !kind.trim().eq_ignore_ascii_case("none");
            self.found.locks.insert(user, (has_lock, number));
        } else if text.strip_prefix("SeparateChallenge:").is_some_and(|is| is.trim() == "true") {
            self.found.separate.insert(user, number);
        }
    }

    fn end(self, whole: bool) -> Parsed<LockSettings> {
        let mut problems = Vec::new();
        if !self.found.recognised {
            problems.push("it does not look like the state of the screen locks".to_owned());
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.found, problems }
    }
}
