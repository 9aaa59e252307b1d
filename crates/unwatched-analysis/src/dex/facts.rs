//! What scans of an app's code collect, and what can be said only when all of it was read: which
//! class does several things, and who calls whom.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::catalogue::{About, CodeIndex, Conditions};

/// More classes that call something remarkable than any real app has.
const MAX_CALLERS: usize = 20_000;
/// More classes that one kind of component calls than any real app has.
const MAX_REACHED: usize = 50_000;
/// More intervals than any real app has.
const MAX_PERIODS: usize = 2000;

/// Which classes do something: the first one by name, and how many there are.
#[derive(Debug, Default, Clone)]
pub(crate) struct Uses {
    /// `classes.dex: Lcom/example/Watch;`
    pub(crate) first: Option<String>,
    pub(crate) classes: usize,
}

impl Uses {
    pub(super) fn add(&mut self, place: impl FnOnce() -> String) {
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
    /// A class that was found, where the catalogue names only the beginning of its name; of
    /// several parts those that the first class has.
    pub(crate) example: Option<String>,
    /// The first DEX that names it.
    pub(crate) named_in: Option<String>,
    /// Classes of the app's maker that call or use it.
    pub(crate) own: Uses,
    /// Classes of libraries that call or use it.
    pub(crate) library: Uses,
    /// Whether a class does that only passes on what it is asked.
    pub(crate) wrapped: bool,
    /// Classes of the app's maker that implement or extend it.
    pub(crate) implemented: Uses,
    /// Intervals with which the app's maker calls it, where they stand in the code.
    pub(crate) intervals: BTreeSet<Interval>,
    /// Of an item that is asked of declared components: the classes of the app's maker that do it,
    /// and their places.
    pub(crate) doers: HashMap<Box<[u8]>, String>,
    /// Classes of the app's maker that name it in texts and call by such names.
    pub(crate) reflected: Uses,
}

/// An interval of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Interval {
    pub(crate) seconds: u64,
    /// Whether the class that has it also sends something.
    pub(crate) sends: bool,
}

/// What was found in all of an app's code.
#[derive(Debug, Default)]
pub(crate) struct CodeFacts {
    /// By the item's place in the catalogue.
    pub(crate) items: Vec<ItemUse>,
    /// By origin: outer classes that extend it, and those that they call.
    pub(super) reached: Vec<HashSet<Box<[u8]>>>,
    /// By kind: outer classes that extend it.
    kinds: Vec<HashSet<Box<[u8]>>>,
    /// Outer classes that send something.
    sending: HashSet<Box<[u8]>>,
    /// Intervals: the item, the outer class, and so many seconds.
    periods: Vec<(usize, Box<[u8]>, u64)>,
    /// By class of a possible component: itself and the app's own classes that it extends.
    lines: HashMap<Box<[u8]>, Vec<Box<[u8]>>>,
    /// Classes that the manifest names and that some file defines, by descriptor.
    pub(crate) defined: HashSet<Box<[u8]>>,
    /// Calls that count only by who makes them.
    callers: Vec<Caller>,
    /// Calls that count only by which components their method names.
    naming: Vec<Naming>,
    /// By outer class: what it does of items that count together.
    doing: HashMap<Box<[u8]>, Doing>,
}

#[derive(Debug)]
struct Caller {
    item: usize,
    outer: Box<[u8]>,
    place: String,
    library: bool,
}

#[derive(Debug)]
struct Naming {
    item: usize,
    names: Vec<String>,
    place: String,
    library: bool,
}

#[derive(Debug)]
struct Doing {
    items: HashSet<usize>,
    place: String,
    library: bool,
}

/// The app's components by their classes, aliases and what they stand for included.
#[derive(Debug, Default)]
pub(crate) struct Components {
    /// The app's package.
    pub(crate) package: String,
    /// By which it offers itself among the phone's apps.
    pub(crate) entries: Vec<String>,
    pub(crate) all: Vec<String>,
}

/// How a command names the whole app.
pub(super) fn whole_app(package: &str) -> String {
    format!("the app {package}")
}

/// `.Tile`: a class name without the package before it.
fn is_shortened(name: &str) -> bool {
    let first = name.strip_prefix('.').and_then(|rest| rest.chars().next());
    first.is_some_and(char::is_uppercase)
}

/// Whether one of the names is a component, whole or without the package before it.
fn named_among(components: &[String], names: &[String]) -> bool {
    names.iter().any(|name| {
        components.iter().any(|component| {
            component == name || (name.starts_with('.') && component.ends_with(name.as_str()))
        })
    })
}

