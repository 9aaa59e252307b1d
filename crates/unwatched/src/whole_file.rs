//! Writing a file whole or not at all: a temporary file beside it, made durable, then renamed.
//! What Windows asks of names and paths is in `windows_names.rs`.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tempfile::{NamedTempFile, PersistError};

use crate::windows_names;

/// Replaces or creates the file.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    replace(prepare(path, bytes)?, path)
}

/// Creates the file; `Ok(false)` when something is already there.
pub(crate) fn create_whole(path: &Path, bytes: &[u8]) -> Result<bool> {
    place(prepare(path, bytes)?, path)
}

/// An empty file beside the place that it is to be renamed to.
pub(crate) fn beside(path: &Path) -> Result<NamedTempFile> {
    let folder = usable_folder(path)?;
    NamedTempFile::new_in(&folder).with_context(|| refused(path))
}

/// Renames what was written beside it; `Ok(false)` when something is already there.
pub(crate) fn place(written: NamedTempFile, path: &Path) -> Result<bool> {
    let place = usable_folder(path)?.join(path.file_name().unwrap_or_default());
    match patiently(written, |written| written.persist_noclobber(&place)) {
        Ok(_) => make_durable(path).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error).with_context(|| refused(path)),
    }
}

/// Renames what was written beside it, in the place of what is there.
pub(crate) fn replace(written: NamedTempFile, path: &Path) -> Result<()> {
    let place = usable_folder(path)?.join(path.file_name().unwrap_or_default());
    patiently(written, |written| written.persist(&place)).with_context(|| refused(path))?;
    make_durable(path)
}

/// The folder that a file is to lie in, where its name and the folder can be used.
fn usable_folder(path: &Path) -> Result<PathBuf> {
    if cfg!(windows)
        && let Some(why) = path.file_name().and_then(windows_names::unusable)
    {
        anyhow::bail!("{}: {why}", refused(path));
    }
    let folder = folder(path);
    anyhow::ensure!(folder.is_dir(), "{}: there is no folder {}", refused(path), folder.display());
    Ok(windows_names::of_any_length(folder).into_owned())
}

/// The bytes in a temporary file.
fn prepare(path: &Path, bytes: &[u8]) -> Result<NamedTempFile> {
    let mut file = beside(path)?;
    let mut write = || {
        file.write_all(bytes)?;
        file.as_file().sync_all()
    };
    write().with_context(|| refused(path))?;
    Ok(file)
}

/// On Windows a file that was just written, or the one to be replaced, may be open for a moment in
/// an antivirus or the index of the search, and then no rename succeeds. All of it waits a second.
const WAITS_MS: [u64; 6] = [10, 30, 60, 150, 250, 500];

fn patiently(
    mut file: NamedTempFile,
    mut rename: impl FnMut(NamedTempFile) -> Result<File, PersistError>,
) -> io::Result<File> {
    for wait_ms in WAITS_MS {
        match rename(file) {
            Ok(renamed) => return Ok(renamed),
            Err(failed) if cfg!(windows) && windows_names::is_held_open(&failed.error) => {
                file = failed.file;
                sleep(Duration::from_millis(wait_ms));
            }
            Err(failed) => return Err(failed.error),
        }
    }
    rename(file).map_err(|failed| failed.error)
}

/// A rename lasts once its folder is on the disk. Windows opens no folders, and needs no such step.
fn make_durable(path: &Path) -> Result<()> {
    if cfg!(unix) {
        File::open(folder(path))
            .and_then(|folder| folder.sync_all())
            .with_context(|| refused(path))?;
    }
    Ok(())
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn refused(path: &Path) -> String {
    format!("{} cannot be written", path.display())
}
