//! The case's folder: what its files are called, who may read them, that they are durable, and that
//! only one process at a time writes. What stands in them is not known here.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::CaseError;

/// Written last: a folder without it never became a case.
pub(super) const HEADER: &str = "case";
/// The case's key, encrypted to the passphrase.
pub(super) const KEY: &str = "key";
/// What was done, and when.
pub(super) const JOURNAL: &str = "journal";
/// Held while the case is open.
const LOCK: &str = "lock";

/// What the header begins with; a number and a line feed follow. It says no more than it must:
/// others may see the folder.
const MAGIC: &str = "sealed folder, version ";
/// The version that is written.
pub(super) const VERSION: u32 = 1;
/// What is read of a header.
const MAX_HEADER_BYTES: u64 = 64;
/// The time that every file is given, so that a copy of the folder does not tell when a phone was
/// looked at: the first second of 2000.
const NO_TIME: Duration = Duration::from_hours(262_968);

/// The folder of a case.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    path: PathBuf,
}

/// An empty folder that only its owner opens.
pub(crate) fn new_folder(path: &Path) -> Result<(), CaseError> {
    Folder::create(path).map(drop)
}

/// Destroys the case's key and takes away everything that belongs to the case. Hands back whether
/// the folder is gone, too: what somebody else put into it stays.
pub fn take_away(path: &Path) -> Result<bool, CaseError> {
    let folder = Folder::find(path)?;
    let lock = folder.lock()?;
    match super::secret::destroy(&folder) {
        // It was stopped on the way before: the key went already.
        Err(CaseError::Io { error, .. }) if error.kind() == io::ErrorKind::NotFound => {}
        destroyed => destroyed?,
    }
    let streams = folder.streams().map_err(CaseError::io(path))?;
    let of_streams = streams.into_iter().map(|number| folder.stream(number));
    // The header last: until it is gone, the folder is a case whose key was destroyed.
    let named = [JOURNAL, KEY, HEADER].map(|name| folder.at(name));
    for file in of_streams.chain(named) {
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(CaseError::io(&file)(error));
            }
            _ => {}
        }
    }
    drop(lock);
    let lock = folder.at(LOCK);
    fs::remove_file(&lock).map_err(CaseError::io(&lock))?;
    match fs::remove_dir(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(false),
        Err(error) => Err(CaseError::io(path)(error)),
    }
}

/// Whether a case lies there, of any version.
pub fn is_case(path: &Path) -> bool {
    header(path).is_ok_and(|header| header.starts_with(MAGIC.as_bytes()))
}

fn header(path: &Path) -> io::Result<Vec<u8>> {
    let at = path.join(HEADER);
    if !at.symlink_metadata()?.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let mut header = Vec::new();
    File::open(at)?.take(MAX_HEADER_BYTES).read_to_end(&mut header)?;
    Ok(header)
}

/// The header of this version, which the journal's first entry is bound to.
pub(super) fn header_now() -> Vec<u8> {
    format!("{MAGIC}{VERSION}\n").into_bytes()
}

impl Folder {
    /// An empty folder for a new case. What was there before is left alone.
    pub(super) fn create(path: &Path) -> Result<Self, CaseError> {
        let io = CaseError::io(path);
        match fs::read_dir(path) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(CaseError::NotEmpty(path.to_owned()));
                }
                only_for_its_owner(path).map_err(io)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create_private_folder(path).map_err(io)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(CaseError::NotEmpty(path.to_owned()));
            }
            Err(error) => return Err(io(error)),
        }
        Ok(Self { path: path.to_owned() })
    }

    /// The folder of a case that is there.
    pub(super) fn find(path: &Path) -> Result<Self, CaseError> {
        let header = match header(path) {
            Ok(header) => header,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Err(CaseError::NoCase(path.to_owned()));
            }
            Err(error) => return Err(CaseError::io(&path.join(HEADER))(error)),
        };
        if header == header_now() {
            return Ok(Self { path: path.to_owned() });
        }
        let is_later = header.starts_with(MAGIC.as_bytes());
        Err(if is_later {
            CaseError::Later(path.to_owned())
        } else {
            CaseError::NoCase(path.to_owned())
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn at(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Where a stream lies.
    pub(super) fn stream(&self, number: u32) -> PathBuf {
        self.path.join(format!("{number:06}"))
    }

    /// The numbers of the streams that lie there.
    pub(super) fn streams(&self) -> io::Result<Vec<u32>> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| name.len() >= 6) else { continue };
            if let Ok(number) = name.parse()
                && self.stream(number).file_name() == Some(name.as_ref())
            {
                numbers.push(number);
            }
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Makes it a case: what belongs to it is there and durable.
    pub(super) fn commit(&self) -> Result<(), CaseError> {
        let (path, beside) = (self.at(HEADER), self.at("case.new"));
        let write = || {
            let mut file = create_private(&beside)?;
            file.write_all(&header_now())?;
            without_time(&file);
            file.sync_all()?;
            fs::rename(&beside, &path)
        };
        write().map_err(CaseError::io(&path))?;
        self.make_durable()?;
        // The folder itself lasts once the one above it is on the disk. That one may not be ours to
        // open.
        if cfg!(unix)
            && let Some(above) = self.path.parent().filter(|above| above.is_dir())
        {
            let _ = File::open(above).and_then(|above| above.sync_all());
        }
        Ok(())
    }

    /// Keeps every other process out until what is returned is dropped.
    pub(super) fn lock(&self) -> Result<File, CaseError> {
        let path = self.at(LOCK);
        let file = private().write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(CaseError::io(&path))?;
        without_time(&file);
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(CaseError::InUse(self.path.clone())),
            Err(TryLockError::Error(error)) => Err(CaseError::io(&path)(error)),
        }
    }

    /// Keeps writers out while it is read. A copy without the lock's file, or on a medium that
    /// knows no locks, is read all the same.
    pub(super) fn lock_for_reading(&self) -> Result<Option<File>, CaseError> {
        let Ok(file) = File::open(self.at(LOCK)) else { return Ok(None) };
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Err(CaseError::InUse(self.path.clone())),
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::Error(_)) => Ok(None),
        }
    }

    /// Files that were made or renamed last once their folder is on the disk. Windows opens no
    /// folders, and needs no such step.
    pub(super) fn make_durable(&self) -> Result<(), CaseError> {
        if cfg!(unix) {
            let synced = File::open(&self.path).and_then(|folder| folder.sync_all());
            synced.map_err(CaseError::io(&self.path))?;
        }
        Ok(())
    }
}

/// A new file that only its owner reads; one that is there already is an error.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    private().write(true).create_new(true).open(path)
}

/// Takes from a file what its time would tell. Where the system refuses, nothing is lost but that.
pub(super) fn without_time(file: &File) {
    let _ = file.set_modified(SystemTime::UNIX_EPOCH + NO_TIME);
}

#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// On Windows a folder passes its own access list on, and a user's folders let in that user alone.
#[cfg(not(unix))]
fn private() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(unix)]
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(unix)]
fn only_for_its_owner(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn only_for_its_owner(_: &Path) -> io::Result<()> {
    Ok(())
}
