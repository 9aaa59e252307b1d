//! The walk through a DEX's code: class by class, what its methods call, name and load. A method
//! that calls something whose arguments matter is traced as well.

use super::code::{self, ClassMethod, Reference};
use super::facts::{CodeFacts, whole_app};
use super::handed::{Handing, MAX_HANDINGS, Want, parameter};
use super::scan::{NONE, Scan, ScanProblems, dotted};
use super::trace::{Constant, Event, Known, loops, trace};
use super::{Dex, decode};
use crate::catalogue::{About, CodeItem, Conditions, Period, PeriodUnit};

/// How many texts of one method are tried as names of classes and methods.
const MAX_NAMES: usize = 200;

/// What may still be visited: a hostile file lets many classes share one piece of code.
struct Budget {
    methods: usize,
    units: usize,
    traced_units: usize,
    values: usize,
    /// Code lies at multiples of four, so a bit for each is enough.
    visited: Vec<u64>,
}

impl Budget {
    fn of(data: &[u8]) -> Self {
        Self {
            methods: data.len() / 2,
            units: data.len(),
            traced_units: data.len(),
            values: data.len(),
            visited: vec![0; data.len() / 256 + 1],
        }
    }

    /// Whether the code at this place is visited for the first time; `None` outside of the file.
    fn first_visit(&mut self, code_at: usize) -> Option<bool> {
        let bit = 1u64 << (code_at / 4 % 64);
        let known = self.visited.get_mut(code_at / 256)?;
        let first = *known & bit == 0;
        *known |= bit;
        Some(first)
    }
}

/// What one class does.
#[derive(Default)]
pub(super) struct Deeds {
    /// Each item counts once for a class, however often it is met in it.
    pub(super) items: Vec<u16>,
    reflected: Vec<u16>,
    /// Items that count by what their method names, and what that is.
    pub(super) naming: Vec<(u16, Vec<String>)>,
    periods_seconds: Vec<(u16, u64)>,
    /// Calls that depend on what their method is called with; of all classes.
    handings: Vec<Handing>,
}

impl Scan<'_, '_> {
    pub(super) fn walk_code(&mut self, facts: &mut CodeFacts, problems: &mut ScanProblems) {
        let data = self.dex.bytes();
        let mut budget = Budget::of(data);
        let mut deeds = Deeds::default();
        let mut references = Vec::new();
        let (mut broken_classes, mut broken_methods) = (0usize, 0usize);
        for row in 0..self.dex.class_count() {
            let Some(class) = self.dex.class(row) else { continue };
            if class.values_at != 0 {
                for string in code::static_strings(data, class.values_at, &mut budget.values) {
                    self.loads(string, class.class, &mut deeds);
                }
            }
            let methods = match class.data_at {
                0 => Some(Vec::new()),
                at => code::code_of_class(data, at, &mut budget.methods),
            };
            broken_classes += usize::from(methods.is_none());
            for method in methods.unwrap_or_default() {
                let returning = self.implemented(facts, class.class, method.method);
                if method.code_at == 0 {
                    continue;
                }
                match budget.first_visit(method.code_at) {
                    Some(true) => {}
                    Some(false) => continue,
                    None => {
                        broken_methods += 1;
                        continue;
                    }
                }
                let code = code::instructions(data, method.code_at, &mut budget.units);
                let read = code.and_then(|code| code::visit(code, |one| references.push(one)));
                broken_methods += usize::from(read.is_none());
                let look = self.method(facts, class.class, &references, &mut deeds);
                if look.values || !returning.is_empty() {
                    let about = Traced { method, class: class.class, references: &references };
                    self.trace_values(&about, &returning, &mut budget, &mut deeds);
                }
                references.clear();
            }
            self.hand_over_deeds(facts, class.class, &mut deeds);
        }
        let handings = std::mem::take(&mut deeds.handings);
        self.follow(facts, handings);
        if broken_classes > 0 {
            problems
                .what
                .push(format!("the methods of {broken_classes} classes could not be read"));
        }
        if broken_methods > 0 {
            problems.what.push(format!("the code of {broken_methods} methods could not be read"));
        }
    }

