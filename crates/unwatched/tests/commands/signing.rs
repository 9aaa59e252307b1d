//! Who signed, whether it is in the log, whether it is the newest: every way to get past that which
//! is known, tried through `update`; and what a helper reads when it fails.

use std::fs;

use unwatched_formats::release::{Checkpoint, write_bundle};

use crate::desk::Desk;
use crate::proven::{Exchange, Holder, Parts};

/// The server, and three coordinators whose keys never touch it.
struct People {
    server: Holder,
    ada: Holder,
    bo: Holder,
    cy: Holder,
}

impl People {
    fn new() -> Self {
        let [server, ada, bo, cy] = std::array::from_fn(|_| Holder::new());
        Self { server, ada, bo, cy }
    }

    /// An exchange of one key that has moved to two of three, and its key file from before.
    fn two_of_three(&self) -> (Exchange, String) {
        let mut exchange = Exchange::new(&self.server);
        let before = exchange.key_file();
        let set = exchange.next_set(2, &[&self.ada, &self.bo, &self.cy]);
        exchange.change(set, &[&self.server, &self.ada, &self.bo]);
        (exchange, before)
    }
}

fn desk(people: &People) -> Desk {
    let mut desk = Desk::new();
    desk.redact(people.server.line(), "SERVER-KEY");
    desk
}

/// Digests differ at every run.
fn redact_set(desk: &mut Desk, exchange: &Exchange, shown: &'static str) {
    let digest = unwatched_formats::release::Pin::of(&exchange.set).to_string();
    desk.redact(digest.split_once(": ").unwrap().1.to_owned(), shown);
}

/// Tries to install, says what came back, and holds that nothing changed.
#[track_caller]
fn refused(desk: &mut Desk, name: &str, bytes: Vec<u8>, says: &str) {
    let home = ["bundle", "key.pub", "log"].map(|file| desk.path("home/unwatched").join(file));
    let before = home.clone().map(|file| fs::read(file).ok());
    desk.put(name, bytes);
    let talk = desk.run_for_refusal(&format!("update @{name}"), 4);
    assert!(talk.contains(says), "{talk}");
    assert_eq!(home.map(|file| fs::read(file).ok()), before, "{name} changed what is there");
}

#[test]
fn one_key_then_two_of_three_then_a_rotation() {
    let people = People::new();
    let People { server, ada, bo, cy } = &people;
    let mut desk = desk(&people);
    let mut exchange = Exchange::new(server);
    redact_set(&mut desk, &exchange, "SET-1");
    desk.put("key.pub", exchange.key_file());
    desk.put("release-1", exchange.publish("2026-11-19", server, &[]).bundle());
    desk.run("update @release-1 --key @key.pub", 0);
    desk.run("doctor", 0);

    let set = exchange.next_set(2, &[ada, bo, cy]);
    exchange.change(set, &[server, bo, cy]);
    redact_set(&mut desk, &exchange, "SET-2");
    desk.put("release-2", exchange.publish("2026-11-20", server, &[ada, cy]).bundle());
    desk.run("update @release-2", 0);

    // Two changes that this computer sees at once: a key was lost, then one was renewed.
    let (dee, eve) = (Holder::new(), Holder::new());
    let set = exchange.next_set(2, &[ada, bo, &dee]);
    exchange.change(set, &[ada, bo]);
    let set = exchange.next_set(2, &[&eve, bo, &dee]);
    exchange.change(set, &[ada, &dee, bo]);
    redact_set(&mut desk, &exchange, "SET-4");
    desk.put("release-3", exchange.publish("2026-11-21", server, &[&dee, &eve]).bundle());
    desk.run("update @release-3", 0);
    desk.run("doctor", 0);
    // The same release, said anew; then its older file again.
    let mut parts = exchange.publish("2026-11-21", server, &[&dee, &eve]);
    desk.put("release-4", parts.bundle());
    parts.proofs.log = exchange.said("2026-11-22", server, 3);
    desk.put("release-4-later", parts.bundle());
    desk.run("update @release-4-later", 0);
    desk.run("update @release-4", 0);
    desk.run("doctor", 0);
    desk.today_is("2026-12-05");
    desk.run("doctor", 0);
    desk.expect("keys_that_change.txt");
}

