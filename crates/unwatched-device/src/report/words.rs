//! The sentences of a report. What is said about a rule stands in `catalogue/findings.toml`.
//!
//! Nothing here consoles, blames, counts risk or promises: an empty result is a question still
//! open, and every action may be noticed.

use super::sentence::Sentence;
use crate::result::{
    Band, Check, CheckResult, Device, Finding, FindingKind, IdentifiedBy, Outcome, RecallMet,
    Signal, Subject,
};
use unwatched_model::class::Class;

/// Above this age the report says what it means.
const OLD_DAYS: i64 = 30;

pub(super) const TITLE: &str = "What this check saw";

pub(super) const FIRST: [&str; 3] = [
    "Read this away from the phone that was checked, if you can. It may be listening, and it may show where it is.",
    "Change nothing on the phone yet. Removing an app, or changing a setting, may tell the person who installed it, at once. Talk first with somebody who helps people in this situation.",
    "Keep this page where only the person it is about can reach it, or do not keep it.",
];

pub(super) const IS_AND_IS_NOT: [&str; 3] = [
    "It is a list of facts read from a copy of some of the phone's own records, and of what could explain each of them.",
    "It is not a forensic examination and not legal advice. It names no person.",
    "It does not show everything. What is not listed here may still be there.",
];

pub(super) const EMPTY_TITLE: &str = "The question is still open";

const EMPTY_FIRST: &str = "This check did not see what it looks for. It looks at a part of one phone only, and much of what is used to watch somebody leaves no trace there.";

const NO_APP_FIRST: &str = "No app is among these findings. That answers little: the check looks at a part of one phone only, and much of what is used to watch somebody leaves no trace there.";

/// Account access and ways back in come first.
const EMPTY_REST: [&str; 4] = [
    "Most often somebody is watched through accounts: a password that is known, a shared family or cloud account, a device that is still signed in. Look at the accounts first, from another device.",
    "Look at ways back in: recovery addresses and numbers, linked messengers, a second fingerprint or screen lock, shared location, trackers in bags and cars, a child's device.",
    "If somebody knows things that they should not know, believe that. Write down what they knew and when.",
    "The phone can be looked at again later, and in other ways.",
];

/// What stands where no app is among the findings: settings alone answer as little as nothing.
pub(super) fn still_open(result: &CheckResult) -> Vec<&'static str> {
    let is_app = |finding: &Finding| matches!(finding.subject, Subject::Package(_));
    if result.findings.iter().any(is_app) {
        return Vec::new();
    }
    let first = if result.findings.is_empty() { EMPTY_FIRST } else { NO_APP_FIRST };
    [first].into_iter().chain(EMPTY_REST).collect()
}

pub(super) const COULD_NOT_TITLE: &str = "What could not be checked";

/// What it means that something could not be looked at.
pub(super) const COULD_NOT_MEANS: &str =
    "Nobody looked for what stands here, or not everywhere: each of it may be there all the same.";

pub(super) const UNNAMED_TITLE: &str = "Not named here";

pub(super) const CHOICES: [(&str, &str); 5] = [
    (
        "Leave everything as it is for now",
        "The watching goes on. Often right until there is a plan.",
    ),
    (
        "Use another phone, with a new number, and leave this one as it is",
        "Talk and search on the other phone. It helps only with new accounts, and if nobody else can reach it.",
    ),
    (
        "Keep a record",
        "What was found can matter later. Where the record lies decides who finds it.",
    ),
    (
        "Have it removed, or the phone reset",
        "The person who installed it may be told at once, and may react. Do this with a plan, and after keeping a record if one is wanted.",
    ),
    (
        "Report it",
        "To the police, a court or a helpline: only by the choice of the person whose phone it is.",
    ),
];

pub(super) const RECALLS_TITLE: &str = "Listed by mistake in an earlier release";

/// Nothing here consoles: that a mistake was taken back says nothing of the app.
pub(super) const RECALLS_LIMIT: &str = "That something is no longer listed says nothing about what it can do, nor about the rest of the phone.";

/// A recall that concerns this phone.
pub(super) fn recalled(met: &RecallMet) -> Sentence {
    let day = &met.recalled.to_string()[..10];
    let said = Sentence::default().ours("An earlier release listed ");
    let said = match (&met.value, &met.family_name) {
        (Some(value), Some(family)) => {
            said.ours(kind_of_value(&met.kind)).theirs(value).ours(" for ").theirs(family)
        }
        _ if met.present => said.ours("an app on this phone, whose name stays private here,"),
        _ => said.ours("an app that was on this phone, whose name stays private here,"),
    };
    let said = said.ours(" by mistake (recalled on ").ours(day);
    let said = match &met.why {
        Some(why) => said.ours(": ").theirs(why),
        None => said,
    };
    let said = said.ours(")");
    let said = if met.present { said } else { said.ours("; it is not on the phone any more") };
    said.ours(". If a case is still open in which it was found, look at that case again.")
}

