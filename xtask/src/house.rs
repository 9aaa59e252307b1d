//! Where the house stands: its root, its folders, and the community's data beside it.

use std::env;
use std::path::{Path, PathBuf};

/// The workspace's root, wherever the clone lies.
pub(crate) fn root() -> PathBuf {
    // Cargo says it anew at every run, so that a moved clone is still found.
    let xtask = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    xtask.parent().map(Path::to_path_buf).expect("xtask lies in a folder of the workspace")
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The community's source files, when `UNWATCHED_COMMUNITY_DATA` names them or a folder `shared/`
/// lies beside the clone. Where neither is so, tests use a made-up fixture of the same form.
pub(crate) fn community_data() -> Option<PathBuf> {
    if let Some(named) = env::var_os("UNWATCHED_COMMUNITY_DATA") {
        return Some(PathBuf::from(named));
    }
    let beside = root().join("../shared/data/stalkerware-indicators").canonicalize().ok()?;
    beside.join("ioc.yaml").is_file().then_some(beside)
}