/// Whoever pinned one key before there were sets is led on from there, also past releases.
#[test]
fn a_key_pinned_long_ago_leads_to_the_set_that_signs_now() {
    let people = People::new();
    let (mut exchange, _) = people.two_of_three();
    let People { server, ada, bo, .. } = &people;
    for key in [server.line(), format!("untrusted comment: a key\n{}\n", server.line())] {
        let mut exchange = exchange.clone();
        let mut desk = desk(&people);
        desk.put("key.pub", key);
        desk.put("release", exchange.publish("2026-11-20", server, &[ada, bo]).bundle());
        desk.run("update @release --key @key.pub", 0);
        let pinned = fs::read_to_string(desk.path("home/unwatched/key.pub")).unwrap();
        assert_eq!(pinned, exchange.key_file());
    }
    // A coordinator's key alone is not the exchange's.
    let mut desk = desk(&people);
    desk.put("key.pub", ada.line());
    desk.put("release", exchange.publish("2026-11-20", server, &[ada, bo]).bundle());
    let said = desk.run_for_refusal("update @release --key @key.pub", 4);
    assert!(said.contains("its keys are not those that this computer knows"), "{said}");
}

#[test]
fn too_few_the_wrong_and_the_same_signatures_twice_are_refused() {
    let people = People::new();
    let People { server, ada, bo, .. } = &people;
    let (mut exchange, key) = people.two_of_three();
    let mut desk = desk(&people);
    desk.put("key.pub", key);
    desk.put("release-1", exchange.publish("2026-11-19", server, &[ada, bo]).bundle());
    desk.run("update @release-1 --key @key.pub", 0);

    let parts = exchange.publish("2026-11-20", server, &[ada, bo]);
    let with = |signatures: Vec<String>| {
        let mut changed = parts.clone();
        changed.proofs.signatures = signatures;
        changed.bundle()
    };
    let stranger = Holder::new();
    let index = &parts.index;
    let once = "release 2 is signed by 1 of the keys that sign for this exchange, and 2 must sign";
    refused(&mut desk, "once-signed", with(vec![ada.sign(index)]), once);
    refused(&mut desk, "twice-by-one", with(vec![ada.sign(index), ada.sign(index)]), once);
    refused(&mut desk, "by-a-stranger", with(vec![ada.sign(index), stranger.sign(index)]), once);
    let none = "release 2 is signed by 0 of the keys";
    refused(&mut desk, "by-the-server", with(Vec::new()), none);
    let other = "changed after it was signed";
    refused(&mut desk, "of-another", with(vec![ada.sign(index), bo.sign(b"other")]), other);
    // The server's own signature, which minisign's users verify, has to fit, too.
    let mut forged = parts.clone();
    forged.minisig = stranger.sign(index);
    refused(&mut desk, "other-minisig", forged.bundle(), "signed with another key");
    desk.put("release-2", parts.bundle());
    desk.run("update @release-2", 0);
}

#[test]
fn a_change_of_keys_that_the_set_before_did_not_sign_is_refused() {
    let people = People::new();
    let People { server, ada, bo, cy } = &people;
    let (mut exchange, key) = people.two_of_three();
    let mut desk = desk(&people);
    desk.put("key.pub", key);
    desk.put("release-1", exchange.publish("2026-11-19", server, &[ada, bo]).bundle());
    desk.run("update @release-1 --key @key.pub", 0);
    let thief = Holder::new();

    // Whoever has the server's key, and whoever has one coordinator's.
    for signers in [vec![server], vec![ada], vec![ada, ada], vec![&thief, ada]] {
        let mut taken = exchange.clone();
        let set = taken.next_set(1, &[&thief]);
        taken.change(set, &[&signers[..], &[&thief]].concat());
        let bundle = taken.publish("2026-11-20", server, &[&thief]).bundle();
        refused(
            &mut desk,
            "taken-over",
            bundle,
            "of the keys of key set 2, and 2 must sign a change",
        );
    }
    // Signed by the old ones, and nobody has the new keys.
    let mut taken = exchange.clone();
    let set = taken.next_set(2, &[&thief, &Holder::new()]);
    taken.change(set, &[ada, bo]);
    let bundle = taken.publish("2026-11-20", server, &[&thief]).bundle();
    refused(&mut desk, "nobodys", bundle, "is signed by 0 of its own keys, and 2 must sign");
    // Two changes, of which the second was signed by the first set only.
    let mut taken = exchange.clone();
    let dee = Holder::new();
    let set = taken.next_set(2, &[ada, bo, &dee]);
    taken.change(set, &[ada, bo]);
    let set = taken.next_set(2, &[&thief, &dee]);
    taken.change(set, &[cy, ada, &thief, &dee]);
    taken.keys.sets[3].signatures.remove(1);
    let bundle = taken.publish("2026-11-20", server, &[&thief, &dee]).bundle();
    refused(
        &mut desk,
        "second-change",
        bundle,
        "key set 4 in it is signed by 1 of the keys of key set 3",
    );
    // A second set 2, which the server's key signed as it signed the first.
    let mut other = Exchange::new(server);
    let set = other.next_set(1, &[&thief]);
    other.change(set, &[server, &thief]);
    other.leaves.clone_from(&exchange.leaves);
    let bundle = other.publish("2026-11-20", server, &[&thief]).bundle();
    refused(&mut desk, "other-set-2", bundle, "its keys are not those that this computer knows");
    // The sets cut off: one key was enough once.
    let mut before = Exchange::new(server);
    before.leaves.clone_from(&exchange.leaves);
    let bundle = before.publish("2026-11-20", server, &[]).bundle();
    let says = "names key set 1 as the newest, and this computer knows key set 2 already";
    refused(&mut desk, "sets-cut-off", bundle, says);
    // A set in between left out, and one rewritten.
    let mut gap = exchange.clone();
    gap.keys.sets.remove(0);
    let bundle = gap.publish("2026-11-20", server, &[ada, bo]).bundle();
    refused(&mut desk, "a-gap", bundle, "one is missing between two");
    let mut edited = exchange.clone();
    edited.keys.sets[1].set =
        edited.keys.sets[1].set.replace("\"threshold\": 2", "\"threshold\": 1");
    let bundle = edited.publish("2026-11-20", server, &[ada]).bundle();
    refused(&mut desk, "edited-set", bundle, "its keys are not those that this computer knows");
}

