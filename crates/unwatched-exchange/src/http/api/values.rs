//! `/api/v1/values`: whether a value may name one installation, and what partners say of that.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use unwatched_model::access::Action;
use unwatched_model::held::Held;
use unwatched_model::indicator::IndicatorKind;
use unwatched_store::{IndicatorRow, Value, Viewer};

use super::families::find;
use crate::http::auth::{BearerViewer, require};
use crate::http::body::JsonBody;
use crate::http::problem::{FieldProblem, Problem, ProblemDocument};
use crate::state::AppState;

const MAX_WHY_BYTES: usize = 2_000;
const MOST_SHOWN: usize = 200;

/// Which value.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// As for an indicator.
    #[param(value_type = String)]
    pub kind: IndicatorKind,
    /// In any form.
    pub value: String,
}

/// Somebody's word on a value.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// As for an indicator.
    #[schema(value_type = String)]
    pub kind: IndicatorKind,
    /// In any form.
    pub value: String,
    /// Why it identifies no installation. Other partners read it.
    pub why: String,
}

/// A partner's word that a widely used value belongs to a family.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// The family's slug.
    pub family: String,
    /// As for an indicator.
    #[schema(value_type = String)]
    pub kind: IndicatorKind,
    /// In any form.
    pub value: String,
    /// Why it belongs to the family all the same. Other partners read it.
    pub why: String,
}

/// Whether a value is held, and why.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HeldDocument {
    /// Whether it stays out of everything that is readable without an account.
    held: bool,
    /// `held`, `listed`, `several_partners`, `declared_public`, `decided` or `several_builds`.
    reason: &'static str,
    /// The same in words.
    why: &'static str,
}

impl From<Held> for HeldDocument {
    fn from(held: Held) -> Self {
        Self { held: held.is_held(), reason: held.as_str(), why: held.why() }
    }
}

/// A value.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ValueDocument {
    kind: String,
    /// In the form compared.
    value: String,
    #[serde(flatten)]
    held: HeldDocument,
    /// Who decided that it identifies no installation.
    decisions: Vec<WordDocument>,
    /// The indicators with this value that the reader sees.
    indicators: Vec<String>,
}

/// Somebody's word.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct WordDocument {
    partner: String,
    why: String,
    at: String,
}

/// Indicators whose value is held.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HeldPage {
    held: Vec<HeldRow>,
    /// What `after` takes for the next page.
    next: Option<String>,
}

/// An indicator whose value is held.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct HeldRow {
    id: String,
    family: String,
    kind: String,
    value: String,
    why: &'static str,
}

/// Where a page starts.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// The `next` of the page before.
    after: Option<String>,
}

/// Whether a value is held, and why.
#[utoipa::path(get, path = "/values", tag = "values", params(Asked), responses(
    (status = 200, body = ValueDocument),
    (status = 404, body = ProblemDocument, description = "no indicator or sample you may see holds it"),
    (status = 422, body = ProblemDocument),
))]
pub async fn value(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Query(asked): Query<Asked>,
) -> Result<Json<ValueDocument>, Problem> {
    require(&viewer, Action::ReadIndicators)?;
    let value = seen(&state, &viewer, asked.kind, &asked.value).await?;
    Ok(Json(document(&state, &viewer, value).await?))
}

/// Indicators that wait because their value may name one installation.
#[utoipa::path(get, path = "/values/held", tag = "values", params(After), responses(
    (status = 200, body = HeldPage),
))]
pub async fn held(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Query(page): Query<After>,
) -> Result<Json<HeldPage>, Problem> {
    require(&viewer, Action::ReadIndicators)?;
    let after = after_row(page.after.as_deref())?;
    let (rows, next) = held_rows(&state, &viewer, after, MOST_SHOWN).await?;
    let held = rows.into_iter().map(|(row, held)| HeldRow {
        id: row.id.to_string(),
        family: row.indicator.family.to_string(),
        kind: row.indicator.kind.to_string(),
        value: row.normalised,
        why: held.why(),
    });
    Ok(Json(HeldPage { held: held.collect(), next: next.map(|id| id.to_string()) }))
}

/// Decide that a value identifies no installation. Two analysts' decisions free it.
#[utoipa::path(post, path = "/values/decisions", tag = "values", request_body = Decide, responses(
    (status = 201, body = ValueDocument),
    (status = 404, body = ProblemDocument, description = "no indicator or sample you may see holds it"),
    (status = 422, body = ProblemDocument),
))]
pub async fn decide(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    JsonBody(body): JsonBody<Decide>,
) -> Result<(StatusCode, Json<ValueDocument>), Problem> {
    let value = decided(&state, &viewer, body).await?;
    Ok((StatusCode::CREATED, Json(document(&state, &viewer, value).await?)))
}

