//! The job `seal_samples`: seals the bytes of samples that lie there plain, as versions before
//! sealing left them. Where there are none it costs one query.

use std::time::Duration;

use anyhow::Context as _;
use jiff::SignedDuration;
use serde_json::json;
use unwatched_model::digest::Sha256;
use unwatched_store::{BlobKey, StoreError};

use super::{Ended, Kind, Outcome, Work};

/// Registers it.
pub(super) const KIND: Kind =
    Kind::new("seal_samples", "seal samples that lie there plain", |work| Box::pin(run(work)))
        .every(Duration::from_hours(6));

/// So many are sealed before other work has its turn.
const SLICE: u32 = 50;

async fn run(work: &Work) -> Outcome {
    let store = &work.state.store;
    let after: Option<Sha256> = work.text("after").and_then(|text| text.parse().ok());
    let samples = store.plain_samples(after.as_ref(), SLICE).await?;
    for sha256 in &samples {
        match seal(work, sha256).await {
            // Nothing that sealing could mend: `doctor` tells of them, and the others are sealed.
            Err(StoreError::NotFound(why) | StoreError::Corrupt(why)) => {
                tracing::warn!(%sha256, "a sample's bytes could not be sealed: {why}");
            }
            sealed => sealed.context("seal a sample's bytes")?,
        }
    }
    let Some(last) = samples.last() else { return Ok(Ended::Done) };
    tracing::info!(count = samples.len(), "samples that lay there plain were sealed");
    Ok(Ended::GoOn { payload: json!({ "after": last }), after: SignedDuration::ZERO })
}

async fn seal(work: &Work, sha256: &Sha256) -> Result<(), StoreError> {
    let state = &work.state;
    let key = BlobKey::of(state.randomness.bytes());
    state.store.seal_blob(sha256, key, &state.data.tmp(), state.clock.now()).await
}
