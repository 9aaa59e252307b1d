//! The catalogue's code items, compiled so that a DEX's ids can be looked up in one step.
//!
//! How an item is written is told at the head of `catalogue/capabilities.toml`.

use std::collections::{BTreeMap, HashMap, HashSet};

use foldhash::fast::RandomState;

use super::pattern::{CodePattern, CodeTable, Listed, TextPattern};
use super::{CatalogueError, LibraryFile, Observables, REPORTS, Rule};
use crate::literals::Literals;

/// By a name or text of the catalogue: every name and text of an app is looked up here.
type Lookup<T> = HashMap<Vec<u8>, T, RandomState>;

/// What the catalogue asks about one class.
#[derive(Debug, Default)]
pub(crate) struct Interest {
    /// By method name: the items that ask who calls it.
    pub(crate) methods: Lookup<Vec<usize>>,
    /// By method name: the items that ask which class that extends this one defines it.
    pub(crate) overrides: Lookup<Vec<usize>>,
    /// The item that asks who extends it.
    pub(crate) extended: Option<usize>,
    /// The item that asks who uses it.
    pub(crate) used: Option<usize>,
    /// Whether something is asked of declared components that extend it.
    pub(crate) of_component: bool,
    /// The place of this class among those that items ask a call to come from.
    pub(crate) origin: Option<usize>,
    /// The place of this class among those in which items ask a call not to stand.
    pub(crate) kind: Option<usize>,
}

/// What an item asks beyond the method's or class's name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Conditions {
    /// Numbers that an argument must be one of: any argument's, or the one of this place.
    pub(crate) numbers: Vec<(Option<usize>, Vec<i64>)>,
    /// Which argument must be no number that the code holds.
    pub(crate) unknown: Option<usize>,
    /// One of these must be near.
    pub(crate) texts: Vec<TextPattern>,
    /// Numbers that the method must return one of.
    pub(crate) returns: Vec<i64>,
    /// What of the app the calling method must name.
    pub(crate) about: Option<About>,
    /// Which argument is an interval.
    pub(crate) period: Option<Period>,
    /// Names of which the method that makes the call has one.
    pub(crate) inside: Vec<Vec<u8>>,
    /// Whether the call stands in a loop.
    pub(crate) in_loop: bool,
    /// Who must call: places among the origins.
    pub(crate) from: Vec<usize>,
    /// Who must not.
    pub(crate) not_from: Vec<usize>,
    /// In which classes the call must not stand: places among the kinds.
    pub(crate) not_in: Vec<usize>,
}

/// An interval of time among a call's arguments. A call without that argument, or with another
/// kind of value there, is a different method of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    /// Which argument, the first being 1.
    pub(crate) place: usize,
    pub(crate) unit: PeriodUnit,
    /// What is known to be shorter does not count.
    pub(crate) shortest_ms: u64,
    /// Whether what does not stand in the code does not count.
    pub(crate) written: bool,
}

/// What of the app a method names that makes a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// An entry among the phone's apps.
    LauncherEntry,
    /// None of its components, so that which one is meant is not told; and the numbers that are
    /// asked for are the only ones the call can have there.
    Unnamed,
}

/// How long one of an interval's units is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PeriodUnit {
    Milliseconds,
    Seconds,
    /// Milliseconds that are added to the time.
    FromNow,
    /// The method names a `TimeUnit`.
    Beside,
}

impl Conditions {
    /// Whether the arguments or texts of a call decide, and not its name alone.
    pub(crate) fn ask_for_values(&self) -> bool {
        !(self.numbers.is_empty() && self.texts.is_empty() && self.returns.is_empty())
            || self.about.is_some()
            || self.unknown.is_some()
            || self.period.is_some()
            || !self.inside.is_empty()
            || self.in_loop
    }

    /// Whether it matters who calls.
    pub(crate) fn ask_for_origin(&self) -> bool {
        !(self.from.is_empty() && self.not_from.is_empty() && self.not_in.is_empty())
    }
}

/// One code item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodeItem {
    /// What evidence of it says: `method`, `class` or `string`.
    pub(crate) kind: &'static str,
    /// The method or class, for people.
    pub(crate) value: String,
    /// What it asks beyond that.
    pub(crate) conditions: Conditions,
    /// Several items of which one class does enough.
    pub(crate) together: Option<Together>,
    /// The items of several that this one is part of.
    pub(crate) parts_of: Vec<usize>,
    /// Whether it is asked of the class of a declared component.
    pub(crate) of_component: bool,
    /// Whether what does it sends something to somebody.
    pub(crate) sends: bool,
}

