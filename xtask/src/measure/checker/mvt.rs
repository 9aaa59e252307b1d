//! The field's own tool, from the Python package index, in an environment of its own below
//! `target/`. It looks nothing up over the network while it is measured.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::cargo::run;
use crate::house;

/// As `pip` names it.
pub(super) const NAME: &str = "mvt==2026.10.26";

/// Where it was installed.
pub(super) struct Mvt {
    program: PathBuf,
}

/// Installs it where it is not.
pub(super) fn install() -> Result<Mvt> {
    let environment = house::target().join("measure/mvt");
    let program = environment.join("bin/mvt-android");
    if !program.is_file() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        run(Command::new(environment.join("bin/pip")).args(["install", "--quiet", NAME]))?;
    }
    Ok(Mvt { program })
}

impl Mvt {
    /// Its check of one piece of evidence with these indicators, its results kept in `out`.
    pub(super) fn check(
        &self,
        command: &str,
        evidence: &Path,
        indicators: &Path,
        out: &str,
    ) -> Command {
        let mut check = Command::new(&self.program);
        check.args(["--disable-update-check", "--disable-indicator-update-check", command]);
        check.arg("--iocs").arg(indicators).args(["--output", out]).arg(evidence);
        check
    }
}
