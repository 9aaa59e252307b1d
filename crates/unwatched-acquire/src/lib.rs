//! The only crate that opens acquisitions: a bugreport, an AndroidQF folder or ZIP.
//!
//! It recognises what lies at a path by its content and hands it on as
//! [`unwatched_device::evidence::Evidence`]. It never judges.

mod bounds;
mod container;
mod layout;
mod salvage;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use container::Container;
use layout::{LOOKED_FOR, Layout};
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
    let mut head = Vec::new();
    File::open(path).map_err(io)?.take(HEAD_BYTES).read_to_end(&mut head).map_err(io)?;
    if is_age(&head) {
        return Err(OpenError::Encrypted(path.to_owned()));
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return opened(path, Container::zip(path).map_err(io)?);
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

/// A folder or archive whose members are evidence.
struct Acquisition {
    container: Container,
    /// The bugreport inside an AndroidQF folder, where that holds no `dumpsys.txt`.
    bugreport: Option<Container>,
    kind: EvidenceKind,
    /// What a report shows, and the member behind it: names inside a bugreport tell the day and
    /// the device, and are nobody's business.
    members: Vec<(Artefact, Member)>,
    problems: Vec<Problem>,
}

/// Where an artefact's bytes lie.
enum Member {
    Own(String),
    InBugreport(String),
}

impl Acquisition {
    fn new(mut container: Container, layout: Layout) -> Self {
        let mut problems = Vec::new();
        if container.is_cut() {
            problems.push(Problem {
                place: "ZIP".to_owned(),
                what: "its end is missing; what is left was read".to_owned(),
            });
        }
        if let Some(what) = container.left_out() {
            problems.push(Problem { place: "folder".to_owned(), what });
        }
        let mut members = Vec::new();
        for (name, kind) in layout.members {
            let place = match (layout.kind, members.len()) {
                (EvidenceKind::AndroidQf, _) => name.rsplit('/').next().unwrap_or(&name).to_owned(),
                (EvidenceKind::Bugreport, 0) => "bugreport text".to_owned(),
                (EvidenceKind::Bugreport, number) => format!("bugreport text {}", number + 1),
            };
            let size_bytes = container.size_bytes(&name);
            members.push((Artefact { kind, place, size_bytes }, Member::Own(name)));
        }
        let has_dump = members.iter().any(|(artefact, _)| artefact.kind == ArtefactKind::Dump);
        let mut bugreport = None;
        if !has_dump && let Some((inner, name)) = inner_bugreport(&container) {
            let place = "bugreport.zip".to_owned();
            let artefact = Artefact { kind: ArtefactKind::Dump, place, size_bytes: None };
            members.push((artefact, Member::InBugreport(name)));
            bugreport = Some(inner);
        }
        Self { container, bugreport, kind: layout.kind, members, problems }
    }
}

/// The `bugreport.zip` that AndroidQF puts beside its own files, and its text's name.
fn inner_bugreport(container: &Container) -> Option<(Container, String)> {
    let mut inner = Container::zip(&container.path_of("bugreport.zip")?).ok()?;
    let layout = layout::recognise(&mut inner)?;
    let (name, _) = layout.members.into_iter().next()?;
    Some((inner, name))
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
        match (&member.ok_or(io::ErrorKind::NotFound)?.1, &mut self.bugreport) {
            (Member::Own(name), _) => self.container.open(name),
            (Member::InBugreport(name), Some(bugreport)) => bugreport.open(name),
            (Member::InBugreport(_), None) => Err(io::ErrorKind::NotFound.into()),
        }
    }
}
