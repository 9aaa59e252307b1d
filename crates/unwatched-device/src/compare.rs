//! Two results of the same phone, an earlier and a later one: what differs.
//!
//! That something is no longer seen means something only where the later check could have seen it;
//! every difference says whether that is so. What stays unnamed in a result stays unnamed here.
//!
//! Two facts of a rule are the same where they say the same: the day of a last use and an amount
//! sent move by themselves, a third fingerprint does not.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::judge::{UNKNOWN_ORIGIN, check_of_rule};
use crate::mark::Mark;
use crate::result::{Band, CheckResult, Device, Finding, Outcome, Signal, Subject};

/// A finding that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The finding's id.
    pub id: String,
    /// What it names.
    pub subject: Subject,
    /// Its band in the earlier result.
    pub band_before: Option<Band>,
    /// Its band in the later result.
    pub band_after: Option<Band>,
    /// Whether the result that lacks it, or lacks a part of it, could have shown it.
    pub comparable: bool,
    /// What is seen now and was not before.
    pub new_facts: Vec<String>,
    /// What was seen before and is not now.
    pub gone_facts: Vec<String>,
    /// The finding itself, the later one where both have it: a screen takes its heading from it.
    #[serde(skip)]
    pub finding: Finding,
}

/// A check that ended differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckChange {
    /// Its id.
    pub id: &'static str,
    /// How it ended before.
    pub before: Outcome,
    /// How it ends now.
    pub after: Outcome,
    /// What it looks for.
    #[serde(skip)]
    pub title: String,
}

/// What differs between two acquisitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// What the earlier one says of the device.
    pub earlier_device: Device,
    /// Findings of the later one only.
    pub appeared: Vec<Change>,
    /// Findings of the earlier one only.
    pub gone: Vec<Change>,
    /// Findings of both that are not the same.
    pub changed: Vec<Change>,
    /// Checks that ended differently.
    pub checks: Vec<CheckChange>,
    /// How many apps stayed unnamed in the earlier one.
    pub background_count_before: usize,
}

/// What differs. Both results must come from the same indicators, or every new indicator would
/// look like a change on the phone.
pub fn compare(earlier: &CheckResult, later: &CheckResult) -> Changes {
    let lone = |of: &CheckResult, other: &CheckResult, is_new: bool| -> Vec<Change> {
        let others: BTreeSet<_> = other.findings.iter().map(key).collect();
        let alone = of.findings.iter().filter(|finding| !others.contains(&key(finding)));
        alone.map(|finding| alone_in(finding, other, is_new)).collect()
    };
    Changes {
        earlier_device: earlier.device.clone(),
        appeared: lone(later, earlier, true),
        gone: lone(earlier, later, false),
        changed: later
            .findings
            .iter()
            .filter_map(|after| {
                let before = earlier.findings.iter().find(|before| key(before) == key(after))?;
                in_both(before, after, earlier, later)
            })
            .collect(),
        checks: checks(earlier, later),
        background_count_before: earlier.background_count,
    }
}

/// What makes two findings one. The number in the id of what stays unnamed depends on what else is
/// on the phone.
fn key(finding: &Finding) -> (&str, Option<Mark>) {
    let which = finding.marks.which;
    let digits: &[char] = if which.is_some() { &DIGITS } else { &[] };
    (finding.id.trim_end_matches(digits), which)
}

const DIGITS: [char; 10] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

fn alone_in(finding: &Finding, other: &CheckResult, is_new: bool) -> Change {
    let facts: Vec<_> = facts(finding).map(|signal| signal.fact.clone()).collect();
    let (new_facts, gone_facts) = if is_new { (facts, Vec::new()) } else { (Vec::new(), facts) };
    let (band_before, band_after) =
        if is_new { (None, finding.band) } else { (finding.band, None) };
    Change {
        id: finding.id.clone(),
        subject: finding.subject.clone(),
        band_before,
        band_after,
        comparable: finding.signals.iter().any(|signal| could_show(other, &signal.rule)),
        new_facts,
        gone_facts,
        finding: finding.clone(),
    }
}

