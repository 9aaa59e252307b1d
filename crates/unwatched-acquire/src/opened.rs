//! Evidence that was recognised: what its artefacts are and where their bytes lie, in containers
//! and in containers within containers.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use unwatched_device::Progress;
use unwatched_device::evidence::{
    AppReport, Artefact, ArtefactKind, Compared, Evidence, EvidenceKind, Problem,
};

use crate::app_files::{MAX_APPS, analysed};
use crate::backup::{Backup, Contents, Locked};
use crate::bounds::Bounded;
use crate::container::Container;
use crate::keys::Keys;
use crate::layout::{self, Layout, Member};
use crate::listed::Listed;
use crate::source::Source;
use crate::text::Text;

/// A bugreport or backup inside an archive is unpacked into memory up to this size.
pub(crate) const MAX_INNER_BYTES: u64 = 256 << 20;

/// Opened evidence of any kind.
pub(crate) struct Opened {
    kind: EvidenceKind,
    /// The acquisition itself, then the archives in it.
    containers: Vec<Container>,
    artefacts: Vec<(Artefact, Lies)>,
    /// Files of apps, not yet read.
    app_files: Vec<Lies>,
    /// Files of apps that a pass over a backup has read already.
    app_reports: Vec<AppReport>,
    /// Backups that are open, but not yet read, with what a report calls each.
    backups: Vec<(Backup, &'static str)>,
    /// The list of digests that was made with the acquisition.
    listed: Option<Listed>,
    problems: Vec<Problem>,
    app_problems: Vec<Problem>,
    /// Keeps whoever writes to it out while it is read.
    _lock: Option<Arc<File>>,
}

/// Where bytes lie.
enum Lies {
    In { container: usize, name: String, text: Text },
    Alone(Source, Text),
}

impl Opened {
    fn empty(kind: EvidenceKind) -> Self {
        Self {
            kind,
            containers: Vec::new(),
            artefacts: Vec::new(),
            app_files: Vec::new(),
            app_reports: Vec::new(),
            backups: Vec::new(),
            listed: None,
            problems: Vec::new(),
            app_problems: Vec::new(),
            _lock: None,
        }
    }

    /// A container whose members are evidence, and what lies packed inside it.
    pub(crate) fn container(mut container: Container, layout: Layout, keys: &Keys) -> Self {
        let mut opened = Self::empty(layout.kind);
        if layout.kind == EvidenceKind::AndroidQf {
            opened.listed = Listed::of(&mut container);
        }
        let from = container.what();
        let (apps, backups, bugreport) =
            (layout.app_files.clone(), layout.backups.clone(), layout.bugreport.clone());
        opened.add(container, layout, from, "");
        if let Some(name) = bugreport {
            opened.look_into_bugreport(&name);
        }
        for name in backups {
            opened.look_into_backup(&name, keys);
        }
        opened.add_app_files(apps);
        opened
    }

    /// One file that is evidence by itself.
    pub(crate) fn file(source: Source, kind: ArtefactKind, text: Text) -> Self {
        let (evidence, place) = match &kind {
            ArtefactKind::Dump => (EvidenceKind::Bugreport, "bugreport text".to_owned()),
            kind => (EvidenceKind::Dumps, place_of(kind)),
        };
        let mut opened = Self::empty(evidence);
        let size_bytes = source.size_bytes().filter(|_| text == Text::Plain);
        opened.artefacts.push((Artefact { kind, place, size_bytes }, Lies::Alone(source, text)));
        opened
    }

    /// What a connected phone answered, as its case keeps it.
    pub(crate) fn live(
        artefacts: Vec<(Artefact, Source)>,
        apps: Vec<Source>,
        problems: Vec<Problem>,
        lock: Option<Arc<File>>,
    ) -> Self {
        let alone = |source| Lies::Alone(source, Text::Plain);
        let mut opened = Self { problems, _lock: lock, ..Self::empty(EvidenceKind::Live) };
        opened.artefacts =
            artefacts.into_iter().map(|(what, source)| (what, alone(source))).collect();
        opened.app_files = apps.into_iter().map(alone).collect();
        opened
    }

    /// An app's file by itself.
    pub(crate) fn app(source: Source) -> Self {
        let mut opened = Self::empty(EvidenceKind::App);
        opened.app_files.push(Lies::Alone(source, Text::Plain));
        opened
    }

