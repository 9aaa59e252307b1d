//! The exchange as an operator runs it: its commands over a data folder, and its server.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::client::Client;
use crate::programs::{self, Ended};

/// An unoptimised server on a busy machine answers well within this.
const PATIENCE: Duration = Duration::from_mins(1);

/// An operator's exchange: a data folder, and the database where it is not inside it.
#[derive(Debug, Clone)]
pub struct Operator {
    data: PathBuf,
    settings: Vec<(String, String)>,
}

impl Operator {
    /// Over a data folder, with the database inside it.
    pub fn new(data: &Path) -> Self {
        Self { data: data.to_path_buf(), settings: Vec::new() }
    }

    /// The same with its rows at `url`.
    #[must_use]
    pub fn with_database(self, url: &str) -> Self {
        self.with("UNWATCHED_DATABASE__URL", url)
    }

    /// The same with a setting of its configuration.
    #[must_use]
    pub fn with(mut self, variable: &str, value: &str) -> Self {
        self.settings.push((variable.to_owned(), value.to_owned()));
        self
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = programs::command("unwatched-exchange");
        command.args(words).arg("--data").arg(&self.data);
        for (variable, value) in &self.settings {
            command.env(variable, value);
        }
        command
    }

    /// Runs one command to its end.
    pub fn run(&self, words: &[&str]) -> Ended {
        self.run_with(words, "")
    }

    /// Runs one command that reads its stdin.
    pub fn run_with(&self, words: &[&str], input: &str) -> Ended {
        programs::run(&mut self.command(words), input)
    }

    /// Takes in a partner, and gives the token of a program of theirs.
    pub fn join(&self, partner: &str, category: &str, role: &str) -> String {
        self.run(&["admin", "partner", "add", partner, "--category", category]).ok();
        self.run(&["admin", "token", "create", "--partner", partner, "--role", role]).ok()
    }

    /// Starts one command that is not expected to be let come to its end.
    pub fn begin(&self, words: &[&str]) -> Begun {
        Begun::start(&mut self.command(words))
    }

    /// Starts the server on a free port and waits until it is ready.
    #[track_caller]
    pub fn serve(&self) -> Exchange {
        Exchange::start(&mut self.command(&["serve", "--listen", "127.0.0.1:0"]))
    }

    /// Starts the server without workers beside it.
    #[track_caller]
    pub fn serve_without_worker(&self) -> Exchange {
        let words = ["serve", "--listen", "127.0.0.1:0", "--no-worker"];
        Exchange::start(&mut self.command(&words))
    }

    /// Starts a worker of its own.
    pub fn work(&self) -> Worker {
        let mut command = self.command(&["worker"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Worker { child: command.spawn().expect("the worker starts") }
    }
}

/// A command that was begun.
pub struct Begun {
    child: Child,
    ended: Receiver<()>,
}

impl Begun {
    fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command starts");
        let stderr = child.stderr.take().expect("stderr was piped");
        let (end, ended) = channel();
        thread::spawn(move || {
            // Its stderr closes when it ends.
            let _ = BufReader::new(stderr).lines().map_while(Result::ok).count();
            drop(end);
        });
        Self { child, ended }
    }

    /// Kills it after a while, as a loss of power would; `None` then. What it ended with, when it
    /// came to its end before.
    pub fn kill_after(mut self, while_: Duration) -> Option<ExitStatus> {
        if self.ended.recv_timeout(while_) == Err(RecvTimeoutError::Disconnected) {
            return self.child.wait().ok();
        }
        let _ = self.child.kill();
        // What was over when it was to be killed has its own end.
        self.child.wait().ok().filter(|ended| ended.code().is_some())
    }
}

/// A running worker; it is killed when dropped, which harms nothing.
pub struct Worker {
    child: Child,
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A running server; it is drained when dropped.
pub struct Exchange {
    child: Child,
    base: String,
    said: Receiver<String>,
    before_ready: Vec<String>,
}

impl Exchange {
    /// Starts a command that serves, and waits for its address.
    #[track_caller]
    pub fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the exchange starts");
        let stderr = child.stderr.take().expect("stderr was piped");
        let (say, said) = channel();
        // Read to its end, so that a server that talks much is never held up.
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let _ = say.send(line);
            }
        });
        let mut before_ready = Vec::new();
        let base = loop {
            let Ok(line) = said.recv_timeout(PATIENCE) else {
                let _ = child.kill();
                panic!("the exchange is not ready; it said:\n{}", before_ready.join("\n"));
            };
            let address = line.split_once("listening on http://").map(|(_, address)| address);
            let base = address.map(|address| format!("http://{}", address.trim()));
            before_ready.push(line);
            if let Some(base) = base {
                break base;
            }
        };
        Self { child, base, said, before_ready }
    }

    /// Its address, such as `http://127.0.0.1:40123`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// A client without a token.
    pub fn client(&self) -> Client {
        Client::new(&self.base)
    }

    /// What it has said so far.
    pub fn log(&mut self) -> String {
        self.before_ready.extend(self.said.try_iter());
        self.before_ready.join("\n")
    }

    /// Asks it to end as an operator would, and waits until it has.
    #[track_caller]
    pub fn stop(mut self) -> ExitStatus {
        self.end().expect("the exchange ends when asked to")
    }

    /// Ends it without a word, as a loss of power would.
    pub fn kill(mut self) {
        self.die();
    }

    /// The same for one that is looked at afterwards.
    pub fn die(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn end(&mut self) -> Option<ExitStatus> {
        if let Ok(Some(ended)) = self.child.try_wait() {
            return Some(ended);
        }
        let process = Pid::from_raw(self.child.id().cast_signed());
        kill(process, Signal::SIGTERM).ok()?;
        // Its stderr closes when it ends.
        loop {
            match self.said.recv_timeout(PATIENCE) {
                Ok(line) => self.before_ready.push(line),
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().ok(),
                Err(RecvTimeoutError::Timeout) => return None,
            }
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if self.end().is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        if thread::panicking() {
            eprintln!("the exchange said:\n{}", self.before_ready.join("\n"));
        }
    }
}
