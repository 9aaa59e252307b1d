//! The behaviour rules: which of them an app meets, what they add up to, and the band.

use std::collections::BTreeSet;

use super::access::{Weakened, keyboard_of, vpn_of};
use super::behaviour;
use super::dual_use;
use super::view::{Icon, Origin, Provenance, View, permission_kinds};
use crate::android::role::Role;
use crate::catalogue::{Group, Known, StoreKind, catalogue};
use crate::facts::first_days::FirstDay;
use crate::facts::{AppFacts, Facts, Part, SwitchedOn};
use crate::result::{Band, Signal};

/// Said beside what is switched on, where the list of packages is missing or cut.
pub(crate) const UNKNOWN_ORIGIN: &str = " Whether the app came with the phone could not be read.";

/// What the rules say of one app.
#[derive(Debug, Default)]
pub(crate) struct Scored {
    pub(crate) points: u32,
    pub(crate) signals: Vec<Signal>,
    pub(crate) band: Option<Band>,
    /// It has an icon, and a store that vouches for its name installed it.
    pub(crate) open: bool,
}

/// Applies every rule. Apps that are gone are not scored, and of those that came with the phone
/// only those whose record is in doubt.
pub(crate) fn score(facts: &Facts, app: &View<'_>, weakened: &[Weakened]) -> Scored {
    if !app.present {
        return Scored::default();
    }
    if app.origin == Origin::Preinstalled {
        return super::of_the_phone::score(facts, app);
    }
    let mut signals: Vec<_> = dual_use::signal(facts, app).into_iter().collect();
    powers(facts, app, &mut signals);
    gateways(facts, app, &mut signals);
    if app.origin == Origin::Unknown {
        for signal in &mut signals {
            signal.fact.push_str(UNKNOWN_ORIGIN);
        }
    }
    concealment(facts, app, &mut signals);
    origin(facts, app, &mut signals);
    data(facts, app, &mut signals);
    super::app_code::add(facts, app, &mut signals);
    multiply(facts, weakened, &mut signals);
    let points = signals.iter().map(|signal| signal.weight).sum();
    // The evidence shows no labels; an icon that anybody can see and a store that vouches for the
    // name are what can be known of "openly there".
    let seen = app.icon == Icon::Shown && app.provenance.vouches();
    let open = app.of_the_maker || (seen && !is_unconfirmed(facts, app));
    let band = if app.nothing_known_of_its_origin() {
        band_of_unknown_origin(points, &signals)
    } else {
        let counts = |signal: &&Signal| !excused(facts, app, &signal.rule);
        let counted: Vec<_> = signals.iter().filter(counts).cloned().collect();
        let points = counted.iter().map(|signal| signal.weight).sum();
        band(points, &counted, open || app.moved_openly, holds_nothing(app))
    };
    Scored { points, signals, band, open }
}

/// What is set aside for the band, though it is told: what a manager of the phone holds is told of
/// as access, and what a phone took over from an old one came by a tool.
fn excused(facts: &Facts, app: &View<'_>, rule: &str) -> bool {
    const OF_A_MANAGER: [&str; 5] = ["C1", "P2", "P5", "P8", "D1"];
    let manages = facts.owners.iter().any(|owner| owner.package == app.name);
    (manages && app.provenance.is_known() && OF_A_MANAGER.contains(&rule))
        || (app.moved_openly && ["O1_tool", "S1"].contains(&rule))
}

/// The phone records of other apps who started their installation, and of this one, which is an
/// administrator and reads the screen, only a store: a computer can write that.
fn is_unconfirmed(facts: &Facts, app: &View<'_>) -> bool {
    let started =
        |app: &AppFacts| app.block.as_ref().is_some_and(|(block, _)| block.initiating.is_some());
    !app.facts.admins.is_empty()
        && !app.facts.accessibility.is_empty()
        && !started(app.facts)
        && facts.apps.values().any(started)
}

