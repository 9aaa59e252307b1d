//! The program at a terminal: what it says is read as it comes, what somebody types is written to
//! it, and it can be killed at any word.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use nix::pty::openpty;
use unwatched_testkit::programs;

/// The longest that is waited for the next word.
const PATIENCE: Duration = Duration::from_mins(2);
/// How often something else is looked at meanwhile.
const LOOKS: u32 = 6_000;

/// What ended a wait for a word or for something else.
pub(crate) enum Waited {
    /// Which of the words was said.
    Heard(usize),
    /// What was looked at meanwhile is so.
    IsSo,
    /// The program ended before.
    Ended,
}

/// One run of `unwatched`.
pub(crate) struct Terminal {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    seen: String,
    read: usize,
}

impl Terminal {
    pub(crate) fn start(home: &Path, words: &[&str]) -> Self {
        let pty = openpty(None, None).expect("a terminal");
        let (master, slave): (OwnedFd, OwnedFd) = (pty.master, pty.slave);
        let mut command = Command::new(programs::bin("unwatched"));
        command.args(words).env_clear().env("HOME", home);
        command
            .env("UNWATCHED_HOME", home.join("home"))
            .env("UNWATCHED_PASSPHRASE", "made-up words");
        command.stdin(slave.try_clone().expect("another end"));
        command.stdout(slave.try_clone().expect("another end")).stderr(slave);
        let child = command.spawn().expect("unwatched starts");
        // The last of our own ends: the terminal ends with the program.
        drop(command);
        let mut from = File::from(master.try_clone().expect("another end"));
        let (sender, screen) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { child, keyboard: File::from(master), screen, seen: String::new(), read: 0 }
    }

    /// Reads on until one of these words; says which, or `None` when the program ended before.
    pub(crate) fn until(&mut self, words: &[&str]) -> Option<usize> {
        loop {
            if let Some(which) = self.heard(words) {
                return Some(which);
            }
            match self.screen.recv_timeout(PATIENCE) {
                Ok(bytes) => self.keep(&bytes),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(error) => panic!("it says nothing more ({error}) after: {}", self.seen),
            }
        }
    }

    /// The same, and looks meanwhile whether something else is so.
    pub(crate) fn until_or(&mut self, words: &[&str], mut is_so: impl FnMut() -> bool) -> Waited {
        for _ in 0..LOOKS {
            if let Some(which) = self.heard(words) {
                return Waited::Heard(which);
            }
            if is_so() {
                return Waited::IsSo;
            }
            match self.screen.recv_timeout(PATIENCE / LOOKS) {
                Ok(bytes) => self.keep(&bytes),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Waited::Ended,
            }
        }
        panic!("it says nothing more after: {}", self.seen)
    }

    /// Which of these words was said first of what was not looked at yet.
    fn heard(&mut self, words: &[&str]) -> Option<usize> {
        let rest = &self.seen[self.read..];
        let ends = |(which, word): (usize, &&str)| Some((rest.find(word)? + word.len(), which));
        let (to, which) = words.iter().enumerate().filter_map(ends).min()?;
        self.read += to;
        Some(which)
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.seen.push_str(&String::from_utf8_lossy(bytes).replace('\r', ""));
    }

    pub(crate) fn types(&mut self, line: &str) {
        writeln!(self.keyboard, "{line}").expect("the terminal takes it");
    }

    /// Everything that was on the screen so far.
    pub(crate) fn seen(&self) -> &str {
        &self.seen
    }

    pub(crate) fn process(&self) -> nix::unistd::Pid {
        nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).expect("it is small"))
    }

    pub(crate) fn kill(mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        std::mem::take(&mut self.seen)
    }

    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        while self.until(&["\u{0}"]).is_some() {}
        (self.child.wait().expect("it ends"), std::mem::take(&mut self.seen))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
