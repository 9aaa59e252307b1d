//! `POST /api/v1/indicators`, `/opinions`, `/samples/want`: many at once. Each item has a result of
//! its own, and one that is refused harms no other.

use std::collections::HashSet;

use axum::Json;
use axum::extract::{Request, State};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use unwatched_model::access::Action;
use unwatched_model::digest::Sha256;
use unwatched_store::Viewer;

use super::families::find;
use super::indicators::{AddIndicator, checked_indicator};
use super::opinions::{GiveOpinion, checked_opinion};
use crate::http::auth::{BearerViewer, require};
use crate::http::body::{self, JsonBody};
use crate::http::problem::{FieldProblem, Problem, ProblemDocument};
use crate::state::AppState;
use crate::verdicts;

const MAX_INDICATORS: usize = 1_000;
const MAX_OPINIONS: usize = 200;
const MAX_HASHES: usize = 100_000;
const MAX_HASHES_BYTES: usize = 8 << 20;

/// Many indicators.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddIndicators {
    /// At most 1,000; each as for one family, with the member `family`, the family's slug.
    #[schema(value_type = Vec<Object>, max_items = 1000)]
    indicators: Vec<Value>,
}

/// Many opinions.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveOpinions {
    /// At most 200; each as for one family, with the member `family`, the family's slug.
    #[schema(value_type = Vec<Object>, max_items = 200)]
    opinions: Vec<Value>,
}

/// What became of one item.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ItemDocument {
    /// The status that it would have been answered with alone.
    status: u16,
    /// What it is called by.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Of an indicator: the form in which it is compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    normalised: Option<String>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ProblemDocument>,
}

/// What became of each.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BatchDocument {
    /// How many were taken.
    taken: usize,
    /// How many were refused.
    refused: usize,
    /// In the order sent.
    results: Vec<ItemDocument>,
}

impl ItemDocument {
    /// One that was taken, with the status that it would have been answered with alone.
    pub(super) fn of(status: u16, id: String) -> Self {
        Self { status, id: Some(id), normalised: None, problem: None }
    }
}

impl BatchDocument {
    pub(super) fn new(results: Vec<Result<ItemDocument, Problem>>) -> Self {
        let refused = results.iter().filter(|result| result.is_err()).count();
        let taken = results.len() - refused;
        let results = results.into_iter().map(|result| {
            result.unwrap_or_else(|problem| {
                let status = problem.status().as_u16();
                let problem = Some(problem.into_document());
                ItemDocument { status, id: None, normalised: None, problem }
            })
        });
        Self { taken, refused, results: results.collect() }
    }
}

/// Add many indicators, of any families: each by itself, so that one that is refused harms no
/// other. The answer is 200 whatever became of them; `results` says it of each.
#[utoipa::path(post, path = "/indicators", tag = "indicators", request_body = AddIndicators,
    responses(
    (status = 200, body = BatchDocument, description = "what became of each"),
    (status = 422, body = ProblemDocument),
))]
pub async fn indicators(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    JsonBody(body): JsonBody<AddIndicators>,
) -> Result<Json<BatchDocument>, Problem> {
    require(&viewer, Action::AddIndicators)?;
    few_enough("indicators", body.indicators.len(), MAX_INDICATORS)?;
    let mut results = Vec::with_capacity(body.indicators.len());
    for item in body.indicators {
        results.push(indicator(&state, &viewer, item).await);
    }
    let document = BatchDocument::new(results);
    let BatchDocument { taken, refused, .. } = document;
    tracing::info!(partner = %viewer.partner, taken, refused, "indicators added");
    Ok(Json(document))
}

async fn indicator(
    state: &AppState,
    viewer: &Viewer,
    item: Value,
) -> Result<ItemDocument, Problem> {
    let (family, item): (_, AddIndicator) = of_family(item)?;
    let row = find(state, &family).await?;
    let (indicator, handling, normalised) =
        checked_indicator(&state.store, viewer, row.family.id, item).await?;
    let (by, now) = (viewer.actor(), state.clock.now());
    let added = state.store.add_indicator(&indicator, &handling, &by, now).await?;
    let status = if added.new { 201 } else { 200 };
    let (id, normalised) = (Some(added.id.to_string()), Some(normalised));
    Ok(ItemDocument { status, id, normalised, problem: None })
}

