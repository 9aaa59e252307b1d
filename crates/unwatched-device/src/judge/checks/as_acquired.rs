//! Whether an acquisition's files are still as they were when it was made.

use crate::evidence::{Compared, EvidenceKind};
use crate::facts::Facts;
use crate::result::{Check, Outcome};

const UNSIGNED: &str = "the list is not signed: whoever changes a file can change the list as well";

/// Only AndroidQF makes such a list.
pub(super) fn check(facts: &Facts) -> Option<Check> {
    if facts.kind != EvidenceKind::AndroidQf {
        return None;
    }
    let (outcome, why) = match &facts.compared {
        None => (Outcome::CouldNotCheck, "the acquisition holds no hashes.csv".to_owned()),
        Some(compared) => ending(compared),
    };
    let title = "files of the acquisition that were changed, removed or added later".to_owned();
    Some(Check { id: "as_acquired", outcome, why, title })
}

fn ending(compared: &Compared) -> (Outcome, String) {
    let differences: Vec<_> = [
        ("changed", &compared.changed),
        ("missing", &compared.missing),
        ("not in the list", &compared.added),
    ]
    .into_iter()
    .filter(|(_, files)| !files.is_empty())
    .map(|(what, files)| format!("{what}: {}", files.join(", ")))
    .collect();
    let of_list = format!("compared with hashes.csv, which lists {} files", compared.listed);
    if !differences.is_empty() {
        (Outcome::Found, format!("{of_list}; {}", differences.join("; ")))
    } else if let Some(damaged) = &compared.damaged {
        (Outcome::CouldNotCheck, format!("hashes.csv cannot be read: {damaged}"))
    } else if !compared.unread.is_empty() {
        let unread = compared.unread.join(", ");
        (Outcome::CouldNotCheck, format!("these could not be read to their end: {unread}"))
    } else {
        (Outcome::NotFound, format!("{of_list}; {UNSIGNED}"))
    }
}
