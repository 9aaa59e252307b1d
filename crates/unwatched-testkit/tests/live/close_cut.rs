//! A cable that comes off during the close, after any byte, by our own connection and through an adb
//! server: what was said until then is true of the phone, what was not verified is named, and the next
//! close says truthfully how things stand and ends it.

use std::collections::BTreeMap;

use unwatched_acquire::live::Wanted;
use unwatched_fixtures::Random;
use unwatched_fixtures::phone::population::Phone;
use unwatched_testkit::rig::fake::{Answers, FakePhone, Mischief};

use crate::close::{ASKED, AUTO_BLOCKER, FOUND, OFF, ON, REVOKED, SINCE, put_back};
use crate::cut::{OnCable, phone};
use crate::desk::{Desk, reach};
use crate::removal::settings_of;
use crate::terminal::Terminal;

const CUTS: usize = 48;

fn by_hand(answers: &Answers, words: &str) {
    answers.by_hand(&words.split(' ').collect::<Vec<_>>());
}

/// One close, with yes to everything and with what is to be done by hand done.
fn closes(desk: &Desk, answers: &Answers, cable: &OnCable) -> (Option<i32>, String) {
    let case = desk.path("case-1");
    let [option, value] = cable.options();
    let mut words = vec![OFF[0], case.to_str().unwrap()];
    words.extend(&OFF[1..]);
    words.extend(["--no-check", &option, &value]);
    let mut close = Terminal::start(&desk.path(""), &words);
    while let Some(which) = close.until(&ASKED) {
        match ASKED[which] {
            REVOKED if answers.phone().computers > 0 => by_hand(answers, "hand revoke-computers"),
            ON if !is_on(&answers.phone()) => answers.by_hand(&AUTO_BLOCKER),
            _ => {}
        }
        close.types("y");
    }
    let (status, screen) = close.end();
    (status.code(), screen)
}

fn is_on(phone: &Phone) -> bool {
    value(&settings_of(phone), "secure/rampart_main_switch_enabled") == "1"
}

fn value<'s>(settings: &'s BTreeMap<String, String>, name: &str) -> &'s str {
    settings.get(&name.replace('/', " ")).map_or("not set", String::as_str)
}

/// Whether a step of the close is so on the phone, by its words.
fn is_so(phone: &Phone, step: &str) -> Option<bool> {
    let settings = settings_of(phone);
    Some(match step {
        "revoke the computers that may debug the phone" => phone.computers == 0,
        "switch Auto Blocker on" => is_on(phone),
        "switch USB debugging off" => value(&settings, "global/adb_enabled") == "0",
        other => {
            let (name, wanted) = other.strip_prefix("put ")?.split_once(" to ")?;
            value(&settings, name) == wanted
        }
    })
}

/// Compares what a start says of the close before it with the phone as the cut left it; says how many
/// claims there were.
fn told_at_the_start(screen: &str, so: &Phone, place: &str) -> usize {
    let mut claims = 0;
    for line in screen.lines().filter_map(|line| line.strip_prefix("- ")) {
        let Some((step, claim)) = line.split_once(": it ") else { continue };
        let Some(is_so) = is_so(so, step) else { continue };
        claims += 1;
        let open =
            claim.starts_with("was begun; whether") || claim.starts_with("was done, by what");
        if claim.starts_with("was done, and the phone said so") {
            assert!(is_so, "{line}\n{place}");
        } else if claim.starts_with("was tried") {
            assert!(!is_so, "{line}\n{place}");
        } else {
            assert!(open || claim.starts_with("was left out"), "{line}\n{place}");
        }
    }
    claims
}

