//! The job `tidy`: removes what expired and what processes that were killed left half-written.

use std::time::Duration;

use anyhow::Context as _;
use jiff::SignedDuration;

use super::{Ended, Kind, Outcome, Work};

/// Between a sample's bytes and its row lies a moment; bytes without a row for so long belong to an
/// upload that was killed in it.
const ORPHAN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// Registers it.
pub(super) const KIND: Kind =
    Kind::new("tidy", "remove expired sessions and what was left half-written", |work| {
        Box::pin(run(work))
    })
    .every(Duration::from_hours(1));

async fn run(work: &Work) -> Outcome {
    let state = &work.state;
    let now = state.clock.now();
    let sessions = state.store.purge_sessions(now).await.context("remove expired sessions")?;
    state.data.sweep(now)?;
    let blobs = state.store.sweep_blobs(now).await.context("look through the blobs")?;
    let before = now.checked_sub(ORPHAN_AFTER).unwrap_or(now);
    let orphans = state.store.forget_orphans(before).await.context("look for orphans")?;
    if sessions + blobs + orphans > 0 {
        tracing::info!(sessions, blobs, orphans, "what expired or was left half-done is removed");
    }
    Ok(Ended::Done)
}
