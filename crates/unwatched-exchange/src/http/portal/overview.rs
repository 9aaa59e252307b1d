//! The first page after sign-in.

use std::collections::HashSet;

use axum::extract::State;
use axum::response::Response;

use super::visitor::Visitor;
use crate::http::problem::Problem;
use crate::state::AppState;
use crate::verdicts;
use crate::views::frame::Section;
use crate::views::overview::{DiscussedFamily, OverviewPage, queue, steps};
use crate::views::releases::ReleaseLine;
use crate::views::samples::SampleLine;

const LATEST: u32 = 8;
const MOST_DISCUSSED: usize = 12;

pub(super) async fn overview(
    State(state): State<AppState>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let store = &state.store;
    let samples = store.samples(&visitor.viewer.visible(), None, LATEST).await?;
    let samples: Vec<_> = samples.iter().map(SampleLine::of).collect();
    let families = store.all_families().await?;
    let discussed = discussed(&state, &visitor, &families).await?;
    let now = state.clock.now();
    let release = store.latest_release().await?.map(|row| ReleaseLine::of(&row, now));
    let page = OverviewPage {
        frame: visitor.frame("Overview", Section::Overview),
        may_upload: visitor.may_upload(),
        steps: steps(
            visitor.may_upload(),
            visitor.may_judge(),
            &samples,
            &discussed,
            release.is_some(),
        ),
        samples,
        discussed,
        family_count: families.len(),
        release,
        queue: queue(&store.job_counts(state.clock.now()).await?),
    };
    visitor.page(&page)
}

/// Families with opinions, undecided ones first.
async fn discussed(
    state: &AppState,
    visitor: &Visitor,
    families: &[unwatched_store::FamilyRow],
) -> Result<Vec<DiscussedFamily>, Problem> {
    let verdicts = verdicts::all(&state.store, state.clock.now()).await?;
    let mut discussed = Vec::new();
    for row in families {
        let Some(verdict) = verdicts.get(&row.family.id) else { continue };
        let opinions = state.store.opinions_of(&verdict.family).await?;
        let yours: HashSet<_> = opinions
            .iter()
            .filter(|opinion| opinion.partner == visitor.viewer.partner)
            .map(|opinion| opinion.criterion)
            .collect();
        discussed.push(DiscussedFamily::of(row, verdict, yours.len()));
    }
    discussed.sort_by_key(|family| (!family.undecided, family.your_answers > 0));
    discussed.truncate(MOST_DISCUSSED);
    Ok(discussed)
}
