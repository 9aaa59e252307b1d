//! How every check ended. All of them are listed, always; one that lacked what it reads says so
//! and never counts as having seen nothing.

mod as_acquired;
mod ways_in;

use super::Met;
use super::access::old_unknown_sources;
use super::behaviour::came_on_an_unknown_day;
use super::signed::files_of;
use super::view::{Origin, View};
use crate::android::appops::{Op, UseState};
use crate::evidence::{EvidenceKind, SettingsTable};
use crate::facts::{AppFacts, Coverage, Facts, Part};
use crate::result::{Check, Outcome};

const GLOBAL: Part = Part::Settings(SettingsTable::Global);
const SECURE: Part = Part::Settings(SettingsTable::Secure);

/// A check that answers from rules that were met, given that one of some parts was read.
struct Spec {
    id: &'static str,
    title: &'static str,
    rules: &'static [&'static str],
    /// Any one of these, whole, is enough.
    parts: &'static [Part],
    /// And this one, where given.
    and: Option<Part>,
}

const LISTS: &[Part] =
    &[Part::Packages, Part::AqfPackages, Part::PackageList, Part::BackupManifest];

const SPECS: &[Spec] = &[
    Spec {
        id: "device_owner",
        title: "an app that manages the whole phone or a profile",
        rules: &["P1", "P1_by_hand"],
        parts: &[Part::DevicePolicy],
        and: None,
    },
    Spec {
        id: "device_admin",
        title: "device administrators that are on and did not come with the phone",
        rules: &["P2"],
        parts: &[Part::DevicePolicy],
        and: None,
    },
    Spec {
        id: "accessibility",
        title: "accessibility services that are on and did not come with the phone",
        rules: &["P3"],
        parts: &[Part::Accessibility, SECURE],
        and: None,
    },
    Spec {
        id: "notification_listener",
        title: "apps that may read every notification and did not come with the phone",
        rules: &["P4"],
        parts: &[Part::Notification, SECURE],
        and: None,
    },
    Spec {
        id: "special_access",
        title: "special access that was given app by app in the settings",
        rules: &["P5"],
        parts: &[Part::Appops],
        and: None,
    },
    Spec {
        id: "accessibility_before",
        title: "accessibility services that were on before",
        rules: &["P3_once"],
        parts: &[Part::Appops],
        and: None,
    },
    Spec {
        id: "phone_app",
        title: "the phone's own app for messages and calls replaced by one from outside the Play Store",
        rules: &["P6_phone_app"],
        parts: &[Part::Role, SECURE],
        and: Some(Part::Packages),
    },
    Spec {
        id: "autofill_service",
        title: "an added app, no known password manager, that fills in forms",
        rules: &["P9_autofill"],
        parts: &[SECURE],
        and: Some(Part::Packages),
    },
    Spec {
        id: "assistant",
        title: "an added app as the phone's assistant",
        rules: &["P9_assistant"],
        parts: &[Part::Role, SECURE],
        and: Some(Part::Packages),
    },
    Spec {
        id: "given_by_a_computer",
        title: "added apps that hold permissions which only a computer gives",
        rules: &["P9_computer"],
        parts: &[Part::Packages],
        and: None,
    },
    Spec {
        id: "kept_running",
        title: "hidden apps that are kept running all the time",
        rules: &["P8"],
        parts: &[Part::DeviceIdle],
        and: Some(Part::Receivers),
    },
    Spec {
        id: "hidden_launcher",
        title: "apps without an icon",
        rules: &["C1"],
        parts: &[Part::Activities],
        and: Some(Part::Packages),
    },
    Spec {
        id: "system_like_name",
        title: "apps named like a part of the system",
        rules: &["C2"],
        parts: LISTS,
        and: None,
    },
    Spec {
        id: "installer",
        title: "apps from outside the stores that choose what they offer",
        rules: &["O1", "O1_store", "O1_tool", "O1_first_day", "O2"],
        parts: LISTS,
        and: None,
    },
    Spec {
        id: "permissions",
        title: "apps that hold many of the permissions that watching needs",
        rules: &["D1"],
        parts: &[Part::Packages],
        and: None,
    },
    Spec {
        id: "app_files",
        title: "what the apps' own files say: their names, pictures and code",
        rules: &["C2_label", "C3", "D1_code", "D1_says"],
        parts: &[Part::AppFiles],
        and: None,
    },
    Spec {
        id: "background_use",
        title: "microphone, camera or location used while the app was not on the screen",
        rules: &["D2"],
        parts: &[Part::Appops],
        and: None,
    },
    Spec {
        id: "uploads",
        title: "apps that send much while nobody looks at them",
        rules: &["D3"],
        parts: &[Part::NetStats],
        and: Some(Part::Usage),
    },
    Spec {
        id: "events",
        title: "apps that wait for messages, calls, the phone's start and another SIM card",
        rules: &["D4"],
        parts: &[Part::Receivers],
        and: None,
    },
    Spec {
        id: "changed_part_of_the_phone",
        title: "apps that came with the phone, hold the powers of one that watches, and may not be the maker's",
        rules: &["O5"],
        parts: &[Part::Packages],
        and: Some(Part::Getprop),
    },
    Spec {
        id: "root_traces",
        title: "tools that take full rights over the phone, as far as they do not hide",
        rules: &["S1_root_traces"],
        parts: &[Part::RootBinaries, Part::AqfFiles],
        and: None,
    },
    Spec {
        id: "temporary_programs",
        title: "programs where only a computer puts them",
        rules: &["S1_temporary_programs"],
        parts: &[Part::AqfFiles],
        and: None,
    },
    Spec {
        id: "play_protect",
        title: "Play Protect switched off",
        rules: &["S1_verifier"],
        parts: &[GLOBAL],
        and: None,
    },
    Spec {
        id: "unknown_sources",
        title: "apps from outside a store allowed",
        rules: &["S1_unknown_sources"],
        parts: &[SECURE],
        and: None,
    },
    Spec {
        id: "wireless_debugging",
        title: "wireless debugging",
        rules: &["S1_wireless_debugging"],
        parts: &[GLOBAL],
        and: None,
    },
];

