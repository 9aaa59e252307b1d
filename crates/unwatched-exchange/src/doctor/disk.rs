//! How much room is left for the data folder.

use super::{Check, Exam};

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
    check.looked_at = String::from("the room left beside the data folder");
    let gib = left >> 30;
    if left < TOO_LITTLE_BYTES {
        check.found(format!("{} MiB are left", left >> 20), place, "make room, or add a disk");
    } else if left < LITTLE_BYTES {
        check.mind(format!("{gib} GiB are left"), place, "make room before samples are refused");
    }
    check
}
