//! Settings, and what the phone says of its start, that weaken its protection.

use super::{Names, access};
use crate::android::user::UserKind;
use crate::catalogue::{Known, catalogue};
use crate::evidence::SettingsTable;
use crate::facts::access::At;
use crate::facts::{AppFacts, Facts, Seen};
use crate::result::{Finding, Signal, Subject};

/// A setting that weakens protection, and the values that do.
struct Weakening {
    rule: &'static str,
    tables: &'static [SettingsTable],
    key: &'static str,
    value: &'static str,
}

const UNKNOWN_SOURCES: &str = "install_non_market_apps";

/// In the order in which they are shown. Two settings tell of Play Protect; one is enough.
const WEAKENING: [Weakening; 4] = [
    Weakening {
        rule: "S1_verifier",
        tables: &[SettingsTable::Global, SettingsTable::Secure],
        key: "package_verifier_enable",
        value: "0",
    },
    Weakening {
        rule: "S1_verifier",
        tables: &[SettingsTable::Global, SettingsTable::Secure],
        key: "package_verifier_user_consent",
        value: "-1",
    },
    Weakening {
        rule: "S1_unknown_sources",
        tables: &[SettingsTable::Secure, SettingsTable::Global],
        key: UNKNOWN_SOURCES,
        value: "1",
    },
    Weakening {
        rule: "S1_wireless_debugging",
        tables: &[SettingsTable::Global],
        key: "adb_wifi_enabled",
        value: "1",
    },
];

/// Something that weakens the phone's protection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Weakened {
    /// In a few words, for example `key=value`.
    pub(crate) what: String,
    /// Where it was seen.
    pub(crate) seen: Seen,
}

/// Everything that weakens protection.
pub(crate) fn weakened_protection(facts: &Facts) -> Vec<Weakened> {
    let settings = WEAKENING.iter().filter_map(|setting| {
        let what = format!("{}={}", setting.key, setting.value);
        Some(Weakened { what, seen: seen(facts, setting)? })
    });
    let boot = unlocked(facts)
        .into_iter()
        .chain(root_properties(facts))
        .map(|(key, at)| Weakened { what: format!("{key}={}", at.what), seen: at.seen });
    let users = facts.access.users.iter().filter_map(|(user, at)| {
        let what = match at.what {
            UserKind::Second => format!("a second user ({user})"),
            UserKind::Clone => format!("a space with second copies of apps ({user})"),
            _ => return None,
        };
        Some(Weakened { what, seen: at.seen })
    });
    settings.chain(boot).chain(users).collect()
}

/// From Android 8 on each app asks for itself; the old setting stays at 1 and says nothing.
pub(crate) fn old_unknown_sources(facts: &Facts) -> Option<bool> {
    let major = facts.os_version.as_deref()?.split('.').next()?.trim().parse::<u32>().ok()?;
    Some(major < 8)
}

fn seen(facts: &Facts, setting: &Weakening) -> Option<Seen> {
    if setting.key == UNKNOWN_SOURCES && old_unknown_sources(facts) != Some(true) {
        return None;
    }
    setting.tables.iter().find_map(|table| {
        let (value, seen) = facts.settings.get(&(*table, setting.key.to_owned()))?;
        (value.trim() == setting.value).then_some(*seen)
    })
}

/// One finding per rule.
pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for setting in &WEAKENING {
        let Some(seen) = seen(facts, setting) else { continue };
        let words = [("setting", setting.key), ("value", setting.value)];
        let signal = catalogue().rule(setting.rule).signal(&words, facts.place(seen));
        let same_rule = findings
            .iter_mut()
            .find(|finding| finding.signals.iter().any(|signal| signal.rule == setting.rule));
        if let Some(finding) = same_rule {
            finding.signals.push(signal);
        } else {
            let subject = Subject::Setting(setting.key.to_owned());
            findings.push(access(format!("setting:{}", setting.key), subject, signal));
        }
    }
    findings
}

type Property<'f> = (&'f str, &'f At<String>);

fn property<'f>(facts: &'f Facts, key: &'static str, values: &[&str]) -> Option<Property<'f>> {
    let at = facts.access.boot.get(key)?;
    values.contains(&at.what.as_str()).then_some((key, at))
}

