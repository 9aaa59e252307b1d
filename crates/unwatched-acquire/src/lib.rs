//! The only crate that opens acquisitions: cases, bugreports, AndroidQF's folders and archives,
//! backups, the output of single commands, and the files of apps.
//!
//! It recognises what lies at a path by its content and hands it on as
//! [`unwatched_device::evidence::Evidence`]. It never judges. What was encrypted is decrypted as it
//! is read; nothing of it is written anywhere. What comes from a connected phone is written to a
//! [`case`] alone, and out of a case goes a [`sealed`] package alone.

mod app_files;
mod backup;
mod bounds;
pub mod case;
mod container;
mod iphone;
mod keys;
mod layout;
mod listed;
pub mod live;
mod loose;
mod opened;
mod salvage;
pub mod sealed;
mod several;
mod source;
mod tarball;
mod text;
mod utf16;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use unwatched_device::evidence::Evidence;

pub use age::secrecy::{ExposeSecret, SecretString};
pub use backup::Locked;
pub use keys::{Keys, NoKeys, Sealed};

use container::Container;
use layout::LOOKED_FOR;
use opened::{MAX_INNER_BYTES, Opened};
use source::Source;
use text::Text;

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
    /// An acquisition that was encrypted with age as it was written.
    #[error("{path}: {why}", path = path.display())]
    Sealed {
        /// What was being opened.
        path: PathBuf,
        /// Why it stays closed.
        why: Sealed,
    },
    /// A backup that stays closed.
    #[error("{path} is an Android backup, but {why}", path = path.display())]
    Locked {
        /// What was being opened.
        path: PathBuf,
        /// Why it stays closed.
        why: Locked,
    },
    /// More than one acquisition: two phones must not be read as one.
    #[error("{path} holds {count} acquisitions, and two phones must not be read as one; name one: {names}", path = path.display(), count = inside.len(), names = named(path, inside))]
    Several {
        /// What was being opened.
        path: PathBuf,
        /// What lies in it.
        inside: Vec<String>,
    },
    /// The output of single commands, of more than one phone.
    #[error("{path} holds the same output more than once ({names}), as of several phones: put what belongs to one phone into a folder of its own and name that", path = path.display(), names = first_of(inside))]
    Mixed {
        /// What was being opened.
        path: PathBuf,
        /// The files.
        inside: Vec<String>,
    },
    /// Something of an iPhone's.
    #[error("{path} is {what}, and iPhones and iPads are not read yet: keep it as it is, closed and where only you reach it, for somebody who can examine it", path = path.display())]
    OfIphone {
        /// What was being opened.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// A case that stays closed, or is not whole.
    #[error("{path}: {why}", path = path.display())]
    Case {
        /// What was being opened.
        path: PathBuf,
        /// Why.
        why: case::CaseError,
    },
    /// None of the kinds of evidence this version reads.
    #[error("{path} is not recognised ({why}): expected a bugreport ZIP, a bugreport's text, an AndroidQF folder, ZIP or tar, an Android backup (.ab), or what dumpsys and the like printed", path = path.display())]
    NotRecognised {
        /// What was being opened.
        path: PathBuf,
        /// What was looked for and not seen.
        why: String,
    },
}

/// Opens what lies at `path`, which nobody encrypted.
pub fn open(path: &Path) -> Result<Box<dyn Evidence>, OpenError> {
    open_with(path, Keys::default())
}

/// Opens what lies at `path`: the kind is recognised by what is in it, not by its name. A path
/// may go on into an archive: `both.zip/first` is the folder `first` in it.
pub fn open_with(path: &Path, keys: Keys) -> Result<Box<dyn Evidence>, OpenError> {
    let io = |error| OpenError::Io { path: path.to_owned(), error };
    if let Some(opened) = case::evidence_at(path, &keys) {
        return opened.map_err(|why| OpenError::Case { path: path.to_owned(), why });
    }
    let meta = match std::fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) => {
            let (archive, inside) = inside_of_file(path).ok_or_else(|| io(error))?;
            return unsealed(path, Source::file(&archive), &inside, keys);
        }
    };
    if meta.is_dir() {
        return of_container(path, Container::folder(path).map_err(io)?, &keys.into());
    }
    if meta.len() == 0 {
        return Err(OpenError::Empty(path.to_owned()));
    }
    unsealed(path, Source::file(path), "", keys)
}

