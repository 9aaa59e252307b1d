//! Where a copy is written to: a folder or one `.tar`, under a temporary name until it is whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256 as Hasher};
use unwatched_model::digest::Sha256;

use super::manifest::Part;
use super::staging::{Purpose, Staging};

/// A copy that is being written. Dropped before [`Pack::finish`], nothing is left of it.
pub struct Pack {
    dest: PathBuf,
    /// Beside the destination: the folder that becomes it, or holds the `.tar` that does.
    staging: Staging,
    tar: Option<tar::Builder<File>>,
}

pub(super) const FOLDER: &str = "copy";
pub(super) const ARCHIVE: &str = "copy.tar";

impl Pack {
    /// Begins a copy that will be at `dest`: a `.tar` when its name says so, else a folder.
    /// What a killed run left beside it goes.
    pub fn begin(dest: &Path, talk: &dyn Fn(&str)) -> io::Result<Self> {
        let dest = std::path::absolute(dest)?;
        let beside = dest.parent().unwrap_or_else(|| Path::new("/"));
        let staging = Staging::begin(beside, Purpose::Backup, talk)?;
        let is_tar = dest.extension().is_some_and(|extension| extension == "tar");
        let tar = if is_tar {
            Some(tar::Builder::new(create(&staging.path().join(ARCHIVE))?))
        } else {
            folder(&staging.path().join(FOLDER))?;
            None
        };
        Ok(Self { dest, staging, tar })
    }

    /// A place for files on their way into the copy.
    pub fn staging(&self) -> &Path {
        self.staging.path()
    }

    /// Puts a file in, and says what it was.
    pub fn put(&mut self, path: &str, mut from: impl Read, size_bytes: u64) -> io::Result<Part> {
        let mut from =
            Hashing { from: (&mut from).take(size_bytes), hasher: Hasher::new(), read: 0 };
        if let Some(tar) = &mut self.tar {
            let mut header = tar::Header::new_gnu();
            header.set_size(size_bytes);
            header.set_mode(0o600);
            tar.append_data(&mut header, path, &mut from)?;
        } else {
            let to = self.staging.path().join(FOLDER).join(path);
            folder(to.parent().unwrap_or(&to))?;
            let mut file = create(&to)?;
            io::copy(&mut from, &mut file)?;
            file.sync_all()?;
        }
        if from.read != size_bytes {
            let why = format!("{path} became shorter while it was read");
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
        }
        let sha256 = Sha256(from.hasher.finalize().into());
        Ok(Part { path: path.to_owned(), size_bytes, sha256 })
    }

    /// Makes the copy visible under its name; refuses when something stands there by now.
    pub fn finish(self) -> io::Result<PathBuf> {
        let made = if let Some(mut tar) = self.tar {
            tar.finish()?;
            tar.into_inner()?.sync_all()?;
            self.staging.path().join(ARCHIVE)
        } else {
            self.staging.path().join(FOLDER)
        };
        let here = rustix::fs::CWD;
        let no_replace = rustix::fs::RenameFlags::NOREPLACE;
        rustix::fs::renameat_with(here, &made, here, &self.dest, no_replace)?;
        if let Some(beside) = self.dest.parent() {
            File::open(beside)?.sync_all()?;
        }
        Ok(self.dest)
    }
}

/// A new file that only this user may read.
pub(super) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// A folder that only this user may open, and those above it.
pub(super) fn folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Takes the digest of what is read through it.
pub(super) struct Hashing<R> {
    pub(super) from: R,
    pub(super) hasher: Hasher,
    pub(super) read: u64,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into)?;
        self.hasher.update(&into[..read]);
        self.read += read as u64;
        Ok(read)
    }
}

/// Reads to the end, keeping nothing; says length and digest.
pub(super) fn digest(from: impl Read, mut to: impl Write) -> io::Result<(u64, Sha256)> {
    let mut from = Hashing { from, hasher: Hasher::new(), read: 0 };
    io::copy(&mut from, &mut to)?;
    Ok((from.read, Sha256(from.hasher.finalize().into())))
}