/// Without a list of packages, what holds these powers may well be a part of the phone. Only an
/// administrator that also reads the screen, as hardly any of them does, is more than a question.
fn band_of_unknown_origin(points: u32, signals: &[Signal]) -> Option<Band> {
    let met = |rule: &str| signals.iter().any(|signal| signal.rule == rule);
    let power =
        |signal: &Signal| signal.rule != "P5" && catalogue().rule(&signal.rule).group == Group::P;
    let named = signals.iter().any(|signal| power(signal) || signal.rule == "L4");
    let band = band(points, signals, false, false).filter(|_| named)?;
    Some(if met("P2") && met("P3") { band } else { band.max(Band::Notable) })
}

pub(super) fn powers(facts: &Facts, app: &View<'_>, signals: &mut Vec<Signal>) {
    let rules = catalogue();
    // Without a list of packages, a known name is most likely the phone's own.
    let finds_it = app.nothing_known_of_its_origin() && app.vouched(Known::FindsLostPhones);
    if let Some(admin) = app.facts.admins.first().filter(|_| !finds_it) {
        let component = admin.component.to_string();
        let source = facts.place(admin.seen);
        let may = admin_powers(&app.facts.admin_policies);
        let words = [("component", component.as_str()), ("may", &may)];
        signals.push(rules.rule("P2").signal(&words, source));
    }
    if let Some(service) = app.facts.accessibility.first()
        && !app.vouched(Known::ReadsTheScreen)
    {
        signals.push(switched_on(facts, "P3", service, &app.facts.accessibility));
    }
    // A bugreport's tables show no categories, so that mostly the role tells.
    let is_home = app.facts.behaviour.roles.contains_key(&Role::Home)
        || app.facts.main_activities.iter().any(|activity| activity.home);
    if let Some(listener) = app.facts.listeners.first()
        && !is_home
        && !app.vouched(Known::ReadsNotifications)
    {
        signals.push(switched_on(facts, "P4", listener, &app.facts.listeners));
    }
    signals.extend(behaviour::powers(facts, app));
}

/// What an administrator may do, in words; the weightiest first, and what is not known as the
/// phone calls it.
fn admin_powers(policies: &BTreeSet<String>) -> String {
    const WORDS: [(&str, &str); 11] = [
        ("wipe-data", "erase the phone"),
        ("reset-password", "set another screen lock"),
        ("force-lock", "lock the screen"),
        ("watch-login", "see wrong attempts to unlock it"),
        ("limit-password", "say how the screen lock must be"),
        ("expire-password", "let the screen lock run out"),
        ("disable-keyguard-features", "switch off parts of the lock screen"),
        ("disable-keyguard-widgets", "switch off parts of the lock screen"),
        ("disable-camera", "switch off the camera"),
        ("set-global-proxy", "send what the phone loads through a proxy"),
        ("encrypted-storage", "have the storage encrypted"),
    ];
    let mut may: Vec<&str> = Vec::new();
    for (policy, words) in WORDS {
        if policies.contains(policy) && !may.contains(&words) {
            may.push(words);
        }
    }
    let unknown = policies.iter().filter(|policy| !WORDS.iter().any(|(known, _)| known == policy));
    may.extend(unknown.map(String::as_str));
    if may.is_empty() { String::new() } else { format!(": it may {}", may.join(", ")) }
}

/// What everything typed or sent passes through.
pub(super) fn gateways(facts: &Facts, app: &View<'_>, signals: &mut Vec<Signal>) {
    if let Some((component, seen)) = keyboard_of(facts, app) {
        let words = [("component", &*component.to_string())];
        signals.push(catalogue().rule("P6_keyboard").signal(&words, facts.place(seen)));
    }
    if let Some((what, seen)) = vpn_of(facts, app)
        && !app.vouched(Known::Vpn)
    {
        let what = format!("it {what}");
        signals.push(catalogue().rule("P7").signal(&[("what", &what)], facts.place(seen)));
    }
}