    /// A backup by itself.
    pub(crate) fn backup(source: Source, keys: &Keys) -> Result<Self, Locked> {
        let backup = Backup::open(source, keys)?;
        let mut opened = Self::empty(EvidenceKind::Backup);
        opened.backups.push((backup, "backup"));
        Ok(opened)
    }

    /// Adds a container's members; `inside` says what it lies in.
    fn add(&mut self, mut container: Container, layout: Layout, from: &str, inside: &str) {
        if container.is_cut() {
            self.problem(from, "its end is missing; what is left was read");
        }
        if let Some(what) = container.left_out() {
            self.problem(from, &what);
        }
        let index = self.containers.len();
        for Member { name, kind, place, text } in layout.members {
            let size_bytes = container.size_bytes(&name).filter(|_| text == Text::Plain);
            let artefact = Artefact { kind, place: format!("{place}{inside}"), size_bytes };
            self.artefacts.push((artefact, Lies::In { container: index, name, text }));
        }
        self.containers.push(container);
    }

    /// The `bugreport.zip` that AndroidQF puts beside its own files.
    fn look_into_bugreport(&mut self, name: &str) {
        const PLACE: &str = "bugreport.zip";
        let opened = self.containers[0].source(name, MAX_INNER_BYTES).and_then(Container::zip);
        match opened.map(|mut inner| (layout::recognise(&mut inner), inner)) {
            Ok((Some(layout), inner)) => self.add(inner, layout, PLACE, ", bugreport.zip"),
            Ok((None, _)) => self.problem(PLACE, "it holds no bugreport that can be read"),
            Err(error) => self.problem(PLACE, &format!("could not be opened: {error}")),
        }
    }

    /// The `backup.ab` that AndroidQF puts beside its own files.
    fn look_into_backup(&mut self, name: &str, keys: &Keys) {
        const PLACE: &str = "backup.ab";
        let opened = self.containers[0].source(name, MAX_INNER_BYTES).map_err(Locked::Io);
        match opened.and_then(|source| Backup::open(source, keys)) {
            Ok(backup) => self.backups.push((backup, PLACE)),
            Err(error) => self.problem(PLACE, &error.to_string()),
        }
    }

