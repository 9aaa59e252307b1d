//! Programs that are killed at any point: nothing of the phone lies in the clear, and the next start
//! says truthfully what is there.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Stdio;

use unwatched_acquire::case::{self, CaseError, Writer};

use super::canaries::found_below;
use super::computer::{Computer, Started};
use super::phone::{acquire_twice, answers, clock, secret};
use super::traced::can_trace;

/// What changes something on the disk, and what comes just before.
const CALLS: &str = "write,openat,fsync,fdatasync,rename,ftruncate,utimensat,flock,mkdir";
const SIGKILL: i32 = 9;

/// Kills the program at the nth such call; `false` when it ended before.
pub(crate) fn is_killed_at(nth: u32, calls: &str, computer: &Computer, started: &Started) -> bool {
    let inject = format!("inject={calls}:signal=KILL:when={nth}");
    let words = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &inject];
    let mut command = started.behind(computer, &words);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().unwrap().signal() == Some(SIGKILL)
}

/// Every nth point, or every single one where `UNWATCHED_EVERY_POINT` is set.
fn step(usual: u32) -> usize {
    let each = std::env::var_os("UNWATCHED_EVERY_POINT").is_some();
    usize::try_from(if each { 1 } else { usual }).unwrap()
}

#[test]
fn an_acquisition_that_was_killed_leaves_nothing_in_the_clear_and_says_where_it_stopped() {
    if !can_trace() {
        return;
    }
    let expected: BTreeMap<_, _> =
        answers().into_iter().map(|(name, _, bytes)| (name, bytes)).collect();
    let mut stopped = BTreeMap::new();
    for nth in (1..).step_by(step(17)) {
        let computer = Computer::new();
        let killed = is_killed_at(nth, CALLS, &computer, &computer.acquire());
        assert_eq!(found_below(computer.path()), Vec::<String>::new(), "killed at {nth}");
        *stopped.entry(truthful(&computer.case(), &expected)).or_insert(0) += 1;
        if !killed {
            break;
        }
    }
    // Before there was a case, within either acquisition, and after both.
    assert!(stopped.len() >= 4, "{stopped:?}");
}

/// How far a killed acquisition came, by what the case says; what it says is whole is whole.
fn truthful(folder: &Path, expected: &BTreeMap<String, Vec<u8>>) -> &'static str {
    let case = match case::open(folder, &secret()) {
        Ok(case) => case,
        Err(CaseError::NoCase(_)) => return "no case",
        Err(other) => panic!("{other}"),
    };
    for held in case.acquisitions().iter().flat_map(|acquisition| &acquisition.streams) {
        let mut bytes = Vec::new();
        let read = case.stream(held).and_then(|mut stream| stream.read_to_end(&mut bytes));
        let all = &expected[&held.name];
        if held.ended.is_some() {
            assert!(read.is_ok() && bytes == *all, "{}: {} bytes", held.name, bytes.len());
        } else {
            assert!(read.is_err() && all.starts_with(&bytes), "{}", held.name);
        }
    }
    let ended = case.acquisitions().iter().map(|acquisition| acquisition.ended.is_some());
    let how = match ended.collect::<Vec<_>>()[..] {
        [] => "nothing was asked",
        [false] => "in the first",
        [true] => "between",
        [true, false] => "in the second",
        [true, true] => "after both",
        _ => panic!("a second acquisition without the first's end"),
    };
    drop(case);
    // And it is gone on with.
    let writer = Writer::resume(folder, &secret(), clock()).unwrap();
    writer.begin_acquisition("unwatched").unwrap();
    assert_eq!(writer.case().unwrap().problems(), Vec::<String>::new());
    how
}

#[test]
fn a_check_that_was_killed_leaves_everything_as_it_was() {
    if !can_trace() {
        return;
    }
    let computer = Computer::new();
    acquire_twice(&computer.case());
    let before = computer.files();
    let check = computer.unwatched("check CASE --compare CASE/1");
    let mut kills = 0;
    for nth in (1..).step_by(step(20)) {
        if !is_killed_at(nth, "all", &computer, &check) {
            break;
        }
        kills += 1;
        assert_eq!(computer.files(), before, "killed at {nth}");
    }
    assert!(kills >= 5, "{kills}");
    assert_eq!(found_below(computer.path()), Vec::<String>::new());
}
