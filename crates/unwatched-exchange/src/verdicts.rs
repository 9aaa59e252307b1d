//! From opinions to verdicts: the only caller of the consensus rule on this side.

use std::collections::HashMap;

use jiff::Timestamp;
use unwatched_model::class::Class;
use unwatched_model::consensus;
use unwatched_model::family::FamilyId;
use unwatched_model::opinion::Opinion;
use unwatched_model::verdict::Verdict;
use unwatched_store::{FamilyRow, Store, StoreError};

use crate::state::AppState;

/// Keeps an opinion and the verdict that follows from it.
pub async fn give(state: &AppState, opinion: &Opinion) -> Result<Verdict, StoreError> {
    let judging = state.judging.lock().await;
    let opinion = &state.store.add_opinion(opinion).await?;
    let verdict = judge(state, &opinion.family, opinion.given_at).await?;
    drop(judging);
    let Opinion { family, partner, criterion, .. } = opinion;
    tracing::info!(%family, %partner, %criterion, class = %verdict.class, "opinion given");
    Ok(verdict)
}

/// Saves the verdict as it follows from the opinions stored now. Whoever may race takes
/// [`AppState::judging`] first.
pub async fn judge(
    state: &AppState,
    family: &FamilyId,
    now: Timestamp,
) -> Result<Verdict, StoreError> {
    let unknown = || StoreError::NotFound(format!("family {family}"));
    let row = state.store.family(family).await?.ok_or_else(unknown)?;
    let verdict = current(&state.store, &row).await?;
    state.store.save_verdict(&verdict, now).await?;
    Ok(verdict)
}

/// The verdict as it follows from the opinions stored now, whatever was saved before.
pub async fn current(store: &Store, row: &FamilyRow) -> Result<Verdict, StoreError> {
    let opinions = store.opinions_of(&row.family.id).await?;
    Ok(consensus::judge_v1(&row.family.id, &opinions, &row.attributed))
}

/// The class of every family that partners have judged.
pub async fn latest_classes(store: &Store) -> Result<HashMap<FamilyId, Class>, StoreError> {
    let verdicts = store.verdicts().await?;
    Ok(verdicts.into_iter().map(|verdict| (verdict.family, verdict.class)).collect())
}
