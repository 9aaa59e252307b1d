//! What must never lie in the repository, and what must: held by a test over `git ls-files`.

#![cfg(test)]

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use crate::{cargo, house};

/// A reader opens any file in an editor, and a clone stays small.
const MOST_BYTES: u64 = 1024 * 1024;

/// A file longer than this wants a second room.
const MOST_RUST_LINES: usize = 799;

/// What a newcomer looks for at the root.
const ROOT_FILES: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "deny.toml",
];

/// Marks of unfinished work, written so that this file does not hold them.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("#[ig", "nore"),
];

/// Package registries, which lock files name and nothing else needs to.
const REGISTRIES: &[&str] = &[
    concat!("crates", ".io/"),
    concat!("py", "pi.org"),
    concat!("python", "hosted"),
    concat!("registry", ".npmjs"),
    concat!("debian", ".org"),
];

fn tracked() -> Vec<String> {
    let mut command = Command::new("git");
    command.args(["ls-files", "-z"]).current_dir(house::root());
    let listed = cargo::output(&mut command).expect("git lists the tracked files");
    let paths: Vec<_> = listed.split_terminator('\0').map(str::to_owned).collect();
    assert!(paths.iter().any(|path| path == "Cargo.toml"), "the list is the workspace's");
    // A file that is deleted and not yet committed has nothing to check.
    paths.into_iter().filter(|path| house::root().join(path).is_file()).collect()
}

/// The tracked files that are text, with their text.
fn texts() -> impl Iterator<Item = (String, String)> {
    tracked().into_iter().filter_map(|path| {
        let text = fs::read_to_string(house::root().join(&path)).ok()?;
        (!text.contains('\0')).then_some((path, text))
    })
}

fn is(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

fn found(path: &str, text: &str, words: &[impl AsRef<str>]) -> Vec<String> {
    let lines = text.lines().zip(1..);
    let hits = lines.filter(|(line, _)| words.iter().any(|word| line.contains(word.as_ref())));
    hits.map(|(line, number)| format!("{path}:{number}: {}", line.trim())).collect()
}

#[test]
fn no_tracked_file_is_too_big_to_open() {
    let size = |path: &String| fs::metadata(house::root().join(path)).map_or(0, |file| file.len());
    let big: Vec<_> = tracked().into_iter().filter(|path| size(path) > MOST_BYTES).collect();
    assert_eq!(big, Vec::<String>::new());
}

#[test]
fn no_rust_file_is_too_long_to_read() {
    let rust = texts().filter(|(path, _)| is(path, "rs"));
    let long = rust.filter(|(_, text)| text.lines().count() > MOST_RUST_LINES);
    assert_eq!(long.map(|(path, _)| path).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn the_architecture_is_read_in_one_sitting() {
    let path = house::root().join("ARCHITECTURE.md");
    let lines = fs::read_to_string(path).expect("ARCHITECTURE.md is there").lines().count();
    assert!(lines <= 200, "{lines} lines, and 200 are the most");
}

#[test]
fn what_a_newcomer_looks_for_is_there() {
    let missing: Vec<_> =
        ROOT_FILES.iter().filter(|name| !house::root().join(name).is_file()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn nothing_tells_where_it_was_written() {
    let home = env::var("HOME").unwrap_or_default();
    let clone = house::root().to_string_lossy().into_owned();
    let folders: Vec<_> =
        [home, clone].iter().filter(|path| path.len() > 1).map(|path| format!("{path}/")).collect();
    let told: Vec<_> = texts().flat_map(|(path, text)| found(&path, &text, &folders)).collect();
    assert_eq!(told, Vec::<String>::new());
}

#[test]
fn registries_stand_in_lock_files_only() {
    let ordinary = texts().filter(|(path, _)| !is(path, "lock"));
    let named: Vec<_> = ordinary.flat_map(|(path, text)| found(&path, &text, REGISTRIES)).collect();
    assert_eq!(named, Vec::<String>::new());
}

#[test]
fn nothing_is_left_unfinished() {
    let rust = texts().filter(|(path, _)| is(path, "rs"));
    let marks: Vec<_> = rust.flat_map(|(path, text)| found(&path, &text, UNFINISHED)).collect();
    assert_eq!(marks, Vec::<String>::new());
}

#[test]
fn every_decision_is_listed() {
    let list = fs::read_to_string(house::root().join("docs/decisions/0001-record-decisions.md"));
    let list = list.expect("the list of decisions is there");
    let decisions = tracked()
        .into_iter()
        .filter_map(|path| path.strip_prefix("docs/decisions/").map(str::to_owned));
    let unlisted: Vec<_> = decisions.filter(|name| !list.contains(&format!("({name})"))).collect();
    assert_eq!(unlisted, Vec::<String>::new());
}