/// The check that answers from a rule.
pub(crate) fn check_of_rule(rule: &str) -> Option<&'static str> {
    if IDENTITY_RULES.contains(&rule) {
        return Some("identity");
    }
    SPECS.iter().find(|spec| spec.rules.contains(&rule)).map(|spec| spec.id)
}

/// Every check, in the order in which they are shown.
pub(super) fn all(facts: &Facts, with_indicators: bool, met: &Met) -> Vec<Check> {
    let mut checks =
        vec![identity(facts, with_indicators, met), certificate(facts, with_indicators, met)];
    checks.extend(SPECS.iter().chain(&ways_in::SPECS).map(|spec| answer(facts, met, spec)));
    for check in &mut checks {
        ways_in::corrected(facts, check);
        without_icons(facts, check);
        switched_on(facts, check);
    }
    if let Some(check) = checks.iter_mut().find(|check| check.id == "unknown_sources") {
        unknown_sources(facts, check);
    }
    for check in checks.iter_mut().filter(|check| check.outcome == Outcome::NotFound) {
        bare_list(facts, check);
    }
    if let Some(check) = checks.iter_mut().find(|check| check.id == "accessibility_before") {
        accessibility_before(facts, check);
    }
    if let Some(check) = checks.iter_mut().find(|check| check.id == "background_use") {
        background_use(facts, check);
    }
    checks.extend(history(facts, with_indicators, met));
    checks.push(addresses(facts, with_indicators, met));
    checks.extend(ways_in::asked(met.rules.contains("A_user_certificate")));
    checks.extend(as_acquired::check(facts));
    checks
}

