//! The job `keep_collections`: brings the exchange's own TAXII collections up to date, reads what
//! was handed in, and forgets statuses that nobody asks for any more.

use std::time::Duration;

use anyhow::Context as _;
use jiff::SignedDuration;

use super::{Ended, Kind, Outcome, Work};
use crate::collections::{inbox, partners, released};

/// A client asks for a status for a day at most.
const STATUS_LASTS: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Registers it.
pub(super) const KIND: Kind =
    Kind::new("keep_collections", "bring the TAXII collections up to date", |work| {
        Box::pin(run(work))
    })
    .every(Duration::from_mins(10));

async fn run(work: &Work) -> Outcome {
    let state = &work.state;
    let taken = inbox::read(state, None).await.context("read what was handed in")?;
    let released = released::fill(state).await.context("bring the release to its collections")?;
    let shared = partners::fill(state).await.context("bring rows to the partners' collection")?;
    if taken + (released + shared) as u64 > 0 {
        tracing::info!(taken, released, shared, "collections are up to date");
    }
    let now = state.clock.now();
    let before = now.checked_sub(STATUS_LASTS).unwrap_or(now);
    state.store.forget_taxii_statuses(before).await.context("forget old statuses")?;
    Ok(Ended::Done)
}
