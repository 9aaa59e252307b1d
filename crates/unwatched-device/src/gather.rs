//! Evidence to facts: every artefact once, in the order in which the evidence offers it.

use std::io::Read;

use crate::Progress;
use crate::addresses::{Scan, Watch, Watched};
use crate::android::backup_manifest::BackupManifestParser;
use crate::android::crashes::CrashesParser;
use crate::android::getprop::GetpropParser;
use crate::android::package_list::PackageListParser;
use crate::android::settings::SettingsListParser;
use crate::android::{LineParser, Parsed, aqf_packages, dump};
use crate::evidence::{Artefact, ArtefactKind, Evidence, Problem};
use crate::facts::{Coverage, Facts, Part};
use crate::lines::Lines;

/// Reads everything there is. What cannot be read becomes a problem and is missing from the
/// facts' coverage.
pub fn gather(evidence: &mut dyn Evidence, progress: &mut dyn FnMut(Progress<'_>)) -> Facts {
    gather_watching(evidence, None, progress)
}

/// The same, with a look at every line of logs and dumps for addresses that somebody watches for.
pub fn gather_watching(
    evidence: &mut dyn Evidence,
    watch: Option<&Watch>,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Facts {
    let mut facts = Facts::new(evidence.kind());
    evidence.prepare(progress);
    facts.problems = evidence.problems();
    for artefact in evidence.artefacts() {
        let place = facts.places.len();
        facts.places.push(artefact.place.clone());
        let mut told = |read_bytes| {
            progress(Progress {
                place: &artefact.place,
                read_bytes,
                total_bytes: artefact.size_bytes,
            });
        };
        told(0);
        match evidence.open(&artefact) {
            Ok(source) => match watch.filter(|_| holds_lines(&artefact.kind)) {
                Some(watch) => {
                    read_watched(&mut facts, place, &artefact, (source, watch), &mut told);
                }
                None => read(&mut facts, place, &artefact, source, &mut told),
            },
            Err(error) => {
                facts.cut_short = true;
                let what = format!("could not be opened: {error}");
                facts.problems.push(Problem { place: artefact.place.clone(), what });
            }
        }
    }
    apps(&mut facts, evidence, progress);
    facts.compared = evidence.compare_with_list(progress);
    facts
}

/// Artefacts whose lines may hold an address that the phone had to do with.
fn holds_lines(kind: &ArtefactKind) -> bool {
    matches!(
        kind,
        ArtefactKind::Dump
            | ArtefactKind::Service(_)
            | ArtefactKind::Processes
            | ArtefactKind::Logcat
            | ArtefactKind::Tombstone
            | ArtefactKind::AnrTrace
            | ArtefactKind::IntrusionLog
            | ArtefactKind::Messages
    )
}

fn read_watched(
    facts: &mut Facts,
    place: usize,
    artefact: &Artefact,
    (source, watch): (Box<dyn Read + '_>, &Watch),
    told: &mut dyn FnMut(u64),
) {
    let mut scan = Scan::new(watch);
    read(facts, place, artefact, Box::new(Watched::new(source, &mut scan)), told);
    let scanned = scan.end();
    let part = match artefact.kind {
        ArtefactKind::Messages => Part::Messages,
        _ => Part::Text,
    };
    facts.access.add_addresses(place, part, scanned.found);
    // Without a log nothing can be said of what was not seen.
    let is_log = matches!(artefact.kind, ArtefactKind::Logcat | ArtefactKind::IntrusionLog);
    if !is_log && !scanned.log {
        return;
    }
    let coverage = if scanned.ended && !facts.cut_short {
        Coverage::Whole
    } else {
        Coverage::Cut("the evidence ends early".to_owned())
    };
    facts.cover(Part::Text, coverage);
}

/// What no parser reads is read all the same: its lines are looked at as they go by.
fn pass_by(facts: &mut Facts, place: usize, mut source: impl Read) {
    if let Err(error) = std::io::copy(&mut source, &mut std::io::sink()) {
        let what = format!("reading it stopped: {error}");
        facts.problems.push(Problem { place: facts.places[place].clone(), what });
    }
}

/// The files of apps come last: they take longest.
fn apps(facts: &mut Facts, evidence: &mut dyn Evidence, progress: &mut dyn FnMut(Progress<'_>)) {
    let mut begin = |number: usize, all: usize| {
        let place = format!("app file {number} of {all}");
        progress(Progress { place: &place, read_bytes: 0, total_bytes: None });
    };
    let problems = evidence.analyse_apps(&mut begin, &mut |report| facts.add_app_report(report));
    facts.end_app_files(problems);
}

fn read(
    facts: &mut Facts,
    place: usize,
    artefact: &Artefact,
    source: Box<dyn Read + '_>,
    told: &mut dyn FnMut(u64),
) {
    match &artefact.kind {
        ArtefactKind::Dump => dump::read(facts, place, source, told),
        ArtefactKind::Service(name) => dump::read_service(facts, place, name, source),
        ArtefactKind::Getprop => {
            let (parsed, coverage) = lines(GetpropParser::default(), source);
            let properties = dump::note(facts, place, "getprop", parsed);
            facts.cover(Part::Getprop, coverage);
            facts.add_properties(place, properties);
        }
        ArtefactKind::Settings(table) => {
            let (parsed, coverage) = lines(SettingsListParser::new(*table), source);
            let read = dump::note(facts, place, "settings", parsed);
            if read.tables.is_empty() {
                let why = Coverage::Unreadable("the file holds no settings".to_owned());
                facts.cover(Part::Settings(*table), why);
            } else {
                facts.cover(Part::Settings(*table), coverage);
            }
            facts.add_settings(place, read);
        }
        ArtefactKind::AqfPackages => {
            let parsed = aqf_packages::read(source);
            let list = dump::note(facts, place, "list of packages", parsed);
            let coverage = if list.whole && !list.packages.is_empty() {
                Coverage::Whole
            } else if list.packages.is_empty() {
                Coverage::Unreadable("packages.json holds no packages".to_owned())
            } else {
                facts.cut_short = true;
                Coverage::Cut("packages.json is damaged or cut short".to_owned())
            };
            facts.cover(Part::AqfPackages, coverage);
            facts.add_aqf_packages(place, list);
        }
        ArtefactKind::PackageList => {
            let (parsed, coverage) = lines(PackageListParser::default(), source);
            let list = dump::note(facts, place, "list of packages", parsed);
            let empty = Coverage::Unreadable("it names no packages".to_owned());
            facts.cover(Part::PackageList, if list.is_empty() { empty } else { coverage });
            facts.add_package_list(place, list);
        }
        ArtefactKind::BackupManifest => {
            let (parsed, _) = lines(BackupManifestParser::default(), source);
            let manifest = dump::note(facts, place, "backup", parsed);
            if !manifest.package.is_empty() {
                let why = "an app can forbid that it is put into a backup".to_owned();
                facts.cover(Part::BackupManifest, Coverage::Cut(why));
                facts.add_backup_manifest(place, manifest);
            }
        }
        ArtefactKind::Tombstone => crashes(facts, place, Part::Tombstones, source),
        ArtefactKind::AnrTrace => crashes(facts, place, Part::AnrTraces, source),
        ArtefactKind::AqfFiles
        | ArtefactKind::RootBinaries
        | ArtefactKind::Mounts
        | ArtefactKind::Processes
        | ArtefactKind::Selinux => facts.read_system(place, &artefact.kind, source),
        // Handed on by the evidence; no rule reads them, and of logs and messages the listed
        // addresses alone.
        ArtefactKind::ServiceList | ArtefactKind::Environment => {}
        ArtefactKind::Messages | ArtefactKind::Logcat | ArtefactKind::IntrusionLog => {
            pass_by(facts, place, source);
        }
    }
}

fn crashes(facts: &mut Facts, place: usize, part: Part, source: impl Read) {
    let (parsed, coverage) = lines(CrashesParser::default(), source);
    let read = dump::note(facts, place, part.as_str(), parsed);
    facts.cover(part, coverage);
    facts.add_crashes(place, part, read);
}

/// Runs a parser over a whole artefact.
fn lines<P: LineParser>(mut parser: P, source: impl Read) -> (Parsed<P::Value>, Coverage) {
    let mut lines = Lines::new(source);
    while let Some(line) = lines.next_line() {
        parser.line(line.number, &String::from_utf8_lossy(line.bytes));
    }
    // These files need not end with a line end; only an error says that something is missing.
    let cut = lines.error().map(|error| format!("reading it stopped: {error}"));
    let parsed = parser.end(cut.is_none());
    (parsed, cut.map_or(Coverage::Whole, Coverage::Cut))
}
