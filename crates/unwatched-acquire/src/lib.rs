//! The only crate that opens acquisitions: a bugreport, an AndroidQF folder or ZIP.
//!
//! It recognises what lies at a path by its content and hands it on as
//! [`unwatched_device::evidence::Evidence`]. It never judges.

mod bounds;
mod container;
mod layout;
mod salvage;
mod source;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use container::Container;
use layout::{LOOKED_FOR, Layout, Member};
use source::Source;
use unwatched_device::evidence::{Artefact, ArtefactKind, Evidence, EvidenceKind, Problem};

/// Why a path could not be opened as evidence.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The operating system refused.
    #[error("{path}: {error}", path = path.display())]
    Io {
        /// What was being opened.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// Nothing in it.
    #[error("{path} is empty: copy it again from where it was made", path = .0.display())]
    Empty(PathBuf),
    /// An AndroidQF acquisition that was encrypted as it was written.
    #[error("{path} is encrypted with age: decrypt it with the key it was made for (age --decrypt) and check the ZIP that comes out", path = .0.display())]
    Encrypted(PathBuf),
    /// None of the kinds of evidence this version reads.
    #[error("{path} is not recognised ({why}): expected a bugreport ZIP, a bugreport's text, or an AndroidQF folder or ZIP", path = path.display())]
    NotRecognised {
        /// What was being opened.
        path: PathBuf,
        /// What was looked for and not seen.
        why: String,
    },
}

/// Opens what lies at `path`: the kind is recognised by what is in it, not by its name.
pub fn open(path: &Path) -> Result<Box<dyn Evidence>, OpenError> {
    let io = |error| OpenError::Io { path: path.to_owned(), error };
    let meta = std::fs::metadata(path).map_err(io)?;
    if meta.is_dir() {
        return opened(path, Container::folder(path).map_err(io)?);
    }
    if meta.len() == 0 {
        return Err(OpenError::Empty(path.to_owned()));
    }
    let head = Source::file(path).head(HEAD_BYTES).map_err(io)?;
    if is_age(&head) {
        return Err(OpenError::Encrypted(path.to_owned()));
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return opened(path, Container::zip(Source::file(path)).map_err(io)?);
    }
    if layout::is_dump_text(&head) {
        return Ok(Box::new(Text { path: path.to_owned(), size_bytes: meta.len() }));
    }
    let why = "it begins neither like a ZIP nor like a bugreport's text".to_owned();
    Err(OpenError::NotRecognised { path: path.to_owned(), why })
}

/// How much of a file is looked at to recognise it.
const HEAD_BYTES: u64 = 256 * 1024;

fn is_age(head: &[u8]) -> bool {
    head.starts_with(b"age-encryption.org/") || head.starts_with(b"-----BEGIN AGE ENCRYPTED FILE")
}

fn opened(path: &Path, mut container: Container) -> Result<Box<dyn Evidence>, OpenError> {
    let names = container.names();
    if names.is_empty() {
        return Err(match &container {
            Container::Folder { links: 0, .. } => OpenError::Empty(path.to_owned()),
            Container::Folder { .. } => OpenError::NotRecognised {
                path: path.to_owned(),
                why: container.left_out().unwrap_or_default(),
            },
            _ => OpenError::NotRecognised {
                path: path.to_owned(),
                why: "it is a damaged ZIP in which no file can be found".to_owned(),
            },
        });
    }
    let encrypted = names.iter().any(|name| layout::has_extension(name, "age"));
    match layout::recognise(&mut container) {
        Some(layout) => Ok(Box::new(Acquisition::new(container, layout))),
        None if encrypted => Err(OpenError::Encrypted(path.to_owned())),
        None => Err(OpenError::NotRecognised {
            path: path.to_owned(),
            why: if container.is_cut() {
                format!("its end is missing, and in what is left {LOOKED_FOR}")
            } else {
                let left_out = container.left_out().map(|what| format!("; {what}"));
                let inside = match layout::evidence_inside(path).as_slice() {
                    [] => String::new(),
                    [one] => format!("; {one} lies in it: name that"),
                    several => format!("; these lie in it, name one: {}", several.join(", ")),
                };
                format!("{LOOKED_FOR}{}{inside}", left_out.unwrap_or_default())
            },
        }),
    }
}

