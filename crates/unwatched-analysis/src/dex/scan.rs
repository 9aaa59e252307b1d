//! What a DEX's code refers to, as far as the catalogue asks: methods with the classes that call
//! them, classes, and the texts that hold addresses or words.
//!
//! It collects; which findings make a capability is judged in `capabilities`.

use super::code::{self, Reference};
use super::{ClassDef, Dex, decode};
use crate::catalogue::{CodeIndex, Interest};
use crate::findings::shortened;
use crate::limits::Limits;
use crate::texts::{Found, TextRules, TextSink};

/// Which classes do something: the first one by name, and how many there are.
#[derive(Debug, Default, Clone)]
pub(crate) struct Uses {
    /// `classes.dex: Lcom/example/Watch;`
    pub(crate) first: Option<String>,
    pub(crate) classes: usize,
}

impl Uses {
    fn add(&mut self, place: impl FnOnce() -> String) {
        self.first.get_or_insert_with(place);
        self.classes += 1;
    }

    /// The place for people.
    pub(crate) fn place(&self) -> Option<String> {
        let first = self.first.as_ref()?;
        Some(match self.classes {
            0 | 1 => first.clone(),
            2 => format!("{first} and 1 more class"),
            more => format!("{first} and {} more classes", more - 1),
        })
    }
}

/// What was found of one code item.
#[derive(Debug, Default, Clone)]
pub(crate) struct ItemUse {
    /// A class that was found, where the catalogue names only the beginning of its name.
    pub(crate) example: Option<String>,
    /// The first DEX that names it.
    pub(crate) named_in: Option<String>,
    /// Classes of the app's maker that call or use it.
    pub(crate) own: Uses,
    /// Classes of libraries that call or use it.
    pub(crate) library: Uses,
    /// Classes of the app's maker that implement or extend it.
    pub(crate) implemented: Uses,
}

/// What was found in all of an app's code.
#[derive(Debug, Default)]
pub(crate) struct CodeFacts {
    /// By the item's place in the catalogue.
    pub(crate) items: Vec<ItemUse>,
}

/// What a scan could not do.
#[derive(Debug, Default)]
pub(crate) struct ScanProblems {
    pub(crate) what: Vec<String>,
}

const NONE: u16 = u16::MAX;
/// More texts that hold something than any real app has in one DEX.
const MAX_TEXTS: usize = 50_000;
/// As much of a text as is shown.
const SHOWN_BYTES: usize = 800;

struct Scan<'a, 'd> {
    dex: &'a Dex<'d>,
    index: &'a CodeIndex,
    place: &'a str,
    /// By type: what the catalogue asks about the class or the platform class it extends.
    interests: Vec<Option<&'a Interest>>,
    /// By type: the item that asks who uses it.
    used_items: Vec<u16>,
    /// By method: the item that asks who calls it.
    method_items: Vec<u16>,
    /// By type: whether this DEX defines it, so that naming it is no reference.
    defined: Vec<bool>,
    /// By type: whether it comes with a library.
    libraries: Vec<bool>,
    /// By string: its place among `texts`, or `u32::MAX`.
    text_slots: Vec<u32>,
    texts: Vec<TextUse>,
}

struct TextUse {
    string: u32,
    found: Vec<Found>,
    own: Option<u32>,
    library: Option<u32>,
}

/// Scans one DEX into `facts` and `sink`.
pub(crate) fn scan(
    dex: &Dex<'_>,
    place: &str,
    index: &CodeIndex,
    rules: &TextRules,
    limits: &Limits,
    facts: &mut CodeFacts,
    sink: &mut TextSink,
) -> ScanProblems {
    facts.items.resize_with(index.items.len(), ItemUse::default);
    let mut problems = ScanProblems::default();
    let mut scan = Scan {
        dex,
        index,
        place,
        interests: vec![None; dex.type_count()],
        used_items: vec![NONE; dex.type_count()],
        method_items: vec![NONE; dex.method_count()],
        defined: vec![false; dex.type_count()],
        libraries: vec![false; dex.type_count()],
        text_slots: vec![u32::MAX; dex.string_count().min(limits.max_strings)],
        texts: Vec::new(),
    };
    scan.note_definitions();
    scan.look_at_types(facts);
    scan.look_at_classes(facts);
    scan.look_at_methods(facts);
    scan.look_at_texts(rules, limits, &mut problems);
    scan.walk_code(facts, &mut problems);
    scan.hand_over_texts(sink);
    problems
}

impl Scan<'_, '_> {
    fn note_definitions(&mut self) {
        for class in (0..self.dex.class_count()).filter_map(|row| self.dex.class(row)) {
            if let Some(defined) = self.defined.get_mut(class.class as usize) {
                *defined = true;
            }
        }
    }

