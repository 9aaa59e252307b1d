//! The words for phones, from `catalogue/warnings/`: a language is a file there and a line here.

use std::sync::LazyLock;

use unwatched_formats::feed::warnings::Warnings;

static LANGUAGES: LazyLock<Vec<Warnings>> = LazyLock::new(|| {
    [
        include_str!("../../../../catalogue/warnings/de.toml"),
        include_str!("../../../../catalogue/warnings/en.toml"),
        include_str!("../../../../catalogue/warnings/es.toml"),
    ]
    .into_iter()
    .map(|text| toml::from_str(text).expect("catalogue/warnings/ is well-formed"))
    .collect()
});

/// The words of every language.
pub fn languages() -> &'static [Warnings] {
    &LANGUAGES
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words that 00-vision and 08-safety forbid, in the languages there are.
    const NEVER: [&str; 16] = [
        "clean",
        "safe",
        "hacked",
        "infected",
        "remove now",
        "your partner",
        "your husband",
        "sauber",
        "sicher",
        "gehackt",
        "infiziert",
        "limpio",
        "segur",
        "hacke",
        "infectad",
        "virus",
    ];

    #[test]
    fn every_language_says_the_same_things_in_words_that_may_be_said() {
        let english = languages().iter().find(|words| words.language == "en").unwrap();
        assert!(
            ["stalkerware", "watchware", "dual_use", "disputed"]
                .iter()
                .all(|class| english.classes.contains_key(*class))
        );
        for words in languages() {
            let language = &words.language;
            assert!(words.classes.keys().eq(english.classes.keys()), "{language}");
            assert!(words.roles.keys().eq(english.roles.keys()), "{language}");
            assert_eq!(words.rules.len(), english.rules.len(), "{language}");
            for said in words.classes.values().chain(words.roles.values()) {
                assert!(said.discreet.chars().count() <= 60, "{language}: {}", said.discreet);
                let all = format!("{} {} {}", said.discreet, said.title, said.text).to_lowercase();
                for never in NEVER {
                    assert!(!all.contains(never), "{language}: {never:?} in {all}");
                }
            }
        }
    }
}
