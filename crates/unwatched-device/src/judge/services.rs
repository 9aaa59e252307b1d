//! Services of which the phone has one, and which see what others do not: the one that fills in
//! forms, the assistant. And permissions that only a computer, or somebody with full rights, gives.

use super::view::{Origin, View};
use crate::android::component::Component;
use crate::android::role::Role;
use crate::catalogue::{Known, catalogue};
use crate::evidence::SettingsTable;
use crate::facts::{Facts, Seen};
use crate::result::Signal;

/// The setting, of the first user or of another, that names a component of this app.
fn set_to(facts: &Facts, app: &View<'_>, key: &str) -> Option<(String, Seen)> {
    let first = facts.settings.get(&(SettingsTable::Secure, key.to_owned()));
    let first = first.map(|(value, seen)| (value.as_str(), *seen));
    let others = facts.access.other_users_settings.iter().filter(|(_, known, _)| known == key);
    let mut all = first.into_iter().chain(others.map(|(_, _, at)| (at.what.as_str(), at.seen)));
    all.find_map(|(value, seen)| {
        let component = Component::parse(value.trim())?;
        (component.package == app.name).then(|| (component.to_string(), seen))
    })
}

/// It is given the fields of every form. Password managers are that.
pub(super) fn autofill(facts: &Facts, app: &View<'_>) -> Option<Signal> {
    if app.origin != Origin::Added || app.vouched(Known::ReadsTheScreen) {
        return None;
    }
    let (component, seen) = set_to(facts, app, "autofill_service")?;
    let words = [("component", component.as_str())];
    Some(catalogue().rule("P9_autofill").signal(&words, facts.place(seen)))
}

/// It is given the screen when somebody calls it, and may always listen.
pub(super) fn assistant(facts: &Facts, app: &View<'_>) -> Option<Signal> {
    if app.origin != Origin::Added {
        return None;
    }
    let set = ["voice_interaction_service", "assistant"]
        .iter()
        .find_map(|key| set_to(facts, app, key))
        .map(|(_, seen)| seen);
    let seen = set.or_else(|| app.facts.behaviour.roles.get(&Role::Assistant).copied())?;
    Some(catalogue().rule("P9_assistant").signal(&[], facts.place(seen)))
}

/// Android gives these to parts of the phone alone, unless a computer grants them.
const FROM_A_COMPUTER: [(&str, &str); 3] = [
    ("android.permission.WRITE_SECURE_SETTINGS", "change protected settings"),
    ("android.permission.READ_LOGS", "read what all apps write into the phone's log"),
    ("android.permission.DUMP", "read the state of all services"),
];

pub(super) fn from_a_computer(facts: &Facts, app: &View<'_>) -> Option<Signal> {
    if app.origin != Origin::Added {
        return None;
    }
    let (block, seen) = app.facts.block.as_ref()?;
    let may: Vec<_> = FROM_A_COMPUTER
        .iter()
        .filter(|(name, _)| block.granted.contains(*name))
        .map(|(_, may)| *may)
        .collect();
    (!may.is_empty()).then(|| {
        let may = may.join(", ");
        catalogue().rule("P9_computer").signal(&[("may", &may)], facts.place(*seen))
    })
}
