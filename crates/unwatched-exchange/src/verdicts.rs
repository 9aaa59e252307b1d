//! From opinions to verdicts: the rule over what the store holds now.

use std::collections::HashMap;

use unwatched_model::consensus;
use unwatched_model::family::FamilyId;
use unwatched_model::opinion::Opinion;
use unwatched_model::verdict::Verdict;
use unwatched_store::{FamilyRow, Store, StoreError};

use crate::state::AppState;

/// Keeps an opinion and the verdict that follows from it, in one step: whatever else judges at
/// the same time, in this process or another, the last verdict saved saw every opinion.
pub async fn give(state: &AppState, opinion: &Opinion) -> Result<Verdict, StoreError> {
    let given = state.store.give_opinion(opinion, consensus::judge, opinion.given_at).await?;
    let Opinion { family, partner, criterion, .. } = opinion;
    tracing::info!(%family, %partner, %criterion, class = %given.verdict.class, "opinion given");
    Ok(given.verdict)
}

/// The verdict as it follows from the opinions stored now, whatever was saved before.
pub async fn current(store: &Store, row: &FamilyRow) -> Result<Verdict, StoreError> {
    let opinions = store.opinions_of(&row.family.id).await?;
    Ok(consensus::judge(&row.family.id, &opinions, &row.attributed))
}

/// The verdicts on those of the families that partners gave opinions on, each as [`current`] has
/// it: pages and releases say the same.
pub async fn all(
    store: &Store,
    rows: &[FamilyRow],
) -> Result<HashMap<FamilyId, Verdict>, StoreError> {
    let mut opinions: HashMap<FamilyId, Vec<Opinion>> = HashMap::new();
    for opinion in store.all_opinions().await? {
        opinions.entry(opinion.family.clone()).or_default().push(opinion);
    }
    let judged = rows.iter().filter_map(|row| {
        let id = &row.family.id;
        Some((id.clone(), consensus::judge(id, opinions.get(id)?, &row.attributed)))
    });
    Ok(judged.collect())
}
