//! What the flow says, per language: `catalogue/flow/`. A file that lacks anything, or holds more, is
//! found by this crate's tests; nothing falls back silently from one language to another.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::plan::Wording;

/// A language of the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "they are the codes of ISO 639-1")]
pub enum Language {
    En,
    De,
}

impl Language {
    /// All.
    pub const ALL: [Self; 2] = [Self::En, Self::De];

    /// For example `de`.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// The language of this code, or of one such as `de_DE.UTF-8` or `de-AT`.
    pub fn of(code: &str) -> Option<Self> {
        let first = code.split(['-', '_', '.']).next()?.to_ascii_lowercase();
        Self::ALL.into_iter().find(|language| language.code() == first)
    }
}

/// Which way a language is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From left to right.
    Ltr,
    /// From right to left.
    Rtl,
}

impl Direction {
    /// As HTML has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        }
    }
}

/// A question with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Stable.
    pub id: String,
    /// To be read aloud.
    pub ask: String,
    /// Why it is asked.
    pub why: String,
    /// What is said where the answer closes; empty where none does.
    #[serde(default)]
    pub otherwise: String,
}

/// What one screen says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScreenWords {
    /// Its heading.
    pub title: String,
    /// Its sentences.
    pub text: Vec<String>,
    /// What its buttons say, by the word of the act.
    pub acts: BTreeMap<String, String>,
}

/// Everything that is said in one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Its code.
    pub language: String,
    /// Its own name for itself.
    pub name: String,
    /// Which way it is written.
    pub direction: Direction,
    /// Who went over the words, and when; `none`.
    pub reviewed: String,
    pub(super) word: BTreeMap<String, String>,
    /// What is asked before a phone is connected.
    pub safety: Vec<Question>,
    /// What is asked at the checkpoint; empty in English, where `catalogue/checkpoint.toml` says it.
    #[serde(default)]
    pub(super) checkpoint: Vec<Question>,
    pub(super) screen: BTreeMap<String, ScreenWords>,
}

impl Words {
    /// What the catalogue says.
    pub fn of(language: Language) -> &'static Self {
        static ALL: LazyLock<Vec<Words>> = LazyLock::new(|| {
            let read = |language| match language {
                Language::En => include_str!("../../../../catalogue/flow/en.toml"),
                Language::De => include_str!("../../../../catalogue/flow/de.toml"),
            };
            let parsed =
                |language| toml::from_str(read(language)).expect("catalogue/flow holds it");
            Language::ALL.into_iter().map(parsed).collect()
        });
        &ALL[language as usize]
    }

    /// A word or a line of its own.
    pub fn word(&'static self, key: &str) -> &'static str {
        self.word.get(key).map_or("", String::as_str)
    }

    /// The names of every word and line.
    #[cfg(test)]
    pub(super) fn word_keys(&'static self) -> impl Iterator<Item = &'static str> {
        self.word.keys().map(String::as_str)
    }

    /// What a screen says.
    pub fn screen(&self, name: &str) -> &ScreenWords {
        &self.screen[name]
    }

    /// A question of the checkpoint, counted from 0.
    pub fn checkpoint(&self, at: usize) -> Question {
        if let Some(known) = self.checkpoint.get(at) {
            return known.clone();
        }
        let known = &Wording::here().questions()[at];
        let (id, ask) = (known.id.clone(), known.ask.clone());
        Question { id, ask, why: known.why.clone(), otherwise: known.otherwise.clone() }
    }

    /// Who went over the words, or `None` where nobody did.
    pub fn review(&self) -> Option<&str> {
        Some(self.reviewed.as_str()).filter(|by| *by != "none")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Screen;

    fn keys<T>(map: &BTreeMap<String, T>) -> Vec<&String> {
        map.keys().collect()
    }

    #[test]
    fn every_language_says_everything_and_nothing_more() {
        let english = Words::of(Language::En);
        let ids = |all: &[Question]| all.iter().map(|one| one.id.clone()).collect::<Vec<_>>();
        let checkpoint: Vec<_> =
            Wording::here().questions().iter().map(|one| one.id.clone()).collect();
        for language in Language::ALL {
            let words = Words::of(language);
            assert_eq!(words.language, language.code());
            assert_eq!(keys(&words.word), keys(&english.word), "{language:?}");
            assert_eq!(keys(&words.screen), keys(&english.screen), "{language:?}");
            assert_eq!(ids(&words.safety), ids(&english.safety), "{language:?}");
            if language != Language::En {
                assert_eq!(ids(&words.checkpoint), checkpoint, "{language:?}");
            }
            for (name, screen) in &words.screen {
                let other = &english.screen[name];
                assert_eq!(keys(&screen.acts), keys(&other.acts), "{language:?} {name}");
                assert_eq!(screen.text.len(), other.text.len(), "{language:?} {name}");
                let said = screen.text.iter().chain(screen.acts.values()).chain([&screen.title]);
                assert!(said.into_iter().all(|said| !said.trim().is_empty()), "{name}");
            }
            for (key, said) in &words.word {
                let slots = |text: &str| text.matches('{').count();
                assert!(!said.is_empty() && slots(said) == slots(&english.word[key]), "{key}");
            }
        }
    }

    #[test]
    fn every_screen_and_every_button_has_its_words() {
        let english = Words::of(Language::En);
        let mut used: Vec<&str> = Vec::new();
        for screen in Screen::all() {
            let words = english.screen(screen.name());
            used.push(screen.name());
            for act in [true, false].iter().flat_map(|case| screen.acts(*case)) {
                assert!(words.acts.contains_key(act.as_str()), "{screen:?} {act:?}");
            }
        }
        for name in english.screen.keys() {
            assert!(used.contains(&name.as_str()), "{name} is no screen");
        }
    }

    #[test]
    fn a_language_is_found_by_what_a_computer_says() {
        assert_eq!(Language::of("de_DE.UTF-8"), Some(Language::De));
        assert_eq!(Language::of("DE-at"), Some(Language::De));
        assert_eq!(Language::of("tlh"), None);
    }
}
