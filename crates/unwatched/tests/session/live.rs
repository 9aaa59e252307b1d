//! The whole session with a phone on the desk (the rig's real `adbd`): acquire, check, acquire again,
//! finished and killed. Nothing of the phone lies in the clear, and nobody is spoken to but the phone.

use std::io::Read as _;
use std::process::Stdio;

use unwatched_acquire::case;
use unwatched_acquire::live::commands::ReadOnly;
use unwatched_fixtures::apk::ApkBuilder;
use unwatched_testkit::rig::state::Which;
use unwatched_testkit::rig::{self, Rig};

use super::canaries::{COUNT, canary, found_below};
use super::computer::{Computer, Started};
use super::killed::is_killed_at;
use super::phone::secret_for_real;
use super::traced::{can_trace, traced};

/// A watched phone with a canary in fifty of its settings, and one in the watcher's file.
fn phone() -> Rig {
    let rig = Rig::start(&Which { seed: 11, label: "watcher-00".to_owned(), apps: 40 });
    let watcher = rig.phone().planted[0].package.clone().unwrap();
    rig.put_app(
        &watcher,
        &ApkBuilder::new(&watcher).file("assets/words", canary(0).as_bytes()).build(),
    );
    for number in 0..COUNT {
        let table = if number % 2 == 0 { "global" } else { "secure" };
        rig.change(&["settings", "put", table, &canary(number), &canary(number)]);
    }
    rig.record(ReadOnly::of_an_acquisition().iter().flat_map(ReadOnly::wordings));
    rig
}

fn acquire(computer: &Computer, rig: &Rig) -> Started {
    let address = rig.address();
    let line = format!("acquire --safety-questions-answered --address {address} --out CASE");
    computer.unwatched(&line)
}

/// How many canaries came from the phone into the case's newest acquisition.
fn canaries_in(computer: &Computer) -> usize {
    let case = case::open(&computer.case(), &secret_for_real()).unwrap();
    let mut read = Vec::new();
    for held in &case.acquisitions().last().unwrap().streams {
        // What was cut off ends with an error.
        let _ = case.stream(held).and_then(|mut stream| stream.read_to_end(&mut read));
    }
    let has = |number: &usize| {
        let word = canary(*number);
        read.windows(word.len()).any(|at| at == word.as_bytes())
    };
    (0..COUNT).filter(has).count()
}

#[test]
fn a_finished_session_leaves_nothing_in_the_clear_and_speaks_to_the_phone_alone() {
    if rig::is_left_out() || !can_trace() {
        return;
    }
    let (computer, rig) = (Computer::new(), phone());
    let traced = traced(&computer, &acquire(&computer, &rig));
    assert_eq!(traced.code, Some(0), "{}", traced.talk);
    assert_eq!(canaries_in(&computer), COUNT);
    let folder = computer.case().display().to_string();
    let elsewhere: Vec<_> = traced.written.iter().filter(|call| !call.contains(&folder)).collect();
    assert_eq!(elsewhere, Vec::<&String>::new());
    let connects: Vec<_> =
        traced.network.iter().filter(|call| call.starts_with("connect(")).collect();
    let phone =
        format!("sin_port=htons({}), sin_addr=inet_addr(\"127.0.0.1\")", rig.address().port());
    assert!(
        !connects.is_empty() && connects.iter().all(|call| call.contains(&phone)),
        "{connects:?}"
    );
    for line in ["check CASE --json", "check CASE"] {
        let check = computer.unwatched(line).behind(&computer, &["env"]).output().unwrap();
        assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    }
    assert_eq!(found_below(computer.path()), Vec::<String>::new());
}

#[test]
fn a_session_that_was_killed_leaves_nothing_in_the_clear_and_is_gone_on_with() {
    if rig::is_left_out() || !can_trace() {
        return;
    }
    let (computer, rig) = (Computer::new(), phone());
    let mut kills = 0;
    for nth in [12, 40, 90, 150, 220] {
        let session = acquire(&computer, &rig);
        kills += usize::from(is_killed_at(nth, "write,fsync,fdatasync", &computer, &session));
        assert_eq!(found_below(computer.path()), Vec::<String>::new(), "killed at {nth}");
        if !case::is_case(&computer.case()) {
            // It never became one: an acquisition would say that something lies there.
            let _ = std::fs::remove_dir_all(computer.case());
        }
    }
    assert!(kills >= 3, "{kills}");
    // The next start goes on with the same case, and what was cut off is said.
    let run = |started: Started| {
        let mut command = started.behind(&computer, &["env"]);
        command.stdin(Stdio::null()).output().unwrap()
    };
    let again = run(acquire(&computer, &rig));
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    assert_eq!(canaries_in(&computer), COUNT);
    let first = run(computer.unwatched("check CASE/1"));
    let said = String::from_utf8_lossy(&first.stdout).replace('\n', " ");
    assert!(said.contains("it was cut off before its end"), "{said}");
    assert_eq!(found_below(computer.path()), Vec::<String>::new());
}
