//! By what the other side would notice an action: `catalogue/observable.toml`, read and checked.

use std::collections::HashSet;

use serde::Deserialize;

use super::files::OBSERVABLE;
use super::{CatalogueError, CodePattern, Declaration, Rule};

/// Something by which the other side would notice an action.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// A stable id.
    pub id: String,
    /// What somebody does: a stable id.
    pub action: String,
    /// The action in words, continues "Somebody who ...".
    pub words: String,
    /// How soon it is noticed.
    pub how_soon: Soon,
    /// What would be noticed and when, for a helper.
    pub sentence: String,
    /// One of these is enough.
    #[serde(rename = "way")]
    pub ways: Vec<Way>,
}

/// What the app must have for a signal: every block of both, by any of its items.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// What the manifest must declare.
    #[serde(default)]
    pub declared: Vec<Vec<Declaration>>,
    /// What the app's own code must do.
    pub code: Vec<Vec<CodePattern>>,
}

/// How soon a signal is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Soon {
    /// In the moment of the action.
    AtOnce,
    /// When there is a connection again.
    WhenConnected,
    /// When the phone is switched on again.
    AtNextStart,
    /// When the next command stays without an answer.
    AtTheNextCommand,
    /// After one interval of a report that comes regularly.
    Interval,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignalFile {
    signal: Vec<Signal>,
}

/// The signals; their ids are not those of rules.
pub(super) fn read(rules: &[Rule]) -> Result<Vec<Signal>, CatalogueError> {
    let file: SignalFile = OBSERVABLE.read()?;
    let mut ids: HashSet<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
    for signal in &file.signal {
        let wrong = |what: &str| Err(CatalogueError::signal(signal, what));
        if !ids.insert(&signal.id) {
            return wrong("this id is used twice, or is a capability's");
        }
        let said = [&signal.action, &signal.words, &signal.sentence];
        if said.iter().any(|text| text.trim().is_empty()) {
            return wrong("`action`, `words` and `sentence` must say something");
        }
        let can_be_met = |way: &Way| {
            !way.code.is_empty()
                && way.code.iter().all(|block| !block.is_empty())
                && way.declared.iter().all(|block| !block.is_empty())
        };
        if signal.ways.is_empty() || !signal.ways.iter().all(can_be_met) {
            return wrong("a way needs `code`, and no block is empty");
        }
    }
    Ok(file.signal)
}