    /// Notes a method that a class implements for the platform to call; the items that ask what
    /// it returns come back.
    fn implemented(&self, facts: &mut CodeFacts, class: u32, method: u32) -> Vec<u16> {
        let mut returning = Vec::new();
        let lineage = self.lineage_of(class);
        if lineage.iter().all(|interest| interest.overrides.is_empty()) {
            return returning;
        }
        let name = self.dex.method(method).and_then(|(_, name)| self.dex.name(name));
        let Some(name) = name else { return returning };
        for item in lineage.iter().filter_map(|asked| asked.overrides.get(name)).flatten() {
            if self.index.items[*item].conditions.returns.is_empty() {
                self.implements(facts, class, *item);
            } else {
                returning.extend(u16::try_from(*item));
            }
        }
        returning
    }

    fn method(
        &mut self,
        facts: &mut CodeFacts,
        class: u32,
        references: &[Reference],
        deeds: &mut Deeds,
    ) -> Look {
        let mut look = Look::default();
        let origins = if self.roots.is_empty() {
            Vec::new()
        } else {
            self.roots.get(self.outer(class)).cloned().unwrap_or_default()
        };
        for reference in references {
            if let Reference::Call(method) = reference
                && !origins.is_empty()
            {
                self.reaches(facts, &origins, *method);
            }
            self.referred(*reference, class, deeds, &mut look);
        }
        if look.reflects && !self.is_library(class) {
            self.by_reflection(references, deeds);
        }
        look
    }

    /// A component of an origin calls this method's class.
    fn reaches(&self, facts: &mut CodeFacts, origins: &[usize], method: u32) {
        let Some((class, _)) = self.dex.method(method) else { return };
        let outer = self.outer(class);
        let is_platform = outer.starts_with(b"Landroid/") || outer.starts_with(b"Ljava/");
        if is_platform || self.is_library(class) {
            return;
        }
        for origin in origins {
            facts.reach(*origin, outer);
        }
    }

    fn referred(&mut self, reference: Reference, class: u32, deeds: &mut Deeds, look: &mut Look) {
        let of = match reference {
            Reference::Call(method) => {
                let target = self.method_targets.get(method as usize).copied().unwrap_or(NONE);
                if let Some(target) = self.targets.get(usize::from(target)) {
                    deeds.items.extend(&target.plain);
                    look.values |= !target.valued.is_empty();
                    look.reflects |= target.reflects;
                }
                None
            }
            Reference::Type(of) => Some(of),
            Reference::Field(field) => self.dex.field_class(field),
            Reference::Text(string) => {
                self.loads(string, class, deeds);
                None
            }
        };
        let item = of.and_then(|of| self.used_items.get(of as usize).copied());
        deeds.items.extend(item.filter(|item| *item != NONE));
    }

    fn loads(&mut self, string: u32, class: u32, deeds: &mut Deeds) {
        self.text_used(string, class);
        if let Some(items) = self.text_items.get(&string) {
            deeds.items.extend(items.iter().filter_map(|item| u16::try_from(*item).ok()));
        }
    }

    /// Texts near a look-up by name that are names of a class that is asked for, and of its
    /// methods.
    fn by_reflection(&self, references: &[Reference], deeds: &mut Deeds) {
        let texts: Vec<&[u8]> = references
            .iter()
            .filter_map(|reference| match reference {
                Reference::Text(string) => self.dex.name(*string),
                _ => None,
            })
            .take(MAX_NAMES)
            .collect();
        for class in texts.iter().filter(|text| text.contains(&b'.')) {
            let mut descriptor = Vec::with_capacity(class.len() + 2);
            descriptor.push(b'L');
            descriptor.extend(class.iter().map(|byte| if *byte == b'.' { b'/' } else { *byte }));
            descriptor.push(b';');
            let used = self.index.used(&descriptor);
            let methods = self.index.class(&descriptor).into_iter().flat_map(|interest| {
                texts.iter().filter_map(|text| interest.methods.get(*text)).flatten().copied()
            });
            let items = used
                .into_iter()
                .chain(methods)
                .filter(|item| self.index.items[*item].conditions == Conditions::default());
            deeds.reflected.extend(items.filter_map(|item| u16::try_from(item).ok()));
        }
    }

