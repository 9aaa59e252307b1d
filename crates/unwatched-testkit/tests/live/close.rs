//! The close, at a terminal, on a phone that keeps what is changed: everything put back and
//! verified, or named; a phone that lets go in the middle; killed at every command in turn.

use std::collections::BTreeMap;

use unwatched_acquire::case::StepState;
use unwatched_testkit::rig::held::Hold;
use unwatched_testkit::rig::{self, Rig};

use crate::desk::Desk;
use crate::removal::{only_what_is_listed, prepared_with, settings, states, unwatched};
use crate::terminal::{Terminal, Waited};

pub(crate) const REVOKED: &str = "y once it is revoked: y, n to leave it out, q to stop: ";
const AGAIN: &str = "Connect again, to look whether it is so? y, n to leave it out, q to stop: ";
const FOR_THIS: &str = "Was it switched off for this? y, n to leave it out, q to stop: ";
pub(crate) const ON: &str = "y once it is on: y, n to leave it out, q to stop: ";
pub(crate) const ASKED: [&str; 4] = [REVOKED, AGAIN, FOR_THIS, ON];

pub(crate) const AUTO_BLOCKER: [&str; 5] =
    ["settings", "put", "secure", "rampart_main_switch_enabled", "1"];
pub(crate) const OFF: [&str; 5] = ["close", "--debugging", "off", "--key-at-close", "keep"];

/// A phone as somebody made it ready: its protection off, two computers accepted.
pub(crate) const FOUND: [&str; 4] = [
    "settings put secure rampart_main_switch_enabled 0",
    "settings put global adb_wifi_enabled 0",
    "hand accept-computer",
    "hand accept-computer",
];
/// What changed on it since, by hand and unasked.
pub(crate) const SINCE: [&str; 3] = [
    "settings put global adb_wifi_enabled 1",
    "settings put global verifier_verify_adb_installs 0",
    "settings put global package_verifier_user_consent -1",
];

fn by_hand(rig: &Rig, words: &str) {
    rig.by_hand(&words.split(' ').collect::<Vec<_>>());
}

fn made_ready() -> (Desk, Rig) {
    let (desk, rig) = prepared_with(&FOUND);
    for words in SINCE {
        by_hand(&rig, words);
    }
    (desk, rig)
}

/// How the settings are once all is put back and debugging is off.
pub(crate) fn put_back(found: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut expected = found.clone();
    for (key, value) in [
        ("global adb_enabled", "0"),
        ("global development_settings_enabled", "0"),
        ("secure rampart_main_switch_enabled", "1"),
    ] {
        expected.insert(key.to_owned(), value.to_owned());
    }
    expected
}

/// Does and answers what is asked for, to the end.
fn to_the_end(mut close: Terminal, rig: &Rig) -> String {
    while let Some(which) = close.until(&ASKED) {
        does(rig, which);
        close.types("y");
    }
    let (status, screen) = close.end();
    assert!(status.success(), "{screen}");
    screen
}

fn does(rig: &Rig, which: usize) {
    match ASKED[which] {
        REVOKED => by_hand(rig, "hand revoke-computers"),
        ON => rig.by_hand(&AUTO_BLOCKER),
        _ => {}
    }
}

#[test]
fn everything_is_put_back_verified_or_named() {
    if rig::is_left_out() {
        return;
    }
    let (desk, rig) = prepared_with(&FOUND);
    let found = settings(&rig);
    for words in SINCE {
        by_hand(&rig, words);
    }
    // What no command of the closed list puts back.
    by_hand(&rig, "settings put global stay_on_while_plugged_in 3");
    let screen = to_the_end(unwatched(&desk, &rig, &OFF), &rig);
    for said in [
        "global/adb_wifi_enabled is 0: the phone was asked again.",
        "global/verifier_verify_adb_installs is not set: the phone was asked again.",
        "global/package_verifier_user_consent is 1: the phone was asked again.",
        "The phone keeps 2 computers that may debug it without asking.",
        "Verified: the phone keeps none.",
        "Verified: Auto Blocker is on.",
        "USB debugging is off: the phone was asked again.",
        "- global/stay_on_while_plugged_in was not set when the phone was found, and is 3 now; nothing here puts it back",
    ] {
        assert!(screen.contains(said), "{said}\n{screen}");
    }
    let mut now = settings(&rig);
    assert_eq!(now.remove("global stay_on_while_plugged_in").as_deref(), Some("3"));
    assert_eq!(now, put_back(&found));
    assert_eq!(rig.phone().computers, 0);
    for (step, all) in states(&desk) {
        assert_eq!(all.first(), Some(&StepState::Intended), "{step}");
        assert_eq!(all.last(), Some(&StepState::Verified), "{step}");
    }
    only_what_is_listed(&rig.calls());
}

