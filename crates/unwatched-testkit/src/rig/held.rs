//! A phone that holds still at one command: before it is carried out, or after it and before its
//! answer. Whoever waits for the answer can be killed there, at the same place each time. And who
//! may look at the phone's state while: its programs beside each other, or the test alone.

use std::fs::{self, File};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// Where it holds still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// The command came and is not carried out.
    Before,
    /// It was carried out, and nobody was told.
    After,
}

const WANTED: &str = "hold";
const REACHED: &str = "held";
/// How often a phone that holds still looks whether it may go on.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// From now on it holds still at this call, counted as the log counts them.
pub(super) fn want(folder: &Path, call: usize, hold: Hold) {
    let after = hold == Hold::After;
    let beside = folder.join("hold.new");
    fs::write(&beside, format!("{call} {after}")).expect("the rig's folder can be written");
    fs::rename(beside, folder.join(WANTED)).expect("the rig's folder can be written");
}

/// Whether it holds still.
pub(super) fn is_reached(folder: &Path) -> bool {
    folder.join(REACHED).exists()
}

/// It goes on; the command that it held is not carried out any more.
pub(super) fn let_go(folder: &Path) {
    for name in [WANTED, REACHED] {
        // It may not have come so far.
        let _ = fs::remove_file(folder.join(name));
    }
}

/// Where this call holds still, if it is the one.
pub fn hold_of(folder: &Path, call: usize) -> Option<Hold> {
    let text = fs::read_to_string(folder.join(WANTED)).ok()?;
    let (number, after) = text.split_once(' ')?;
    let hold = if after == "true" { Hold::After } else { Hold::Before };
    (number.parse() == Ok(call)).then_some(hold)
}

/// Holds still until it is let go, or the rig is gone.
pub fn hold_still(folder: &Path) {
    if fs::write(folder.join(REACHED), "").is_err() {
        return;
    }
    while folder.join(WANTED).exists() {
        thread::sleep(LOOK_EVERY);
    }
}

/// One of the phone's programs runs: others may, and nobody else looks at its state meanwhile.
pub fn among_programs(folder: &Path) -> File {
    let file = busy(folder);
    file.lock_shared().expect("the rig's folder can be locked");
    file
}

/// No program of the phone runs while this is held, also none that outlives who asked.
pub(super) fn alone(folder: &Path) -> File {
    let file = busy(folder);
    file.lock().expect("the rig's folder can be locked");
    file
}

fn busy(folder: &Path) -> File {
    let path = folder.join("busy");
    let file = File::options().create(true).append(true).open(path);
    file.expect("the rig's folder can be written")
}
