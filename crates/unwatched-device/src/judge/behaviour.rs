//! The rules about what an app may do and did: special access, the phone's app for text messages,
//! kept running, old target versions, use in the background, the events it waits for.
//!
//! What is switched on as administrator, accessibility service or listener is judged in `score`.

use jiff::civil::{Date, DateTime};

use crate::android::appops::{Op, OpUse, UseState};
use crate::android::moments::{date_time, is_unreadable};
use crate::android::package::{Declares, PackageBlock};
use crate::android::role::Role;
use crate::catalogue::catalogue;
use crate::evidence::SettingsTable;
use crate::facts::{Background, Facts, Part, Seen, TraceKind};
use crate::result::Signal;

use super::services;
use super::view::{Icon, Origin, Provenance, View};

/// Rules of group P.
pub(super) fn powers(facts: &Facts, app: &View<'_>) -> Vec<Signal> {
    [
        once_read_the_screen(facts, app),
        special_access(facts, app),
        phone_app(facts, app),
        kept_running(facts, app),
        services::autofill(facts, app),
        services::assistant(facts, app),
        services::from_a_computer(facts, app),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Rules of group O, for an app that somebody added.
pub(super) fn origin(facts: &Facts, app: &View<'_>) -> Vec<Signal> {
    [installed_when(facts, app), built_unusually(facts, app)].into_iter().flatten().collect()
}

/// Rules of group D.
pub(super) fn data(facts: &Facts, app: &View<'_>) -> Vec<Signal> {
    [background_use(facts, app), uploads(facts, app), events(facts, app)]
        .into_iter()
        .flatten()
        .collect()
}

/// It read the screen, or was allowed to read it by touch, and is not switched on any more.
fn once_read_the_screen(facts: &Facts, app: &View<'_>) -> Option<Signal> {
    // What is on now must have been read before anything can be said to be off.
    let read = [Part::Accessibility, Part::Settings(SettingsTable::Secure)];
    if !app.facts.accessibility.is_empty() || !read.iter().any(|part| facts.is_whole(*part)) {
        return None;
    }
    let behaviour = &app.facts.behaviour;
    let used = behaviour.ops.get(&Op::ReadsScreen).and_then(|(record, seen)| {
        let last = record.uses.iter().max_by_key(|used| (used.at, used.seconds_ago.map(|s| -s)))?;
        let when = last.at.map(|at| format!(", last on {}", at.date())).unwrap_or_default();
        Some((when, Seen { line: last.line, ..*seen }))
    });
    let granted = || behaviour.once_accessibility.map(|seen| (String::new(), seen));
    let (when, seen) = used.or_else(granted)?;
    Some(catalogue().rule("P3_once").signal(&[("when", &when)], facts.place(seen)))
}

/// Whether somebody gave the app this access.
fn given(app: &View<'_>, op: Op) -> Option<Seen> {
    let allowed = app.facts.behaviour.ops.get(&op).filter(|(record, _)| record.allowed);
    let recording = app.facts.behaviour.recording.filter(|_| op == Op::ScreenCapture);
    allowed.map(|(_, seen)| *seen).or(recording)
}

fn special_access(facts: &Facts, app: &View<'_>) -> Option<Signal> {
    let special = &catalogue().special_access;
    let (mut titles, mut sources) = (Vec::new(), Vec::new());
    for kind in &special.kind {
        if let Some(seen) = given(app, kind.op) {
            titles.push(kind.title.as_str());
            sources.push(facts.place(seen));
        }
    }
    let count = u32::try_from(titles.len()).unwrap_or(u32::MAX);
    (count > 0).then(|| {
        let which = titles.join(", ");
        let mut signal = catalogue().rule("P5").signal(&[("which", &which)], sources.join("; "));
        signal.weight = signal.weight.saturating_mul(count).min(special.cap);
        signal
    })
}

/// An app for messages or calls from the Play Store is what many people choose; one that was put
/// on the phone by hand is not.
fn phone_app(facts: &Facts, app: &View<'_>) -> Option<Signal> {
    if app.origin != Origin::Added || app.provenance.vouches() {
        return None;
    }
    let (what, seen) = app.facts.behaviour.roles.iter().find_map(|(role, seen)| {
        let what = match role {
            Role::Sms => "text messages",
            Role::Dialer => "calls",
            Role::CallRedirection => "sending calls elsewhere",
            Role::Home | Role::Assistant => return None,
        };
        Some((what, seen))
    })?;
    Some(catalogue().rule("P6_phone_app").signal(&[("what", what)], facts.place(*seen)))
}

fn kept_running(facts: &Facts, app: &View<'_>) -> Option<Signal> {
    let behaviour = &app.facts.behaviour;
    let exempt = behaviour.exempt?;
    let hidden = matches!(app.icon, Icon::None | Icon::SwitchedOff(_));
    let starts_with_the_phone = app.facts.declares.contains(&Declares::BootReceiver);
    let may = || {
        let (block, seen) = app.facts.block.as_ref()?;
        let name = "android.permission.FOREGROUND_SERVICE";
        (block.granted.contains(name) || block.requested.contains(name)).then_some(*seen)
    };
    let service = behaviour.foreground_service.as_ref().map(|(_, seen)| *seen).or_else(may)?;
    (hidden && starts_with_the_phone).then(|| {
        let source = format!("{}; {}", facts.place(exempt), facts.place(service));
        catalogue().rule("P8").signal(&[], source)
    })
}

/// Within the days that the survivor named, or past the phone's look at new apps.
fn installed_when(facts: &Facts, app: &View<'_>) -> Option<Signal> {
    let rule = catalogue().rule("O3");
    let (block, seen) = app.facts.block.as_ref()?;
    let days = first_installed(block);
    if let Some(window) = facts.window
        && let Some(day) = days.iter().find(|day| window.holds(**day))
    {
        let when = format!("on {day}, one of the days that were named");
        return Some(rule.signal(&[("when", &when)], facts.place(*seen)));
    }
    // A store brings updates every day; what came over an app by hand is another app.
    let by_hand =
        matches!(app.provenance, Provenance::OutsideStores(_) | Provenance::Claims { .. });
    if let (true, Some(window), Some(day)) = (by_hand, facts.window, last_updated(block))
        && window.holds(day)
    {
        let when = format!("again, over what was there, on {day}, one of the days that were named");
        return Some(rule.signal(&[("when", &when)], facts.place(*seen)));
    }
    let sessions = app.facts.behaviour.installations.iter();
    if let Some((session, seen)) = sessions.clone().find(|(session, _)| session.unverified) {
        let how = "with the order not to look at it first";
        let when = match session.created {
            Some(at) => format!("on {}, {how}", at.date()),
            None => how.to_owned(),
        };
        return Some(rule.signal(&[("when", &when)], facts.place(*seen)));
    }
    let (value, setting) =
        facts.settings.get(&(SettingsTable::Global, "verifier_verify_adb_installs".to_owned()))?;
    let by_cable = block.initiating.as_deref() == Some("com.android.shell")
        || sessions.clone().any(|(session, _)| session.from_computer);
    (value.trim() == "0" && by_cable).then(|| {
        let when = "from a computer, while the phone was told not to look at apps that come from one (verifier_verify_adb_installs=0)";
        rule.signal(&[("when", when)], facts.place(*setting))
    })
}

/// By user, and for the phone as a whole.
fn last_updated(block: &PackageBlock) -> Option<Date> {
    block.last_updated.as_deref().and_then(date_time).map(DateTime::date)
}

pub(super) fn first_installed(block: &PackageBlock) -> Vec<Date> {
    let printed = block.users.values().filter_map(|user| user.first_installed.as_ref());
    printed
        .chain(&block.first_installed)
        .filter_map(|text| date_time(text))
        .map(DateTime::date)
        .collect()
}

/// Whether nobody can say on which day the app came: it is there, did not come with the phone, and
/// no date of it can be read, as where the phone prints another calendar.
pub(super) fn came_on_an_unknown_day(app: &View<'_>) -> bool {
    let Some((block, _)) = &app.facts.block else { return false };
    let users = block.users.values().filter_map(|user| user.first_installed.as_ref());
    let mut printed = users.chain(&block.first_installed).peekable();
    let unread = printed.peek().is_none() || printed.all(|text| is_unreadable(text));
    app.present && app.origin != Origin::Preinstalled && unread
}

fn built_unusually(facts: &Facts, app: &View<'_>) -> Option<Signal> {
    let (how, seen) = old_target(app).or_else(|| new_certificate(app))?;
    Some(catalogue().rule("O4").signal(&[("how", &how)], facts.place(seen)))
}

fn old_target(app: &View<'_>) -> Option<(String, Seen)> {
    let (block, seen) = app.facts.block.as_ref()?;
    let target = block.target_sdk?;
    (target <= catalogue().thresholds.old_target_sdk).then(|| {
        let how = format!(
            "it says it was made for Android's interface {target}, which lets it hold every permission from its installation on"
        );
        (how, *seen)
    })
}

/// Every app's certificate is made by whoever signs it; one made shortly before the app was
/// installed, outside the Play Store, belongs to nobody who has signed for long.
fn new_certificate(app: &View<'_>) -> Option<(String, Seen)> {
    if app.provenance.vouches() {
        return None;
    }
    let (package, seen) = app.facts.aqf.as_ref()?;
    let certificates = || package.files.iter().filter_map(|file| file.certificate.as_ref());
    let debug = |name: &String| name.eq_ignore_ascii_case("Android Debug");
    if certificates().any(|certificate| certificate.common_names.iter().any(debug)) {
        let how = "it is signed with the certificate of a developer's workbench (Android Debug)";
        return Some((how.to_owned(), *seen));
    }
    let (block, _) = app.facts.block.as_ref()?;
    let installed = first_installed(block).into_iter().max()?;
    let made = certificates().filter_map(|certificate| certificate.valid_from).max()?;
    let days = (installed - made).get_days();
    (0..=catalogue().thresholds.new_certificate_days).contains(&days).then(|| {
        (format!("its certificate was made on {made}, {days} days before it was installed"), *seen)
    })
}

/// Used behind other apps; or, the microphone and the camera, at night while not on the screen.
fn tells_of_watching(op: Op, used: &OpUse) -> bool {
    let lines = &catalogue().thresholds;
    let night = lines.night_from_hour..lines.night_to_hour;
    let at_night = used.at.is_some_and(|at| night.contains(&at.hour()));
    match used.state {
        UseState::Background => true,
        UseState::Service => at_night && op != Op::Location,
        UseState::Foreground | UseState::Unknown => false,
    }
}

fn background_use(facts: &Facts, app: &View<'_>) -> Option<Signal> {
    let watched = [
        (Op::Microphone, "the microphone"),
        (Op::Camera, "the camera"),
        (Op::Location, "the phone's location"),
    ];
    let (mut what, mut sources) = (Vec::new(), Vec::new());
    for (op, title) in watched {
        let Some((record, seen)) = app.facts.behaviour.ops.get(&op) else { continue };
        let uses = record.uses.iter().filter(|used| tells_of_watching(op, used));
        let Some(last) = uses.max_by_key(|used| used.at) else { continue };
        what.push(match last.at {
            Some(at) => {
                format!("{title} (last on {} at {:02}:{:02})", at.date(), at.hour(), at.minute())
            }
            None => title.to_owned(),
        });
        sources.push(facts.place(Seen { line: last.line, ..*seen }));
    }
    (!what.is_empty()).then(|| {
        let what = what.join(", ");
        catalogue().rule("D2").signal(&[("what", &what)], sources.join("; "))
    })
}

/// Much more sent than received while nobody looked at the app.
fn uploads(facts: &Facts, app: &View<'_>) -> Option<Signal> {
    let lines = &catalogue().thresholds;
    let (block, _) = app.facts.block.as_ref()?;
    let id = block.app_id?;
    if !facts.is_whole(Part::Usage) || !facts.index().is_of_one_app(id) {
        return None;
    }
    // An app that the totals leave out was never on the screen; a total in digits that cannot be
    // read says nothing.
    let looked_at = match &app.facts.behaviour.usage {
        Some((usage, _)) => usage.seconds?,
        None => 0,
    };
    let Background { sent, received, seen } = facts.index().background(id)?;
    let much = sent >= lines.upload_bytes && sent / lines.upload_times >= received;
    (much && looked_at <= lines.upload_seconds_looked_at).then(|| {
        let megabytes = |bytes: u64| (bytes / 1_000_000).to_string();
        let words = [("sent", megabytes(sent)), ("received", megabytes(received))];
        let words: Vec<_> = words.iter().map(|(key, word)| (*key, word.as_str())).collect();
        catalogue().rule("D3").signal(&words, facts.place(seen))
    })
}

/// What remembers an app that is not among those installed.
pub(super) fn remembered(facts: &Facts, app: &View<'_>) -> Option<Signal> {
    let traces = &app.facts.behaviour.traces;
    let last = traces.iter().min_by_key(|trace| (trace.kind, std::cmp::Reverse(trace.at)))?;
    let what = match last.kind {
        TraceKind::Removed => "that it was removed",
        TraceKind::Installed => "that it was installed",
        TraceKind::Used => "that it was on the screen",
        TraceKind::Ran => "that it ran",
        TraceKind::Failed => "that it crashed",
    };
    let when = last.at.map(|at| format!(", last on {}", at.date())).unwrap_or_default();
    let listed = facts.is_whole(Part::Packages) || facts.is_whole(Part::AqfPackages);
    let now = if listed {
        "it is not among the apps that are installed"
    } else {
        "whether it is still installed could not be read"
    };
    let source: Vec<_> = traces.iter().take(4).map(|trace| facts.place(trace.seen)).collect();
    let words = [("what", what), ("when", &when), ("now", now)];
    Some(catalogue().rule("H1").signal(&words, source.join("; ")))
}

fn events(facts: &Facts, app: &View<'_>) -> Option<Signal> {
    let kinds = [
        (Declares::SmsReceiver, "text messages"),
        (Declares::OutgoingCallReceiver, "calls"),
        (Declares::BootReceiver, "the phone's start"),
        (Declares::SimReceiver, "another SIM card"),
    ];
    let waits: Vec<_> = kinds
        .iter()
        .filter(|(kind, _)| app.facts.declares.contains(kind))
        .map(|(_, title)| *title)
        .collect();
    let source = app.seen().map(|seen| facts.place(seen)).unwrap_or_default();
    (waits.len() >= catalogue().thresholds.events_at_least)
        .then(|| catalogue().rule("D4").signal(&[("which", &waits.join(", "))], source))
}
