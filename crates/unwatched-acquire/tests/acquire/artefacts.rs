//! Every artefact there is, found in the evidence itself, so that a new one falls under these
//! rules by itself: taken away, cut, or damaged, it never makes a check look as if it had seen
//! nothing.

use std::collections::BTreeMap;
use std::io::{self, Read};

use unwatched_device::evidence::{Artefact, ArtefactKind, Evidence, EvidenceKind, Problem};
use unwatched_device::facts::{Coverage, Facts};
use unwatched_device::gather::gather;
use unwatched_device::report;
use unwatched_device::result::{CheckResult, Outcome};
use unwatched_fixtures::phone::population::{Phone, population};
use unwatched_fixtures::{mutations, noise};
use unwatched_model::class::Class;
use unwatched_model::indicator::IndicatorKind::Package;
use unwatched_model::set::IndicatorSet;

use super::{check_opened, set};

/// Evidence in memory: what a container hands on.
struct Memory {
    kind: EvidenceKind,
    members: Vec<(Artefact, Vec<u8>)>,
}

impl Memory {
    fn bugreport(text: &str) -> Self {
        let place = "bugreport text".to_owned();
        let artefact = Artefact { kind: ArtefactKind::Dump, place, size_bytes: None };
        Self { kind: EvidenceKind::Bugreport, members: vec![(artefact, text.into())] }
    }
}

impl Evidence for Memory {
    fn kind(&self) -> EvidenceKind {
        self.kind
    }

    fn artefacts(&self) -> Vec<Artefact> {
        self.members.iter().map(|(artefact, _)| artefact.clone()).collect()
    }

    fn problems(&self) -> Vec<Problem> {
        Vec::new()
    }

    fn open<'a>(&'a mut self, artefact: &Artefact) -> io::Result<Box<dyn Read + 'a>> {
        let member = self.members.iter().find(|(known, _)| known == artefact);
        Ok(Box::new(member.ok_or(io::ErrorKind::NotFound)?.1.as_slice()))
    }
}

/// One section of a dump: what it is called and where it lies.
struct Section {
    name: String,
    start: usize,
    end: usize,
}

/// The services' dumps, and the properties, of a dump.
fn sections(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let (mut at, mut separator) = (0, 0);
    for line in text.split_inclusive('\n') {
        let is_mark = line.starts_with("------");
        let named = line.strip_prefix("DUMP OF SERVICE ").map(|rest| {
            let name = rest.split(':').next().unwrap_or_default();
            name.rsplit(' ').next().unwrap_or_default().to_owned()
        });
        let properties = line.starts_with("------ SYSTEM PROPERTIES").then(|| "getprop".to_owned());
        let start = if properties.is_some() { at } else { separator };
        if let Some(name) = named.or(properties) {
            if let Some(last) = sections.last_mut() {
                last.end = last.end.min(start);
            }
            sections.push(Section { name, start, end: text.len() });
        } else if is_mark
            && !line.contains(" was the duration of ")
            && let Some(last) = sections.last_mut()
        {
            last.end = last.end.min(at);
        }
        if is_mark {
            separator = at;
        }
        at += line.len();
    }
    sections
}

/// An old phone that is watched, and a new one with an engineer's ways in.
fn phones() -> Vec<Phone> {
    let mut phones = population(7);
    phones.sort_by_key(|phone| phone.handset.sdk);
    let last = phones.len() - 1;
    vec![phones.swap_remove(last), phones.swap_remove(last / 2), phones.swap_remove(0)]
}

fn indicators() -> IndicatorSet {
    set(&[("Watch Alpha", Class::Stalkerware, &[(Package, "com.watch.alpha")])])
}

fn facts_of(evidence: &mut dyn Evidence) -> Facts {
    gather(evidence, &mut |_| {})
}

/// What a check that saw nothing says it read, if it says so.
fn read_in(why: &str) -> Option<&str> {
    why.strip_prefix("read in ")
}

/// What must hold of a result that lacks something the whole one had. Gives back how many checks
/// could not run any more.
fn honest(removed: &str, whole: &CheckResult, result: &CheckResult, lost: &[&str]) -> usize {
    let mut could_not = 0;
    let text: String = report::text(result).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(result.checks.len(), whole.checks.len());
    for (check, of_whole) in result.checks.iter().zip(&whole.checks) {
        let told = format!("without {removed}, {}: {}", check.id, check.why);
        assert_eq!(check.id, of_whole.id);
        assert!(!check.why.is_empty(), "{told}");
        match check.outcome {
            Outcome::NotFound => {
                assert_eq!(of_whole.outcome, Outcome::NotFound, "{told}");
                let read = read_in(&check.why);
                assert!(!lost.iter().any(|part| read == Some(part)), "{told}");
            }
            Outcome::CouldNotCheck => {
                could_not += usize::from(of_whole.outcome != Outcome::CouldNotCheck);
                let line = format!("{}: {}", check.title, check.why);
                let line: String = line.split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(text.contains(&line), "{told}, but the report does not say it");
            }
            Outcome::Found => {}
        }
    }
    assert!(text.contains("may be there all the same"), "the consequence is not said");
    could_not
}

