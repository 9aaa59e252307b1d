//! By what the other side would notice an action: `catalogue/observable.toml`, read and checked.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;
use unwatched_model::report::Support;

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

/// What the app must have for a signal: every block, by any of its items.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// A name that no other way of the signal has.
    pub name: String,
    /// Set where the same also stands in much that reports nothing.
    pub at_most: Option<Support>,
    /// What the manifest must declare.
    #[serde(default)]
    pub declared: Vec<Vec<Declaration>>,
    /// What the class of a component that is declared so must do, or one of the app's own that it
    /// extends; by any of these.
    #[serde(default)]
    pub its_class: Vec<CodePattern>,
    /// What the app's own code must do.
    #[serde(default)]
    pub code: Vec<Vec<CodePattern>>,
}

/// Calls by which an app switches on a component of its own that is off at first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switching {
    /// The number for "on" stands in the call.
    pub on: Vec<CodePattern>,
    /// Whether it switches on or off is not known.
    pub perhaps: Vec<CodePattern>,
}

impl Switching {
    pub(super) fn all(&self) -> impl Iterator<Item = &CodePattern> {
        self.on.iter().chain(&self.perhaps)
    }
}

/// Capabilities by which what was noticed reaches somebody.
pub(crate) const REPORTS: [&str; 8] = [
    "exfiltration",
    "uploads_files",
    "remote_channel",
    "remote_view",
    "sends_to_chat_bot",
    "sends_mail",
    "sends_sms",
    "remote_sms",
];

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

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Observables {
    /// Names for several classes that calls come from, or stand in.
    pub(crate) places: BTreeMap<String, Vec<String>>,
    pub(crate) switching: Switching,
    #[serde(rename = "signal")]
    pub(crate) signals: Vec<Signal>,
}

/// The signals; their ids are not those of rules.
pub(super) fn read(rules: &[Rule]) -> Result<Observables, CatalogueError> {
    let file: Observables = OBSERVABLE.read()?;
    let mut ids: HashSet<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
    for signal in &file.signals {
        let wrong = |what: &str| Err(CatalogueError::signal(signal, what));
        if !ids.insert(&signal.id) {
            return wrong("this id is used twice, or is a capability's");
        }
        let said = [&signal.action, &signal.words, &signal.sentence];
        if said.iter().any(|text| text.trim().is_empty()) {
            return wrong("`action`, `words` and `sentence` must say something");
        }
        let can_be_met = |way: &Way| {
            !(way.code.is_empty() && way.its_class.is_empty())
                && (way.its_class.is_empty() || !way.declared.is_empty())
                && way.code.iter().all(|block| !block.is_empty())
                && way.declared.iter().all(|block| !block.is_empty())
        };
        if signal.ways.is_empty() || !signal.ways.iter().all(can_be_met) {
            return wrong(
                "a way needs `code`, or `declared` and `its_class`, and no block is empty",
            );
        }
        let names: HashSet<&str> = signal.ways.iter().map(|way| way.name.as_str()).collect();
        if names.len() < signal.ways.len() {
            return wrong("two ways have one name");
        }
        let strengths = signal.ways.iter().filter_map(|way| way.at_most);
        if strengths.into_iter().any(|most| most != Support::Possible) {
            return wrong("`at_most` is possible, or not there");
        }
    }
    Ok(file)
}
