//! The job `ask_questions`: puts criteria that stay without quorum to the next partners, and takes
//! those that were settled off everybody's list. Nobody is written to: a question stands on the
//! partner's own page.

use std::time::Duration;

use anyhow::Context as _;

use super::{Ended, Kind, Outcome, Work};
use crate::verdicts;

/// Registers it.
pub(super) const KIND: Kind =
    Kind::new("ask_questions", "put questions without quorum to the next partners", |work| {
        Box::pin(run(work))
    })
    .every(Duration::from_hours(6));

async fn run(work: &Work) -> Outcome {
    let put = verdicts::ask_all(&work.state).await.context("put questions to partners")?;
    if put > 0 {
        tracing::info!(put, "questions put to partners");
    }
    Ok(Ended::Done)
}
