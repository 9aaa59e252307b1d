//! `dumpsys deviceidle`, and `dumpsys deviceidle whitelist`: apps that somebody exempted from
//! battery optimisation. What the maker exempted is not kept.

use std::collections::BTreeMap;

use serde::Serialize;

use super::component::is_name;
use super::{LineParser, Parsed};

const MAX_APPS: usize = 5_000;

/// What the dump lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DeviceIdle {
    /// Whether it looks like the state of the service; an empty list is not printed at all.
    pub recognised: bool,
    /// Apps that somebody exempted, with their line.
    pub exempt: BTreeMap<String, u64>,
}

/// The parser.
#[derive(Debug, Default)]
pub struct DeviceIdleParser {
    found: DeviceIdle,
    in_list: bool,
}

impl DeviceIdleParser {
    fn take(&mut self, number: u64, name: &str) {
        if is_name(name) && self.found.exempt.len() < MAX_APPS {
            self.found.exempt.entry(name.to_owned()).or_insert(number);
        }
    }
}

impl LineParser for DeviceIdleParser {
    type Value = DeviceIdle;

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim();
        // The short form, `user,PACKAGE,UID`, has three kinds of rows and no headings.
        let mut parts = text.split(',');
        match (parts.next(), parts.next(), parts.next()) {
            (Some("user"), Some(name), Some(_)) => {
                self.found.recognised = true;
                return self.take(number, name);
            }
            (Some("system" | "system-excidle"), Some(_), Some(_)) => {
                self.found.recognised = true;
                return;
            }
            _ => {}
        }
        let lower = text.to_ascii_lowercase();
        if lower.starts_with("whitelist") || lower.starts_with("allowlist") {
            self.found.recognised = true;
            self.in_list = lower.ends_with("list user apps:");
        } else if text.starts_with("mLightEnabled=") || text.starts_with("mEnabled=") {
            self.found.recognised = true;
            self.in_list = false;
        } else if self.in_list && is_name(text) && text.contains('.') {
            self.take(number, text);
        } else {
            self.in_list = false;
        }
    }

    fn end(self, whole: bool) -> Parsed<DeviceIdle> {
        let mut problems = Vec::new();
        if !self.found.recognised {
            problems.push("it lists no exempt apps and no state".to_owned());
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.found, problems }
    }
}
