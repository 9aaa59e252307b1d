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
/// What differs from an earlier acquisition, a sentence each; empty where none was given.
pub fn differences(result: &crate::result::CheckResult) -> Vec<String> {
    let sentences = changes::sentences(result);
    let shown = |text| unwatched_model::text::shown(text).into_owned();
    sentences.iter().map(|sentence| shown(sentence.text())).collect()
}

pub(crate) use text::{paragraph, section};
