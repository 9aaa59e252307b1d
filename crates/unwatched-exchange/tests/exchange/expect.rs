//! Committed expectations.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The folder of a reader's reference pages.
pub(crate) fn reference(name: &str) -> PathBuf {
    unwatched_testkit::programs::root().join("docs/reference").join(name)
}

/// Compares with a committed file, or writes it under `UPDATE_EXPECT=1`.
#[track_caller]
pub(crate) fn check_file(path: &Path, actual: &str) {
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(path, actual).expect("the expectation can be written");
        return;
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(actual, expected, "{}: UPDATE_EXPECT=1 writes it anew", path.display());
}
