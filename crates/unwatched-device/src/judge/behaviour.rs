//! The rules about what an app may do and did: special access, the phone's app for text messages,
//! kept running, old target versions, use in the background, the events it waits for.
//!
//! What is switched on as administrator, accessibility service or listener is judged in `score`.

use crate::android::appops::{Op, OpUse, UseState};
use crate::android::package::Declares;
use crate::android::role::Role;
use crate::catalogue::catalogue;
use crate::facts::{Facts, Seen};
use crate::result::Signal;

use super::view::{Icon, Origin, Provenance, View};

/// Rules of group P.
pub(super) fn powers(facts: &Facts, app: &View<'_>) -> Vec<Signal> {
    [
        once_read_the_screen(facts, app),
        special_access(facts, app),
        phone_app(facts, app),
        kept_running(facts, app),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Rules of group O, for an app that somebody added.
pub(super) fn origin(facts: &Facts, app: &View<'_>) -> Vec<Signal> {
    old_target(facts, app).into_iter().collect()
}

/// Rules of group D.
pub(super) fn data(facts: &Facts, app: &View<'_>) -> Vec<Signal> {
    [background_use(facts, app), events(facts, app)].into_iter().flatten().collect()
}

fn once_read_the_screen(facts: &Facts, app: &View<'_>) -> Option<Signal> {
    let (record, seen) = app.facts.behaviour.ops.get(&Op::ReadsScreen)?;
    let last = record.uses.iter().max_by_key(|used| (used.at, used.seconds_ago.map(|s| -s)))?;
    if !app.facts.accessibility.is_empty() {
        return None;
    }
    let when = last.at.map(|at| format!(", last on {}", at.date())).unwrap_or_default();
    let source = facts.place(Seen { line: last.line, ..*seen });
    Some(catalogue().rule("P3_once").signal(&[("when", &when)], source))
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
    if app.origin != Origin::Added || app.provenance == Provenance::Play {
        return None;
    }
    let (role, seen) = app.facts.behaviour.roles.iter().next()?;
    let what = match role {
        Role::Sms => "text messages",
        Role::Dialer => "calls",
        Role::CallRedirection => "sending calls elsewhere",
    };
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

fn old_target(facts: &Facts, app: &View<'_>) -> Option<Signal> {
    let (block, seen) = app.facts.block.as_ref()?;
    let target = block.target_sdk?;
    (target <= catalogue().thresholds.old_target_sdk).then(|| {
        let how = format!("it says it was made for Android's interface {target}, which lets it hold every permission from its installation on");
        catalogue().rule("O4").signal(&[("how", &how)], facts.place(*seen))
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
        (Op::Location, "its location"),
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
