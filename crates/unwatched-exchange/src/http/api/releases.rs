//! `/api/v1/releases/preview`: what a release would be now. Publishing is a person's step.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use unwatched_model::access::Action;
use unwatched_store::Viewer;

use crate::http::auth::{BearerViewer, require};
use crate::http::problem::Problem;
use crate::release::preview::{Preview, PreviewDocument, preview};
use crate::state::AppState;

/// What would be released now, what is new against the last release, what stays and why.
#[utoipa::path(get, path = "/releases/preview", tag = "releases", responses(
    (status = 200, body = PreviewDocument),
))]
pub async fn show(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
) -> Result<Json<PreviewDocument>, Problem> {
    require(&viewer, Action::PublishReleases)?;
    let preview = preview(&state).await?;
    let seen = seen(&state, &viewer, &preview).await?;
    Ok(Json(PreviewDocument::new(&preview, |id| seen.contains(&id))))
}

/// Of the rows that stay, those that this viewer may see.
pub async fn seen(
    state: &AppState,
    viewer: &Viewer,
    preview: &Preview,
) -> Result<HashSet<i64>, Problem> {
    if preview.left_out.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = state.store.all_indicators(&viewer.visible()).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
