//! The computer of a fresh user: a home, a folder for temporary files and the folders of the XDG
//! convention, all empty, and nothing else in the environment.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::phone::{FOLDER_VARIABLE, PASSPHRASE};

/// All of it lies in one folder, the case and what opens it too.
pub(crate) struct Computer {
    folder: TempDir,
}

impl Computer {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "tmp", "data", "config", "cache", "state", "runtime", "work"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("passphrase"), format!("{PASSPHRASE}\n")).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn case(&self) -> PathBuf {
        self.folder.path().join("work/case")
    }

    /// A program that this user starts.
    pub(crate) fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let at = |name: &str| self.folder.path().join(name);
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.current_dir(at("work")).env("HOME", at("home")).env("TMPDIR", at("tmp"));
        for (variable, name) in [
            ("XDG_DATA_HOME", "data"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_RUNTIME_DIR", "runtime"),
        ] {
            command.env(variable, at(name));
        }
        command
    }

    /// What starts the program that keeps the phone's answers in the case.
    pub(crate) fn acquire(&self) -> Started {
        let test = Started::of_test("phone::acquires_where_it_was_started_to", FOLDER_VARIABLE);
        Started { variables: vec![(FOLDER_VARIABLE, self.case())], ..test }
    }

    /// What starts `unwatched` with these words; `CASE` stands for the case.
    pub(crate) fn unwatched(&self, line: &str) -> Started {
        let case = self.case().display().to_string();
        let mut words: Vec<_> = line.split(' ').map(|word| word.replace("CASE", &case)).collect();
        let passphrase = self.folder.path().join("passphrase").display().to_string();
        words.extend(["--passphrase-file".to_owned(), passphrase]);
        let program = PathBuf::from(env!("CARGO_BIN_EXE_unwatched"));
        Started { program, words, variables: Vec::new() }
    }

    /// The digest of every file.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, String> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    files.insert(path.clone(), String::new());
                    folders.push(path);
                } else {
                    let digest = hex::encode(Sha256::digest(fs::read(&path).unwrap()));
                    files.insert(path, digest);
                }
            }
        }
        files
    }
}

/// A program and what it is told.
pub(crate) struct Started {
    pub(crate) program: PathBuf,
    pub(crate) words: Vec<String>,
    variables: Vec<(&'static str, PathBuf)>,
}

impl Started {
    /// One test of this program, with a variable that makes it do what it is for.
    pub(crate) fn of_test(name: &str, variable: &'static str) -> Self {
        let program = std::env::current_exe().unwrap();
        let words = ["--exact", name, "--test-threads=1"].map(str::to_owned).to_vec();
        Self { program, words, variables: vec![(variable, PathBuf::from("1"))] }
    }

    /// By this user, behind these words (`strace …`, `unshare …`).
    pub(crate) fn behind(&self, computer: &Computer, words: &[&str]) -> Command {
        let mut all: Vec<std::ffi::OsString> = words.iter().map(Into::into).collect();
        all.push(self.program.clone().into());
        all.extend(self.words.iter().map(Into::into));
        let mut command = computer.program(&all[0]);
        command.args(&all[1..]);
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command
    }
}
