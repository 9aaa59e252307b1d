//! From opinions to verdicts: the rule over what the store holds now, and the questions that it
//! leaves open.

use std::collections::HashMap;

use jiff::Timestamp;
use unwatched_model::consensus::asking::{self, Candidate, Put};
use unwatched_model::consensus::{self, Judging, limits};
use unwatched_model::criterion::Criterion;
use unwatched_model::family::FamilyId;
use unwatched_model::opinion::Opinion;
use unwatched_model::partner::PartnerSlug;
use unwatched_model::verdict::Verdict;
use unwatched_store::{Actor, FamilyRow, Store, StoreError};

use crate::state::AppState;

/// Keeps an opinion and the verdict that follows from it, in one step: whatever else judges at
/// the same time, in this process or another, the last verdict saved saw every opinion. `Invalid`
/// when it would part the family too finely.
pub async fn give(state: &AppState, opinion: &Opinion, by: &Actor) -> Result<Verdict, StoreError> {
    let now = state.clock.now();
    let admit = |judging: &Judging, kept: &Opinion| {
        limits::admit(judging, kept.id).map_err(|error| error.to_string())
    };
    let given = state.store.give_opinion(opinion, admit, consensus::judge, by, now).await?;
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

/// The verdicts on the families that partners gave opinions on, each as [`current`] has it: pages and releases say the same.
pub async fn all(store: &Store, now: Timestamp) -> Result<HashMap<FamilyId, Verdict>, StoreError> {
    let judgings = store.all_judgings(now).await?;
    let judged = judgings.iter().map(|judging| (judging.family.clone(), consensus::judge(judging)));
    Ok(judged.collect())
}

/// The verdicts on the families of a page, in the order of their ids.
pub async fn of_page(
    store: &Store,
    rows: &[FamilyRow],
    now: Timestamp,
) -> Result<HashMap<FamilyId, Verdict>, StoreError> {
    let judgings = store.judgings_of_page(rows, now).await?;
    let judged = judgings.iter().map(|judging| (judging.family.clone(), consensus::judge(judging)));
    Ok(judged.collect())
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

/// Puts a criterion to the next partners now. `Conflict` when the coalition has settled it.
pub async fn ask_at_once(
    state: &AppState,
    family: &FamilyId,
    criterion: Criterion,
    by: &Actor,
) -> Result<Vec<PartnerSlug>, StoreError> {
    let now = state.clock.now();
    let verdict = current(&state.store, family, now).await?;
    let count = verdict.criteria.iter().find(|count| count.id == criterion);
    if count.is_some_and(|count| !asking::is_unsettled(count.state)) {
        return Err(StoreError::Conflict(format!(
            "the coalition has settled {criterion}: give an opinion if you see it otherwise"
        )));
    }
    let plan = |judging: &Judging, put: &[Put], candidates: &[Candidate]| {
        asking::plan(judging, put, candidates, Some(criterion), now)
    };
    let done = state.store.ask(family, plan, by, now).await?;
    let asked = done.ask.into_iter().filter(|(of, _)| *of == criterion);
    Ok(asked.map(|(_, partner)| partner).collect())
}

/// Puts questions that stay without quorum to the next partners, and takes those that were settled
/// off everybody's list. Says how many were put.
pub async fn ask_all(state: &AppState) -> Result<usize, StoreError> {
    let now = state.clock.now();
    let plan = |judging: &Judging, put: &[Put], candidates: &[Candidate]| {
        asking::plan(judging, put, candidates, None, now)
    };
    let mut put = 0;
    for family in state.store.discussed_families().await? {
        put += state.store.ask(&family, plan, &Actor::system(), now).await?.ask.len();
    }
    Ok(put)
}
