//! What remembers an app beside the lists of what is installed: use, traffic, the battery's
//! statistics, installations, logs, crashes. An app that is gone stays in some of them for weeks.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::{Facts, Part, Seen};
use crate::android::battery_stats::{BatteryStats, Change};
use crate::android::crashes::Crashes;
use crate::android::event_log::EventLog;
use crate::android::install_log::Removal;
use crate::android::install_sessions::InstallSession;
use crate::android::netstats::NetStats;
use crate::android::usage_stats::Usage;

/// What is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceKind {
    /// It was removed.
    Removed,
    /// It was installed or updated.
    Installed,
    /// It was on the screen.
    Used,
    /// It ran.
    Ran,
    /// It crashed, or did not answer.
    Failed,
}

/// Something that remembers an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// What is remembered.
    pub kind: TraceKind,
    /// When last, by the phone's clock.
    pub at: Option<DateTime>,
    /// Where.
    pub seen: Seen,
}

impl Facts {
    /// One trace of each kind and part: the latest.
    fn remember(&mut self, package: &str, trace: Trace) {
        let traces = &mut self.app(package).behaviour.traces;
        let same =
            |known: &&mut Trace| known.kind == trace.kind && known.seen.part == trace.seen.part;
        match traces.iter_mut().find(same) {
            Some(known) if known.at < trace.at => *known = trace,
            Some(_) => {}
            None => traces.push(trace),
        }
    }

    pub(crate) fn add_usage(&mut self, place: usize, read: Usage) {
        for (name, usage) in read.apps {
            let seen = Seen { place, part: Part::Usage, line: usage.line };
            self.remember(&name, Trace { kind: TraceKind::Used, at: usage.last, seen });
            let known = &mut self.app(&name).behaviour.usage;
            if known.as_ref().is_none_or(|(known, _)| known.seconds < usage.seconds) {
                *known = Some((usage, seen));
            }
        }
    }

    /// The same traffic stands in the evidence more than once; the fuller reading counts.
    pub(crate) fn add_traffic(&mut self, place: usize, read: NetStats) {
        for (uid, traffic) in read.by_uid {
            let seen = Seen { place, part: Part::NetStats, line: traffic.line };
            let known = self.traffic.entry(uid).or_insert((traffic, seen));
            if known.0.background_sent < traffic.background_sent {
                *known = (traffic, seen);
            }
        }
    }

    pub(crate) fn add_battery(&mut self, place: usize, read: BatteryStats) {
        let part = Part::Battery;
        for change in read.changes {
            let kind = match change.change {
                Change::Installed => TraceKind::Installed,
                Change::Removed => TraceKind::Removed,
            };
            let seen = Seen { place, part, line: change.line };
            self.remember(&change.package, Trace { kind, at: change.at, seen });
        }
        for (name, line) in read.ran {
            let seen = Seen { place, part, line };
            self.remember(&name, Trace { kind: TraceKind::Ran, at: None, seen });
        }
    }

    pub(crate) fn add_installations(&mut self, place: usize, read: Vec<InstallSession>) {
        for session in read {
            let seen = Seen { place, part: Part::InstallSessions, line: session.line };
            if session.succeeded == Some(false) {
                continue;
            }
            let name = session.package.clone();
            self.remember(&name, Trace { kind: TraceKind::Installed, at: session.created, seen });
            self.app(&name).behaviour.installations.push((session, seen));
        }
    }

    pub(crate) fn add_removals(&mut self, place: usize, read: Vec<Removal>) {
        for removal in read {
            let seen = Seen { place, part: Part::InstallSessions, line: removal.line };
            let trace = Trace { kind: TraceKind::Removed, at: removal.at, seen };
            self.remember(&removal.package, trace);
        }
    }

    pub(crate) fn add_events(&mut self, place: usize, read: EventLog) {
        for (name, line) in read.started {
            let seen = Seen { place, part: Part::EventLog, line };
            self.remember(&name, Trace { kind: TraceKind::Ran, at: None, seen });
        }
    }

    pub(crate) fn add_crashes(&mut self, place: usize, part: Part, read: Crashes) {
        for (name, at, line) in read.processes {
            let seen = Seen { place, part, line };
            self.remember(&name, Trace { kind: TraceKind::Failed, at, seen });
        }
    }
}