/// Nobody may read "every app has an icon" out of a table that does not tell.
fn without_icons(facts: &Facts, check: &mut Check) {
    if check.id == "hidden_launcher"
        && check.outcome == Outcome::NotFound
        && let Some(why) = no_icons(facts)
    {
        check.outcome = Outcome::CouldNotCheck;
        why.clone_into(&mut check.why);
    }
}

/// What came with the phone, or is widely known for what it does, is no finding and is counted:
/// nobody may read "not seen" as "none".
fn switched_on(facts: &Facts, check: &mut Check) {
    let is_on: fn(&AppFacts) -> bool = match check.id {
        "device_admin" => |app| !app.admins.is_empty(),
        "accessibility" => |app| !app.accessibility.is_empty(),
        "notification_listener" => |app| !app.listeners.is_empty(),
        _ => return,
    };
    let on = facts.apps.iter().filter(|(_, app)| is_on(app));
    let views = on.map(|(name, app)| View::new(facts, name, app));
    let views = views.filter(|app| app.present && !app.in_private_space);
    let (own, added): (Vec<_>, Vec<_>) = views.partition(|app| app.origin == Origin::Preinstalled);
    if check.outcome == Outcome::NotFound && !added.is_empty() {
        check.outcome = Outcome::Found;
        check.why.push_str(match added.len() {
            1 => ": only in one app that is counted and not named",
            _ => ": only in apps that are counted and not named",
        });
    }
    let said = match own.len() {
        0 => return,
        1 => "; one app that came with the phone holds this".to_owned(),
        count => format!("; {count} apps that came with the phone hold this"),
    };
    check.why.push_str(&said);
}

/// A list of packages may name them and say nothing else.
fn bare_list(facts: &Facts, check: &mut Check) {
    let other = [Part::Packages, Part::AqfPackages].iter().any(|part| facts.is_whole(*part));
    let listed = || facts.apps.values().filter_map(|app| app.listed.as_ref());
    let why = match check.id {
        _ if other || !facts.is_whole(Part::PackageList) => return,
        "installer" if !listed().all(|(app, _)| app.installer_given) => {
            "the list of packages does not say who installed them: make it again with pm list packages -f -i -U"
        }
        "system_like_name" if !listed().all(|(app, _)| app.path.is_some()) => {
            "the list of packages does not say which came with the phone: make it again with pm list packages -f -i -U"
        }
        _ => return,
    };
    check.outcome = Outcome::CouldNotCheck;
    why.clone_into(&mut check.why);
}

/// From Android 8 on each app is allowed by itself, and the old setting means nothing.
fn unknown_sources(facts: &Facts, check: &mut Check) {
    match old_unknown_sources(facts) {
        Some(true) => {}
        Some(false) => (check.outcome, check.why) = allowed_app_by_app(facts),
        None => {
            check.outcome = Outcome::CouldNotCheck;
            "which Android this is could not be read, and the setting means nothing from Android 8 on".clone_into(&mut check.why);
        }
    }
}

fn allowed_app_by_app(facts: &Facts) -> (Outcome, String) {
    let allowed = facts.apps.values().filter(|app| {
        app.behaviour.ops.get(&Op::InstallApps).is_some_and(|(record, _)| record.allowed)
    });
    let count = allowed.count();
    let parts = &[Part::Appops];
    let (outcome, why) = ending(facts, parts, best(facts, parts), false, count > 0);
    if count == 0 {
        return (outcome, why);
    }
    (
        outcome,
        format!(
            "from Android 8 on this is allowed app by app; here for {count}, such as a browser or a file manager ({})",
            Part::Appops.as_str()
        ),
    )
}

/// What names every app on the phone.
const WHOLE_LISTS: [Part; 3] = [Part::Packages, Part::AqfPackages, Part::PackageList];
const NOT_LISTED: &str =
    "no list of the apps on the phone was read to its end, so nobody can say which are gone";

