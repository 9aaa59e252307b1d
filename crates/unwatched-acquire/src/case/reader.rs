//! Reading a case: its journal, what each acquisition holds, and an acquisition as evidence, judged
//! like the same answers kept in files. A case that was cut off anywhere is read as far as it goes,
//! and said to be cut.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use age::x25519::Identity;
use jiff::Timestamp;
use unwatched_device::evidence::{Artefact, ArtefactKind, Evidence, Problem};

use super::CaseError;
use super::entry::{AcquisitionEnd, Entry, Outcome, Record};
use super::folder::{self, Folder, is_case};
use super::journal::{self, End};
use super::kinds::StreamKind;
use super::secret::{self, Secret};
use super::stored::{Extent, Stored, length_of_cut};
use crate::keys::Keys;
use crate::opened::{Opened, place_of};
use crate::source::Source;

/// A case that was opened for reading.
pub struct Case {
    folder: Folder,
    identity: Arc<Identity>,
    records: Vec<Record>,
    end: End,
    acquisitions: Vec<Acquisition>,
    lock: Option<Arc<File>>,
}

/// One acquisition of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acquisition {
    /// Counted from 1.
    pub number: u32,
    /// When it began.
    pub began: Timestamp,
    /// When and how it ended; `None` when it was cut off.
    pub ended: Option<(Timestamp, AcquisitionEnd)>,
    /// Its streams, in the order in which they began.
    pub streams: Vec<Held>,
}

/// One stream of an acquisition, as the journal tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The number that its file is called by.
    pub number: u32,
    /// The command line or the file.
    pub name: String,
    /// What its bytes are.
    pub what: StreamKind,
    /// When it began.
    pub began: Timestamp,
    /// How it ended, how long it is, and its SHA-256 in hexadecimal; `None` when it was cut off.
    pub ended: Option<(Outcome, u64, String)>,
}

/// Opens the case in `folder`. What anybody may have changed since is told, not believed.
pub fn open(folder: &Path, secret: &Secret) -> Result<Case, CaseError> {
    let folder = Folder::find(folder)?;
    let lock = folder.lock_for_reading()?.map(Arc::new);
    let identity = secret::read(&folder, secret)?;
    Case::read(folder, Arc::new(identity), lock)
}

impl Case {
    pub(super) fn read(
        folder: Folder,
        identity: Arc<Identity>,
        lock: Option<Arc<File>>,
    ) -> Result<Self, CaseError> {
        let path = folder.at(folder::JOURNAL);
        let file = File::open(&path).map_err(CaseError::io(&path))?;
        let read = journal::read(std::io::BufReader::new(file), &identity)
            .map_err(CaseError::io(&path))?;
        let acquisitions = acquisitions(&read.records);
        Ok(Self { folder, identity, records: read.records, end: read.end, acquisitions, lock })
    }

    /// The journal, as far as it is as it was written.
    pub fn journal(&self) -> &[Record] {
        &self.records
    }

