//! A removal and its close, at a terminal, on a phone that keeps what is changed: done, verified, put
//! back; killed at every step in turn, the next start says truthfully how things stand.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use unwatched_acquire::case::{Entry, StepState, open};
use unwatched_acquire::live::Wanted;
use unwatched_acquire::live::commands::ReadOnly;
use unwatched_fixtures::phone::population::{Phone, Record};
use unwatched_testkit::rig::state::Which;
use unwatched_testkit::rig::{self, Rig};

use crate::desk::{Desk, reach};
use crate::terminal::Terminal;

pub(crate) const WATCHER: &str = "com.swiftnotes.app107";

pub(crate) const CHECKPOINT: &str = "y, n or s: ";
pub(crate) const BY_CABLE: &str = "Do it now, by cable? y, n to leave it out, q to stop: ";
pub(crate) const BY_HAND: &str = "y once it is done: y, n to leave it out, q to stop: ";

/// The phone, with a case made of it.
fn prepared() -> (Desk, Rig) {
    prepared_with(&[])
}

/// The same, where this was changed on the phone before anybody looked.
pub(crate) fn prepared_with(changes: &[&str]) -> (Desk, Rig) {
    let which = Which { seed: 11, label: "watcher-00".to_owned(), apps: 0 };
    let (mut desk, rig) = (Desk::new(), Rig::start(&which));
    for change in changes {
        rig.change(&change.split(' ').collect::<Vec<_>>());
    }
    answers_at_once(&rig);
    let mut connection =
        reach(&Wanted { address: Some(rig.address()), ..Wanted::default() }).unwrap();
    let acquired = desk.acquire(&mut connection, &[]);
    assert!(acquired.stopped.is_none(), "{:?}", acquired.stopped);
    (desk, rig)
}

/// The stub makes its phone anew for every call that was not recorded; a real one answers at once.
pub(crate) fn answers_at_once(rig: &Rig) {
    rig.record(ReadOnly::of_an_acquisition().iter().flat_map(ReadOnly::wordings));
}

pub(crate) fn unwatched(desk: &Desk, rig: &Rig, words: &[&str]) -> Terminal {
    answers_at_once(rig);
    let (case, address) = (desk.path("case-1"), rig.address().to_string());
    let mut all = vec![words[0], case.to_str().unwrap(), "--address", &address];
    all.extend(&words[1..]);
    Terminal::start(&desk.path(""), &all)
}

pub(crate) fn app(phone: &Phone) -> &Record {
    phone.apps.iter().find(|app| app.package == WATCHER).unwrap()
}

/// Whether a step is so on the phone, by its words; `None` for what no phone tells.
pub(crate) fn is_so(phone: &Phone, step: &str) -> Option<bool> {
    let about = |begins: &str| step.starts_with(begins) && step.contains(WATCHER);
    Some(if about("Switch off the accessibility service of") {
        !app(phone).accessibility
    } else if about("Switch off the access of") {
        !app(phone).listener
    } else if about("Take away the right of") {
        !app(phone).admin
    } else if about("Remove ") {
        app(phone).removed
    } else {
        return None;
    })
}

/// What somebody does with their hands when a page of the settings is told to them.
fn does_it_by_hand(rig: &Rig, screen: &str) {
    let step = screen.rsplit("\n* ").next().unwrap_or_default();
    if step.starts_with("Take away the right of") {
        rig.by_hand(&["hand", "take-admin", WATCHER]);
    }
}

/// Answers what is asked until one of these words, and says which; `None` when it ended before.
fn goes_on_until(terminal: &mut Terminal, rig: &Rig, words: &[&str]) -> Option<usize> {
    let asked = [CHECKPOINT, BY_CABLE, BY_HAND];
    let all: Vec<&str> = words.iter().chain(&asked).copied().collect();
    loop {
        match terminal.until(&all) {
            None => return None,
            Some(which) if which < words.len() => return Some(which),
            Some(which) => {
                if all[which] == BY_HAND {
                    does_it_by_hand(rig, terminal.seen());
                }
                terminal.types("y");
            }
        }
    }
}

