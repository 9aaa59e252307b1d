//! What a DEX's code refers to, as far as the catalogue asks: methods with the classes that call
//! them, classes, and the texts that hold addresses or words.
//!
//! It collects; which findings make a capability is judged in `capabilities`.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::declared::Declared;
use super::facts::{CodeFacts, bare, outer};
use super::{ClassDef, Dex, decode};
use crate::catalogue::{CodeIndex, Interest};
use crate::findings::shortened;
use crate::limits::Limits;
use crate::texts::{Found, TextRules, TextSink};

/// What a scan could not do.
#[derive(Debug, Default)]
pub(crate) struct ScanProblems {
    pub(crate) what: Vec<String>,
}

pub(super) const NONE: u16 = u16::MAX;
/// A class has no more ancestors than this.
const MAX_ANCESTORS: usize = 32;
/// More texts that hold something than any real app has in one DEX.
const MAX_TEXTS: usize = 50_000;
/// As much of a text as is shown.
const SHOWN_BYTES: usize = 800;

pub(super) struct Scan<'a, 'd> {
    pub(super) dex: &'a Dex<'d>,
    pub(super) index: &'a CodeIndex,
    place: &'a str,
    context: &'a Context<'a, 'd>,
    /// By type: its place among `lineages`.
    lineage_of: Vec<u32>,
    /// What the catalogue asks about a class and about those that it extends; the first is empty.
    lineages: Vec<Vec<&'a Interest>>,
    /// By type: the item that asks who uses it.
    pub(super) used_items: Vec<u16>,
    /// By method: its place among `targets`.
    pub(super) method_targets: Vec<u16>,
    pub(super) targets: Vec<Target>,
    /// By type: whether this DEX defines it, so that naming it is no reference.
    defined: Vec<bool>,
    /// By type: whether it comes with a library.
    libraries: Vec<bool>,
    /// By type: whether it is one of a library's that only pass on what they are asked.
    wrappers: Vec<bool>,
    /// By outer class: the origins that it belongs to.
    pub(super) roots: HashMap<&'d [u8], Vec<usize>>,
    /// By string: its place among `texts`, or `u32::MAX`.
    text_slots: Vec<u32>,
    texts: Vec<TextUse>,
    /// By string: the items that ask for it.
    pub(super) text_items: HashMap<u32, Vec<usize>, RandomState>,
}

/// What is known of the app beyond one of its files.
#[derive(Debug)]
pub(crate) struct Context<'c, 'd> {
    /// What the catalogue asks.
    index: &'c CodeIndex,
    /// By class: what it extends, over all files.
    parents: HashMap<&'d [u8], &'d [u8]>,
    /// The beginning of the app's own descriptors: no library, whatever it is called.
    own_prefix: Option<Vec<u8>>,
    declared: &'c Declared,
}

impl<'c, 'd> Context<'c, 'd> {
    /// The context of an app of this package, whose manifest names these classes.
    pub(crate) fn new(index: &'c CodeIndex, package: Option<&str>, declared: &'c Declared) -> Self {
        let own_prefix = package
            .filter(|package| package.contains('.'))
            .map(|package| format!("L{}/", package.replace('.', "/")).into_bytes());
        Self { index, parents: HashMap::new(), own_prefix, declared }
    }

    /// Notes what the classes of one file extend; only worth it where there are several.
    pub(crate) fn add(&mut self, dex: &Dex<'d>) {
        for class in (0..dex.class_count()).filter_map(|row| dex.class(row)) {
            let parent = class.parent.and_then(|parent| dex.type_descriptor(parent));
            let Some(parent) = parent.filter(|parent| *parent != b"Ljava/lang/Object;") else {
                continue;
            };
            if let Some(descriptor) = dex.type_descriptor(class.class) {
                self.parents.entry(descriptor).or_insert(parent);
            }
        }
    }

    fn is_own(&self, descriptor: &[u8]) -> bool {
        self.own_prefix.as_ref().is_some_and(|prefix| descriptor.starts_with(prefix))
            || self.declared.has_outer(descriptor)
    }
}