/// Several items of which one class does enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Together {
    pub(crate) parts: Vec<usize>,
    pub(crate) at_least: usize,
}

/// Every code item of the catalogue.
#[derive(Debug, Default)]
pub(crate) struct CodeIndex {
    pub(crate) items: Vec<CodeItem>,
    /// How many classes items ask a call to come from.
    pub(crate) origins: usize,
    /// How many classes items ask a call not to stand in.
    pub(crate) kinds: usize,
    /// Names for several classes that calls come from, or stand in.
    places: BTreeMap<String, Vec<String>>,
    by_written: HashMap<String, usize>,
    classes: Lookup<Interest>,
    /// Descriptors' beginnings, and the item that asks for them.
    used_prefixes: Vec<(Vec<u8>, usize)>,
    /// Whole texts, and the items that ask for them.
    whole_texts: Lookup<Vec<usize>>,
    /// Texts of which a part is asked for.
    part_texts: Vec<(TextPattern, usize)>,
    /// Finds all of those at once: an app has a hundred thousand texts.
    part_search: Literals,
    /// Beginnings of descriptors that come with libraries, by their first letters.
    libraries: Vec<Vec<u8>>,
    /// Classes of libraries that only pass on what they are asked, as descriptors without their
    /// end.
    wrappers: HashSet<Vec<u8>, RandomState>,
    /// Components that come with libraries, by full names.
    library_components: HashSet<String, RandomState>,
    /// What a class of the platform extends: no DEX says it.
    platform: Lookup<Vec<u8>>,
}

impl CodeIndex {
    pub(super) fn build(
        rules: &[Rule],
        observables: &Observables,
        libraries: &LibraryFile,
        platform: &[(String, String)],
    ) -> Result<Self, CatalogueError> {
        let mut index = Self { places: observables.places.clone(), ..Self::default() };
        for rule in rules {
            for pattern in rule.code.iter().flat_map(|need| &need.any) {
                let item =
                    index.item_of(pattern).map_err(|what| CatalogueError::rule(rule, what))?;
                index.items[item].sends |= REPORTS.contains(&rule.id.as_str());
            }
        }
        for signal in &observables.signals {
            let ways = signal.ways.iter().flat_map(|way| way.code.iter().flatten());
            for pattern in ways {
                index.item_of(pattern).map_err(|what| CatalogueError::signal(signal, what))?;
            }
            for pattern in signal.ways.iter().flat_map(|way| &way.its_class) {
                let item =
                    index.item_of(pattern).map_err(|what| CatalogueError::signal(signal, what))?;
                index.items[item].of_component = true;
            }
        }
        for pattern in observables.switching.all() {
            index.item_of(pattern).map_err(CatalogueError::switching)?;
        }
        index.mark_components();
        let parts = index.part_texts.iter().map(|(part, _)| &part.bytes);
        index.part_search = Literals::new(parts, []);
        index.note_wrappers(libraries);
        index.library_components = libraries.components.iter().cloned().collect();
        index.libraries = libraries
            .prefixes
            .iter()
            .map(|prefix| format!("L{}", prefix.replace('.', "/")).into_bytes())
            .collect();
        index.libraries.sort_unstable();
        index.libraries.dedup_by(|later, earlier| later.starts_with(earlier));
        index.platform = platform
            .iter()
            .map(|(class, parent)| (descriptor(class), descriptor(parent)))
            .collect();
        Ok(index)
    }

    /// Whoever calls a wrapper calls what it wraps; that it does so itself says nothing.
    fn note_wrappers(&mut self, libraries: &LibraryFile) {
        for (wrapped, wrappers) in &libraries.wrapping {
            let asked = self.classes.get(&descriptor(wrapped)).into_iter();
            let plain = |item: &usize| !self.items[*item].conditions.ask_for_values();
            let asked: Vec<(Vec<u8>, Vec<usize>)> = asked
                .flat_map(|interest| &interest.methods)
                .map(|(name, items)| (name.clone(), items.iter().copied().filter(plain).collect()))
                .collect();
            for wrapper in wrappers {
                let methods = &mut self.interest(wrapper).methods;
                for (name, items) in &asked {
                    methods.entry(name.clone()).or_default().extend(items);
                }
            }
        }
        let all = libraries.wrapping.values().flatten().chain(&libraries.wrappers);
        self.wrappers = all.map(|class| bare(&descriptor(class)).to_vec()).collect();
    }

