//! `dumpsys telephony.registry`: whether calls are forwarded. Numbers and cells are never kept.

use serde::Serialize;

use super::{LineParser, Parsed};

/// What the dump says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Telephony {
    /// Lines that say that all calls of a SIM are forwarded.
    pub forwards: Vec<u64>,
    /// Whether it says so or the opposite at all.
    pub tells: bool,
}

/// The parser.
#[derive(Debug, Default)]
pub struct TelephonyParser {
    found: Telephony,
}

impl LineParser for TelephonyParser {
    type Value = Telephony;

    fn line(&mut self, number: u64, line: &str) {
        let Some(value) = line.trim_start().strip_prefix("mCallForwarding=") else { return };
        self.found.tells = true;
        // One value per SIM, or all of them in brackets; what comes later repeats.
        if value.contains("true") && self.found.forwards.len() < 20 {
            self.found.forwards.push(number);
        }
    }

    fn end(self, whole: bool) -> Parsed<Telephony> {
        let mut problems = Vec::new();
        if !self.found.tells {
            problems.push("it does not say whether calls are forwarded".to_owned());
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.found, problems }
    }
}