    /// Follows the values in a method to the calls and returns that ask for them.
    fn trace_values(
        &self,
        about: &Traced<'_>,
        returning: &[u16],
        budget: &mut Budget,
        deeds: &mut Deeds,
    ) {
        let data = self.dex.bytes();
        let code_at = about.method.code_at;
        let Some(code) = code::instructions(data, code_at, &mut budget.traced_units) else {
            return;
        };
        let name = self.dex.method(about.method.method).and_then(|(_, name)| self.dex.name(name));
        let Deeds { items, naming, periods_seconds, .. } = deeds;
        let parameters = code::parameters(data, code_at);
        let mut handings = Vec::new();
        let mut in_loops: Vec<(usize, u16, Option<u64>)> = Vec::new();
        trace(code, parameters, |event| match event {
            Event::Call { at, method, is_static, arguments, near } => {
                let target = self.method_targets.get(method as usize).copied().unwrap_or(NONE);
                let Some(target) = self.targets.get(usize::from(target)) else { return };
                let call = Call { dex: self.dex, method, is_static, arguments, near };
                for item in &target.valued {
                    let asked = &self.index.items[usize::from(*item)];
                    let inside = &asked.conditions.inside;
                    let elsewhere = !inside.is_empty()
                        && !inside.iter().any(|one| name == Some(one.as_slice()));
                    if elsewhere {
                        continue;
                    }
                    if !call.meets(asked) {
                        if let Some(wants) = call.would_meet(asked) {
                            let names = asked.conditions.about.map(|_| self.names_in(about));
                            let names = names.unwrap_or_default();
                            let method = about.method.method;
                            handings.push(Handing { method, item: *item, wants, names });
                        }
                        continue;
                    }
                    let mut seconds = None;
                    if let Some(period) = &asked.conditions.period {
                        let unit = || self.unit(period.unit, about.references);
                        match call.interval(period, unit) {
                            Repeats::Not => continue,
                            Repeats::After(known) => seconds = known,
                        }
                    }
                    if asked.conditions.in_loop {
                        in_loops.push((at, *item, seconds));
                        continue;
                    }
                    periods_seconds.extend(seconds.map(|seconds| (*item, seconds)));
                    if asked.conditions.about.is_some() {
                        naming.push((*item, self.names_in(about)));
                    } else {
                        items.push(*item);
                    }
                }
            }
            Event::Return(known) => {
                items.extend(returning.iter().filter(|item| {
                    let asked = &self.index.items[usize::from(**item)].conditions.returns;
                    holds_one_of(known, asked)
                }));
            }
        });
        if !in_loops.is_empty() {
            let loops = loops(code);
            for (at, item, seconds) in in_loops {
                if loops.iter().any(|one| one.contains(&at)) {
                    items.push(item);
                    periods_seconds.extend(seconds.map(|seconds| (item, seconds)));
                }
            }
        }
        // Libraries wrap much; what an app's own code hands to them is not followed.
        if !self.is_library(about.class) && deeds.handings.len() < MAX_HANDINGS {
            deeds.handings.extend(handings);
        }
    }

    /// The classes and texts that a method names.
    pub(super) fn names_in(&self, about: &Traced<'_>) -> Vec<String> {
        let name = |reference: &Reference| match reference {
            Reference::Type(class) => self.dex.type_descriptor(*class).map(dotted),
            Reference::Text(text) => {
                self.dex.name(*text).map(|text| decode(text).replace('/', "."))
            }
            // An activity that names itself.
            Reference::Call(method) => {
                let (_, name) = self.dex.method(*method)?;
                let itself = self.dex.name(name)? == b"getComponentName";
                itself.then(|| self.dex.type_descriptor(about.class)).flatten().map(dotted)
            }
            Reference::Field(_) => None,
        };
        let mut names: Vec<String> =
            about.references.iter().filter_map(name).take(MAX_NAMES).collect();
        let of_commands: Vec<String> = names.iter().flat_map(|text| of_command(text)).collect();
        names.extend(of_commands);
        names
    }

    fn unit(&self, unit: PeriodUnit, references: &[Reference]) -> Option<UnitSeconds> {
        match unit {
            PeriodUnit::Milliseconds | PeriodUnit::FromNow => {
                return UnitSeconds::named(b"MILLISECONDS");
            }
            PeriodUnit::Seconds => return UnitSeconds::named(b"SECONDS"),
            PeriodUnit::Beside => {}
        }
        let mut found = references.iter().filter_map(|reference| match reference {
            Reference::Field(field) => {
                let class = self.dex.field_class(*field)?;
                let named = self.dex.type_descriptor(class)? == b"Ljava/util/concurrent/TimeUnit;";
                named.then(|| UnitSeconds::named(self.dex.field_name(*field)?)).flatten()
            }
            _ => None,
        });
        let first = found.next()?;
        // Of two units nobody can tell which is meant.
        found.all(|other| other == first).then_some(first)
    }

