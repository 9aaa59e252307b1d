//! The job `tidy`: removes what expired and what processes that were killed left half-written.

use std::time::Duration;

use anyhow::Context as _;

use super::{Ended, Kind, Outcome, Work};

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
    if sessions + blobs > 0 {
        tracing::info!(sessions, blobs, "expired sessions and half-written blobs removed");
    }
    Ok(Ended::Done)
}
