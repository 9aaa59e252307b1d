//! `/api/v1/families`: families and their names.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use unwatched_model::access::Action;
use unwatched_model::class::{Attribution, Class};
use unwatched_model::family::{FamilyId, Platform};
use unwatched_model::text::{can_be_a_name, is_deceptive};
use unwatched_store::{FamilyRow, NewFamily};

use crate::http::auth::{BearerViewer, require};
use crate::http::body::JsonBody;
use crate::http::problem::{FieldProblem, Problem, ProblemDocument};
use crate::state::AppState;
use crate::verdicts;

const MAX_NAME_BYTES: usize = 200;
const MAX_ALIASES: usize = 500;
const PAGE: u32 = 100;

/// A family to be created.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateFamily {
    /// The name people use.
    name: String,
    /// Other names it is sold under.
    #[serde(default)]
    aliases: Vec<String>,
    /// `android`, `ios`, `windows`, `macos` or `linux`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    platform: Option<Platform>,
}

/// A family as everybody with a token reads it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FamilyDocument {
    /// The slug used in every path.
    #[schema(value_type = String)]
    id: FamilyId,
    /// The name people use.
    name: String,
    /// Other names.
    aliases: Vec<String>,
    /// Where it runs, when known.
    #[schema(value_type = Option<String>)]
    platform: Option<Platform>,
    /// The coalition's class, by its own opinions.
    #[schema(value_type = String)]
    class: Class,
    /// What sources say; not judged by the coalition.
    #[schema(value_type = Vec<Object>)]
    attributed: Vec<Attribution>,
}

/// A page of families.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FamilyPage {
    /// In the order of their ids.
    families: Vec<FamilyDocument>,
    /// What `after` takes for the next page.
    #[schema(value_type = Option<String>)]
    next: Option<FamilyId>,
}

/// What was created.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Created {
    /// The new id.
    id: String,
}

impl Created {
    pub(super) fn new(id: &impl ToString) -> Self {
        Self { id: id.to_string() }
    }
}

/// Create a family.
#[utoipa::path(post, path = "/families", tag = "families", request_body = CreateFamily, responses(
    (status = 201, body = Created, headers(("Location", description = "the family's address"))),
    (status = 409, body = ProblemDocument, description = "a family of this name exists"),
    (status = 422, body = ProblemDocument),
))]
pub async fn create(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    JsonBody(body): JsonBody<CreateFamily>,
) -> Result<impl IntoResponse, Problem> {
    require(&viewer, Action::WriteFamilies)?;
    let new = body.checked()?;
    let id = state.store.create_family(&new, &viewer.actor(), state.clock.now()).await?;
    tracing::info!(family = %id, partner = %viewer.partner, "family created");
    let location = format!("/api/v1/families/{id}");
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(Created::new(&id))))
}

impl CreateFamily {
    /// Also what a page's form goes through: see [`checked_family`].
    fn checked(self) -> Result<NewFamily, Problem> {
        checked_family(&self.name, self.aliases, self.platform)
    }
}

/// A family as the API and the portal both accept it.
pub fn checked_family(
    name: &str,
    aliases: Vec<String>,
    platform: Option<Platform>,
) -> Result<NewFamily, Problem> {
    let mut errors = Vec::new();
    let mut text = |field: String, text: &str| {
        let text = text.trim();
        if text.is_empty() {
            errors.push(FieldProblem::new(field, "it is empty"));
        } else if text.len() > MAX_NAME_BYTES {
            errors.push(FieldProblem::new(field, "it is longer than 200 bytes"));
        } else if text.chars().any(char::is_control) {
            errors.push(FieldProblem::new(field, "it holds a control character"));
        } else if text.contains(is_deceptive) {
            errors.push(FieldProblem::new(
                field,
                "it holds a character that is not seen or that turns the writing around",
            ));
        } else if !can_be_a_name(text) {
            errors.push(FieldProblem::new(field, "it holds no letter or digit"));
        }
        text.to_owned()
    };
    let name = text("name".to_owned(), name);
    let aliases: Vec<_> = aliases
        .into_iter()
        .enumerate()
        .map(|(at, alias)| text(format!("aliases[{at}]"), &alias))
        .collect();
    if aliases.len() > MAX_ALIASES {
        errors.push(FieldProblem::new("aliases", "a family has at most 500 aliases"));
    }
    if errors.is_empty() {
        Ok(NewFamily { name, aliases, platform })
    } else {
        Err(Problem::invalid(errors))
    }
}

/// Where a page starts.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// `next` of the page before.
    after: Option<String>,
}

/// List families, 100 a page, in the order of their ids.
#[utoipa::path(get, path = "/families", tag = "families", params(After), responses(
    (status = 200, body = FamilyPage),
    (status = 422, body = ProblemDocument),
))]
pub async fn list(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Query(query): Query<After>,
) -> Result<Json<FamilyPage>, Problem> {
    require(&viewer, Action::ReadFamilies)?;
    let after = query.after.as_deref().map(str::parse::<FamilyId>).transpose();
    let after = after.map_err(|error| Problem::invalid(vec![FieldProblem::new("after", error)]))?;
    let rows = state.store.families(after.as_ref(), PAGE).await?;
    let is_full = rows.len() == PAGE as usize;
    let next = rows.last().filter(|_| is_full).map(|row| row.family.id.clone());
    let verdicts = verdicts::of_page(&state.store, &rows, state.clock.now()).await?;
    let families = rows
        .into_iter()
        .map(|row| {
            let class = verdicts.get(&row.family.id).map_or(Class::Undecided, |v| v.class);
            FamilyDocument::new(row, class)
        })
        .collect();
    Ok(Json(FamilyPage { families, next }))
}

impl FamilyDocument {
    fn new(row: FamilyRow, class: Class) -> Self {
        let FamilyRow { family, attributed, .. } = row;
        let unwatched_model::family::Family { id, name, aliases, platform } = family;
        Self { id, name, aliases, platform, class, attributed }
    }
}

/// Read a family.
#[utoipa::path(get, path = "/families/{id}", tag = "families",
    params(("id" = String, Path, description = "the family's slug")), responses(
    (status = 200, body = FamilyDocument),
    (status = 404, body = ProblemDocument),
))]
pub async fn family(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(id): Path<String>,
) -> Result<Json<FamilyDocument>, Problem> {
    require(&viewer, Action::ReadFamilies)?;
    let row = find(&state, &id).await?;
    let verdict = verdicts::current(&state.store, &row.family.id, state.clock.now()).await?;
    Ok(Json(FamilyDocument::new(row, verdict.class)))
}

/// The family of a path, or a 404 that names it.
pub async fn find(state: &AppState, id: &str) -> Result<FamilyRow, Problem> {
    let unknown = || Problem::not_found(format!("no family with the id {id:?}"));
    let id: FamilyId = id.parse().map_err(|_| unknown())?;
    state.store.family(&id).await?.ok_or_else(unknown)
}
