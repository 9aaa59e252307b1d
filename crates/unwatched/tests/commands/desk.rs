//! A helper's desk: a folder with files, a clock that stands still, and a transcript.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{BufRead, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use clap::Parser as _;
use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tempfile::TempDir;
use unwatched::cli::Arguments;
use unwatched::computer::Computer;
use unwatched::stop::Stop;
use unwatched::{Surroundings, run};
use unwatched_acquire::live::Clock;

/// Everything typed at it, with what came back.
pub(crate) struct Desk {
    folder: TempDir,
    now: Timestamp,
    transcript: String,
    redacted: Vec<(String, &'static str)>,
    typed: Option<String>,
    hidden: Option<VecDeque<String>>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let redacted = vec![(folder.path().display().to_string(), "DESK")];
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        Self { folder, now, transcript: String::new(), redacted, typed: None, hidden: None }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    /// Lets days pass.
    pub(crate) fn today_is(&mut self, day: &str) {
        self.now = format!("{day}T12:00:00Z").parse().unwrap();
        let _ = writeln!(self.transcript, "# {day}\n");
    }

    /// Shows `shown` wherever a text that differs at every run stands.
    pub(crate) fn redact(&mut self, text: impl Into<String>, shown: &'static str) {
        self.redacted.push((text.into(), shown));
    }

    /// The same for a text that only a command's output told, in what was shown already, too.
    pub(crate) fn hide(&mut self, text: &str, shown: &'static str) {
        self.transcript = self.transcript.replace(text, shown);
        self.redact(text, shown);
    }

    /// What is typed at the terminal when the next commands ask; without it there is no terminal.
    pub(crate) fn answers(&mut self, typed: &str) {
        self.typed = Some(typed.to_owned());
    }

    /// What is typed where nobody sees it, at each of the next commands; without it there is no
    /// terminal.
    pub(crate) fn types_hidden(&mut self, typed: &[&str]) {
        self.hidden = Some(typed.iter().map(|&line| line.to_owned()).collect());
    }

    /// Types one command; `@name` is a file on the desk. Hands back what came on stdout.
    #[track_caller]
    pub(crate) fn run(&mut self, line: &str, expected_code: u8) -> String {
        let (out, talk, code) = self.type_in(line);
        let _ = writeln!(self.transcript, "$ unwatched {line}\n{talk}{out}exit {code}\n");
        assert_eq!(code, expected_code, "{}", self.transcript);
        out
    }

    /// The same where only the talk is of interest: what a check says is the device's to test.
    #[track_caller]
    pub(crate) fn run_for_talk(&mut self, line: &str, expected_code: u8) -> String {
        let (out, talk, code) = self.type_in(line);
        let shown = if out.is_empty() { "" } else { "(the result)\n" };
        let _ = writeln!(self.transcript, "$ unwatched {line}\n{talk}{shown}exit {code}\n");
        assert_eq!(code, expected_code, "{}", self.transcript);
        out
    }

    /// Types one command that is refused; hands back what was said.
    #[track_caller]
    pub(crate) fn run_for_refusal(&mut self, line: &str, expected_code: u8) -> String {
        let (out, talk, code) = self.type_in(line);
        let _ = writeln!(self.transcript, "$ unwatched {line}\n{talk}{out}exit {code}\n");
        assert_eq!(code, expected_code, "{}", self.transcript);
        talk
    }

    /// Types one command that the transcript need not show; hands back its exit code.
    pub(crate) fn run_quietly(&self, line: &str) -> u8 {
        self.type_in(line).2
    }

    /// The same; hands back what came on stdout.
    pub(crate) fn run_quietly_for_data(&self, line: &str) -> String {
        self.type_in(line).0
    }

    fn type_in(&self, line: &str) -> (String, String, u8) {
        let words = line.split(' ').map(|word| match word.strip_prefix('@') {
            Some(name) => self.path(name).into_os_string(),
            None => OsString::from(word),
        });
        let arguments =
            Arguments::try_parse_from([OsString::from("unwatched")].into_iter().chain(words));
        let (mut out, mut talk) = (Vec::new(), Vec::new());
        let home = self.path("home");
        let mut typed = self.typed.as_deref().map(str::as_bytes);
        let hidden = RefCell::new(self.hidden.clone().unwrap_or_default());
        let asked = RefCell::new(Vec::new());
        let ask_hidden = self.hidden.as_ref().map(|_| {
            |prompt: &str| {
                asked.borrow_mut().extend_from_slice(format!("{prompt}\n").as_bytes());
                hidden.borrow_mut().pop_front().ok_or_else(|| ErrorKind::UnexpectedEof.into())
            }
        });
        let surroundings = Surroundings {
            now: self.now,
            stop: Stop::default(),
            variable: &|name| (name == "XDG_DATA_HOME").then(|| home.clone().into_os_string()),
            program: None,
            computer: &|| Computer { running: Some(vec!["init".to_owned()]), desk: None },
            out: &mut out,
            talk: &mut talk,
            shows_progress: false,
            answers: typed.as_mut().map(|typed| typed as &mut dyn BufRead),
            ask_hidden: ask_hidden.as_ref().map(|ask| ask as _),
            clock: Clock {
                now: || "2026-11-22T12:00:00Z".parse().unwrap(),
                running: || Duration::ZERO,
            },
            random: &mut StdRng::seed_from_u64(1),
        };
        let exit = run(&arguments.expect("the test types what is understood"), surroundings);
        let talk = [asked.take(), talk].concat();
        (self.shown(&out), self.shown(&talk), exit.code())
    }

    fn shown(&self, bytes: &[u8]) -> String {
        let mut text = String::from_utf8(bytes.to_vec()).unwrap();
        for (secret, shown) in &self.redacted {
            text = text.replace(secret, shown);
        }
        text
    }

    /// Compares everything so far with the committed transcript.
    #[track_caller]
    pub(crate) fn expect(&self, name: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commands").join(name);
        expect_file(&path, &self.transcript);
    }
}

/// Compares with a committed file, or writes it under `UPDATE_EXPECT=1`.
#[track_caller]
pub(crate) fn expect_file(path: &Path, actual: &str) {
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(path, actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    let differs = || actual.lines().zip(expected.lines()).position(|(now, then)| now != then);
    if actual != expected {
        let at = differs().unwrap_or_else(|| actual.lines().count().min(expected.lines().count()));
        let line = |text: &str| text.lines().nth(at).unwrap_or("(the end)").to_owned();
        panic!(
            "{} differs in line {}:\n  now:  {}\n  then: {}\nUPDATE_EXPECT=1 writes it anew",
            path.display(),
            at + 1,
            line(actual),
            line(&expected)
        );
    }
}
