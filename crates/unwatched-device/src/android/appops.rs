//! `dumpsys appops`: which sensitive operations each app is allowed, and when it last used them,
//! in what state. Three forms: one line per operation with numbers for modes (Android 7 and 8),
//! `NAME (mode):` with `Access:` lines below (9 and 10), the same with the lines grouped by
//! attribution tag (11 and later).
//!
//! Refusals (`Reject:`) are not uses and are passed over. Only the operations that a rule asks
//! about are kept.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::component::is_name;
use super::moments::{date_time_in, span};
use super::{LineParser, Parsed};

const MAX_APPS: usize = 20_000;
/// Uses kept per app and operation: one per state and attribution tag.
const MAX_USES: usize = 24;

/// An operation that a rule asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// The camera.
    Camera,
    /// The microphone.
    Microphone,
    /// Where the phone is, roughly or exactly.
    Location,
    /// Which apps are used, and when.
    UsageAccess,
    /// Drawing over other apps.
    Overlay,
    /// Installing apps from files.
    InstallApps,
    /// Recording the screen.
    ScreenCapture,
    /// Reading the screen as an accessibility service.
    ReadsScreen,
}

fn op(name: &str) -> Option<Op> {
    Some(match name {
        "CAMERA" => Op::Camera,
        "RECORD_AUDIO" => Op::Microphone,
        "COARSE_LOCATION"
        | "FINE_LOCATION"
        | "GPS"
        | "MONITOR_LOCATION"
        | "MONITOR_HIGH_POWER_LOCATION" => Op::Location,
        "GET_USAGE_STATS" => Op::UsageAccess,
        "SYSTEM_ALERT_WINDOW" => Op::Overlay,
        "REQUEST_INSTALL_PACKAGES" => Op::InstallApps,
        "PROJECT_MEDIA" => Op::ScreenCapture,
        "ACCESS_ACCESSIBILITY" => Op::ReadsScreen,
        _ => return None,
    })
}

/// What the app was doing when it used an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UseState {
    /// On the screen, or a part of the system.
    Foreground,
    /// Behind another app, with a notification that it is at work.
    Service,
    /// Behind other apps, or kept in memory only.
    Background,
    /// The dump does not say.
    Unknown,
}

fn use_state(word: &str) -> Option<UseState> {
    let name = word.trim_matches(['[', ']']).split('-').next().unwrap_or_default();
    Some(match name {
        "pers" | "persbg" | "top" | "fg" | "foreground" => UseState::Foreground,
        "fgsvc" | "fgsvcl" => UseState::Service,
        "bg" | "cch" | "btop" => UseState::Background,
        _ => return None,
    })
}

/// One use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpUse {
    /// In what state.
    pub state: UseState,
    /// When, by the phone's clock.
    pub at: Option<DateTime>,
    /// How long before the dump, where it says only that.
    pub seconds_ago: Option<i64>,
    /// Where.
    pub line: u64,
}

/// One operation of one app.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpRecord {
    /// Whether it is allowed outright; `default` and `ask` are not.
    pub allowed: bool,
    /// Its uses.
    pub uses: Vec<OpUse>,
    /// Where.
    pub line: u64,
}

/// The whole dump.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Appops {
    /// Whether it looks like the state of the operations.
    pub recognised: bool,
    /// By app.
    pub apps: BTreeMap<String, BTreeMap<Op, OpRecord>>,
}

/// The parser.
#[derive(Debug, Default)]
pub struct AppopsParser {
    found: Appops,
    /// What the app's user id as a whole is allowed, which counts for every app that shares it.
    of_uid: BTreeMap<Op, bool>,
    package: Option<String>,
    op: Option<Op>,
    in_access: bool,
    left_out: usize,
}

/// Whether a mode allows outright, in words or as a number.
fn allows(mode: &str) -> bool {
    matches!(mode, "allow" | "0")
}

