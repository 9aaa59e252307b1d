//! The job `publish_release`: publishes in the name of the person who asked for it. Where there is
//! little, the request itself does it; where there is much, nobody waits for it at a page.

use anyhow::Context as _;
use serde_json::json;
use unwatched_store::{Actor, UserId, Via};

use super::{Ended, Failed, Kind, Outcome, Work};
use crate::refusal::Refusal;
use crate::release::publish;

/// Its name; it is also what it is about: one release is published at a time.
pub const PUBLISH_RELEASE: &str = "publish_release";

/// Registers it.
pub(super) const KIND: Kind =
    Kind::new(PUBLISH_RELEASE, "publish a release", |work| Box::pin(run(work))).tries(3);

/// What says who asked.
pub fn payload(by: &Actor) -> serde_json::Value {
    json!({ "partner": by.partner, "user": by.user.map(|user| user.0) })
}

async fn run(work: &Work) -> Outcome {
    let partner = work.text("partner").map(str::parse).transpose().context("read who asked")?;
    let user = work.job.payload.get("user").and_then(serde_json::Value::as_i64).map(UserId);
    let by = Actor { partner, user, via: Via::Person };
    match publish::publish(&work.state, &by).await {
        Ok(_) => Ok(Ended::Done),
        Err(error) => Err(match error.downcast_ref::<Refusal>() {
            Some(refused) => Failed::for_good(refused),
            None => error.into(),
        }),
    }
}
