//! `cargo xtask ci`: the very script that CI runs, so that the two cannot differ.

use std::process::Command;

use anyhow::Result;

use crate::{cargo, house};

pub(crate) fn run() -> Result<()> {
    let root = house::root();
    cargo::run(Command::new(root.join(".ci/run")).current_dir(root))
}