/// `NAME (mode / switch OTHER=mode):` and `NAME: mode=0; time=+1h ago`.
fn op_line(text: &str) -> Option<(&str, &str, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))?;
    let (name, rest) = text.split_at(end);
    if name.len() < 3 {
        return None;
    }
    if let Some(rest) = rest.strip_prefix(" (") {
        let (modes, after) = rest.split_once(')')?;
        let mode = modes.split([' ', '/']).next().unwrap_or_default();
        return Some((name, mode, after));
    }
    let rest = rest.strip_prefix(": mode=")?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    Some((name, &rest[..end], &rest[end..]))
}

impl AppopsParser {
    fn record(&mut self, number: u64) -> Option<&mut OpRecord> {
        let (package, op) = (self.package.as_ref()?, self.op?);
        if !self.found.apps.contains_key(package) {
            if self.found.apps.len() >= MAX_APPS {
                self.left_out += 1;
                return None;
            }
            self.found.apps.insert(package.clone(), BTreeMap::new());
        }
        let of_app = self.found.apps.get_mut(package)?;
        Some(of_app.entry(op).or_insert(OpRecord { line: number, ..OpRecord::default() }))
    }

    fn used(&mut self, number: u64, used: OpUse) {
        if let Some(record) = self.record(number)
            && record.uses.len() < MAX_USES
        {
            record.uses.push(used);
        }
    }

    fn take_op(&mut self, number: u64, name: &str, mode: &str, rest: &str) {
        self.in_access = false;
        self.op = op(name);
        let Some(op) = self.op else { return };
        if self.package.is_none() {
            self.of_uid.insert(op, allows(mode));
            return;
        }
        let allowed = self.of_uid.get(&op).copied().unwrap_or_else(|| allows(mode));
        if let Some(record) = self.record(number) {
            record.allowed |= allowed;
        }
        let state = UseState::Unknown;
        if let Some((_, ago)) = rest.split_once("; time=") {
            let seconds_ago = span(ago).map(|span| span.as_secs());
            self.used(number, OpUse { state, at: None, seconds_ago, line: number });
        }
        if rest.contains("(running)") {
            self.used(number, OpUse { state, at: None, seconds_ago: Some(0), line: number });
        }
    }

    /// `[bg-s] 2022-03-29 23:03:03.763 (-24m50s)`, or Android 9's `bg = -24m50s (2022-..)`.
    fn take_use(&mut self, number: u64, text: &str) {
        let word = text.trim_start().split([']', ' ', '=']).next().unwrap_or_default();
        let Some(state) = use_state(word) else { return };
        let at = date_time_in(text);
        let seconds_ago = text
            .split(['(', ' ', ')'])
            .find(|word| word.starts_with('-') && word.ends_with('s'))
            .and_then(span)
            .map(|span| span.as_secs());
        self.used(number, OpUse { state, at, seconds_ago, line: number });
    }
}

impl LineParser for AppopsParser {
    type Value = Appops;

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim();
        if let Some(rest) = text.strip_prefix("Uid ").filter(|rest| rest.ends_with(':')) {
            self.found.recognised |= rest.len() > 1;
            self.of_uid.clear();
            (self.package, self.op, self.in_access) = (None, None, false);
        } else if let Some(rest) = text.strip_prefix("Package ") {
            let name = rest.split(':').next().unwrap_or_default().trim();
            self.package = is_name(name).then(|| name.to_owned());
            (self.op, self.in_access) = (None, false);
        } else if let Some((name, mode, rest)) = op_line(text) {
            self.take_op(number, name, mode, rest);
        } else if let Some(rest) = text.strip_prefix("Access:") {
            self.in_access = true;
            self.take_use(number, rest);
        } else if text.starts_with("Running start at") {
            let used =
                OpUse { state: UseState::Unknown, at: None, seconds_ago: Some(0), line: number };
            self.used(number, used);
        } else if self.in_access && text.contains('=') && !text.ends_with("=[") {
            self.take_use(number, text);
        } else {
            self.in_access = false;
            self.found.recognised |= text == "Current AppOps Service state:";
        }
    }

    fn end(self, whole: bool) -> Parsed<Appops> {
        let mut problems = Vec::new();
        if !self.found.recognised {
            problems.push("it does not look like the state of app operations".to_owned());
        }
        if self.left_out > 0 {
            problems.push(format!("{} entries beyond the bounds were left out", self.left_out));
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.found, problems }
    }
}
