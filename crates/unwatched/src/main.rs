//! `unwatched`: the helper's tool. It reads a phone's evidence and says what stands out.
//!
//! It opens no connection: indicators come to it as a file, and nothing goes out. What each
//! command does is told by `unwatched help` and lives in a file of the command's name.

use std::env;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use clap::Parser as _;
use jiff::Timestamp;
use unwatched::cli::Arguments;
use unwatched::computer::Computer;
use unwatched::stop::Stop;
use unwatched::{Surroundings, run};
use unwatched_acquire::live::Clock;

fn main() -> ExitCode {
    keep_memory_to_itself();
    let arguments = Arguments::parse();
    let asked = io::stdin().is_terminal() && io::stderr().is_terminal();
    let mut typed = io::stdin().lock();
    let stop = Stop::default();
    stop_when_told(&stop);
    let surroundings = Surroundings {
        now: now(),
        stop,
        variable: &|name| env::var_os(name),
        program: env::current_exe().ok(),
        computer: &|| Computer::look(&|name| env::var_os(name), Clock { now, running }),
        out: &mut io::stdout().lock(),
        talk: &mut io::stderr(),
        shows_progress: io::stderr().is_terminal(),
        answers: asked.then_some(&mut typed),
        ask_hidden: asked.then_some(&|prompt| rpassword::prompt_password(prompt)),
        clock: Clock { now, running },
        random: &mut random(),
    };
    run(&arguments, surroundings).into()
}

/// Since the first look at it.
#[expect(clippy::disallowed_methods, reason = "the one place where the checker measures time")]
fn running() -> Duration {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed()
}

#[expect(clippy::disallowed_methods, reason = "the one place where the checker draws by chance")]
fn random() -> impl rand::CryptoRng {
    rand::rng()
}

/// A crash must not write what came from a phone, or a key, to the disk. Where the system refuses,
/// nothing is lost but that.
#[cfg(target_os = "linux")]
fn keep_memory_to_itself() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

#[cfg(not(target_os = "linux"))]
fn keep_memory_to_itself() {}

#[expect(clippy::disallowed_methods, reason = "the one place where the checker reads the clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// Ctrl-C, a closed window, or being told to end: the screen is blank, one sentence says what
/// remains, and the process is gone with every key that it held.
fn stop_when_told(stop: &Stop) {
    let stop = stop.clone();
    let told = ctrlc::set_handler(move || {
        let mut screen = io::stderr();
        if screen.is_terminal() {
            let _ = write!(screen, "{BLANK}");
        }
        let _ = writeln!(screen, "{}", stop.sentence());
        std::process::exit(STOPPED);
    });
    if let Err(error) = told {
        eprintln!("notice: Ctrl-C ends this program without a word: {error}");
    }
}

/// Clears what is seen and what was seen before.
const BLANK: &str = "\u{1b}[2J\u{1b}[3J\u{1b}[H";
/// As shells have it for a program that Ctrl-C ended.
const STOPPED: i32 = 130;
