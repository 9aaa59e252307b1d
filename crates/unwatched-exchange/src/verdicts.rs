//! From opinions to verdicts: the rule over what the store holds now.

use std::collections::HashMap;

use unwatched_model::class::Class;
use unwatched_model::consensus;
use unwatched_model::family::FamilyId;
use unwatched_model::opinion::Opinion;
use unwatched_model::verdict::Verdict;
use unwatched_store::{FamilyRow, Store, StoreError};

use crate::state::AppState;

/// Keeps an opinion and the verdict that follows from it, in one step: whatever else judges at
/// the same time, in this process or another, the last verdict saved saw every opinion.
pub async fn give(state: &AppState, opinion: &Opinion) -> Result<Verdict, StoreError> {
    let given = state.store.give_opinion(opinion, consensus::judge_v1, opinion.given_at).await?;
    let Opinion { family, partner, criterion, .. } = opinion;
    tracing::info!(%family, %partner, %criterion, class = %given.verdict.class, "opinion given");
    Ok(given.verdict)
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