/// Whether the phone starts without checking its system.
fn unlocked(facts: &Facts) -> Option<Property<'_>> {
    property(facts, "ro.boot.verifiedbootstate", &["orange", "red"])
        .or_else(|| property(facts, "ro.boot.vbmeta.device_state", &["unlocked"]))
        .or_else(|| property(facts, "ro.boot.flash.locked", &["0"]))
}

/// Whether the system was built for people who change systems.
fn root_properties(facts: &Facts) -> Option<Property<'_>> {
    property(facts, "service.adb.root", &["1"])
        .or_else(|| property(facts, "ro.debuggable", &["1"]))
        .or_else(|| property(facts, "ro.secure", &["0"]))
        .or_else(|| property(facts, "ro.build.type", &["eng", "userdebug"]))
        .or_else(|| property(facts, "ro.build.tags", &["test-keys", "dev-keys"]))
}

/// Whether somebody could have changed the phone's system, so that what "came with the phone" is
/// not certain: it does not check its system, it is another maker's, or somebody has full rights.
pub(crate) fn can_be_changed(facts: &Facts) -> bool {
    let gives_rights = |name: &String| facts.apps.get(name).is_some_and(is_there);
    unlocked(facts).is_some()
        || property(facts, "ro.boot.verifiedbootstate", &["yellow"]).is_some()
        || root_properties(facts).is_some()
        || !facts.system.root.is_empty()
        || Known::GivesFullRights.names().any(gives_rights)
}

fn is_there(app: &AppFacts) -> bool {
    app.block.is_some() || app.aqf.is_some()
}

fn of_property(facts: &Facts, rule: &str, id: &str, (key, at): Property<'_>) -> Finding {
    let words = [("setting", key), ("value", at.what.as_str())];
    let signal = catalogue().rule(rule).signal(&words, facts.place(at.seen));
    access(format!("setting:{id}"), Subject::Setting(id.to_owned()), signal)
}

/// How the phone starts, who has full rights, and who may debug it.
pub(super) fn of_the_system(facts: &Facts, names: &Names<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(property) = unlocked(facts) {
        findings.push(of_property(facts, "S1_unlocked_boot", "unlocked_boot", property));
    } else if let Some(other) = property(facts, "ro.boot.verifiedbootstate", &["yellow"]) {
        findings.push(of_property(facts, "S1_other_system", "other_system", other));
    }
    findings.extend(root(facts, names));
    let port = ["service.adb.tcp.port", "persist.adb.tcp.port"].into_iter().find_map(|key| {
        let at = facts.access.boot.get(key)?;
        at.what.parse::<u16>().is_ok_and(|port| port > 0).then_some((key, at))
    });
    if let Some(port) = port {
        findings.push(of_property(facts, "S1_debugging_by_network", "debugging_by_network", port));
    }
    if let Some(keys) = facts.access.adb_keys.as_ref().filter(|keys| keys.what.count > 0) {
        let count = keys.what.count.to_string();
        let rule = if keys.what.count == 1 { "S1_computer" } else { "S1_computers" };
        let signal = catalogue().rule(rule).signal(&[("count", &count)], facts.place(keys.seen));
        let subject = Subject::Setting("accepted_computers".to_owned());
        let mut finding = access("setting:accepted_computers".to_owned(), subject, signal);
        finding.marks.computers.clone_from(&keys.what.marks);
        findings.push(finding);
    }
    findings
}

/// One finding with every sign of full rights.
fn root(facts: &Facts, names: &Names<'_>) -> Option<Finding> {
    let rule = catalogue().rule("S1_root");
    let mut signals: Vec<Signal> = Vec::new();
    if let Some((key, at)) = root_properties(facts) {
        let what = format!("{key}={}", at.what);
        signals.push(rule.signal(&[("what", &what)], facts.place(at.seen)));
    }
    for (package, app) in &facts.apps {
        let there = app.block.as_ref().map(|(_, seen)| *seen);
        let there = there.or(app.aqf.as_ref().map(|(_, seen)| *seen));
        if let (true, Some(seen)) = (Known::GivesFullRights.holds(package), there) {
            let what = format!("the app {} gives them out", names.shown(package));
            signals.push(rule.signal(&[("what", &what)], facts.place(seen)));
        }
    }
    let mut signals = signals.into_iter();
    let mut finding = access(
        "setting:full_rights".to_owned(),
        Subject::Setting("full_rights".to_owned()),
        signals.next()?,
    );
    finding.signals.extend(signals);
    Some(finding)
}
