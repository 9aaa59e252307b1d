//! The job `retention`: deletes what has been kept long enough, by the days of
//! `catalogue/retention.toml` and of `[retention]` in the configuration.

use std::sync::LazyLock;
use std::time::Duration;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use unwatched_store::{Actor, Expiring, StoreError};

use super::{Ended, Kind, Outcome, Work};
use crate::config::Config;
use crate::state::AppState;

/// Registers it.
pub(super) const KIND: Kind =
    Kind::new("retention", "delete what has been kept long enough", |work| Box::pin(run(work)))
        .every(Duration::from_hours(6));

/// How many samples' bytes, or thousands of lines, go in one run at most.
const MOST: u32 = 1_000;
const DAY: i64 = 24;

/// One kind of data, as the catalogue has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Its word.
    pub id: String,
    /// What it is.
    pub what: String,
    /// How many days it is kept; 0 keeps it for good.
    pub days: u32,
    /// From when they count.
    pub from: String,
    /// Why so long.
    pub why: String,
    /// What is left when it goes.
    pub left: String,
}

/// One kind of data with the days that hold here.
pub type InForce = Kept;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    kind: Vec<Kept>,
}

static CATALOGUE: LazyLock<Vec<Kept>> = LazyLock::new(|| {
    let text = include_str!("../../../../catalogue/retention.toml");
    let catalogue: Catalogue = toml::from_str(text).expect("a test reads catalogue/retention.toml");
    catalogue.kind
});

/// Every kind of data, as the catalogue has it.
pub fn catalogue() -> &'static [Kept] {
    &CATALOGUE
}

/// What is kept for good whatever a configuration says: verdicts are computed from it.
pub const FOR_GOOD: &str = "opinions_and_verdicts";

/// Every kind of data with the days that this configuration gives it.
pub fn in_force(config: &Config) -> Vec<InForce> {
    let days = |kind: &Kept| config.retention.get(&kind.id).copied().unwrap_or(kind.days);
    catalogue().iter().map(|kind| InForce { days: days(kind), ..kind.clone() }).collect()
}

async fn run(work: &Work) -> Outcome {
    enforce(&work.state).await?;
    Ok(Ended::Done)
}

/// Deletes what has been kept long enough; says how much of what.
pub async fn enforce(state: &AppState) -> anyhow::Result<Vec<(String, u64)>> {
    let now = state.clock.now();
    let mut gone = Vec::new();
    for kind in in_force(&state.config).iter().filter(|kind| kind.days > 0) {
        let kept = SignedDuration::from_hours(i64::from(kind.days) * DAY);
        let before = now.saturating_sub(kept).unwrap_or(Timestamp::MIN);
        let count = one(state, &kind.id, before, kept, now)
            .await
            .with_context(|| format!("delete {} that were kept long enough", kind.what))?;
        if count > 0 {
            tracing::info!(kind = kind.id, count, "kept long enough and deleted");
            gone.push((kind.id.clone(), count));
        }
    }
    Ok(gone)
}

async fn one(
    state: &AppState,
    kind: &str,
    before: Timestamp,
    kept: SignedDuration,
    now: Timestamp,
) -> anyhow::Result<u64> {
    if let Some(rows) = Expiring::ALL.into_iter().find(|rows| rows.as_str() == kind) {
        return Ok(state.store.expire(rows, before, now).await?);
    }
    match kind {
        "half_received_uploads" => state.data.sweep_older(kept, now),
        "sample_bytes" => sample_bytes(state, before, now).await,
        "audit_log" => Ok(state.store.expire_audit(before, now).await?),
        _ => anyhow::bail!("nothing here deletes {kind}"),
    }
}

/// The key goes first and with it every copy of the bytes; the sample's row stays.
async fn sample_bytes(state: &AppState, before: Timestamp, now: Timestamp) -> anyhow::Result<u64> {
    let mut gone = 0;
    for sha256 in state.store.samples_last_submitted_before(before, MOST).await? {
        let detail = json!({ "before": before.to_string() });
        let line = Actor::system().did("sample.forget", "sample", sha256, detail);
        // Written first: bytes that go without a line would be bytes that somebody took.
        state.store.audit(&line, now).await?;
        match state.store.forget_blob(&sha256, now).await {
            Ok(()) => gone += 1,
            // The same bytes are a published file.
            Err(StoreError::Conflict(why)) => tracing::warn!(%sha256, "kept: {why}"),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_catalogue_is_enforced_or_kept_for_good() {
        let enforced = |id: &str| {
            Expiring::ALL.iter().any(|rows| rows.as_str() == id)
                || ["half_received_uploads", "sample_bytes", "audit_log"].contains(&id)
        };
        for kind in catalogue() {
            assert_eq!(enforced(&kind.id), kind.id != FOR_GOOD, "{}", kind.id);
            assert!(!kind.why.is_empty() && !kind.left.is_empty() && !kind.what.is_empty());
            assert_eq!(kind.days == 0, kind.id == FOR_GOOD, "{}", kind.id);
        }
        for rows in Expiring::ALL {
            assert!(catalogue().iter().any(|kind| kind.id == rows.as_str()), "{rows:?}");
        }
    }
}