    /// What is wrong with the journal's end or with the folder, in words; empty when nothing is.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let read = self.records.len();
        match &self.end {
            End::Whole => {}
            End::Cut { .. } => problems.push(format!(
                "the journal ends in the middle of an entry, as when the program or the computer \
                 was stopped; the {read} entries before it were read"
            )),
            End::Damaged(why) => problems.push(format!(
                "the journal was changed or damaged after entry {read}: {why}; what comes after it \
                 was not read"
            )),
        }
        let known = |number: &u32| {
            self.acquisitions.iter().flat_map(|a| &a.streams).any(|held| held.number == *number)
        };
        let there = self.folder.streams().unwrap_or_default();
        let unknown = there.iter().filter(|number| !known(number)).count();
        if unknown > 0 {
            problems.push(format!(
                "{unknown} of its files are not in the journal and were not read: the end of the \
                 journal is missing, or they were put there"
            ));
        }
        problems
    }

    /// What it holds, the oldest first.
    pub fn acquisitions(&self) -> &[Acquisition] {
        &self.acquisitions
    }

    /// What the case alone stands for, as evidence: the newest acquisition that came to its end, for
    /// one that a cable cut, or that met another phone, must not hide what was seen before. Where none
    /// came to its end, the one that brought most. That newer ones were passed over is among its
    /// problems.
    pub fn evidence(&self) -> Result<Box<dyn Evidence>, CaseError> {
        let chosen = self.chosen().map_or(1, |at| self.acquisitions[at].number);
        let mut problems = self.problems();
        for newer in self.acquisitions.iter().filter(|one| one.number > chosen) {
            problems.push(format!(
                "a newer acquisition, the one of {}, did not come to its end and was not read here: \
                 the case's path with /{} at its end names it",
                newer.began.strftime("%Y-%m-%d %H:%M UTC"),
                newer.number
            ));
        }
        self.opened(chosen, problems)
    }

    /// Where the acquisition that the case alone stands for is among them all.
    fn chosen(&self) -> Option<usize> {
        let is_whole =
            |one: &Acquisition| matches!(&one.ended, Some((_, AcquisitionEnd::Complete)));
        let most =
            || (0..self.acquisitions.len()).max_by_key(|at| self.acquisitions[*at].streams.len());
        self.acquisitions.iter().rposition(is_whole).or_else(most)
    }

    /// One acquisition as evidence.
    pub fn evidence_of(&self, number: u32) -> Result<Box<dyn Evidence>, CaseError> {
        self.opened(number, self.problems())
    }

    fn opened(&self, number: u32, problems: Vec<String>) -> Result<Box<dyn Evidence>, CaseError> {
        let held = u32::try_from(self.acquisitions.len()).unwrap_or(u32::MAX);
        let acquisition = self.acquisitions.iter().find(|known| known.number == number);
        let acquisition = acquisition.ok_or(CaseError::NoAcquisition { wanted: number, held })?;
        let mut contents = Contents::of(acquisition, problems);
        for held in &acquisition.streams {
            let stored = self.stored(held);
            let (is_there, extent) = (stored.path.is_file(), stored.extent);
            contents.add(held, is_there, extent, Source::Stored(Arc::new(stored)));
        }
        Ok(contents.evidence(self.lock.clone()))
    }

    /// One stream's bytes, as they came from the phone.
    pub fn stream(
        &self,
        held: &Held,
    ) -> std::io::Result<impl std::io::Read + std::io::Seek + use<>> {
        self.stored(held).open()
    }

    fn stored(&self, held: &Held) -> Stored {
        let path = self.folder.stream(held.number);
        let extent = match &held.ended {
            Some((Outcome::Cut(_), length, _)) => Extent::Cut(*length),
            Some((_, length, _)) => Extent::Whole(*length),
            None => Extent::Cut(length_of_cut(&path, held.number, &self.identity)),
        };
        Stored { path, identity: Arc::clone(&self.identity), number: held.number, extent }
    }
}

/// What the journal tells of streams, by acquisition.
pub(crate) fn acquisitions(records: &[Record]) -> Vec<Acquisition> {
    let mut all: Vec<Acquisition> = Vec::new();
    for Record { at, entry, .. } in records {
        match entry {
            Entry::AcquisitionBegan { acquisition, .. } => all.push(Acquisition {
                number: *acquisition,
                began: *at,
                ended: None,
                streams: Vec::new(),
            }),
            Entry::AcquisitionEnded { acquisition, end } => {
                if let Some(of) = all.iter_mut().rfind(|known| known.number == *acquisition) {
                    of.ended = Some((*at, end.clone()));
                }
            }
            Entry::StreamBegan { stream, acquisition, name, what } => {
                if let Some(of) = all.iter_mut().rfind(|known| known.number == *acquisition) {
                    let (name, what) = (name.clone(), what.clone());
                    of.streams.push(Held { number: *stream, name, what, began: *at, ended: None });
                }
            }
            Entry::StreamEnded { stream, outcome, length_bytes, sha256, .. } => {
                let mut streams = all.iter_mut().flat_map(|of| &mut of.streams);
                if let Some(held) = streams.rfind(|held| held.number == *stream) {
                    held.ended = Some((outcome.clone(), *length_bytes, sha256.clone()));
                }
            }
            _ => {}
        }
    }
    all
}

/// What of an acquisition is evidence.
#[derive(Default)]
pub(crate) struct Contents {
    artefacts: Vec<(Artefact, Source)>,
    apps: Vec<Source>,
    problems: Vec<Problem>,
}

impl Contents {
    /// Nothing yet but what is wrong with the case and with the acquisition's end.
    pub(crate) fn of(acquisition: &Acquisition, of_case: Vec<String>) -> Self {
        let mut contents = Self::default();
        for what in of_case {
            contents.problem("case", what);
        }
        match &acquisition.ended {
            Some((_, AcquisitionEnd::Complete)) => {}
            Some((_, AcquisitionEnd::Stopped(why))) => {
                contents.problem("acquisition", format!("it stopped before its end: {why}"));
            }
            None => contents.problem(
                "acquisition",
                "it was cut off before its end: what had come by then was read".to_owned(),
            ),
        }
        contents
    }

