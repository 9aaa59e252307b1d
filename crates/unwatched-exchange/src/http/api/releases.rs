//! `/api/v1/releases/preview`: what a release would be now. Publishing is a person's step.

use axum::Json;
use axum::extract::State;
use unwatched_model::access::{Action, Object, Shared, Sharing, Viewer, may};
use unwatched_store::IndicatorRow;

use crate::http::auth::{BearerViewer, require};
use crate::http::problem::{Problem, ProblemDocument};
use crate::release::preview::{PreviewDocument, preview};
use crate::state::AppState;

/// What would be released now, what is new against the last release, what stays and why. It reads
/// everything there is, so one is worked out at a time.
#[utoipa::path(get, path = "/releases/preview", tag = "releases", responses(
    (status = 200, body = PreviewDocument),
    (status = 429, description = "One is being worked out already: try again",
     body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn show(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
) -> Result<Json<PreviewDocument>, Problem> {
    require(&viewer, Action::PublishReleases)?;
    let Ok(_one) = state.previews.try_acquire() else {
        return Err(Problem::too_many("a preview is being worked out already: ask again"));
    };
    let preview = preview(&state).await?;
    let who = viewer.who();
    Ok(Json(PreviewDocument::new(&preview, |row| is_seen(&who, row))))
}

/// Whether the viewer may see a row that stays.
fn is_seen(who: &Viewer, row: &IndicatorRow) -> bool {
    let sharing = Sharing {
        tlp: row.indicator.tlp,
        pap: row.handling.pap,
        group: row.handling.group.clone(),
    };
    let shared = [Shared { by: row.by.as_ref(), sharing: &sharing, held: false }];
    may(who, Action::ReadIndicators, Object::Shared(&shared)).allowed
}