/// What was observed; a rule that only multiplies others observed nothing.
fn facts(finding: &Finding) -> impl Iterator<Item = &Signal> {
    finding.signals.iter().filter(|signal| signal.rule != "S1")
}

/// Whether a result's evidence could have met a rule.
fn could_show(result: &CheckResult, rule: &str) -> bool {
    let Some(id) = check_of_rule(rule) else { return true };
    let check = result.checks.iter().find(|check| check.id == id);
    check.is_none_or(|check| check.outcome != Outcome::CouldNotCheck)
}

fn in_both(
    before: &Finding,
    after: &Finding,
    earlier: &CheckResult,
    later: &CheckResult,
) -> Option<Change> {
    let missing_in = |of: &Finding, other: &Finding| -> Vec<(String, String)> {
        let others: BTreeSet<_> = facts(other).map(says).collect();
        let alone = facts(of).filter(|signal| !others.contains(&says(signal)));
        alone.map(|signal| (signal.rule.clone(), signal.fact.clone())).collect()
    };
    let (mut new, mut gone) = (missing_in(after, before), missing_in(before, after));
    new.extend(computers(after, before, "not accepted before"));
    gone.extend(computers(before, after, "accepted and is not now"));
    let same_kind = before.kind == after.kind && before.family == after.family;
    if new.is_empty() && gone.is_empty() && before.band == after.band && same_kind {
        return None;
    }
    let comparable = new.iter().all(|(rule, _)| could_show(earlier, rule))
        && gone.iter().all(|(rule, _)| could_show(later, rule));
    let said = |signals: Vec<(String, String)>| signals.into_iter().map(|(_, fact)| fact).collect();
    Some(Change {
        id: after.id.clone(),
        subject: after.subject.clone(),
        band_before: before.band,
        band_after: after.band,
        comparable,
        new_facts: said(new),
        gone_facts: said(gone),
        finding: after.clone(),
    })
}

/// Computers that only one of the two accepts: a count alone hides that one took another's place.
fn computers(of: &Finding, other: &Finding, how: &str) -> Option<(String, String)> {
    let (computers, others) = (&of.marks.computers, &other.marks.computers);
    let fact = match computers.difference(others).count() {
        0 => return None,
        1 => format!("One computer that was {how}."),
        count => format!("{count} computers that were {how}."),
    };
    Some(("S1_computers".to_owned(), fact))
}

/// Rules whose words tell how the evidence came to its answer, or carry amounts that grow while
/// nobody does anything: of these only that they are met is compared.
const SAY_NO_MORE_THAN_THAT: [&str; 7] =
    ["L1", "L2", "L2_hash", "L3", "L3_certificate", "D3", "V1"];

/// What a signal says, without what moves by itself.
fn says(signal: &Signal) -> (&str, String) {
    let rule = signal.rule.as_str();
    if SAY_NO_MORE_THAN_THAT.contains(&rule) {
        return (rule, String::new());
    }
    (rule, without_last_times(&signal.fact.replace(UNKNOWN_ORIGIN, "")))
}

/// A sentence without `last on 2026-01-05 at 02:10`, wherever it stands.
fn without_last_times(fact: &str) -> String {
    const BEFORE: &str = "last on ";
    let mut pieces = fact.split(BEFORE);
    let mut said = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        said.push_str(BEFORE);
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
        let time = rest
            .strip_prefix(" at ")
            .map(|time| time.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':'));
        said.push_str(time.unwrap_or(rest));
    }
    said
}

fn checks(earlier: &CheckResult, later: &CheckResult) -> Vec<CheckChange> {
    let pairs = later.checks.iter().filter_map(|after| {
        let before = earlier.checks.iter().find(|before| before.id == after.id)?;
        Some((before, after))
    });
    pairs
        .filter(|(before, after)| before.outcome != after.outcome)
        .map(|(before, after)| CheckChange {
            id: after.id,
            before: before.outcome,
            after: after.outcome,
            title: after.title.clone(),
        })
        .collect()
}