#[test]
fn a_removal_changes_the_phone_is_verified_and_the_close_leaves_it_as_found() {
    if rig::is_left_out() {
        return;
    }
    let (desk, rig) = prepared();
    let found = settings(&rig);
    // Nothing is sent by a dry run, and nothing is written to the case.
    let calls = rig.calls().len();
    let mut dry = unwatched(&desk, &rig, &["remove", "--dry-run"]);
    goes_on_until(&mut dry, &rig, &[]);
    let (status, screen) = dry.end();
    assert!(status.success(), "{screen}");
    assert!(screen.contains("Dry run: nothing is sent") && screen.contains(WATCHER), "{screen}");
    assert_eq!(rig.calls().len(), calls);
    let mut removal = unwatched(&desk, &rig, &["remove"]);
    goes_on_until(&mut removal, &rig, &[]);
    let (status, screen) = removal.end();
    assert!(status.success(), "{screen}");
    let phone = rig.phone();
    let watcher = app(&phone);
    assert!(watcher.removed && !watcher.admin && !watcher.accessibility && !watcher.listener);
    // Nobody else lost anything.
    let others = |phone: &Phone| -> Vec<(String, bool, bool, bool)> {
        let others = phone.apps.iter().filter(|app| app.package != WATCHER);
        others
            .map(|app| (app.package.clone(), app.removed, app.accessibility, app.listener))
            .collect()
    };
    let before = Which { seed: 11, label: "watcher-00".to_owned(), apps: 0 }.phone();
    assert_eq!(others(&phone), others(&before));
    // Each step stands in the journal as begun before it stands there as verified.
    let journal = states(&desk);
    for step in [
        "switch_off_accessibility",
        "switch_off_notification_access",
        "take_away_admin",
        "uninstall",
    ] {
        let of_it = &journal[&format!("{step}:{WATCHER}")];
        assert_eq!(of_it.first(), Some(&StepState::Intended), "{step}: {of_it:?}");
        assert_eq!(of_it.last(), Some(&StepState::Verified), "{step}: {of_it:?}");
    }
    // The close: everything as found, but debugging off, which is what was chosen.
    let mut close =
        unwatched(&desk, &rig, &["close", "--debugging", "off", "--key-at-close", "keep"]);
    goes_on_until(&mut close, &rig, &[]);
    let (status, screen) = close.end();
    assert!(status.success(), "{screen}");
    assert!(screen.contains("What differs from the first look"), "{screen}");
    assert!(screen.contains("USB debugging is off: the phone was asked again."), "{screen}");
    let mut expected = found;
    expected.insert("global adb_enabled".to_owned(), "0".to_owned());
    let now = settings(&rig);
    let differs: Vec<_> = expected
        .iter()
        .filter(|(key, value)| now.get(*key) != Some(value) && !by_the_removal(key))
        .collect();
    assert!(differs.is_empty(), "{differs:?}");
    // Only listed commands were ever sent.
    only_what_is_listed(&rig.calls());
}

/// What a step of the removal is there to change.
fn by_the_removal(key: &str) -> bool {
    [
        "enabled_accessibility_services",
        "accessibility_enabled",
        "enabled_notification_listeners",
        "package_verifier",
        "development_settings_enabled",
    ]
    .iter()
    .any(|changed| key.contains(changed))
}

pub(crate) fn settings(rig: &Rig) -> BTreeMap<String, String> {
    settings_of(&rig.phone())
}

pub(crate) fn settings_of(phone: &Phone) -> BTreeMap<String, String> {
    let mut phone = phone.clone();
    let mut all = BTreeMap::new();
    for table in ["global", "secure", "system"] {
        let answer = phone.answer(&["settings", "list", table]).unwrap();
        for line in answer.out.lines() {
            if let Some((key, value)) = line.split_once('=') {
                all.insert(format!("{table} {key}"), value.to_owned());
            }
        }
    }
    all
}

pub(crate) fn states(desk: &Desk) -> BTreeMap<String, Vec<StepState>> {
    let case = open(&desk.path("case-1"), &Desk::secret()).unwrap();
    let mut states: BTreeMap<String, Vec<StepState>> = BTreeMap::new();
    for record in case.journal() {
        if let Entry::Step { step, state, .. } = &record.entry {
            states.entry(step.clone()).or_default().push(*state);
        }
    }
    states
}

pub(crate) fn only_what_is_listed(calls: &[Vec<String>]) {
    let listed: Vec<String> =
        ReadOnly::of_an_acquisition().iter().flat_map(ReadOnly::wordings).collect();
    let changes = [
        "pm uninstall --user ",
        "settings --user ",
        "settings put global ",
        "settings delete global ",
    ];
    for call in calls {
        let line = call.join(" ");
        let known = listed.contains(&line) || changes.iter().any(|begin| line.starts_with(begin));
        assert!(known || line.starts_with("pm path ") || line.starts_with("sha256sum /"), "{line}");
        assert!(!line.contains("su ") && !line.contains("root"), "{line}");
    }
}