#[test]
fn what_was_put_right_by_hand_since_stays_right() {
    if rig::is_left_out() {
        return;
    }
    let (desk, rig) = prepared_with(&[
        "settings put global adb_wifi_enabled 1",
        "settings put global verifier_verify_adb_installs 0",
        "settings put global package_verifier_user_consent -1",
    ]);
    for words in [
        "settings put global adb_wifi_enabled 0",
        "settings put global verifier_verify_adb_installs 1",
        "settings put global package_verifier_user_consent 1",
    ] {
        by_hand(&rig, words);
    }
    let right = settings(&rig);
    let keep = ["close", "--debugging", "keep", "--key-at-close", "keep"];
    let screen = to_the_end(unwatched(&desk, &rig, &keep), &rig);
    assert_eq!(settings(&rig), right, "{screen}");
    assert!(
        screen.contains("- global/package_verifier_user_consent was -1 when the phone was found, and is 1 now, which protects more: it stays so"),
        "{screen}"
    );
    assert!(!rig.calls().iter().any(|call| call.join(" ").starts_with("settings put")), "{screen}");
}

#[test]
fn what_was_typed_before_a_question_was_asked_is_no_answer_to_it() {
    if rig::is_left_out() {
        return;
    }
    let (desk, rig) = made_ready();
    let mut removal = unwatched(&desk, &rig, &["remove"]);
    removal.types(&"y\n".repeat(40));
    assert_eq!(removal.until(&["y, n or s: "]), Some(0));
    removal.types("n");
    let (status, screen) = removal.end();
    assert!(!status.success(), "{screen}");
    assert!(screen.contains("\n1 of ") && !screen.contains("\n2 of "), "{screen}");
}

#[test]
fn a_phone_that_forgets_computers_at_once_is_asked_once_more_or_told_by_hand() {
    if rig::is_left_out() {
        return;
    }
    for comes_back in [true, false] {
        let (desk, mut rig) = made_ready();
        let mut close = unwatched(&desk, &rig, &[&OFF[..], &["--no-check"]].concat());
        while let Some(which) = close.until(&ASKED) {
            does(&rig, which);
            match ASKED[which] {
                REVOKED => rig.pull(),
                AGAIN if comes_back => rig.plug_in(),
                _ => {}
            }
            close.types("y");
        }
        let (status, screen) = close.end();
        assert!(status.success(), "{screen}");
        let now = settings(&rig);
        assert_eq!(now["global adb_enabled"], if comes_back { "0" } else { "1" });
        if comes_back {
            assert!(screen.contains("Verified: the phone keeps none."), "{screen}");
            assert!(
                screen.contains("USB debugging is off: the phone was asked again."),
                "{screen}"
            );
        } else {
            assert!(screen.contains("nobody answers at that address"), "{screen}");
            for left in [
                "- that no computer may debug the phone any more is by the word of who did it",
                "- whether Auto Blocker is on was not looked at",
                "- whether USB debugging is off is not known. On the phone:",
            ] {
                assert!(screen.contains(left), "{left}\n{screen}");
            }
            assert!(!screen.contains("USB debugging is off:"), "{screen}");
            assert_eq!(states(&desk)["debugging_off"], [StepState::Skipped]);
        }
    }
}

