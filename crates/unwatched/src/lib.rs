//! The helper's commands: what `unwatched` does, reachable by tests without a process.
//!
//! Evidence is opened by `unwatched-acquire`, judged by `unwatched-device`, and releases are
//! verified by `unwatched-formats`; here is what lies between them and the person at the desk.

mod acquire;
mod ask;
mod check;
pub mod cli;
mod close;
mod closing;
pub mod computer;
mod data_folder;
mod doctor;
mod evidence;
pub mod exit;
mod indicators;
mod key;
mod leave_nothing;
mod log;
mod opening;
pub mod passphrase;
mod plan;
mod progress;
mod removal;
mod remove;
pub mod stop;
mod tallies;
mod update;
mod whole_file;
mod windows_names;
mod words;

use std::ffi::OsString;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;

use jiff::Timestamp;

use cli::{Arguments, Command};
use computer::Computer;
use data_folder::DataFolder;
use exit::{Exit, Failure};
use passphrase::AskHidden;
use rand::CryptoRng;
use stop::Stop;
use unwatched_acquire::live::Clock;

/// What a command may know and reach besides its arguments.
pub struct Surroundings<'a> {
    /// The time it is.
    pub now: Timestamp,
    /// What to say when somebody stops it.
    pub stop: Stop,
    /// The environment.
    pub variable: &'a dyn Fn(&str) -> Option<OsString>,
    /// The file that this program is, where the system can say.
    pub program: Option<PathBuf>,
    /// What of this computer decides whether phones can be reached; it is looked at when asked.
    pub computer: &'a dyn Fn() -> Computer,
    /// Data: what was found.
    pub out: &'a mut dyn Write,
    /// Talk: what is going on, and what went wrong.
    pub talk: &'a mut dyn Write,
    /// Whether somebody watches a terminal.
    pub shows_progress: bool,
    /// What is typed at a terminal; `None` where there is nobody to ask.
    pub answers: Option<&'a mut dyn BufRead>,
    /// Asks for what must not be shown as it is typed; `None` where there is no terminal.
    pub ask_hidden: Option<AskHidden<'a>>,
    /// The clock that goes on while a phone is talked to.
    pub clock: Clock,
    /// For the key that a phone is shown.
    pub random: &'a mut dyn CryptoRng,
}

/// Runs one command and says how it ended.
pub fn run(arguments: &Arguments, mut surroundings: Surroundings<'_>) -> Exit {
    match dispatch(arguments, &mut surroundings) {
        Ok(()) => Exit::Done,
        Err(failure) if failure.is_closed_pipe() => Exit::Done,
        Err(failure) => {
            // Nobody is left to tell when this fails.
            let _ = failure.tell(surroundings.talk);
            failure.exit
        }
    }
}

fn dispatch(arguments: &Arguments, surroundings: &mut Surroundings<'_>) -> Result<(), Failure> {
    let folder = DataFolder::find(
        arguments.home.as_deref(),
        surroundings.program.as_deref(),
        surroundings.variable,
    )?;
    match &arguments.command {
        Command::Acquire(acquire) => acquire::run(acquire, &folder, surroundings),
        Command::Check(check) => check::run(check, &folder, surroundings),
        Command::Plan(plan) => plan::run(plan, &folder, surroundings),
        Command::Remove(remove) => remove::run(remove, &folder, surroundings),
        Command::Close(close) => close::run(close, &folder, surroundings),
        Command::Evidence(evidence) => evidence::run(evidence, &folder, surroundings),
        Command::LeaveNothing(leave) => leave_nothing::run(leave, &folder, surroundings),
        Command::Update(update) => update::run(update, &folder, surroundings),
        Command::Doctor => doctor::run(&folder, surroundings),
    }
}

/// Writes data out whole.
fn print(surroundings: &mut Surroundings<'_>, text: &str) -> io::Result<()> {
    surroundings.out.write_all(text.as_bytes())?;
    surroundings.out.flush()
}
