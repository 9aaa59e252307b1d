//! The only crate that opens acquisitions: bugreports, AndroidQF's folders and archives, backups,
//! the output of single commands, and the files of apps.
//!
//! It recognises what lies at a path by its content and hands it on as
//! [`unwatched_device::evidence::Evidence`]. It never judges. What was encrypted is decrypted as it
//! is read; nothing of it is written anywhere.

mod app_files;
mod backup;
mod bounds;
mod container;
mod keys;
mod layout;
mod loose;
mod opened;
mod salvage;
mod source;
mod text;
mod utf16;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use unwatched_device::evidence::Evidence;

pub use backup::Locked;
pub use keys::{Keys, NoKeys, Sealed};

use container::Container;
use layout::LOOKED_FOR;
use opened::Opened;
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
    /// None of the kinds of evidence this version reads.
    #[error("{path} is not recognised ({why}): expected a bugreport ZIP, a bugreport's text, an AndroidQF folder or ZIP, an Android backup (.ab), or what dumpsys and the like printed", path = path.display())]
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

/// Opens what lies at `path`: the kind is recognised by what is in it, not by its name.
pub fn open_with(path: &Path, keys: Keys) -> Result<Box<dyn Evidence>, OpenError> {
    let io = |error| OpenError::Io { path: path.to_owned(), error };
    let meta = std::fs::metadata(path).map_err(io)?;
    if meta.is_dir() {
        return of_container(path, Container::folder(path).map_err(io)?, &keys);
    }
    if meta.len() == 0 {
        return Err(OpenError::Empty(path.to_owned()));
    }
    unsealed(path, Source::file(path), keys)
}

/// Opens what age encrypted, where it did, and recognises what is inside.
fn unsealed(path: &Path, mut source: Source, keys: Keys) -> Result<Box<dyn Evidence>, OpenError> {
    let io = |error| OpenError::Io { path: path.to_owned(), error };
    let keys = Arc::new(keys);
    let mut head = source.head(HEAD_BYTES).map_err(io)?;
    if keys::is_sealed(&head) {
        let opened = keys::unseal(source.open().map_err(io)?, &keys);
        opened.map_err(|why| OpenError::Sealed { path: path.to_owned(), why })?;
        source = Source::Sealed(Box::new(source), Arc::clone(&keys));
        head = source.head_before_error(HEAD_BYTES);
    }
    of_source(path, source, &head, &keys)
}

/// Opens what lies in memory, as if it were a file of this name.
pub fn open_bytes(name: &str, bytes: Vec<u8>, keys: Keys) -> Result<Box<dyn Evidence>, OpenError> {
    let path = PathBuf::from(name);
    if bytes.is_empty() {
        return Err(OpenError::Empty(path));
    }
    unsealed(&path, Source::Memory(bytes.into()), keys)
}

/// How much of a file is looked at to recognise it.
const HEAD_BYTES: u64 = 256 * 1024;

fn of_source(
    path: &Path,
    source: Source,
    head: &[u8],
    keys: &Keys,
) -> Result<Box<dyn Evidence>, OpenError> {
    let io = |error| OpenError::Io { path: path.to_owned(), error };
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        let container = Container::zip(source.clone()).map_err(io)?;
        if container.names().contains(&"AndroidManifest.xml") || layout::is_app_bundle(path) {
            return Ok(Box::new(Opened::app(source)));
        }
        return of_container(path, container, keys);
    }
    if backup::is_backup(head) {
        let opened = Opened::backup(source, keys);
        let locked = |why| OpenError::Locked { path: path.to_owned(), why };
        return opened.map(|opened| -> Box<dyn Evidence> { Box::new(opened) }).map_err(locked);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let text = Text::of(head);
    if let Some(kind) = loose::recognise(&name, &text.head(head)) {
        return Ok(Box::new(Opened::file(source, kind, text)));
    }
    let why = "it begins neither like a ZIP nor like a bugreport's text".to_owned();
    Err(OpenError::NotRecognised { path: path.to_owned(), why })
}

fn of_container(
    path: &Path,
    mut container: Container,
    keys: &Keys,
) -> Result<Box<dyn Evidence>, OpenError> {
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
    if let Some(layout) = layout::recognise(&mut container) {
        return Ok(Box::new(Opened::container(container, layout, keys)));
    }
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
    Err(OpenError::NotRecognised { path: path.to_owned(), why })
}
