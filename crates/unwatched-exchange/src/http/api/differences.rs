//! `/api/v1/samples/{sha256}/differences`: two samples side by side, as their reports say it.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use unwatched_model::access::Action;
use unwatched_model::report::Report;
use unwatched_model::report_changes::{self, Differences};
use unwatched_store::{SampleRow, Viewer};

use super::samples::find;
use crate::http::auth::{BearerViewer, require};
use crate::http::problem::{FieldProblem, Problem, ProblemDocument};
use crate::reads::Read;
use crate::state::AppState;

/// The other of the two.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct From {
    /// The SHA-256 of the sample to compare with, as the earlier one.
    from: Option<String>,
}

/// What two samples' reports say that is not the same.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DifferencesDocument {
    /// The earlier sample.
    from: String,
    /// The later sample.
    to: String,
    /// `signer`: `same`, `different`, `partly` or `not_verified`; `differences`: for each the
    /// `part`, `which` one, what is said `before` and `after`; `alike`: by part, how many things
    /// both reports say.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    differences: Differences,
}

/// Compare a sample's report with another's: versions of one app, as a rule.
#[utoipa::path(get, path = "/samples/{sha256}/differences", tag = "samples",
    params(("sha256" = String, Path, description = "the later sample's SHA-256"), From),
    responses(
    (status = 200, body = DifferencesDocument),
    (status = 404, body = ProblemDocument),
    (status = 422, body = ProblemDocument, description = "no other sample named, or no report yet"),
))]
pub async fn differences(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(sha256): Path<String>,
    Query(From { from }): Query<From>,
) -> Result<Json<DifferencesDocument>, Problem> {
    require(&viewer, Action::ReadSamples)?;
    let later = find(&state, &viewer, &sha256).await?;
    let missing = || FieldProblem::new("from", "the SHA-256 of the sample to compare with");
    let from = from.ok_or_else(|| Problem::invalid(vec![missing()]))?;
    let earlier = find(&state, &viewer, &from).await?;
    let differences = report_changes::between(
        &report_of(&state, &viewer, &earlier).await?,
        &report_of(&state, &viewer, &later).await?,
    );
    let (from, to) = (earlier.sha256.to_string(), later.sha256.to_string());
    Ok(Json(DifferencesDocument { from, to, differences }))
}

/// A sample's report, read and noted; without one there is nothing to compare.
pub async fn report_of(
    state: &AppState,
    viewer: &Viewer,
    row: &SampleRow,
) -> Result<Report, Problem> {
    let report = state.store.report(&row.sha256, &viewer.visible()).await?;
    let none = || {
        let why = format!("sample {} has none: it waits for its analysis or failed", row.sha256);
        Problem::unprocessable("there is no report to compare", why)
    };
    let report = report.ok_or_else(none)?;
    state.reads.note(viewer, Read::Report, &row.sha256, state.clock.now());
    Ok(report)
}
