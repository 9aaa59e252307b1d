//! Which members of a container are evidence, told by their names and first bytes.

use std::collections::HashSet;
use std::fs::DirEntry;
use std::io;
use std::path::Path;

use unwatched_device::evidence::{ArtefactKind, EvidenceKind, SettingsTable};

use crate::backup::is_backup;
use crate::case::is_case;
use crate::container::Container;
use crate::loose::recognise as recognise_loose;
use crate::opened::place_of;
use crate::text::Text;

/// What was recognised, and the members to read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) kind: EvidenceKind,
    pub(crate) members: Vec<Member>,
    /// Files of apps.
    pub(crate) app_files: Vec<String>,
    /// Backups that lie in it.
    pub(crate) backups: Vec<String>,
    /// A bugreport's ZIP that lies in it.
    pub(crate) bugreport: Option<String>,
}

impl Layout {
    fn new(kind: EvidenceKind, members: Vec<Member>) -> Self {
        Self { kind, members, app_files: Vec::new(), backups: Vec::new(), bugreport: None }
    }
}

/// One member: its name in the container, what its bytes are, and what a report calls it. Names
/// inside a bugreport tell the day and the device, and are nobody's business.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) kind: ArtefactKind,
    pub(crate) place: String,
    pub(crate) text: Text,
}

/// AndroidQF's files in the order in which they are read; its versions name some differently.
const AQF_FILES: [(&str, ArtefactKind); 21] = [
    ("getprop.txt", ArtefactKind::Getprop),
    ("packages.json", ArtefactKind::AqfPackages),
    ("settings_global.txt", ArtefactKind::Settings(SettingsTable::Global)),
    ("settings_secure.txt", ArtefactKind::Settings(SettingsTable::Secure)),
    ("settings_system.txt", ArtefactKind::Settings(SettingsTable::System)),
    ("dumpsys.txt", ArtefactKind::Dump),
    ("processes.txt", ArtefactKind::Processes),
    ("processes.json", ArtefactKind::Processes),
    ("ps.txt", ArtefactKind::Processes),
    ("services.txt", ArtefactKind::ServiceList),
    ("root_binaries.json", ArtefactKind::RootBinaries),
    ("root_binaries.txt", ArtefactKind::RootBinaries),
    ("mounts.json", ArtefactKind::Mounts),
    ("mounts.txt", ArtefactKind::Mounts),
    ("mounts", ArtefactKind::Mounts),
    ("selinux.txt", ArtefactKind::Selinux),
    ("selinux", ArtefactKind::Selinux),
    ("env.txt", ArtefactKind::Environment),
    ("files.json", ArtefactKind::AqfFiles),
    ("logcat.txt", ArtefactKind::Logcat),
    ("logcat_old.txt", ArtefactKind::Logcat),
];

/// Files that come in any number, by the folder they lie in, and what a report calls each.
const SERIES: [(&str, ArtefactKind, &str); 6] = [
    ("FS/data/tombstones/", ArtefactKind::Tombstone, "tombstone"),
    ("FS/data/anr/", ArtefactKind::AnrTrace, "ANR trace"),
    ("logs/data/tombstones/", ArtefactKind::Tombstone, "tombstone"),
    ("logs/data/anr/", ArtefactKind::AnrTrace, "ANR trace"),
    ("intrusion_logs/", ArtefactKind::IntrusionLog, "intrusion log"),
    ("logs/data/misc/anr/", ArtefactKind::AnrTrace, "ANR trace"),
];

/// More of one kind are left out.
const MAX_IN_SERIES: usize = 200;

/// Any of these makes a folder an AndroidQF acquisition.
pub(crate) const AQF_MARKS: [&str; 3] = ["acquisition.json", "packages.json", "dumpsys.txt"];

/// The folders in which an acquisition keeps what it copied from the phone.
pub(crate) const OWN_FOLDERS: [&str; 5] = ["apks", "logs", "tmp", "intrusion_logs", "FS"];

