//! Two desks with the same files: at one sits the checker for Windows, at the other the one built
//! for this machine. Both are told the same, and what they say and write is compared.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, ensure};

use super::wine::Wine;

/// What a command said and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) code: i32,
    pub(super) out: Vec<u8>,
    pub(super) talk: String,
}

/// Both.
pub(super) struct Desks {
    wine: Wine,
    folder: PathBuf,
    windows: PathBuf,
    linux: PathBuf,
}

impl Desks {
    /// In a folder, with these two programs.
    pub(super) fn new(wine: Wine, folder: &Path, windows: &Path, linux: &Path) -> Result<Self> {
        let desks = Self {
            wine,
            folder: folder.to_owned(),
            windows: folder.join("stick/unwatched.exe"),
            linux: linux.to_owned(),
        };
        // Alone in its folder, as on a stick.
        fs::create_dir(folder.join("stick")).context("make a folder")?;
        fs::copy(windows, &desks.windows).context("copy the program to its stick")?;
        for name in ["windows", "linux"] {
            fs::create_dir(folder.join(name)).context("make a desk")?;
        }
        Ok(desks)
    }

    /// Where the program for Windows works; its neighbour is `linux`.
    pub(super) fn at(&self, name: &str) -> PathBuf {
        self.folder.join("windows").join(name)
    }

    /// The same file on the other desk.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.folder.join("linux").join(name)
    }

    /// The folder in which the program for Windows lies.
    pub(super) fn stick(&self) -> PathBuf {
        self.folder.join("stick")
    }

    /// Puts the same onto both: it is written once, for some of it differs at every writing.
    pub(super) fn furnish(&self, put: impl Fn(&Path) -> Result<()>) -> Result<()> {
        let parts = tempfile::tempdir_in(&self.folder).context("make a folder")?;
        put(parts.path())?;
        for desk in ["windows", "linux"] {
            let mut copy = Command::new("cp");
            copy.args(["-R", "."]).arg(self.folder.join(desk)).current_dir(parts.path());
            ensure!(copy.status().context("start cp")?.success(), "cannot copy to a desk");
        }
        Ok(())
    }

    /// Copies a folder that the program for Windows wrote to the other desk.
    pub(super) fn hand_over(&self, name: &str) -> Result<()> {
        let copied = Command::new("cp").arg("-R").args([self.at(name), self.beside("")]).status();
        ensure!(copied.context("start cp")?.success(), "cannot copy {name}");
        Ok(())
    }

    /// The command for Windows, in its folder.
    pub(super) fn command<W: AsRef<OsStr>>(&self, words: &[W]) -> Command {
        let mut command = self.wine.program(&self.windows);
        command.args(words).current_dir(self.at(""));
        command
    }

    /// What Windows says.
    pub(super) fn windows<W: AsRef<OsStr>>(&self, words: &[W]) -> Result<Said> {
        said(&mut self.command(words))
    }

    /// What both say, which must be the same but for how paths are written; `--home home` is added.
    pub(super) fn both<W: AsRef<OsStr>>(&self, words: &[W]) -> Result<Said> {
        let mut all: Vec<&OsStr> = words.iter().map(AsRef::as_ref).collect();
        all.extend([OsStr::new("--home"), OsStr::new("home")]);
        let windows = self.windows(&all)?;
        let mut here = Command::new(&self.linux);
        here.args(&all).current_dir(self.beside("")).stdin(Stdio::null());
        here.env_remove("UNWATCHED_PASSPHRASE");
        let linux = said(&mut here)?;
        ensure!(windows.code == linux.code, "{} here, {}", linux.code, shown(&windows));
        ensure!(
            without_minute(&windows.out) == without_minute(&linux.out),
            "another result than here: {}",
            first_difference(&windows.out, &linux.out)
        );
        let (there, here) = (alike(&windows.talk.replace('\\', "/")), alike(&linux.talk));
        ensure!(there == here, "said: {there}\nhere: {here}");
        Ok(windows)
    }

    /// Both, ended with this code.
    pub(super) fn both_end<W: AsRef<OsStr>>(&self, words: &[W], code: i32) -> Result<Said> {
        let said = self.both(words)?;
        ensure!(said.code == code, "ended with {} instead of {code}: {}", said.code, shown(&said));
        Ok(said)
    }

    /// A file that both wrote, which must hold the same bytes.
    pub(super) fn same_file(&self, name: &str) -> Result<Vec<u8>> {
        let read =
            |path: PathBuf| fs::read(&path).with_context(|| format!("read {}", path.display()));
        let (windows, linux) = (read(self.at(name))?, read(self.beside(name))?);
        let (windows, linux) = (without_minute(&windows), without_minute(&linux));
        ensure!(windows == linux, "{name}: {}", first_difference(&windows, &linux));
        Ok(windows)
    }
}

/// Without the minute at which a report says that it was made: two runs may have one between them.
fn without_minute(bytes: &[u8]) -> Vec<u8> {
    const AFTER: &[u8] = b" UTC by unwatched";
    let mut bytes = bytes.to_owned();
    let ends = bytes.windows(AFTER.len()).enumerate().filter(|(_, window)| *window == AFTER);
    for end in ends.map(|(at, _)| at).collect::<Vec<_>>() {
        bytes[end.saturating_sub("00:00".len())..end].fill(b'_');
    }
    bytes
}

/// Without the words and numbers that are the system's own: `... (os error 2)`.
fn alike(talk: &str) -> String {
    let line = |line: &str| match line.split_once(" (os error ") {
        Some((before, after)) => {
            let ours = before.rsplit_once(": ").map_or("", |(ours, _)| ours);
            let rest = after.split_once(')').map_or("", |(_, rest)| rest);
            format!("{ours}: (what the system says){rest}\n")
        }
        None => format!("{line}\n"),
    };
    talk.lines().map(line).collect()
}

fn said(command: &mut Command) -> Result<Said> {
    let Output { status, stdout, stderr } = command.output().context("start a program")?;
    let code = status.code().context("it was killed")?;
    Ok(Said {
        code,
        out: stdout,
        talk: String::from_utf8(stderr).context("its talk is not UTF-8")?,
    })
}

fn shown(said: &Said) -> String {
    format!("{} {} {}", said.code, String::from_utf8_lossy(&said.out), said.talk)
}

fn first_difference(one: &[u8], other: &[u8]) -> String {
    let at = one.iter().zip(other).position(|(a, b)| a != b).unwrap_or(one.len().min(other.len()));
    let part = |bytes: &[u8]| {
        let end = bytes.len().min(at + 60);
        String::from_utf8_lossy(&bytes[at.saturating_sub(30).min(end)..end]).into_owned()
    };
    format!("byte {at}: {:?} and {:?}", part(one), part(other))
}