    pub(super) fn hand_over_deeds(&self, facts: &mut CodeFacts, class: u32, deeds: &mut Deeds) {
        if self.is_wrapper(class) {
            for item in std::mem::take(deeds).items {
                facts.items[usize::from(item)].wrapped = true;
            }
            return;
        }
        let (library, outer) = (self.is_library(class), self.outer(class));
        for (item, names) in deeds.naming.drain(..) {
            facts.names(item.into(), names, library, self.class_place(class));
        }
        for (item, seconds) in deeds.periods_seconds.drain(..).filter(|_| !library) {
            facts.repeats(item.into(), outer, seconds);
        }
        if deeds.items.is_empty() && deeds.reflected.is_empty() {
            return;
        }
        deeds.items.sort_unstable();
        deeds.items.dedup();
        for item in deeds.items.drain(..) {
            let place = || self.class_place(class);
            facts.does(self.index, item.into(), outer, library, place);
        }
        deeds.reflected.sort_unstable();
        deeds.reflected.dedup();
        for item in deeds.reflected.drain(..) {
            facts.items[usize::from(item)].reflected.add(|| self.class_place(class));
        }
    }
}

/// What a command for the package manager is about: the last of its words, `package/.Component`.
fn of_command(text: &str) -> Vec<String> {
    if !text.contains("pm ") && !text.contains("package ") {
        return Vec::new();
    }
    let last = text.split_whitespace().next_back().unwrap_or_default();
    // The slash was read as a dot.
    vec![last.replace("..", "."), whole_app(last)]
}

/// A method whose values are followed.
pub(super) struct Traced<'r> {
    pub(super) method: ClassMethod,
    pub(super) class: u32,
    pub(super) references: &'r [Reference],
}

const DURATION: &[u8] = b"Ljava/time/Duration;";

/// So many seconds in so many units.
#[derive(Clone, Copy, PartialEq, Eq)]
struct UnitSeconds {
    of: u64,
    per: u64,
}

impl UnitSeconds {
    fn named(unit: &[u8]) -> Option<Self> {
        let (of, per) = match unit {
            b"MILLISECONDS" => (1, 1000),
            b"SECONDS" => (1, 1),
            b"MINUTES" => (60, 1),
            b"HOURS" => (3600, 1),
            b"DAYS" => (86_400, 1),
            _ => return None,
        };
        Some(Self { of, per })
    }

    /// What a number of units is in milliseconds; nothing for what is no length of time.
    fn milliseconds(self, number: i64) -> Option<u64> {
        Some(u64::try_from(number).ok()?.checked_mul(self.of)?.checked_mul(1000)? / self.per)
    }
}

/// Whether a call repeats something.
enum Repeats {
    /// It has no interval, or one that is too short to count.
    Not,
    /// After so many seconds, where they stand in the code.
    After(Option<u64>),
}

/// Whether a method deserves a closer look.
#[derive(Default)]
struct Look {
    /// It calls something whose arguments matter.
    values: bool,
    /// It finds classes or methods by name.
    reflects: bool,
}

/// A call with what is known of its arguments.
struct Call<'a, 'd> {
    dex: &'a Dex<'d>,
    method: u32,
    is_static: bool,
    arguments: &'a [Known],
    near: &'a [u32],
}

impl Call<'_, '_> {
    fn meets(&self, item: &CodeItem) -> bool {
        let conditions = &item.conditions;
        let own = usize::from(!self.is_static);
        let only = conditions.about == Some(About::Unnamed);
        let numbers = conditions.numbers.iter().all(|(place, numbers)| match *place {
            Some(place) if only => {
                self.argument(place).is_some_and(|known| holds_only(known, numbers))
            }
            Some(place) => self.argument(place).is_some_and(|known| holds_one_of(known, numbers)),
            None => self.arguments.iter().skip(own).any(|known| holds_one_of(*known, numbers)),
        });
        let told = conditions.unknown.is_some_and(|place| self.number(place).is_some());
        numbers && !told && (conditions.texts.is_empty() || self.has_text(conditions))
    }

