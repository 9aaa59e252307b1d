//! The helper's tool, with a data folder of its own.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::programs::{self, Ended};

/// One helper's laptop: what is installed on it stays until it is dropped.
pub struct Checker {
    home: TempDir,
}

impl Default for Checker {
    fn default() -> Self {
        Self::new()
    }
}

impl Checker {
    /// With nothing installed.
    pub fn new() -> Self {
        Self { home: TempDir::new().expect("a temporary folder") }
    }

    /// Where it keeps its indicators and the pinned key.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs `unwatched` with these words.
    pub fn run<W: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = W>) -> Ended {
        let mut command = programs::command("unwatched");
        command.args(words).env("UNWATCHED_HOME", self.home());
        programs::run(&mut command, "")
    }

    /// The result of `check --json`.
    #[track_caller]
    pub fn check(&self, evidence: &Path) -> Value {
        let stdout =
            self.run([OsStr::new("check"), evidence.as_os_str(), OsStr::new("--json")]).ok();
        serde_json::from_str(&stdout).expect("check --json prints JSON")
    }

    /// Installs a release, with the key where it is the first.
    pub fn update(&self, bundle: &Path, key: Option<&Path>) -> Ended {
        let mut words = vec![OsStr::new("update"), bundle.as_os_str()];
        if let Some(key) = key {
            words.extend([OsStr::new("--key"), key.as_os_str()]);
        }
        self.run(words)
    }
}