/// The days that were named, and what remembers apps that are gone.
fn history(facts: &Facts, with_indicators: bool, met: &Met) -> [Check; 2] {
    // A log and a crash name who happened to run; only these keep a list.
    const REMEMBER: &[Part] = &[Part::Usage, Part::Battery, Part::InstallSessions];
    let named = met.rules.contains("H1");
    let (mut outcome, mut why) =
        ending(facts, REMEMBER, best(facts, REMEMBER), named, met.unnamed.contains("H1"));
    let gone = facts.apps.iter().map(|(name, app)| View::new(facts, name, app));
    let gone = gone.filter(|app| !app.present && app.facts.behaviour.was_listed()).count();
    let is_listed = WHOLE_LISTS.iter().any(|part| facts.is_whole(*part));
    if !is_listed && outcome != Outcome::Found {
        // What cannot be told from what is still there is not gone.
        let lacks = if with_indicators { NOT_LISTED } else { NO_INDICATORS };
        (outcome, why) = (Outcome::CouldNotCheck, lacks.to_owned());
    } else if !with_indicators {
        (outcome, why) = (
            Outcome::CouldNotCheck,
            format!("{NO_INDICATORS}; {gone} apps that are gone left traces"),
        );
    } else if outcome == Outcome::NotFound {
        let read = REMEMBER.iter().filter(|part| facts.is_whole(**part));
        let read: Vec<_> = read.map(|part| part.as_str()).collect();
        why = format!(
            "read in {}: {gone} apps that are gone left traces, and the indicators list none of them; what is older than these records cannot be seen",
            read.join(", ")
        );
    }
    let title = "listed apps that were on the phone and are gone".to_owned();
    let once = Check { id: "once_installed", outcome, why, title };
    // Apps that were not to be looked at when they were installed are found without any days.
    let parts = &[Part::Packages];
    let (named, counted) = (met.rules.contains("O3"), met.unnamed.contains("O3"));
    let (outcome, why) = if facts.window.is_some() || named || counted {
        let mut ended = ending(facts, parts, best(facts, parts), named, counted);
        if ended.0 == Outcome::NotFound {
            ended.1.push_str("; what a store updated on these days is not among it");
        }
        without_unknown_days(facts, ended)
    } else {
        let why = "nobody named days: where the survivor knows when somebody else had the phone, say so with --window FROM..TO";
        (Outcome::CouldNotCheck, why.to_owned())
    };
    let title = "apps installed on the days that were named, or with the order not to look at them"
        .to_owned();
    [once, Check { id: "installed_in_window", outcome, why, title }]
}

/// A day that nobody can read is not one outside those that were named.
fn without_unknown_days(facts: &Facts, ended: (Outcome, String)) -> (Outcome, String) {
    let apps = facts.apps.iter().map(|(name, app)| View::new(facts, name, app));
    let unknown = apps.filter(came_on_an_unknown_day).count();
    if facts.window.is_none() || unknown == 0 || ended.0 == Outcome::Found {
        return ended;
    }
    let why = format!(
        "for {unknown} apps the day of installation is not written, or in a way that cannot be read, such as another calendar ({})",
        Part::Packages.as_str()
    );
    (Outcome::CouldNotCheck, why)
}

/// Which service read the screen is recorded from Android 11 on.
fn accessibility_before(facts: &Facts, check: &mut Check) {
    let major = facts.os_version.as_deref().and_then(|version| version.split('.').next());
    let recorded =
        major.and_then(|major| major.trim().parse::<u32>().ok()).is_some_and(|v| v >= 11);
    if check.outcome == Outcome::NotFound && !recorded {
        check.outcome = Outcome::CouldNotCheck;
        "it is recorded from Android 11 on only".clone_into(&mut check.why);
    }
}

