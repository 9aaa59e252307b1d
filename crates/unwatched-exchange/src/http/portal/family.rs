//! The page of one family, and the file from which anyone here recomputes its verdict.

use std::collections::BTreeSet;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use unwatched_model::access::Action;
use unwatched_model::consensus::judge;
use unwatched_model::digest::Sha256;
use unwatched_model::opinion::Opinion;
use unwatched_model::verdict::Verdict;
use unwatched_store::{HeldValues, Visible};

use super::visitor::Visitor;
use crate::collections::sightings::told::added_up;
use crate::http::api::families::find;
use crate::http::auth::require;
use crate::http::problem::Problem;
use crate::release::popular::value_of;
use crate::state::AppState;
use crate::views::family::{FamilyPage, FamilyRows, INDICATORS_SHOWN, sample_of};
use crate::views::frame::Section;

const MAX_LINKED: usize = 200;

pub(super) async fn family(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::ReadFamilies)?;
    let family = find(&state, &id).await?;
    let id = &family.family.id;
    let frame = visitor.frame(family.family.name.clone(), Section::Families);
    let partner = &visitor.viewer.partner;
    let to = visitor.viewer.visible();
    let judging = state.store.judging(id, state.clock.now()).await?;
    let mut rows = FamilyRows {
        samples: samples_here(&state, &to, &judging.opinions).await?,
        verdict: state.store.verdict(id).await?,
        // The verdict and its figures are every partner's; who said what is not.
        reads_opinions: visitor.may(Action::ReadOpinions),
        history: state.store.verdict_history(id).await?,
        questions: state.store.questions_on(id).await?,
        judging,
        indicators: state.store.first_indicators_of(id, INDICATORS_SHOWN + 1, &to).await?,
        family,
        held: HeldValues::default(),
        sightings: None,
    };
    if visitor.may(Action::ReadIndicators) {
        rows.sightings = Some(added_up(&state.store, &rows.family.family.id).await?);
    }
    rows.held = state.store.held(rows.indicators.iter().map(value_of)).await?;
    let page = FamilyPage::of(frame, visitor.may_judge(), partner, rows, state.clock.now());
    visitor.page(&page)
}

/// Of the samples that opinions speak of, those that the reader sees here.
async fn samples_here(
    state: &AppState,
    to: &Visible,
    opinions: &[Opinion],
) -> Result<BTreeSet<Sha256>, Problem> {
    let named: BTreeSet<_> =
        opinions.iter().flat_map(|opinion| &opinion.evidence).filter_map(sample_of).collect();
    let mut here = BTreeSet::new();
    // Beyond so many a page has more links than anybody follows.
    for sha256 in named.into_iter().take(MAX_LINKED) {
        if state.store.sample(&sha256, to).await?.is_some() {
            here.insert(sha256);
        }
    }
    Ok(here)
}

/// The opinions that count, in the form whose SHA-256 the verdict names.
pub(super) async fn counted_opinions(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::ReadOpinions)?;
    let row = find(&state, &id).await?;
    let judging = state.store.judging(&row.family.id, state.clock.now()).await?;
    let verdict = judge(&judging);
    let lines =
        counted_lines(judging.opinions, &verdict).map_err(|error| Problem::internal(&error))?;
    let name = format!("attachment; filename=\"{}-opinions.jsonl\"", row.family.id);
    let head = [
        (header::CONTENT_TYPE, "application/jsonl".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((head, lines).into_response())
}

fn counted_lines(mut opinions: Vec<Opinion>, verdict: &Verdict) -> serde_json::Result<Vec<u8>> {
    opinions.retain(|opinion| verdict.opinions.contains(&opinion.id));
    opinions.sort_by_key(|opinion| opinion.id);
    let mut lines = Vec::new();
    for opinion in &opinions {
        serde_json::to_writer(&mut lines, opinion)?;
        lines.push(b'\n');
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256 as Hasher};

    use super::*;
    use crate::views::tests::judging;

    #[test]
    fn the_file_has_the_digest_that_the_verdict_names() {
        let judging = judging();
        let verdict = judge(&judging);
        let all = judging.opinions.len();
        let lines = counted_lines(judging.opinions, &verdict).unwrap();
        assert_eq!(Sha256(Hasher::digest(&lines).into()), verdict.opinions_sha256);
        assert!(verdict.opinions.len() < all, "one of them was replaced");
    }
}