    /// Marks the classes about whose heirs something is asked as declared components.
    fn mark_components(&mut self) {
        let items = &self.items;
        let asks = |item: &usize| {
            let about = &items[*item];
            about.of_component || about.parts_of.iter().any(|whole| items[*whole].of_component)
        };
        for interest in self.classes.values_mut() {
            let mut asked = interest.overrides.values().flatten().chain(&interest.extended);
            interest.of_component = asked.any(asks);
        }
    }

    /// The item's place; it is compiled when first met.
    fn item_of(&mut self, pattern: &CodePattern) -> Result<usize, String> {
        let written = pattern.to_string();
        if let Some(known) = self.by_written.get(&written) {
            return Ok(*known);
        }
        let item = match pattern {
            CodePattern::Plain(text) => self.add_plain(text)?,
            CodePattern::Table(table) => {
                self.add_table(table).map_err(|what| format!("code {written}: {what}"))?
            }
        };
        self.by_written.insert(written, item);
        Ok(item)
    }

    fn add_plain(&mut self, written: &str) -> Result<usize, String> {
        if let Some(text) = written.strip_prefix("text:") {
            let pattern = text_pattern(text).map_err(|what| format!("code {written:?}: {what}"))?;
            let item = self.push("string", text, Conditions::default());
            self.ask_for_text(pattern, item);
            return Ok(item);
        }
        let (word, rest) = written.split_once(' ').unwrap_or(("", written));
        let (class, method) = split_member(written, rest)?;
        let open = class.ends_with('*');
        let kind = if method.is_some() { "method" } else { "class" };
        let item = self.push(kind, rest, Conditions::default());
        match (word, method) {
            ("", Some(method)) if !open => {
                self.interest(class).methods.entry(method.into()).or_default().push(item);
            }
            ("overrides", Some(method)) if !open => {
                let interest = self.interest(class);
                interest.overrides.entry(method.into()).or_default().push(item);
                interest.methods.entry(method.into()).or_default().push(item);
            }
            ("extends", None) if !open => self.interest(class).extended = Some(item),
            ("uses", None) if open => {
                let starts = format!("L{}", class.trim_end_matches('*').replace('.', "/"));
                self.used_prefixes.push((starts.into_bytes(), item));
            }
            ("uses", None) => self.interest(class).used = Some(item),
            _ => {
                return Err(format!(
                    "code {written:?}: write `Class->method`, `overrides Class->method`, `extends Class`, `uses Class` or `text:...`"
                ));
            }
        }
        Ok(item)
    }

    fn ask_for_text(&mut self, pattern: TextPattern, item: usize) {
        if pattern.is_whole() {
            self.whole_texts.entry(pattern.bytes).or_default().push(item);
        } else {
            self.part_texts.push((pattern, item));
        }
    }

    fn add_table(&mut self, table: &CodeTable) -> Result<usize, String> {
        let kinds = [
            !table.call.is_empty(),
            !table.says.is_empty(),
            !table.same_class.is_empty(),
            table.overrides.is_some() || !table.returns.is_empty(),
        ];
        if kinds.iter().filter(|kind| **kind).count() != 1 {
            return Err(
                "give one of `call`, `says`, `same_class` or `overrides` with `returns`".to_owned()
            );
        }
        if !table.same_class.is_empty() {
            return self.add_together(table);
        }
        if table.at_least.is_some() {
            return Err("`at_least` belongs to `same_class`".to_owned());
        }
        if let Some(method) = &table.overrides {
            return self.add_returning(method, table);
        }
        if !table.says.is_empty() {
            return self.add_saying(table);
        }
        let conditions = self.conditions(table)?;
        let asks_nothing = !conditions.ask_for_values() && !conditions.ask_for_origin();
        if asks_nothing && table.call.as_slice().len() == 1 {
            return Err("without a condition, write the call as a text".to_owned());
        }
        let item = self.push("method", &call_in_words(table), conditions);
        for call in table.call.as_slice() {
            match split_member(call, call)? {
                (class, Some(method)) if !class.ends_with('*') => {
                    self.interest(class).methods.entry(method.into()).or_default().push(item);
                }
                _ => return Err("`call` is written as a.b.Class->method".to_owned()),
            }
        }
        Ok(item)
    }

