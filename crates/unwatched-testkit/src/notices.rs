//! What a test that left something out tells whoever started all of them: a passing test's own
//! words are captured, so the notice also goes into a file that `cargo xtask test` reads.

use std::fs::OpenOptions;
use std::io::Write as _;

/// The variable that names the file.
pub const NOTICES_VARIABLE: &str = "UNWATCHED_NOTICES";

/// Says that something was left out, and why.
pub fn left_out(notice: &str) {
    eprintln!("notice: {notice}");
    let Some(path) = std::env::var_os(NOTICES_VARIABLE) else { return };
    let file = OpenOptions::new().create(true).append(true).open(path);
    let written = file.and_then(|mut file| writeln!(file, "{notice}"));
    written.expect("the file of notices can be written");
}