/// A component that two lists may name; where both were read and only one does, the fact says so.
fn switched_on(facts: &Facts, rule: &str, first: &SwitchedOn, all: &[SwitchedOn]) -> Signal {
    let service = if rule == "P3" { Part::Accessibility } else { Part::Notification };
    let setting = Part::Settings(crate::evidence::SettingsTable::Secure);
    let named_by = |part: Part| all.iter().any(|on| on.seen.part == part);
    let both_read = facts.is_whole(service) && facts.is_whole(setting);
    let disagreement = if both_read && named_by(service) != named_by(setting) {
        "; the phone's two lists of these disagree about it"
    } else {
        ""
    };
    let component = first.component.to_string();
    let words = [("component", component.as_str()), ("disagreement", disagreement)];
    catalogue().rule(rule).signal(&words, facts.place(first.seen))
}

fn concealment(facts: &Facts, app: &View<'_>, signals: &mut Vec<Signal>) {
    signals.extend(hidden_icon(facts, app));
    system_like(facts, app, signals);
}

pub(super) fn hidden_icon(facts: &Facts, app: &View<'_>) -> Option<Signal> {
    let (_, seen) = app.facts.block.as_ref()?;
    let how = match &app.icon {
        Icon::None => "no part of it answers when the home screen asks for apps".to_owned(),
        Icon::SwitchedOff(class) => format!("the one it has is switched off ({class})"),
        Icon::Shown | Icon::Unknown => return None,
    };
    (!app.vouched(Known::NoIconExpected) && !app.of_the_maker)
        .then(|| catalogue().rule("C1").signal(&[("how", &how)], facts.place(*seen)))
}

fn system_like(facts: &Facts, app: &View<'_>, signals: &mut Vec<Signal>) {
    // Before Android 14 whoever installs an app by cable can name the Play Store as its installer,
    // and nothing contradicts it. What the store vouches for can be seen among the icons, too.
    let hidden = matches!(app.icon, Icon::None | Icon::SwitchedOff(_));
    let vouched = app.of_the_maker
        || (app.provenance.vouches() && !hidden)
        || app.provenance == Provenance::ThereFromTheStart(FirstDay::OfTheBuild);
    if app.origin == Origin::Added && !vouched && catalogue().system_like.matches(app.name) {
        let source = app.seen().map(|seen| facts.place(seen)).unwrap_or_default();
        signals.push(catalogue().rule("C2").signal(&[("package", app.name)], source));
    }
}

fn origin(facts: &Facts, app: &View<'_>, signals: &mut Vec<Signal>) {
    if app.origin != Origin::Added {
        return;
    }
    let source = app.seen().map(|seen| facts.place(seen)).unwrap_or_default();
    match &app.provenance {
        Provenance::OutsideStores(how) => {
            signals.push(catalogue().rule("O1").signal(&[("how", how)], source));
        }
        Provenance::Claims { store, initiating, by_hand } => {
            // A false record takes nothing away from what it covers.
            if *by_hand {
                let how = format!("{initiating} started its installation");
                signals.push(catalogue().rule("O1").signal(&[("how", &how)], source.clone()));
            }
            let words = [("store", store.as_str()), ("initiating", initiating.as_str())];
            signals.push(catalogue().rule("O2").signal(&words, source));
        }
        Provenance::Store { store, .. } => {
            let rule = match store.kind {
                StoreKind::Curated | StoreKind::Repositories => None,
                StoreKind::Anybody => Some("O1_store"),
                StoreKind::Tool => Some("O1_tool"),
            };
            let words = [("store", store.name.as_str())];
            signals.extend(rule.map(|rule| catalogue().rule(rule).signal(&words, source)));
        }
        // A maker's own clock stood at a day on which there was no phone to take in hand.
        Provenance::ThereFromTheStart(FirstDay::Plausible(day)) => {
            let words = [("day", day.to_string())];
            let words = [(words[0].0, words[0].1.as_str())];
            signals.push(catalogue().rule("O1_first_day").signal(&words, source));
        }
        Provenance::Play
        | Provenance::MovedFromPlay
        | Provenance::PartOfPhone
        | Provenance::ThereFromTheStart(FirstDay::OfTheBuild)
        | Provenance::Unknown => {}
    }
    signals.extend(behaviour::origin(facts, app));
}

