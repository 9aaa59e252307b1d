//! `cargo xtask generate`: writes the committed generated files anew.
//!
//! Every such file has a plain test that compares it with what the code says; under
//! `UPDATE_EXPECT=1` the same tests write instead. So generating is running the tests.

use anyhow::Result;

use crate::cargo::{cargo, run as run_command};

pub(crate) fn run() -> Result<()> {
    let mut tests = cargo();
    tests.args(["test", "--workspace", "--quiet"]).env("UPDATE_EXPECT", "1");
    run_command(&mut tests)
}
