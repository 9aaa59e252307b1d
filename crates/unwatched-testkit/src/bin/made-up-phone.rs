//! What stands on the rig's phone in the place of `pm`, `dumpsys`, `settings` and the like: called
//! by one of their names, it answers as a made-up phone, notes the call, and keeps what was changed.
//!
//! It lies in a folder `bin` beside `state` (which phone, and what was changed since) and `log`
//! (one JSON list of words a line).

use std::env;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sha2::{Digest as _, Sha256};
use unwatched_fixtures::phone::population::Answer;
use unwatched_testkit::rig::held::{Hold, among_programs, hold_of, hold_still};
use unwatched_testkit::rig::state::State;

fn main() -> ExitCode {
    let mut words: Vec<String> = env::args().collect();
    let called = PathBuf::from(&words[0]);
    words[0] = called.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let folder = home(&called);
    let _running = among_programs(&folder);
    let call = note(&folder, &words);
    let hold = hold_of(&folder, call);
    if hold == Some(Hold::Before) {
        hold_still(&folder);
        return ExitCode::FAILURE;
    }
    let answer = carry_out(&folder, &words);
    if hold == Some(Hold::After) {
        hold_still(&folder);
        return ExitCode::FAILURE;
    }
    say(&answer)
}

/// Does it, and has the answer.
fn carry_out(folder: &Path, words: &[String]) -> Answer {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let ["sha256sum", path] = words[..] {
        return digest(folder, path);
    }
    if let Some(recorded) = State::recorded(folder, &words) {
        return recorded;
    }
    let mut state = State::read(folder);
    let Some(answer) = state.answer(&words) else {
        return refused(format!("/system/bin/sh: {}: inaccessible or not found\n", words[0]), 127);
    };
    if answer.changed {
        state.changed_by(&words);
        state.write(folder);
        State::forget_records(folder);
    }
    answer
}

fn refused(aside: String, code: u8) -> Answer {
    Answer { out: String::new(), aside, code, changed: false }
}

fn say(answer: &Answer) -> ExitCode {
    // Whoever asked may be gone.
    let _ = std::io::stdout().write_all(answer.out.as_bytes());
    let _ = std::io::stderr().write_all(answer.aside.as_bytes());
    ExitCode::from(answer.code)
}

/// The folder above `bin`, by the name that this was called by.
fn home(called: &Path) -> PathBuf {
    let by_path = || {
        env::split_paths(&env::var_os("PATH")?)
            .map(|folder| folder.join(called))
            .find(|path| path.is_file())
    };
    let whole = if called.components().count() > 1 { Some(called.to_owned()) } else { by_path() };
    let whole = whole.expect("it was called by some path");
    whole.parent().and_then(Path::parent).expect("it lies in a folder bin").to_owned()
}

/// Calls may come at the same time: one write of a whole line. Says which call it is, counted from
/// 1.
fn note(folder: &Path, words: &[String]) -> usize {
    let line = serde_json::to_string(words).expect("words are text") + "\n";
    let path = folder.join("log");
    let log = OpenOptions::new().create(true).append(true).open(&path);
    log.and_then(|mut log| log.write_all(line.as_bytes())).expect("the log can be written");
    fs::read_to_string(path).expect("the log can be read").lines().count()
}

fn digest(folder: &Path, path: &str) -> Answer {
    let Ok(mut bytes) = fs::read(path) else {
        return refused(format!("sha256sum: {path}: No such file or directory\n"), 1);
    };
    // A phone that lies about its files.
    if folder.join("lies").exists() {
        bytes.push(0);
    }
    let out = format!("{}  {path}\n", hex::encode(Sha256::digest(&bytes)));
    Answer { out, aside: String::new(), code: 0, changed: false }
}
