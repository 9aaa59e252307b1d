//! What this crate needs from whoever opens a device's evidence: named artefacts to read once,
//! from front to back, and files to read at a place.
//!
//! It opens nothing itself; `unwatched-acquire` implements both traits.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use unwatched_model::report::Report;

use crate::Progress;

/// What kind of evidence was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// An Android bugreport: the ZIP, or the text inside it.
    Bugreport,
    /// A folder or ZIP written by AndroidQF.
    AndroidQf,
    /// What `adb backup` wrote.
    Backup,
    /// What single commands printed, each kept in a file.
    Dumps,
    /// The file of an app by itself.
    App,
    /// What a connected phone answered, kept in a case.
    Live,
}

impl EvidenceKind {
    /// How a report names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bugreport => "an Android bugreport",
            Self::AndroidQf => "an AndroidQF acquisition",
            Self::Backup => "an Android backup",
            Self::Dumps => "the output of commands, kept in files",
            Self::App => "the file of one app",
            Self::Live => "what a connected phone answered",
        }
    }
}

/// One of Android's three tables of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettingsTable {
    /// Device-wide.
    Global,
    /// Per user, written by the system only.
    Secure,
    /// Per user, preferences.
    System,
}

/// What an artefact's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArtefactKind {
    /// A bugreport's text, or the output of `dumpsys` for all services.
    Dump,
    /// `dumpsys` of this one service, without the line that names it.
    Service(String),
    /// `pm list packages`, with any of its options.
    PackageList,
    /// `getprop` alone.
    Getprop,
    /// `settings list`, one table.
    Settings(SettingsTable),
    /// AndroidQF's `packages.json`.
    AqfPackages,
    /// AndroidQF's `files.json`: the files that it could list, with times and owners.
    AqfFiles,
    /// AndroidQF's `root_binaries.json`.
    RootBinaries,
    /// The file systems that are mounted: AndroidQF's `mounts.json`, or `mount` itself.
    Mounts,
    /// The running processes: `ps -A`, or what AndroidQF's collector wrote.
    Processes,
    /// `service list`.
    ServiceList,
    /// `getenforce`.
    Selinux,
    /// `env`.
    Environment,
    /// `logcat`, of this start of the phone or of the one before.
    Logcat,
    /// The trace of a native crash (`/data/tombstones`).
    Tombstone,
    /// The traces of an app that did not answer (`/data/anr`).
    AnrTrace,
    /// Android's own log of what could be an intrusion (advanced protection).
    IntrusionLog,
    /// What a backup says of one app (`apps/<package>/_manifest`).
    BackupManifest,
    /// Text messages in a backup: nothing of them is kept but addresses that indicators list.
    Messages,
}

/// One thing to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artefact {
    /// What its bytes are, which picks the parser.
    pub kind: ArtefactKind,
    /// Its name inside the evidence, as a report may show it: never a path on the laptop.
    pub place: String,
    /// Its size once unpacked, where the container says so (it may lie).
    pub size_bytes: Option<u64>,
}

/// Something that could not be read, or looked wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where.
    pub place: String,
    /// What was wrong, a lowercase fragment.
    pub what: String,
}

/// What the analysis says of one file of an app that the evidence holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppReport {
    /// What a report calls the file; it does not name the app.
    pub place: String,
    /// What the analysis says.
    pub report: Report,
}

/// What came of comparing an acquisition's files with the list of digests that was made with them.
/// Files are named as a report may name them: what belongs to an app is only counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// How many files the list names.
    pub listed: usize,
    /// Other bytes than the list says.
    pub changed: Vec<String>,
    /// Not there.
    pub missing: Vec<String>,
    /// There, and read here, but not in the list.
    pub added: Vec<String>,
    /// Could not be read to their end.
    pub unread: Vec<String>,
    /// Why the list itself could not be read.
    pub damaged: Option<String>,
}

/// A device's evidence, opened and recognised.
pub trait Evidence {
    /// What was recognised.
    fn kind(&self) -> EvidenceKind;

    /// Reads what must be read whole before its parts are known, such as a backup. Called once,
    /// before anything else is asked but the kind.
    fn prepare(&mut self, progress: &mut dyn FnMut(Progress<'_>)) {
        let _ = progress;
    }

    /// What can be read, in the order in which it should be.
    fn artefacts(&self) -> Vec<Artefact>;

    /// What was wrong with the container itself.
    fn problems(&self) -> Vec<Problem>;

    /// Opens one artefact for one pass. The reader keeps the implementor's bounds on size and
    /// ends with an error where the bytes are cut short or a bound is met.
    fn open<'a>(&'a mut self, artefact: &Artefact) -> io::Result<Box<dyn Read + 'a>>;

    /// Analyses the files of apps that the evidence holds, one after the other, and hands on what
    /// is said of each. `begin` is told which of how many comes next. What could not be read is
    /// given back.
    fn analyse_apps(
        &mut self,
        begin: &mut dyn FnMut(usize, usize),
        take: &mut dyn FnMut(AppReport),
    ) -> Vec<Problem> {
        let _ = (begin, take);
        Vec::new()
    }

    /// Compares the files with the list of digests that was made with them, where there is one.
    /// Called last: what was read by then need not be read again.
    fn compare_with_list(&mut self, progress: &mut dyn FnMut(Progress<'_>)) -> Option<Compared> {
        let _ = progress;
        None
    }
}

/// Bytes that can be read at any place, such as a file or a member of a backup.
pub trait ReadAt {
    /// How many bytes there are.
    fn size_bytes(&self) -> u64;

    /// Reads at `offset` what is there, at most `buffer.len()` bytes; 0 at the end.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

impl ReadAt for [u8] {
    fn size_bytes(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        let count = buffer.len().min(self.len() - start);
        buffer[..count].copy_from_slice(&self[start..start + count]);
        Ok(count)
    }
}