fn lost<'f>(whole: &'f Facts, rest: &Facts) -> Vec<&'f str> {
    let is_lost = |part| rest.coverage.get(part).is_none_or(|how| *how != Coverage::Whole);
    let parts =
        whole.coverage.iter().filter(|(part, how)| **how == Coverage::Whole && is_lost(part));
    parts.map(|(part, _)| part.as_str()).collect()
}

/// Every check that a lost part had answered, and no other part can.
fn answered_by<'w>(whole: &'w CheckResult, lost: &[&str]) -> Vec<&'w str> {
    let checks = whole.checks.iter().filter(|check| {
        check.outcome == Outcome::NotFound
            && read_in(&check.why).is_some_and(|read| lost.contains(&read))
    });
    checks.map(|check| check.id).collect()
}

fn taken_away(
    name: &str,
    whole: &mut dyn Evidence,
    rest: &mut dyn Evidence,
    set: &IndicatorSet,
) -> usize {
    let (facts_whole, facts_rest) = (facts_of(whole), facts_of(rest));
    let lost = lost(&facts_whole, &facts_rest);
    let (whole, rest) = (check_opened(whole, Some(set)), check_opened(rest, Some(set)));
    let could_not = honest(name, &whole, &rest, &lost);
    for id in answered_by(&whole, &lost) {
        let check = rest.checks.iter().find(|check| check.id == id).unwrap();
        let other = read_in(&check.why).is_some_and(|read| !lost.contains(&read));
        assert!(
            check.outcome == Outcome::CouldNotCheck || other,
            "without {name}, {id}: {:?}, {}",
            check.outcome,
            check.why
        );
    }
    could_not
}

#[test]
fn a_bugreport_without_one_of_its_parts_says_what_could_not_be_checked() {
    let set = indicators();
    for phone in phones() {
        let text = phone.bugreport_text();
        let mut could_not = BTreeMap::new();
        for Section { name, start, end } in sections(&text) {
            let rest = format!("{}{}", &text[..start], &text[end..]);
            let (mut whole, mut rest) = (Memory::bugreport(&text), Memory::bugreport(&rest));
            *could_not.entry(name.clone()).or_insert(0) +=
                taken_away(&name, &mut whole, &mut rest, &set);
        }
        // At least these answer something by themselves on every phone.
        for needed in ["device_policy", "package"] {
            assert!(
                could_not[needed] > 0,
                "{needed} is missing and nothing says so: {could_not:?}"
            );
        }
    }
}

/// An AndroidQF acquisition of these files, recognised as on a disk.
fn acquisition(files: &[(String, Vec<u8>)]) -> (tempfile::TempDir, Box<dyn Evidence>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let opened = unwatched_acquire::open(folder.path()).unwrap();
    (folder, opened)
}

#[test]
fn an_acquisition_without_one_of_its_files_says_what_could_not_be_checked() {
    let set = indicators();
    let mut could_not = BTreeMap::new();
    for phone in phones() {
        let files = phone.android_qf();
        let (_folder, mut whole) = acquisition(&files);
        for (name, bytes) in files.iter().filter(|(name, _)| name != "acquisition.json") {
            let without: Vec<_> = files.iter().filter(|(n, _)| n != name).cloned().collect();
            let (_folder, mut rest) = acquisition(&without);
            *could_not.entry(name.clone()).or_insert(0) +=
                taken_away(name, whole.as_mut(), rest.as_mut(), &set);
            // A file without content is no better than none.
            let emptied: Vec<_> = files
                .iter()
                .map(|(n, b)| (n.clone(), if n == name { Vec::new() } else { b.clone() }))
                .collect();
            let (_folder, mut rest) = acquisition(&emptied);
            taken_away(&format!("the content of {name}"), whole.as_mut(), rest.as_mut(), &set);
            // Nor is the half of a list that only its end can close.
            if bytes.starts_with(b"[") && bytes.len() > 100 {
                let halved: Vec<_> = files
                    .iter()
                    .map(|(n, b)| {
                        (n.clone(), if n == name { b[..b.len() / 2].to_vec() } else { b.clone() })
                    })
                    .collect();
                let (_folder, mut rest) = acquisition(&halved);
                taken_away(&format!("half of {name}"), whole.as_mut(), rest.as_mut(), &set);
            }
        }
        for Section { name, start, end } in sections(dumpsys(&files)) {
            let mut without = files.clone();
            let dump = without.iter_mut().find(|(name, _)| name == "dumpsys.txt").unwrap();
            dump.1.drain(start..end);
            let (_folder, mut rest) = acquisition(&without);
            *could_not.entry(name.clone()).or_insert(0) +=
                taken_away(&name, whole.as_mut(), rest.as_mut(), &set);
        }
    }
    for needed in ["packages.json", "dumpsys.txt", "device_policy"] {
        assert!(could_not[needed] > 0, "{needed} is missing and nothing says so: {could_not:?}");
    }
}

