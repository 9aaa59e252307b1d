//! What is looked for in texts, wherever they stand: addresses, and the catalogue's strings and
//! words. One search serves the code's strings and the resources'.

use std::collections::{BTreeMap, HashMap};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use unwatched_model::report::Endpoint;

use crate::catalogue::Catalogue;
use crate::endpoints;
use crate::findings::shortened;

/// Something found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// An address.
    Endpoint {
        /// `url`, `domain` or `address`.
        kind: &'static str,
        /// As written.
        value: String,
    },
    /// A string or word of the catalogue, by its place among all.
    Needle(usize),
}

/// What to look for.
#[derive(Debug)]
pub(crate) struct TextRules<'c> {
    catalogue: &'c Catalogue,
    /// The package's own name: an app that mentions itself mentions no address.
    own_package: Option<String>,
    /// Strings first, then words.
    needles: Vec<&'c str>,
    strings: AhoCorasick,
    words: AhoCorasick,
    first_word: usize,
}

impl<'c> TextRules<'c> {
    pub(crate) fn new(catalogue: &'c Catalogue, own_package: Option<String>) -> Self {
        let unique = |pick: fn(&'c crate::catalogue::Rule) -> &'c [String]| {
            let mut all: Vec<&str> =
                catalogue.rules.iter().flat_map(pick).map(String::as_str).collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        let mut needles = unique(|rule| &rule.strings);
        let words = unique(|rule| &rule.words);
        let first_word = needles.len();
        let strings = automaton(&needles, false);
        let word_search = automaton(&words, true);
        needles.extend(words);
        Self { catalogue, own_package, needles, strings, words: word_search, first_word }
    }

    /// The place of a string or word among all.
    pub(crate) fn index_of(&self, needle: &str) -> Option<usize> {
        self.needles.iter().position(|known| *known == needle)
    }

    /// Whether a closer look is worth it; most texts hold nothing.
    pub(crate) fn may_hold(&self, bytes: &[u8]) -> bool {
        memchr::memchr2(b'.', b':', bytes).is_some()
            || self.strings.is_match(bytes)
            || self.words.is_match(bytes)
    }

    /// Everything that is found in `text`.
    pub(crate) fn search(&self, text: &str) -> Vec<Found> {
        let mut found = Vec::new();
        endpoints::search(text, &self.catalogue.endpoints, |kind, value| {
            if self.own_package.as_deref() != Some(value) {
                found.push(Found::Endpoint { kind, value: value.to_owned() });
            }
        });
        let mut needle = |index: usize| {
            let hit = Found::Needle(index);
            if !found.contains(&hit) {
                found.push(hit);
            }
        };
        for hit in self.strings.find_overlapping_iter(text) {
            needle(hit.pattern().as_usize());
        }
        for hit in self.words.find_overlapping_iter(text) {
            let before = text[..hit.start()].chars().next_back();
            let after = text[hit.end()..].chars().next();
            if !before.is_some_and(char::is_alphanumeric)
                && !after.is_some_and(char::is_alphanumeric)
            {
                needle(self.first_word + hit.pattern().as_usize());
            }
        }
        found
    }
}

fn automaton(needles: &[&str], either_case: bool) -> AhoCorasick {
    AhoCorasickBuilder::new()
        .match_kind(MatchKind::Standard)
        .ascii_case_insensitive(either_case)
        .build(needles)
        .expect("a list of short texts makes a small automaton")
}

/// Where a needle was found.
#[derive(Debug, Clone)]
pub(crate) struct NeedleUse {
    /// The whole text, shortened.
    pub(crate) text: String,
    pub(crate) place: String,
    /// Only library code holds it.
    pub(crate) library: bool,
    /// How many more texts hold it.
    pub(crate) more: usize,
}

/// What was found in all of an app's texts.
#[derive(Debug, Default)]
pub(crate) struct TextSink {
    /// By kind and value: where it was first found, library code last.
    endpoints: BTreeMap<(&'static str, String), (bool, String)>,
    max_endpoints: usize,
    /// How many addresses found no room.
    pub(crate) endpoints_left_out: usize,
    needles: HashMap<usize, NeedleUse>,
}

impl TextSink {
    pub(crate) fn new(max_endpoints: usize) -> Self {
        Self { max_endpoints, ..Self::default() }
    }

    pub(crate) fn add(&mut self, found: &Found, text: &str, place: &str, library: bool) {
        match found {
            Found::Endpoint { kind, value } => self.add_endpoint(kind, value, place, library),
            Found::Needle(index) => {
                let new = || NeedleUse {
                    text: shortened(text, 160),
                    place: place.to_owned(),
                    library,
                    more: 0,
                };
                let known = self.needles.entry(*index).and_modify(|known| {
                    known.more += 1;
                    if known.library && !library {
                        *known = NeedleUse { more: known.more, ..new() };
                    }
                });
                known.or_insert_with(new);
            }
        }
    }

    fn add_endpoint(&mut self, kind: &'static str, value: &str, place: &str, library: bool) {
        let key = (kind, value.to_owned());
        if let Some((known_library, known_place)) = self.endpoints.get_mut(&key) {
            if *known_library && !library {
                (*known_library, *known_place) = (library, place.to_owned());
            }
        } else if self.endpoints.len() < self.max_endpoints {
            self.endpoints.insert(key, (library, place.to_owned()));
        } else {
            self.endpoints_left_out += 1;
        }
    }

    /// The addresses, sorted.
    pub(crate) fn endpoints(&self) -> Vec<Endpoint> {
        let endpoint = |((kind, value), (_, place)): (&(&'static str, String), &(bool, String))| {
            Endpoint { kind: (*kind).to_owned(), value: value.clone(), place: place.clone() }
        };
        self.endpoints.iter().map(endpoint).collect()
    }

    /// Where this needle was found.
    pub(crate) fn needle(&self, index: usize) -> Option<&NeedleUse> {
        self.needles.get(&index)
    }
}
