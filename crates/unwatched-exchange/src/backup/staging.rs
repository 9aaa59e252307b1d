//! The hidden folder that a copy is written in until it is whole, and what is left of one whose
//! process was killed: samples' keys and the releases', so nobody should have to find it.
//!
//! A folder in use is locked. The lock goes with the process, however that ends.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::pack::{ARCHIVE, FOLDER};
use super::{BLOBS, DATABASE, KEYS};

/// For which command a folder is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// `backup`.
    Backup,
    /// `restore`.
    Restore,
}

/// What stands behind the prefix.
const RANDOM_CHARS: usize = 6;

impl Purpose {
    fn prefix(self) -> &'static str {
        match self {
            Self::Backup => ".unwatched-backup-",
            Self::Restore => ".unwatched-restore-",
        }
    }

    /// What is written there, and nothing else.
    fn writes(self, name: &str) -> bool {
        // The database comes with files of its journal.
        let is_database = name.starts_with(DATABASE);
        is_database
            || match self {
                Self::Backup => name == FOLDER || name == ARCHIVE,
                Self::Restore => name == BLOBS || name == KEYS,
            }
    }
}

/// A folder in use. Dropped, it is removed.
pub struct Staging {
    folder: TempDir,
    /// Where the file system knows no locks, nobody takes the folder for left over either.
    _lock: Option<File>,
}

impl Staging {
    /// Makes a folder in `beside` that only this user may open, and removes what processes that
    /// are gone left there for the same purpose; tells of each.
    pub fn begin(beside: &Path, purpose: Purpose, talk: &dyn Fn(&str)) -> io::Result<Self> {
        let staging = Self::make(beside, purpose)?;
        let owner = staging.path().symlink_metadata()?.uid();
        for (left, lock) in left_in(beside, owner)? {
            if purpose_of(&left) != Some(purpose) {
                continue;
            }
            match fs::remove_dir_all(&left) {
                Ok(()) => talk(&format!("removed {}, which a broken-off run left", left.display())),
                Err(error) => talk(&format!(
                    "{} was left by a broken-off run, holds keys, and could not be removed: \
                     {error}; remove it",
                    left.display()
                )),
            }
            drop(lock);
        }
        Ok(staging)
    }

    fn make(beside: &Path, purpose: Purpose) -> io::Result<Self> {
        loop {
            let folder = tempfile::Builder::new()
                .prefix(purpose.prefix())
                .rand_bytes(RANDOM_CHARS)
                .permissions(fs::Permissions::from_mode(0o700))
                .tempdir_in(beside)?;
            let lock = lock(folder.path());
            // Somebody who tidies up may have been between the two, and taken it for left over.
            if !matches!(lock, Ok(None)) && folder.path().symlink_metadata().is_ok() {
                return Ok(Self { folder, _lock: lock.ok().flatten() });
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Leaves the folder where it is, for whoever gives it a name.
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }
}

/// What broken-off runs left in a folder, for `owner`.
pub fn leftovers(beside: &Path, owner: u32) -> io::Result<Vec<PathBuf>> {
    Ok(left_in(beside, owner)?.into_iter().map(|(path, _)| path).collect())
}

/// Each is locked as long as the file beside it is open.
fn left_in(beside: &Path, owner: u32) -> io::Result<Vec<(PathBuf, File)>> {
    let mut left = Vec::new();
    // What stands above `data`, a path of one name.
    let beside = if beside.as_os_str().is_empty() { Path::new(".") } else { beside };
    for entry in fs::read_dir(beside)?.flatten() {
        let path = entry.path();
        let Some(purpose) = purpose_of(&path) else { continue };
        let is_own = path.symlink_metadata().is_ok_and(|it| it.is_dir() && it.uid() == owner);
        if is_own
            && holds_only(&path, purpose)
            && let Ok(Some(lock)) = lock(&path)
        {
            left.push((path, lock));
        }
    }
    left.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(left)
}

fn purpose_of(path: &Path) -> Option<Purpose> {
    let name = path.file_name()?.to_str()?;
    let is_random =
        |rest: &str| rest.len() == RANDOM_CHARS && rest.bytes().all(|b| b.is_ascii_alphanumeric());
    [Purpose::Backup, Purpose::Restore]
        .into_iter()
        .find(|purpose| name.strip_prefix(purpose.prefix()).is_some_and(is_random))
}

fn holds_only(folder: &Path, purpose: Purpose) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    let is_ours = |entry: io::Result<fs::DirEntry>| {
        entry.is_ok_and(|entry| entry.file_name().to_str().is_some_and(|name| purpose.writes(name)))
    };
    entries.into_iter().all(is_ours)
}

/// The lock on a folder; `None` where another process has it.
fn lock(folder: &Path) -> io::Result<Option<File>> {
    let file = File::open(folder)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}
