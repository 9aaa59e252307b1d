//! `/api/v1/sightings`: how often what was seen, as sums over whole quarters. The same sightings as
//! in the TAXII collection, by the same rules.

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use unwatched_formats::taxii::envelope::head;
use unwatched_formats::taxii::{Head, Strictness};
use unwatched_model::access::Action;
use unwatched_model::family::FamilyId;
use unwatched_model::tlp::Tlp;
use unwatched_store::{TaxiiObject, Viewer};
use uuid::Uuid;

use super::batches::{BatchDocument, ItemDocument, few_enough};
use super::families::find;
use crate::collections::sightings::told::{self, Told};
use crate::collections::sightings::{
    Known, No, Quarters, Sum, UNMARKED, count, ids_of_family, ids_of_indicator,
};
use crate::http::auth::{BearerViewer, require};
use crate::http::body::{self, JsonBody};
use crate::http::problem::{FieldProblem, Problem, ProblemDocument};
use crate::http::taxii::own::new_id;
use crate::state::AppState;

const MAX_SIGHTINGS: usize = 1_000;
const DEFAULT_LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 1_000;

/// Many sightings, or one.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddSightings {
    /// At most 1,000, each with `count` and `from`, `family` or `indicator`, and if need be `to`
    /// and `tlp`.
    #[schema(value_type = Vec<AddSighting>, max_items = 1000)]
    sightings: Vec<Value>,
}

/// How often something was seen in whole quarters.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddSighting {
    /// The family's slug; or `indicator`.
    #[serde(default)]
    family: Option<String>,
    /// An indicator's `uuid`; or `family`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    indicator: Option<Uuid>,
    /// From 10 up.
    #[serde(default)]
    #[schema(value_type = u32, required = true, minimum = 10, maximum = 999_999_999)]
    count: Option<Value>,
    /// The quarter, such as `2026-Q1`, in UTC; of several, the first. It is over.
    from: String,
    /// Of several quarters, the last.
    #[serde(default)]
    to: Option<String>,
    /// `CLEAR`, `GREEN` or `AMBER` [default: `AMBER`].
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    tlp: Option<Tlp>,
}

/// Which sightings.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Only what was counted of this family itself: its slug.
    family: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many at most, up to 1,000 [default: 100].
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// How often something was seen.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SightingDocument {
    /// What it is called by TAXII, too.
    id: String,
    /// The family that was counted; none for an indicator.
    #[schema(value_type = Option<String>)]
    family: Option<FamilyId>,
    /// What was counted, by its id in TAXII.
    of: String,
    count: u64,
    /// The first quarter, such as `2026-Q1`.
    from: String,
    /// The last quarter.
    to: String,
    tlp: &'static str,
    /// Whether your own partner counted.
    own: bool,
    added_at: String,
}

/// A page of sightings.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SightingPage {
    /// In the order added, each in its latest version. Two organisations may have counted the same
    /// case.
    sightings: Vec<SightingDocument>,
    /// What `after` takes for the next page.
    next: Option<String>,
}

/// List what was counted: sums over whole quarters, never one event. Of one organisation and
/// quarter there are families or indicators, not both.
#[utoipa::path(get, path = "/sightings", tag = "sightings", params(Asked), responses(
    (status = 200, body = SightingPage),
    (status = 404, body = ProblemDocument, description = "no such family"),
    (status = 422, body = ProblemDocument),
))]
pub async fn list(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Query(asked): Query<Asked>,
) -> Result<Json<SightingPage>, Problem> {
    require(&viewer, Action::ReadIndicators)?;
    let refused = |field, why| Err(Problem::invalid(vec![FieldProblem::new(field, why)]));
    let Ok(after) = asked.after.as_deref().unwrap_or("0").parse::<i64>() else {
        return refused("after", "expected the `next` of a page");
    };
    let limit = asked.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return refused("limit", "from 1 to 1,000");
    }
    let of = match asked.family.as_deref() {
        Some(slug) => Some(find(&state, slug).await?.family.id),
        None => None,
    };
    let (found, next) = told::run(&state.store, of.as_ref(), after, limit).await?;
    let families = told::families(&state.store).await?;
    let document = |one: Told| {
        let (from, to) = one.sum.quarters.words();
        SightingDocument {
            id: one.id,
            family: families.get(&one.sum.of).cloned(),
            of: one.sum.of,
            count: one.sum.count,
            from,
            to,
            tlp: one.sum.tlp.as_str(),
            own: one.by.as_ref() == Some(&viewer.partner),
            added_at: one.at.to_string(),
        }
    };
    let sightings = found.into_iter().map(document).collect();
    Ok(Json(SightingPage { sightings, next: next.map(|at| at.to_string()) }))
}