/// A bugreport's text by itself.
struct Text {
    path: PathBuf,
    size_bytes: u64,
}

impl Evidence for Text {
    fn kind(&self) -> EvidenceKind {
        EvidenceKind::Bugreport
    }

    fn artefacts(&self) -> Vec<Artefact> {
        vec![Artefact {
            kind: ArtefactKind::Dump,
            place: "bugreport text".to_owned(),
            size_bytes: Some(self.size_bytes),
        }]
    }

    fn problems(&self) -> Vec<Problem> {
        Vec::new()
    }

    fn open<'a>(&'a mut self, _: &Artefact) -> io::Result<Box<dyn Read + 'a>> {
        Ok(Box::new(bounds::Bounded::new(File::open(&self.path)?, None)))
    }
}

/// A folder or archive whose members are evidence, and what lies packed inside it.
struct Acquisition {
    /// The acquisition itself, then the archives in it.
    containers: Vec<Container>,
    kind: EvidenceKind,
    members: Vec<(Artefact, Lies)>,
    problems: Vec<Problem>,
}

/// Where an artefact's bytes lie.
struct Lies {
    container: usize,
    name: String,
}

/// A bugreport inside an archive is unpacked into memory up to this size.
const MAX_INNER_BYTES: u64 = 256 << 20;

impl Acquisition {
    fn new(container: Container, layout: Layout) -> Self {
        let mut acquisition = Self {
            containers: Vec::new(),
            kind: layout.kind,
            members: Vec::new(),
            problems: Vec::new(),
        };
        let from = if container.is_cut() { "ZIP" } else { "folder" };
        acquisition.add(container, layout, from, "");
        if acquisition.kind == EvidenceKind::AndroidQf {
            acquisition.look_into_bugreport();
        }
        acquisition
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
        for Member { name, kind, place } in layout.members {
            let size_bytes = container.size_bytes(&name);
            let artefact = Artefact { kind, place: format!("{place}{inside}"), size_bytes };
            self.members.push((artefact, Lies { container: index, name }));
        }
        self.containers.push(container);
    }

    /// The `bugreport.zip` that AndroidQF puts beside its own files.
    fn look_into_bugreport(&mut self) {
        const NAME: &str = "bugreport.zip";
        let outer = &mut self.containers[0];
        let names = outer.names();
        let Some(name) = names.iter().find(|name| layout::is_file_of_acquisition(name, NAME))
        else {
            return;
        };
        let name = (*name).to_owned();
        let opened = outer.source(&name, MAX_INNER_BYTES).and_then(Container::zip);
        match opened.map(|mut inner| (layout::recognise(&mut inner), inner)) {
            Ok((Some(layout), inner)) => self.add(inner, layout, NAME, ", bugreport.zip"),
            Ok((None, _)) => self.problem(NAME, "it holds no bugreport that can be read"),
            Err(error) => self.problem(NAME, &format!("could not be opened: {error}")),
        }
    }

    fn problem(&mut self, place: &str, what: &str) {
        self.problems.push(Problem { place: place.to_owned(), what: what.to_owned() });
    }
}

impl Evidence for Acquisition {
    fn kind(&self) -> EvidenceKind {
        self.kind
    }

    fn artefacts(&self) -> Vec<Artefact> {
        self.members.iter().map(|(artefact, _)| artefact.clone()).collect()
    }

    fn problems(&self) -> Vec<Problem> {
        self.problems.clone()
    }

    fn open<'a>(&'a mut self, artefact: &Artefact) -> io::Result<Box<dyn Read + 'a>> {
        let member = self.members.iter().find(|(known, _)| known == artefact);
        let (_, lies) = member.ok_or(io::ErrorKind::NotFound)?;
        self.containers[lies.container].open(&lies.name)
    }
}
