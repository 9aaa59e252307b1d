//! Writing a file whole or not at all: a temporary file beside it, made durable, then renamed.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use tempfile::NamedTempFile;

/// Replaces or creates the file.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let written = prepare(path, bytes)?;
    written.persist(path).map_err(|failed| failed.error).with_context(|| refused(path))?;
    make_durable(path)
}

/// Creates the file; `Ok(false)` when something is already there.
pub(crate) fn create_whole(path: &Path, bytes: &[u8]) -> Result<bool> {
    let written = prepare(path, bytes)?;
    match written.persist_noclobber(path) {
        Ok(_) => make_durable(path).map(|()| true),
        Err(failed) if failed.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(failed) => Err(failed.error).with_context(|| refused(path)),
    }
}

fn prepare(path: &Path, bytes: &[u8]) -> Result<NamedTempFile> {
    let folder = folder(path);
    anyhow::ensure!(folder.is_dir(), "{}: there is no folder {}", refused(path), folder.display());
    let write = || {
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok::<_, std::io::Error>(file)
    };
    write().with_context(|| refused(path))
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