fn kind_of_value(kind: &str) -> &'static str {
    match kind {
        "package" => "the app name ",
        "certificate_sha1" | "certificate_sha256" => "the certificate ",
        "certificate_organisation" => "the certificate's organisation ",
        "file_sha256" => "the file ",
        _ => "",
    }
}

/// What was checked, in one line.
pub(super) fn device(device: &Device) -> Sentence {
    let sentence = match &device.model {
        Some(model) => Sentence::default().theirs(model),
        None => Sentence::default().ours("a phone of unknown make"),
    };
    match &device.os_version {
        Some(version) => sentence.ours(", Android ").theirs(version),
        None => sentence.ours(", Android version unknown"),
    }
}

/// When, with its zone, to the minute.
pub(super) fn when(result: &CheckResult) -> String {
    let stamp = result.checked_at.to_string();
    format!("{} {} UTC", &stamp[..10], &stamp[11..16])
}

/// Which indicators, and how old.
pub(super) fn indicators(result: &CheckResult) -> String {
    let Some(used) = &result.indicators else {
        return "No indicators were at hand: nothing was compared with the names, certificates \
                and files of known products. Only what apps are allowed to do was judged."
            .to_owned();
    };
    let published = &used.published.to_string()[..10];
    let values = if used.count == 1 { "value" } else { "values" };
    let release = format!("Compared with indicators release {} of {published}", used.sequence);
    let age = match used.age_days {
        ..0 => {
            return format!(
                "{release} ({} {values}). {published} lies in the future by this computer's clock: \
                 the clock is wrong, or the release is, so nobody can say how old these indicators \
                 are. Set the clock and check again.",
                used.count
            );
        }
        0 => "published today".to_owned(),
        1 => "1 day old".to_owned(),
        days => format!("{days} days old"),
    };
    let old = if used.age_days > OLD_DAYS {
        " Products that appeared since then are not known to it: get a newer release."
    } else {
        ""
    };
    format!("{release} ({age}, {} {values}).{old}", used.count)
}

/// Apps that are counted and not named.
pub(super) fn unnamed(count: usize) -> Option<String> {
    let apps = match count {
        0 => return None,
        1 => "One more app was looked at. It is".to_owned(),
        count => format!("{count} more apps were looked at. They are"),
    };
    Some(format!(
        "{apps} counted and never named: too little was seen, or the name must stay private to protect the person who carries the phone. That says nothing about what such an app can do."
    ))
}

/// A finding's heading. Only a verified certificate or the file itself puts a family's name beside
/// the app's as if they were one.
pub(super) fn heading(finding: &Finding) -> Sentence {
    let by = finding.identity.map(|identity| identity.by);
    let recognised = finding.band == Some(Band::Known);
    let said = Sentence::default();
    match &finding.subject {
        Subject::Package(package) => {
            let Some(family) = &finding.family_name else {
                return said.ours("The app ").theirs(package);
            };
            let between = match by {
                _ if recognised => ": ",
                Some(IdentifiedBy::PackageName) => ": a name listed for ",
                _ => ": a mark listed for ",
            };
            said.theirs(package).ours(between).theirs(family)
        }
        Subject::Setting(setting) => match access(setting) {
            Some(words) => said.ours(words),
            None => said.ours("The setting ").theirs(setting),
        },
        Subject::Profile(profile) => {
            let kind = profile.split(':').next().unwrap_or(profile);
            said.ours(access(kind).unwrap_or("A way to reach the phone"))
        }
        Subject::Domain(domain) => said.ours("The address ").theirs(domain),
    }
}

/// The heading of a finding about access, by its kind.
fn access(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "device_owner" => "Somebody manages the whole phone",
        "profile_owner" => "Somebody manages a profile on the phone",
        "work_profile" => "A work profile",
        "second_user" => "Another user on the phone",
        "unnamed_app" => "An app that is not named here, of which much is seen",
        "clone_space" => "A space with second copies of apps",
        "remote_support" => "Somebody elsewhere may reach the phone",
        "forwarding" => "What arrives on the phone can be passed on",
        "keyboard" => "A keyboard that did not come with the phone",
        "companion" => "Another device is linked to the phone",
        "vpn" => "A VPN",
        "user_certificate" => "An added certificate authority",
        "trust_agent" => "Something keeps the phone unlocked",
        "second_fingerprint" => "More than one fingerprint opens the phone",
        "second_face" => "More than one face opens the phone",
        "separate_lock" => "A second screen lock",
        "call_forwarding" => "Calls go to another number",
        "http_proxy" | "global_http_proxy_host" | "global_proxy_pac_url" => {
            "A proxy for all networks"
        }
        "network_proxy" => "A proxy of one network",
        "private_dns_specifier" => "A service that is asked for every address",
        "unlocked_boot" => "The phone starts without checking its system",
        "other_system" => "The phone runs another system than its maker's",
        "full_rights" => "Somebody may have full rights over the phone",
        "package_verifier_enable" | "package_verifier_user_consent" => {
            "Play Protect is switched off"
        }
        "install_non_market_apps" => "Apps from outside a store are allowed",
        "adb_wifi_enabled" => "Debugging over Wi-Fi is switched on",
        "root" => "Traces of full rights over the phone",
        "temporary_programs" => "Programs where only a computer puts them",
        "debugging_by_network" => "The phone answers to debugging over the network",
        "accepted_computers" => "Computers that may debug the phone",
        _ => return None,
    })
}

