//! One streamed pass over a bugreport's text, or over the output of `dumpsys` for all services:
//! it finds the sections that somebody reads, feeds their parsers, and skips the rest.

use std::io::Read;

use super::accessibility::AccessibilityParser;
use super::behaviour;
use super::device_policy::DevicePolicyParser;
use super::dump_marks::{Mark, PROPERTIES, mark, service, service_of_heading, title};
use super::getprop::GetpropParser;
use super::notification::NotificationParser;
use super::package::{PackageParser, Table};
use super::settings::SettingsDumpParser;
use super::user::UserParser;
use super::ways_in::WayIn;
use super::{LineParser, Parsed};
use crate::evidence::Problem;
use crate::facts::{Coverage, Facts, Part};
use crate::lines::Lines;

/// The parser of the section being read.
enum Active {
    Package(Box<PackageParser>),
    Accessibility(AccessibilityParser),
    DevicePolicy(DevicePolicyParser),
    Notification(NotificationParser),
    Settings(SettingsDumpParser),
    User(UserParser),
    Getprop(GetpropParser),
    WayIn(WayIn),
    Behaviour(Box<dyn behaviour::Section>),
}

impl Active {
    fn of_service(name: &str) -> Option<Self> {
        Some(match name {
            "package" => Self::Package(Box::default()),
            "accessibility" => Self::Accessibility(AccessibilityParser::default()),
            "device_policy" => Self::DevicePolicy(DevicePolicyParser::default()),
            "notification" => Self::Notification(NotificationParser::default()),
            "settings" => Self::Settings(SettingsDumpParser::default()),
            "user" => Self::User(UserParser::default()),
            other => {
                let way_in = WayIn::of_service(other).map(Self::WayIn);
                way_in.or_else(|| behaviour::of_service(other).map(Self::Behaviour))?
            }
        })
    }

    fn line(&mut self, number: u64, line: &str) {
        match self {
            Self::Package(parser) => parser.line(number, line),
            Self::Accessibility(parser) => parser.line(number, line),
            Self::DevicePolicy(parser) => parser.line(number, line),
            Self::Notification(parser) => parser.line(number, line),
            Self::Settings(parser) => parser.line(number, line),
            Self::User(parser) => parser.line(number, line),
            Self::Getprop(parser) => parser.line(number, line),
            Self::WayIn(section) => section.line(number, line),
            Self::Behaviour(section) => section.line(number, line),
        }
    }

    /// Puts what was read among the facts.
    fn end(self, facts: &mut Facts, place: usize, state: &SectionState) {
        let whole = state.cut.is_none();
        match self {
            Self::Package(parser) => {
                let parsed = note(facts, place, "dumpsys package", parser.end(whole));
                // `dumpsys package NAME` looks the same, and holds that app alone.
                let of_some = parsed.blocks.values().all(|block| block.system != Some(true));
                for (part, table) in [
                    (Part::Packages, parsed.packages),
                    (Part::Activities, parsed.activities),
                    (Part::Receivers, parsed.receivers),
                    (Part::InstallSessions, parsed.sessions),
                ] {
                    let coverage = match state.coverage_of(table) {
                        Coverage::Whole if state.alone && of_some => {
                            Coverage::Cut(OF_SOME_APPS.to_owned())
                        }
                        other => other,
                    };
                    facts.cover(part, coverage);
                }
                facts.add_packages(place, parsed);
            }
            Self::Accessibility(parser) => {
                let parsed = note(facts, place, "dumpsys accessibility", parser.end(whole));
                let coverage = if parsed.lists_enabled {
                    state.coverage()
                } else if parsed.lists_installed {
                    Coverage::Unreadable(
                        "this Android version lists which services are there, not which are on"
                            .to_owned(),
                    )
                } else {
                    state.unreadable("it has no list of services")
                };
                facts.cover(Part::Accessibility, coverage);
                facts.add_accessibility(place, parsed);
            }
            Self::DevicePolicy(parser) => {
                let parsed = note(facts, place, "dumpsys device_policy", parser.end(whole));
                let coverage = if parsed.recognised {
                    state.coverage()
                } else {
                    state.unreadable("it does not look like the state of the device policy")
                };
                facts.cover(Part::DevicePolicy, coverage);
                facts.add_device_policy(place, parsed);
            }
            Self::Notification(parser) => {
                let parsed = note(facts, place, "dumpsys notification", parser.end(whole));
                let coverage = if parsed.lists_listeners {
                    state.coverage()
                } else {
                    state.unreadable("it has no list of notification listeners")
                };
                facts.cover(Part::Notification, coverage);
                facts.add_notification(place, parsed);
            }
            Self::Settings(parser) => {
                let parsed = note(facts, place, "dumpsys settings", parser.end(whole));
                for table in &parsed.tables {
                    facts.cover(Part::Settings(*table), state.coverage());
                }
                facts.add_settings(place, parsed);
            }
            Self::User(parser) => {
                let parsed = note(facts, place, "dumpsys user", parser.end(whole));
                let coverage = if parsed.lists_users {
                    state.coverage()
                } else {
                    state.unreadable("it has no list of users")
                };
                facts.cover(Part::User, coverage);
                facts.access.add_users(place, parsed);
            }
            Self::Getprop(parser) => {
                let parsed = note(facts, place, "getprop", parser.end(whole));
                facts.cover(Part::Getprop, state.coverage());
                facts.add_properties(place, parsed);
            }
            Self::WayIn(section) => section.end(facts, place, state),
            Self::Behaviour(section) => section.end(facts, place, state),
        }
    }
}