/// What the catalogue asks about a method.
#[derive(Debug, Default)]
pub(super) struct Target {
    /// Items that any call of it meets, but for who makes it; that of its class among them.
    pub(super) plain: Vec<u16>,
    /// Items that ask for its arguments.
    pub(super) valued: Vec<u16>,
    /// Whether it finds a class or a method by its name.
    pub(super) reflects: bool,
}

struct TextUse {
    string: u32,
    found: Vec<Found>,
    own: Option<u32>,
    library: Option<u32>,
}

/// Scans one DEX into `facts` and `sink`.
pub(crate) fn scan<'d>(
    dex: &Dex<'d>,
    place: &str,
    context: &Context<'_, 'd>,
    rules: &TextRules,
    limits: &Limits,
    facts: &mut CodeFacts,
    sink: &mut TextSink,
) -> ScanProblems {
    let index = context.index;
    facts.prepare(index);
    let mut problems = ScanProblems::default();
    let mut scan = Scan {
        dex,
        index,
        place,
        context,
        lineage_of: vec![0; dex.type_count()],
        lineages: vec![Vec::new()],
        used_items: vec![NONE; dex.type_count()],
        method_targets: vec![NONE; dex.method_count()],
        targets: Vec::new(),
        defined: vec![false; dex.type_count()],
        libraries: vec![false; dex.type_count()],
        wrappers: vec![false; dex.type_count()],
        roots: HashMap::new(),
        text_slots: vec![u32::MAX; dex.string_count().min(limits.max_strings)],
        texts: Vec::new(),
        text_items: HashMap::default(),
    };
    let parents = scan.note_definitions();
    scan.look_at_types(facts, &parents);
    scan.look_at_classes(facts, &parents);
    scan.look_at_methods(facts);
    scan.look_at_texts(rules, limits, &mut problems);
    scan.walk_code(facts, &mut problems);
    scan.hand_over_texts(sink);
    problems
}

impl<'a, 'd> Scan<'a, 'd> {
    /// By type: what it extends, as far as this DEX defines it.
    fn note_definitions(&mut self) -> Vec<Option<u32>> {
        let mut parents: Vec<Option<u32>> = vec![None; self.dex.type_count()];
        for class in self.classes() {
            let row = class.class as usize;
            if let (Some(defined), Some(parent)) = (self.defined.get_mut(row), parents.get_mut(row))
            {
                *defined = true;
                *parent = class.parent;
            }
        }
        parents
    }

    fn classes(&self) -> impl Iterator<Item = ClassDef> + use<'a, 'd> {
        let dex = self.dex;
        (0..dex.class_count()).filter_map(move |row| dex.class(row))
    }

    /// By class: what is asked about the interfaces that it names.
    fn asked_interfaces(
        &self,
        interests: &[Option<&'a Interest>],
    ) -> HashMap<usize, Vec<&'a Interest>> {
        let mut asked: HashMap<usize, Vec<&'a Interest>> = HashMap::new();
        for class in self.classes() {
            for interface in self.dex.interfaces(&class) {
                let interest = interests.get(interface as usize).copied().flatten();
                if let Some(interest) = interest {
                    asked.entry(class.class as usize).or_default().push(interest);
                }
            }
        }
        asked
    }