pub(super) fn data(facts: &Facts, app: &View<'_>, signals: &mut Vec<Signal>) {
    if let Some((held, seen)) = permission_kinds(app.facts) {
        let count = held.len().to_string();
        let groups = held.join(", ");
        let words = [("count", count.as_str()), ("groups", groups.as_str())];
        signals.push(catalogue().rule("D1").signal(&words, facts.place(seen)));
    }
    signals.extend(behaviour::data(facts, app));
}

/// Weakened protection multiplies the points of an app that came from outside a store. What it
/// adds is a signal of its own, so that the signals always add up to the score.
fn multiply(facts: &Facts, weakened: &[Weakened], signals: &mut Vec<Signal>) {
    if weakened.is_empty()
        || !signals.iter().any(|signal| ["O1", "O1_tool"].contains(&signal.rule.as_str()))
    {
        return;
    }
    let rates = &catalogue().weakened;
    let sum: u32 = signals.iter().map(|signal| signal.weight).sum();
    let multiplied = (sum * rates.numerator + rates.denominator / 2) / rates.denominator;
    let sources: BTreeSet<_> = weakened.iter().map(|one| facts.place(one.seen)).collect();
    let source = sources.into_iter().collect::<Vec<_>>().join("; ");
    let what: Vec<_> = weakened.iter().map(|one| one.what.as_str()).collect();
    let mut signal = catalogue().rule("S1").signal(&[("settings", &what.join(", "))], source);
    signal.weight = multiplied - sum;
    signals.push(signal);
}

/// It was granted nothing that watching needs, as a theme or a part of another app.
fn holds_nothing(app: &View<'_>) -> bool {
    let Some((block, _)) = &app.facts.block else { return false };
    let mut watching = catalogue().permission_kinds.kind.iter().flat_map(|kind| &kind.permissions);
    block.whole && !watching.any(|name| block.granted.contains(name))
}

