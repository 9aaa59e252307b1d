//! The catalogue's code items, compiled so that a DEX's ids can be looked up in one step.
//!
//! An item is written as one of
//! - `a.b.Class->method`: a call, also through a class that extends it;
//! - `overrides a.b.Class->method`: a class that extends it and defines the method, or a call;
//! - `extends a.b.Class`: a class that extends it;
//! - `uses a.b.Class`: any reference to the class; a `*` at the end stands for anything.

use std::collections::HashMap;

use super::{CatalogueError, Rule};

/// What the catalogue asks about one class.
#[derive(Debug, Default)]
pub(crate) struct Interest {
    /// By method name.
    pub(crate) methods: HashMap<Vec<u8>, usize>,
    /// By method name, for classes that extend this one.
    pub(crate) overrides: HashMap<Vec<u8>, usize>,
    /// The item that asks who extends it.
    pub(crate) extended: Option<usize>,
    /// The item that asks who uses it.
    pub(crate) used: Option<usize>,
}

/// One code item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodeItem {
    /// As written in the catalogue; rules find it by this.
    pub(crate) written: String,
    /// What evidence of it says: `method` or `class`.
    pub(crate) kind: &'static str,
    /// The method or class, for people.
    pub(crate) value: String,
}

/// Every code item of the catalogue.
#[derive(Debug, Default)]
pub(crate) struct CodeIndex {
    pub(crate) items: Vec<CodeItem>,
    by_written: HashMap<String, usize>,
    classes: HashMap<Vec<u8>, Interest>,
    /// Descriptors' beginnings, and the item that asks for them.
    used_prefixes: Vec<(Vec<u8>, usize)>,
    /// Beginnings of descriptors that come with libraries, by their first letters.
    libraries: Vec<Vec<u8>>,
}

impl CodeIndex {
    pub(super) fn build(rules: &[Rule], libraries: &[String]) -> Result<Self, CatalogueError> {
        let mut index = Self::default();
        for rule in rules {
            for written in rule.code.iter().flat_map(|need| &need.any) {
                if !index.by_written.contains_key(written) {
                    index.add(written).map_err(|what| CatalogueError::rule(rule, what))?;
                }
            }
        }
        index.libraries = libraries
            .iter()
            .map(|prefix| format!("L{}", prefix.replace('.', "/")).into_bytes())
            .collect();
        index.libraries.sort_unstable();
        index.libraries.dedup_by(|later, earlier| later.starts_with(earlier));
        Ok(index)
    }

    fn add(&mut self, written: &str) -> Result<(), String> {
        let item = self.items.len();
        let (word, rest) = written.split_once(' ').unwrap_or(("", written));
        let (class, method) = match rest.split_once("->") {
            Some((class, method)) => (class, Some(method)),
            None => (rest, None),
        };
        let bare = class.strip_suffix('*').unwrap_or(class);
        if !bare.contains('.') || bare.contains(['/', ';', ' ', '*', '(']) {
            return Err(format!(
                "code {written:?}: a class is written as android.media.AudioRecord"
            ));
        }
        if method.is_some_and(|method| method.is_empty() || method.contains(['(', ' '])) {
            return Err(format!("code {written:?}: a method is its name alone, without arguments"));
        }
        let starts = format!("L{}", bare.replace('.', "/"));
        let descriptor = format!("{starts};").into_bytes();
        match (word, method) {
            ("", Some(method)) => {
                self.interest(descriptor).methods.insert(method.into(), item);
            }
            ("overrides", Some(method)) => {
                let interest = self.interest(descriptor);
                interest.overrides.insert(method.into(), item);
                interest.methods.entry(method.into()).or_insert(item);
            }
            ("extends", None) => self.interest(descriptor).extended = Some(item),
            ("uses", None) if class.ends_with('*') => {
                self.used_prefixes.push((starts.into_bytes(), item));
            }
            ("uses", None) => self.interest(descriptor).used = Some(item),
            _ => {
                return Err(format!(
                    "code {written:?}: write `Class->method`, `overrides Class->method`, `extends Class` or `uses Class`"
                ));
            }
        }
        self.by_written.insert(written.to_owned(), item);
        self.items.push(CodeItem {
            written: written.to_owned(),
            kind: if method.is_some() { "method" } else { "class" },
            value: rest.to_owned(),
        });
        Ok(())
    }

    fn interest(&mut self, descriptor: Vec<u8>) -> &mut Interest {
        self.classes.entry(descriptor).or_default()
    }

    /// What the catalogue asks about the class of this descriptor.
    pub(crate) fn class(&self, descriptor: &[u8]) -> Option<&Interest> {
        self.classes.get(descriptor)
    }

    /// The item that asks who uses the class of this descriptor.
    pub(crate) fn used(&self, descriptor: &[u8]) -> Option<usize> {
        let exact = self.class(descriptor).and_then(|interest| interest.used);
        exact.or_else(|| {
            let mut prefixes = self.used_prefixes.iter();
            prefixes.find(|(prefix, _)| descriptor.starts_with(prefix)).map(|(_, item)| *item)
        })
    }

    /// The place of an item among all.
    pub(crate) fn item(&self, written: &str) -> Option<usize> {
        self.by_written.get(written).copied()
    }

    /// Whether the class of this descriptor comes with a library.
    pub(crate) fn is_library(&self, descriptor: &[u8]) -> bool {
        // No beginning is the beginning of another one, so only the nearest below can match.
        let above = self.libraries.partition_point(|prefix| prefix.as_slice() <= descriptor);
        let nearest = above.checked_sub(1).and_then(|below| self.libraries.get(below));
        nearest.is_some_and(|prefix| descriptor.starts_with(prefix))
    }
}
