//! How much room is left for the data folder, and what broken-off copies left in it or beside it.
//! Copies lie elsewhere, one hopes: what was left there is known to the next `backup` only.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::{Check, Exam};
use crate::backup::staging;

/// Less is less than one large sample and its copy.
const TOO_LITTLE_BYTES: u64 = 1 << 30;
const LITTLE_BYTES: u64 = 10 << 30;

pub(super) fn check(exam: &Exam<'_>) -> Check {
    let mut check = Check::new("disk");
    let data = exam.state.data.path();
    let place = data.display().to_string();
    let found = match rustix::fs::statvfs(data) {
        Ok(found) => found,
        Err(error) => {
            check.could_not(format!("{place}: {error}"));
            return check;
        }
    };
    let left = found.f_bavail.saturating_mul(found.f_frsize);
    check.looked_at = String::from(
        "the room left for the data folder, and what broken-off copies left beside it",
    );
    let gib = left >> 30;
    if left < TOO_LITTLE_BYTES {
        check.found(format!("{} MiB are left", left >> 20), place, "make room, or add a disk");
    } else if left < LITTLE_BYTES {
        check.mind(format!("{gib} GiB are left"), place, "make room before samples are refused");
    }
    for folder in [Some(data), data.parent()].into_iter().flatten() {
        check_leftovers(folder, data, &mut check);
    }
    check
}

fn check_leftovers(folder: &Path, data: &Path, check: &mut Check) {
    let found = data.metadata().and_then(|data| staging::leftovers(folder, data.uid()));
    match found {
        Ok(left) => {
            for left in left {
                check.mind(
                    "a `backup` or `restore` was broken off; what it left holds keys and rows",
                    left.display().to_string(),
                    "remove the folder; the next `backup` or `restore` to the same place does, too",
                );
            }
        }
        Err(error) => check.could_not(format!("{}: {error}", folder.display())),
    }
}