#[test]
fn killed_at_every_step_the_next_start_says_truthfully_how_things_stand() {
    if rig::is_left_out() {
        return;
    }
    let (desk, rig) = prepared();
    let words = ["Doing it.", "It is asked again.", "Verified: it is so.", "  - By hand: "];
    let (mut kills, mut told) = (0, 0);
    let mut points = BTreeSet::new();
    loop {
        let mut run = unwatched(&desk, &rig, &["remove"]);
        // Once at each such word of each step: before something is sent, when the phone said that it
        // was done, when that was verified, while something is done by hand.
        let was_killed = loop {
            let Some(word) = goes_on_until(&mut run, &rig, &words) else { break false };
            let step = run.seen().rsplit("\n* ").next().and_then(|step| step.lines().next());
            if points.insert((step.unwrap_or_default().to_owned(), word)) {
                break true;
            }
        };
        let screen = if was_killed {
            kills += 1;
            run.kill()
        } else {
            let (status, screen) = run.end();
            assert!(status.success(), "{screen}");
            screen
        };
        told += truthful(&screen, &rig);
        if !was_killed {
            break;
        }
        assert!(kills < 60, "it never comes to an end");
    }
    // Every step was killed at least once: however quick the phone is, the first word comes first.
    for step in [
        "Switch off the accessibility",
        "Switch off the access of",
        "Take away the right",
        "Remove ",
    ] {
        assert!(points.iter().any(|(words, _)| words.starts_with(step)), "{step}: {points:?}");
    }
    assert!(kills >= 5 && told >= 8, "{kills} kills, {told} truths");
    assert!(app(&rig.phone()).removed);
    let states = states(&desk);
    assert_eq!(states[&format!("uninstall:{WATCHER}")].last(), Some(&StepState::Verified));
}

/// Compares every claim about a step with the phone; says how many there were. What is claimed at a
/// start is claimed of the phone as it was then, and no step is ever undone here.
fn truthful(screen: &str, rig: &Rig) -> usize {
    let phone = rig.phone();
    let mut claims = 0;
    for line in screen.lines() {
        let line = line.strip_prefix("- ").unwrap_or(line);
        let Some((step, claim)) = line.split_once(": it ") else { continue };
        let Some(so) = is_so(&phone, step) else { continue };
        claims += 1;
        if claim.starts_with("was done, and the phone said so") || claim.starts_with("is done") {
            assert!(so, "{line}");
        }
        let open = claim.starts_with("was begun; whether")
            || claim.starts_with("was done, by what the phone said");
        let tried = claim.starts_with("is not done") || claim.starts_with("was tried");
        assert!(so || open || tried, "{line}");
    }
    claims
}

#[test]
fn stop_now_ends_it_within_two_seconds_with_one_true_sentence() {
    if rig::is_left_out() {
        return;
    }
    let (desk, rig) = prepared();
    let mut run = unwatched(&desk, &rig, &["remove"]);
    assert!(goes_on_until(&mut run, &rig, &[BY_CABLE]).is_some());
    #[expect(clippy::disallowed_methods, reason = "tests measure")]
    let began = Instant::now();
    kill(run.process(), Signal::SIGINT).unwrap();
    let (status, screen) = run.end();
    assert!(began.elapsed() < Duration::from_secs(2));
    assert_eq!(status.code(), Some(130));
    let (_, last) = screen.rsplit_once("\u{1b}[H").expect("the screen was cleared");
    assert_eq!(last.trim().lines().count(), 1, "{last}");
    assert!(last.contains("none is under way, and the phone was left as it is"), "{last}");
    let phone = rig.phone();
    assert!(app(&phone).accessibility && !app(&phone).removed);
}

#[test]
fn what_was_taken_back_is_as_it_was() {
    if rig::is_left_out() {
        return;
    }
    let (desk, rig) = prepared();
    let before = rig.phone();
    let mut run = unwatched(&desk, &rig, &["remove", "--limit"]);
    goes_on_until(&mut run, &rig, &[]);
    let (status, screen) = run.end();
    assert!(status.success(), "{screen}");
    let limited = rig.phone();
    assert!(!app(&limited).accessibility && !app(&limited).listener && !app(&limited).removed);
    assert!(
        app(&limited).granted.len() < app(&before).granted.len(),
        "{:?}",
        app(&limited).granted
    );
    let mut run = unwatched(&desk, &rig, &["remove", "--limit", "--undo"]);
    let asked = [CHECKPOINT, "q to stop: "];
    while run.until(&asked).is_some() {
        run.types("y");
    }
    let (status, screen) = run.end();
    assert!(status.success(), "{screen}");
    let back = rig.phone();
    let granted = |phone: &Phone| {
        let mut names = app(phone).granted.clone();
        names.sort_unstable();
        names
    };
    assert_eq!(granted(&back), granted(&before));
    assert!(app(&back).accessibility && app(&back).listener);
    // By hand it was taken, and by hand alone it comes back.
    assert!(!app(&back).admin);
}