/// What the finding is about. An app's class is said of the family, in a line of its own: where
/// only a name matched, or people disagree, nobody knows that it is this app's.
pub(super) fn kind(finding: &Finding) -> &'static str {
    match finding.kind {
        FindingKind::WasInstalled => "an app that was on the phone and left data",
        FindingKind::VisitedOrContacted => "an address that was visited or contacted",
        FindingKind::DualUse
            if finding.identity.is_none() && finding.signals.iter().any(|s| s.rule == "L4") =>
        {
            if finding.shows_icon {
                "an app that does not hide and could be turned against somebody"
            } else {
                "an app that could be turned against somebody"
            }
        }
        FindingKind::DualUse if finding.identity.is_none() && finding.shows_icon => {
            "an app on the phone, which does not hide"
        }
        FindingKind::DualUse
            if finding.band == Some(Band::Known) && finding.class == Some(Class::DualUse) =>
        {
            "an app that can be turned against somebody"
        }
        FindingKind::Installed | FindingKind::DualUse => "an app on the phone",
        FindingKind::Access => "who and what can reach the phone",
    }
}

/// How sure we are: the band and the identity in words.
pub(super) fn how_sure(finding: &Finding, with_indicators: bool) -> String {
    let band = match finding.band {
        Some(Band::Known) => "Recognised. This says which product it is, not how bad it is.",
        Some(Band::StrongSigns) => "Strong signs: several unlike facts point the same way.",
        Some(Band::NeedsExpertLook) => "Somebody who knows phones should look at it.",
        Some(Band::Notable) => "Worth a question, no more.",
        None => "A fact. Whether it is wanted, only the person who carries the phone can say.",
    };
    let by = match finding.identity.map(|identity| identity.by) {
        None if finding.band == Some(Band::StrongSigns) && with_indicators => {
            " No indicator names this app."
        }
        None => "",
        Some(IdentifiedBy::PackageAndCertificate) => " By package name and verified certificate.",
        Some(IdentifiedBy::Certificate) if finding.band == Some(Band::Known) => {
            " By verified certificate; the name is another."
        }
        Some(IdentifiedBy::Certificate) => " By what is written in its certificate, which is weak.",
        Some(IdentifiedBy::Hash) => " By the app's file, byte for byte.",
        Some(IdentifiedBy::PackageName) => " By name only, which anybody can copy.",
        Some(IdentifiedBy::Domain) => " By address.",
    };
    format!("{band}{by}")
}

/// The family's class and the others that matched.
pub(super) fn class(finding: &Finding) -> Option<Sentence> {
    let class = match finding.class? {
        Class::Stalkerware => "is listed as stalkerware: made to watch somebody who does not know.",
        Class::Watchware => "is listed as watchware: made to watch somebody, but openly.",
        Class::DualUse => {
            "is listed as dual use: it has a legitimate main purpose, and can be turned against somebody."
        }
        Class::Disputed => {
            "is disputed: those who judged it, or the lists, do not agree what it is."
        }
        Class::Undecided => return None,
    };
    let family = finding.family_name.as_deref().unwrap_or("It");
    let said = Sentence::default().theirs(family).ours(" ").ours(class);
    Some(if finding.other_families.is_empty() {
        said
    } else {
        said.ours(" Also listed for: ").theirs(&finding.other_families.join(", ")).ours(".")
    })
}

/// Facts first; a rule that only multiplies others shows no points here, so it says its fact.
pub(super) fn signals(finding: &Finding) -> impl Iterator<Item = &Signal> {
    finding.signals.iter().filter(|signal| signal.rule != super::UNSAID_RULE)
}

pub(super) fn with_outcome(result: &CheckResult, outcome: Outcome) -> impl Iterator<Item = &Check> {
    result.checks.iter().filter(move |check| check.outcome == outcome)
}
