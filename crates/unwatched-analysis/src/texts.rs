//! What is looked for in texts, wherever they stand: addresses, and the catalogue's strings and
//! words. One search serves the code's strings and the resources'.

use std::collections::{BTreeMap, HashMap};

use unwatched_model::report::{Endpoint, EndpointMark};

use crate::catalogue::{Catalogue, EndpointRules, Rule};
use crate::endpoints;
use crate::findings::shortened;
use crate::hosts;
use crate::literals::Literals;

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

/// The catalogue's strings and words, compiled once.
#[derive(Debug)]
pub(crate) struct Needles {
    /// Strings first, then words.
    all: Vec<String>,
    first_word: usize,
    /// By the search's pattern, after the strings: which word it is a written form of.
    variants: Vec<usize>,
    /// The strings as they are, then the words' written forms in either case.
    search: Literals,
}

impl Needles {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let unique = |pick: fn(&Rule) -> &[String]| {
            let mut all: Vec<String> = rules.iter().flat_map(pick).cloned().collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        let mut all = unique(|rule| &rule.strings);
        let words = unique(|rule| &rule.words);
        let first_word = all.len();
        let mut forms: Vec<(String, usize)> = Vec::new();
        for (place, phrase) in words.iter().enumerate() {
            forms.extend(written_forms(phrase).into_iter().map(|form| (form, place)));
        }
        let (forms, variants): (Vec<String>, Vec<usize>) = forms.into_iter().unzip();
        let search = Literals::new(&all, &forms);
        all.extend(words);
        Self { all, first_word, variants, search }
    }

    /// The place of a string or word among all.
    pub(crate) fn index_of(&self, needle: &str) -> Option<usize> {
        self.all.iter().position(|known| *known == needle)
    }
}

/// What to look for in one app's texts.
#[derive(Debug)]
pub(crate) struct TextRules<'c> {
    needles: &'c Needles,
    endpoints: &'c EndpointRules,
    /// The package's own name: an app that mentions itself mentions no address.
    own_package: Option<String>,
}

impl<'c> TextRules<'c> {
    pub(crate) fn new(catalogue: &'c Catalogue, own_package: Option<String>) -> Self {
        Self { needles: &catalogue.needles, endpoints: &catalogue.endpoints, own_package }
    }

    /// Whether a closer look is worth it; most texts of a program are names of methods and fields,
    /// which hold nothing that is looked for.
    pub(crate) fn may_hold(&self, bytes: &[u8]) -> bool {
        memchr::memchr2(b'.', b':', bytes).is_some()
            || (memchr::memchr3(b'_', b' ', b'/', bytes).is_some()
                && self.needles.search.is_in(bytes))
            || (!bytes.is_ascii() && self.needles.search.is_in(bytes))
    }

    /// As [`Self::search`], in a text of a library or script: those name files on every side.
    pub(crate) fn search_beside_code(&self, text: &str) -> Vec<Found> {
        let mut found = self.search(text);
        found.retain(|one| match one {
            Found::Endpoint { kind: "domain", value } => {
                !endpoints::is_file_name(value, self.endpoints)
            }
            _ => true,
        });
        found
    }

    /// Everything that is found in `text`.
    pub(crate) fn search(&self, text: &str) -> Vec<Found> {
        let mut found = Vec::new();
        endpoints::search(text, self.endpoints, |kind, value| {
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
        let Needles { search, first_word, variants, .. } = self.needles;
        search.each_in(text.as_bytes(), |hit, start| {
            let Some(form) = hit.checked_sub(*first_word) else { return needle(hit) };
            let end = start + search.len_of(hit);
            let before = text[..start].chars().next_back();
            let after = text[end..].chars().next();
            let ends = text[start..end].chars();
            if !continues(before, ends.clone().next()) && !continues(after, ends.last()) {
                needle(first_word + variants[form]);
            }
        });
        found
    }
}

/// Whether a word goes on beyond the phrase; scripts that leave no space between words always do.
fn continues(beyond: Option<char>, end: Option<char>) -> bool {
    let unspaced = |c: char| {
        matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
            | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
    };
    beyond.is_some_and(char::is_alphanumeric) && !end.is_some_and(unspaced)
}

/// A phrase as it is written, at the start of a sentence and in capitals: the search knows both
/// cases of a to z alone.
fn written_forms(phrase: &str) -> Vec<String> {
    let mut forms = vec![phrase.to_owned()];
    if !phrase.is_ascii() {
        let mut letters = phrase.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        forms.extend([first + letters.as_str(), phrase.to_uppercase()]);
        forms.dedup();
    }
    forms
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
        let endpoint = |((kind, value), found): (&(&'static str, String), &(bool, String))| {
            let (library, place) = found;
            let hosts::Known { mut marks, tenant } = hosts::known(value);
            if *library {
                marks.push(EndpointMark::Library);
            }
            let (kind, value, place) = ((*kind).to_owned(), value.clone(), place.clone());
            Endpoint { kind, value, place, marks, tenant }
        };
        self.endpoints.iter().map(endpoint).collect()
    }

    /// Where this needle was found.
    pub(crate) fn needle(&self, index: usize) -> Option<&NeedleUse> {
        self.needles.get(&index)
    }
}
