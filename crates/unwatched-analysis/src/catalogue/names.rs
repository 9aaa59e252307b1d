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
}

/// Names of parts of the system.
pub(crate) struct Disguises {
    system_parts: HashSet<String>,
    /// By the shapes of its letters.
    by_shape: HashMap<String, String>,
}

/// A shorter name is too often like another word.
const SHORTEST_IMITATED: usize = 6;
/// Letters of which nothing is seen; not the joiners, which some scripts need.
const INVISIBLE: [char; 5] = ['\u{ad}', '\u{180e}', '\u{200b}', '\u{2060}', '\u{feff}'];

impl Disguises {
    /// Whether a label is one of them, whatever stands between its words.
    pub(crate) fn is_system_part(&self, label: &str) -> bool {
        self.system_parts.contains(&bare(label))
    }

    /// The name that a label only looks like: letters of other alphabets, `rn` for `m`, letters
    /// that are not seen.
    pub(crate) fn imitates(&self, label: &str) -> Option<&str> {
        let is_one = self.is_system_part(label);
        if is_one && !label.trim().contains(INVISIBLE) {
            return None;
        }
        shapes(label).iter().find_map(|shape| self.by_shape.get(shape)).map(String::as_str)
    }
}

/// The names this build carries.
pub(crate) fn disguises() -> &'static Disguises {
    static ALL: LazyLock<Disguises> = LazyLock::new(|| {
        let file: DisguiseFile =
            DISGUISES.read().unwrap_or_else(|error| panic!("a test holds it readable: {error}"));
        let long =
            file.system_parts.iter().filter(|name| bare(name).chars().count() >= SHORTEST_IMITATED);
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
    label.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What its letters look like, as Unicode's list of confusable letters has it: of small letters,
/// and as it is written, where a large I is like a small l.
fn shapes(label: &str) -> [String; 2] {
    let letters: String = label.chars().filter(|c| c.is_alphanumeric()).collect();
    let small: String = skeleton(&bare(label)).collect();
    let written: String = skeleton(&letters).flat_map(char::to_lowercase).collect();
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
        check("System Service", None);
        check("\u{411}\u{430}\u{442}\u{430}\u{440}\u{435}\u{44f}", None);
        check("Battery", None);
        check("Pi1", None);
        check("Modern Service", None);
    }
}
