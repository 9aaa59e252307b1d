//! Whether an acquisition's files are as they were when it was made, by the list of digests that
//! AndroidQF makes.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use unwatched_acquire::{Keys, open_bytes};
use unwatched_device::result::{CheckResult, Outcome};
use unwatched_fixtures::phone::ordinary;

use super::{check_opened, check_path, outcome, why, zip_of};

type Files = Vec<(String, Vec<u8>)>;

/// An acquisition with files that nobody reads for what they say.
fn files() -> Files {
    let mut files = ordinary().android_qf();
    files.retain(|(name, _)| !["hashes.csv", "command.log"].contains(&name.as_str()));
    files.push(("apks/com.example.one.apk".to_owned(), b"no app".to_vec()));
    files.push(("magisk_modules/0000/module.prop".to_owned(), b"id=x\n".to_vec()));
    files.push(("acquisition.json".to_owned(), b"{}".to_vec()));
    files.sort();
    files.dedup_by(|a, b| a.0 == b.0);
    files
}

/// With the list, in which each name stands as `named` gives it.
fn listed(files: &Files, named: impl Fn(&str) -> String) -> Files {
    let row = |(name, bytes): &(String, Vec<u8>)| {
        format!("{},{}\n", named(name), hex::encode(Sha256::digest(bytes)))
    };
    let mut list: String = files.iter().map(row).collect();
    for name in ["hashes.csv", "command.log"] {
        let _ = writeln!(list, "{},{}", named(name), "0".repeat(64));
    }
    let mut with_list = files.clone();
    with_list.push(("hashes.csv".to_owned(), list.into_bytes()));
    with_list.push(("command.log".to_owned(), b"written on\n".to_vec()));
    with_list
}

fn in_zip(files: &Files) -> CheckResult {
    let files: Vec<_> = files.iter().map(|(name, bytes)| (name.as_str(), &bytes[..])).collect();
    let mut opened = open_bytes("a.zip", zip_of(&files), Keys::default()).unwrap();
    check_opened(opened.as_mut(), None)
}

fn in_folder(files: &Files) -> CheckResult {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    check_path(folder.path(), None)
}

fn check(files: &Files, expected: Outcome, words: &[&str]) {
    for result in [in_zip(files), in_folder(files)] {
        assert_eq!(outcome(&result, "as_acquired"), expected, "{}", why(&result, "as_acquired"));
        for word in words {
            assert!(why(&result, "as_acquired").contains(word), "{}", why(&result, "as_acquired"));
        }
    }
}

#[test]
fn an_acquisition_that_nobody_touched_is_as_it_was() {
    let names: [fn(&str) -> String; 3] = [
        |name| name.to_owned(),
        |name| format!("/home/desk/evidence/0000-1111/{name}"),
        |name| format!("C:\\desk, ours\\{}", name.replace('/', "\\")).replace("C:", "\"C:") + "\"",
    ];
    for named in names {
        check(&listed(&files(), named), Outcome::NotFound, &["not signed"]);
    }
}

#[test]
fn what_was_changed_removed_or_added_later_is_told() {
    let whole = listed(&files(), str::to_owned);
    let with = |change: &dyn Fn(&mut Files)| {
        let mut files = whole.clone();
        change(&mut files);
        files
    };
    let bytes_of = |files: &mut Files, wanted: &str, bytes: &[u8]| {
        files.iter_mut().find(|(name, _)| name == wanted).unwrap().1 = bytes.to_vec();
    };
    let changed = with(&|files| bytes_of(files, "dumpsys.txt", b"== dumpstate: x\n"));
    check(&changed, Outcome::Found, &["changed: dumpsys.txt"]);
    let unread = with(&|files| bytes_of(files, "magisk_modules/0000/module.prop", b"id=y\n"));
    check(&unread, Outcome::Found, &["changed: 1 other file"]);
    let of_app = with(&|files| bytes_of(files, "apks/com.example.one.apk", b"another"));
    check(&of_app, Outcome::Found, &["changed: 1 file of an app"]);
    assert!(!why(&in_zip(&of_app), "as_acquired").contains("com.example"));
    let missing = with(&|files| files.retain(|(name, _)| name != "packages.json"));
    check(&missing, Outcome::Found, &["missing: packages.json"]);
    let added = with(&|files| files.push(("logcat.txt".to_owned(), b"x\n".to_vec())));
    check(&added, Outcome::Found, &["not in the list: logcat.txt"]);
}

#[test]
fn without_a_list_that_can_be_read_nothing_is_compared() {
    let outcome_of = |files: &Files, words: &[&str]| {
        check(files, Outcome::CouldNotCheck, words);
    };
    outcome_of(&files(), &["no hashes.csv"]);
    let mut damaged = files();
    damaged.push(("hashes.csv".to_owned(), b"dumpsys.txt,not a digest\nx\n".to_vec()));
    outcome_of(&damaged, &["cannot be read"]);
    let mut empty = files();
    empty.push(("hashes.csv".to_owned(), Vec::new()));
    outcome_of(&empty, &["lists no files"]);
}
