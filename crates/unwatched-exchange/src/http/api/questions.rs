//! `/api/v1/questions`: what waits for the caller's answer; and asking others at once.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use unwatched_model::access::Action;
use unwatched_model::criterion::Criterion;
use unwatched_model::family::FamilyId;
use unwatched_model::partner::PartnerSlug;
use unwatched_store::Question;

use super::families::find;
use crate::http::auth::{BearerViewer, require};
use crate::http::body::JsonBody;
use crate::http::problem::{Problem, ProblemDocument};
use crate::state::AppState;
use crate::verdicts;

/// A question that waits for an answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QuestionDocument {
    /// About which family.
    #[schema(value_type = String)]
    family: FamilyId,
    /// Which criterion.
    #[schema(value_type = String)]
    criterion: Criterion,
    /// The question in words.
    question: &'static str,
    /// Since when it waits.
    #[schema(value_type = String)]
    asked_at: jiff::Timestamp,
    /// The partner that asks; without one, the exchange does.
    #[schema(value_type = Option<String>)]
    asked_by: Option<PartnerSlug>,
}

impl From<Question> for QuestionDocument {
    fn from(question: Question) -> Self {
        let Question { family, criterion, asked_at, asked_by, .. } = question;
        let wording = criterion.wording();
        Self { family, criterion, question: &wording.question, asked_at, asked_by }
    }
}

/// The questions that wait for the caller's partner.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QuestionList {
    /// The longest waiting first.
    questions: Vec<QuestionDocument>,
}

/// List the questions that wait for your partner's answer.
#[utoipa::path(get, path = "/questions", tag = "opinions", responses(
    (status = 200, body = QuestionList),
))]
pub async fn list(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
) -> Result<Json<QuestionList>, Problem> {
    require(&viewer, Action::GiveOpinions)?;
    let questions = state.store.questions_for(&viewer.partner).await?;
    Ok(Json(QuestionList { questions: questions.into_iter().map(Into::into).collect() }))
}

/// Which criterion others are to be asked about.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskQuestion {
    /// One of the eight criteria, such as `hides_itself`.
    #[schema(value_type = String)]
    pub criterion: Criterion,
}

/// Who was asked.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Asked {
    /// Nobody, where nobody is left who could be asked, or enough were asked and may still answer.
    #[schema(value_type = Vec<String>)]
    asked: Vec<PartnerSlug>,
}

/// Put a criterion to other partners now, without waiting for 60 days to pass.
#[utoipa::path(post, path = "/families/{id}/questions", tag = "opinions",
    params(("id" = String, Path, description = "the family's slug")),
    request_body = AskQuestion, responses(
    (status = 201, body = Asked),
    (status = 404, body = ProblemDocument),
    (status = 409, body = ProblemDocument),
    (status = 422, body = ProblemDocument),
))]
pub async fn ask(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<AskQuestion>,
) -> Result<impl IntoResponse, Problem> {
    require(&viewer, Action::GiveOpinions)?;
    let row = find(&state, &id).await?;
    let by = viewer.actor();
    let asked = verdicts::ask_at_once(&state, &row.family.id, body.criterion, &by).await?;
    Ok((StatusCode::CREATED, Json(Asked { asked })))
}