/// Android 7 and 8 say when an operation was used, not in what state.
fn background_use(facts: &Facts, check: &mut Check) {
    let mut uses = facts
        .apps
        .values()
        .flat_map(|app| app.behaviour.ops.values())
        .flat_map(|(record, _)| &record.uses)
        .peekable();
    if check.outcome == Outcome::NotFound
        && uses.peek().is_some()
        && uses.all(|used| used.state == UseState::Unknown)
    {
        check.outcome = Outcome::CouldNotCheck;
        "this Android version says when an app used them, not whether the app was on the screen"
            .clone_into(&mut check.why);
    }
}

fn not_read(id: &'static str, title: &str, why: &str) -> Check {
    Check { id, outcome: Outcome::CouldNotCheck, why: why.to_owned(), title: title.to_owned() }
}

fn answer(facts: &Facts, met: &Met, spec: &Spec) -> Check {
    let state = worse(best(facts, spec.parts), facts, spec.and);
    let named = spec.rules.iter().any(|rule| met.rules.contains(*rule));
    let counted = spec.rules.iter().any(|rule| met.unnamed.contains(*rule));
    let (outcome, mut why) = ending(facts, spec.parts, state, named, counted);
    if state.is_none() && outcome == Outcome::CouldNotCheck {
        why = absent(facts, spec.parts, spec.and);
    }
    Check { id: spec.id, outcome, why, title: spec.title.to_owned() }
}

/// The fullest of several parts, of equal ones the first.
fn best<'f>(facts: &'f Facts, parts: &[Part]) -> Option<(Part, &'f Coverage)> {
    let there = parts.iter().rev().filter_map(|part| Some((*part, facts.coverage.get(part)?)));
    there.max_by(|a, b| a.1.cmp(b.1))
}

/// A check that needs a second part is as complete as the poorer of the two.
fn worse<'f>(
    state: Option<(Part, &'f Coverage)>,
    facts: &'f Facts,
    and: Option<Part>,
) -> Option<(Part, &'f Coverage)> {
    let Some(and) = and else { return state };
    let second = facts.coverage.get(&and).map(|coverage| (and, coverage))?;
    let first = state?;
    Some(if second.1 < first.1 { second } else { first })
}

fn ending(
    facts: &Facts,
    parts: &[Part],
    state: Option<(Part, &Coverage)>,
    named: bool,
    counted: bool,
) -> (Outcome, String) {
    let found = named || counted;
    match state {
        Some((part, Coverage::Whole)) if named => {
            (Outcome::Found, format!("read in {}: see the findings", part.as_str()))
        }
        Some((part, Coverage::Whole)) if counted => (
            Outcome::Found,
            format!("read in {}: only in apps that are counted and not named", part.as_str()),
        ),
        Some((part, Coverage::Whole)) => (Outcome::NotFound, format!("read in {}", part.as_str())),
        Some((part, Coverage::Cut(why) | Coverage::Unreadable(why))) if found => {
            (Outcome::Found, format!("{} is incomplete ({why}): there may be more", part.as_str()))
        }
        Some((part, Coverage::Cut(why))) => {
            (Outcome::CouldNotCheck, format!("{} is incomplete: {why}", part.as_str()))
        }
        Some((part, Coverage::Unreadable(why))) => {
            (Outcome::CouldNotCheck, format!("{} could not be read: {why}", part.as_str()))
        }
        None if found => (Outcome::Found, "see the findings".to_owned()),
        None => (Outcome::CouldNotCheck, absent(facts, parts, None)),
    }
}

/// Why a whole table of activities cannot say whose icon is missing.
fn no_icons(facts: &Facts) -> Option<&'static str> {
    let index = facts.index();
    if !index.names_main_activities {
        Some("the table of activities names no app's main activity, so a missing icon says nothing")
    } else if !index.tells_icons {
        Some(
            "the table of activities does not show who asks for an icon: an app may have a main activity and no icon",
        )
    } else {
        None
    }
}

