//! Two samples side by side: which others of the same package there are, and what differs.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use unwatched_model::access::Action;
use unwatched_model::report_changes;
use unwatched_store::{SampleFilter, SampleRow};

use super::visitor::Visitor;
use crate::http::api::differences::report_of;
use crate::http::api::samples::find;
use crate::http::auth::require;
use crate::http::problem::Problem;
use crate::state::AppState;
use crate::views::differences::{ComparedView, DifferencesPage};
use crate::views::frame::Section;
use crate::views::samples::{SampleLine, name};

/// As many versions as one chooses from.
const VERSIONS: u32 = 50;

#[derive(Deserialize)]
pub(super) struct From {
    #[serde(default)]
    from: String,
}

pub(super) async fn differences(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(sha256): Path<String>,
    Query(From { from }): Query<From>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::ReadSamples)?;
    let later = find(&state, &visitor.viewer, &sha256).await?;
    let compared = match from.trim() {
        "" => None,
        from => Some(compared(&state, &visitor, from, &later).await?),
    };
    let others = versions(&state, &visitor, &later).await?;
    let back = format!("/portal/samples/{}", later.sha256);
    let page = DifferencesPage {
        frame: visitor.frame("Differences", Section::Samples).below(back, &name(&later)),
        later: SampleLine::of(&later),
        compared,
        others: others.iter().map(SampleLine::of).collect(),
    };
    visitor.page(&page)
}

async fn compared(
    state: &AppState,
    visitor: &Visitor,
    from: &str,
    later: &SampleRow,
) -> Result<ComparedView, Problem> {
    let earlier = find(state, &visitor.viewer, from).await?;
    let found = report_changes::between(
        &report_of(state, &visitor.viewer, &earlier).await?,
        &report_of(state, &visitor.viewer, later).await?,
    );
    Ok(ComparedView::of(&earlier, found))
}

/// The other samples of the same package, the latest first.
async fn versions(
    state: &AppState,
    visitor: &Visitor,
    of: &SampleRow,
) -> Result<Vec<SampleRow>, Problem> {
    let Some(package) = of.package.clone() else { return Ok(Vec::new()) };
    let filter = SampleFilter { package: Some(package), ..SampleFilter::default() };
    let mut rows =
        state.store.samples_by(&visitor.viewer.visible(), &filter, None, VERSIONS).await?;
    rows.retain(|row| row.sha256 != of.sha256);
    Ok(rows)
}