#[test]
fn what_is_not_in_the_log_or_in_another_is_refused() {
    let people = People::new();
    let People { server, ada, bo, .. } = &people;
    let (mut exchange, key) = people.two_of_three();
    let mut desk = desk(&people);
    desk.put("key.pub", key);
    desk.put("release-1", exchange.publish("2026-11-18", server, &[ada, bo]).bundle());
    desk.put("release-2", exchange.publish("2026-11-19", server, &[ada, bo]).bundle());
    desk.run("update @release-2 --key @key.pub", 0);
    let signers = [ada, bo];

    // Signed by all, and kept out of the log.
    let mut hidden = exchange.clone();
    let mut parts = hidden.publish("2026-11-20", server, &signers);
    hidden.leaves.pop();
    hidden.leaves.push(exchange.leaves[0].clone());
    parts.proofs.log = hidden.said("2026-11-20", server, 2);
    refused(&mut desk, "hidden", parts.bundle(), "release 3 is not in the exchange's public log");
    // Two histories: this computer saw another release 1.
    let mut split = exchange.clone();
    split.leaves[0].index = split.leaves[1].index;
    let parts = split.publish("2026-11-20", server, &signers);
    refused(&mut desk, "split-view", parts.bundle(), "two different histories were shown");
    // The same length, another tree: the release before was replaced.
    let mut split = exchange.clone();
    split.leaves.clear();
    split.publish_listing("2026-11-18", "com.other.example", server, &signers);
    let parts = split.publish_listing("2026-11-19", "com.other.example", server, &signers);
    refused(&mut desk, "other-2", parts.bundle(), "differs from the installed release");
    // A proof that proves something else, none, and a longer one.
    let parts = exchange.publish("2026-11-20", server, &signers);
    for change in [
        (|parts: &mut Parts| parts.proofs.log.consistency.clear()) as fn(&mut Parts),
        |parts| parts.proofs.log.consistency[1][0].0[0] ^= 1,
        |parts| parts.proofs.log.consistency.swap(0, 1),
    ] {
        let mut changed = parts.clone();
        change(&mut changed);
        refused(&mut desk, "bad-proof", changed.bundle(), "does not continue the one");
    }
    for change in [
        (|parts: &mut Parts| parts.proofs.log.inclusion[0].0[31] ^= 1) as fn(&mut Parts),
        |parts| parts.proofs.log.inclusion.clear(),
        |parts| parts.proofs.log.leaf = u64::MAX,
        |parts| parts.proofs.log.leaf = 0,
    ] {
        let mut changed = parts.clone();
        change(&mut changed);
        refused(&mut desk, "no-proof", changed.bundle(), "is not in the exchange's public log");
    }
    // A checkpoint that nobody signed, and one byte of a real one.
    let mut changed = parts.clone();
    changed.proofs.log.signature = ada.sign(changed.proofs.log.checkpoint.as_bytes());
    refused(
        &mut desk,
        "by-a-coordinator",
        changed.bundle(),
        "not signed with the exchange's server key",
    );
    let mut changed = parts.clone();
    changed.proofs.log.checkpoint = changed.proofs.log.checkpoint.replace("2026", "2027");
    refused(
        &mut desk,
        "changed-time",
        changed.bundle(),
        "not signed with the exchange's server key",
    );
    // All proofs left out, as bundles were made before.
    let old = write_bundle(&parts.index, &parts.minisig, &parts.indicators);
    refused(&mut desk, "left-out", old, "somebody may have left that out");
    desk.put("release-3", parts.bundle());
    desk.run("update @release-3", 0);
}

