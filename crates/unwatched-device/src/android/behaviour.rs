//! The sections of a dump that say what apps may do and did: which parser reads which, and which
//! facts come of it. Their lines are read by the pass in `dump.rs`.

use super::LineParser;
use super::activity::{ActivityParser, RunningServices};
use super::appops::{Appops, AppopsParser};
use super::battery_stats::{BatteryStats, BatteryStatsParser};
use super::crashes::{Crashes, CrashesParser};
use super::deviceidle::{DeviceIdle, DeviceIdleParser};
use super::dump::{SectionState, note};
use super::event_log::{EventLog, EventLogParser};
use super::media_projection::{MediaProjection, MediaProjectionParser};
use super::netstats::{NetStats, NetStatsParser};
use super::role::{RoleParser, Roles};
use super::usage_stats::{Usage, UsageParser};
use crate::facts::{Facts, Part};

/// A section being read.
pub(super) trait Section {
    fn line(&mut self, number: u64, line: &str);

    /// Puts what was read among the facts.
    fn end(self: Box<Self>, facts: &mut Facts, place: usize, state: &SectionState);
}

/// A parser, the part it reads, and where its value goes.
struct Feed<P: LineParser> {
    parser: P,
    part: Part,
    /// Adds the value; the answer is what it lacks to be the part at all.
    add: fn(&mut Facts, usize, P::Value) -> Option<&'static str>,
}

impl<P: LineParser> Section for Feed<P> {
    fn line(&mut self, number: u64, line: &str) {
        self.parser.line(number, line);
    }

    fn end(self: Box<Self>, facts: &mut Facts, place: usize, state: &SectionState) {
        let parsed = self.parser.end(state.is_whole());
        let value = note(facts, place, self.part.as_str(), parsed);
        let coverage = match (self.add)(facts, place, value) {
            Some(lacks) => state.unreadable(lacks),
            None => state.coverage(),
        };
        facts.cover(self.part, coverage);
    }
}

fn feed<P: LineParser + 'static>(
    part: Part,
    parser: P,
    add: fn(&mut Facts, usize, P::Value) -> Option<&'static str>,
) -> Box<dyn Section> {
    Box::new(Feed { parser, part, add })
}

/// The section of a service, by the service's name.
pub(super) fn of_service(name: &str) -> Option<Box<dyn Section>> {
    Some(match name {
        "appops" => feed(Part::Appops, AppopsParser::default(), add_appops),
        "deviceidle" => feed(Part::DeviceIdle, DeviceIdleParser::default(), add_exempt),
        "role" => feed(Part::Role, RoleParser::default(), add_roles),
        "media_projection" => {
            feed(Part::MediaProjection, MediaProjectionParser::default(), add_recording)
        }
        "activity" => feed(Part::RunningServices, ActivityParser::default(), add_services),
        "usagestats" => feed(Part::Usage, UsageParser::default(), add_usage),
        "netstats" => feed(Part::NetStats, NetStatsParser::default(), add_traffic),
        "batterystats" => feed(Part::Battery, BatteryStatsParser::default(), add_battery),
        _ => return None,
    })
}

/// The section under one of a bugreport's own headings, `------ NAME (command) ------`.
pub(super) fn of_heading(heading: &str) -> Option<Box<dyn Section>> {
    let name = heading.trim_matches('-').trim_start();
    Some(if name.starts_with("CHECKIN NETSTATS") {
        feed(Part::NetStats, NetStatsParser::default(), add_traffic)
    } else if name.starts_with("CHECKIN BATTERYSTATS") {
        feed(Part::Battery, BatteryStatsParser::default(), add_battery)
    } else if name.starts_with("EVENT LOG (") {
        feed(Part::EventLog, EventLogParser::default(), add_events)
    } else if name.starts_with("LAST ANR") || name.starts_with("VM TRACES") {
        feed(Part::AnrTraces, CrashesParser::default(), add_unanswered)
    } else if name.starts_with("TOMBSTONE") {
        feed(Part::Tombstones, CrashesParser::default(), add_crashes)
    } else {
        return None;
    })
}

fn lacks(recognised: bool, what: &'static str) -> Option<&'static str> {
    (!recognised).then_some(what)
}

fn add_appops(facts: &mut Facts, place: usize, read: Appops) -> Option<&'static str> {
    let lacks = lacks(read.recognised, "it does not look like the state of app operations");
    facts.add_appops(place, read);
    lacks
}

fn add_exempt(facts: &mut Facts, place: usize, read: DeviceIdle) -> Option<&'static str> {
    let lacks = lacks(read.recognised, "it lists no exempt apps and no state");
    facts.add_exempt(place, read);
    lacks
}

fn add_roles(facts: &mut Facts, place: usize, read: Roles) -> Option<&'static str> {
    let lacks = lacks(read.recognised, "it names no roles");
    facts.add_roles(place, read);
    lacks
}

fn add_recording(facts: &mut Facts, place: usize, read: MediaProjection) -> Option<&'static str> {
    let lacks = lacks(read.recognised, "it does not look like the state of screen recording");
    facts.add_recording(place, read);
    lacks
}

fn add_services(facts: &mut Facts, place: usize, read: RunningServices) -> Option<&'static str> {
    let lacks = lacks(read.recognised, "it has no list of services");
    facts.add_running_services(place, read);
    lacks
}

fn add_usage(facts: &mut Facts, place: usize, read: Usage) -> Option<&'static str> {
    let lacks = lacks(read.recognised, "it has no totals of use");
    facts.add_usage(place, read);
    lacks
}

fn add_traffic(facts: &mut Facts, place: usize, read: NetStats) -> Option<&'static str> {
    let lacks = lacks(read.recognised, "it does not say what each app sent and received");
    facts.add_traffic(place, read);
    lacks
}

fn add_battery(facts: &mut Facts, place: usize, read: BatteryStats) -> Option<&'static str> {
    let lacks = lacks(read.recognised, "it does not look like the statistics of the battery");
    facts.add_battery(place, read);
    lacks
}

fn add_events(facts: &mut Facts, place: usize, read: EventLog) -> Option<&'static str> {
    let lacks = lacks(read.recognised, "it holds no events");
    facts.add_events(place, read);
    lacks
}

fn add_crashes(facts: &mut Facts, place: usize, read: Crashes) -> Option<&'static str> {
    facts.add_crashes(place, Part::Tombstones, read);
    None
}

fn add_unanswered(facts: &mut Facts, place: usize, read: Crashes) -> Option<&'static str> {
    facts.add_crashes(place, Part::AnrTraces, read);
    None
}
