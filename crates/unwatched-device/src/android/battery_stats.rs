//! `dumpsys batterystats` and its short form (`--checkin`): which apps were installed and removed
//! while the statistics were kept, and which ran. Apps that are gone stay in it for days.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use serde::Serialize;

use super::component::is_name;
use super::moments::{date_time, span};
use super::{LineParser, Parsed};

const MAX_APPS: usize = 20_000;
const MAX_CHANGES: usize = 5_000;

/// What happened to a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Installed or updated: the history does not tell them apart.
    Installed,
    /// Removed.
    Removed,
}

/// A package that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageChange {
    /// Which.
    pub package: String,
    /// How.
    pub change: Change,
    /// When, by the phone's clock; in the daily lists the day on which it was noted.
    pub at: Option<DateTime>,
    /// Where.
    pub line: u64,
}

/// The whole dump.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BatteryStats {
    /// Whether it looks like the statistics.
    pub recognised: bool,
    /// In the order of the dump.
    pub changes: Vec<PackageChange>,
    /// Apps that ran, with the first line that says so.
    pub ran: BTreeMap<String, u64>,
}

/// The parser.
#[derive(Debug, Default)]
pub struct BatteryStatsParser {
    found: BatteryStats,
    /// The time at which the history's spans begin.
    start: Option<DateTime>,
    /// The day whose list of changes is being read.
    day: Option<DateTime>,
    in_changes: bool,
}

impl BatteryStatsParser {
    fn ran(&mut self, number: u64, name: &str) {
        if is_name(name) && name.contains('.') && self.found.ran.len() < MAX_APPS {
            self.found.ran.entry(name.to_owned()).or_insert(number);
        }
    }

    fn changed(&mut self, number: u64, package: &str, change: Change, at: Option<DateTime>) {
        if is_name(package) && self.found.changes.len() < MAX_CHANGES {
            let package = package.to_owned();
            self.found.changes.push(PackageChange { package, change, at, line: number });
        }
    }

    /// `+1h26m18s315ms (2) 095 +job=u0a94:"com.example.app/.Job" pkgunin=0:"com.example.gone"`
    fn history(&mut self, number: u64, text: &str) {
        let since = text.split(' ').next().and_then(span);
        if let Some((_, at)) = text.split_once("TIME:") {
            let at = date_time(at.trim_start());
            self.start = at.zip(since).and_then(|(at, since)| at.checked_sub(since).ok());
            return;
        }
        let at = self.start.zip(since).and_then(|(start, since)| start.checked_add(since).ok());
        for (from, _) in text.match_indices(":\"").take(200) {
            let name = text[from + 2..].split(['"', '/']).next().unwrap_or_default();
            let event = text[..from].rsplit(' ').next().unwrap_or_default();
            if event.starts_with("pkginst=") {
                self.changed(number, name, Change::Installed, at);
            } else if event.starts_with("pkgunin=") {
                self.changed(number, name, Change::Removed, at);
            } else if ["top", "fg", "job", "proc", "sync", "fgs", "active"]
                .iter()
                .any(|kind| event.trim_start_matches(['+', '-']).starts_with(kind))
            {
                self.ran(number, name);
            }
        }
    }

    /// `9,hsp,12,10123,"com.example.app"` and `9,0,i,uid,10123,com.example.app`.
    fn short(&mut self, number: u64, text: &str) {
        let mut parts = text.split(',').skip(1);
        match (parts.next(), parts.next(), parts.next()) {
            (Some("hsp"), Some(_), Some(_)) => {
                let name = parts.next().unwrap_or_default().trim_matches('"');
                self.ran(number, name.split('/').next().unwrap_or_default());
            }
            (Some("0"), Some("i"), Some("uid")) | (Some(_), Some("l"), Some("apk")) => {
                self.ran(number, parts.nth(1).unwrap_or_default());
            }
            _ => {}
        }
    }
}

impl LineParser for BatteryStatsParser {
    type Value = BatteryStats;

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim();
        let mark = text.as_bytes().first().copied().unwrap_or_default();
        if mark == b'+' || text.starts_with("0 (") {
            self.history(number, text);
        } else if mark == b'9' && text.starts_with("9,") {
            self.found.recognised = true;
            self.short(number, text);
        } else if let Some(rest) = text.strip_prefix("Daily from ") {
            (self.day, self.in_changes) = (date_time(rest), false);
        } else if let Some(rest) = text.strip_prefix("Current start time: ") {
            (self.day, self.in_changes) = (date_time(rest), false);
        } else if text == "Package changes:" {
            self.in_changes = true;
        } else if let Some(name) = text.strip_prefix("Uninstall ").filter(|_| self.in_changes) {
            self.changed(number, name.trim(), Change::Removed, self.day);
        } else if let Some(rest) = text.strip_prefix("Update ").filter(|_| self.in_changes) {
            let name = rest.split(' ').next().unwrap_or_default();
            self.changed(number, name, Change::Installed, self.day);
        } else if let Some(name) = text.strip_prefix("Apk ") {
            self.ran(number, name.trim_end_matches(':'));
        } else {
            self.in_changes = false;
            self.found.recognised |=
                text.starts_with("Battery History") || text.starts_with("Statistics since last");
        }
    }

    fn end(self, whole: bool) -> Parsed<BatteryStats> {
        let mut problems = Vec::new();
        if !self.found.recognised {
            problems.push("it does not look like the statistics of the battery".to_owned());
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.found, problems }
    }
}
