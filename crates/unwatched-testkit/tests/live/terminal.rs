//! The program at a terminal: what it says is read as it comes, what somebody types is written to
//! it, and it can be killed at any word.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use nix::pty::openpty;
use unwatched_testkit::programs;

/// The longest that is waited for the next word.
const PATIENCE: Duration = Duration::from_mins(2);

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
            let rest = &self.seen[self.read..];
            let found = words
                .iter()
                .enumerate()
                .filter_map(|(which, word)| rest.find(word).map(|at| (at + word.len(), which)));
            if let Some((to, which)) = found.min() {
                self.read += to;
                return Some(which);
            }
            match self.screen.recv_timeout(PATIENCE) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes).replace('\r', "")),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return None,
                Err(error) => panic!("it says nothing more ({error}) after: {}", self.seen),
            }
        }
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
