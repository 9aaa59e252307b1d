//! The job `keep_held`: looks at every partner's value again, whether it is held. Each write that
//! changes what is known of one does so for that one; what changes for many at once, a partner's
//! standing or owner, asks for this.

use std::time::Duration;

use anyhow::Context as _;
use unwatched_store::KEEP_HELD;

use super::{Ended, Kind, Outcome, Work};

const AT_A_TIME: u32 = 200;

/// Registers it.
pub(super) const KIND: Kind =
    Kind::new(KEEP_HELD, "look again at which values are held", |work| Box::pin(run(work)))
        .every(Duration::from_hours(24));

async fn run(work: &Work) -> Outcome {
    let store = &work.state.store;
    let (mut after, mut changed) = (None, 0);
    loop {
        let now = work.state.clock.now();
        let again = store.keep_held_again(after.as_ref(), AT_A_TIME, now).await;
        let again = again.context("look at which values are held")?;
        changed += again.differed.len();
        after = again.next;
        if after.is_none() {
            break;
        }
    }
    if changed > 0 {
        tracing::info!(changed, "values are held or free that were not before");
    }
    Ok(Ended::Done)
}
