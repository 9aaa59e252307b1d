//! Finds what a killed process left half-written in a folder of blobs.
//!
//! A blob is written beside its place, under its name with `#` and a number, and renamed when it
//! is whole; no blob's own name holds a `#`.

use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

/// A younger file may be one that another process is writing.
const LEFT_BEHIND: SignedDuration = SignedDuration::from_hours(1);

/// Removes half-written files from `ab/cd/` below `folder`; says how many.
pub(crate) fn sweep(folder: &Path, now: Timestamp) -> io::Result<u64> {
    let mut swept = 0;
    for first in folders(folder)? {
        for second in folders(&first.path())? {
            for file in fs::read_dir(second.path())?.flatten() {
                // Whoever else swept it first has done the same.
                if is_left_behind(&file, now) && fs::remove_file(file.path()).is_ok() {
                    swept += 1;
                }
            }
        }
    }
    Ok(swept)
}

fn folders(folder: &Path) -> io::Result<Vec<DirEntry>> {
    let is_folder = |entry: &DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    Ok(fs::read_dir(folder)?.flatten().filter(is_folder).collect())
}

fn is_left_behind(file: &DirEntry, now: Timestamp) -> bool {
    if !file.file_name().to_string_lossy().contains('#') {
        return false;
    }
    let changed = file.metadata().and_then(|file| file.modified());
    let changed = changed.ok().and_then(|time| Timestamp::try_from(time).ok());
    changed.is_some_and(|changed| now.duration_since(changed) > LEFT_BEHIND)
}
