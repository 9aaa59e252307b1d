//! Which members of a container are evidence, told by their names and first bytes.

use std::fs::DirEntry;
use std::io;
use std::path::Path;

use unwatched_device::evidence::{ArtefactKind, EvidenceKind, SettingsTable};

use crate::container::Container;

/// What was recognised, and the members to read: name, and what its bytes are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) kind: EvidenceKind,
    pub(crate) members: Vec<(String, ArtefactKind)>,
}

/// AndroidQF's files in the order in which they are read.
const AQF_FILES: [(&str, ArtefactKind); 6] = [
    ("getprop.txt", ArtefactKind::Getprop),
    ("packages.json", ArtefactKind::AqfPackages),
    ("settings_global.txt", ArtefactKind::Settings(SettingsTable::Global)),
    ("settings_secure.txt", ArtefactKind::Settings(SettingsTable::Secure)),
    ("settings_system.txt", ArtefactKind::Settings(SettingsTable::System)),
    ("dumpsys.txt", ArtefactKind::Dump),
];

/// Any of these makes a folder an AndroidQF acquisition.
const AQF_MARKS: [&str; 3] = ["acquisition.json", "packages.json", "dumpsys.txt"];

/// What is looked for, for an error that says so.
pub(crate) const LOOKED_FOR: &str = "it holds neither main_entry.txt, bugreport-*.txt or dumpState_*.log, \
     nor acquisition.json, packages.json or dumpsys.txt";

/// Looks at the names, and into `main_entry.txt`.
pub(crate) fn recognise(container: &mut Container) -> Option<Layout> {
    android_qf(container).or_else(|| bugreport(container))
}

fn android_qf(container: &Container) -> Option<Layout> {
    let names = container.names();
    // A ZIP may hold the acquisition inside one folder.
    let mark = names
        .iter()
        .find(|name| AQF_MARKS.contains(&file_name(name)) && name.matches('/').count() <= 1)?;
    let folder = &mark[..mark.len() - file_name(mark).len()];
    let members = AQF_FILES
        .iter()
        .filter_map(|(file, kind)| {
            let name = format!("{folder}{file}");
            names.contains(&name.as_str()).then_some((name, *kind))
        })
        .collect();
    Some(Layout { kind: EvidenceKind::AndroidQf, members })
}

fn bugreport(container: &mut Container) -> Option<Layout> {
    let named_first = container.names().contains(&"main_entry.txt").then(|| {
        let entry = container.head("main_entry.txt", 1_024);
        String::from_utf8_lossy(&entry).trim().to_owned()
    });
    let names = container.names();
    let text = named_first
        .filter(|name| names.contains(&name.as_str()))
        .or_else(|| names.iter().find(|name| is_bugreport_text(name)).map(|n| (*n).to_owned()))?;
    let mut members = vec![(text.clone(), ArtefactKind::Dump)];
    // Samsung's ZIPs hold the dump beside a bugreport's text.
    let beside = names.iter().filter(|name| is_samsung_dump(name) && **name != text);
    members.extend(beside.map(|name| ((*name).to_owned(), ArtefactKind::Dump)));
    Some(Layout { kind: EvidenceKind::Bugreport, members })
}

/// The folder that holds the evidence is often named instead of the evidence: what in `path`
/// could be named.
pub(crate) fn evidence_inside(path: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .take(MAX_LOOKED_AT)
        .flatten()
        .filter(|entry| could_be_evidence(entry).unwrap_or(false))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    found.sort_unstable();
    found
}

const MAX_LOOKED_AT: usize = 1_000;

fn could_be_evidence(entry: &DirEntry) -> io::Result<bool> {
    let (kind, name) = (entry.file_type()?, entry.file_name());
    let name = name.to_string_lossy();
    let is_report = name.starts_with("bugreport") || name.starts_with("dumpState");
    Ok(if kind.is_dir() {
        AQF_MARKS.iter().chain(&["main_entry.txt"]).any(|mark| entry.path().join(mark).is_file())
    } else {
        kind.is_file() && is_report && has_extension(&name, "zip")
    })
}

fn file_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn is_bugreport_text(name: &str) -> bool {
    let file = file_name(name);
    let is_text = file.starts_with("bugreport") && has_extension(file, "txt");
    name.matches('/').count() <= 1 && (is_text || is_samsung_dump(name))
}

fn is_samsung_dump(name: &str) -> bool {
    let file = file_name(name);
    file.starts_with("dumpState_") && has_extension(file, "log")
}

pub(crate) fn has_extension(file: &str, wanted: &str) -> bool {
    file.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case(wanted))
}

/// Whether a text begins like a bugreport or like the output of `dumpsys`.
pub(crate) fn is_dump_text(head: &[u8]) -> bool {
    const MARKS: [&[u8]; 4] =
        [b"== dumpstate: ", b"DUMP OF SERVICE ", b"------ SYSTEM ", b"------ UPTIME "];
    MARKS.iter().any(|mark| head.windows(mark.len()).any(|window| window == *mark))
}
