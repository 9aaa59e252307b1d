//! Recalls: taking back what was released, and saying so with the next releases.

use jiff::{SignedDuration, Timestamp};
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::recall::Recalled;
use unwatched_store::{Actor, Recall, StoreError, Value, Visible};

use super::preview::set_of;
use crate::state::AppState;

/// How long releases say it.
const SAID_FOR: SignedDuration = SignedDuration::from_hours(365 * 24);
/// In how many of the last releases a value is looked for.
const RELEASES_SEEN: u32 = 60;
/// The longest reason: it is printed on every helper's desk.
const MAX_WHY_BYTES: usize = 500;

/// What is to be recalled.
#[derive(Debug, Clone)]
pub struct NewRecall {
    /// Of which family.
    pub family: FamilyId,
    /// What it is.
    pub kind: IndicatorKind,
    /// The value, in any form.
    pub value: String,
    /// Why, in words that are published.
    pub why: String,
}

/// Why a recall is refused.
#[derive(Debug, thiserror::Error)]
pub enum RecallError {
    /// The kind cannot hold the value.
    #[error("{0}")]
    Value(unwatched_model::indicator::InvalidValue),
    /// The reason cannot be published.
    #[error("the reason is one line of 1 to 500 bytes: every helper reads it")]
    Why,
    /// Recalling it would publish it, or publish it once more after its partner narrowed it. Both are
    /// answered alike: which of the two it is would say that somebody still has it.
    #[error(
        "no release lists this value for this family, or it is no longer yours to read; a recall is public: withdraw the indicator instead, or ask an operator"
    )]
    NotReleased,
    /// The store refused.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// A release could not be read.
    #[error("{0:#}")]
    Other(anyhow::Error),
}

/// Recalls a value: the next release is without it and says so. `to` is what whoever recalls may
/// see.
pub async fn recall(
    state: &AppState,
    new: &NewRecall,
    by: &Actor,
    to: &Visible,
) -> Result<i64, RecallError> {
    let normalised = new.kind.normalise(&new.value).map_err(RecallError::Value)?;
    let why = new.why.trim();
    if why.is_empty() || why.len() > MAX_WHY_BYTES || why.chars().any(char::is_control) {
        return Err(RecallError::Why);
    }
    if state.store.family(&new.family).await?.is_none() {
        return Err(StoreError::NotFound(format!("family: {}", new.family)).into());
    }
    if !was_released(state, &new.family, new.kind, &normalised).await? {
        return Err(RecallError::NotReleased);
    }
    let value = (new.kind, normalised);
    if is_narrowed(state, &new.family, &value, to).await? {
        return Err(RecallError::NotReleased);
    }
    let id = state.store.add_recall(&new.family, &value, why, by, state.clock.now()).await?;
    tracing::info!(family = %new.family, kind = %new.kind, id, "value recalled");
    Ok(id)
}

/// Whether partners still say this, and none of them to whoever recalls it: a recall names the value
/// to everybody for a year, which is not for others to do. What nobody says any more is recalled.
async fn is_narrowed(
    state: &AppState,
    family: &FamilyId,
    value: &Value,
    to: &Visible,
) -> Result<bool, StoreError> {
    let everything = Visible::everything_for_the_release();
    Ok(is_said(state, family, value, &everything).await?
        && !is_said(state, family, value, to).await?)
}

async fn is_said(
    state: &AppState,
    family: &FamilyId,
    (kind, normalised): &Value,
    to: &Visible,
) -> Result<bool, StoreError> {
    let rows = state.store.indicators_matching(Some(*kind), normalised, to).await?;
    Ok(rows.iter().any(|row| row.indicator.family == *family))
}

async fn was_released(
    state: &AppState,
    family: &FamilyId,
    kind: IndicatorKind,
    normalised: &str,
) -> Result<bool, RecallError> {
    for release in state.store.releases(RELEASES_SEEN).await? {
        let set = set_of(&state.store, &release).await.map_err(RecallError::Other)?;
        let is_it = |entry: unwatched_model::set::Match<'_>| {
            entry.kind == kind && entry.value == normalised && entry.family.id == *family
        };
        if set.iter().any(is_it) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The recalls that a release says, the latest first.
pub fn said(standing: &[Recall], now: Timestamp) -> Vec<Recalled> {
    standing
        .iter()
        .filter(|recall| now.duration_since(recall.at) < SAID_FOR)
        .map(|recall| Recalled {
            kind: recall.kind.to_string(),
            value: recall.normalised.clone(),
            family: recall.family.to_string(),
            recalled: recall.at,
            why: recall.why.clone(),
        })
        .collect()
}
