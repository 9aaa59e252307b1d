//! What the objects say to people: the role in words, the class and who gave it. One place, so
//! that a website never reads like an app on the phone.

use unwatched_model::class::{Attribution, Class};
use unwatched_model::indicator::{IndicatorKind, Role};

/// What it means that this indicator is seen.
pub(super) fn role_sentence(role: Role, kind: IndicatorKind) -> &'static str {
    match (role, kind) {
        (Role::C2, _) => "The app sends to it or takes commands from it.",
        (Role::Website, _) => {
            "A website of the maker. A visit to it does not show that the app is on the phone."
        }
        (Role::Distribution, _) => {
            "The app is downloaded from it. A visit to it does not show that the app is on the phone."
        }
        (Role::App, IndicatorKind::Package) => {
            "The app's package name. A name alone can be taken by another app."
        }
        (Role::App, _) => "Names the app itself.",
        (Role::Sample, IndicatorKind::FileSha256) => "One file of the app.",
        (Role::Sample, _) => "Observed in one file of the app.",
    }
}

/// Whether seeing it says that somebody visited something, and nothing of an app on the phone.
pub(super) fn is_visited(role: Role) -> bool {
    matches!(role, Role::Website | Role::Distribution)
}

/// The name of the collection that MVT prints for what was visited.
pub(super) fn visited_collection(family: &str, role: Role) -> String {
    let what = if role == Role::Website { "website of the maker" } else { "download place" };
    format!("{family} ({what}, visited)")
}

/// The class and whose word it is.
pub(super) fn class_sentence(class: Class, judged: bool, attributed: &[Attribution]) -> String {
    let word = class_word(class);
    if judged {
        return format!("{word}, by the coalition's verdict.");
    }
    let sources: Vec<_> = attributed
        .iter()
        .map(|attribution| format!("{} as {}", attribution.source, attribution.class))
        .collect();
    if sources.is_empty() {
        return format!("{word}, not judged by the coalition.");
    }
    format!("{word}: listed by {}, not judged by the coalition.", sources.join(" and by "))
}

fn class_word(class: Class) -> &'static str {
    match class {
        Class::Stalkerware => "Stalkerware",
        Class::Watchware => "Watchware",
        Class::DualUse => "Dual use",
        Class::Disputed => "Disputed",
        Class::Undecided => "Undecided",
    }
}

/// STIX's word for what an indicator indicates.
pub(super) fn indicator_type(class: Class, role: Role) -> &'static str {
    match class {
        _ if is_visited(role) => "attribution",
        Class::Stalkerware => "malicious-activity",
        _ => "anomalous-activity",
    }
}