impl CodeFacts {
    /// Makes room for what the catalogue asks.
    pub(super) fn prepare(&mut self, index: &CodeIndex) {
        self.items.resize_with(index.items.len(), ItemUse::default);
        self.reached.resize_with(index.origins, HashSet::new);
        self.kinds.resize_with(index.kinds, HashSet::new);
    }

    /// Notes that the outer class, or one in it, extends what a kind asks for.
    pub(super) fn is_kind(&mut self, kind: usize, outer: &[u8]) {
        let Some(classes) = self.kinds.get_mut(kind) else { return };
        if classes.len() < MAX_REACHED && !classes.contains(outer) {
            classes.insert(outer.into());
        }
    }

    /// Notes that a class that the manifest names is there.
    pub(super) fn defines(&mut self, descriptor: &[u8]) {
        self.defined.insert(descriptor.into());
    }

    /// Notes which of the app's own classes a class descends from, itself first.
    pub(super) fn descends(&mut self, line: Vec<Box<[u8]>>) {
        if let Some(class) = line.first()
            && self.lines.len() < MAX_CALLERS
        {
            self.lines.entry(class.clone()).or_insert(line);
        }
    }

    /// Where the class of a component, by its full name, does what an item asks for, or one of the
    /// app's own that it extends.
    pub(crate) fn done_by(&self, component: &str, item: usize) -> Option<&str> {
        let doers = &self.items.get(item)?.doers;
        let class = format!("L{}", component.replace('.', "/"));
        let line = self.lines.get(class.as_bytes())?;
        let found = line.iter().find_map(|class| doers.get(class).or(doers.get(outer(class))));
        found.map(String::as_str)
    }

    /// Notes that the outer class belongs to what `origin` reaches.
    pub(super) fn reach(&mut self, origin: usize, outer: &[u8]) {
        let Some(reached) = self.reached.get_mut(origin) else { return };
        if reached.len() < MAX_REACHED && !reached.contains(outer) {
            reached.insert(outer.into());
        }
    }

    /// Notes that a class does what an item asks for.
    pub(super) fn does(
        &mut self,
        index: &CodeIndex,
        item: usize,
        outer: &[u8],
        library: bool,
        place: impl Fn() -> String,
    ) {
        self.note_together(index, item, outer, library, &place);
        if index.items[item].sends && !self.sending.contains(outer) {
            self.sending.insert(outer.into());
        }
        if index.items[item].conditions.ask_for_origin() {
            if self.callers.len() < MAX_CALLERS {
                self.callers.push(Caller { item, outer: outer.into(), place: place(), library });
            }
            return;
        }
        let found = &mut self.items[item];
        if library { found.library.add(place) } else { found.own.add(place) }
    }

    /// Notes a call whose method names these classes and texts.
    pub(super) fn names(&mut self, item: usize, names: Vec<String>, library: bool, place: String) {
        if self.naming.len() < MAX_CALLERS {
            self.naming.push(Naming { item, names, place, library });
        }
    }

    /// Notes an interval.
    pub(super) fn repeats(&mut self, item: usize, outer: &[u8], seconds: u64) {
        if self.periods.len() < MAX_PERIODS {
            self.periods.push((item, outer.into(), seconds));
        }
    }

    /// Notes that a class implements or extends what an item asks for.
    pub(super) fn implements(
        &mut self,
        index: &CodeIndex,
        item: usize,
        class: &[u8],
        library: bool,
        place: impl Fn() -> String,
    ) {
        self.note_together(index, item, outer(class), library, &place);
        let found = &mut self.items[item];
        if index.items[item].of_component && !library && found.doers.len() < MAX_CALLERS {
            found.doers.entry(bare(class).into()).or_insert_with(&place);
        }
        if library { found.library.add(place) } else { found.implemented.add(place) }
    }

    fn note_together(
        &mut self,
        index: &CodeIndex,
        item: usize,
        outer: &[u8],
        library: bool,
        place: &impl Fn() -> String,
    ) {
        if index.items[item].parts_of.is_empty() || self.doing.len() >= MAX_CALLERS {
            return;
        }
        let new = || Doing { items: HashSet::new(), place: place(), library };
        self.doing.entry(outer.into()).or_insert_with(new).items.insert(item);
    }