    fn add_saying(&mut self, table: &CodeTable) -> Result<usize, String> {
        let only = CodeTable {
            says: table.says.clone(),
            from: table.from.clone(),
            not_from: table.not_from.clone(),
            not_in: table.not_in.clone(),
            ..CodeTable::default()
        };
        let conditions = self.conditions(table)?;
        if *table != only {
            return Err("`says` goes with `from`, `not_from` and `not_in`".to_owned());
        }
        let item = self.push("string", &table.says.join(" or "), conditions);
        for text in &table.says {
            self.ask_for_text(text_pattern(text)?, item);
        }
        Ok(item)
    }

    fn add_together(&mut self, table: &CodeTable) -> Result<usize, String> {
        let only = CodeTable {
            same_class: table.same_class.clone(),
            at_least: table.at_least,
            ..CodeTable::default()
        };
        if *table != only {
            return Err("`same_class` goes with `at_least` only".to_owned());
        }
        let at_least = table.at_least.unwrap_or(table.same_class.len());
        if at_least < 2 || at_least > table.same_class.len() {
            return Err("one class does at least two things, and no more than are named".to_owned());
        }
        let mut parts = Vec::new();
        for part in &table.same_class {
            if matches!(part, CodePattern::Table(part) if part.about.is_some()) {
                return Err("`about` cannot stand in `same_class`".to_owned());
            }
            if matches!(part, CodePattern::Table(part) if !part.same_class.is_empty()) {
                return Err("`same_class` cannot stand in another one".to_owned());
            }
            parts.push(self.item_of(part)?);
        }
        let words: Vec<&str> = parts.iter().map(|part| self.items[*part].value.as_str()).collect();
        let joint = if at_least == parts.len() { " and " } else { ", " };
        let item = self.push("class", &words.join(joint), Conditions::default());
        for part in &parts {
            self.items[*part].parts_of.push(item);
        }
        self.items[item].together = Some(Together { parts, at_least });
        Ok(item)
    }

    fn add_returning(&mut self, written: &str, table: &CodeTable) -> Result<usize, String> {
        let only = CodeTable {
            overrides: table.overrides.clone(),
            returns: table.returns.clone(),
            ..CodeTable::default()
        };
        if *table != only || table.returns.is_empty() {
            return Err("`overrides` goes with `returns`".to_owned());
        }
        let (class, Some(method)) = split_member(written, written)? else {
            return Err("`overrides` is written as a.b.Class->method".to_owned());
        };
        let conditions = Conditions { returns: table.returns.clone(), ..Conditions::default() };
        let value = format!("{written} returns {}", or_list(&table.returns));
        let item = self.push("method", &value, conditions);
        self.interest(class).overrides.entry(method.into()).or_default().push(item);
        Ok(item)
    }

    fn conditions(&mut self, table: &CodeTable) -> Result<Conditions, String> {
        let mut conditions = Conditions::default();
        if table.argument == Some(0) {
            return Err("arguments are counted from 1, without `this`".to_owned());
        }
        if !table.constant.is_empty() {
            conditions.numbers.push((table.argument, table.constant.clone()));
        } else if table.argument.is_some() {
            return Err("`argument` needs `constant`".to_owned());
        }
        for (place, numbers) in &table.arguments {
            let place = place.parse().ok().filter(|place| *place > 0);
            let place: usize = place.ok_or("arguments are counted from 1, without `this`")?;
            conditions.numbers.push((Some(place), numbers.clone()));
        }
        if table.unknown == Some(0) {
            return Err("arguments are counted from 1, without `this`".to_owned());
        }
        conditions.unknown = table.unknown;
        for text in &table.text {
            conditions.texts.push(text_pattern(text)?);
        }
        conditions.about = match table.about.as_deref() {
            None => None,
            Some("launcher_entry") => Some(About::LauncherEntry),
            Some("unnamed") => Some(About::Unnamed),
            Some(other) => {
                return Err(format!("`about` knows launcher_entry and unnamed, not {other:?}"));
            }
        };
        conditions.period = period(table)?;
        let names = table.inside.as_slice().iter();
        conditions.inside = names.map(|name| name.as_bytes().to_vec()).collect();
        conditions.in_loop = table.in_loop;
        for class in self.classes_of(&table.from)? {
            conditions.from.push(self.origin(&class));
        }
        for class in self.classes_of(&table.not_from)? {
            conditions.not_from.push(self.origin(&class));
        }
        for class in self.classes_of(&table.not_in)? {
            conditions.not_in.push(self.kind(&class));
        }
        Ok(conditions)
    }