#[test]
fn a_protection_that_ends_the_connection_is_not_said_to_be_verified() {
    if rig::is_left_out() {
        return;
    }
    let (desk, mut rig) = made_ready();
    let mut close = unwatched(&desk, &rig, &[&OFF[..], &["--no-check"]].concat());
    while let Some(which) = close.until(&ASKED) {
        does(&rig, which);
        if ASKED[which] == ON {
            rig.pull();
        }
        close.types("y");
    }
    let (status, screen) = close.end();
    assert!(status.success(), "{screen}");
    assert!(
        screen.contains("- that Auto Blocker is on is told by the phone's silence alone"),
        "{screen}"
    );
    assert!(
        screen.contains("- whether USB debugging is off is not known. On the phone:"),
        "{screen}"
    );
    assert_eq!(states(&desk)["auto_blocker_on"], [StepState::Intended, StepState::Done]);
    assert_eq!(settings(&rig)["secure rampart_main_switch_enabled"], "1");
}

#[test]
fn what_a_hand_did_not_do_is_said_to_stay() {
    if rig::is_left_out() {
        return;
    }
    let (desk, rig) = made_ready();
    let mut close = unwatched(
        &desk,
        &rig,
        &["close", "--debugging", "keep", "--key-at-close", "keep", "--no-check"],
    );
    // Said to be done each time, and not done.
    while close.until(&ASKED).is_some() {
        close.types("y");
    }
    let (status, screen) = close.end();
    assert!(status.success(), "{screen}");
    assert!(
        screen.contains("- the phone still keeps 2 of the computers that may debug it"),
        "{screen}"
    );
    assert!(screen.contains("- Auto Blocker is off, by what the phone says."), "{screen}");
    assert!(screen.contains("- USB debugging is on, as was chosen"), "{screen}");
    assert_eq!(states(&desk)["revoke_authorisations"].last(), Some(&StepState::Failed));
    assert_eq!(settings(&rig)["global adb_enabled"], "1");
}

#[test]
fn killed_at_every_command_in_turn_the_next_close_says_how_things_stand_and_ends_it() {
    if rig::is_left_out() {
        return;
    }
    let (desk, rig) = prepared_with(&FOUND);
    let found = settings(&rig);
    for words in SINCE {
        by_hand(&rig, words);
    }
    let ready = rig.remembered();
    let words = [&OFF[..], &["--no-check"]].concat();
    let (mut kills, mut claims, mut changes) = (0, 0, 0);
    desk.copy("case-1", "ready");
    'every: for nth in 1.. {
        for hold in [Hold::Before, Hold::After] {
            rig.as_it_was(&ready);
            desk.copy("ready", "case-1");
            let mut close = unwatched(&desk, &rig, &words);
            rig.hold(nth, hold);
            let held = loop {
                match close.until_or(&ASKED, || rig.is_held()) {
                    Waited::Heard(which) => {
                        does(&rig, which);
                        close.types("y");
                    }
                    Waited::IsSo => break true,
                    Waited::Ended => break false,
                }
            };
            if !held {
                rig.let_go();
                break 'every;
            }
            let call = rig.calls().last().unwrap().join(" ");
            close.kill();
            rig.let_go();
            kills += 1;
            let so = settings(&rig);
            let screen = to_the_end(unwatched(&desk, &rig, &words), &rig);
            claims += truthful(&screen, &so, &call);
            assert_eq!(settings(&rig), put_back(&found), "{hold:?} {call}\n{screen}");
            assert_eq!(rig.phone().computers, 0, "{hold:?} {call}");
            // A question changes nothing: before and after it are the same.
            if !call.starts_with("settings put") && !call.starts_with("settings delete") {
                break;
            }
            changes += 1;
        }
    }
    assert!(
        kills >= 15 && changes >= 8 && claims >= 20,
        "{kills} kills, {changes} of them at a change, {claims} claims"
    );
}

/// Compares what a start says of switches with how they were when the close before it was killed;
/// says of how many.
fn truthful(screen: &str, so: &BTreeMap<String, String>, call: &str) -> usize {
    let mut claims = 0;
    for line in screen.lines() {
        let told = line.strip_prefix("- put ").and_then(|line| line.split_once(": it "));
        let Some((what, claim)) = told else { continue };
        let (name, value) = what.split_once(" to ").unwrap();
        let is_so = so.get(&name.replace('/', " ")).map_or("not set", String::as_str) == value;
        claims += 1;
        assert!(is_so || !claim.starts_with("was done, and the phone said so"), "{call}: {line}");
        let open =
            claim.starts_with("was begun; whether") || claim.starts_with("was done, by what");
        assert!(is_so || open, "{call}: {line}");
    }
    claims
}