    fn look_at_types(&mut self, facts: &mut CodeFacts) {
        for (row, type_index) in (0..self.dex.type_count()).zip(0u32..) {
            let Some(descriptor) = self.dex.type_descriptor(type_index) else { continue };
            self.interests[row] = self.index.class(descriptor);
            self.libraries[row] = self.index.is_library(descriptor);
            if let Some(item) = self.index.used(descriptor) {
                self.used_items[row] = u16::try_from(item).unwrap_or(NONE);
                if !self.defined[row] {
                    self.named(facts, item);
                }
                if self.index.items[item].value.ends_with('*') {
                    let example = &mut facts.items[item].example;
                    example.get_or_insert_with(|| dotted(descriptor));
                }
            }
        }
    }

    /// Classes that extend a class of interest inherit its interest, also over other classes of
    /// the same DEX.
    fn look_at_classes(&mut self, facts: &mut CodeFacts) {
        let mut parents: Vec<Option<u32>> = vec![None; self.dex.type_count()];
        let classes: Vec<ClassDef> =
            (0..self.dex.class_count()).filter_map(|row| self.dex.class(row)).collect();
        for class in &classes {
            if let Some(parent) = parents.get_mut(class.class as usize) {
                *parent = class.parent;
            }
        }
        for class in &classes {
            let mut ancestor = class.parent;
            let mut interest = None;
            // A chain longer than this is a loop.
            for _ in 0..32 {
                let Some(above) = ancestor.map(|above| above as usize) else { break };
                interest = self.interests.get(above).copied().flatten();
                if interest.is_some() {
                    break;
                }
                ancestor = parents.get(above).copied().flatten();
            }
            let row = class.class as usize;
            if let (Some(interest), Some(slot)) = (interest, self.interests.get_mut(row)) {
                let _ = slot.get_or_insert(interest);
                if let Some(item) = interest.extended {
                    self.implements(facts, class.class, item);
                }
            }
        }
    }

    fn look_at_methods(&mut self, facts: &mut CodeFacts) {
        for (row, method) in (0..self.dex.method_count()).zip(0u32..) {
            let Some((class, name)) = self.dex.method(method) else { continue };
            let Some(interest) = self.interests.get(class as usize).copied().flatten() else {
                continue;
            };
            let Some(name) = self.dex.name(name) else { continue };
            if let Some(item) = interest.methods.get(name) {
                self.method_items[row] = u16::try_from(*item).unwrap_or(NONE);
                // A class that extends the one asked for names its own method.
                if !self.defined[class as usize] {
                    self.named(facts, *item);
                }
            }
        }
    }

    fn look_at_texts(&mut self, rules: &TextRules, limits: &Limits, problems: &mut ScanProblems) {
        let count = self.dex.string_count();
        if count > limits.max_strings {
            problems.what.push(format!(
                "only the first {} of its {count} strings were looked at",
                limits.max_strings
            ));
        }
        // Strings of a hostile file may overlap, so what is searched is bounded by its length.
        let mut budget_bytes = self.dex.size_bytes();
        for (row, string) in (0..count.min(limits.max_strings)).zip(0u32..) {
            let Some(bytes) = self.dex.text(string, limits.max_string_bytes) else { continue };
            let Some(left) = budget_bytes.checked_sub(bytes.len()) else {
                problems.what.push("its strings overlap; not all were looked at".to_owned());
                return;
            };
            budget_bytes = left;
            if bytes.len() < 4 || is_descriptor(bytes) || !rules.may_hold(bytes) {
                continue;
            }
            let found = rules.search(&decode(bytes));
            if !found.is_empty() && self.texts.len() == MAX_TEXTS {
                problems.what.push(format!("only {MAX_TEXTS} texts that hold something were kept"));
                return;
            }
            if !found.is_empty() {
                self.text_slots[row] = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
                let text = TextUse { string, found, own: None, library: None };
                self.texts.push(text);
            }
        }
    }

