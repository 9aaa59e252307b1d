//! `/api/v1/known-good`: what a partner knows to be ordinary, so that it is not released on
//! another's word alone.

use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Query, Request, State};
use serde::{Deserialize, Serialize};
use unwatched_model::access::Action;
use unwatched_model::indicator::IndicatorKind;
use unwatched_store::{KnownGood, Value};

use crate::http::auth::{BearerViewer, require};
use crate::http::problem::{FieldProblem, Problem, ProblemDocument};
use crate::state::AppState;

const MAX_LINES: usize = 100_000;
const MAX_BYTES: usize = 32 << 20;
const PAGE: u32 = 1_000;
const MAX_NOTE_BYTES: usize = 500;

/// One line: a value, and what it is.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownGoodLine {
    /// As for an indicator.
    #[schema(value_type = String)]
    kind: IndicatorKind,
    /// In any form; answered in the one compared.
    value: String,
    /// What it is.
    #[serde(default)]
    note: Option<String>,
}

/// How many values the list has.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct KnownGoodCount {
    values: u64,
}

/// A page of the own list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct KnownGoodPage {
    known_good: Vec<KnownGoodLine>,
    /// Ask with these for the next page.
    next: Option<KnownGoodLine>,
}

/// Which value.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// As for an indicator.
    #[param(value_type = Option<String>)]
    kind: Option<IndicatorKind>,
    /// In any form.
    value: Option<String>,
}

/// Add to the own list of what is known to be ordinary: JSON lines, at most 100,000.
#[utoipa::path(post, path = "/known-good", tag = "values",
    request_body(content = KnownGoodLine, content_type = "application/x-ndjson"), responses(
    (status = 200, body = KnownGoodCount),
    (status = 413, body = ProblemDocument),
    (status = 422, body = ProblemDocument, description = "nothing was added; `errors` names the lines"),
))]
pub async fn add(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    request: Request,
) -> Result<Json<KnownGoodCount>, Problem> {
    require(&viewer, Action::ListKnownGood)?;
    let bytes = to_bytes(request.into_body(), MAX_BYTES)
        .await
        .map_err(|_| Problem::too_large("a list has at most 32 MiB; send it in parts"))?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Problem::malformed("the body is not UTF-8 text"))?;
    let values = lines(text)?;
    let count = state.store.add_known_good(&values, &viewer.actor(), state.clock.now()).await?;
    tracing::info!(partner = %viewer.partner, values = values.len(), "known-good list added to");
    Ok(Json(KnownGoodCount { values: count }))
}

fn lines(text: &str) -> Result<Vec<KnownGood>, Problem> {
    let mut errors = Vec::new();
    let mut values = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        if values.len() == MAX_LINES {
            return Err(Problem::too_large("a list has at most 100,000 lines; send it in parts"));
        }
        match read(line) {
            Ok(value) => values.push(value),
            Err(why) => errors.push(FieldProblem::new(format!("line {}", at + 1), why)),
        }
        if errors.len() == 20 {
            break;
        }
    }
    if errors.is_empty() { Ok(values) } else { Err(Problem::invalid(errors)) }
}

fn read(line: &str) -> Result<KnownGood, String> {
    let KnownGoodLine { kind, value, note } =
        serde_json::from_str(line).map_err(|error| error.to_string())?;
    let normalised = kind.normalise(&value).map_err(|error| error.to_string())?;
    let note = note.filter(|note| !note.trim().is_empty());
    if note.as_ref().is_some_and(|note| note.len() > MAX_NOTE_BYTES || note.contains('\0')) {
        return Err("the note is longer than 500 bytes".to_owned());
    }
    Ok(KnownGood { value: (kind, normalised), note })
}

/// List what the own partner knows to be ordinary.
#[utoipa::path(get, path = "/known-good", tag = "values", params(Which), responses(
    (status = 200, body = KnownGoodPage),
))]
pub async fn list(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Query(after): Query<Which>,
) -> Result<Json<KnownGoodPage>, Problem> {
    require(&viewer, Action::ListKnownGood)?;
    let after = which(after)?;
    let rows = state.store.known_good(&viewer.partner, after.as_ref(), PAGE).await?;
    let is_whole = rows.len() == PAGE as usize;
    let next = rows.last().filter(|_| is_whole).map(line);
    Ok(Json(KnownGoodPage { known_good: rows.iter().map(line).collect(), next }))
}

/// Take one value, or the whole own list, away.
#[utoipa::path(delete, path = "/known-good", tag = "values", params(Which), responses(
    (status = 200, body = KnownGoodCount, description = "how many went"),
))]
pub async fn remove(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Query(asked): Query<Which>,
) -> Result<Json<KnownGoodCount>, Problem> {
    require(&viewer, Action::ListKnownGood)?;
    let value = which(asked)?;
    let now = state.clock.now();
    let values = state.store.remove_known_good(value.as_ref(), &viewer.actor(), now).await?;
    Ok(Json(KnownGoodCount { values }))
}

fn line(known: &KnownGood) -> KnownGoodLine {
    let (kind, value) = known.value.clone();
    KnownGoodLine { kind, value, note: known.note.clone() }
}

fn which(asked: Which) -> Result<Option<Value>, Problem> {
    let refused = |why: String| Problem::invalid(vec![FieldProblem::new("value", why)]);
    match (asked.kind, asked.value) {
        (None, None) => Ok(None),
        (Some(kind), Some(value)) => {
            let normalised = kind.normalise(&value).map_err(|error| refused(error.to_string()))?;
            Ok(Some((kind, normalised)))
        }
        _ => Err(refused("kind and value go together".to_owned())),
    }
}