/// Keeps a parser's problems beside the facts.
pub(crate) fn note<T>(facts: &mut Facts, place: usize, part: &str, parsed: Parsed<T>) -> T {
    let place = format!("{part}, {}", facts.places[place]);
    let problems = parsed.problems.into_iter();
    facts.problems.extend(problems.map(|what| Problem { place: place.clone(), what }));
    parsed.value
}

const OF_SOME_APPS: &str = "no app that came with the phone is in it: it is of some apps only";

/// How the section being read has gone so far.
#[derive(Default)]
pub(super) struct SectionState {
    cut: Option<String>,
    /// Somebody kept what one command printed, and perhaps asked it for a part only.
    alone: bool,
}

impl SectionState {
    pub(super) fn is_whole(&self) -> bool {
        self.cut.is_none()
    }

    pub(super) fn coverage(&self) -> Coverage {
        self.cut.clone().map_or(Coverage::Whole, Coverage::Cut)
    }

    pub(super) fn unreadable(&self, why: &str) -> Coverage {
        Coverage::Unreadable(self.cut.clone().unwrap_or_else(|| why.to_owned()))
    }

    fn coverage_of(&self, table: Table) -> Coverage {
        match table {
            Table::Absent => self.unreadable("the dump does not hold it"),
            Table::Whole => Coverage::Whole,
            Table::Cut => Coverage::Cut(
                self.cut.clone().unwrap_or_else(|| "entries were left out".to_owned()),
            ),
        }
    }

    /// What the phone itself says when it could not finish a section.
    fn watch(&mut self, line: &str) {
        let text = line.trim_start();
        if text.starts_with("*** SERVICE '") && text.contains("TIMEOUT") {
            self.cut = Some("the phone ran out of time while writing it".to_owned());
        } else if text.starts_with("Permission Denial:")
            || text.starts_with("Can't find service:")
            || text.starts_with("Error dumping service info")
        {
            self.cut = Some("the phone refused to write it".to_owned());
        }
    }
}

/// A dump holds each service once or twice; one that repeats them without end is made to hurt.
const MAX_SECTIONS: usize = 160;

/// A foreign part inside a section is shorter; what follows a longer one is no longer the section's.
const MAX_FOREIGN_LINES: u32 = 200;

/// A section that is being read.
struct Open {
    parser: Active,
    state: SectionState,
    /// What its own end says that it ends.
    name: String,
    /// Lines since another part's heading stood in it.
    foreign: Option<u32>,
}

impl Open {
    fn new(parser: Active, name: &str) -> Self {
        Self { parser, state: SectionState::default(), name: name.to_owned(), foreign: None }
    }

    fn is_service(&self) -> bool {
        !matches!(self.parser, Active::Getprop(_)) && !self.name.contains(' ')
    }

    /// Takes a line; whether the section goes on. `dumpstate` writes several parts at a time, so a
    /// heading may stand in the middle of another's section.
    fn line(&mut self, number: u64, line: &str) -> bool {
        self.state.watch(line);
        if let Some(lines) = &mut self.foreign {
            *lines += 1;
            let of_properties = line.starts_with('[') && line.contains("]: [");
            if of_properties && matches!(self.parser, Active::Getprop(_)) {
                self.foreign = None;
            } else if *lines > MAX_FOREIGN_LINES {
                self.state.cut.get_or_insert_with(|| INTERRUPTED.to_owned());
                return false;
            }
        }
        self.parser.line(number, line);
        true
    }
}

const INTERRUPTED: &str = "another part of the dump stands in its middle";

/// The one pass over a dump.
struct Pass<'f> {
    facts: &'f mut Facts,
    place: usize,
    active: Option<Open>,
    behind_separator: bool,
    sections: usize,
    /// Whether this dump says where its sections end.
    says_ends: bool,
}

