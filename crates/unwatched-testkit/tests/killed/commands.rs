//! An operator's commands, killed before they come to their end.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand::RngExt as _;
use rand::rngs::StdRng;
use tempfile::TempDir;
use unwatched_testkit::exchange::Operator;

use crate::database::Database;

const PUBLICATIONS: usize = 8;
const COPIES: usize = 8;
const PUBLISH: [&str; 3] = ["admin", "release", "publish"];

/// How long a whole one takes, so that the others are killed in their middle.
#[expect(clippy::disallowed_methods, reason = "a stopwatch, not what time it is")]
fn lasting(whole: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    whole();
    begun.elapsed()
}

fn part_of(whole: Duration, random: &mut StdRng) -> Duration {
    whole.mul_f64(random.random_range(0.05..0.8))
}

/// A release is there with all of its files, or not there.
pub(crate) fn killed_while_publishing(
    operator: &Operator,
    database: &Database,
    random: &mut StdRng,
) {
    let whole = lasting(|| drop(operator.run(&PUBLISH).ok()));
    let mut killed = 0;
    for _ in 0..PUBLICATIONS {
        let before = sequences(database).len();
        let publishing = operator.begin(&PUBLISH);
        let ended = publishing.kill_after(part_of(whole, random));
        let new = sequences(database).len() - before;
        if let Some(ended) = ended {
            assert!(ended.success() && new == 1, "{ended}: {new} releases");
        } else {
            killed += 1;
            assert!(new <= 1);
        }
    }
    assert!(killed > 0, "none was killed");
    operator.run(&PUBLISH).ok();
    let there = sequences(database);
    let expected: Vec<_> = (1..=there.len()).map(|number| number.to_string()).collect();
    assert_eq!(there, expected, "no number is left out or given twice");
    let without = "SELECT CAST(r.sequence AS TEXT) FROM releases r WHERE NOT EXISTS (
                       SELECT 1 FROM release_files f WHERE f.sequence = r.sequence AND f.name = 'bundle')";
    assert!(database.rows(without).is_empty(), "a release without its bundle");
    eprintln!("{killed} publications killed, {} releases", there.len());
}

fn sequences(database: &Database) -> Vec<String> {
    database.rows("SELECT CAST(sequence AS TEXT) FROM releases ORDER BY sequence")
}

/// A backup that was not finished is no backup, and what `restore` takes is whole.
pub(crate) fn killed_while_copying(operator: &Operator, database: &Database, random: &mut StdRng) {
    let outside = TempDir::new().unwrap();
    let first = outside.path().join("whole");
    let whole = lasting(|| drop(operator.run(&["backup", text(&first)]).ok()));
    let mut killed = 0;
    for number in 0..COPIES {
        let name = if number % 2 == 0 { "copy" } else { "copy.tar" };
        let folder = outside.path().join(format!("{number}"));
        fs::create_dir(&folder).unwrap();
        let dest = folder.join(name);
        let ended = operator.begin(&["backup", text(&dest)]).kill_after(part_of(whole, random));
        match ended {
            Some(ended) => assert!(ended.success() && dest.exists(), "{ended}"),
            None => killed += 1,
        }
        if !dest.exists() {
            let said = operator_of(&folder.join("data"), database)
                .run(&["restore", text(&dest)])
                .refused(5);
            assert!(said.contains("there is no "), "{said}");
        }
        // Whoever finds what a killed one left, and takes it for a copy.
        for left in left_in(&folder) {
            for copy in [left.clone(), left.join("copy"), left.join("copy.tar")] {
                not_restored_unless_whole(&copy, &folder.join("data"), database);
            }
        }
        fs::remove_dir_all(&folder).unwrap();
    }
    assert!(killed > 0, "none was killed");
    let data = outside.path().join("data");
    let restored = operator_of(&data, database).run(&["restore", text(&first)]).ok();
    let green = "\neverything that was looked at is as it should be\n";
    assert!(restored.ends_with(green), "{restored}");
    eprintln!("{killed} backups killed");
}

fn not_restored_unless_whole(copy: &Path, data: &Path, database: &Database) {
    if !copy.exists() {
        return;
    }
    let ended = operator_of(data, database).run(&["restore", text(copy)]);
    let has_manifest = copy.join("manifest.json").exists() || copy.extension().is_some();
    match ended.code {
        Some(0) => assert!(has_manifest, "{} was taken for a copy", copy.display()),
        Some(6) => assert!(!data.exists(), "what is no copy was restored: {}", ended.stderr),
        _ => panic!("{:?} {}", ended.code, ended.stderr),
    }
    let _ = fs::remove_dir_all(data);
}

/// The same exchange over another data folder.
fn operator_of(data: &Path, database: &Database) -> Operator {
    let other = Operator::new(data).with("RUST_LOG", "error");
    if database.is_sqlite() { other } else { other.with_database(database.url()) }
}

fn left_in(folder: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let left = all.filter(|entry| entry.file_name().to_string_lossy().starts_with(".unwatched-"));
    left.map(|entry| entry.path()).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path that is text")
}