/// Whether it is one of the files that every acquisition has, so that its name says nothing.
pub(crate) fn is_file_of_its_own(name: &str) -> bool {
    let others = ["acquisition.json", "backup.ab", "bugreport.zip", "adb_host_key.pub"];
    AQF_FILES.iter().any(|(file, _)| *file == name) || others.contains(&name)
}

/// What is looked for, for an error that says so.
pub(crate) const LOOKED_FOR: &str = "it holds neither main_entry.txt, bugreport-*.txt or dumpState_*.log, \
     nor acquisition.json, packages.json or dumpsys.txt";

/// Looks at the names, and into `main_entry.txt`.
pub(crate) fn recognise(container: &mut Container) -> Option<Layout> {
    android_qf(container).or_else(|| bugreport(container)).or_else(|| loose(container))
}

fn android_qf(container: &Container) -> Option<Layout> {
    let names = container.names();
    // A ZIP may hold the acquisition inside one folder.
    let mark = names
        .iter()
        .find(|name| AQF_MARKS.contains(&file_name(name)) && name.matches('/').count() <= 1)?;
    let folder = &mark[..mark.len() - file_name(mark).len()];
    let known: HashSet<_> = names.iter().copied().collect();
    let mut members: Vec<_> = AQF_FILES
        .iter()
        .filter_map(|(file, kind)| {
            let name = format!("{folder}{file}");
            let place = (*file).to_owned();
            known.contains(name.as_str()).then(|| Member {
                name,
                kind: kind.clone(),
                place,
                text: Text::Plain,
            })
        })
        .collect();
    members.extend(series(&names, folder));
    let below = |sub: &str| format!("{folder}{sub}");
    let (apks, tmp) = (below("apks/"), below("tmp/"));
    let app_files = names
        .iter()
        .filter(|name| is_app_file(name) && (name.starts_with(&apks) || name.starts_with(&tmp)));
    let one = |file: &str| known.get(below(file).as_str()).map(|name| (*name).to_owned());
    Some(Layout {
        app_files: app_files.map(|name| (*name).to_owned()).collect(),
        backups: one("backup.ab").into_iter().collect(),
        bugreport: one("bugreport.zip"),
        ..Layout::new(EvidenceKind::AndroidQf, members)
    })
}

/// The files that come in any number.
fn series(names: &[&str], folder: &str) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    for (below, kind, title) in &SERIES {
        let prefix = format!("{folder}{below}");
        let found = names.iter().filter(|name| name.starts_with(&prefix));
        // A folder's own entry, and the same crash again in another form.
        let found = found.filter(|name| !name.ends_with('/') && !has_extension(name, "pb"));
        for name in found.take(MAX_IN_SERIES) {
            let number = members.iter().filter(|member| member.kind == *kind).count() + 1;
            let place = format!("{title} {number}");
            members.push(Member {
                name: (*name).to_owned(),
                kind: kind.clone(),
                place,
                text: Text::Plain,
            });
        }
    }
    members
}

fn bugreport(container: &mut Container) -> Option<Layout> {
    let named_first = container.names().contains(&"main_entry.txt").then(|| {
        let entry = container.head("main_entry.txt", 1_024);
        String::from_utf8_lossy(&entry).trim().to_owned()
    });
    let names = container.names();
    let text = named_first.filter(|name| names.contains(&name.as_str())).or_else(|| {
        let near = names.iter().filter(|name| name.matches('/').count() <= 1);
        near.copied().find(|name| is_bugreport_text(name)).map(str::to_owned)
    })?;
    // Samsung's ZIPs hold the dump beside a bugreport's text.
    let beside = names.iter().filter(|name| is_samsung_dump(name) && **name != text);
    let texts = std::iter::once(text.as_str()).chain(beside.copied());
    let mut members: Vec<_> = texts
        .enumerate()
        .map(|(number, name)| Member {
            name: name.to_owned(),
            kind: ArtefactKind::Dump,
            text: Text::Plain,
            place: match number {
                0 => "bugreport text".to_owned(),
                number => format!("bugreport text {}", number + 1),
            },
        })
        .collect();
    members.extend(series(&names, ""));
    Some(Layout::new(EvidenceKind::Bugreport, members))
}

