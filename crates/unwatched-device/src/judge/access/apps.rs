//! Apps by which somebody elsewhere reaches the phone or gets what arrives on it, keyboards, and
//! apps linked to another device.

use super::{Names, way_in};
use crate::android::companion::Association;
use crate::android::component::Component;
use crate::catalogue::{Known, catalogue};
use crate::evidence::SettingsTable;
use crate::facts::{AppFacts, Facts, Seen};
use crate::judge::dual_use;
use crate::judge::view::{Origin, Provenance, View};
use crate::products::{DualUseClass, Reach, class_by_word, class_of};
use crate::result::Finding;

/// One finding per app and way.
pub(super) fn findings(facts: &Facts, names: &Names<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let of_a_class = |name: &String| class_of(name).is_some() || class_by_word(name).is_some();
    for (name, app) in facts.apps.iter().filter(|(name, _)| of_a_class(name)) {
        let view = View::new(facts, name, app);
        findings.extend(reachable(facts, names, &view));
    }
    findings.extend(keyboards(facts, names));
    findings.extend(companions(facts, names));
    findings
}

/// The classes whose apps are told apart from the rest of the dual-use apps here.
fn rule_of(class: &DualUseClass) -> (&'static str, &'static str) {
    if class.id == "remote_support" {
        ("A_remote_support", "remote_support")
    } else {
        ("A_forwarding", "forwarding")
    }
}

fn reachable(facts: &Facts, names: &Names<'_>, app: &View<'_>) -> Option<Finding> {
    let (class, by) = dual_use::class(app, true)?;
    if !app.present || names.is_identified(app.name) {
        return None;
    }
    let mut how: Vec<&str> = Vec::new();
    if class.is_always_reachable(app.name) && app.origin != Origin::Preinstalled {
        how.push("it is made for that");
    }
    how.extend(class.reaches.iter().filter_map(|reach| holds(*reach, app.facts)));
    if how.is_empty() {
        return None;
    }
    let (rule, kind) = rule_of(class);
    let how = how.join(", ");
    let words = [
        ("package", names.shown(app.name)),
        ("title", class.title.as_str()),
        ("by", by),
        ("how", how.as_str()),
        ("turned", class.turned.as_str()),
        ("purpose", class.purpose.as_str()),
        ("question", class.question.as_str()),
    ];
    let source = app.seen().map(|seen| facts.place(seen)).unwrap_or_default();
    Some(way_in(kind, &names.id(app.name), catalogue().rule(rule).signal(&words, source)))
}

fn holds(reach: Reach, app: &AppFacts) -> Option<&'static str> {
    const SMS: [&str; 2] = ["android.permission.RECEIVE_SMS", "android.permission.READ_SMS"];
    let granted =
        |name: &&str| app.block.as_ref().is_some_and(|(block, _)| block.granted.contains(*name));
    match reach {
        Reach::Accessibility if !app.accessibility.is_empty() => {
            Some("its accessibility service is on")
        }
        Reach::Admin if !app.admins.is_empty() => Some("it is a device administrator"),
        Reach::Listener if !app.listeners.is_empty() => Some("it may read every notification"),
        Reach::Sms if SMS.iter().any(granted) => Some("it may read text messages"),
        _ => None,
    }
}

/// The keyboard of the first user, and of every other one.
fn keyboard_settings(facts: &Facts) -> impl Iterator<Item = (&str, Seen)> {
    const KEY: &str = "default_input_method";
    let first = facts.settings.get(&(SettingsTable::Secure, KEY.to_owned()));
    let first = first.map(|(value, seen)| (value.as_str(), *seen));
    let others = facts.access.other_users_settings.iter().filter(|(_, key, _)| key == KEY);
    first.into_iter().chain(others.map(|(_, _, at)| (at.what.as_str(), at.seen)))
}

/// The same, where no list knows it.
pub(crate) fn keyboard_of(facts: &Facts, app: &View<'_>) -> Option<(Component, Seen)> {
    if app.origin == Origin::Unknown || app.vouched(Known::Keyboard) {
        return None;
    }
    keyboard_in_use(facts, app)
}