    /// The classes of `extends a.b.Class`, or of a name that stands for several.
    fn classes_of(&self, written: &Listed<String>) -> Result<Vec<String>, String> {
        let mut classes = Vec::new();
        for one in written.as_slice() {
            match self.places.get(one) {
                Some(several) => {
                    for class in several {
                        classes.push(extended(class)?.to_owned());
                    }
                }
                None => classes.push(extended(one)?.to_owned()),
            }
        }
        Ok(classes)
    }

    fn origin(&mut self, class: &str) -> usize {
        let next = self.origins;
        let place = *self.interest(class).origin.get_or_insert(next);
        self.origins += usize::from(place == next);
        place
    }

    fn kind(&mut self, class: &str) -> usize {
        let next = self.kinds;
        let place = *self.interest(class).kind.get_or_insert(next);
        self.kinds += usize::from(place == next);
        place
    }

    fn push(&mut self, kind: &'static str, value: &str, conditions: Conditions) -> usize {
        self.items.push(CodeItem {
            kind,
            value: value.to_owned(),
            conditions,
            together: None,
            parts_of: Vec::new(),
            of_component: false,
            sends: false,
        });
        self.items.len() - 1
    }

    fn interest(&mut self, class: &str) -> &mut Interest {
        self.classes.entry(descriptor(class)).or_default()
    }

    /// What the catalogue asks about the class of this descriptor.
    pub(crate) fn class(&self, descriptor: &[u8]) -> Option<&Interest> {
        self.classes.get(descriptor)
    }

    /// What a class of the platform extends, as a descriptor.
    pub(crate) fn platform_parent(&self, descriptor: &[u8]) -> Option<&[u8]> {
        self.platform.get(descriptor).map(Vec::as_slice)
    }

    /// The item that asks who uses the class of this descriptor.
    pub(crate) fn used(&self, descriptor: &[u8]) -> Option<usize> {
        let exact = self.class(descriptor).and_then(|interest| interest.used);
        exact.or_else(|| {
            let mut prefixes = self.used_prefixes.iter();
            prefixes.find(|(prefix, _)| descriptor.starts_with(prefix)).map(|(_, item)| *item)
        })
    }

    /// The items that ask for this text.
    pub(crate) fn texts(&self, text: &[u8]) -> Vec<usize> {
        let mut items = self.whole_texts.get(text).cloned().unwrap_or_default();
        self.part_search.each_in(text, |part, _| {
            let Some((part, item)) = self.part_texts.get(part) else { return };
            if !items.contains(item) && part.matches(text) {
                items.push(*item);
            }
        });
        items
    }

    /// The place of an item among all.
    pub(crate) fn item(&self, written: &CodePattern) -> Option<usize> {
        match written {
            CodePattern::Plain(text) => self.by_written.get(text).copied(),
            CodePattern::Table(_) => self.by_written.get(&written.to_string()).copied(),
        }
    }

    /// Whether this outer class of a library only passes on what it is asked.
    pub(crate) fn is_wrapper(&self, outer: &[u8]) -> bool {
        self.wrappers.contains(outer)
    }

    /// Whether a component of this full name comes with a library or the platform.
    pub(crate) fn is_library_component(&self, name: &str) -> bool {
        self.library_components.contains(name)
            || self.platform.contains_key(format!("L{};", name.replace('.', "/")).as_bytes())
    }

    /// Whether the class of this descriptor comes with a library.
    pub(crate) fn is_library(&self, descriptor: &[u8]) -> bool {
        // No beginning is the beginning of another one, so only the nearest below can match.
        let above = self.libraries.partition_point(|prefix| prefix.as_slice() <= descriptor);
        let nearest = above.checked_sub(1).and_then(|below| self.libraries.get(below));
        nearest.is_some_and(|prefix| descriptor.starts_with(prefix))
    }
}

