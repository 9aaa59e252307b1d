//! A Windows of its own for one measurement: wine with an empty folder for its C: drive, in which
//! the one library that it lacks is put where Windows has it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::needs;
use crate::{cargo, house};

/// Wine with a C: drive of its own, which ends with the measurement.
pub(super) struct Wine {
    loader: PathBuf,
    prefix: PathBuf,
}

impl Wine {
    /// Makes the C: drive inside `folder`.
    pub(super) fn start(folder: &Path) -> Result<Self> {
        let loader = needs::wine().context("wine is not here: install wine64")?;
        let wine = Self { loader, prefix: folder.join("wine") };
        std::fs::create_dir(&wine.prefix).context("make the C: drive's folder")?;
        // It keeps running, so that the services which wine starts do so once, and apart from what
        // is measured: one of them fails at times on a machine without a screen, and says so.
        cargo::run(wine.server().arg("--persistent").stderr(Stdio::null()))?;
        cargo::run(
            wine.loaded("wineboot").arg("--init").stdout(Stdio::null()).stderr(Stdio::null()),
        )?;
        let library = wine.prefix.join("drive_c/windows/system32/bcryptprimitives.dll");
        let mut compiler = Command::new("x86_64-w64-mingw32-gcc");
        compiler.args(["-shared", "-O2", "-s", "-o"]).arg(&library);
        compiler.arg(house::root().join("rigs/windows/bcryptprimitives.c")).arg("-ladvapi32");
        cargo::run(&mut compiler)?;
        Ok(wine)
    }

    /// A program for Windows, as wine runs it.
    pub(super) fn program(&self, program: &Path) -> Command {
        self.loaded(program.as_os_str())
    }

    fn server(&self) -> Command {
        let mut server = Command::new(self.loader.with_file_name("wineserver"));
        server.env("WINEPREFIX", &self.prefix).stdin(Stdio::null());
        server
    }

    fn loaded(&self, what: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(&self.loader);
        command.arg(what.as_ref());
        for name in ["DISPLAY", "UNWATCHED_HOME", "UNWATCHED_PASSPHRASE"] {
            command.env_remove(name);
        }
        command.env("WINEPREFIX", &self.prefix).env("WINEDEBUG", "-all");
        // Nothing of wine's own browser or runtime is asked for, nor put into anybody's menus.
        command.env("WINEDLLOVERRIDES", "mscoree,mshtml,winemenubuilder.exe=");
        command.stdin(Stdio::null());
        command
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        // Ends what still runs in this C: drive, and in no other.
        let _ = self.server().arg("--kill").status();
    }
}

/// A path as programs for Windows see it: wine shows them the whole machine as Z:.
pub(super) fn seen_from_inside(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', "\\")
}
