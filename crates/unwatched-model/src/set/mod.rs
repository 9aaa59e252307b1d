//! The compiled indicator set: every released indicator in one block that loads in milliseconds.
//!
//! Rows go into a [`SetBuilder`]; [`IndicatorSet::to_bytes`] writes the block that travels in a
//! release; [`IndicatorSet::from_bytes`] reads it on a helper's laptop. The same matching runs in
//! the exchange and in the checker, so that both give one answer.

mod build;
mod matching;
mod wire;

use std::sync::OnceLock;

use hashbrown::HashTable;
use serde::{Deserialize, Serialize};

pub use build::SetBuilder;
pub use matching::Match;
pub use wire::{FORMAT_VERSION, SetError};

use crate::class::{Attribution, Class};
use crate::family::FamilyId;
use crate::indicator::{IndicatorKind, Role};

/// A family as the set knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetFamily {
    /// The slug.
    pub id: FamilyId,
    /// The name people use.
    pub name: String,
    /// The class it was released under.
    pub class: Class,
    /// Whether that class is the coalition's verdict; otherwise it is what sources attributed.
    pub judged: bool,
    /// What sources say, kept beside a verdict.
    pub attributed: Vec<Attribution>,
}

/// One (kind, value, family, role); sorted in the set by kind, value, family, role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    kind: IndicatorKind,
    role: Role,
    /// Index into `families`.
    family: u32,
    /// Where the value starts in `text`.
    start: u32,
    len: u16,
}

/// Every released indicator, ready to match.
#[derive(Debug)]
pub struct IndicatorSet {
    families: Vec<SetFamily>,
    /// All values, end to end; entries of equal value share the text.
    text: String,
    entries: Vec<Entry>,
    /// Distinct (kind, value) pairs.
    pair_count: usize,
    /// (kind, value) -> index of the first entry of that pair.
    first: HashTable<u32>,
    /// Compiled on the first certificate that asks; the position is that of the entry.
    patterns: OnceLock<Vec<(usize, regex::Regex)>>,
}

impl IndicatorSet {
    /// How many distinct (kind, value) pairs it holds.
    pub fn len(&self) -> usize {
        self.pair_count
    }

    /// Whether it holds nothing at all.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every distinct value with its kind, in the order of both.
    pub fn pairs(&self) -> impl Iterator<Item = (IndicatorKind, &str)> {
        let value = |entry: &Entry| {
            let start = entry.start as usize;
            (entry.kind, self.text.get(start..start + usize::from(entry.len)).unwrap_or_default())
        };
        let same = move |a: &Entry, b: &Entry| value(a) == value(b);
        self.entries.chunk_by(same).filter_map(move |pair| pair.first().map(value))
    }

    /// The families, in the order of their ids.
    pub fn families(&self) -> &[SetFamily] {
        &self.families
    }

    /// Every entry, in the set's order.
    pub fn iter(&self) -> impl Iterator<Item = Match<'_>> {
        self.entries.iter().map(|entry| self.as_match(entry))
    }

    fn value(&self, entry: &Entry) -> &str {
        let start = entry.start as usize;
        &self.text[start..start + usize::from(entry.len)]
    }

    fn as_match(&self, entry: &Entry) -> Match<'_> {
        Match {
            family: &self.families[entry.family as usize],
            kind: entry.kind,
            value: self.value(entry),
            role: entry.role,
        }
    }
}
