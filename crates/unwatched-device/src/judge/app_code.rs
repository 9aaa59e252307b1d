//! What the files of an app say of it: how it looks, what its code can do. The analysis found it;
//! here it is only weighed. Apps that came with the phone are passed over before this is asked.

use super::view::{Icon, Origin, View};
use crate::catalogue::{Known, catalogue};
use crate::facts::{AppFile, Facts};
use crate::result::Signal;

/// Which groups of abilities are ways to watch somebody.
const WAYS_TO_WATCH: [&str; 8] =
    ["messages", "calls", "location", "audio", "camera", "screen", "keys", "contacts"];

/// Adds what the app's files say to what was seen on the phone itself. Where the phone says the
/// same, the phone's word stands.
pub(super) fn add(facts: &Facts, app: &View<'_>, signals: &mut Vec<Signal>) {
    let Some(first) = app.facts.files.first() else { return };
    let source = || facts.place(first.seen);
    let is_met = |signals: &[Signal], rule: &str| signals.iter().any(|one| one.rule == rule);
    let push = |signals: &mut Vec<Signal>, rule: &str, word: (&str, &str)| {
        signals.push(catalogue().rule(rule).signal(&[word], source()));
    };
    if app.icon == Icon::Unknown && declares_no_icon(app) && !is_met(signals, "C1") {
        push(signals, "C1", ("how", "its file declares none"));
    }
    let vouched = app.provenance.vouches();
    if let (Some(label), false) = (label_like_the_system(app), vouched) {
        push(signals, "C2_label", ("label", label));
    }
    if let Some(how) = unseen(app) {
        push(signals, "C3", ("how", &how));
    }
    // Where the phone says which permissions the app holds, D1 has answered.
    let ways = if app.facts.block.is_none() { ways_to_watch(app) } else { Vec::new() };
    if ways.len() >= catalogue().permission_kinds.at_least && !is_met(signals, "D1") {
        push(signals, "D1_code", ("abilities", &ways.join("; ")));
    }
    if let Some(ability) = ability(app, "says_monitoring_tool") {
        push(signals, "D1_says", ("ability", &ability.name));
    }
    if app.origin == Origin::Unknown {
        for signal in signals.iter_mut().filter(|one| one.rule == "C2_label") {
            signal.fact.push_str(super::score::UNKNOWN_ORIGIN);
        }
    }
}

fn ability<'f>(app: &View<'f>, id: &str) -> Option<&'f crate::facts::app_files::Ability> {
    app.facts.files.iter().find_map(|file| file.ability(id))
}

/// A piece of an app that is installed beside it declares no icon either: all files must.
fn declares_no_icon(app: &View<'_>) -> bool {
    const IDS: [&str; 2] = ["hidden_launcher", "icon_missing_while_watching"];
    let declares =
        |file: &AppFile| IDS.iter().any(|id| file.ability(id).is_some_and(|one| one.declared));
    !app.vouched(Known::NoIconExpected) && app.facts.files.iter().all(declares)
}

fn label_like_the_system<'f>(app: &View<'f>) -> Option<&'f str> {
    const IDS: [&str; 2] = ["system_name", "system_name_imitated"];
    let alike = |file: &&AppFile| IDS.iter().any(|id| file.ability(id).is_some());
    app.facts.files.iter().find(alike)?.label.as_deref()
}

fn unseen(app: &View<'_>) -> Option<String> {
    const IDS: [&str; 5] = [
        "hidden_from_recents",
        "icon_blank",
        "name_blank",
        "invisible_screens",
        "icon_of_the_system",
    ];
    let mut how: Vec<_> = IDS
        .iter()
        .filter_map(|id| ability(app, id))
        .map(|one| format!("it {}", one.name))
        .collect();
    let labels = || app.facts.files.iter().filter_map(|file| file.label.as_deref());
    if labels().next().is_some() && labels().all(|label| label.trim().is_empty()) {
        how.push("the name under its icon is empty".to_owned());
    }
    (!how.is_empty()).then(|| how.join("; "))
}

/// One ability of each group, as far as code and manifest agree on it.
fn ways_to_watch<'f>(app: &View<'f>) -> Vec<&'f str> {
    use unwatched_model::report::Support;
    let supported = || {
        let abilities = app.facts.files.iter().flat_map(|file| &file.abilities);
        abilities.filter(|one| one.support == Support::Supported)
    };
    let of_group = |group: &&str| supported().find(|one| one.group == **group);
    WAYS_TO_WATCH.iter().filter_map(of_group).map(|one| one.name.as_str()).collect()
}
