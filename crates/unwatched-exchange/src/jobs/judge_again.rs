//! The job `judge_again`: families whose verdict no longer says what follows today get a new one:
//! an opinion expired, something became known of a partner, or the rule has a new version.

use std::time::Duration;

use anyhow::Context as _;

use super::{Ended, Kind, Outcome, Work};
use crate::verdicts;

/// Registers it.
pub(super) const KIND: Kind =
    Kind::new("judge_again", "judge families anew where something changed with time", |work| {
        Box::pin(run(work))
    })
    .every(Duration::from_hours(1));

async fn run(work: &Work) -> Outcome {
    let changed = verdicts::judge_again(&work.state).await.context("judge families anew")?;
    if changed > 0 {
        tracing::info!(changed, "verdicts changed with time");
    }
    Ok(Ended::Done)
}
