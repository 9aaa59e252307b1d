//! A code item as the catalogue's editor writes it: a text, or a table that asks for more. What it
//! means is told at the head of `catalogue/capabilities.toml`; `code` compiles it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

/// One thing that code may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodePattern {
    /// `a.b.Class->method` and its like.
    Plain(String),
    /// A call under conditions, or several things that one class does.
    Table(Box<CodeTable>),
}

/// What a table may ask.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CodeTable {
    /// The call that this is about; one of several is enough.
    pub call: Listed<String>,
    /// An argument is one of these numbers.
    pub constant: Vec<i64>,
    /// Which argument `constant` is about, the first being 1, without `this`.
    pub argument: Option<usize>,
    /// Numbers that several arguments hold at once, by their places.
    pub arguments: BTreeMap<String, Vec<i64>>,
    /// Which argument is no number that the code holds, the first being 1.
    pub unknown: Option<usize>,
    /// A text that is an argument, or is loaded shortly before the call.
    pub text: Vec<String>,
    /// `extends a.b.Class`: who must make the call, or call the class that makes it.
    pub from: Listed<String>,
    /// `extends a.b.Class`: who must not.
    pub not_from: Listed<String>,
    /// `launcher_entry`: the method that makes the call also names an entry among the apps;
    /// `unnamed`: it names no component of the app, and has no other number for the argument.
    pub about: Option<String>,
    /// Which argument is an interval of time, the first being 1; it is kept.
    pub period: Option<usize>,
    /// In which unit it is: `milliseconds`, `seconds`, `from_now` for milliseconds that are added
    /// to the time, or `beside` for a `TimeUnit` that the method names.
    pub unit: Option<String>,
    /// A shorter interval, where it stands in the code, does not count.
    pub shortest_seconds: Option<u64>,
    /// Whether the interval must stand in the code.
    pub written: bool,
    /// The method that makes the call has one of these names.
    pub inside: Listed<String>,
    /// Whether the call stands in a loop.
    pub in_loop: bool,
    /// `extends a.b.Class`: which class must not make the call itself.
    pub not_in: Listed<String>,
    /// Texts that the code loads; one is enough.
    pub says: Vec<String>,
    /// What one class does.
    pub same_class: Vec<CodePattern>,
    /// How many of `same_class` are enough; without it, all.
    pub at_least: Option<usize>,
    /// The method that a class defines and that returns one of `returns`.
    pub overrides: Option<String>,
    /// See `overrides`.
    pub returns: Vec<i64>,
}

/// One, or a list of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Listed<T> {
    /// Written without brackets.
    One(T),
    /// Written as a list.
    Many(Vec<T>),
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<T> Listed<T> {
    /// All of them.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }
}

impl<'de> Deserialize<'de> for CodePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = CodePattern;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a code item: a text or an inline table")
            }

            fn visit_str<E>(self, text: &str) -> Result<CodePattern, E> {
                Ok(CodePattern::Plain(text.to_owned()))
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<CodePattern, M::Error> {
                CodeTable::deserialize(MapAccessDeserializer::new(map))
                    .map(|table| CodePattern::Table(Box::new(table)))
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// As it is written in the catalogue.
impl fmt::Display for CodePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(text) => f.write_str(text),
            Self::Table(table) => write!(f, "{{ {} }}", table.parts().join(", ")),
        }
    }
}

impl CodeTable {
    fn parts(&self) -> Vec<String> {
        let listed = |name: &str, listed: &Listed<String>| match listed.as_slice() {
            [] => None,
            [one] => Some(format!("{name} = {one:?}")),
            many => Some(format!("{name} = {many:?}")),
        };
        let numbers = |name: &str, numbers: &[i64]| {
            (!numbers.is_empty()).then(|| format!("{name} = {numbers:?}"))
        };
        let places: Vec<String> =
            self.arguments.iter().map(|(place, held)| format!("{place} = {held:?}")).collect();
        let together: Vec<String> = self
            .same_class
            .iter()
            .map(|part| match part {
                CodePattern::Plain(text) => format!("{text:?}"),
                CodePattern::Table(_) => part.to_string(),
            })
            .collect();
        let parts = [
            listed("call", &self.call),
            (!self.says.is_empty()).then(|| format!("says = {:?}", self.says)),
            numbers("constant", &self.constant),
            self.argument.map(|place| format!("argument = {place}")),
            (!places.is_empty()).then(|| format!("arguments = {{ {} }}", places.join(", "))),
            self.unknown.map(|place| format!("unknown = {place}")),
            (!self.text.is_empty()).then(|| format!("text = {:?}", self.text)),
            self.about.as_ref().map(|about| format!("about = {about:?}")),
            self.period.map(|place| format!("period = {place}")),
            self.unit.as_ref().map(|unit| format!("unit = {unit:?}")),
            listed("from", &self.from),
            listed("not_from", &self.not_from),
            listed("not_in", &self.not_in),
            self.shortest_seconds.map(|least| format!("shortest_seconds = {least}")),
            self.written.then(|| "written = true".to_owned()),
            listed("inside", &self.inside),
            self.in_loop.then(|| "in_loop = true".to_owned()),
            (!together.is_empty()).then(|| format!("same_class = [{}]", together.join(", "))),
            self.at_least.map(|least| format!("at_least = {least}")),
            self.overrides.as_ref().map(|method| format!("overrides = {method:?}")),
            numbers("returns", &self.returns),
        ];
        parts.into_iter().flatten().collect()
    }
}

/// A text to look for: the whole one, or with a `*` at an end, a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextPattern {
    pub(crate) bytes: Vec<u8>,
    pub(crate) open_start: bool,
    pub(crate) open_end: bool,
}

impl TextPattern {
    pub(crate) fn new(written: &str) -> Self {
        let (written, open_start) = match written.strip_prefix('*') {
            Some(rest) => (rest, true),
            None => (written, false),
        };
        let (written, open_end) = match written.strip_suffix('*') {
            Some(rest) => (rest, true),
            None => (written, false),
        };
        Self { bytes: written.as_bytes().to_vec(), open_start, open_end }
    }

    pub(crate) fn is_whole(&self) -> bool {
        !self.open_start && !self.open_end
    }

    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        match (self.open_start, self.open_end) {
            (false, false) => text == self.bytes,
            (false, true) => text.starts_with(&self.bytes),
            (true, false) => text.ends_with(&self.bytes),
            (true, true) => memchr::memmem::find(text, &self.bytes).is_some(),
        }
    }
}