/// Give many opinions, on any families: each by itself, as with indicators.
#[utoipa::path(post, path = "/opinions", tag = "opinions", request_body = GiveOpinions, responses(
    (status = 200, body = BatchDocument, description = "what became of each"),
    (status = 422, body = ProblemDocument),
))]
pub async fn opinions(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    JsonBody(body): JsonBody<GiveOpinions>,
) -> Result<Json<BatchDocument>, Problem> {
    require(&viewer, Action::GiveOpinions)?;
    few_enough("opinions", body.opinions.len(), MAX_OPINIONS)?;
    let mut results = Vec::with_capacity(body.opinions.len());
    for item in body.opinions {
        results.push(opinion(&state, &viewer, item).await);
    }
    Ok(Json(BatchDocument::new(results)))
}

async fn opinion(state: &AppState, viewer: &Viewer, item: Value) -> Result<ItemDocument, Problem> {
    let (family, item): (_, GiveOpinion) = of_family(item)?;
    let row = find(state, &family).await?;
    let opinion = checked_opinion(state, viewer.partner.clone(), row.family.id, item)?;
    verdicts::give(state, &opinion, &viewer.actor()).await?;
    let id = Some(opinion.id.to_string());
    Ok(ItemDocument { status: 201, id, normalised: None, problem: None })
}

/// An item's family, and the rest of it.
fn of_family<T: DeserializeOwned>(mut item: Value) -> Result<(String, T), Problem> {
    let refused = |detail: &str| Problem::invalid(vec![FieldProblem::new("family", detail)]);
    let members = item.as_object_mut().ok_or_else(|| refused("an item is a JSON object"))?;
    let family = match members.remove("family") {
        Some(Value::String(family)) => family,
        Some(_) => return Err(refused("the family's slug, as a text")),
        None => return Err(refused("missing")),
    };
    Ok((family, body::item(item)?))
}

/// Refuses more items than one request takes.
pub(super) fn few_enough(field: &str, found: usize, most: usize) -> Result<(), Problem> {
    if found <= most {
        return Ok(());
    }
    let detail = format!("{found} are too many for one request: at most {most}");
    Err(Problem::invalid(vec![FieldProblem::new(field, detail)]))
}

/// Which samples somebody asks about.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Want {
    /// At most 100,000 SHA-256, in hexadecimal.
    #[schema(max_items = 100_000)]
    sha256: Vec<String>,
}

/// What is there of them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WantDocument {
    /// Those that somebody put in, as far as you may know, in the order asked, each once.
    known: Vec<String>,
    /// Those that nobody did, as far as you may know.
    missing: Vec<String>,
    /// What was no SHA-256.
    refused: Vec<String>,
}

/// Ask which of many samples are there. What you may not know of is missing. Nothing that is asked
/// is kept.
#[utoipa::path(post, path = "/samples/want", tag = "samples", request_body = Want, responses(
    (status = 200, body = WantDocument),
    (status = 413, body = ProblemDocument),
    (status = 422, body = ProblemDocument),
    (status = 429, body = ProblemDocument, description = "too much is being sent already"),
))]
pub async fn want(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    request: Request,
) -> Result<Json<WantDocument>, Problem> {
    require(&viewer, Action::ReadSamples)?;
    let mut seat = state.bodies.of(&viewer.partner)?;
    let asked: Want = body::read_json(request, MAX_HASHES_BYTES, Some(&mut seat)).await?;
    few_enough("sha256", asked.sha256.len(), MAX_HASHES)?;
    let (mut hashes, mut refused, mut met) = (Vec::new(), Vec::new(), HashSet::new());
    for text in asked.sha256 {
        match text.parse::<Sha256>() {
            Ok(hash) if met.insert(hash) => hashes.push(hash),
            Ok(_) => {}
            Err(_) => refused.push(text),
        }
    }
    let seen = state.store.samples_among(&hashes, &viewer.visible()).await?;
    let (known, missing): (Vec<_>, Vec<_>) = hashes.iter().partition(|hash| seen.contains(hash));
    let words = |hashes: Vec<Sha256>| hashes.iter().map(Sha256::to_string).collect();
    Ok(Json(WantDocument { known: words(known), missing: words(missing), refused }))
}