impl Pass<'_> {
    fn close(&mut self) {
        if let Some(open) = self.active.take() {
            open.parser.end(self.facts, self.place, &open.state);
        }
    }

    fn open(&mut self, parser: Option<Active>, name: &str) {
        self.close();
        self.behind_separator = false;
        let Some(parser) = parser else { return };
        self.sections += 1;
        if self.sections <= MAX_SECTIONS {
            self.active = Some(Open::new(parser, name));
        }
    }

    fn line(&mut self, number: u64, line: &str) {
        if let (true, Some(name)) = (self.behind_separator, service(line)) {
            self.open(Active::of_service(name), name);
        } else if let Some(open) = &mut self.active
            && !open.line(number, line)
        {
            self.close();
        }
        // The first lines of a file may be empty.
        self.behind_separator &= number < 10 && line.trim().is_empty();
    }

    fn heading(&mut self, heading: &str) {
        let title = title(heading);
        let parser = behaviour::of_heading(heading)
            .map(Active::Behaviour)
            .or_else(|| Active::of_service(service_of_heading(heading)?));
        self.behind_separator = false;
        match &mut self.active {
            // Its own end is still to come, or this dump has none.
            Some(open) if parser.is_none() && (self.says_ends || !open.is_service()) => {
                open.foreign.get_or_insert(0);
            }
            _ => {
                let says_ends = self.says_ends;
                if let Some(open) =
                    self.active.as_mut().filter(|open| says_ends && open.is_service())
                {
                    open.state.cut.get_or_insert_with(|| INTERRUPTED.to_owned());
                }
                self.open(parser, title);
            }
        }
    }

    fn ends(&mut self, of: &str) {
        self.behind_separator = false;
        if self.active.as_ref().is_some_and(|open| open.name == of) {
            self.close();
        }
    }
}

/// Reads the whole text once. `progress` is told now and then how many bytes were read.
pub fn read(facts: &mut Facts, place: usize, source: impl Read, progress: &mut dyn FnMut(u64)) {
    const REPORT_EVERY_BYTES: u64 = 1 << 20;
    let mut lines = Lines::new(source);
    // A file may begin with a service's dump.
    let behind_separator = true;
    let mut pass =
        Pass { facts, place, active: None, behind_separator, sections: 0, says_ends: false };
    let mut reported = 0;
    loop {
        if lines.read_bytes() - reported >= REPORT_EVERY_BYTES {
            reported = lines.read_bytes();
            progress(reported);
        }
        if pass.active.is_none() && !pass.behind_separator && !lines.skip_to_mark() {
            break;
        }
        let Some(line) = lines.next_line() else { break };
        let (number, open) = (line.number, line.open);
        let text = String::from_utf8_lossy(line.bytes);
        match mark(&text) {
            // Half a line may hold half a name, which is another name.
            Mark::Line(_) if open => break,
            Mark::Line(line) => pass.line(number, line),
            Mark::Separator => {
                pass.close();
                pass.behind_separator = true;
            }
            Mark::Properties => {
                let parser = Active::Getprop(GetpropParser::default());
                pass.open(Some(parser), PROPERTIES);
            }
            Mark::Heading(heading) => pass.heading(heading),
            Mark::EndOfService(name) => {
                pass.says_ends = true;
                pass.ends(name);
            }
            Mark::EndOfPart(title) => pass.ends(title),
        }
    }
    progress(lines.read_bytes());
    let Pass { facts, active, sections, .. } = pass;
    if sections > MAX_SECTIONS {
        let what = format!("{} repeated sections were left out", sections - MAX_SECTIONS);
        facts.problems.push(Problem { place: facts.places[place].clone(), what });
    }
    finish(facts, place, active.map(|open| (open.parser, open.state)), &lines);
}

/// Reads the output of `dumpsys` for one service alone. Nothing is read where nobody asks about
/// that service.
pub fn read_service(facts: &mut Facts, place: usize, name: &str, source: impl Read) {
    let Some(mut parser) = Active::of_service(name) else { return };
    let mut state = SectionState { alone: true, ..SectionState::default() };
    let mut lines = Lines::new(source);
    while let Some(line) = lines.next_line() {
        let text = String::from_utf8_lossy(line.bytes);
        state.watch(&text);
        parser.line(line.number, &text);
    }
    let mut active = Some((parser, state));
    if let Some(error) = lines.error() {
        facts.cut_short = true;
        let what = format!("reading stopped after {} bytes: {error}", lines.read_bytes());
        facts.problems.push(Problem { place: facts.places[place].clone(), what });
        if let Some((_, state)) = &mut active {
            state.cut.get_or_insert_with(|| "the file ends inside it".to_owned());
        }
    }
    close(&mut active, facts, place);
}

/// Whether a parser reads what this service dumps.
pub fn reads_service(name: &str) -> bool {
    Active::of_service(name).is_some()
}

fn close(active: &mut Option<(Active, SectionState)>, facts: &mut Facts, place: usize) {
    if let Some((parser, state)) = active.take() {
        parser.end(facts, place, &state);
    }
}

/// The text is at its end: a section still open has lost its own.
fn finish<R: Read>(
    facts: &mut Facts,
    place: usize,
    mut active: Option<(Active, SectionState)>,
    lines: &Lines<R>,
) {
    facts.cut_short |= active.is_some() || lines.error().is_some() || lines.last_line_open();
    if let Some((_, state)) = &mut active {
        state.cut.get_or_insert_with(|| "the file ends inside it".to_owned());
    }
    close(&mut active, facts, place);
    if let Some(error) = lines.error() {
        let what = format!("reading stopped after {} bytes: {error}", lines.read_bytes());
        facts.problems.push(Problem { place: facts.places[place].clone(), what });
    }
}
