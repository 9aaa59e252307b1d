//! Actions made into steps for this phone, each with everybody who would notice it.

use std::collections::BTreeSet;

use unwatched_model::report::{Observable, Support, said_of};

use super::actions::{About, Action, Actions, Done, There};
use super::phone::{Code, FoundApp, Held, Phone};
use super::seen::{Certainty, Seen, SeenBy, Told, Unknown};

/// One action, for one app and one of what it holds.
#[derive(Debug, Clone)]
pub struct Step {
    /// The same when the plan is made again: `take_back_permission:com.example.watch:camera`.
    pub id: String,
    /// What is done.
    pub action: &'static Action,
    /// To which app.
    pub app: Option<String>,
    /// In words.
    pub words: String,
    /// Which of several that the app holds.
    pub detail: Option<String>,
    /// As the phone names what is taken: components, permissions, operations.
    pub names: Vec<String>,
    /// For which users of the phone.
    pub users: BTreeSet<u32>,
    /// How it is done by hand with this version of Android.
    pub hands: Vec<String>,
    /// Everybody who would notice.
    pub seen: Seen,
}

/// The steps that this action is on this phone.
pub(super) fn of(action: &'static Action, phone: &Phone) -> Vec<Step> {
    match action.about {
        About::Phone if is_there(action, phone) => vec![step(action, phone, None, None)],
        About::Phone => Vec::new(),
        About::App => phone.apps.iter().flat_map(|app| of_app(action, phone, app)).collect(),
    }
}

fn is_there(action: &Action, phone: &Phone) -> bool {
    action.there != There::Finding
        || phone.findings.iter().any(|id| {
            let begins = |prefix: &String| id.starts_with(prefix.as_str());
            action.findings.iter().any(begins)
        })
}

fn of_app(action: &'static Action, phone: &Phone, app: &FoundApp) -> Vec<Step> {
    match action.there {
        // What manages the phone does not go by hand.
        There::App if app.manages => Vec::new(),
        // What came with the phone cannot be removed for good: it is switched off.
        There::App if app.came_with_the_phone => {
            vec![step(Actions::here().action("disable_app"), phone, Some(app), None)]
        }
        There::Everyday | There::App => vec![step(action, phone, Some(app), None)],
        there => {
            let held = app.held.iter().filter(|held| held.there == there);
            held.map(|held| step(action, phone, Some(app), Some(held))).collect()
        }
    }
}

/// The step as it would be if the app held what is taken here: what nobody knows of it stays open.
pub(super) fn as_if_held(action: &'static Action, phone: &Phone, app: &FoundApp) -> Step {
    step(action, phone, Some(app), None)
}

fn step(
    action: &'static Action,
    phone: &Phone,
    app: Option<&FoundApp>,
    held: Option<&Held>,
) -> Step {
    let package = app.map(|app| app.package.as_str());
    let detail = held.and_then(|held| held.detail.as_deref());
    let parts = [Some(action.id.as_str()), package, detail].into_iter().flatten();
    let shown = detail.or(Some("what it was given"));
    Step {
        id: parts.collect::<Vec<_>>().join(":").replace(' ', "_"),
        action,
        app: package.map(ToOwned::to_owned),
        words: action.words(package, shown),
        detail: detail.map(ToOwned::to_owned),
        names: held.map(|held| held.names.clone()).unwrap_or_default(),
        users: app.map(|app| app.users.clone()).unwrap_or_default(),
        hands: action.hands(phone.android, package),
        seen: seen(action, phone, app),
    }
}

/// Everybody who would notice: what the apps' code tells, what analysts noted, what the platform
/// tells; and where any of the apps leaves it open, somebody who is told at once.
fn seen(action: &Action, phone: &Phone, about: Option<&FoundApp>) -> Seen {
    let mut all = Vec::new();
    let mut unknown = BTreeSet::new();
    for app in &phone.apps {
        let is_about = about.is_none_or(|about| about.package == app.package);
        let told = of_code(action, app, is_about);
        if is_about {
            all.extend(of_notes(action, app));
            unknown.extend(open(app, told.is_empty()));
        }
        all.extend(told);
    }
    if phone.apps.is_empty() {
        unknown.insert(Unknown::Nothing);
    }
    let platform = action.told(phone.android).map(|told| Told {
        seen_by: told.seen_by.clone(),
        how_soon: told.how_soon,
        certainty: match told.source() {
            Some(_) => Certainty::Documented,
            None => Certainty::Assumed,
        },
        signal: None,
        evidence: told.source().into_iter().cloned().collect(),
        sentence: told.sentence.clone(),
    });
    all.extend(platform);
    // One reason is enough: the weakest ground first.
    all.extend(unknown.first().map(|why| Told::unknown(*why)));
    Seen::of(all)
}

/// Why nobody knows of this app, where nobody does.
fn open(app: &FoundApp, nothing_told: bool) -> Option<Unknown> {
    match &app.code {
        Code::Unread => Some(Unknown::Unread),
        Code::Read { partly: true, .. } => Some(Unknown::Partly),
        Code::Read { partly: false, .. } => nothing_told.then_some(Unknown::NotInCode),
    }
}

fn of_code(action: &Action, app: &FoundApp, is_about: bool) -> Vec<Told> {
    let Code::Read { signals, .. } = &app.code else { return Vec::new() };
    let through = if is_about { &action.seen_through } else { &action.seen_by_others };
    let told = |signal: &Observable| {
        if through.contains(&signal.action) {
            return Some(told_by(app, signal, ""));
        }
        let by_hand = is_about && action.by_hand.contains(&signal.action);
        let lead =
            if action.done == Done::Cable { "Where it is done by hand on the phone: " } else { "" };
        by_hand.then(|| told_by(app, signal, lead))
    };
    signals.iter().filter(|signal| signal.support != Support::Weak).filter_map(told).collect()
}

fn told_by(app: &FoundApp, signal: &Observable, lead: &str) -> Told {
    let places = signal.evidence.iter().map(|piece| format!("{} ({})", piece.value, piece.place));
    Told {
        seen_by: SeenBy::App(app.package.clone()),
        how_soon: signal.how_soon,
        certainty: Certainty::of(signal.support),
        signal: Some(signal.signal.clone()),
        evidence: places.collect(),
        sentence: format!("{lead}{}", said_of(signal.inside.as_deref(), &signal.sentence)),
    }
}

fn of_notes(action: &Action, app: &FoundApp) -> Vec<Told> {
    let notes = app.notes.iter().filter(|note| note.action == action.id);
    let told = notes.map(|note| Told {
        seen_by: SeenBy::App(app.package.clone()),
        how_soon: note.how_soon,
        certainty: Certainty::Noted,
        signal: None,
        evidence: vec![note.source.clone()],
        sentence: note.sentence.clone(),
    });
    told.collect()
}
