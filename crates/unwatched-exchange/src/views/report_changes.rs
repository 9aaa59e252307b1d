//! What appeared and what vanished between two reports on the same sample: another engine sees
//! other things, and whoever gave an opinion on the older one has to know.

use unwatched_model::report::Report;
use unwatched_model::report_changes::{self, Difference, Part};
use unwatched_store::PastReport;

use crate::views::history::HistoryLine;
use crate::views::words;

/// More names than these are counted.
const MOST_NAMED: usize = 6;

/// One line per report, the latest first.
pub(crate) fn history(reports: &[PastReport]) -> Vec<HistoryLine> {
    let mut lines = Vec::new();
    let mut before: Option<&Report> = None;
    for past in reports {
        let line = HistoryLine::new(
            past.saved_at,
            "the exchange",
            format!("analysed it with {}", past.engine),
        );
        lines.push(match before {
            None => line,
            Some(before) => {
                let (vanished, appeared) = changes(before, &past.report);
                if vanished.is_empty() && appeared.is_empty() {
                    line.changed("", "nothing else was seen than before")
                } else {
                    line.changed(&vanished, &appeared)
                }
            }
        });
        before = Some(&past.report);
    }
    lines.reverse();
    lines
}

/// What only the earlier report says, and what only the later one says; a line for each part.
fn changes(before: &Report, after: &Report) -> (String, String) {
    let found = report_changes::between(before, after).differences;
    let (mut vanished, mut appeared) = (Vec::new(), Vec::new());
    for of_part in found.chunk_by(|a, b| a.part == b.part) {
        vanished.extend(listed(of_part, |line| line.before.as_deref()));
        appeared.extend(listed(of_part, |line| line.after.as_deref()));
    }
    (vanished.join("\n"), appeared.join("\n"))
}

/// One part's lines as one side says them; `None` when it says nothing.
fn listed(lines: &[Difference], side: fn(&Difference) -> Option<&str>) -> Option<String> {
    let part = lines.first()?.part;
    let said: Vec<_> =
        lines.iter().filter_map(|line| Some(words::shown(&named(line, side(line)?)))).collect();
    if said.is_empty() {
        return None;
    }
    let more = said.len().saturating_sub(MOST_NAMED);
    let shown = said[..said.len() - more].join(", ");
    let part = part.words();
    Some(if more == 0 {
        format!("{part}: {shown}")
    } else {
        format!("{part}: {shown} and {more} more")
    })
}

/// A thing by its name, with what is said of it where that is more than that it is there.
fn named(line: &Difference, said: &str) -> String {
    match (&line.which, line.part) {
        (None, _) => said.to_owned(),
        (Some(which), Part::Observable) => {
            format!("{} ({said})", words::which(line.part, which))
        }
        (Some(which), Part::Capability | Part::Certificate | Part::Signature) => {
            format!("{which} ({said})")
        }
        (Some(which), _) => which.clone(),
    }
}

#[cfg(test)]
mod tests {
    use unwatched_model::digest::{Md5, Sha1, Sha256};

    use super::*;

    fn report(permissions: &[&str]) -> Report {
        let mut report = Report::of_digests(Sha256([1; 32]), Sha1([2; 20]), Md5([3; 16]), 1);
        report.permissions = permissions.iter().map(|name| (*name).to_owned()).collect();
        report
    }

    #[test]
    fn what_vanished_and_what_appeared_are_told_apart() {
        let check = |before: &[&str], after: &[&str], expected: (&str, &str)| {
            let (vanished, appeared) = changes(&report(before), &report(after));
            assert_eq!((vanished.as_str(), appeared.as_str()), expected);
        };
        check(&["a"], &["a"], ("", ""));
        check(&["a", "b"], &["b", "c"], ("permissions: a", "permissions: c"));
        check(
            &[],
            &["a", "b", "c", "d", "e", "f", "g", "h"],
            ("", "permissions: a, b, c, d, e, f and 2 more"),
        );
    }
}