    /// Draws the conclusions that need all of the code.
    pub(crate) fn finish(&mut self, index: &CodeIndex, components: &Components) {
        self.prepare(index);
        for naming in std::mem::take(&mut self.naming) {
            let about = index.items[naming.item].conditions.about;
            let counts = match about {
                Some(About::LauncherEntry) => {
                    named_among(&components.entries, &naming.names)
                        || naming.names.contains(&whole_app(&components.package))
                }
                Some(About::Unnamed) => {
                    !named_among(&components.all, &naming.names)
                        && !naming.names.iter().any(|name| is_shortened(name))
                }
                None => true,
            };
            if counts {
                // No library knows this app's entry: whatever the class is called, it is not one.
                let library = naming.library && about != Some(About::LauncherEntry);
                self.counts(naming.item, library, &naming.place);
            }
        }
        let mut callers = std::mem::take(&mut self.callers);
        callers.sort_by(|a, b| (a.item, &a.place).cmp(&(b.item, &b.place)));
        for caller in callers {
            if self.stands_well(&index.items[caller.item].conditions, &caller.outer) {
                self.counts(caller.item, caller.library, &caller.place);
                if let Some(doing) = self.doing.get_mut(&caller.outer) {
                    doing.items.insert(caller.item);
                }
            } else if let Some(doing) = self.doing.get_mut(&caller.outer) {
                doing.items.remove(&caller.item);
            }
        }
        for (item, outer, seconds) in std::mem::take(&mut self.periods) {
            if self.stands_well(&index.items[item].conditions, &outer) {
                let sends = self.sending.contains(&outer);
                self.items[item].intervals.insert(Interval { seconds, sends });
            }
        }
        let mut doing: Vec<(Box<[u8]>, Doing)> =
            std::mem::take(&mut self.doing).into_iter().collect();
        doing.sort_by(|(_, a), (_, b)| a.place.cmp(&b.place));
        for (item, about) in index.items.iter().enumerate() {
            let Some(together) = &about.together else { continue };
            for (outer, class) in &doing {
                let done = together.parts.iter().filter(|part| class.items.contains(part)).count();
                if done < together.at_least {
                    continue;
                }
                self.counts(item, class.library, &class.place);
                if about.of_component && !class.library {
                    self.items[item].doers.insert(outer.clone(), class.place.clone());
                }
                if together.at_least < together.parts.len() {
                    let parts = together.parts.iter().filter(|part| class.items.contains(part));
                    let parts: Vec<&str> =
                        parts.map(|part| index.items[*part].value.as_str()).collect();
                    self.items[item].example.get_or_insert_with(|| parts.join(", "));
                }
            }
        }
    }

    /// Whether a call in this outer class comes from where it must, and not from where it must
    /// not.
    fn stands_well(&self, conditions: &Conditions, outer: &[u8]) -> bool {
        let reached = |origin: &usize| self.reached[*origin].contains(outer);
        (conditions.from.is_empty() || conditions.from.iter().any(reached))
            && !conditions.not_from.iter().any(reached)
            && !conditions.not_in.iter().any(|kind| self.kinds[*kind].contains(outer))
    }

    fn counts(&mut self, item: usize, library: bool, place: &str) {
        let found = &mut self.items[item];
        let uses = if library { &mut found.library } else { &mut found.own };
        uses.add(|| place.to_owned());
    }
}

/// A descriptor without its end.
pub(super) fn bare(descriptor: &[u8]) -> &[u8] {
    descriptor.strip_suffix(b";").unwrap_or(descriptor)
}

/// The class that a class was written in: `La/B$1;` and `La/B$$Lambda$2;` belong to `La/B`.
pub(super) fn outer(descriptor: &[u8]) -> &[u8] {
    let bare = bare(descriptor);
    // A name may begin with a dollar sign; what stands before it then is a package.
    let name_at = memchr::memrchr(b'/', bare).map_or(1, |slash| slash + 1);
    let name = bare.get(name_at + 1..).unwrap_or_default();
    match memchr::memchr(b'$', name) {
        Some(dollar) => &bare[..name_at + 1 + dollar],
        None => bare,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_classes_belong_to_the_outer_one() {
        for (class, expected) in [
            ("La/b/Watch;", "La/b/Watch"),
            ("La/b/Watch$1;", "La/b/Watch"),
            ("La/b/Watch$$ExternalSyntheticLambda0;", "La/b/Watch"),
            ("La/b/$Watch$x;", "La/b/$Watch"),
            ("Lx$y;", "Lx"),
            ("L;", "L"),
        ] {
            assert_eq!(outer(class.as_bytes()), expected.as_bytes(), "of {class}");
        }
    }
}