/// Say how often something was seen: each by itself, so that one that is refused harms no other.
/// What is said again of the same quarters is a version of what was said before. The answer is 200
/// whatever became of them; `results` says it of each.
#[utoipa::path(post, path = "/sightings", tag = "sightings", request_body = AddSightings, responses(
    (status = 200, body = BatchDocument, description = "what became of each"),
    (status = 422, body = ProblemDocument),
))]
pub async fn add(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    JsonBody(body): JsonBody<AddSightings>,
) -> Result<Json<BatchDocument>, Problem> {
    require(&viewer, Action::AddIndicators)?;
    few_enough("sightings", body.sightings.len(), MAX_SIGHTINGS)?;
    let mut said = Vec::with_capacity(body.sightings.len());
    for item in body.sightings {
        said.push(read(&state, item).await);
    }
    let document = BatchDocument::new(keep(&state, &viewer, said).await?);
    tracing::info!(partner = %viewer.partner, "sightings added");
    Ok(Json(document))
}

/// A sighting whose thing has yet to be found among what partners share.
struct Said {
    /// What it may be called by there.
    ids: Vec<String>,
    /// The member that names it.
    named: &'static str,
    count: u64,
    quarters: Quarters,
    tlp: Tlp,
}

async fn read(state: &AppState, item: Value) -> Result<Said, Problem> {
    let item: AddSighting = body::item(item)?;
    let either = |why| Err(Problem::invalid(vec![FieldProblem::new("family", why)]));
    let (named, ids) = match (&item.family, item.indicator) {
        (Some(slug), None) => ("family", ids_of_family(&find(state, slug).await?.family.id)),
        (None, Some(uuid)) => ("indicator", ids_of_indicator(uuid)),
        (Some(_), Some(_)) => return either("say `family` or `indicator`, not both"),
        (None, None) => return either("missing: say `family` or `indicator`"),
    };
    let refused = |no: No| problem(no, named);
    let count = count(item.count.as_ref()).map_err(refused)?;
    let quarters = Quarters::read(&item.from, item.to.as_deref()).map_err(refused)?;
    Ok(Said { ids, named, count, quarters, tlp: item.tlp.unwrap_or(UNMARKED) })
}

/// A refusal under the name that the member has here.
fn problem(no: No, named: &str) -> Problem {
    let field = match no.field.as_str() {
        "sighting_of_ref" => named,
        "first_seen" => "from",
        "last_seen" => "to",
        "object_marking_refs" => "tlp",
        "" | "id" | "modified" => "sighting",
        other => other,
    };
    Problem::invalid(vec![FieldProblem::new(field, no.why)])
}

/// Holds each against those before it, and keeps those that point at nobody.
async fn keep(
    state: &AppState,
    viewer: &Viewer,
    said: Vec<Result<Said, Problem>>,
) -> Result<Vec<Result<ItemDocument, Problem>>, Problem> {
    let collection = told::collection(&state.store).await?;
    let collection = collection.ok_or_else(|| Problem::not_found("no sightings are kept here"))?;
    let _alone = state.sightings.lock().await;
    let now = state.clock.now();
    let things: Vec<&str> =
        said.iter().flatten().flat_map(|one| one.ids.iter().map(String::as_str)).collect();
    let partner = Some(&viewer.partner);
    let mut known = Known::of(&state.store, &collection, partner, &things, &[], now).await?;
    let mut kept: Vec<(Head, String)> = Vec::new();
    let mut results = Vec::with_capacity(said.len());
    for one in said {
        results.push(one.and_then(|one| {
            let (id, json, is_there) = saying(state, &known, &one)?;
            if !is_there {
                known.takes(&json, &id).map_err(|no| problem(no, one.named))?;
                let head = head(&json, Strictness::Stix);
                kept.push((head.map_err(|no| Problem::internal(&no.why))?, json));
            }
            Ok(ItemDocument::of(if is_there { 200 } else { 201 }, id))
        }));
    }
    let objects: Vec<TaxiiObject<'_>> =
        kept.iter().map(|(head, json)| object(head, json)).collect();
    if !objects.is_empty() {
        let by = viewer.actor();
        state.store.add_taxii_objects(collection.number, &objects, &by, now, |_| None).await?;
    }
    Ok(results)
}

fn saying(state: &AppState, known: &Known, said: &Said) -> Result<(String, String, bool), Problem> {
    let of = known.shared_as(&said.ids).ok_or_else(|| {
        let why = "it is nothing that partners share; what is new is there ten minutes later";
        problem(No { field: "sighting_of_ref".to_owned(), why: why.to_owned() }, said.named)
    })?;
    let Said { count, quarters, tlp, .. } = *said;
    let sum = Sum { of: of.clone(), count, quarters, tlp };
    Ok(known.saying(&sum, || format!("sighting--{}", new_id(&state.randomness))))
}

fn object<'a>(head: &'a Head, json: &'a str) -> TaxiiObject<'a> {
    TaxiiObject {
        id: &head.id,
        object_type: &head.object_type,
        version: head.version.as_deref(),
        version_key: head.version_key.as_deref(),
        spec: &head.spec_version,
        json,
    }
}