/// The class of `extends a.b.Class`.
fn extended(written: &str) -> Result<&str, String> {
    let class = written.strip_prefix("extends ").ok_or(ORIGIN)?;
    match split_member(written, class)? {
        (class, None) => Ok(class),
        (_, Some(_)) => Err(ORIGIN.to_owned()),
    }
}

const ORIGIN: &str =
    "`from`, `not_from` or `not_in` is written as `extends a.b.Class`, or a name under `[places]`";

fn period(table: &CodeTable) -> Result<Option<Period>, String> {
    let Some(place) = table.period else {
        return match (&table.unit, table.shortest_seconds, table.written) {
            (None, None, false) => Ok(None),
            _ => Err("`unit`, `shortest_seconds` and `written` need `period`".to_owned()),
        };
    };
    let unit = match table.unit.as_deref() {
        Some("milliseconds") => PeriodUnit::Milliseconds,
        Some("seconds") => PeriodUnit::Seconds,
        Some("from_now") => PeriodUnit::FromNow,
        Some("beside") => PeriodUnit::Beside,
        _ => {
            return Err(
                "`period` needs `unit`: milliseconds, seconds, from_now or beside".to_owned()
            );
        }
    };
    if place == 0 {
        return Err("arguments are counted from 1, without `this`".to_owned());
    }
    let shortest_ms = table.shortest_seconds.unwrap_or(0) * 1000;
    Ok(Some(Period { place, unit, shortest_ms, written: table.written }))
}

/// A descriptor without its end.
fn bare(descriptor: &[u8]) -> &[u8] {
    descriptor.strip_suffix(b";").unwrap_or(descriptor)
}

fn descriptor(class: &str) -> Vec<u8> {
    format!("L{};", class.replace('.', "/")).into_bytes()
}

/// `a.b.Class->method` or `a.b.Class`.
fn split_member<'t>(written: &str, rest: &'t str) -> Result<(&'t str, Option<&'t str>), String> {
    let (class, method) = match rest.split_once("->") {
        Some((class, method)) => (class, Some(method)),
        None => (rest, None),
    };
    let bare = class.strip_suffix('*').unwrap_or(class);
    if !bare.contains('.') || bare.contains(['/', ';', ' ', '*', '(']) {
        return Err(format!("code {written:?}: a class is written as android.media.AudioRecord"));
    }
    if method.is_some_and(|method| method.is_empty() || method.contains(['(', ' '])) {
        return Err(format!("code {written:?}: a method is its name alone, without arguments"));
    }
    Ok((class, method))
}

fn text_pattern(written: &str) -> Result<TextPattern, String> {
    let pattern = TextPattern::new(written);
    let shortest = if pattern.is_whole() { 1 } else { 3 };
    if pattern.bytes.len() < shortest {
        return Err("a part of fewer than three letters is found everywhere".to_owned());
    }
    Ok(pattern)
}

/// `MediaRecorder->setAudioSource with 4 or 7`, for people.
fn call_in_words(table: &CodeTable) -> String {
    let mut words = table.call.as_slice().join(" or ");
    let mut add = |part: String| words.push_str(&part);
    if !table.constant.is_empty() {
        add(format!(" with {}", or_list(&table.constant)));
    }
    for (place, numbers) in &table.arguments {
        add(format!(" with {} in place {place}", or_list(numbers)));
    }
    if let Some(place) = table.unknown {
        add(format!(" with a number in place {place} that is not told"));
    }
    if !table.text.is_empty() {
        let texts: Vec<String> = table.text.iter().map(|text| format!("{text:?}")).collect();
        add(format!(" with {}", texts.join(" or ")));
    }
    if table.in_loop {
        add(" in a loop".to_owned());
    }
    if !table.inside.is_empty() {
        add(format!(" in a method {}", table.inside.as_slice().join(" or ")));
    }
    match table.about.as_deref() {
        Some("unnamed") => add(", naming no part of the app".to_owned()),
        Some(_) => add(", naming its entry among the apps".to_owned()),
        None => {}
    }
    if !table.from.is_empty() {
        let named = |from: &String| match from.strip_prefix("extends ") {
            Some(class) => format!("a class that extends {class}"),
            None => format!("the {from}"),
        };
        let from: Vec<String> = table.from.as_slice().iter().map(named).collect();
        add(format!(", from {}", from.join(" or ")));
    }
    words
}

fn or_list(numbers: &[i64]) -> String {
    numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(" or ")
}