    fn look_at_types(&mut self, facts: &mut CodeFacts, parents: &[Option<u32>]) {
        let mut interests: Vec<Option<&'a Interest>> = vec![None; self.dex.type_count()];
        for (row, type_index) in (0..self.dex.type_count()).zip(0u32..) {
            let Some(descriptor) = self.dex.type_descriptor(type_index) else { continue };
            interests[row] = self.index.class(descriptor);
            self.libraries[row] =
                self.index.is_library(descriptor) && !self.context.is_own(descriptor);
            self.wrappers[row] = self.libraries[row] && self.index.is_wrapper(outer(descriptor));
            if self.defined[row] && self.context.declared.has(descriptor) {
                facts.defines(descriptor);
            }
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
        let interfaces = self.asked_interfaces(&interests);
        for row in 0..self.dex.type_count() {
            let lineage = self.lineage(row, parents, &interests, &interfaces);
            if !lineage.is_empty() {
                self.lineage_of[row] = u32::try_from(self.lineages.len()).unwrap_or(0);
                self.lineages.push(lineage);
            }
        }
    }

    /// What is asked about the class and about all that it extends, also beyond this DEX.
    fn lineage(
        &self,
        row: usize,
        parents: &[Option<u32>],
        interests: &[Option<&'a Interest>],
        interfaces: &HashMap<usize, Vec<&'a Interest>>,
    ) -> Vec<&'a Interest> {
        let mut lineage = Vec::new();
        let mut at = row;
        // A chain longer than this is a loop.
        for _ in 0..MAX_ANCESTORS {
            lineage.extend(interests.get(at).copied().flatten());
            lineage.extend(interfaces.get(&at).into_iter().flatten());
            match parents.get(at).copied().flatten() {
                Some(parent) => at = parent as usize,
                None => break,
            }
        }
        let last = u32::try_from(at).ok().and_then(|last| self.dex.type_descriptor(last));
        let above = |class: &[u8]| -> Option<&'a [u8]> {
            let elsewhere = self.context.parents.get(class).copied();
            elsewhere.or_else(|| self.index.platform_parent(class))
        };
        let mut next = last.and_then(above);
        for _ in 0..MAX_ANCESTORS {
            let Some(class) = next else { break };
            lineage.extend(self.index.class(class));
            next = above(class);
        }
        lineage
    }

    fn look_at_classes(&mut self, facts: &mut CodeFacts, parents: &[Option<u32>]) {
        for class in self.classes() {
            let itself = self.dex.type_descriptor(class.class).and_then(|it| self.index.class(it));
            let place = self.lineage_of.get(class.class as usize).copied().unwrap_or(0);
            let mut is_component = false;
            for step in 0..self.lineages[place as usize].len() {
                let interest = self.lineages[place as usize][step];
                if itself.is_some_and(|itself| std::ptr::eq(itself, interest)) {
                    continue;
                }
                if let Some(item) = interest.extended {
                    self.implements(facts, class.class, item);
                }
                is_component |= interest.of_component;
                if self.is_library(class.class) {
                    continue;
                }
                let outer = self.outer(class.class);
                if let Some(kind) = interest.kind {
                    facts.is_kind(kind, outer);
                }
                if let Some(origin) = interest.origin {
                    self.roots.entry(outer).or_default().push(origin);
                    facts.reach(origin, outer);
                }
            }
            if is_component && !self.is_library(class.class) {
                facts.descends(self.own_line(class.class, parents));
            }
        }
    }

    /// A class and those of the app's own that it extends.
    fn own_line(&self, class: u32, parents: &[Option<u32>]) -> Vec<Box<[u8]>> {
        let mut line = Vec::new();
        let mut next = self.dex.type_descriptor(class);
        let mut row = Some(class);
        for _ in 0..MAX_ANCESTORS {
            let Some(class) = next else { break };
            if self.index.is_library(class) && !self.context.is_own(class) {
                break;
            }
            line.push(bare(class).into());
            let here = row.and_then(|row| parents.get(row as usize).copied().flatten());
            row = here;
            next = match here {
                Some(parent) => self.dex.type_descriptor(parent),
                None => self.context.parents.get(class).copied(),
            };
        }
        line
    }