/// Confirm that a value that many people have belongs to a family. Two unrelated partners of two
/// kinds, and a day, let it out.
#[utoipa::path(post, path = "/values/confirmations", tag = "values", request_body = Confirm, responses(
    (status = 201, body = ValueDocument),
    (status = 404, body = ProblemDocument),
    (status = 422, body = ProblemDocument),
))]
pub async fn confirm(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    JsonBody(body): JsonBody<Confirm>,
) -> Result<(StatusCode, Json<ValueDocument>), Problem> {
    let value = confirmed(&state, &viewer, body).await?;
    Ok((StatusCode::CREATED, Json(document(&state, &viewer, value).await?)))
}

/// A decision as the API and the portal both take it.
pub async fn decided(state: &AppState, viewer: &Viewer, body: Decide) -> Result<Value, Problem> {
    require(viewer, Action::DecideValues)?;
    let value = seen(state, viewer, body.kind, &body.value).await?;
    let why = reason(&body.why)?;
    state.store.decide_value(&value, why, &viewer.actor(), state.clock.now()).await?;
    tracing::info!(kind = %value.0, partner = %viewer.partner, "value decided on");
    Ok(value)
}

/// A confirmation as the API and the portal both take it.
pub async fn confirmed(state: &AppState, viewer: &Viewer, body: Confirm) -> Result<Value, Problem> {
    require(viewer, Action::ConfirmValues)?;
    let family = find(state, &body.family).await?.family.id;
    let value = seen(state, viewer, body.kind, &body.value).await?;
    let why = reason(&body.why)?;
    let by = viewer.actor();
    state.store.confirm_value(&family, &value, why, &by, state.clock.now()).await?;
    tracing::info!(kind = %value.0, %family, partner = %viewer.partner, "value confirmed");
    Ok(value)
}

/// The value in the form compared, if anything that holds it is seen: a value is nobody's to ask
/// about who does not know it from here.
async fn seen(
    state: &AppState,
    viewer: &Viewer,
    kind: IndicatorKind,
    text: &str,
) -> Result<Value, Problem> {
    let normalised = kind
        .normalise(text)
        .map_err(|error| Problem::invalid(vec![FieldProblem::new("value", error)]))?;
    let (value, to) = ((kind, normalised), viewer.visible());
    if !state.store.indicators_matching(Some(kind), &value.1, &to).await?.is_empty() {
        return Ok(value);
    }
    if !state.store.samples_holding(&value, 1, &to).await?.is_empty() {
        return Ok(value);
    }
    Err(Problem::not_found("no indicator or sample that you may see holds this value"))
}

/// Somebody's reason, which others read.
pub fn reason(text: &str) -> Result<&str, Problem> {
    let text = text.trim();
    let refused = |why| Err(Problem::invalid(vec![FieldProblem::new("why", why)]));
    if text.is_empty() {
        refused("it is empty: say why, for others read it")
    } else if text.len() > MAX_WHY_BYTES || text.contains('\0') {
        refused("at most 2,000 bytes of text")
    } else {
        Ok(text)
    }
}

async fn document(
    state: &AppState,
    viewer: &Viewer,
    value: Value,
) -> Result<ValueDocument, Problem> {
    let (kind, normalised) = &value;
    let held = state.store.held([value.clone()]).await?.of(*kind, normalised);
    let decisions = state.store.decisions_on(&value).await?;
    let rows = state.store.indicators_matching(Some(*kind), normalised, &viewer.visible()).await?;
    Ok(ValueDocument {
        kind: kind.to_string(),
        held: held.into(),
        decisions: decisions
            .into_iter()
            .map(|word| WordDocument {
                partner: word.partner.to_string(),
                why: word.why,
                at: word.at.to_string(),
            })
            .collect(),
        indicators: rows.into_iter().map(|row| row.id.to_string()).collect(),
        value: value.1,
    })
}

/// Partners' indicators that the viewer sees and whose value is held, after a row's id, with where
/// to go on.
pub async fn held_rows(
    state: &AppState,
    viewer: &Viewer,
    after: i64,
    most: usize,
) -> Result<(Vec<(IndicatorRow, Held)>, Option<i64>), Problem> {
    let limit = u32::try_from(most + 1).unwrap_or(u32::MAX);
    let mut rows = state.store.held_indicators(after, limit, &viewer.visible()).await?;
    let is_more = rows.len() > most;
    rows.truncate(most);
    let next = rows.last().filter(|_| is_more).map(|(row, _)| row.id);
    Ok((rows, next))
}

/// Where a page of held values goes on from, as an address says it.
pub fn after_row(after: Option<&str>) -> Result<i64, Problem> {
    after.unwrap_or("0").parse().map_err(|_| {
        Problem::invalid(vec![FieldProblem::new("after", "expected the `next` of a page")])
    })
}