/// The keyboard that this app is, wherever it came from.
pub(crate) fn keyboard_in_use(facts: &Facts, app: &View<'_>) -> Option<(Component, Seen)> {
    keyboard_settings(facts)
        .filter_map(|(value, seen)| Some((Component::parse(value)?, seen)))
        .find(|(component, _)| component.package == app.name)
}

/// Why nobody can say that no keyboard was added: none is named, or where it came from is unknown.
pub(crate) fn keyboard_unknown(facts: &Facts) -> Option<&'static str> {
    let mut keyboards = keyboard_settings(facts)
        .filter_map(|(value, _)| Component::parse(value))
        .map(|component| {
            let app = facts.apps.get_key_value(&component.package);
            app.map_or(Origin::Unknown, |(name, app)| View::new(facts, name, app).origin)
        })
        .peekable();
    if keyboards.peek().is_none() {
        return Some("settings_secure names no keyboard");
    }
    keyboards
        .any(|origin| origin == Origin::Unknown)
        .then_some("whether the keyboard came with the phone could not be read")
}

fn keyboards(facts: &Facts, names: &Names<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (value, seen) in keyboard_settings(facts) {
        let Some(component) = Component::parse(value) else { continue };
        let package = component.package.as_str();
        let view = names.view(package);
        let origin = view.as_ref().map_or(Origin::Unknown, |app| app.origin);
        // Without a list of packages a well-known name is most likely the phone's own.
        let own = origin == Origin::Preinstalled
            || (origin == Origin::Unknown && Known::Keyboard.holds(package));
        if own {
            continue;
        }
        let known = match &view {
            Some(app) if app.vouched(Known::Keyboard) => {
                "; it is a widely used one, and the Play Store installed it"
            }
            Some(app) if app.provenance == Provenance::Play => "; the Play Store installed it",
            Some(app) if app.origin == Origin::Added => "; the Play Store did not install it",
            _ => "",
        };
        let words = [("package", names.shown(package)), ("known", known)];
        let signal = catalogue().rule("A_keyboard").signal(&words, facts.place(seen));
        let finding = way_in("keyboard", &names.id(package), signal);
        if !findings.iter().any(|other| other.id == finding.id) {
            findings.push(finding);
        }
    }
    findings
}

fn companions(facts: &Facts, names: &Names<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let links = || facts.access.companions.iter().filter(|at| !at.what.revoked);
    // Of several that say the same, the first stands for all.
    for at in links().filter(|at| at.what.nth == 1) {
        let package = at.what.package.as_str();
        let alike = |other: &Association| {
            let told = |link: &Association| (link.package.clone(), link.profile.clone(), link.user);
            told(other) == told(&at.what)
        };
        let devices = match links().filter(|other| alike(&other.what)).count() {
            0 | 1 => "another device".to_owned(),
            count => format!("{count} other devices"),
        };
        let words = [
            ("package", names.shown(package)),
            ("devices", &devices),
            ("what", linked_device(&at.what)),
        ];
        let signal = catalogue().rule("A_companion").signal(&words, facts.place(at.seen));
        let finding = way_in("companion", &names.id(package), signal);
        // One finding for an app, with every kind of device that it holds.
        match findings.iter_mut().find(|known| known.id == finding.id) {
            Some(known) => known.signals.extend(finding.signals),
            None => findings.push(finding),
        }
    }
    findings
}

fn linked_device(link: &Association) -> &'static str {
    match link.profile.as_deref() {
        Some("WATCH") => " (a watch)",
        Some("GLASSES") => " (glasses)",
        Some("COMPUTER") => " (a computer, which may control parts of the phone)",
        Some("APP_STREAMING") => " (a device on which this phone's apps are shown)",
        Some("NEARBY_DEVICE_STREAMING") => " (a device to which this phone is shown)",
        Some("AUTOMOTIVE_PROJECTION") => " (a car)",
        _ => "",
    }
}
