//! The job `renew_checkpoint`: the server says anew that the latest release is the newest, so that a
//! checker notices when somebody holds newer ones back.

use std::time::Duration;

use super::{Ended, Kind, Outcome, Work};
use crate::release::log;

/// Registers it.
pub(super) const KIND: Kind =
    Kind::new("renew_checkpoint", "say anew which release is the newest", |work| {
        Box::pin(run(work))
    })
    .every(Duration::from_hours(6));

async fn run(work: &Work) -> Outcome {
    log::renew(&work.state).await?;
    Ok(Ended::Done)
}
