//! Whom an app was built for, where its label or its version says so: a name, a number, beyond what
//! labels and versions look like.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::given_names::{begins_with_given_name, is_given_name};
use super::labels::{FOR_WHOM, NOT_PERSONS, VERSION_WORDS};
use super::nobody::{IN_GENERAL, SOMEWHERE};
use super::words::{PATH_WORDS, PERSONS, holds};
use super::{Found, Masked};

/// No telephone number that is looked for here has fewer.
const LEAST_DIGITS: usize = 9;

/// A number as people write their own, and as neither a version nor a date is written.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    let number = r"(?:\+|00?[1-9])[0-9 ()/-]{6,18}[0-9]|[2-9][0-9]{2}[- ][0-9]{3}[- ][0-9]{4}";
    regex(&format!(r"(?<before>^|[^0-9A-Za-z.+])(?<v>{number})(?<after>$|[^0-9A-Za-z.])"))
});

static FOR_NAME: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"\b(?<before>(?i:for) )(?<v>\p{Lu}[\p{L}'’-]+(?: \p{Lu}[\p{L}'’.-]*){0,2})(?<after>)")
});

static NAMES_PHONE: LazyLock<Regex> = LazyLock::new(|| {
    let things = "phone|iphone|mobile|cell|smartphone|tablet|ipad|galaxy|pixel|handy|device";
    let kinds = "old|new|work|second|samsung|huawei|xiaomi";
    regex(&format!(
        r"(?<before>^|\P{{L}})(?<v>\p{{Lu}}\p{{L}}+)(?<after>['’]s (?i:(?:{kinds}) )?(?i:{things})\b)"
    ))
});

fn regex(written: &str) -> Regex {
    Regex::new(written).expect("a test compiles it")
}

/// A label without the person that it names; `None` when it names none.
pub fn mask_label(label: &str, found: &mut Found) -> Option<String> {
    let mut out = label.to_owned();
    let mut changed = mask_numbers(&mut out, found);
    // Compiled only for a label that can hold it.
    if label.split(' ').any(|word| word.eq_ignore_ascii_case("for")) {
        changed |= replace(&FOR_NAME, Masked::Name, is_person, &mut out, found);
    }
    if label.contains(['\'', '’']) {
        changed |= replace(&NAMES_PHONE, Masked::Name, is_person, &mut out, found);
    }
    if let Some(masked) = mask_given_names(&out, found) {
        out = masked;
        changed = true;
    }
    changed.then_some(out)
}

/// A version's name without what no version's name is made of; `None` when it is all of that.
pub fn mask_version(version: &str, found: &mut Found) -> Option<String> {
    let mut numbered = version.to_owned();
    let mut changed = mask_numbers(&mut numbered, found);
    let mut out = String::with_capacity(numbered.len());
    // Names of several words become one.
    let mut name = String::new();
    let mut after_for = false;
    for word in numbered.split_inclusive(char::is_whitespace) {
        let has_number = word.contains(|c: char| c.is_ascii_digit());
        let is_reference = word.starts_with(['@', '%', '$', '?']);
        for piece in word.split_inclusive(parts_words) {
            let bare = piece.trim_end_matches(parts_words);
            if bare.is_empty() && !name.is_empty() {
                name.push_str(piece);
                continue;
            }
            let is_flavour = !after_for && name.is_empty() && is_flavour(bare, has_number);
            if is_reference || is_flavour || is_of_version(bare) {
                end_name(&mut name, &mut out, found);
                out.push_str(piece);
            } else {
                name.push_str(piece);
                changed = true;
            }
            after_for = holds(FOR_WHOM, bare) || (after_for && bare.is_empty());
        }
    }
    end_name(&mut name, &mut out, found);
    changed.then_some(out)
}

fn mask_numbers(text: &mut String, found: &mut Found) -> bool {
    digits(text) >= LEAST_DIGITS && replace(&NUMBER, Masked::Phone, is_number, text, found)
}

fn parts_words(c: char) -> bool {
    c.is_whitespace() || "()[],;:\"'.!-_+/|".contains(c)
}

