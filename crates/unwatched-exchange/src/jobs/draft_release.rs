//! The job `draft_release`: works out what a release would be, for the page that shows it.

use super::{Ended, Kind, Outcome, Work};
use crate::release::draft;

/// Its name; it is also what it is about.
pub const DRAFT_RELEASE: &str = "draft_release";

/// Registers it.
pub(super) const KIND: Kind =
    Kind::new(DRAFT_RELEASE, "work out what a release would be", |work| Box::pin(run(work)))
        .tries(3);

async fn run(work: &Work) -> Outcome {
    draft::work_out(&work.state).await?;
    Ok(Ended::Done)
}
