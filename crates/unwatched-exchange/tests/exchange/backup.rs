//! `backup` and `restore`: what comes back is what was there, and what was changed on the way
//! does not come back.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use unwatched_exchange::backup::manifest::MANIFEST;
use unwatched_exchange::backup::staging::{Purpose, Staging};

use crate::cli::exchange;
use crate::doctor::lived_in;

fn path(path: &Path) -> &str {
    path.to_str().expect("a path that is text")
}

#[test]
fn the_last_release_from_a_restored_backup_has_the_same_bytes() {
    let server = lived_in();
    let outside = tempfile::tempdir().unwrap();
    let bundle = fs::read(release_of(server.data(), outside.path(), "before")).unwrap();
    for name in ["copy", "copy.tar"] {
        // While the server runs.
        let copy = outside.path().join(name);
        let made = exchange(server.data(), &["backup", path(&copy)]);
        assert!(made.stdout.starts_with(&format!("{}: ", copy.display())), "{}", made.stdout);
        made.ok();
        let again = exchange(server.data(), &["backup", path(&copy)]).refused(5);
        assert!(again.contains("is there already: name another place"), "{again}");
        let data = outside.path().join(format!("{name}-restored"));
        let restored = exchange(&data, &["restore", path(&copy)]);
        assert!(
            restored.stdout.ends_with("\neverything that was looked at is as it should be\n"),
            "{}\n{}",
            restored.stdout,
            restored.stderr
        );
        restored.ok();
        let again = fs::read(release_of(&data, outside.path(), &format!("{name}-after"))).unwrap();
        assert_eq!(again, bundle);
        let refused = exchange(&data, &["restore", path(&copy)]).refused(5);
        assert!(refused.contains("is not empty"), "{refused}");
    }
    let left: Vec<_> = fs::read_dir(outside.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(left, [""; 0], "nothing half-made is left");
}

/// Lost with what it copies, a copy is none.
#[test]
fn no_copy_is_made_inside_what_it_copies_or_over_files() {
    let server = lived_in();
    let outside = tempfile::tempdir().unwrap();
    let link = outside.path().join("link");
    std::os::unix::fs::symlink(server.data(), &link).unwrap();
    let inside = [
        server.data().to_owned(),
        server.data().join("copy"),
        server.data().join("copy.tar"),
        server.data().join("blobs/copy"),
        link.join("keys/../copy"),
    ];
    let before = names_in(server.data());
    for place in inside {
        let said = exchange(server.data(), &["backup", path(&place)]).refused(5);
        let words = ["is inside", "which is to be copied: name a place outside"];
        assert!(words.iter().all(|words| said.contains(words)), "{said}");
    }
    assert_eq!(names_in(server.data()), before, "nothing was begun there");
    fs::write(outside.path().join("letter"), "mine").unwrap();
    let said = exchange(server.data(), &["backup", path(outside.path())]).refused(5);
    assert!(said.contains("is there already: name another place"), "{said}");
    assert_eq!(names_in(outside.path()), ["letter", "link"]);
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    // SQLite's own files beside the database come and go.
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect();
    names.sort();
    names
}

/// A `backup` or `restore` that is killed cannot tidy up after itself.
#[test]
fn what_a_killed_run_left_goes_with_the_next_and_nothing_else_does() {
    let server = lived_in();
    let outside = tempfile::tempdir().unwrap();
    let below = |name: &str| outside.path().join(name);
    let in_use = Staging::begin(outside.path(), Purpose::Backup, &|_| {}).unwrap();
    assert_eq!(mode_of(in_use.path()), 0o700, "while it is written");
    fs::create_dir(in_use.path().join("copy")).unwrap();
    let left = below(".unwatched-backup-aB3xyZ");
    fs::create_dir_all(left.join("copy/keys")).unwrap();
    fs::write(left.join("copy/keys/release.key"), "a key").unwrap();
    fs::write(left.join("exchange.sqlite-wal"), "rows").unwrap();
    // Not as we name them, not with what we write, of another command, no folder.
    fs::create_dir(below(".unwatched-backup-longer-than-that")).unwrap();
    fs::create_dir_all(below(".unwatched-backup-other1/letters")).unwrap();
    fs::create_dir_all(below(".unwatched-restore-aB3xyZ/keys")).unwrap();
    std::os::unix::fs::symlink(server.data(), below(".unwatched-backup-link00")).unwrap();
    let kept = [
        ".unwatched-backup-longer-than-that",
        ".unwatched-backup-other1/letters",
        ".unwatched-restore-aB3xyZ/keys",
        ".unwatched-backup-link00/keys/release.key",
    ];

    let made = exchange(server.data(), &["backup", path(&below("copy"))]);
    let said = format!("removed {}, which a broken-off run left", left.display());
    assert!(made.stderr.contains(&said), "{}", made.stderr);
    assert_eq!(made.stderr.matches("broken-off").count(), 1, "{}", made.stderr);
    made.ok();
    assert!(!left.exists());
    assert!(in_use.path().join("copy").is_dir());
    for name in kept {
        assert!(below(name).exists(), "{name}");
    }

    let restored = exchange(&below("data"), &["restore", path(&below("copy"))]);
    assert!(restored.stderr.contains(".unwatched-restore-aB3xyZ, which"), "{}", restored.stderr);
    assert!(!below(".unwatched-restore-aB3xyZ").exists());
    fs::create_dir_all(below(".unwatched-restore-0000aa/keys")).unwrap();
    let told = exchange(&below("data"), &["doctor"]).ok();
    assert!(told.contains("/.unwatched-restore-0000aa"), "{told}");
    for name in ["copy", "copy/keys", "data", "data/keys"] {
        assert_eq!(mode_of(&below(name)), 0o700, "{name}");
    }
    for name in ["copy/keys/release.key", "copy/exchange.sqlite", "copy/manifest.json"] {
        assert_eq!(mode_of(&below(name)), 0o600, "{name}");
    }
}

fn mode_of(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn release_of(data: &Path, outside: &Path, name: &str) -> std::path::PathBuf {
    let out = outside.join(name);
    exchange(data, &["export", "release", "--out", path(&out)]).ok();
    out.join("bundle")
}

#[test]
fn a_copy_that_was_changed_or_cut_is_not_restored() {
    let server = lived_in();
    let outside = tempfile::tempdir().unwrap();
    let copy = outside.path().join("copy");
    exchange(server.data(), &["backup", path(&copy)]).ok();
    let data = outside.path().join("data");
    let refused = |expected: &str| {
        let said = exchange(&data, &["restore", path(&copy)]).refused(6);
        assert!(said.contains(expected), "{said}");
        assert!(!data.exists(), "nothing stands where a server would look");
    };
    let key = copy.join("keys/release.key");
    let mut bytes = fs::read(&key).unwrap();
    bytes[40] ^= 1;
    fs::write(&key, &bytes).unwrap();
    refused("keys/release.key is not what was copied");
    bytes[40] ^= 1;
    fs::write(&key, &bytes).unwrap();
    fs::write(copy.join("more"), b"x").unwrap();
    refused("more is in it, and not in its manifest.json");
    fs::remove_file(copy.join("more")).unwrap();
    fs::rename(copy.join("exchange.sqlite"), outside.path().join("x")).unwrap();
    refused("exchange.sqlite is missing");
    fs::rename(outside.path().join("x"), copy.join("exchange.sqlite")).unwrap();
    let manifest = fs::read_to_string(copy.join(MANIFEST)).unwrap();
    fs::write(copy.join(MANIFEST), manifest.replace("keys/release.key", "../release.key")).unwrap();
    refused("which is no part of a copy");
    fs::remove_file(copy.join(MANIFEST)).unwrap();
    refused("it has no manifest.json");
    let tar = outside.path().join("copy.tar");
    exchange(server.data(), &["backup", path(&tar)]).ok();
    let whole = fs::read(&tar).unwrap();
    fs::write(&tar, &whole[..whole.len() / 2]).unwrap();
    let said = exchange(&data, &["restore", path(&tar)]).refused(6);
    assert!(!data.exists(), "{said}");
}