    /// What the method's callers must hand to it, by its parameters, for the call to meet the
    /// item; nothing where that alone is not enough.
    fn would_meet(&self, item: &CodeItem) -> Option<Vec<Want>> {
        let conditions = &item.conditions;
        let told = conditions.unknown.is_some();
        if told || !(conditions.texts.is_empty() || self.has_text(conditions)) {
            return None;
        }
        let mut wants = Vec::new();
        for (place, numbers) in &conditions.numbers {
            let known = self.argument((*place)?)?;
            if holds_one_of(known, numbers) {
                continue;
            }
            wants.push(Want { parameter: parameter(known)?, numbers: numbers.clone() });
        }
        (!wants.is_empty()).then_some(wants)
    }

    /// The argument of this place, the first being 1; a wide one before it takes two registers.
    fn argument(&self, place: usize) -> Option<Known> {
        let parameters = self.dex.shorty(self.method)?.get(1..)?;
        let before = parameters.get(..place.checked_sub(1)?)?;
        let words: usize =
            before.iter().map(|kind| if matches!(kind, b'J' | b'D') { 2 } else { 1 }).sum();
        self.arguments.get(usize::from(!self.is_static) + words).copied()
    }

    fn number(&self, place: usize) -> Option<i64> {
        self.argument(place)?.iter().flatten().find_map(|constant| match constant {
            Constant::Number(number) => Some(*number),
            Constant::Text(_) | Constant::Parameter(_) | Constant::Later(_) => None,
        })
    }

    fn interval(&self, period: &Period, unit: impl FnOnce() -> Option<UnitSeconds>) -> Repeats {
        const MONTH: u64 = 31 * 86_400;
        let kind = self.dex.shorty(self.method).and_then(|shorty| shorty.get(period.place));
        let unknown = || if period.written { Repeats::Not } else { Repeats::After(None) };
        match kind {
            Some(b'J') => {}
            // A method that takes nothing at all says nothing of which one is meant.
            None if self.dex.shorty(self.method).is_some_and(|shorty| shorty.len() == 1) => {
                return unknown();
            }
            Some(b'L') if period.unit == PeriodUnit::Beside => {
                let is_length = self.dex.takes(self.method, period.place - 1, DURATION);
                return if is_length { unknown() } else { Repeats::Not };
            }
            _ => return Repeats::Not,
        }
        let number = self.argument(period.place).and_then(|known| {
            known.iter().flatten().find_map(|constant| match (constant, period.unit) {
                (Constant::Later(number), PeriodUnit::FromNow) => Some(*number),
                (Constant::Number(number), unit) if unit != PeriodUnit::FromNow => Some(*number),
                _ => None,
            })
        });
        let Some((number, unit)) = number.zip(unit()) else { return unknown() };
        match unit.milliseconds(number) {
            Some(short) if short < period.shortest_ms => Repeats::Not,
            Some(known) => {
                let seconds = known / 1000;
                Repeats::After((1..=MONTH).contains(&seconds).then_some(seconds))
            }
            None => unknown(),
        }
    }

    fn has_text(&self, conditions: &Conditions) -> bool {
        let of_arguments = self.arguments.iter().flatten().filter_map(|constant| match constant {
            Some(Constant::Text(text)) => Some(*text),
            _ => None,
        });
        of_arguments.chain(self.near.iter().copied()).any(|text| {
            let text = self.dex.name(text).unwrap_or_default();
            conditions.texts.iter().any(|pattern| pattern.matches(text))
        })
    }
}

/// Whether nothing but these numbers is known of the value.
fn holds_only(known: Known, numbers: &[i64]) -> bool {
    holds_one_of(known, numbers)
        && known.iter().flatten().all(|constant| match constant {
            Constant::Number(number) => numbers.contains(number),
            Constant::Text(_) | Constant::Parameter(_) | Constant::Later(_) => false,
        })
}

pub(super) fn holds_one_of(known: Known, numbers: &[i64]) -> bool {
    known.iter().flatten().any(|constant| match constant {
        Constant::Number(number) => numbers.contains(number),
        Constant::Text(_) | Constant::Parameter(_) | Constant::Later(_) => false,
    })
}
