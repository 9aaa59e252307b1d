//! Findings about access: who manages the device, and settings that weaken its protection. They
//! have no band: whether they are wanted is a question to the person who carries the phone.

use crate::android::device_policy::OwnerKind;
use crate::catalogue::catalogue;
use crate::evidence::SettingsTable;
use crate::facts::{Facts, Owner};
use crate::result::{Finding, FindingKind, Signal, Subject};

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

/// Every setting that weakens protection, as `key=value`.
pub(crate) fn weakened_protection(facts: &Facts) -> Vec<String> {
    WEAKENING
        .iter()
        .filter(|setting| seen(facts, setting).is_some())
        .map(|setting| format!("{}={}", setting.key, setting.value))
        .collect()
}

/// From Android 8 on each app asks for itself; the old setting stays at 1 and says nothing.
pub(crate) fn old_unknown_sources(facts: &Facts) -> Option<bool> {
    let major = facts.os_version.as_deref()?.split('.').next()?.trim().parse::<u32>().ok()?;
    Some(major < 8)
}

fn seen(facts: &Facts, setting: &Weakening) -> Option<crate::facts::Seen> {
    if setting.key == UNKNOWN_SOURCES && old_unknown_sources(facts) != Some(true) {
        return None;
    }
    setting.tables.iter().find_map(|table| {
        let (value, seen) = facts.settings.get(&(*table, setting.key.to_owned()))?;
        (value.trim() == setting.value).then_some(*seen)
    })
}

/// One finding per rule and per owner.
pub(crate) fn findings(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        facts.owners.iter().map(|owner| managed(facts, owner)).collect();
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

fn managed(facts: &Facts, owner: &Owner) -> Finding {
    let (id, what, subject) = match (owner.kind, owner.user) {
        (OwnerKind::Device, _) => (
            "device_owner".to_owned(),
            "the whole phone (device owner)".to_owned(),
            "device_owner".to_owned(),
        ),
        (OwnerKind::Profile, None) => (
            "profile_owner".to_owned(),
            "a profile on the phone (profile owner)".to_owned(),
            "profile_owner".to_owned(),
        ),
        (OwnerKind::Profile, Some(user)) => (
            format!("profile_owner:{user}"),
            format!("profile {user} on the phone (profile owner)"),
            format!("profile_owner:{user}"),
        ),
    };
    let words = [("package", owner.package.as_str()), ("what", what.as_str())];
    let signal = catalogue().rule("P1").signal(&words, facts.place(owner.seen));
    access(format!("access:{id}:{}", owner.package), Subject::Profile(subject), signal)
}

pub(super) fn access(id: String, subject: Subject, signal: Signal) -> Finding {
    Finding {
        id,
        kind: FindingKind::Access,
        subject,
        family: None,
        family_name: None,
        other_families: Vec::new(),
        class: None,
        band: None,
        score: None,
        signals: vec![signal],
        identity: None,
    }
}