/// The installed file is gone or damaged, and still no shorter log is believed.
#[test]
fn a_log_that_lost_a_release_is_refused_although_nothing_is_installed() {
    let people = People::new();
    let People { server, ada, bo, .. } = &people;
    let (mut exchange, key) = people.two_of_three();
    let mut desk = desk(&people);
    desk.put("key.pub", key);
    let first = exchange.publish("2026-11-18", server, &[ada, bo]);
    let second = exchange.publish("2026-11-19", server, &[ada, bo]);
    desk.put("release-2", second.bundle());
    desk.run("update @release-2 --key @key.pub", 0);
    fs::remove_file(desk.path("home/unwatched/bundle")).unwrap();
    refused(&mut desk, "release-1", first.bundle(), "releases were taken out");
    desk.put("home/unwatched/log", "damaged");
    let said = desk.run_for_refusal("update @release-2", 4);
    assert!(said.contains("Delete that file"), "{said}");
    fs::remove_file(desk.path("home/unwatched/log")).unwrap();
    desk.run("update @release-2", 0);
    let seen = fs::read_to_string(desk.path("home/unwatched/log")).unwrap();
    assert_eq!(Checkpoint::from_text(&seen).unwrap().size, 2);
}

#[test]
fn a_frozen_feed_is_noticed() {
    let people = People::new();
    let People { server, ada, bo, .. } = &people;
    let (mut exchange, key) = people.two_of_three();
    let mut desk = desk(&people);
    redact_set(&mut desk, &exchange, "SET-2");
    desk.put("key.pub", key);
    let mut parts = exchange.publish("2026-11-20", server, &[ada, bo]);
    desk.put("release-1", parts.bundle());
    desk.run("update @release-1 --key @key.pub", 0);
    // Handed out a week later, when there are newer ones: its own month is not over yet.
    let again = parts.bundle();
    desk.today_is("2026-11-28");
    refused(&mut desk, "frozen", again, "its word held until 2026-11-27T08:00:00Z");
    desk.run("doctor", 0);
    let phone = unwatched_fixtures::phone::ordinary();
    phone.write_android_qf(&desk.path("phone")).unwrap();
    desk.run_for_talk("check @phone", 0);
    // The exchange says it again.
    parts.proofs.log = exchange.said("2026-11-28", server, 0);
    desk.put("said-again", parts.bundle());
    desk.run("update @said-again", 0);
    // By a clock that lies behind, nobody can tell.
    desk.today_is("2026-11-20");
    desk.run("update @said-again", 6);
    // Whoever stands between puts it under the word for a newer one: the log is public.
    desk.today_is("2026-11-28");
    exchange.publish("2026-11-28", server, &[ada, bo]);
    parts.proofs.log = exchange.said("2026-11-28", server, 0);
    refused(&mut desk, "old-under-todays-word", parts.bundle(), "what came after it (1 more)");
    desk.expect("a_frozen_feed.txt");
}

