//! Asks for the jobs that come round, when they are due.

use std::time::Duration;

use jiff::SignedDuration;

use super::Kind;
use crate::state::AppState;

/// How often it is looked whether something is due.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// Asks until the process drains.
pub(super) async fn run(state: AppState, kinds: &[&'static Kind]) {
    loop {
        ask(&state, kinds).await;
        tokio::select! {
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            () = state.shutdown.cancelled() => return,
        }
    }
}

async fn ask(state: &AppState, kinds: &[&'static Kind]) {
    for kind in kinds {
        let Some(every) = kind.every else { continue };
        let every = SignedDuration::try_from(every).unwrap_or(SignedDuration::MAX);
        match state.store.ask_when_due(kind.name, every, state.clock.now()).await {
            Ok(None) => {}
            Ok(Some(_)) => state.changes.job.notify_waiters(),
            Err(error) => tracing::error!(kind = kind.name, "a job was not asked for: {error}"),
        }
    }
}
