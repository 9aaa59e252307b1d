//! `/api/v1/search`: by exact value and by text.

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use unwatched_model::access::Action;
use unwatched_store::{Facet, Hit, HitKind};

use crate::http::auth::{BearerViewer, require};
use crate::http::problem::{FieldProblem, Problem, ProblemDocument};
use crate::state::AppState;

const MAX_QUERY_BYTES: usize = 2_048;
const PAGE: u32 = 50;

/// What is looked for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// A hash, domain, package, certificate or name; the beginning of one with `*`; words; a
    /// `"phrase"`; and fields: `kind:sample`, `state:failed`, `format:apk`, `platform:android`,
    /// `type:domain`, `year:2025`, `tlp:amber` (what the own partner shares so),
    /// `package:com.x*`, `certificate:...`, `family:...`.
    q: Option<String>,
    /// `family`, `indicator` or `sample`: the same as `kind:` in `q`.
    kind: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
    /// How many at most, up to 500 [default: 50].
    limit: Option<u32>,
}

/// What was found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SearchDocument {
    /// Exact values first, then text.
    results: Vec<HitDocument>,
    /// What `after` takes for the next page.
    next: Option<String>,
    /// What the whole divides into, whatever the page; counted over its first thousand.
    facets: Vec<FacetDocument>,
}

/// One way to divide what was found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FacetDocument {
    /// A field of `q`.
    name: &'static str,
    /// The most frequent first.
    values: Vec<FacetValueDocument>,
}

/// One part of what was found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FacetValueDocument {
    /// What the field takes to keep this part.
    value: String,
    /// How many of those counted.
    count: u32,
    /// Whether more was found than is counted.
    capped: bool,
}

/// One thing found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HitDocument {
    /// `family`, `indicator` or `sample`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The family's slug, the sample's SHA-256, or the indicator's number.
    id: String,
    /// What to show.
    title: String,
    /// The family it is, or whose indicator it is.
    family: Option<String>,
}

/// Search families, indicators and samples.
#[utoipa::path(get, path = "/search", tag = "search", params(Search), responses(
    (status = 200, body = SearchDocument),
    (status = 422, body = ProblemDocument),
))]
pub async fn search(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Query(query): Query<Search>,
) -> Result<Json<SearchDocument>, Problem> {
    require(&viewer, Action::ReadFamilies)?;
    let q = query.q.as_deref().unwrap_or("").trim();
    let refused = |detail: &str| Err(Problem::invalid(vec![FieldProblem::new("q", detail)]));
    if q.is_empty() {
        return refused("give something to look for");
    }
    if q.len() > MAX_QUERY_BYTES {
        return refused("at most 2,048 bytes");
    }
    let q = match query.kind.as_deref() {
        None => q.to_owned(),
        Some(kind) if HitKind::ALL.iter().any(|known| known.as_str() == kind) => {
            format!("kind:{kind} {q}")
        }
        Some(_) => {
            let problem = FieldProblem::new("kind", "expected family, indicator or sample");
            return Err(Problem::invalid(vec![problem]));
        }
    };
    let limit = query.limit.unwrap_or(PAGE);
    let page = state.store.search(&q, &viewer.visible(), query.after.as_deref(), limit).await?;
    let results = page.results.into_iter().map(HitDocument::new).collect();
    let facets = page.facets.into_iter().map(FacetDocument::new).collect();
    Ok(Json(SearchDocument { results, next: page.next, facets }))
}

impl FacetDocument {
    fn new(facet: Facet) -> Self {
        let value = |(value, count, capped)| FacetValueDocument { value, count, capped };
        Self { name: facet.name, values: facet.values.into_iter().map(value).collect() }
    }
}

impl HitDocument {
    fn new(hit: Hit) -> Self {
        let family = hit.family.map(|family| family.to_string());
        Self { kind: hit.kind.as_str(), id: hit.id, title: hit.title, family }
    }
}
