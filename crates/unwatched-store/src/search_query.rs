//! What somebody asked of search, read into words, keys and fields. Nothing here looks anything up.
//!
//! ```text
//! com.watch*  kind:sample  state:failed  year:2025  tlp:amber  "a phrase"  package:com.x*
//! ```
//! A word is found by its beginning too; a word with `*`, or six hexadecimal digits and more, also
//! finds whole values (hashes, packages, hosts) that begin with it.

use std::collections::HashSet;

use unwatched_model::indicator::IndicatorKind;
use unwatched_model::tlp::Tlp;

use crate::columns::key;
use crate::search::HitKind;

const WORDS_ASKED: usize = 16;
const FIELDS_ASKED: usize = 8;
const MAX_WORD_CHARS: usize = 80;
const MAX_KEY_CHARS: usize = 300;
/// Fewer digits begin too many hashes to be meant as the beginning of one.
const HASH_BEGINS: usize = 6;
/// Stands before a word that is no word of a text but says what a thing is. No text has it: it is
/// neither letter nor digit.
pub(crate) const TAG: char = '§';
/// Stands in front of keys that are one partner's only.
const OWN: char = '\u{1f}';

/// A question, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The forms in which the whole text may stand as a key.
    keys: Vec<String>,
    /// The whole text, as a key.
    whole: String,
    /// What a key may begin with: from, and below.
    range: Option<(String, String)>,
    /// Every one of these is in the text, as a word or its beginning.
    pub(crate) words: Vec<String>,
    /// Words that follow each other.
    pub(crate) phrases: Vec<String>,
    /// What the thing is.
    pub(crate) tags: Vec<String>,
    pub(crate) kind: Option<HitKind>,
    pub(crate) year: Option<i16>,
    /// The TLP that the own partner gave.
    pub(crate) own_tlp: Option<Tlp>,
    pub(crate) typed: Vec<Typed>,
    /// Families, by their ids: which samples are said to be of them depends on who asks.
    pub(crate) families: Vec<String>,
    /// A field with a value that nothing has.
    pub(crate) impossible: bool,
}

/// A value of a certain kind, by its whole or its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) what: TypedKind,
    pub(crate) from: String,
    pub(crate) below: String,
}

/// Which values a field compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TypedKind {
    Package,
    Certificate,
}

impl Asked {
    pub(crate) fn read(q: &str) -> Self {
        let mut asked = Self::default();
        let mut free = Vec::new();
        let mut fields = 0;
        for term in terms(q) {
            match term {
                Term::Phrase(text) => {
                    let phrase = sequence(&text, WORDS_ASKED).join(" ");
                    if !phrase.is_empty() {
                        asked.phrases.push(phrase);
                    }
                    free.push(text);
                }
                Term::Word(word) => match field(&word) {
                    Some((name, value)) if fields < FIELDS_ASKED => {
                        fields += 1;
                        asked.field(name, value);
                    }
                    _ => free.push(word),
                },
            }
        }
        asked.free(&free);
        asked
    }

    /// Whether there is anything to look for.
    pub(crate) fn is_nothing(&self) -> bool {
        self.impossible || *self == Self::default()
    }

    /// Whether words or tags are to be looked for: a value in a field is found by its key.
    pub(crate) fn has_words(&self) -> bool {
        !self.words.is_empty() || self.typed.is_empty() || self.range().is_none()
    }

    /// What keys begin with, where going along them is quick. With a field beside it that keeps
    /// little, most of them would be passed over: words and tags find the same from the other
    /// end. Few hashes begin alike, so they are gone along in any case.
    pub(crate) fn range(&self) -> Option<&(String, String)> {
        let is_narrowed = !self.tags.is_empty() || self.own_tlp.is_some();
        let is_digest = |range: &&(String, String)| hexadecimal(&range.0).is_some();
        self.range.as_ref().filter(|range| !is_narrowed || is_digest(range))
    }

    /// The forms in which the whole text may stand as a key, that of the partner's own included.
    pub(crate) fn keys(&self, partner: &str) -> Vec<String> {
        let own = (!self.keys.is_empty()).then(|| own_key(partner, &self.whole));
        self.keys.iter().cloned().chain(own).collect()
    }