    fn look_at_methods(&mut self, facts: &mut CodeFacts) {
        for (row, method) in (0..self.dex.method_count()).zip(0u32..) {
            let Some((class, name)) = self.dex.method(method) else { continue };
            let lineage = self.lineage_of(class);
            let may_reflect = self.finds_by_name(class);
            let used = self.used_items.get(class as usize).filter(|item| **item != NONE);
            if lineage.is_empty() && !may_reflect && used.is_none() {
                continue;
            }
            let mut target =
                Target { plain: used.copied().into_iter().collect(), ..Target::default() };
            let name = self.dex.name(name).unwrap_or_default();
            target.reflects = may_reflect && reflects(name);
            for item in lineage.iter().filter_map(|asked| asked.methods.get(name)).flatten() {
                let Ok(narrow) = u16::try_from(*item) else { continue };
                let conditions = &self.index.items[*item].conditions;
                if conditions.ask_for_values() {
                    target.valued.push(narrow);
                    continue;
                }
                target.plain.push(narrow);
                // A class that extends the one asked for names its own method.
                let named = !self.is_defined(class) && !conditions.ask_for_origin();
                if named {
                    self.named(facts, *item);
                }
            }
            if target.reflects || !target.plain.is_empty() || !target.valued.is_empty() {
                self.method_targets[row] = u16::try_from(self.targets.len()).unwrap_or(NONE);
                self.targets.push(target);
            }
        }
    }

    /// Whether this is a class of the platform that finds others by their names.
    fn finds_by_name(&self, class: u32) -> bool {
        let descriptor = self.dex.type_descriptor(class).unwrap_or_default();
        descriptor == b"Ljava/lang/Class;" || descriptor.ends_with(b"ClassLoader;")
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
            let items = self.index.texts(bytes);
            if !items.is_empty() {
                self.text_items.insert(string, items);
            }
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

    /// Notes that a class implements or extends what an item asks for.
    pub(super) fn implements(&self, facts: &mut CodeFacts, class: u32, item: usize) {
        if self.is_wrapper(class) {
            facts.items[item].wrapped = true;
            return;
        }
        let descriptor = self.dex.type_descriptor(class).unwrap_or_default();
        let place = || self.class_place(class);
        facts.implements(self.index, item, descriptor, self.is_library(class), place);
    }

    pub(super) fn text_used(&mut self, string: u32, class: u32) {
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

    fn is_defined(&self, class: u32) -> bool {
        self.defined.get(class as usize).copied().unwrap_or(false)
    }

    /// What is asked about a class and those that it extends.
    pub(super) fn lineage_of(&self, class: u32) -> &[&'a Interest] {
        let place = self.lineage_of.get(class as usize).copied().unwrap_or(0);
        self.lineages.get(place as usize).map_or(&[], Vec::as_slice)
    }

    /// The outer class of a class.
    pub(super) fn outer(&self, class: u32) -> &'d [u8] {
        outer(self.dex.type_descriptor(class).unwrap_or_default())
    }

    fn named(&self, facts: &mut CodeFacts, item: usize) {
        facts.items[item].named_in.get_or_insert_with(|| self.place.to_owned());
    }

    pub(super) fn is_library(&self, class: u32) -> bool {
        self.libraries.get(class as usize).copied().unwrap_or(false)
    }

    /// Whether the class only passes on what it is asked: what it does counts for nothing.
    pub(super) fn is_wrapper(&self, class: u32) -> bool {
        self.wrappers.get(class as usize).copied().unwrap_or(false)
    }

    pub(super) fn class_place(&self, class: u32) -> String {
        let descriptor = self.dex.type_descriptor(class).map(decode).unwrap_or_default();
        let library = if self.is_library(class) { " (library code)" } else { "" };
        format!("{}: {}{library}", self.place, shortened(&descriptor, 200))
    }
}

/// Whether a method of `Class` or of a class loader finds something by its name.
fn reflects(name: &[u8]) -> bool {
    const FINDING: [&[u8]; 4] = [b"forName", b"getMethod", b"getDeclaredMethod", b"loadClass"];
    FINDING.contains(&name)
}

/// A descriptor as people write class names.
pub(super) fn dotted(descriptor: &[u8]) -> String {
    let name = decode(descriptor);
    let name = name.strip_prefix('L').unwrap_or(&name);
    shortened(&name.trim_end_matches(';').replace('/', "."), 200)
}

/// A type's or method's signature, which holds no text for people.
fn is_descriptor(bytes: &[u8]) -> bool {
    matches!(bytes, [b'L' | b'[', .., b';'])
}