/// Files that hold what single commands printed, and files of apps: what somebody kept who had
/// neither of the other two made.
fn loose(container: &mut Container) -> Option<Layout> {
    let names: Vec<String> = container.names().into_iter().map(str::to_owned).collect();
    // An app is a ZIP, too; its own files are nobody's notes.
    let is_app = names.iter().any(|name| name == "AndroidManifest.xml");
    let near = names.iter().filter(|name| name.matches('/').count() <= 1 && !is_app);
    let (mut members, mut backups): (Vec<Member>, Vec<String>) = (Vec::new(), Vec::new());
    let mut bugreport = None;
    for name in near.take(MAX_LOOKED_AT) {
        if bugreport.is_none() && has_extension(name, "zip") && is_named_like_a_report(name) {
            bugreport = Some(name.clone());
        }
        if is_app_file(name) || has_extension(name, "zip") {
            continue;
        }
        let head = container.head(name, LOOSE_HEAD_BYTES);
        let text = Text::of(&head);
        if is_backup(&head) {
            backups.push(name.clone());
        } else if let Some(kind) = recognise_loose(name, &text.head(&head)) {
            let number = members.iter().filter(|member| member.kind == kind).count();
            let more = if number > 0 { format!(" {}", number + 1) } else { String::new() };
            let place = format!("{}{more}", place_of(&kind));
            members.push(Member { name: name.clone(), kind, place, text });
        }
    }
    let app_files: Vec<_> = names.into_iter().filter(|name| is_app_file(name)).collect();
    if members.is_empty() && app_files.is_empty() && backups.is_empty() {
        return None;
    }
    Some(Layout { app_files, backups, bugreport, ..Layout::new(EvidenceKind::Dumps, members) })
}

/// How much of a file is looked at to tell what it is.
const LOOSE_HEAD_BYTES: u64 = 256 << 10;

/// Whether a file is called like an app in pieces, which is a ZIP of ZIPs.
pub(crate) fn is_app_bundle(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !has_extension(&name, "zip") && is_app_file(&name)
}

/// Whether a member is called like an app, or like an app in pieces.
pub(crate) fn is_app_file(name: &str) -> bool {
    ["apk", "apks", "xapk", "apkm"].iter().any(|ending| has_extension(name, ending))
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
    let is_report = is_named_like_a_report(&name);
    Ok(if kind.is_dir() {
        AQF_MARKS
            .iter()
            .chain(&["main_entry.txt", "Manifest.db"])
            .any(|mark| entry.path().join(mark).is_file())
            || is_case(&entry.path())
    } else {
        let packed = is_report && has_extension(&name, "zip");
        kind.is_file() && (packed || has_extension(&name, "age"))
    })
}

pub(crate) fn is_named_like_a_report(name: &str) -> bool {
    let file = file_name(name);
    file.starts_with("bugreport") || file.starts_with("dumpState")
}

pub(crate) fn file_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Whether a member is a bugreport's text, and not the log of the tool that wrote it.
pub(crate) fn is_bugreport_text(name: &str) -> bool {
    let file = file_name(name);
    let is_log = file.contains("dumpstate_log");
    let is_text = file.starts_with("bugreport") && has_extension(file, "txt") && !is_log;
    is_text || is_samsung_dump(name)
}

/// Whether these texts can be one phone's: Samsung's ZIPs hold two.
pub(crate) fn are_of_one(texts: &[&str]) -> bool {
    let samsung = texts.iter().filter(|name| is_samsung_dump(name)).count();
    samsung <= 1 && texts.len() - samsung <= 1
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
