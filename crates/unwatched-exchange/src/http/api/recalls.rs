//! `/api/v1/recalls`: taking back what was released.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use unwatched_model::access::Action;
use unwatched_model::indicator::IndicatorKind;
use unwatched_store::{Recall, Viewer};

use super::families::find;
use crate::http::auth::{BearerViewer, require};
use crate::http::body::JsonBody;
use crate::http::problem::{FieldProblem, Problem, ProblemDocument};
use crate::jobs::publish_release;
use crate::release::publish;
use crate::release::recall::{NewRecall, RecallError, recall};
use crate::state::AppState;

/// What is to be taken back.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddRecall {
    /// The family's slug.
    pub family: String,
    /// As for an indicator.
    #[schema(value_type = String)]
    pub kind: IndicatorKind,
    /// The value, which some release must have listed for the family: a recall is public.
    pub value: String,
    /// Why, in one line of at most 500 bytes: every helper reads it.
    pub why: String,
    /// Publish the release without it at once; otherwise it leaves with the next one.
    #[serde(default)]
    pub publish: bool,
}

/// What became of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RecalledDocument {
    /// The recall's number.
    id: String,
    /// The release that is without it; none when it waits for the next.
    release: Option<u64>,
}

/// A recall.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RecallDocument {
    id: String,
    family: String,
    kind: String,
    value: String,
    why: String,
    /// The partner; none for the operator.
    by: Option<String>,
    recalled: String,
    /// When it was taken back, if it was.
    lifted: Option<String>,
}

/// Every recall.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RecallList {
    /// The latest first.
    recalls: Vec<RecallDocument>,
}

/// Recall a value: no later release lists it, and each says so for a year.
#[utoipa::path(post, path = "/recalls", tag = "releases", request_body = AddRecall, responses(
    (status = 201, body = RecalledDocument),
    (status = 404, body = ProblemDocument, description = "no such family"),
    (status = 409, body = ProblemDocument, description = "it is recalled already, or no release lists it, or it is no longer yours to read"),
    (status = 422, body = ProblemDocument),
))]
pub async fn add(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    JsonBody(body): JsonBody<AddRecall>,
) -> Result<(StatusCode, Json<RecalledDocument>), Problem> {
    let (id, published) = recalled(&state, &viewer, body).await?;
    let release = if let Published::Now(sequence) = published { Some(sequence) } else { None };
    Ok((StatusCode::CREATED, Json(RecalledDocument { id: id.to_string(), release })))
}

/// What became of the release without it.
#[derive(Debug, Clone, Copy)]
pub enum Published {
    /// It waits until somebody publishes.
    Later,
    /// There is much to release: a job publishes it.
    Asked,
    /// It is published, under this number.
    Now(u64),
    /// It is made under this number, and waits for signatures.
    Waits(u64),
}

/// A recall as the API and the portal both take it.
pub async fn recalled(
    state: &AppState,
    viewer: &Viewer,
    body: AddRecall,
) -> Result<(i64, Published), Problem> {
    require(viewer, Action::RecallValues)?;
    if body.publish {
        require(viewer, Action::PublishReleases)?;
    }
    let family = find(state, &body.family).await?.family.id;
    let AddRecall { kind, value, why, publish, .. } = body;
    let by = viewer.actor();
    let new = NewRecall { family, kind, value, why };
    let id = recall(state, &new, &by, &viewer.visible()).await.map_err(problem)?;
    let published = if !publish {
        Published::Later
    } else if state.store.is_little_to_release().await? {
        let published = publish::publish(state, &by).await?;
        match published.waits_for {
            0 => Published::Now(published.sequence),
            _ => Published::Waits(published.sequence),
        }
    } else {
        publish_release::ask(state, viewer).await?;
        Published::Asked
    };
    Ok((id, published))
}

fn problem(error: RecallError) -> Problem {
    let field =
        |name: &str, error: &RecallError| Problem::invalid(vec![FieldProblem::new(name, error)]);
    match error {
        RecallError::Value(_) => field("value", &error),
        RecallError::Why => field("why", &error),
        RecallError::NotReleased => Problem::conflict(error.to_string()),
        RecallError::Store(error) => error.into(),
        RecallError::Other(error) => error.into(),
    }
}

/// List recalls.
#[utoipa::path(get, path = "/recalls", tag = "releases", responses(
    (status = 200, body = RecallList),
))]
pub async fn list(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
) -> Result<Json<RecallList>, Problem> {
    require(&viewer, Action::ReadIndicators)?;
    let recalls = state.store.recalls().await?.into_iter().map(document);
    Ok(Json(RecallList { recalls: recalls.collect() }))
}

fn document(recall: Recall) -> RecallDocument {
    RecallDocument {
        id: recall.id.to_string(),
        family: recall.family.to_string(),
        kind: recall.kind.to_string(),
        value: recall.normalised,
        why: recall.why,
        by: recall.by.map(|partner| partner.to_string()),
        recalled: recall.at.to_string(),
        lifted: recall.lifted_at.map(|at| at.to_string()),
    }
}

/// Lift a recall: the value may be released again.
#[utoipa::path(delete, path = "/recalls/{id}", tag = "releases",
    params(("id" = String, Path, description = "the recall's number")), responses(
    (status = 204, description = "lifted"),
    (status = 404, body = ProblemDocument),
))]
pub async fn lift(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    require(&viewer, Action::RecallValues)?;
    let id = id.parse().map_err(|_| Problem::not_found("no such recall"))?;
    state.store.lift_recall(id, &viewer.actor(), state.clock.now()).await?;
    tracing::info!(id, partner = %viewer.partner, "recall lifted");
    Ok(StatusCode::NO_CONTENT)
}