    fn walk_code(&mut self, facts: &mut CodeFacts, problems: &mut ScanProblems) {
        let data = self.dex.bytes();
        let mut budget_methods = data.len() / 2;
        let mut budget_units = data.len();
        let mut budget_values = data.len();
        // Code lies at multiples of four, so a bit for each is enough.
        let mut visited = vec![0u64; data.len() / 256 + 1];
        let mut references = Vec::new();
        // Each item counts once for a class, however often it is called in it.
        let mut items: Vec<u16> = Vec::new();
        let mut broken_classes = 0usize;
        let mut broken_methods = 0usize;
        for row in 0..self.dex.class_count() {
            let Some(class) = self.dex.class(row) else { continue };
            if class.values_at != 0 {
                for string in code::static_strings(data, class.values_at, &mut budget_values) {
                    self.text_used(string, class.class);
                }
            }
            if class.data_at == 0 {
                continue;
            }
            let Some(methods) = code::code_of_class(data, class.data_at, &mut budget_methods)
            else {
                broken_classes += 1;
                continue;
            };
            let library = self.is_library(class.class);
            for method in methods {
                self.implemented(facts, class.class, method.method);
                let bit = 1u64 << (method.code_at / 4 % 64);
                let Some(known) = visited.get_mut(method.code_at / 256) else {
                    broken_methods += 1;
                    continue;
                };
                if method.code_at == 0 || *known & bit != 0 {
                    continue;
                }
                *known |= bit;
                let read = code::visit(data, method.code_at, &mut budget_units, |reference| {
                    references.push(reference);
                });
                broken_methods += usize::from(read.is_none());
                for reference in references.drain(..) {
                    self.referred(reference, class.class, &mut items);
                }
            }
            items.sort_unstable();
            items.dedup();
            for item in items.drain(..) {
                let place = || self.class_place(class.class);
                let found = &mut facts.items[usize::from(item)];
                if library { found.library.add(place) } else { found.own.add(place) }
            }
        }
        if broken_classes > 0 {
            problems
                .what
                .push(format!("the methods of {broken_classes} classes could not be read"));
        }
        if broken_methods > 0 {
            problems.what.push(format!("the code of {broken_methods} methods could not be read"));
        }
    }

    /// Notes a method that a class implements for the platform to call.
    fn implemented(&self, facts: &mut CodeFacts, class: u32, method: u32) {
        let interest = self.interests.get(class as usize).copied().flatten();
        let Some(interest) = interest.filter(|interest| !interest.overrides.is_empty()) else {
            return;
        };
        let name = self.dex.method(method).and_then(|(_, name)| self.dex.name(name));
        if let Some(item) = name.and_then(|name| interest.overrides.get(name)) {
            self.implements(facts, class, *item);
        }
    }

    fn implements(&self, facts: &mut CodeFacts, class: u32, item: usize) {
        let found = &mut facts.items[item];
        let uses = if self.is_library(class) { &mut found.library } else { &mut found.implemented };
        uses.add(|| self.class_place(class));
    }

    fn referred(&mut self, reference: Reference, class: u32, items: &mut Vec<u16>) {
        let used = |scan: &Self, of: Option<u32>| {
            let item = of.and_then(|of| scan.used_items.get(of as usize).copied());
            item.filter(|item| *item != NONE)
        };
        let item = match reference {
            Reference::Call(method) => {
                let called = self.method_items.get(method as usize).copied();
                items.extend(called.filter(|item| *item != NONE));
                used(self, self.dex.method(method).map(|(of, _)| of))
            }
            Reference::Type(of) => used(self, Some(of)),
            Reference::Field(field) => used(self, self.dex.field_class(field)),
            Reference::Text(string) => {
                self.text_used(string, class);
                None
            }
        };
        items.extend(item);
    }

    fn text_used(&mut self, string: u32, class: u32) {
        let slot = self.text_slots.get(string as usize).copied().unwrap_or(u32::MAX);
        if slot as usize >= self.texts.len() {
            return;
        }
        let library = self.is_library(class);
        let text = &mut self.texts[slot as usize];
        let user = if library { &mut text.library } else { &mut text.own };
        let _ = user.get_or_insert(class);
    }

    fn hand_over_texts(&self, sink: &mut TextSink) {
        for text in &self.texts {
            let whole = self.dex.text(text.string, SHOWN_BYTES).map(decode).unwrap_or_default();
            let (place, library) = match (text.own, text.library) {
                (Some(class), _) => (self.class_place(class), false),
                (None, Some(class)) => (self.class_place(class), true),
                (None, None) => (format!("{}: strings", self.place), false),
            };
            for found in &text.found {
                sink.add(found, &whole, &place, library);
            }
        }
    }

    fn named(&self, facts: &mut CodeFacts, item: usize) {
        facts.items[item].named_in.get_or_insert_with(|| self.place.to_owned());
    }

    fn is_library(&self, class: u32) -> bool {
        self.libraries.get(class as usize).copied().unwrap_or(false)
    }

    fn class_place(&self, class: u32) -> String {
        let descriptor = self.dex.type_descriptor(class).map(decode).unwrap_or_default();
        let library = if self.is_library(class) { " (library code)" } else { "" };
        format!("{}: {}{library}", self.place, shortened(&descriptor, 200))
    }
}

/// A descriptor as people write class names.
fn dotted(descriptor: &[u8]) -> String {
    let name = decode(descriptor);
    let name = name.strip_prefix('L').unwrap_or(&name);
    shortened(&name.trim_end_matches(';').replace('/', "."), 200)
}

/// A type's or method's signature, which holds no text for people.
fn is_descriptor(bytes: &[u8]) -> bool {
    matches!(bytes, [b'L' | b'[', .., b';'])
}
