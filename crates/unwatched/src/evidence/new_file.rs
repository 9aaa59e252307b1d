//! Writing a package as it comes, whole or not at all: beside its place first, then renamed.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;
use unwatched_acquire::sealed::SealedError;

use super::package::refused;
use crate::exit::{Exit, Failure};
use crate::whole_file;

/// What is written through.
pub(super) type Out<'a> = &'a mut BufWriter<File>;

/// Whether what is there already is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum There {
    Stays,
    IsReplaced,
}

/// Refuses a place where something lies.
pub(super) fn is_free(path: &Path) -> Result<(), Failure> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    Err(Failure::said(Exit::ReportExists, format!("{} is already there", path.display()))
        .with_hint("Name another file for the package."))
}

pub(super) fn write<T>(
    path: &Path,
    there: There,
    write: impl FnOnce(Out<'_>) -> Result<T, SealedError>,
) -> Result<T, Failure> {
    let beside = whole_file::beside(path)?;
    let mut out = BufWriter::new(beside.as_file().try_clone()?);
    let written = write(&mut out).map_err(|error| refused(path, error))?;
    out.flush()?;
    drop(out);
    beside.as_file().sync_all()?;
    rename(beside, path, there)?;
    Ok(written)
}

fn rename(beside: NamedTempFile, path: &Path, there: There) -> Result<(), Failure> {
    match there {
        There::IsReplaced => whole_file::replace(beside, path)?,
        There::Stays if whole_file::place(beside, path)? => {}
        There::Stays => return is_free(path),
    }
    Ok(())
}
