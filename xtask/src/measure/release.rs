//! The programs that measurements run: release builds, as people run them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::{cargo, house};

/// The two programs.
pub(super) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Those in this folder, built already; without one, they are built.
    pub(super) fn of(folder: Option<&Path>) -> Result<Self> {
        match folder {
            Some(folder) => Ok(Self { folder: folder.to_owned() }),
            None => Self::build(),
        }
    }

    /// Builds both.
    pub(super) fn build() -> Result<Self> {
        let mut build = cargo::cargo();
        build.args(["build", "--release", "--locked"]);
        build.args(["--package", "unwatched-exchange", "--package", "unwatched"]);
        cargo::run(&mut build)?;
        Ok(Self { folder: house::target().join("release") })
    }

    /// `unwatched-exchange` with these words.
    pub(super) fn exchange(&self, words: &[&str]) -> Command {
        self.program("unwatched-exchange", words)
    }

    /// `unwatched` with these words.
    pub(super) fn checker(&self, words: &[&str]) -> Command {
        self.program("unwatched", words)
    }

    fn program(&self, name: &str, words: &[&str]) -> Command {
        let mut command = Command::new(self.folder.join(name));
        command.args(words);
        command
    }
}
