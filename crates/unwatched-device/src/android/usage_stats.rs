//! `dumpsys usagestats`: how long each app was on the screen, and when last. The totals reach
//! back up to two years and keep apps that are gone.
//!
//! Which activity was opened when is not kept: that is somebody's day.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::component::is_name;
use super::moments::{date_time, elapsed_seconds};
use super::{LineParser, Parsed};

const MAX_APPS: usize = 20_000;

/// One app.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppUsage {
    /// Seconds on the screen, by the longest of the totals; `None` where they cannot be read.
    pub seconds: Option<u64>,
    /// When last, where the dump prints dates that follow no language.
    pub last: Option<DateTime>,
    /// Where.
    pub line: u64,
}

/// The whole dump.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Whether it has totals.
    pub recognised: bool,
    /// By app.
    pub apps: BTreeMap<String, AppUsage>,
}

/// The parser.
#[derive(Debug, Default)]
pub struct UsageParser {
    found: Usage,
}

/// The value of the first of these keys that the line has, between its quotes.
fn quoted<'t>(text: &'t str, keys: [&str; 2]) -> Option<&'t str> {
    let at = keys.iter().find_map(|key| text.find(key).map(|at| at + key.len()))?;
    text[at..].strip_prefix('"')?.split('"').next()
}

/// Only these events are a person's use.
const SHOWN: [&str; 2] = [" type=ACTIVITY_RESUMED ", " type=MOVE_TO_FOREGROUND "];

impl UsageParser {
    fn app(&mut self, number: u64, name: &str) -> Option<&mut AppUsage> {
        if !is_name(name) || !name.contains('.') {
            return None;
        }
        if !self.found.apps.contains_key(name) {
            if self.found.apps.len() >= MAX_APPS {
                return None;
            }
            let new = AppUsage { line: number, ..AppUsage::default() };
            self.found.apps.insert(name.to_owned(), new);
        }
        self.found.apps.get_mut(name)
    }
}

impl LineParser for UsageParser {
    type Value = Usage;

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim_start();
        if let Some(rest) = text.strip_prefix("package=") {
            let name = rest.split_whitespace().next().unwrap_or_default();
            // Other lists of the dump name packages too, without a total.
            let Some(total) = quoted(rest, [" totalTimeUsed=", " totalTime="]) else { return };
            let last = quoted(rest, [" lastTimeUsed=", " lastTime="]).and_then(date_time);
            self.found.recognised = true;
            if let Some(app) = self.app(number, name) {
                app.seconds = app.seconds.max(elapsed_seconds(total));
                app.last = app.last.max(last);
            }
        } else if text.starts_with("time=\"") && SHOWN.iter().any(|kind| text.contains(kind)) {
            let at = date_time(&text["time=\"".len()..]);
            let name = text.split(" package=").nth(1).and_then(|rest| rest.split(' ').next());
            if let Some(app) = name.and_then(|name| self.app(number, name)) {
                app.last = app.last.max(at);
            }
        } else if text.starts_with("In-memory ") {
            self.found.recognised = true;
        }
    }

    fn end(self, whole: bool) -> Parsed<Usage> {
        let mut problems = Vec::new();
        if !self.found.recognised {
            problems.push("it has no totals of use".to_owned());
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.found, problems }
    }
}