    fn free(&mut self, free: &[String]) {
        let text = free.join(" ");
        self.words = words(&text, WORDS_ASKED);
        if self.words.is_empty() {
            // Only a field's value is a key then.
            if let Some(Typed { from, below, .. }) = self.typed.first() {
                self.range = Some((from.clone(), below.clone()));
            }
            self.phrases.clear();
            return;
        }
        let text = text.trim();
        self.keys = keys_asked(text.trim_end_matches('*'));
        self.whole = exact_key(text);
        let single = !text.contains(char::is_whitespace);
        let beginning = text.strip_suffix('*').map(str::to_owned).or_else(|| hexadecimal(text));
        if let Some(beginning) = beginning.filter(|beginning| single && beginning.len() > 1) {
            self.range = Some(range(&hexadecimal(&beginning).unwrap_or(beginning)));
        }
    }

    fn field(&mut self, name: &str, value: &str) {
        let value = key(value);
        match name {
            "kind" => match HitKind::ALL.into_iter().find(|kind| kind.as_str() == value) {
                Some(kind) if self.kind.is_none_or(|other| other == kind) => self.kind = Some(kind),
                _ => self.impossible = true,
            },
            "year" => match value.parse() {
                Ok(year @ 1971..=9998) => {
                    self.year = Some(year);
                    self.tags.push(tag("year", &value));
                }
                _ => self.impossible = true,
            },
            "tlp" => match Tlp::ALL.into_iter().find(|tlp| key(tlp.as_str()) == value) {
                Some(tlp) => self.own_tlp = Some(tlp),
                None => self.impossible = true,
            },
            "package" => self.typed(TypedKind::Package, &value),
            "certificate" => {
                let digits = value.replace(':', "");
                self.typed(TypedKind::Certificate, &digits);
            }
            "family" => {
                self.tags.push(tag(name, &value));
                self.families.push(value);
            }
            _ => self.tags.push(tag(name, &value)),
        }
    }

    fn typed(&mut self, what: TypedKind, value: &str) {
        let (from, below) = match value.strip_suffix('*') {
            Some(beginning) => range(beginning),
            // A value and everything below the next: itself only.
            None => (exact_key(value), format!("{}\0", exact_key(value))),
        };
        self.typed.push(Typed { what, from, below: below.replace('\0', "\u{1}") });
    }
}

/// Names of fields that hold what a thing is, each a facet too.
const FIELDS: [&str; 10] = [
    "kind",
    "state",
    "format",
    "platform",
    "type",
    "year",
    "tlp",
    "package",
    "certificate",
    "family",
];

/// Whether a word of a query limits what is found, as `kind:sample` does.
pub fn is_limit(word: &str) -> bool {
    field(word).is_some()
}

fn field(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once(':')?;
    FIELDS
        .into_iter()
        .find(|known| name.eq_ignore_ascii_case(known))
        .map(|known| (known, value))
        .filter(|(_, value)| !value.is_empty() && !value.starts_with("//"))
}

enum Term {
    Word(String),
    Phrase(String),
}

/// Parts a query at white space; what stands in quotes stays together.
fn terms(q: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    for (number, part) in q.split('"').enumerate() {
        if number % 2 == 1 {
            terms.push(Term::Phrase(part.to_owned()));
        } else {
            terms.extend(part.split_whitespace().map(|word| Term::Word(word.to_owned())));
        }
    }
    terms
}

/// A word that says what a thing is.
pub(crate) fn tag(name: &str, value: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c } else { TAG };
    let value: String = value.chars().take(MAX_WORD_CHARS).map(plain).collect();
    format!("{TAG}{name}{TAG}{}", value.to_lowercase())
}

/// The tag of what a partner shares under a TLP: asked for by that partner only.
pub(crate) fn own_tag(partner: &str, tlp: Tlp) -> String {
    tag(&tag("own", partner), tlp.as_str())
}

/// What a tag says, when it is of this name.
pub(crate) fn tagged<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.strip_prefix(TAG)?.strip_prefix(name)?.strip_prefix(TAG)
}

/// A key by which one partner finds a thing, and nobody else.
pub(crate) fn own_key(partner: &str, value: &str) -> String {
    format!("{OWN}{partner}{OWN}{}", exact_key(value))
}

