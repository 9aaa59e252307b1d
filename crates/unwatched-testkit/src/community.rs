//! The community's source files for tests.

use std::env;
use std::path::PathBuf;
use std::sync::Once;

use crate::programs;

/// The real files where `UNWATCHED_COMMUNITY_DATA` names them, else a made-up fixture of the same
/// form, with a notice.
pub fn community_data() -> PathBuf {
    static NOTICE: Once = Once::new();
    if let Some(folder) = env::var_os("UNWATCHED_COMMUNITY_DATA") {
        return PathBuf::from(folder);
    }
    NOTICE.call_once(|| {
        eprintln!("notice: UNWATCHED_COMMUNITY_DATA is not set: testing with the made-up fixture");
    });
    programs::root().join("crates/unwatched-formats/tests/fixture")
}

/// Whether [`community_data`] is the real one.
pub fn is_real() -> bool {
    env::var_os("UNWATCHED_COMMUNITY_DATA").is_some()
}
