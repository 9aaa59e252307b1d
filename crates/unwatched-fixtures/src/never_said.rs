//! `catalogue/never_said.toml`, read: what no output says. Every test of words asks here.

use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    language: Vec<Language>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    id: String,
    relief: Vec<String>,
    unnoticed: Vec<String>,
    blamed: Vec<String>,
    pressed: Vec<String>,
}

impl Language {
    fn all(&self) -> impl Iterator<Item = &str> {
        let lists = [&self.relief, &self.unnoticed, &self.blamed, &self.pressed];
        lists.into_iter().flatten().map(String::as_str)
    }
}

static LANGUAGES: LazyLock<Vec<Language>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../../../catalogue/never_said.toml"))
        .expect("catalogue/never_said.toml is well-formed");
    file.language
});

/// The first thing in a text of this language that is never said, with some of what stands around
/// it.
///
/// # Panics
///
/// Where the list has no such language: words in it cannot be gone over.
pub fn found_in(text: &str, language: &str) -> Option<String> {
    let language = LANGUAGES.iter().find(|one| one.id == language);
    let language = language.expect("catalogue/never_said.toml has the language");
    // A line may break in the middle of a phrase.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    language.all().find_map(|phrase| {
        let at = text.match_indices(phrase).find(|(at, _)| is_whole(&text, *at, phrase.len()))?.0;
        let before = text[..at].char_indices().rev().nth(60).map_or(0, |(at, _)| at);
        let after = text[at..].char_indices().nth(100).map_or(text.len(), |(more, _)| at + more);
        Some(format!("{phrase:?} in \"{}\"", &text[before..after]))
    })
}

fn is_whole(text: &str, at: usize, length: usize) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    !text[..at].ends_with(is_word) && !text[at + length..].starts_with(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_found_wherever_a_line_breaks() {
        for said in [
            "The phone is clean.",
            "This goes\n    unnoticed",
            "It is Safe now",
            "They will not\nnotice it",
            "what the abuser sees",
            "Remove it\tnow!",
        ] {
            assert!(found_in(said, "en").is_some(), "{said}");
        }
        for said in ["A safety plan", "unsafe", "stalkerware", "ACCESS_FINE_LOCATION", "cleaner"] {
            assert_eq!(found_in(said, "en"), None);
        }
    }

    #[test]
    fn what_is_listed_can_be_found() {
        for language in LANGUAGES.iter() {
            for phrase in language.all() {
                assert!(found_in(&format!("It is {phrase}, or so."), &language.id).is_some());
                assert_eq!(phrase, phrase.to_lowercase());
            }
        }
    }

    #[test]
    #[should_panic(expected = "has the language")]
    fn a_language_without_a_list_cannot_be_gone_over() {
        let _ = found_in("Dit is een zin.", "nl");
    }
}
