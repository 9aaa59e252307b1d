//! `update`: what is installed, what is refused, and that a refusal changes nothing.

use std::fs;

use unwatched_formats::release::{Limits, PublicKey, open_bundle};

use crate::desk::Desk;
use crate::releases::Publisher;

fn desk_with(publisher: &Publisher) -> Desk {
    let mut desk = Desk::new();
    desk.put("key.pub", publisher.key());
    desk.redact(publisher.key_line(), "KEY");
    for (name, sequence, day) in [
        ("release-1", 1, "2026-11-01"),
        ("release-2", 2, "2026-11-20"),
        ("release-3", 3, "2026-12-01"),
    ] {
        desk.put(name, publisher.bundle(sequence, day, "com.watch.alpha.example"));
    }
    desk
}

#[test]
fn releases_follow_one_another() {
    let mut desk = desk_with(&Publisher::new());
    desk.run("doctor", 0);
    desk.run("update @release-1", 4);
    desk.run("update @release-1 --key @key.pub", 0);
    desk.run("update @release-2", 0);
    desk.run("update @release-2", 0);
    desk.run("update @release-1", 4);
    desk.run("doctor", 0);
    desk.today_is("2026-12-25");
    desk.run("doctor", 0);
    desk.run("update @release-2", 4);
    desk.expect("releases_follow_one_another.txt");
}

#[test]
fn what_is_not_the_publishers_is_refused_and_changes_nothing() {
    let mut desk = desk_with(&Publisher::new());
    desk.run("update @release-2 --key @key.pub", 0);
    let installed = fs::read(desk.path("home/unwatched/bundle")).unwrap();

    let stranger = Publisher::new();
    desk.redact(stranger.key_line(), "STRANGERS-KEY");
    desk.put("other.pub", stranger.key());
    desk.put("strangers-release", stranger.bundle(3, "2026-11-21", "com.watch.alpha.example"));
    desk.run("update @strangers-release", 4);
    desk.run("update @strangers-release --key @other.pub", 4);
    desk.run("update @release-2 --key @release-2", 4);
    desk.run("update @nowhere", 4);
    desk.put("empty", "");
    desk.run("update @empty", 4);
    desk.put("no-release", "PK but no more than that");
    desk.run("update @no-release", 4);
    desk.expect("what_is_not_the_publishers_is_refused.txt");
    assert_eq!(fs::read(desk.path("home/unwatched/bundle")).unwrap(), installed);
}

#[test]
fn the_same_number_with_other_content_is_refused() {
    let publisher = Publisher::new();
    let mut desk = desk_with(&publisher);
    desk.run("update @release-2 --key @key.pub", 0);
    desk.put("other-2", publisher.bundle(2, "2026-11-20", "com.watch.beta.example"));
    desk.run("update @other-2", 4);
    desk.expect("the_same_number_with_other_content.txt");
}

/// Bytes of the container that say nothing, such as a time, may differ: what they hold may not.
#[test]
fn a_change_of_what_a_release_holds_is_refused() {
    let publisher = Publisher::new();
    let mut desk = desk_with(&publisher);
    desk.run("update @release-1 --key @key.pub", 0);
    let installed = fs::read(desk.path("home/unwatched/bundle")).unwrap();
    let release = fs::read(desk.path("release-2")).unwrap();
    let key: PublicKey = publisher.key().parse().unwrap();
    let held = |bytes: &[u8]| {
        let bundle = open_bundle(bytes, &Limits::default()).unwrap().verify(&key).unwrap();
        (bundle.index_sha256, bundle.indicators)
    };
    let mut refused = 0;
    for at in 0..release.len() {
        let mut changed = release.clone();
        changed[at] ^= 0x01;
        desk.put("changed", &changed);
        let code = desk.run_quietly("update @changed");
        let now_installed = fs::read(desk.path("home/unwatched/bundle")).unwrap();
        if code == 0 {
            assert_eq!(held(&now_installed), held(&release), "byte {at}");
            desk.put("home/unwatched/bundle", &installed);
        } else {
            assert_eq!(now_installed, installed, "byte {at}");
            refused += 1;
        }
    }
    let bytes = release.len();
    assert!(refused > bytes / 2, "{refused} of {bytes} changes were refused");
}

#[test]
fn a_damaged_installation_is_said_and_can_be_mended() {
    let mut desk = desk_with(&Publisher::new());
    desk.run("update @release-1 --key @key.pub", 0);
    desk.put("home/unwatched/bundle", "damaged");
    desk.run("doctor", 4);
    desk.run("update @release-2", 0);
    desk.run("doctor", 0);
    desk.expect("a_damaged_installation.txt");
}

#[test]
fn a_release_that_cannot_be_used_pins_no_key() {
    let publisher = Publisher::new();
    let mut desk = desk_with(&publisher);
    desk.today_is("2027-01-31");
    desk.run("update @release-3 --key @key.pub", 4);
    desk.run("doctor", 0);
    desk.expect("a_release_that_cannot_be_used_pins_no_key.txt");
}

#[test]
fn a_clock_behind_the_release_installs_nothing() {
    let mut desk = desk_with(&Publisher::new());
    desk.run("update @release-1 --key @key.pub", 0);
    let installed = fs::read(desk.path("home/unwatched/bundle")).unwrap();
    desk.run("update @release-3", 6);
    assert_eq!(fs::read(desk.path("home/unwatched/bundle")).unwrap(), installed);
    desk.today_is("2026-11-30");
    desk.run("update @release-3", 0);
    desk.expect("a_clock_behind_the_release.txt");
}
