//! A check speaks to nobody: it asks the system for no connection, and it does not miss the network
//! where there is none.

use std::fs;
use std::net::TcpStream;
use std::process::{Command, Stdio};

use unwatched_fixtures::phone::{BackupOptions, ordinary, unlisted_watcher};

use super::computer::{Computer, Started};
use super::phone::acquire_twice;
use super::traced::{can_trace, traced};

const SPEAKS_VARIABLE: &str = "UNWATCHED_TEST_SPEAKS";

/// Every kind of evidence that a check reads, on a computer of its own.
fn with_evidence() -> (Computer, Vec<Started>) {
    let computer = Computer::new();
    acquire_twice(&computer.case());
    let phone = ordinary().app(unlisted_watcher("com.quiet.omega"));
    let at = |name: &str| computer.path().join("work").join(name);
    fs::write(at("bugreport.zip"), phone.bugreport_zip()).unwrap();
    fs::create_dir(at("acquisition")).unwrap();
    phone.write_android_qf(&at("acquisition")).unwrap();
    fs::write(at("backup.ab"), phone.backup(&BackupOptions::default())).unwrap();
    let lines = [
        "check CASE --json",
        "check CASE --compare CASE/1",
        "check bugreport.zip",
        "check acquisition --json",
        "check backup.ab",
    ];
    let started = lines.map(|line| computer.unwatched(line)).into();
    (computer, started)
}

#[test]
fn a_check_asks_for_no_connection() {
    if !can_trace() {
        return;
    }
    let (computer, checks) = with_evidence();
    for check in checks {
        let traced = traced(&computer, &check);
        assert_eq!(traced.code, Some(0), "{:?}", check.words);
        assert_eq!(traced.network, Vec::<String>::new(), "{:?}", check.words);
    }
}

#[test]
fn a_program_that_tries_would_be_seen() {
    if !can_trace() {
        return;
    }
    let computer = Computer::new();
    let traced = traced(
        &computer,
        &Started::of_test("network::speaks_where_it_was_started_to", SPEAKS_VARIABLE),
    );
    assert!(traced.network.iter().any(|call| call.starts_with("connect(")), "{:?}", traced.network);
}

/// Started by the test above.
#[test]
fn speaks_where_it_was_started_to() {
    if std::env::var_os(SPEAKS_VARIABLE).is_some() {
        // Nobody listens there; trying is enough.
        drop(TcpStream::connect("127.0.0.1:9"));
    }
}

/// Whether a program can be given a network and disks of its own. Missing where it was not said to
/// be missing is a failure.
pub(crate) fn can_make_namespaces() -> bool {
    let words = ["--map-root-user", "--net", "--mount", "true"];
    let can = Command::new("unshare").args(words).status().is_ok_and(|status| status.success());
    let is_left_out = std::env::var_os("UNWATCHED_WITHOUT_NAMESPACES").is_some();
    assert!(
        can || is_left_out,
        "no namespaces can be made: allow it, or set UNWATCHED_WITHOUT_NAMESPACES"
    );
    can
}

/// A namespace of its own: no route, and loopback is down.
const NO_NETWORK: [&str; 3] = ["unshare", "--map-root-user", "--net"];

#[test]
fn a_check_does_not_miss_the_network() {
    if !can_make_namespaces() {
        return;
    }
    let (computer, checks) = with_evidence();
    for check in checks {
        let ran =
            |words: &[&str]| check.behind(&computer, words).stdin(Stdio::null()).output().unwrap();
        let (with, without) = (ran(&["env"]), ran(&NO_NETWORK));
        assert!(without.status.success(), "{:?}", check.words);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        assert_eq!(without_time(&text(without.stdout)), without_time(&text(with.stdout)));
    }
}

/// A report tells when it was made.
fn without_time(text: &str) -> String {
    let is_time = |line: &&str| !line.contains("\"checked_at\"") && !line.starts_with("Checked ");
    text.lines().filter(is_time).collect::<Vec<_>>().join("\n")
}
