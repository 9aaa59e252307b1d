//! Numbers that a method is called with and hands on: `show(false)` in one class, and in another
//! one the call that takes what it was given. Followed through the app's own code of one DEX,
//! backwards, a few calls deep.

use std::collections::HashMap;

use super::code::{self, ClassMethod, Reference};
use super::facts::CodeFacts;
use super::scan::Scan;
use super::trace::{Constant, Event, Known, trace};
use super::walk::{Deeds, Traced, holds_one_of};

/// More calls that take a parameter than any real app has in its own code.
pub(super) const MAX_HANDINGS: usize = 1000;
/// How many methods may lie between the number and the call.
const MAX_DEPTH: usize = 3;

/// A call that meets an item where its method is called with certain numbers.
pub(super) struct Handing {
    /// The method that makes the call.
    pub(super) method: u32,
    pub(super) item: u16,
    pub(super) wants: Vec<Want>,
    /// What the methods on the way name, where the item asks for it.
    pub(super) names: Vec<String>,
}

/// What a parameter must be.
pub(super) struct Want {
    /// `this` being the first.
    pub(super) parameter: u8,
    pub(super) numbers: Vec<i64>,
}

/// The parameter that a value is.
pub(super) fn parameter(known: Known) -> Option<u8> {
    known.iter().flatten().find_map(|constant| match constant {
        Constant::Parameter(place) => Some(*place),
        Constant::Number(_) | Constant::Text(_) | Constant::Later(_) => None,
    })
}

impl Handing {
    /// The same, one call further back: met where nothing is wanted any more.
    fn back(&self, caller: u32, arguments: &[Known]) -> Option<Self> {
        let mut wants = Vec::new();
        for want in &self.wants {
            let known = *arguments.get(usize::from(want.parameter))?;
            if holds_one_of(known, &want.numbers) {
                continue;
            }
            wants.push(Want { parameter: parameter(known)?, numbers: want.numbers.clone() });
        }
        Some(Self { method: caller, item: self.item, wants, names: self.names.clone() })
    }
}

impl Scan<'_, '_> {
    /// Looks for the callers of these calls' methods, and for theirs.
    pub(super) fn follow(&self, facts: &mut CodeFacts, mut handings: Vec<Handing>) {
        for _ in 0..MAX_DEPTH {
            if handings.is_empty() {
                return;
            }
            let mut by_method: HashMap<u32, Vec<Handing>> = HashMap::new();
            for handing in handings.drain(..) {
                by_method.entry(handing.method).or_default().push(handing);
            }
            handings = self.callers(facts, &by_method);
        }
    }

    /// One walk through the app's own code; what is handed on once more comes back.
    fn callers(&self, facts: &mut CodeFacts, wanted: &HashMap<u32, Vec<Handing>>) -> Vec<Handing> {
        let data = self.dex.bytes();
        let (mut methods, mut units) = (data.len() / 2, data.len());
        let mut further = Vec::new();
        let mut deeds = Deeds::default();
        let mut references = Vec::new();
        for class in (0..self.dex.class_count()).filter_map(|row| self.dex.class(row)) {
            if class.data_at == 0 || self.is_library(class.class) {
                continue;
            }
            let all = code::code_of_class(data, class.data_at, &mut methods).unwrap_or_default();
            for method in all.into_iter().filter(|method| method.code_at != 0) {
                let Some(code) = code::instructions(data, method.code_at, &mut units) else {
                    continue;
                };
                references.clear();
                let _ = code::visit(code, |one| references.push(one));
                let calls = references.iter().any(
                    |one| matches!(one, Reference::Call(called) if wanted.contains_key(called)),
                );
                if calls {
                    let about = Traced { method, class: class.class, references: &references };
                    self.called_with(code, &about, wanted, &mut deeds, &mut further);
                }
            }
            self.hand_over_deeds(facts, class.class, &mut deeds);
        }
        further.truncate(MAX_HANDINGS);
        further
    }

    fn called_with(
        &self,
        code: &[u8],
        about: &Traced<'_>,
        wanted: &HashMap<u32, Vec<Handing>>,
        deeds: &mut Deeds,
        further: &mut Vec<Handing>,
    ) {
        let ClassMethod { method: caller, code_at } = about.method;
        let parameters = code::parameters(self.dex.bytes(), code_at);
        trace(code, parameters, |event| {
            let Event::Call { method, arguments, .. } = event else { return };
            for handing in wanted.get(&method).into_iter().flatten() {
                let Some(mut back) = handing.back(caller, arguments) else { continue };
                let asks_names = self.index.items[usize::from(back.item)].conditions.about;
                if asks_names.is_some() {
                    back.names.extend(self.names_in(about));
                }
                match (back.wants.is_empty(), asks_names) {
                    (true, Some(_)) => deeds.naming.push((back.item, back.names)),
                    (true, None) => deeds.items.push(back.item),
                    (false, _) if further.len() < MAX_HANDINGS => further.push(back),
                    (false, _) => {}
                }
            }
        });
    }
}
