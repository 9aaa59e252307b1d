//! `/api/v1/shared-values`: released values on shared infrastructure, and what was decided of each.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use unwatched_model::access::Action;
use unwatched_model::indicator::IndicatorKind;
use unwatched_store::Viewer;

use super::values::reason;
use crate::http::auth::{BearerViewer, require};
use crate::http::body::JsonBody;
use crate::http::problem::{FieldProblem, Problem, ProblemDocument};
use crate::release::shared::{SharedRow, is_blocked_by, to_look_at};
use crate::state::AppState;

/// A decision.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewShared {
    /// `domain` or `address`.
    #[schema(value_type = String)]
    pub kind: IndicatorKind,
    /// The value, in any form.
    pub value: String,
    /// Whether it may stand in files that block or alarm: RPZ, Suricata, YARA.
    pub may_block: bool,
    /// Why: who else is met there, and how that was found out.
    pub why: String,
}

/// What became of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReviewedDocument {
    /// The decision's number.
    id: String,
}

/// A released value that others share.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SharedValueDocument {
    kind: String,
    value: String,
    /// Of which families.
    families: Vec<String>,
    /// Whose it is besides.
    why: String,
    /// The decision that counts; none while nobody looked.
    review: Option<SharedReviewDocument>,
}

/// A decision that counts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SharedReviewDocument {
    may_block: bool,
    why: String,
    /// The partner; none for the operator.
    by: Option<String>,
    at: String,
}

/// Released values that others share.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SharedValueList {
    /// By kind and value.
    values: Vec<SharedValueDocument>,
}

/// List released values on shared infrastructure: files that block hold them only after somebody
/// decided so.
#[utoipa::path(get, path = "/shared-values", tag = "releases", responses(
    (status = 200, body = SharedValueList),
))]
pub async fn list(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
) -> Result<Json<SharedValueList>, Problem> {
    require(&viewer, Action::ReadIndicators)?;
    let values = to_look_at(&state).await?.into_iter().map(document);
    Ok(Json(SharedValueList { values: values.collect() }))
}

fn document(row: SharedRow) -> SharedValueDocument {
    let (kind, value) = row.value;
    SharedValueDocument {
        kind: kind.to_string(),
        value,
        families: row.families,
        why: row.why,
        review: row.review.map(|review| SharedReviewDocument {
            may_block: review.may_block,
            why: review.why,
            by: review.by.map(|partner| partner.to_string()),
            at: review.at.to_string(),
        }),
    }
}

/// Decide whether a released value on shared infrastructure may be blocked. The latest decision
/// counts from the next release on.
#[utoipa::path(post, path = "/shared-values/reviews", tag = "releases", request_body = ReviewShared,
    responses(
    (status = 201, body = ReviewedDocument),
    (status = 422, body = ProblemDocument),
))]
pub async fn review(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    JsonBody(body): JsonBody<ReviewShared>,
) -> Result<(StatusCode, Json<ReviewedDocument>), Problem> {
    let id = reviewed(&state, &viewer, &body).await?;
    Ok((StatusCode::CREATED, Json(ReviewedDocument { id: id.to_string() })))
}

/// A decision as the API and the portal both take it. A value that no release holds may be decided
/// of beforehand: nobody learns from the answer whether one does.
pub async fn reviewed(
    state: &AppState,
    viewer: &Viewer,
    body: &ReviewShared,
) -> Result<i64, Problem> {
    require(viewer, Action::ReviewShared)?;
    let wrong = |field: &str, why: String| Problem::invalid(vec![FieldProblem::new(field, why)]);
    if !is_blocked_by(body.kind) {
        let why = format!("a {} stands in no file that blocks: domain or address", body.kind);
        return Err(wrong("kind", why));
    }
    let normalised = body.kind.normalise(&body.value);
    let normalised = normalised.map_err(|error| wrong("value", error.to_string()))?;
    let (value, why) = ((body.kind, normalised), reason(&body.why)?);
    let (by, now) = (viewer.actor(), state.clock.now());
    let id = state.store.review_shared(&value, body.may_block, why, &by, now).await?;
    tracing::info!(kind = %value.0, partner = %viewer.partner, "shared value reviewed");
    Ok(id)
}