/// Writes what stands for a name, and what stood behind its last letter.
fn end_name(name: &mut String, out: &mut String, found: &mut Found) {
    let bare = name.trim_end_matches(parts_words);
    if !bare.is_empty() {
        found.add(Masked::Name, bare);
        out.push_str(Masked::Name.placeholder());
        out.push_str(&name[bare.len()..]);
    }
    name.clear();
}

/// Whether a version's name may hold such a word: a number with what is tied to it, a word of
/// versions, or what stands for something masked.
fn is_of_version(word: &str) -> bool {
    word.is_empty()
        || word.starts_with('{')
        || word.ends_with('}')
        || word.contains(|c: char| c.is_ascii_digit())
        || holds(VERSION_WORDS, word)
}

/// A mark of few letters, or what a build tool ties to the number: `1.4-github`, `2.0-Oreo`.
fn is_flavour(piece: &str, has_number: bool) -> bool {
    let is_short = piece.len() <= 3 && piece.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_person = is_given_name(piece) || begins_with_given_name(piece);
    is_short || (has_number && !is_person && (parts_of(piece).len() < 2 || !starts_upper(piece)))
}

fn is_number(text: &str) -> bool {
    (LEAST_DIGITS..=15).contains(&digits(text))
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// Capitalised words none of which is a product, a platform or a kind of people.
fn is_person(text: &str) -> bool {
    text.split(' ').all(|word| {
        let is_brand =
            word.chars().skip(1).any(char::is_uppercase) && !word.contains(['\'', '’', '-']);
        !is_brand && !is_nobody(word)
    })
}

fn is_nobody(word: &str) -> bool {
    NOT_PERSONS.contains(&word) || SOMEWHERE.contains(&word) || IN_GENERAL.contains(&word)
}

/// Words after which a given name is somebody's, in an app's name.
const WHOSE: &[&str] = &[
    "für",
    "fuer",
    "for",
    "find",
    "finde",
    "follow",
    "following",
    "locate",
    "monitor",
    "monitoring",
    "para",
    "per",
    "pour",
    "spy",
    "spying",
    "track",
    "tracker",
    "tracking",
    "voor",
    "watch",
    "watching",
    "where's",
    "для",
];
/// Words before which it is: things of one person.
const THINGS: &[&str] = &[
    "android",
    "calls",
    "cell",
    "chats",
    "device",
    "galaxy",
    "gps",
    "handy",
    "ipad",
    "iphone",
    "location",
    "messages",
    "mobile",
    "movil",
    "móvil",
    "phone",
    "photos",
    "pixel",
    "smartphone",
    "sms",
    "tablet",
    "telefon",
    "telefono",
    "teléfono",
    "téléphone",
    "tracker",
    "tracking",
    "watch",
];
/// Between such a thing and its owner.
const OF: &[&str] = &["da", "de", "di", "do", "of", "van", "von"];

/// A label without the given names in it that stand beside such a word.
fn mask_given_names(label: &str, found: &mut Found) -> Option<String> {
    let words = words_of(label);
    let word = |at: usize| words.get(at).map_or("", |(_, word)| *word);
    let mut out = String::with_capacity(label.len());
    let mut kept = 0;
    let mut at = 0;
    while at < words.len() {
        let (from, whole) = words[at];
        let name = owner(whole);
        let before = at.checked_sub(1).map_or("", word);
        let is_owned = holds_any(THINGS, word(at + 1))
            || (holds_any(OF, before) && at >= 2 && holds_any(THINGS, word(at - 2)));
        if is_given_name(name) && (is_owned || holds_any(WHOSE, before)) {
            let mut end = from + name.len();
            // A second name follows the first one.
            while name == whole && is_surname(word(at + 1)) && !holds_any(THINGS, word(at + 1)) {
                at += 1;
                end = words[at].0 + words[at].1.len();
            }
            found.add(Masked::Name, &label[from..end]);
            out.push_str(&label[kept..from]);
            out.push_str(Masked::Name.placeholder());
            kept = end;
        }
        at += 1;
    }
    (kept > 0).then(|| out + &label[kept..])
}

/// The words of a label, and where each begins.
fn words_of(label: &str) -> Vec<(usize, &str)> {
    let is_of_word = |c: char| c.is_alphabetic() || c == '\'' || c == '’';
    let mut words = Vec::new();
    let mut begin = None;
    for (at, c) in label.char_indices().chain([(label.len(), ' ')]) {
        match (begin, is_of_word(c)) {
            (None, true) => begin = Some(at),
            (Some(from), false) => {
                words.push((from, &label[from..at]));
                begin = None;
            }
            _ => {}
        }
    }
    words
}

/// Whose something is: "Emma's", "Emmas".
fn owner(word: &str) -> &str {
    let bare = word.split(['\'', '’']).next().unwrap_or_default();
    match bare.strip_suffix('s') {
        Some(short) if !is_given_name(bare) && is_given_name(short) => short,
        _ => bare,
    }
}

fn is_surname(word: &str) -> bool {
    starts_upper(word) && word.chars().skip(1).all(char::is_lowercase) && !is_nobody(word)
}

fn holds_any(list: &[&str], word: &str) -> bool {
    !word.is_empty() && list.contains(&word.to_lowercase().as_str())
}

/// Whether a segment or fragment names a person by a given name: `emma`, `jane.doe`, `janedoe`.
pub(super) fn is_by_given_name(text: &str) -> bool {
    let parts = parts_of(text);
    let first = parts.first().copied().unwrap_or_default();
    let is_word = |part: &&str| part.chars().all(char::is_alphabetic);
    is_given_name(first) && (1..=3).contains(&parts.len()) && parts.iter().all(is_word)
}

/// Whether a segment of a path is written as people are called: `JaneDoe`, `jane.doe`, `Jane%20Doe`.
pub(super) fn is_written_as_name(segment: &str) -> bool {
    let parts = parts_of(segment);
    let is_parted = segment.contains(['.', ' ', '_']) || starts_upper(segment);
    (2..=3).contains(&parts.len())
        && is_parted
        && parts
            .iter()
            .all(|part| part.chars().all(char::is_alphabetic) && part.chars().count() > 1)
        && !is_of_programs(segment)
}

/// `main.js` is a file, `jane.doe` may be one.
fn is_file(segment: &str) -> bool {
    const ENDS: [&str; 28] = [
        "apk", "asp", "aspx", "bin", "cfg", "cgi", "css", "csv", "dat", "db", "do", "gif", "gz",
        "htm", "html", "ico", "jar", "jpg", "js", "json", "jsp", "mp3", "pdf", "php", "png", "svg",
        "txt", "xml",
    ];
    segment.rsplit_once('.').is_some_and(|(_, end)| holds(&ENDS, end))
}

/// Whether a segment is a word of programs, a file, or has such a word in it.
pub(super) fn is_of_programs(segment: &str) -> bool {
    let is_word = |part: &&str| holds(PATH_WORDS, part) || holds(PERSONS, part);
    is_file(segment) || parts_of(segment).iter().any(is_word)
}

fn starts_upper(text: &str) -> bool {
    text.starts_with(char::is_uppercase)
}

/// The words of a segment: parted by marks, and where a capital follows a small letter.
fn parts_of(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for word in text.split(['.', '-', '_', ' ', '~']).filter(|word| !word.is_empty()) {
        let mut from = 0;
        let mut last_is_small = false;
        for (at, c) in word.char_indices() {
            if c.is_uppercase() && last_is_small {
                parts.push(&word[from..at]);
                from = at;
            }
            last_is_small = c.is_lowercase();
        }
        parts.push(&word[from..]);
    }
    parts
}

/// Replaces the group `v` wherever it is one.
fn replace(
    pattern: &Regex,
    kind: Masked,
    is_one: fn(&str) -> bool,
    text: &mut String,
    found: &mut Found,
) -> bool {
    let mut changed = false;
    let masked = pattern.replace_all(text, |all: &Captures<'_>| {
        if !is_one(&all["v"]) {
            return all[0].to_owned();
        }
        changed = true;
        found.add(kind, &all["v"]);
        format!("{}{}{}", &all["before"], kind.placeholder(), &all["after"])
    });
    if changed {
        *text = masked.into_owned();
    }
    changed
}
