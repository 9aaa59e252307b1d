//! What some makers keep inside `dumpsys package`: a log of what was installed and removed, with the
//! time and who asked for it. Apps that are gone stay in it.
//!
//! `2025-03-28 02:22:45.340: START INSTALL PACKAGE: observer{1}`, below it `pkg{a.b}` and
//! `Request from{c.d}`, later `..: result of install: 1{1}`; the same for `DELETE`.

use jiff::civil::DateTime;
use serde::Serialize;

use super::component::is_name;
use super::install_sessions::InstallSession;
use super::moments::date_time;

const MAX_EVENTS: usize = 2_000;
/// An event's fields stand on so many lines below it.
const MAX_LINES: u8 = 8;

/// An app that was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Removal {
    /// Its package name.
    pub package: String,
    /// When, by the phone's clock.
    pub at: Option<DateTime>,
    /// Where.
    pub line: u64,
}

#[derive(Debug)]
struct Event {
    removal: bool,
    /// What tells its result from others'.
    observer: String,
    at: Option<DateTime>,
    line: u64,
    package: Option<String>,
    requester: Option<String>,
    /// 1 where it succeeded.
    result: Option<i64>,
}

/// Takes the dump's lines, gives what the log in them says.
#[derive(Debug, Default)]
pub(super) struct InstallLog {
    events: Vec<Event>,
    /// How many more lines may belong to the last event.
    open_lines: u8,
}

/// What stands in `key{..}`.
fn field<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let rest = &text[text.find(key)? + key.len()..];
    rest.strip_prefix('{')?.split('}').next()
}

impl InstallLog {
    /// Takes a line as it stands.
    pub(super) fn line(&mut self, number: u64, text: &str) {
        let stamped = text.as_bytes().first().is_some_and(u8::is_ascii_digit);
        if stamped && let Some((at, what)) = text.split_once(": ") {
            self.open_lines = 0;
            if let Some((kind, _)) =
                what.strip_prefix("START ").and_then(|w| w.split_once(" PACKAGE:"))
                && matches!(kind, "INSTALL" | "DELETE")
                && self.events.len() < MAX_EVENTS
            {
                self.events.push(Event {
                    removal: kind == "DELETE",
                    observer: field(what, "observer").unwrap_or_default().to_owned(),
                    at: date_time(at),
                    line: number,
                    package: None,
                    requester: None,
                    result: None,
                });
                self.open_lines = MAX_LINES;
                self.fields(what);
            } else {
                self.result(what);
            }
        } else if self.open_lines > 0 {
            self.open_lines -= 1;
            self.fields(text);
        }
    }

    fn fields(&mut self, text: &str) {
        let Some(event) = self.events.last_mut() else { return };
        let name = |key| field(text, key).filter(|name| is_name(name) && *name != "null");
        event.package = event.package.take().or(name("pkg").map(str::to_owned));
        event.requester = event.requester.take().or(name("Request from").map(str::to_owned));
    }

    /// `result of install: 1{133061357}`.
    fn result(&mut self, what: &str) {
        let Some((kind, rest)) = what.strip_prefix("result of ").and_then(|w| w.split_once(": "))
        else {
            return;
        };
        let Some((result, rest)) = rest.split_once('{') else { return };
        let observer = rest.split('}').next().unwrap_or_default();
        let of = |event: &&mut Event| {
            event.observer == observer
                && event.removal == (kind == "delete")
                && event.result.is_none()
        };
        if let Some(event) = self.events.iter_mut().rev().take(50).find(of) {
            event.result = result.trim().parse().ok();
        }
    }

    /// What was installed, and what was removed.
    pub(super) fn end(self) -> (Vec<InstallSession>, Vec<Removal>) {
        let (mut installed, mut removed) = (Vec::new(), Vec::new());
        for event in self.events {
            let Some(package) = event.package else { continue };
            let succeeded = event.result.map(|result| result == 1);
            if !event.removal {
                installed.push(InstallSession {
                    package,
                    installer: event.requester,
                    created: event.at,
                    succeeded,
                    line: event.line,
                    ..InstallSession::default()
                });
            } else if succeeded != Some(false) {
                removed.push(Removal { package, at: event.at, line: event.line });
            }
        }
        (installed, removed)
    }
}
