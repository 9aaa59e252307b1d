//! The folder where the checker keeps what it knows: one release, whose keys it believes, and how far
//! it has seen the exchange's log; and numbers by quarter (`tallies.rs`). Nothing of any phone is ever
//! kept here.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::exit::{Exit, Failure};
use crate::whole_file::write_whole;

/// A folder of this name beside the program is the data folder: on a stick, all lies together.
const BESIDE_THE_PROGRAM: &str = "unwatched-data";

/// Where indicators and key lie.
#[derive(Debug, Clone)]
pub(crate) struct DataFolder {
    path: PathBuf,
}

impl DataFolder {
    /// The named folder; or the one beside the program, where somebody made it; or where this
    /// system keeps a program's data. Nothing is created yet.
    pub(crate) fn find(
        named: Option<&Path>,
        program: Option<&Path>,
        variable: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Failure> {
        if let Some(named) = named {
            return Ok(Self { path: named.to_path_buf() });
        }
        let beside = program.and_then(Path::parent).map(|folder| folder.join(BESIDE_THE_PROGRAM));
        if let Some(path) = beside.filter(|path| path.is_dir()) {
            return Ok(Self { path });
        }
        // An empty or relative value counts as unset, as the XDG convention asks.
        let folder =
            |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let base = if cfg!(windows) {
            folder("LOCALAPPDATA")
        } else {
            folder("XDG_DATA_HOME").or_else(|| Some(folder("HOME")?.join(".local/share")))
        };
        let base = base.ok_or_else(|| {
            Failure::said(Exit::Refused, "no folder to keep indicators in")
                .with_hint("Name one with --home DIR or in UNWATCHED_HOME.")
        })?;
        Ok(Self { path: base.join("unwatched") })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The installed release's bundle, if there is one.
    pub(crate) fn bundle(&self) -> anyhow::Result<Option<Vec<u8>>> {
        read(&self.path.join("bundle"))
    }

    /// The key pinned at first use, if there is one.
    pub(crate) fn key(&self) -> anyhow::Result<Option<Vec<u8>>> {
        read(&self.path.join("key.pub"))
    }

    /// The newest checkpoint of the log that was seen, if there is one.
    pub(crate) fn seen(&self) -> anyhow::Result<Option<Vec<u8>>> {
        read(&self.path.join("log"))
    }

    /// What "leave nothing" counted, if it ever did.
    pub(crate) fn tallies(&self) -> anyhow::Result<Option<Vec<u8>>> {
        read(&self.path.join("tallies.json"))
    }

    /// Remembers how far the log was seen.
    pub(crate) fn see(&self, checkpoint: &[u8]) -> anyhow::Result<()> {
        write_whole(&self.path.join("log"), checkpoint)
    }

    /// Replaces the installed release in one rename.
    pub(crate) fn install(&self, bundle: &[u8]) -> anyhow::Result<()> {
        write_whole(&self.path.join("bundle"), bundle)
    }

    /// Remembers the key.
    pub(crate) fn pin(&self, key: &[u8]) -> anyhow::Result<()> {
        write_whole(&self.path.join("key.pub"), key)
    }

    /// Creates the folder and keeps other updates out until the lock is dropped, so that of two at
    /// once the older never replaces the newer.
    pub(crate) fn lock(&self) -> anyhow::Result<File> {
        let create = || {
            fs::create_dir_all(&self.path)?;
            let lock = File::create(self.path.join("lock"))?;
            lock.lock()?;
            Ok::<_, io::Error>(lock)
        };
        create().with_context(|| format!("{} cannot be written to", self.path.display()))
    }
}

fn read(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn check(named: Option<&str>, variables: &[(&str, &str)], expected: Option<&str>) {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let found = DataFolder::find(named.map(Path::new), None, &variable).ok();
        assert_eq!(found.as_ref().map(DataFolder::path), expected.map(Path::new));
    }

    #[test]
    fn the_named_folder_stands_above_the_systems() {
        let both = [("HOME", "/h"), ("XDG_DATA_HOME", "/x")];
        check(Some("here"), &both, Some("here"));
        check(None, &both, Some("/x/unwatched"));
        check(None, &[("HOME", "/h")], Some("/h/.local/share/unwatched"));
        check(None, &[("HOME", "/h"), ("XDG_DATA_HOME", "")], Some("/h/.local/share/unwatched"));
        check(None, &[], None);
    }

    #[test]
    fn a_folder_beside_the_program_is_used_once_somebody_made_it() {
        let stick = tempfile::tempdir().unwrap();
        let program = stick.path().join("unwatched.exe");
        let beside = stick.path().join("unwatched-data");
        let home = |name: &str| (name == "HOME").then(|| OsString::from("/h"));
        let found = |named| DataFolder::find(named, Some(&program), &home).unwrap().path;
        assert_eq!(found(None), Path::new("/h/.local/share/unwatched"));
        fs::create_dir(&beside).unwrap();
        assert_eq!(found(None), beside);
        assert_eq!(found(Some(Path::new("elsewhere"))), Path::new("elsewhere"));
    }
}