/// Of parts of which any one is enough, and of one that is needed beside it, those that are not
/// there.
fn absent(facts: &Facts, parts: &[Part], and: Option<Part>) -> String {
    let is_absent = |part: &&Part| !facts.coverage.contains_key(part);
    let enough = parts.iter().any(|part| !is_absent(&part)) && and.is_some();
    let parts = if enough { &[] } else { parts };
    let names = parts.iter().chain(&and).filter(is_absent);
    let names: Vec<_> = names.map(|part| part.as_str()).collect();
    let cut = if facts.cut_short { "; the evidence ends early" } else { "" };
    format!("the evidence holds no {}{cut}", names.join(" and no "))
}

const IDENTITY_RULES: [&str; 5] = ["L1", "L2", "L2_hash", "L3", "L3_certificate"];
const NO_INDICATORS: &str =
    "no indicators were given: nothing was compared with the names of known products";

fn identity(facts: &Facts, with_indicators: bool, met: &Met) -> Check {
    let (outcome, why) = if with_indicators {
        let named = IDENTITY_RULES.iter().any(|rule| met.rules.contains(*rule));
        let counted = IDENTITY_RULES.iter().any(|rule| met.unnamed.contains(*rule));
        ending(facts, LISTS, best(facts, LISTS), named, counted)
    } else {
        (Outcome::CouldNotCheck, NO_INDICATORS.to_owned())
    };
    let title = "apps that the indicators list, by any mark".to_owned();
    Check { id: "identity", outcome, why, title }
}

fn certificate(facts: &Facts, with_indicators: bool, met: &Met) -> Check {
    let signed = Signed::of(facts);
    let parts = &[Part::AppFiles, Part::AqfPackages];
    let named = ["L1", "L2", "L2_hash"].iter().any(|rule| met.rules.contains(*rule));
    let (outcome, why) = if !with_indicators {
        (Outcome::CouldNotCheck, NO_INDICATORS.to_owned())
    } else if facts.kind == EvidenceKind::Bugreport {
        (
            Outcome::CouldNotCheck,
            "a bugreport holds no certificates and no files of apps, so listed apps are recognised by name only"
                .to_owned(),
        )
    } else if !named && best(facts, parts).is_some() && signed.verified == 0 {
        let why =
            "no certificate was verified, so listed apps are recognised by file or by name only";
        (Outcome::CouldNotCheck, why.to_owned())
    } else if !named && signed.not_verified > 0 {
        let Signed { verified, not_verified } = signed;
        let why = format!(
            "the certificates of {not_verified} of {} apps that did not come with the phone were not verified: these are recognised by file or by name only",
            verified + not_verified
        );
        (Outcome::CouldNotCheck, why)
    } else {
        ending(facts, parts, best(facts, parts), named, false)
    };
    let title = "apps that the indicators list, by certificate or file".to_owned();
    Check { id: "certificate", outcome, why, title }
}

fn addresses(facts: &Facts, with_indicators: bool, met: &Met) -> Check {
    let (outcome, why) = if with_indicators {
        let parts = &[Part::Text, GLOBAL];
        ending(facts, parts, best(facts, &[Part::Text]), met.rules.contains("V1"), false)
    } else {
        (Outcome::CouldNotCheck, NO_INDICATORS.to_owned())
    };
    let title = "addresses of makers of stalkerware, in logs and settings".to_owned();
    Check { id: "visited_or_contacted", outcome, why, title }
}

/// Of the apps that did not come with the phone, how many have a verified certificate.
struct Signed {
    verified: usize,
    not_verified: usize,
}

impl Signed {
    fn of(facts: &Facts) -> Self {
        let views = facts.apps.iter().map(|(name, app)| View::new(facts, name, app));
        let added = views.filter(|app| app.present && app.origin != Origin::Preinstalled);
        let is_verified = |app: &View<'_>| {
            let mut certificates = files_of(app.facts).filter_map(|file| file.certificate);
            certificates.any(|certificate| certificate.verified.is_ok())
        };
        let (verified, not): (Vec<_>, Vec<_>) = added.partition(is_verified);
        Self { verified: verified.len(), not_verified: not.len() }
    }
}