/// The words of a text: runs of letters and digits in lower case, each once.
pub(crate) fn words(text: &str, most: usize) -> Vec<String> {
    let mut seen = HashSet::new();
    every_word(text).filter(|word| seen.insert(word.clone())).take(most).collect()
}

/// The words of a text as they follow each other.
pub(crate) fn sequence(text: &str, most: usize) -> Vec<String> {
    every_word(text).take(most).collect()
}

fn every_word(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(|word| {
        // Lower case can bring a combining mark with it, which is no letter.
        let lower = word.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric());
        lower.take(MAX_WORD_CHARS).collect()
    })
}

/// A value as a key: whatever its case, and not longer than an index can hold.
pub(crate) fn exact_key(value: &str) -> String {
    key(value).chars().filter(|c| *c != OWN && *c != '\0').take(MAX_KEY_CHARS).collect()
}

/// Every key that begins with this.
fn range(beginning: &str) -> (String, String) {
    let from = exact_key(beginning);
    let below = format!("{from}\u{10ffff}");
    (from, below)
}

/// The beginning of a digest, without the colons that certificates are shown with.
fn hexadecimal(text: &str) -> Option<String> {
    let digits = text.replace(':', "");
    let is_digest =
        (HASH_BEGINS..=64).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_hexdigit());
    is_digest.then_some(digits)
}

/// Every form in which what was asked may stand as a key: as it is, and as each kind of
/// indicator would write it. A pattern is its own form and is not compiled here.
fn keys_asked(q: &str) -> Vec<String> {
    let normalised = IndicatorKind::ALL
        .into_iter()
        .filter(|kind| *kind != IndicatorKind::CertificateCommonNamePattern)
        .filter_map(|kind| kind.normalise(q).ok());
    let mut keys: Vec<_> =
        normalised.chain([q.replace('\0', " ")]).map(|v| exact_key(&v)).collect();
    keys.sort();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_and_digits() {
        let check = |text: &str, expected: &[&str]| assert_eq!(words(text, 8), expected);
        check("com.Watch-Alpha  watch", &["com", "watch", "alpha"]);
        check("\"' OR 1=1; -- *", &["or", "1"]);
        check("Шпион راقب", &["шпион", "راقب"]);
        check("İstanbul", &["istanbul"]);
        check("!?*\"()", &[]);
    }

    #[test]
    fn a_certificate_is_found_with_or_without_colons() {
        let colons = "7F:5C:0D:54:A8:13:BA:9B:87:A9:14:20:CA:2C:3D:E5:E7:94:8F:09";
        let plain = "7f5c0d54a813ba9b87a91420ca2c3de5e7948f09";
        assert!(keys_asked(colons).contains(&plain.to_owned()));
        let begins = Asked::read("7F:5C:0D:54").range.unwrap().0;
        assert_eq!(begins, "7f5c0d54");
    }

    #[test]
    fn fields_say_what_a_thing_is() {
        let asked = Asked::read("kind:sample state:failed Year:2025 \"reads text\" spy");
        assert_eq!(asked.kind, Some(HitKind::Sample));
        assert_eq!(asked.tags, ["§state§failed", "§year§2025"]);
        assert_eq!(asked.words, ["reads", "text", "spy"]);
        assert_eq!(asked.phrases, ["reads text"]);
        assert!(Asked::read("kind:nothing").is_nothing());
        assert!(Asked::read("kind:sample kind:family spy").is_nothing());
        assert_eq!(Asked::read("https://a.example/b").tags, [""; 0]);
        assert_eq!(Asked::read("package:com.x*").range.unwrap().0, "com.x");
    }

    #[test]
    fn nobody_asks_by_tags_or_keys_of_others() {
        let of_another = own_tag("alpha", Tlp::Red);
        assert!(!Asked::read(&of_another).words.contains(&of_another));
        assert!(!Asked::read(&own_key("alpha", "x.apk")).keys.iter().any(|key| key.contains(OWN)));
        for field in ["platform", "state"] {
            let asked = Asked::read(&format!("{field}:{of_another}"));
            assert!(!asked.tags.contains(&of_another));
        }
    }
}
