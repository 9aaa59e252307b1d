//! The page: one file, no script, nothing fetched from anywhere.

use askama::Template;
use unwatched_model::text::is_deceptive;

use super::sentence::Sentence;
use super::{changes, words};
use crate::evidence::Problem;
use crate::result::{Check, CheckResult, Finding, Outcome, Signal};

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'r> {
    title: &'static str,
    device: Sentence,
    when: String,
    tool: String,
    evidence: &'static str,
    indicators: String,
    first: &'static [&'static str],
    is_and_is_not: &'static [&'static str],
    empty_title: &'static str,
    still_open: Vec<&'static str>,
    changes_title: &'static str,
    changes: Vec<Sentence>,
    findings: Vec<FindingView<'r>>,
    recalls_title: &'static str,
    recalls: Vec<Sentence>,
    recalls_limit: &'static str,
    unnamed_title: &'static str,
    unnamed: Option<String>,
    could_not_title: &'static str,
    could_not_means: &'static str,
    could_not: Vec<&'r Check>,
    problems: &'r [Problem],
    seen: Vec<&'r Check>,
    not_seen: Vec<&'r Check>,
    choices: &'static [(&'static str, &'static str)],
}

struct FindingView<'r> {
    heading: Sentence,
    kind: &'static str,
    how_sure: String,
    class: Option<Sentence>,
    signals: Vec<(Sentence, &'r Signal)>,
}

impl<'r> FindingView<'r> {
    fn new(finding: &'r Finding, with_indicators: bool) -> Self {
        Self {
            heading: words::heading(finding),
            kind: words::kind(finding),
            how_sure: words::how_sure(finding, with_indicators),
            class: words::class(finding),
            signals: words::signals(finding)
                .map(|signal| (Sentence::fact(signal), signal))
                .collect(),
        }
    }
}

/// One page of HTML that needs nothing else, to read or to print.
pub fn html(result: &CheckResult) -> String {
    let view = |finding| FindingView::new(finding, result.indicators.is_some());
    let page = Page {
        title: words::TITLE,
        device: words::device(&result.device),
        when: words::when(result),
        tool: format!("{} {}", result.tool.name, result.tool.version),
        evidence: result.evidence.as_str(),
        indicators: words::indicators(result),
        first: &words::FIRST,
        is_and_is_not: &words::IS_AND_IS_NOT,
        empty_title: words::EMPTY_TITLE,
        still_open: words::still_open(result),
        changes_title: changes::TITLE,
        changes: changes::sentences(result),
        findings: result.findings.iter().map(view).collect(),
        recalls_title: words::RECALLS_TITLE,
        recalls: result.recalls.iter().map(words::recalled).collect(),
        recalls_limit: words::RECALLS_LIMIT,
        unnamed_title: words::UNNAMED_TITLE,
        unnamed: words::unnamed(result.background_count),
        could_not_title: words::COULD_NOT_TITLE,
        could_not_means: words::COULD_NOT_MEANS,
        could_not: words::with_outcome(result, Outcome::CouldNotCheck).collect(),
        problems: &result.problems,
        seen: words::with_outcome(result, Outcome::Found).collect(),
        not_seen: words::with_outcome(result, Outcome::NotFound).collect(),
        choices: &words::CHOICES,
    };
    let page = page.render().expect("the template writes into a string, which never fails");
    // Every text from a phone or a release has passed by now; our own lines end in line feeds.
    page.replace(|c| c != '\n' && is_deceptive(c), "\u{fffd}")
}
