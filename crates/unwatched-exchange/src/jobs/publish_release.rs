//! The job `publish_release`: publishes in the name of the person who asked for it. Where there is
//! little, the request itself does it; where there is much, nobody waits for it at a page.

use anyhow::Context as _;
use serde_json::json;
use unwatched_store::{Actor, Priority, StoreError, UserId, Via};

use super::{Ended, Failed, Kind, Outcome, Work};
use crate::refusal::Refusal;
use crate::release::publish;
use crate::state::AppState;

/// Its name; it is also what it is about: one release is published at a time.
pub const PUBLISH_RELEASE: &str = "publish_release";

/// Registers it.
pub(super) const KIND: Kind =
    Kind::new(PUBLISH_RELEASE, "publish a release", |work| Box::pin(run(work))).tries(3);

/// Asks for a release to be published while nobody waits for it.
pub async fn ask(state: &AppState, by: &Actor) -> Result<(), StoreError> {
    let now = state.clock.now();
    let (kind, payload) = (PUBLISH_RELEASE, payload(by));
    state.store.enqueue(kind, Some(kind), &payload, Priority::Fresh, now).await?;
    state.changes.job.notify_waiters();
    Ok(())
}

/// What says who asked.
fn payload(by: &Actor) -> serde_json::Value {
    json!({
        "partner": by.partner, "user": by.user.map(|user| user.0), "via": by.via.to_string(),
    })
}

async fn run(work: &Work) -> Outcome {
    let partner = work.text("partner").map(str::parse).transpose().context("read who asked")?;
    let user = work.job.payload.get("user").and_then(serde_json::Value::as_i64).map(UserId);
    let via = work.text("via").map(str::parse).transpose().map_err(anyhow::Error::msg)?;
    let by = Actor { partner, user, via: via.unwrap_or(Via::Person) };
    match publish::publish(&work.state, &by).await {
        Ok(_) => Ok(Ended::Done),
        Err(error) => Err(match error.downcast_ref::<Refusal>() {
            Some(refused) => Failed::for_good(refused),
            None => error.into(),
        }),
    }
}