/// The band of a sum, within the guard rails.
fn band(points: u32, all: &[Signal], open: bool, holds_nothing: bool) -> Option<Band> {
    let bands = &catalogue().bands;
    // On many days that are named, whoever carries the phone installs apps as well: of one that is
    // openly there, the day says nothing.
    let (days, signals): (Vec<_>, Vec<_>) =
        all.iter().partition(|signal| open && signal.rule == "O3");
    let points = points - days.iter().map(|signal| signal.weight).sum::<u32>();
    let groups: BTreeSet<Group> = signals
        .iter()
        .map(|signal| catalogue().rule(&signal.rule).group)
        .filter(|group| matches!(group, Group::P | Group::C | Group::O | Group::D))
        .collect();
    let unlike = groups.len() >= bands.strong_signs_groups
        && (groups.contains(&Group::C) || groups.contains(&Group::O));
    // What an app may read is what it was openly installed for: to name it on that ground alone
    // would only tell whoever holds the report which apps somebody uses. One kind of special
    // access (a bubble over other apps) changes nothing about that, and several are worth a
    // question: apps that show who calls ask for as much.
    let one_access = catalogue().rule("P5").weight;
    let access = signals.iter().filter(|signal| signal.rule == "P5").map(|signal| signal.weight);
    let only_data_and_access = signals
        .iter()
        .all(|signal| catalogue().rule(&signal.rule).group == Group::D || signal.rule == "P5");
    // Home screens, password managers and what blocks calls ask for these together, and for none
    // of the permissions that watching needs.
    let for_its_work = ["P3", "P3_once", "P5", "P9_autofill"];
    let only_for_its_work =
        signals.iter().all(|signal| for_its_work.contains(&signal.rule.as_str()));
    let only_data = only_data_and_access && access.sum::<u32>() <= one_access;
    // To have come from outside and to be hidden is worth a question; without any power or any
    // permission there is nothing yet for an expert to find.
    let only_hidden = groups.iter().all(|group| matches!(group, Group::C | Group::O));
    let a_question_at_most =
        (open && (only_data_and_access || only_for_its_work)) || (holds_nothing && only_hidden);
    if open && only_data {
        None
    } else if a_question_at_most && points >= bands.notable {
        Some(Band::Notable)
    } else if points >= bands.strong_signs && unlike && !open {
        Some(Band::StrongSigns)
    } else if points >= bands.needs_expert_look {
        Some(Band::NeedsExpertLook)
    } else if points >= bands.notable {
        Some(Band::Notable)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rules: &[&str], open: bool, expected: Option<Band>) {
        let signals: Vec<_> =
            rules.iter().map(|id| catalogue().rule(id).signal(&[], String::new())).collect();
        let points = signals.iter().map(|signal| signal.weight).sum();
        assert_eq!(band(points, &signals, open, false), expected, "{rules:?}");
    }

    #[test]
    fn bands_begin_where_the_catalogue_says() {
        check(&[], false, None);
        check(&["O2"], false, None);
        check(&["O1"], false, Some(Band::Notable));
        check(&["P2", "O1"], false, Some(Band::NeedsExpertLook));
        check(&["P2", "P3", "C1"], false, Some(Band::StrongSigns));
    }

    #[test]
    fn many_powers_alone_never_reach_the_top() {
        check(&["P2", "P3", "P4", "P2"], false, Some(Band::NeedsExpertLook));
        check(&["D1", "D1", "D1", "D1", "D1"], false, Some(Band::NeedsExpertLook));
        check(&["P2", "P3", "P4", "D1"], false, Some(Band::NeedsExpertLook));
    }

    #[test]
    fn what_is_hidden_and_holds_nothing_is_a_question_and_no_more() {
        let band_of = |rules: &[&str]| {
            let signals: Vec<_> =
                rules.iter().map(|id| catalogue().rule(id).signal(&[], String::new())).collect();
            let points = signals.iter().map(|signal| signal.weight).sum();
            band(points, &signals, false, true)
        };
        assert_eq!(band_of(&["C1", "O1"]), Some(Band::Notable));
        assert_eq!(band_of(&["C1", "C2", "O1", "O4"]), Some(Band::Notable));
        assert_eq!(band_of(&["C1", "O1", "P2"]), Some(Band::NeedsExpertLook));
    }

    #[test]
    fn an_app_that_is_openly_there_never_reaches_the_top() {
        check(&["P2", "P3", "P4", "C2"], true, Some(Band::NeedsExpertLook));
        check(&["P2", "P3", "P4", "C2"], false, Some(Band::StrongSigns));
    }

    #[test]
    fn what_an_open_app_may_read_names_nobody() {
        check(&["D1"], true, None);
        check(&["D1"], false, Some(Band::Notable));
        check(&["D1", "P4"], true, Some(Band::Notable));
        check(&["D1", "P5"], true, None);
        check(&["D1", "D2", "D3", "P5", "P5"], true, Some(Band::Notable));
        check(&["D1", "D2", "D3", "P5", "P5"], false, Some(Band::NeedsExpertLook));
        check(&["D1", "P5"], false, Some(Band::Notable));
    }

    #[test]
    fn what_an_open_home_screen_or_password_manager_asks_for_is_a_question_at_most() {
        check(&["P3", "P5", "P5"], true, Some(Band::Notable));
        check(&["P3", "P5", "P5", "P9_autofill"], true, Some(Band::Notable));
        check(&["P3", "P5", "P5"], false, Some(Band::NeedsExpertLook));
        check(&["P3", "P5", "D1"], true, Some(Band::NeedsExpertLook));
        check(&["P3", "P5", "P4"], true, Some(Band::NeedsExpertLook));
    }
}