/// The file that a path goes through, and what follows, with slashes between.
fn inside_of_file(path: &Path) -> Option<(PathBuf, String)> {
    let file = path.ancestors().skip(1).find(|outer| outer.exists())?;
    let rest = path.strip_prefix(file).ok()?;
    let parts: Option<Vec<_>> = rest.iter().map(|part| part.to_str()).collect();
    file.is_file().then_some((file.to_owned(), parts?.join("/")))
}

/// Opens what age encrypted, where it did, and recognises what is inside.
fn unsealed(
    path: &Path,
    mut source: Source,
    inside: &str,
    keys: Keys,
) -> Result<Box<dyn Evidence>, OpenError> {
    let io = |error| OpenError::Io { path: path.to_owned(), error };
    let keys = Arc::new(keys);
    let mut head = source.head(HEAD_BYTES).map_err(io)?;
    if keys::is_sealed(&head) {
        let opened = keys::unseal(source.open().map_err(io)?, &keys);
        opened.map_err(|why| OpenError::Sealed { path: path.to_owned(), why })?;
        source = Source::Sealed(Box::new(source), Arc::clone(&keys));
        head = source.head_before_error(HEAD_BYTES);
    }
    of_source(path, source, &head, inside, &keys)
}

/// Opens what lies in memory, as if it were a file of this name.
pub fn open_bytes(name: &str, bytes: Vec<u8>, keys: Keys) -> Result<Box<dyn Evidence>, OpenError> {
    let path = PathBuf::from(name);
    if bytes.is_empty() {
        return Err(OpenError::Empty(path));
    }
    unsealed(&path, Source::Memory(bytes.into()), "", keys)
}

/// How much of a file is looked at to recognise it.
const HEAD_BYTES: u64 = 256 * 1024;

fn of_source(
    path: &Path,
    source: Source,
    head: &[u8],
    inside: &str,
    keys: &Arc<Keys>,
) -> Result<Box<dyn Evidence>, OpenError> {
    let io = |error| OpenError::Io { path: path.to_owned(), error };
    let text = Text::of(head);
    let unpacked_head = text.head(head);
    let archive = if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        Some(Container::zip(source.clone()).map_err(io)?)
    } else if tarball::is_tar(&unpacked_head) {
        let tar = if text == Text::Gzip {
            tarball::unpacked(&source).map_err(io)?
        } else {
            source.clone()
        };
        Some(Container::tar(tar).map_err(io)?)
    } else {
        None
    };
    if let Some(container) = archive {
        if !inside.is_empty() {
            return of_inside(path, container, inside, keys);
        }
        if container.names().contains(&"AndroidManifest.xml") || layout::is_app_bundle(path) {
            return Ok(Box::new(Opened::app(source)));
        }
        return of_container(path, container, keys);
    }
    if !inside.is_empty() {
        return Err(io(io::ErrorKind::NotFound.into()));
    }
    if backup::is_backup(head) {
        let opened = Opened::backup(source, keys);
        let locked = |why| OpenError::Locked { path: path.to_owned(), why };
        return opened.map(|opened| -> Box<dyn Evidence> { Box::new(opened) }).map_err(locked);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if let Some(what) = iphone::recognise_file(&name, &unpacked_head) {
        return Err(OpenError::OfIphone { path: path.to_owned(), what });
    }
    if let Some(kind) = loose::recognise(&name, &unpacked_head) {
        return Ok(Box::new(Opened::file(source, kind, text)));
    }
    let why = "it begins neither like a ZIP nor like a bugreport's text".to_owned();
    Err(OpenError::NotRecognised { path: path.to_owned(), why })
}