/// A damaged disk, or somebody who damages: what is left of the folder still tells an old release, and
/// the helper reads what to do next.
#[test]
fn damaged_files_let_no_old_release_in() {
    let people = People::new();
    let People { server, ada, bo, .. } = &people;
    let (mut exchange, key) = people.two_of_three();
    let mut desk = desk(&people);
    redact_set(&mut desk, &exchange, "SET-2");
    desk.put("key.pub", &key);
    let old = exchange.publish("2026-11-18", server, &[ada, bo]).bundle();
    let parts = exchange.publish("2026-11-19", server, &[ada, bo]);
    desk.put("release-2", parts.bundle());
    desk.run("update @release-2 --key @key.pub", 0);
    let home = |file: &str| desk_home(&desk).join(file);
    let [bundle, log, pin] = ["bundle", "log", "key.pub"].map(home);

    fs::write(&bundle, "junk").unwrap();
    desk.put("phone", "");
    desk.run_for_refusal("doctor", 4);
    refused(&mut desk, "release-1", old.clone(), "this computer has seen one of 2");
    // Without keys and log, as bundles were once.
    let before = write_bundle(&parts.index, &parts.minisig, &parts.indicators);
    refused(&mut desk, "release-of-three-parts", before, "somebody may have left that out");
    desk.run("update @release-2", 0);
    fs::remove_file(&bundle).unwrap();
    refused(&mut desk, "release-1", old.clone(), "this computer has seen one of 2");
    desk.run("update @release-2", 0);

    // The installed release says it, too.
    for damage in [Some("junk"), None] {
        match damage {
            Some(junk) => fs::write(&log, junk).unwrap(),
            None => fs::remove_file(&log).unwrap(),
        }
        refused(&mut desk, "release-1", old.clone(), "older than the installed");
        let mut split = exchange.clone();
        split.leaves[0].index = split.leaves[1].index;
        let parts = split.publish("2026-11-20", server, &[ada, bo]);
        refused(&mut desk, "split-view", parts.bundle(), "two different histories were shown");
    }
    let parts = exchange.publish("2026-11-20", server, &[ada, bo]);
    desk.put("release-3", parts.bundle());
    fs::write(&log, "junk").unwrap();
    desk.run("update @release-3", 0);
    assert_eq!(fs::read_to_string(&log).unwrap(), parts.proofs.log.checkpoint);

    // Nothing is left to go by.
    fs::write(&bundle, "junk").unwrap();
    fs::write(&log, "junk").unwrap();
    refused(&mut desk, "release-1", old.clone(), "ask the people who run the");
    fs::write(&log, &parts.proofs.log.checkpoint).unwrap();
    desk.run("update @release-3", 0);

    // The key: nothing is taken while it is damaged; given anew, the log is still known.
    fs::write(&pin, "junk").unwrap();
    refused(&mut desk, "release-1", old.clone(), "the pinned key is damaged");
    fs::remove_file(&pin).unwrap();
    desk.put("release-1", old);
    let said = desk.run_for_refusal("update @release-1 --key @key.pub", 4);
    assert!(said.contains("this computer has seen one of 3"), "{said}");
    desk.run("update @release-3 --key @key.pub", 0);
    desk.expect("damaged_files.txt");
}

fn desk_home(desk: &Desk) -> std::path::PathBuf {
    desk.path("home/unwatched")
}

/// Every byte of a bundle, one after the other: what is installed is what was published, or nothing.
#[test]
fn one_changed_byte_changes_nothing_that_is_installed() {
    let people = People::new();
    let People { server, ada, bo, .. } = &people;
    let (mut exchange, key) = people.two_of_three();
    let mut desk = desk(&people);
    desk.put("key.pub", key);
    desk.put("release-1", exchange.publish("2026-11-18", server, &[ada, bo]).bundle());
    desk.run("update @release-1 --key @key.pub", 0);
    let files = ["bundle", "key.pub", "log"].map(|file| desk.path("home/unwatched").join(file));
    let before = files.clone().map(|file| fs::read(file).unwrap());
    let parts = exchange.publish("2026-11-20", server, &[ada, bo]);
    let release = parts.bundle();
    desk.put("release-2", &release);
    let mut refused = 0;
    for at in (0..release.len()).step_by(7) {
        let mut changed = release.clone();
        changed[at] ^= 0x01;
        desk.put("changed", &changed);
        if desk.run_quietly("update @changed") == 0 {
            let key = fs::read_to_string(&files[1]).unwrap();
            let seen = fs::read_to_string(&files[2]).unwrap();
            assert_eq!((key, seen), (exchange.key_file(), parts.proofs.log.checkpoint.clone()));
            for (file, bytes) in files.iter().zip(&before) {
                fs::write(file, bytes).unwrap();
            }
        } else {
            assert_eq!(files.clone().map(|file| fs::read(file).unwrap()), before, "byte {at}");
            refused += 1;
        }
    }
    assert!(refused > release.len() / 7 / 2, "{refused} changes were refused");
    for at in (0..release.len()).step_by(11) {
        desk.put("cut", &release[..at]);
        assert_eq!(desk.run_quietly("update @cut"), 4, "cut at {at}");
    }
    assert_eq!(files.map(|file| fs::read(file).unwrap()), before);
}
