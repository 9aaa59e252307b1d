//! What appeared and what vanished between two reports on the same sample: another engine sees
//! other things, and whoever gave an opinion on the older one has to know.

use std::collections::BTreeSet;

use unwatched_model::report::Report;
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

/// What only the earlier report has, and what only the later one has; a line for each kind.
fn changes(before: &Report, after: &Report) -> (String, String) {
    let (mut vanished, mut appeared) = (Vec::new(), Vec::new());
    for (what, of) in KINDS {
        let (old, new) = (of(before), of(after));
        vanished.extend(listed(what, &old, &new));
        appeared.extend(listed(what, &new, &old));
    }
    (vanished.join("\n"), appeared.join("\n"))
}

type Of = fn(&Report) -> BTreeSet<String>;

const KINDS: [(&str, Of); 6] = [
    ("capabilities", |report| {
        let support = |s| words::support(s).words;
        report.capabilities.iter().map(|c| format!("{} ({})", c.id, support(c.support))).collect()
    }),
    ("package", |report| report.package.iter().cloned().collect()),
    ("permissions", |report| report.permissions.iter().cloned().collect()),
    ("addresses", |report| report.endpoints.iter().map(|e| e.value.clone()).collect()),
    ("certificates", |report| {
        let checked = |verified| if verified { "verified" } else { "claimed" };
        report.certificates.iter().map(|c| format!("{} {}", checked(c.verified), c.sha1)).collect()
    }),
    ("what could not be read", |report| report.problems.iter().map(|p| p.what.clone()).collect()),
];

fn listed(what: &str, these: &BTreeSet<String>, not_these: &BTreeSet<String>) -> Option<String> {
    let only: Vec<_> = these.difference(not_these).map(|text| words::shown(text)).collect();
    if only.is_empty() {
        return None;
    }
    let more = only.len().saturating_sub(MOST_NAMED);
    let named = only[..only.len() - more].join(", ");
    Some(if more == 0 {
        format!("{what}: {named}")
    } else {
        format!("{what}: {named} and {more} more")
    })
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
