//! `admin partner|user|group|jobs|reanalyze`: what an operator types, and all that is answered.

use std::fmt::Write as _;
use std::path::Path;

use unwatched_testkit::programs::Ended;

use super::{exchange, exchange_with};
use crate::expect::check_file;
use crate::rig::Server;

/// What was typed and answered, in that order.
struct Transcript<'a> {
    data: &'a Path,
    text: String,
}

impl Transcript<'_> {
    fn type_in(&mut self, words: &[&str]) {
        let ended = exchange(self.data, words);
        self.note(words, &ended);
    }

    fn note(&mut self, words: &[&str], ended: &Ended) {
        let shown: Vec<_> = words.iter().map(|word| shown(word)).collect();
        let _ = writeln!(self.text, "$ unwatched-exchange {}", shown.join(" "));
        self.text.push_str(&levelled(&ended.stdout));
        for line in levelled(&ended.stderr).lines() {
            let _ = writeln!(self.text, "2> {line}");
        }
        if ended.code != Some(0) {
            let _ = writeln!(self.text, "-> {:?}", ended.code);
        }
        self.text.push('\n');
    }
}

/// A word as a shell takes it.
fn shown(word: &str) -> String {
    if word.is_empty() || word.contains(' ') { format!("'{word}'") } else { word.to_owned() }
}

/// Without what differs from run to run.
fn levelled(text: &str) -> String {
    let level = |line: &str| match line.split_once("\"added_at\": ") {
        Some((before, _)) => format!("{before}\"added_at\": \"WHEN\""),
        None => line.to_owned(),
    };
    text.lines().map(|line| level(line) + "\n").collect()
}

#[test]
fn a_coalition_is_set_up_changed_and_listed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut told = Transcript { data: &data, text: String::new() };
    for line in [
        "admin partner add example-lab --category vendor",
        "admin partner add example-shelter --category support --probation",
        "admin partner add example-lab --category vendor",
        "admin partner list",
        "admin partner set example-shelter --standing full --until 2099-12-31",
        "admin partner set example-shelter --until tomorrow",
        "admin partner set example-lab --age-recipient age1x",
        "admin partner set exmple-lab --standing left",
        "admin partner list --json",
        "admin group add circle --member example-lab",
        "admin group add circle",
        "admin group members circle --add example-shelter",
        "admin group members circle --remove example-lab",
        "admin group members cirlce",
        "admin group close circle",
        "admin group list",
        "admin user disable nobody@lab.example",
        "admin user list",
        "admin partner conflict example-lab watch-alpha --why x",
        "admin partner conflict example-lab watch-alpha --over",
    ] {
        told.type_in(&line.split(' ').collect::<Vec<_>>());
    }
    let words = "admin user add --partner example-lab --email ana@lab.example --role analyst";
    let words: Vec<_> = words.split(' ').collect();
    let ended = exchange_with(&data, &words, "correct horse battery\n");
    told.note(&words, &ended);
    let ended = exchange_with(&data, &words, "correct horse battery\n");
    told.note(&words, &ended);
    for line in [
        "admin user role ana@lab.example reader",
        "admin user disable ana@lab.example",
        "admin user list --partner example-lab",
    ] {
        told.type_in(&line.split(' ').collect::<Vec<_>>());
    }
    check("admin-coalition.txt", &told.text);
}

#[test]
fn conflicts_and_jobs_are_told_whole() {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    let family = lab.create_family("Watch Alpha");
    for partner in [&lab, &shelter] {
        partner.say(&family, "holds", &["tracks", "offered_to_individuals", "hides_itself"]);
    }
    lab.upload(b"no app at all, and yet a sample");
    let (store, now) = (&server.state.store, server.state.clock.now());
    let (take, minute) = (unwatched_store::Take::Priority, jiff::SignedDuration::from_mins(1));
    let kinds = [unwatched_store::ANALYZE_SAMPLE];
    let job = server.wait(store.claim("w", &kinds, take, now, minute)).unwrap().unwrap();
    let why = "the analysis broke down (signal 9)\tof\nthis";
    server.wait(store.fail(&job, why, None, now)).unwrap();

    let mut told = Transcript { data: server.data(), text: String::new() };
    let id = job.id.to_string();
    for line in [
        "admin partner conflict example-lab watch-alpha --why rivals",
        "admin partner conflict example-lab watch-alpha --why rivals",
        "admin partner conflict example-lab watch-alpha --over",
        "admin partner conflict example-lab watch-alpha --over",
        "admin jobs list",
        "admin jobs list --kind tidy",
        "admin jobs list --kind tidi",
        "admin jobs retry 987654",
        &format!("admin jobs retry {id}"),
        &format!("admin jobs retry {id}"),
        "admin jobs retry-all",
        "admin reanalyze --family watch-beta",
        "admin reanalyze --family watch-alpha",
        "admin reanalyze --family watch-alpha",
        "admin reanalyze --all --since 2026-01-31T00:00:00Z",
        "admin reanalyze --since yesterday",
        "admin jobs list",
    ] {
        told.type_in(&line.split(' ').collect::<Vec<_>>());
    }
    check("admin-jobs.txt", &told.text);
}

#[track_caller]
fn check(name: &str, text: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exchange/expected");
    check_file(&folder.join(name), text);
}
