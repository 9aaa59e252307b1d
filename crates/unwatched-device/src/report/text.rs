//! The report for a terminal: plain lines of at most 80 columns where words allow, no colour.

use std::fmt::Write;

use unwatched_model::text::shown;

use super::{changes, words};
use crate::result::{CheckResult, Finding, Outcome};

const COLUMNS: usize = 80;

/// The same as the page, for a terminal, readable without colour.
pub fn text(result: &CheckResult) -> String {
    let mut out = String::new();
    section(&mut out, words::TITLE);
    paragraph(&mut out, "", words::device(&result.device).text());
    let checked = format!(
        "Checked {} by {} {}, from {}.",
        words::when(result),
        result.tool.name,
        result.tool.version,
        result.evidence.as_str()
    );
    paragraph(&mut out, "", &checked);
    paragraph(&mut out, "", &words::indicators(result));
    section(&mut out, "Before anything else");
    for sentence in words::FIRST {
        paragraph(&mut out, "- ", sentence);
    }
    section(&mut out, "What this is, and what it is not");
    for sentence in words::IS_AND_IS_NOT {
        paragraph(&mut out, "- ", sentence);
    }
    let differences = changes::sentences(result);
    if !differences.is_empty() {
        section(&mut out, changes::TITLE);
        for sentence in &differences {
            paragraph(&mut out, "- ", sentence.text());
        }
    }
    if !result.findings.is_empty() {
        section(&mut out, "Findings");
        for finding in &result.findings {
            one_finding(&mut out, finding, result.indicators.is_some());
        }
    }
    if !result.recalls.is_empty() {
        section(&mut out, words::RECALLS_TITLE);
        for met in &result.recalls {
            paragraph(&mut out, "- ", words::recalled(met).text());
        }
        paragraph(&mut out, "", words::RECALLS_LIMIT);
    }
    let still_open = words::still_open(result);
    if !still_open.is_empty() {
        section(&mut out, words::EMPTY_TITLE);
        for sentence in still_open {
            paragraph(&mut out, "- ", sentence);
        }
    }
    if let Some(sentence) = words::unnamed(result.background_count) {
        section(&mut out, words::UNNAMED_TITLE);
        paragraph(&mut out, "", &sentence);
    }
    checks(&mut out, result);
    section(&mut out, "What can be done, in the order that is right for you");
    for (choice, risk) in words::CHOICES {
        paragraph(&mut out, "- ", &format!("{choice}. {risk}"));
    }
    out
}

fn one_finding(out: &mut String, finding: &Finding, with_indicators: bool) {
    paragraph(out, "* ", &format!("{} ({})", words::heading(finding).text(), words::kind(finding)));
    paragraph(out, "  How sure: ", &words::how_sure(finding, with_indicators));
    if let Some(class) = words::class(finding) {
        paragraph(out, "  ", class.text());
    }
    for signal in words::signals(finding) {
        paragraph(out, "  - Seen: ", &signal.fact);
        paragraph(out, "    Where: ", &signal.source);
        paragraph(out, "    Why it matters: ", &signal.why);
        paragraph(out, "    What else could explain it: ", &signal.innocent);
    }
    out.push('\n');
}

fn checks(out: &mut String, result: &CheckResult) {
    section(out, words::COULD_NOT_TITLE);
    paragraph(out, "", words::COULD_NOT_MEANS);
    for check in words::with_outcome(result, Outcome::CouldNotCheck) {
        paragraph(out, "- ", &format!("{}: {}", check.title, check.why));
    }
    for problem in &result.problems {
        paragraph(out, "- ", &format!("{}: {}", problem.place, problem.what));
    }
    section(out, "What was looked for");
    for (outcome, word) in [(Outcome::Found, "seen"), (Outcome::NotFound, "not seen")] {
        for check in words::with_outcome(result, outcome) {
            paragraph(out, "- ", &format!("{} ({word}): {}", check.title, check.why));
        }
    }
}

pub(crate) fn section(out: &mut String, title: &str) {
    if !out.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(out, "{title}\n{}", "-".repeat(title.chars().count()));
}

/// Words wrapped at the column; lines after the first stand under the first word. Every text from
/// a phone or a release passes here.
pub(crate) fn paragraph(out: &mut String, lead: &str, words: &str) {
    let indent = lead.len() - lead.trim_start().len() + if lead.trim().is_empty() { 0 } else { 2 };
    let words = shown(words);
    let mut column = lead.chars().count();
    out.push_str(lead);
    let mut first = true;
    for word in words.split_whitespace() {
        let length = word.chars().count();
        if !first && column + 1 + length > COLUMNS {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if !first {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
        first = false;
    }
    out.push('\n');
}
