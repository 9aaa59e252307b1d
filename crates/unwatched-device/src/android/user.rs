//! `dumpsys user`: which users are a private space. Names of users are never kept.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{LineParser, Parsed};

/// What the dump lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Users {
    /// Every user's number.
    pub all: BTreeSet<u32>,
    /// Those that are a private space.
    pub private: BTreeSet<u32>,
}

/// The parser.
#[derive(Debug, Default)]
pub struct UserParser {
    found: Users,
    current: Option<u32>,
}

impl LineParser for UserParser {
    type Value = Users;

    fn line(&mut self, _number: u64, line: &str) {
        let text = line.trim();
        if let Some(rest) = text.strip_prefix("UserInfo{") {
            self.current = rest.split(':').next().and_then(|id| id.parse().ok());
            if self.found.all.len() < 1_000 {
                self.found.all.extend(self.current);
            }
        } else if text.starts_with("Type:") && text.contains("profile.PRIVATE") {
            self.found.private.extend(self.current);
        }
    }

    fn end(self, whole: bool) -> Parsed<Users> {
        let problems = if whole { Vec::new() } else { vec!["it ends before its end".to_owned()] };
        Parsed { value: self.found, problems }
    }
}
