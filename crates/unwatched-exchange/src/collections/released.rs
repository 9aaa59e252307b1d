//! The public collections: exactly what the latest release's own files say, in both dialects.

use anyhow::Context as _;
use unwatched_formats::stix::STRICT_FILE_NAME;

use super::fill::fill as bring;
use crate::http::taxii::own::Purpose;
use crate::release::files::STIX;
use crate::state::AppState;

/// No bundle of a release is larger.
const MAX_BUNDLE_BYTES: u64 = 512 << 20;

/// Brings the public collections up to date. Says how many versions were added.
pub async fn fill(state: &AppState) -> anyhow::Result<usize> {
    let Some(release) = state.store.latest_release().await? else { return Ok(0) };
    let now = state.clock.now();
    let mut added = 0;
    let files = [(Purpose::PublicStrict, STRICT_FILE_NAME), (Purpose::PublicMvt, STIX)];
    for (purpose, name) in files {
        let Some(file) = release.files.iter().find(|file| file.name == name) else { continue };
        let bytes = state.store.get_bytes(&file.blob, MAX_BUNDLE_BYTES).await;
        let bytes = bytes.with_context(|| format!("read {name} of the latest release"))?;
        added += bring(&state.store, purpose, &bytes, now).await?;
    }
    Ok(added)
}