/// What a path names that goes on into an archive: a file in it, or a folder.
fn of_inside(
    path: &Path,
    mut container: Container,
    inside: &str,
    keys: &Arc<Keys>,
) -> Result<Box<dyn Evidence>, OpenError> {
    let io = |error| OpenError::Io { path: path.to_owned(), error };
    if container.names().contains(&inside) {
        let source = container.source(inside, MAX_INNER_BYTES).map_err(io)?;
        let head = source.head(HEAD_BYTES).map_err(io)?;
        return of_source(path, source, &head, "", keys);
    }
    let below = container.below(inside).ok_or_else(|| io(io::ErrorKind::NotFound.into()))?;
    of_container(path, below, keys)
}

/// Several names in one line.
fn first_of(names: &[String]) -> String {
    const MOST: usize = 10;
    let more = names.len().saturating_sub(MOST);
    let first = names[..names.len() - more].join(", ");
    if more > 0 { format!("{first} and {more} more") } else { first }
}

/// How each acquisition can be named.
fn named(path: &Path, inside: &[String]) -> String {
    let is_itself = inside.iter().any(String::is_empty);
    let named: Vec<_> = inside.iter().filter(|name| !name.is_empty()).cloned().collect();
    let itself = if is_itself { ", or move these away and name the rest" } else { "" };
    format!("{}{itself} (as in {})", first_of(&named), path.join(&named[0]).display())
}

fn of_container(
    path: &Path,
    mut container: Container,
    keys: &Arc<Keys>,
) -> Result<Box<dyn Evidence>, OpenError> {
    if container.names().is_empty() {
        return Err(nothing_in(path, &container));
    }
    let mut found = several::acquisitions(&mut container, path);
    if found.len() > 1 {
        return Err(OpenError::Several { path: path.to_owned(), inside: found });
    }
    let called = path.file_name().unwrap_or_default().to_string_lossy();
    if found.is_empty()
        && let Some(what) = iphone::recognise(&mut container, &called)
    {
        return Err(OpenError::OfIphone { path: path.to_owned(), what });
    }
    let found = found.pop().unwrap_or_default();
    let is_member = container.names().contains(&found.as_str());
    if !found.is_empty() && !is_member && !container.is_folder() {
        // All that belongs to it lies in that folder.
        return of_inside(path, container, &found, keys);
    }
    if let Some(layout) = layout::recognise(&mut container) {
        let mixed = several::mixed(&mut container, &layout);
        if !mixed.is_empty() {
            return Err(OpenError::Mixed { path: path.to_owned(), inside: mixed });
        }
        return Ok(Box::new(Opened::container(container, layout, keys)));
    }
    if is_member && !container.is_folder() {
        return of_inside(path, container, &found, keys);
    }
    Err(not_recognised(path, &container))
}

fn nothing_in(path: &Path, container: &Container) -> OpenError {
    if container.is_folder() && !layout::evidence_inside(path).is_empty() {
        return not_recognised(path, container);
    }
    match container {
        Container::Folder { links: 0, .. } => OpenError::Empty(path.to_owned()),
        Container::Folder { .. } => OpenError::NotRecognised {
            path: path.to_owned(),
            why: container.left_out().unwrap_or_default(),
        },
        _ => OpenError::NotRecognised {
            path: path.to_owned(),
            why: format!("it is a damaged {} in which no file can be found", container.what()),
        },
    }
}

fn not_recognised(path: &Path, container: &Container) -> OpenError {
    let why = if container.is_cut() {
        format!("its end is missing, and in what is left {LOOKED_FOR}")
    } else {
        let left_out = container.left_out().map(|what| format!("; {what}"));
        let inside = match layout::evidence_inside(path).as_slice() {
            [] => String::new(),
            [one] => format!("; {one} lies in it: name that"),
            several => format!("; these lie in it, name one: {}", several.join(", ")),
        };
        format!("{LOOKED_FOR}{}{inside}", left_out.unwrap_or_default())
    };
    OpenError::NotRecognised { path: path.to_owned(), why }
}
