//! Names behind which an app may hide (`catalogue/disguises.toml`), and phrases that tell what it
//! is for (`catalogue/covert_words.toml`).

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::Deserialize;

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
}

impl Disguises {
    /// Whether a label is one of them, whatever stands between its words.
    pub(crate) fn is_system_part(&self, label: &str) -> bool {
        self.system_parts.contains(&bare(label))
    }
}

/// The names this build carries.
pub(crate) fn disguises() -> &'static Disguises {
    static ALL: LazyLock<Disguises> = LazyLock::new(|| {
        let file: DisguiseFile =
            DISGUISES.read().unwrap_or_else(|error| panic!("a test holds it readable: {error}"));
        Disguises { system_parts: file.system_parts.iter().map(|name| bare(name)).collect() }
    });
    &ALL
}

/// Letters and digits alone, in small letters: "Wi-Fi Service" and "WiFi service" are one name.
fn bare(label: &str) -> String {
    label.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
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
}
