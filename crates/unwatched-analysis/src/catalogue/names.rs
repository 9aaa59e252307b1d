//! Names behind which an app may hide (`catalogue/disguises.toml`), and phrases that tell what it
//! is for (`catalogue/covert_words.toml`).

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;
use unicode_security::skeleton;

use super::CatalogueError;
use super::files::{COVERT_WORDS, DISGUISES};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CovertFile {
    language: Vec<CovertLanguage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CovertLanguage {
    code: String,
    phrases: Vec<String>,
}

/// Phrases of covert watching, of all languages.
pub(super) fn covert_words() -> Result<Vec<String>, CatalogueError> {
    let file: CovertFile = COVERT_WORDS.read()?;
    let mut codes = HashSet::new();
    for language in &file.language {
        let wrong = |what: String| {
            Err(CatalogueError { place: "catalogue/covert_words.toml".to_owned(), what })
        };
        if !codes.insert(&language.code) {
            return wrong(format!("language {:?} stands twice", language.code));
        }
        let short = |phrase: &&String| phrase.chars().count() < 4 && phrase.is_ascii();
        if let Some(phrase) = language.phrases.iter().find(short) {
            return wrong(format!("{phrase:?} is found everywhere; write a whole phrase"));
        }
    }
    Ok(file.language.into_iter().flat_map(|language| language.phrases).collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DisguiseFile {
    system_parts: Vec<String>,
    imitated: Vec<String>,
}

/// Names of parts of the system.
pub(crate) struct Disguises {
    system_parts: HashSet<String>,
    /// By the shapes of its letters.
    by_shape: HashMap<String, String>,
}

/// A shorter name is too often like another word.
const SHORTEST_IMITATED: usize = 6;
/// Whoever writes from right to left without these letters writes a word backwards.
const BACKWARDS: char = '\u{202e}';
const BACKWARDS_ENDS: [char; 3] = ['\u{202c}', '\u{202d}', '\u{2069}'];

impl Disguises {
    /// Whether a label is one of them, whatever stands between its words.
    pub(crate) fn is_system_part(&self, label: &str) -> bool {
        self.system_parts.contains(&bare(label))
    }

    /// The name that a label only looks like: letters of other alphabets, digits for letters, `rn`
    /// for `m`, `l` for `i`, accents, letters that are not seen, a word that stands backwards.
    pub(crate) fn imitates(&self, label: &str) -> Option<&str> {
        let seen = as_seen(label);
        let is_itself = seen == label && !label.trim().contains(is_hidden_between);
        let name = |label: &str| {
            shapes(label).iter().find_map(|shape| self.by_shape.get(shape)).map(String::as_str)
        };
        if is_itself && self.is_system_part(label) {
            return None;
        }
        // One word differs from one of another language by its accents alone.
        let with_accents = || name(&without_accents(&seen)).filter(|found| found.contains(' '));
        let found = name(&seen).or_else(|| name(&with_letters(&seen))).or_else(with_accents)?;
        // A name of which only the imitations count is one itself.
        (!is_itself || bare(label) != bare(found)).then_some(found)
    }
}

/// Whether nothing of a name is seen, or no more than a speck.
pub(crate) fn is_blank(label: &str) -> bool {
    const SPECKS: &str =
        ".,'`\u{b4}\u{b7}\u{2d9}\u{2018}\u{2019}\u{201a}\u{2024}\u{2027}\u{2219}\u{22c5}";
    let seen = label.chars().filter(|c| !is_unseen(*c));
    seen.clone().count() <= 2 && seen.clone().all(|c| SPECKS.contains(c))
}

/// Whether nothing is seen where this letter stands: spaces, what Unicode asks to leave out, and
/// two letters that are drawn empty.
fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d159}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a letter that is not seen has no use in a name: spaces have, and so have the joiners and
/// the marks of direction that some scripts need.
fn is_hidden_between(c: char) -> bool {
    let is_needed = matches!(c, '\u{200c}'..='\u{200f}' | '\u{61c}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{202a}'..='\u{202c}' | '\u{2066}'..='\u{2069}');
    is_unseen(c) && !c.is_whitespace() && !is_needed
}

/// A label in the order in which it is seen.
fn as_seen(label: &str) -> String {
    let Some((before, after)) = label.split_once(BACKWARDS) else { return label.to_owned() };
    let end = after.find(BACKWARDS_ENDS).unwrap_or(after.len());
    let (backwards, rest) = after.split_at(end);
    format!("{before}{}{rest}", backwards.chars().rev().collect::<String>())
}

/// Digits and signs that stand for letters, as letters.
fn with_letters(label: &str) -> String {
    let letter = |c| match c {
        '0' => 'o',
        '1' | '!' | '|' => 'l',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    label.chars().map(letter).collect()
}

fn without_accents(label: &str) -> String {
    skeleton(label).filter(|c| !matches!(c, '\u{300}'..='\u{36f}')).collect()
}

/// The names this build carries.
pub(crate) fn disguises() -> &'static Disguises {
    static ALL: LazyLock<Disguises> = LazyLock::new(|| {
        let file: DisguiseFile =
            DISGUISES.read().unwrap_or_else(|error| panic!("a test holds it readable: {error}"));
        let all = file.system_parts.iter().chain(&file.imitated);
        let long = all.filter(|name| bare(name).chars().count() >= SHORTEST_IMITATED);
        Disguises {
            by_shape: long
                .flat_map(|name| shapes(name).map(|shape| (shape, name.clone())))
                .collect(),
            system_parts: file.system_parts.iter().map(|name| bare(name)).collect(),
        }
    });
    &ALL
}

/// Letters and digits alone, in small letters: "Wi-Fi Service" and "WiFi service" are one name.
fn bare(label: &str) -> String {
    letters(label).flat_map(char::to_lowercase).collect()
}

fn letters(label: &str) -> impl Iterator<Item = char> {
    label.chars().filter(|c| c.is_alphanumeric() && !is_unseen(*c))
}

/// What its letters look like, as Unicode's list of confusable letters has it: of small letters,
/// and as it is written, where a large I is like a small l. A small i is taken for one as well.
fn shapes(label: &str) -> [String; 2] {
    let written: String = letters(label).collect();
    let thin = |c| if c == 'i' { 'l' } else { c };
    let small: String = skeleton(&bare(label)).map(thin).collect();
    let written: String = skeleton(&written).flat_map(char::to_lowercase).map(thin).collect();
    [format!("small {small}"), format!("written {written}")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_compared_whole() {
        let check = |label: &str, expected: bool| {
            assert_eq!(disguises().is_system_part(label), expected, "{label}");
        };
        check("System Service", true);
        check("WIFI  service", true);
        check("Wi-Fi Analyzer", false);
        check("Systemdienst", true);
        check("My System Services Tycoon", false);
        check("", false);
    }

    #[test]
    fn a_name_that_only_looks_like_one_is_told() {
        let check = |label: &str, expected: Option<&str>| {
            assert_eq!(disguises().imitates(label), expected, "{label}");
        };
        check("\u{405}ystem S\u{435}rvice", Some("System Service"));
        check("Systern Service", Some("System Service"));
        check("Sys\u{200b}tem Ser\u{ad}vice", Some("System Service"));
        check("G\u{3bf}ogle Play Services", Some("Google Play Services"));
        check("Goog1e Services", Some("Google Services"));
        check("lnternet Service", Some("Internet Service"));
        check("Google Play Servlces", Some("Google Play Services"));
        check("5ystem 5ervice", Some("System Service"));
        check("\u{202e}ecivreS metsyS", Some("System Service"));
        check("System \u{202e}ecivreS\u{202c}", Some("System Service"));
        check("System\u{3164}Service", Some("System Service"));
        check("Syst\u{e9}m S\u{e9}rvice", Some("System Service"));
        check("5ettings", Some("Settings"));
        check("Sett\u{456}ngs", Some("Settings"));
        check("C\u{e2}mera", None);
        check("WhatsApp", None);
        check("Settings", None);
        check("SETTINGS", None);
        check("Servico do Sistema", None);
        check("Wi-Fi 5", None);
        check("System Service", None);
        check("\u{411}\u{430}\u{442}\u{430}\u{440}\u{435}\u{44f}", None);
        check("Battery", None);
        check("Pi1", None);
        check("Modern Service", None);
    }

    #[test]
    fn a_name_of_which_nothing_is_seen_is_told() {
        for blank in ["", " ", "\u{3164}", "\u{2800}\u{2800}", "\u{200b}", ".", " ' ", "\u{ad}"] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for seen in ["X", "...", "-", "\u{3a9}", "\u{1f3b5}", "\u{6c34}", ". a", "\u{5d0}\u{200f}"]
        {
            assert!(!is_blank(seen), "{seen:?}");
        }
    }
}
