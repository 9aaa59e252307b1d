//! From opinions to verdicts: the rule over what the store holds now.

use std::collections::HashMap;

use jiff::Timestamp;
use unwatched_model::consensus;
use unwatched_model::family::FamilyId;
use unwatched_model::opinion::Opinion;
use unwatched_model::verdict::Verdict;
use unwatched_store::{Actor, FamilyRow, Store, StoreError};

use crate::state::AppState;

/// Keeps an opinion and the verdict that follows from it, in one step: whatever else judges at
/// the same time, in this process or another, the last verdict saved saw every opinion.
pub async fn give(
    state: &AppState,
    opinion: &Opinion,
    by: &Actor,
) -> Result<Verdict, StoreError> {
    let now = state.clock.now();
    let given = state.store.give_opinion(opinion, consensus::judge, by, now).await?;
    let Opinion { family, partner, criterion, .. } = opinion;
    tracing::info!(%family, %partner, %criterion, class = %given.verdict.class, "opinion given");
    Ok(given.verdict)
}

/// The verdict as it follows from what is stored now, whatever was saved before.
pub async fn current(
    store: &Store,
    family: &FamilyId,
    now: Timestamp,
) -> Result<Verdict, StoreError> {
    Ok(consensus::judge(&store.judging(family, now).await?))
}

/// The verdicts on those of the families that partners gave opinions on, each as [`current`] has
/// it: pages and releases say the same.
pub async fn all(
    store: &Store,
    rows: &[FamilyRow],
    now: Timestamp,
) -> Result<HashMap<FamilyId, Verdict>, StoreError> {
    let mut judged: HashMap<_, _> = store
        .all_judgings(now)
        .await?
        .iter()
        .map(|judging| (judging.family.clone(), consensus::judge(judging)))
        .collect();
    judged.retain(|family, _| rows.iter().any(|row| row.family.id == *family));
    Ok(judged)
}

/// Judges every family anew whose verdict as saved no longer says what follows today: an opinion
/// expired, something became known of a partner, or the rule has a new version. Says how many
/// changed.
pub async fn judge_again(state: &AppState) -> Result<u32, StoreError> {
    let now = state.clock.now();
    let saved = state.store.verdicts().await?;
    let saved: HashMap<_, _> = saved.iter().map(|verdict| (&verdict.family, verdict)).collect();
    let mut changed = 0;
    for judging in state.store.all_judgings(now).await? {
        let verdict = consensus::judge(&judging);
        if saved.get(&judging.family).is_some_and(|saved| saved.says_the_same(&verdict)) {
            continue;
        }
        let by = Actor::system();
        let judged = state.store.judge(&judging.family, consensus::judge, &by, now).await?;
        if let (verdict, true) = judged {
            changed += 1;
            tracing::info!(family = %verdict.family, class = %verdict.class, "judged again");
        }
    }
    Ok(changed)
}
