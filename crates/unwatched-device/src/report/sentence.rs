//! A sentence of ours that holds words of somebody else: a phone's model, a package, a family.
//!
//! It remembers which words those are, so that a page can keep their direction of writing from
//! turning ours. Characters that deceive are replaced where the output is written, not here.

use std::ops::Range;

use crate::result::Signal;

/// Text, and where in it other people's words stand, in order.
#[derive(Debug, Default)]
pub(super) struct Sentence {
    text: String,
    theirs: Vec<Range<usize>>,
}

impl Sentence {
    pub(super) fn ours(mut self, words: &str) -> Self {
        self.text.push_str(words);
        self
    }

    pub(super) fn theirs(mut self, words: &str) -> Self {
        let start = self.text.len();
        self.text.push_str(words);
        self.theirs.push(start..self.text.len());
        self
    }

    /// Another sentence behind this one.
    pub(super) fn then(mut self, other: Self) -> Self {
        let start = self.text.len();
        self.text.push_str(&other.text);
        self.theirs.extend(other.theirs.into_iter().map(|at| at.start + start..at.end + start));
        self
    }

    /// What was observed.
    pub(super) fn fact(signal: &Signal) -> Self {
        Self { text: signal.fact.clone(), theirs: signal.filled.clone() }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The sentence in parts, each with whether it is somebody else's.
    pub(super) fn parts(&self) -> Vec<(bool, &str)> {
        let mut parts = Vec::new();
        let mut at = 0;
        for theirs in &self.theirs {
            parts.push((false, &self.text[at..theirs.start]));
            parts.push((true, &self.text[theirs.clone()]));
            at = theirs.end;
        }
        parts.push((false, &self.text[at..]));
        parts.retain(|(_, words)| !words.is_empty());
        parts
    }
}