fn dumpsys(files: &[(String, Vec<u8>)]) -> &str {
    let dump = files.iter().find(|(name, _)| name == "dumpsys.txt").unwrap();
    std::str::from_utf8(&dump.1).unwrap()
}

#[test]
fn evidence_that_holds_nothing_answers_nothing() {
    let set = indicators();
    let (_folder, mut empty) = acquisition(&[("acquisition.json".to_owned(), b"{}".to_vec())]);
    let mut bare = Memory::bugreport("== dumpstate: 2026-01-05 10:00:00\n");
    for evidence in [empty.as_mut(), &mut bare as &mut dyn Evidence] {
        let result = check_opened(evidence, Some(&set));
        for check in &result.checks {
            assert_eq!(check.outcome, Outcome::CouldNotCheck, "{}: {}", check.id, check.why);
        }
        assert!(result.findings.is_empty());
    }
}

/// The sections of several phones that somebody reads, by name.
fn read_sections() -> BTreeMap<String, Vec<String>> {
    let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for phone in phones() {
        let text = phone.bugreport_text();
        for Section { name, start, end } in sections(&text) {
            let section = text[start..end].to_owned();
            if !facts_of(&mut Memory::bugreport(&section)).coverage.is_empty() {
                by_name.entry(name).or_default().push(section);
            }
        }
    }
    by_name
}

/// What stands in a thousand damaged and cut copies never breaks a parser; what was cut is never
/// taken for whole.
#[test]
fn a_thousand_cuts_and_changed_bytes_of_every_part_of_a_dump() {
    const EACH: usize = 1_000;
    let sections = read_sections();
    assert!(sections.len() >= 8, "only {:?}", sections.keys());
    for (name, copies) in &sections {
        for (number, section) in copies.iter().enumerate() {
            let count = EACH.div_ceil(copies.len()).div_ceil(2);
            for damaged in mutations(section.as_bytes(), count, number as u64) {
                let text = String::from_utf8_lossy(&damaged);
                facts_of(&mut Memory::bugreport(&text));
            }
            let whole = facts_of(&mut Memory::bugreport(section));
            for at in cuts(section, count, number as u64) {
                let cut = facts_of(&mut Memory::bugreport(&section[..at]));
                let still_whole = whole.coverage.iter().filter(|(_, how)| **how == Coverage::Whole);
                let told = still_whole.clone().any(|(part, _)| !cut.is_whole(*part));
                let nothing_to_lose = still_whole.count() == 0;
                // Behind what is read there may be more that is not.
                let is_told = told || nothing_to_lose || observed(&whole) == observed(&cut);
                assert!(is_told, "{name} of phone {number}, cut at {at}");
            }
        }
    }
}

/// All that was observed, to compare. Which of the phone's own apps were updated stands behind the
/// list of packages and says nothing about an app that the list holds.
fn observed(facts: &Facts) -> String {
    let Facts { apps, owners, settings, access, system, .. } = facts;
    let mut apps = apps.clone();
    for app in apps.values_mut() {
        app.hidden_system = false;
    }
    format!("{apps:?} {owners:?} {settings:?} {access:?} {system:?}")
}

/// Places to cut, by chance, never behind the section's own end mark.
fn cuts(section: &str, count: usize, seed: u64) -> impl Iterator<Item = usize> {
    let end = section.find(" was the duration of ").unwrap_or(section.len());
    let end = section[..end].rfind('\n').unwrap_or(end);
    let chance = noise(seed, count * 4);
    let places: Vec<_> = chance
        .chunks_exact(4)
        .map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]) as usize % end.max(1))
        .filter(|at| section.is_char_boundary(*at))
        .collect();
    places.into_iter()
}

/// The files of an acquisition that are read by themselves.
#[test]
fn a_thousand_cuts_and_changed_bytes_of_every_file_of_an_acquisition() {
    const EACH: usize = 1_000;
    let files = phones().remove(0).android_qf();
    let (_folder, mut opened) = acquisition(&files);
    for artefact in opened.artefacts() {
        if artefact.kind == ArtefactKind::Dump {
            continue;
        }
        let mut bytes = Vec::new();
        opened.open(&artefact).unwrap().read_to_end(&mut bytes).unwrap();
        bytes.truncate(40_000);
        let mut one = Memory {
            kind: EvidenceKind::AndroidQf,
            members: vec![(artefact.clone(), bytes.clone())],
        };
        for damaged in mutations(&bytes, EACH, 3) {
            one.members[0].1 = damaged;
            facts_of(&mut one);
        }
    }
}