    fn add_backup(&mut self, backup: &Backup, place: &str, progress: &mut dyn FnMut(Progress<'_>)) {
        let (mut reports, mut problems) = (Vec::new(), Vec::new());
        let total_bytes = backup.size_bytes();
        let mut told = |read_bytes| progress(Progress { place, read_bytes, total_bytes });
        let contents = Contents::read(backup, &mut told, |_, file| {
            let number = reports.len() + problems.len() + 1;
            if number > MAX_APPS {
                return;
            }
            let place = format!("app file {number}, {place}");
            match analysed(&place, file) {
                Ok(report) => reports.push(report),
                Err(what) => problems.push(Problem { place, what }),
            }
        });
        self.app_reports.append(&mut reports);
        self.app_problems.append(&mut problems);
        for (number, manifest) in (1..).zip(contents.manifests) {
            let place = format!("app {number}, {place}");
            let size_bytes = Some(manifest.len() as u64);
            let artefact = Artefact { kind: ArtefactKind::BackupManifest, place, size_bytes };
            self.artefacts
                .push((artefact, Lies::Alone(Source::Memory(manifest.into()), Text::Plain)));
        }
        for (number, messages) in (1..).zip(contents.messages) {
            let place = format!("text messages {number}, {place}");
            let artefact = Artefact { kind: ArtefactKind::Messages, place, size_bytes: None };
            let lies = Lies::Alone(Source::Memory(messages.into()), Text::Deflated);
            self.artefacts.push((artefact, lies));
        }
        if let Some(error) = contents.error {
            self.problem(place, &format!("reading it stopped before its end: {error}"));
        }
    }

    fn add_app_files(&mut self, names: Vec<String>) {
        let left_out = names.len().saturating_sub(MAX_APPS);
        let kept = names.into_iter().take(MAX_APPS);
        self.app_files.extend(kept.map(|name| Lies::In { container: 0, name, text: Text::Plain }));
        if left_out > 0 {
            self.problem("files of apps", &format!("{left_out} of them were not read"));
        }
    }

    fn problem(&mut self, place: &str, what: &str) {
        self.problems.push(Problem { place: place.to_owned(), what: what.to_owned() });
    }
}

/// What a report calls a file whose name is nobody's business.
pub(crate) fn place_of(kind: &ArtefactKind) -> String {
    match kind {
        ArtefactKind::Service(name) => format!("output of dumpsys {name}"),
        ArtefactKind::Dump => "output of dumpsys".to_owned(),
        ArtefactKind::PackageList => "output of pm list packages".to_owned(),
        ArtefactKind::Getprop => "output of getprop".to_owned(),
        ArtefactKind::Settings(_) => "output of settings list".to_owned(),
        ArtefactKind::Mounts => "output of mount".to_owned(),
        ArtefactKind::Processes => "output of ps".to_owned(),
        ArtefactKind::ServiceList => "output of service list".to_owned(),
        ArtefactKind::Selinux => "output of getenforce".to_owned(),
        ArtefactKind::Logcat => "output of logcat".to_owned(),
        ArtefactKind::Tombstone => "tombstone".to_owned(),
        ArtefactKind::AnrTrace => "ANR trace".to_owned(),
        _ => "file".to_owned(),
    }
}

fn open_at<'a>(
    containers: &'a mut [Container],
    listed: Option<&Listed>,
    lies: &Lies,
) -> io::Result<Box<dyn Read + 'a>> {
    match lies {
        Lies::In { container: index, name, text } => {
            let container = &mut containers[*index];
            let packed_bytes = container.size_bytes(name);
            let bytes = container.open(name)?;
            let bytes = match listed.filter(|_| *index == 0) {
                Some(listed) => listed.watch(name, bytes),
                None => bytes,
            };
            Ok(text.read(bytes, packed_bytes))
        }
        Lies::Alone(source, text) => {
            let bytes = Bounded::new(source.open()?, None);
            Ok(text.read(Box::new(bytes), source.size_bytes()))
        }
    }
}

impl Evidence for Opened {
    fn kind(&self) -> EvidenceKind {
        self.kind
    }

    fn prepare(&mut self, progress: &mut dyn FnMut(Progress<'_>)) {
        for (backup, place) in std::mem::take(&mut self.backups) {
            self.add_backup(&backup, place, progress);
        }
    }

    fn artefacts(&self) -> Vec<Artefact> {
        self.artefacts.iter().map(|(artefact, _)| artefact.clone()).collect()
    }

    fn problems(&self) -> Vec<Problem> {
        self.problems.clone()
    }

    fn open<'a>(&'a mut self, artefact: &Artefact) -> io::Result<Box<dyn Read + 'a>> {
        let known = self.artefacts.iter().find(|(known, _)| known == artefact);
        let lies = &known.ok_or(io::ErrorKind::NotFound)?.1;
        open_at(&mut self.containers, self.listed.as_ref(), lies)
    }

    fn analyse_apps(
        &mut self,
        begin: &mut dyn FnMut(usize, usize),
        take: &mut dyn FnMut(AppReport),
    ) -> Vec<Problem> {
        self.app_reports.drain(..).for_each(&mut *take);
        let mut problems = std::mem::take(&mut self.app_problems);
        let all = self.app_files.len();
        for (number, lies) in (1..).zip(&self.app_files) {
            begin(number, all);
            let place = format!("app file {number}");
            let opened = open_at(&mut self.containers, self.listed.as_ref(), lies);
            let report = opened
                .map_err(|error| format!("could not be opened: {error}"))
                .and_then(|file| analysed(&place, file));
            match report {
                Ok(report) => take(report),
                Err(what) => problems.push(Problem { place, what }),
            }
        }
        problems
    }

    fn compare_with_list(&mut self, progress: &mut dyn FnMut(Progress<'_>)) -> Option<Compared> {
        let listed = self.listed.as_ref()?;
        let lies = self.artefacts.iter().map(|(_, lies)| lies).chain(&self.app_files);
        let used: Vec<_> = lies
            .filter_map(|lies| match lies {
                Lies::In { container: 0, name, .. } => Some(name.as_str()),
                _ => None,
            })
            .collect();
        Some(listed.compare(self.containers.first_mut()?, &used, progress))
    }
}