    /// All of it as evidence.
    pub(crate) fn evidence(self, lock: Option<Arc<File>>) -> Box<dyn Evidence> {
        Box::new(Opened::live(self.artefacts, self.apps, self.problems, lock))
    }

    fn problem(&mut self, place: &str, what: String) {
        self.problems.push(Problem { place: place.to_owned(), what });
    }

    /// One stream, where its file is there, and how much of it.
    pub(crate) fn add(&mut self, held: &Held, is_there: bool, extent: Extent, source: Source) {
        let place = match &held.what {
            StreamKind::Artefact(kind) => self.place(kind),
            // Whose it is, is nobody's business.
            StreamKind::App => format!("app file {}", self.apps.len() + 1),
            StreamKind::Other(_) => return,
        };
        if let Some(what) = went_wrong(held, is_there, extent) {
            self.problem(&place, what);
        }
        let (Extent::Whole(length) | Extent::Cut(length)) = extent;
        if !is_there || length == 0 {
            return;
        }
        let size_bytes = match extent {
            Extent::Whole(length) => Some(length),
            Extent::Cut(_) => None,
        };
        match &held.what {
            StreamKind::Artefact(kind) => {
                self.artefacts.push((Artefact { kind: kind.clone(), place, size_bytes }, source));
            }
            StreamKind::App => self.apps.push(source),
            StreamKind::Other(_) => {}
        }
    }

    fn place(&self, kind: &ArtefactKind) -> String {
        let before = self.artefacts.iter().filter(|(known, _)| known.kind == *kind).count();
        let more = if before > 0 { format!(" {}", before + 1) } else { String::new() };
        format!("{}{more}", place_of(kind))
    }
}

/// What a helper must know of one answer. A cut in its middle is told by whoever reads it.
fn went_wrong(held: &Held, is_there: bool, extent: Extent) -> Option<String> {
    if !is_there {
        return Some("its file is missing from the case: copy the whole folder again".to_owned());
    }
    match &held.ended {
        None if extent == Extent::Cut(0) => {
            Some("the acquisition stopped before anything of it was kept".to_owned())
        }
        Some((Outcome::Cut(why), 0, _)) => {
            Some(format!("it was cut off before anything came: {why}"))
        }
        Some((Outcome::Cut(why), ..)) => Some(format!("it was cut off: {why}")),
        Some((Outcome::Refused(why), ..)) => Some(format!("the phone refused it: {why}")),
        Some((Outcome::Exit(code), ..)) if *code != 0 => {
            Some(format!("the phone ended it with exit code {code}"))
        }
        Some((_, 0, _)) => Some("the phone answered nothing".to_owned()),
        _ => None,
    }
}

/// Which acquisition of a case a path names.
enum Which {
    /// `CASE`: the newest that came to its end.
    Newest,
    /// `CASE/before`: the one before it.
    Before,
    /// `CASE/1`
    Number(u32),
}

/// What stands behind a case's path for the acquisition before the newest.
pub const BEFORE: &str = "before";

fn named(path: &Path) -> Option<(PathBuf, Which)> {
    if is_case(path) {
        return Some((path.to_owned(), Which::Newest));
    }
    let which = match path.file_name()?.to_str()? {
        BEFORE => Which::Before,
        number => Which::Number(number.parse().ok()?),
    };
    let case = path.parent()?;
    let case = if case.as_os_str().is_empty() { Path::new(".") } else { case };
    (!path.exists() && is_case(case)).then(|| (case.to_owned(), which))
}

/// Opens what a path names as evidence, where it names a case.
pub(crate) fn evidence_at(
    path: &Path,
    keys: &Keys,
) -> Option<Result<Box<dyn Evidence>, CaseError>> {
    let (case, which) = named(path)?;
    Some(evidence_in(&case, &which, keys))
}

fn evidence_in(case: &Path, which: &Which, keys: &Keys) -> Result<Box<dyn Evidence>, CaseError> {
    let folder = Folder::find(case)?;
    let Some(passphrase) = keys.passphrase() else {
        // What no passphrase opens is said before one is asked for.
        secret::is_there(&folder)?;
        return Err(CaseError::NeedsPassphrase);
    };
    let case = open(case, &Secret::new(passphrase.clone()))?;
    match which {
        Which::Newest => case.evidence(),
        Which::Number(number) => case.evidence_of(*number),
        Which::Before => {
            let before =
                case.chosen().and_then(|at| at.checked_sub(1)).ok_or(CaseError::NoneBefore)?;
            case.evidence_of(case.acquisitions[before].number)
        }
    }
}
