//! The job `tidy`: removes what processes that were killed left half-written. What was kept long
//! enough goes by the job `retention`, with a line in the audit log.

use std::time::Duration;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};

use super::{Ended, Kind, Outcome, Work};
use crate::state::AppState;

/// Between a sample's bytes and its row lies a moment; bytes without a row for so long belong to an
/// upload that was killed in it.
const ORPHAN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// A file of a release or of an import that no row names for so long never will be named.
const STRAY_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Registers it.
pub(super) const KIND: Kind =
    Kind::new("tidy", "remove what was left half-written", |work| Box::pin(run(work)))
        .every(Duration::from_hours(1));

async fn run(work: &Work) -> Outcome {
    let state = &work.state;
    let now = state.clock.now();
    let swept = sweep(state, now).await?;
    if swept > 0 {
        tracing::info!(swept, "what was left half-done is removed");
    }
    Ok(Ended::Done)
}

/// Removes what processes that were killed left behind: half-written files, and blobs that belong
/// to nothing. Says how many.
pub async fn sweep(state: &AppState, now: Timestamp) -> anyhow::Result<u64> {
    state.data.sweep(now)?;
    let before = |after| now.checked_sub(after).unwrap_or(now);
    let store = &state.store;
    let halves = store.sweep_blobs(now).await.context("look through the blobs")?;
    let orphans = store.forget_orphans(before(ORPHAN_AFTER)).await.context("look for orphans")?;
    let strays = store.forget_strays(before(STRAY_AFTER)).await.context("look for strays")?;
    Ok(halves + orphans + strays)
}
