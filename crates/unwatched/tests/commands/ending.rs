//! `remove` and `close` without a phone: what stays closed without the safety checkpoint, what is
//! said of a phone that is not there, and what a case is whose key was destroyed. With a phone, they
//! are tried on the rig (`unwatched-testkit/tests/live`).

use std::collections::BTreeMap;
use std::fs;

use unwatched_acquire::case::{Entry, Secret, StepState, Writer, open};

use crate::case::{BUGREPORT, LISTED, PASSPHRASE, clock, desk_with_case};
use crate::desk::Desk;

fn secret() -> Secret {
    Secret::new(PASSPHRASE.to_owned())
}

/// A case of a phone that was found so, with these steps behind it.
fn desk(found: &[(&str, &str)], steps: &[(&str, &str, StepState)]) -> Desk {
    let desk = desk_with_case(&[BUGREPORT]);
    let writer = Writer::resume(&desk.path("case"), &secret(), clock()).unwrap();
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    writer.journal(&Entry::PhoneAsFound { state: found.iter().map(owned).collect() }).unwrap();
    for (part, words, state) in steps {
        let action = words.to_lowercase().replace(' ', "_");
        let detail = [("words", *words), ("action", &action)];
        let detail: BTreeMap<_, _> = detail.iter().map(owned).collect();
        let (part, step) = ((*part).to_owned(), action.clone());
        writer.journal(&Entry::Step { part, step, state: *state, detail }).unwrap();
    }
    desk
}

fn journal(desk: &Desk) -> Vec<u8> {
    fs::read(desk.path("case/journal")).unwrap()
}

#[test]
fn nothing_is_removed_and_nothing_shown_without_the_checkpoint() {
    let mut desk = desk_with_case(&[BUGREPORT]);
    let before = journal(&desk);
    let opened = "--passphrase-file @passphrase.txt";
    for line in
        ["remove @case", "remove @case --limit", "remove @case --undo", "remove @case --dry-run"]
    {
        let said = desk.run_for_refusal(&format!("{line} {opened}"), 7);
        assert!(!said.contains(LISTED), "{said}");
    }
    for typed in ["", "n\n", "y\ns\n", "y\ny\ny\ny\ny\ny\n"] {
        desk.answers(typed);
        let said = desk.run_for_refusal(&format!("remove @case {opened}"), 7);
        assert!(!said.contains(LISTED), "{said}");
    }
    assert_eq!(journal(&desk), before);
    desk.expect("remove_stays_closed.txt");
}

#[test]
fn without_the_phone_it_is_said_what_was_not_put_back() {
    let found = [
        ("global was read", "yes"),
        ("secure was read", "yes"),
        ("global/adb_enabled", "1"),
        ("global/adb_wifi_enabled", "0"),
        ("global/package_verifier_user_consent", "-1"),
        ("secure/advanced_protection_mode", "1"),
        ("secure/rampart_main_switch_enabled", "0"),
    ];
    let steps = [("remove", "Switch Play Protect on", StepState::Verified)];
    let mut with_much = desk(&found, &steps);
    let line = "close @case --without-phone --key-at-close keep --passphrase-file @passphrase.txt";
    with_much.run_for_refusal(line, 0);
    // Closed once more: what an earlier close did is told, and nothing more than that.
    with_much.run_for_refusal(line, 0);
    with_much.expect("close_without_the_phone.txt");
    let steps = [
        ("close", "debugging off", StepState::Verified),
        ("close", "revoke authorisations", StepState::Verified),
    ];
    let mut put_back = desk(&[], &steps);
    let said = put_back.run_for_refusal(line, 0);
    assert!(said.contains("USB debugging was switched off by an earlier close"), "{said}");
    assert!(said.contains("were revoked at an earlier close, and the phone said so"), "{said}");
}

#[test]
fn a_case_whose_key_was_destroyed_opens_with_nothing() {
    let mut desk = desk_with_case(&[BUGREPORT]);
    let opened = "--passphrase-file @passphrase.txt";
    desk.run_for_refusal(
        &format!("close @case --without-phone --key-at-close destroy {opened}"),
        0,
    );
    desk.answers(&"y\n".repeat(20));
    for (line, code) in [
        ("check @case", 3),
        ("plan @case", 3),
        ("acquire --safety-questions-answered --out @case", 3),
        ("remove @case", 3),
        ("remove @case --dry-run", 3),
        ("close @case --without-phone", 3),
    ] {
        let said = desk.run_for_refusal(&format!("{line} {opened}"), code);
        assert!(!said.contains(LISTED), "{said}");
    }
    assert_eq!(fs::read(desk.path("case/key")).unwrap(), b"destroyed\n");
    assert!(open(&desk.path("case"), &secret()).is_err());
    desk.expect("close_destroys_the_key.txt");
}

#[test]
fn a_close_that_was_stopped_before_the_key_was_gone_is_told() {
    let mut desk = desk(&[], &[]);
    let writer = Writer::resume(&desk.path("case"), &secret(), clock()).unwrap();
    writer.journal(&Entry::Closed { key_destroyed: true }).unwrap();
    drop(writer);
    let said = desk.run_for_refusal(
        "close @case --without-phone --key-at-close destroy --passphrase-file @passphrase.txt",
        0,
    );
    assert!(
        said.contains(
            "its key destroyed; that was stopped before it was done: the case still opens"
        ),
        "{said}"
    );
    assert!(open(&desk.path("case"), &secret()).is_err());
}
