//! A result in words: one page to print, and text for a terminal.
//!
//! Both say the same sentences, which stand in [`words`]. They show no points, no identifiers of
//! the device, and no app that was not named as a finding. What the phone or a release calls
//! something passes through [`unwatched_model::text`] where each writes its output, and nowhere
//! before.

mod changes;
mod html;
mod sentence;
mod text;
mod words;

pub use html::html;
pub use text::text;

/// The rule whose signal only multiplies others: it is not said.
pub const UNSAID_RULE: &str = "S1";

/// What is said of a finding beside its signals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingWords {
    /// What it names, and what it is about.
    pub heading: String,
    /// Its band and identity in words.
    pub how_sure: String,
    /// The family's class, where it has one.
    pub class: Option<String>,
}

/// What is said of a finding. It may quote a phone: whoever writes it out shows it with
/// [`unwatched_model::text::shown`].
pub fn said_of_finding(finding: &crate::result::Finding, with_indicators: bool) -> FindingWords {
    FindingWords {
        heading: format!("{} ({})", words::heading(finding).text(), words::kind(finding)),
        how_sure: words::how_sure(finding, with_indicators),
        class: words::class(finding).map(|said| said.text().to_owned()),
    }
}

/// What is said first where no app is among the findings; empty where one is.
pub fn still_open(result: &crate::result::CheckResult) -> Vec<&'static str> {
    words::still_open(result)
}

/// What was listed by mistake in an earlier release and is met here.
pub fn recalled(result: &crate::result::CheckResult) -> Vec<String> {
    let said = result.recalls.iter().map(|met| words::recalled(met).text().to_owned());
    let limit = (!result.recalls.is_empty()).then(|| words::RECALLS_LIMIT.to_owned());
    said.chain(limit).collect()
}

/// Which indicators the check was made with, and how old they are.
pub fn indicators_used(result: &crate::result::CheckResult) -> String {
    words::indicators(result)
}

/// What differs from an earlier acquisition, a sentence each; empty where none was given.
pub fn differences(result: &crate::result::CheckResult) -> Vec<String> {
    let sentences = changes::sentences(result);
    let shown = |text| unwatched_model::text::shown(text).into_owned();
    sentences.iter().map(|sentence| shown(sentence.text())).collect()
}

pub(crate) use text::{paragraph, section};