/// What a close says that it verified is so when it ends; says how many claims there were.
fn verified(screen: &str, so: &Phone) -> usize {
    let settings = settings_of(so);
    let mut claims = 0;
    for line in screen.lines() {
        let is_so = match line {
            "Verified: the phone keeps none." => so.computers == 0,
            "Verified: Auto Blocker is on." => is_on(so),
            "USB debugging is off: the phone was asked again." => {
                value(&settings, "global/adb_enabled") == "0"
            }
            other => {
                let claim = other.strip_suffix(": the phone was asked again.");
                let Some((name, said)) = claim.and_then(|claim| claim.split_once(" is ")) else {
                    continue;
                };
                if !name.contains('/') {
                    continue;
                }
                value(&settings, name) == said
            }
        };
        claims += 1;
        assert!(is_so, "{line}\n{screen}");
    }
    claims
}

#[test]
fn a_cable_that_comes_off_during_the_close_leaves_a_case_that_tells_the_truth() {
    let mut desk = Desk::new();
    let ready = Answers::of(phone());
    for words in FOUND {
        by_hand(&ready, words);
    }
    let found = settings_of(&ready.phone());
    {
        let fake = FakePhone::start(ready.clone(), OnCable::LOCK, Mischief::default());
        let wanted = Wanted { address: Some(fake.address()), ..Wanted::default() };
        let acquired = desk.acquire(&mut reach(&wanted).unwrap(), &[]);
        assert!(acquired.stopped.is_none(), "{:?}", acquired.stopped);
    }
    for words in SINCE {
        by_hand(&ready, words);
    }
    desk.copy("case-1", "ready");
    let whole = [false, true].map(|through_server| {
        let (answers, mischief) = (Answers::of(ready.phone()), Mischief::default());
        desk.copy("ready", "case-1");
        let (code, screen) =
            closes(&desk, &answers, &OnCable::of(&answers, &mischief, through_server));
        assert_eq!(code, Some(0), "{screen}");
        assert_eq!(settings_of(&answers.phone()), put_back(&found), "{screen}");
        assert!(verified(&screen, &answers.phone()) >= 6, "{screen}");
        mischief.sent()
    });
    let mut random = Random::new(53);
    let (mut cut_off, mut amid, mut claims, mut told) = (0, 0, 0, 0);
    for number in 0..CUTS {
        let through_server = number % 2 == 0;
        // One in every part of it, from the greeting to the last answer.
        let part = whole[usize::from(through_server)] / CUTS;
        let mischief = Mischief::cut_after(part * number + random.below(part.max(1)));
        let answers = Answers::of(ready.phone());
        desk.copy("ready", "case-1");
        let cable = OnCable::of(&answers, &mischief, through_server);
        let (code, screen) = closes(&desk, &answers, &cable);
        drop(cable);
        let place = format!("{through_server} {:?}\n{screen}", mischief.cut_after);
        claims += verified(&screen, &answers.phone());
        match code {
            // The phone let go where some do: what could not be asked again is named.
            Some(0) => assert!(screen.contains("What stays, or was not verified:"), "{place}"),
            Some(8 | 9) => {
                cut_off += 1;
                assert!(screen.contains("error: "), "{place}");
                assert!(!screen.contains("The case is closed."), "{place}");
            }
            other => panic!("{other:?} {place}"),
        }
        let so = answers.phone();
        amid += usize::from(settings_of(&so) != settings_of(&ready.phone()));
        let cable = OnCable::of(&answers, &Mischief::default(), through_server);
        let (code, screen) = closes(&desk, &answers, &cable);
        assert_eq!(code, Some(0), "{place}\nthen\n{screen}");
        told += told_at_the_start(&screen, &so, &place);
        claims += verified(&screen, &answers.phone());
        assert_eq!(settings_of(&answers.phone()), put_back(&found), "{place}\nthen\n{screen}");
        assert_eq!(answers.phone().computers, 0, "{place}\nthen\n{screen}");
    }
    assert!(
        cut_off > CUTS / 4 && amid > 10 && claims > 100 && told > 20,
        "{cut_off} cut off, {amid} amid the steps, {claims} claims, {told} told at the next start"
    );
}
