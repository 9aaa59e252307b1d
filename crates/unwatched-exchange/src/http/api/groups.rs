//! `/api/v1/groups`: sharing groups. Coordinators make them; members see those they are in.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use unwatched_model::access::Action;
use unwatched_model::partner::{GroupSlug, PartnerSlug};
use unwatched_store::{Group, Viewer};

use crate::http::auth::{self, BearerViewer};
use crate::http::body::JsonBody;
use crate::http::problem::{FieldProblem, Problem, ProblemDocument};
use crate::state::AppState;

const MAX_NAME_CHARS: usize = 100;

/// A group to be made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeGroup {
    /// Its short name: small letters, digits and hyphens.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// A member to be added.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddMember {
    /// The partner's short name.
    pub partner: String,
}

/// A group.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GroupDocument {
    /// Its short name.
    slug: String,
    /// Its name.
    name: String,
    /// Its members.
    members: Vec<String>,
    /// When it was closed: nothing new is shared in it.
    closed_at: Option<String>,
}

/// Groups.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GroupList {
    /// By short name.
    groups: Vec<GroupDocument>,
}

/// List the groups that the partner is in; coordinators see all.
#[utoipa::path(get, path = "/groups", tag = "groups", responses((status = 200, body = GroupList)))]
pub async fn list(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
) -> Result<Json<GroupList>, Problem> {
    let groups = known(&state, &viewer).await?.into_iter().map(GroupDocument::new).collect();
    Ok(Json(GroupList { groups }))
}

/// The groups that this viewer knows of.
pub async fn known(state: &AppState, viewer: &Viewer) -> Result<Vec<Group>, Problem> {
    let mut groups = state.store.groups().await?;
    if !auth::may(viewer, Action::ManageGroups) {
        groups.retain(|group| group.members.contains(&viewer.partner));
    }
    Ok(groups)
}

/// Make a group, without members.
#[utoipa::path(post, path = "/groups", tag = "groups", request_body = MakeGroup, responses(
    (status = 201, description = "made"),
    (status = 409, body = ProblemDocument),
    (status = 422, body = ProblemDocument),
))]
pub async fn make(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    JsonBody(body): JsonBody<MakeGroup>,
) -> Result<impl IntoResponse, Problem> {
    made(&state, &viewer, &body).await?;
    Ok(StatusCode::CREATED)
}

/// Makes a group for the API and the portal both.
pub async fn made(state: &AppState, viewer: &Viewer, body: &MakeGroup) -> Result<(), Problem> {
    let mut errors = Vec::new();
    let slug = body.slug.trim().parse::<GroupSlug>();
    if let Err(error) = &slug {
        errors.push(FieldProblem::new("slug", error));
    }
    let name = body.name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || name.contains(char::is_control) {
        errors.push(FieldProblem::new("name", "one line of at most 100 characters"));
    }
    match slug {
        Ok(slug) if errors.is_empty() => {
            Ok(state.store.add_group(&slug, name, &viewer.actor(), state.clock.now()).await?)
        }
        _ => Err(Problem::invalid(errors)),
    }
}

/// Make a partner a member.
#[utoipa::path(post, path = "/groups/{slug}/members", tag = "groups",
    params(("slug" = String, Path, description = "the group's short name")),
    request_body = AddMember, responses(
    (status = 204, description = "a member now"),
    (status = 404, body = ProblemDocument),
    (status = 409, body = ProblemDocument, description = "the group is closed"),
    (status = 422, body = ProblemDocument),
))]
pub async fn join(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(slug): Path<String>,
    JsonBody(body): JsonBody<AddMember>,
) -> Result<StatusCode, Problem> {
    let slug = known_slug(&slug)?;
    let partner = body
        .partner
        .parse::<PartnerSlug>()
        .map_err(|error| Problem::invalid(vec![FieldProblem::new("partner", error)]))?;
    state.store.join_group(&slug, &partner, &viewer.actor(), state.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End a membership: from now on nothing that is shared in the group reaches the partner.
#[utoipa::path(delete, path = "/groups/{slug}/members/{partner}", tag = "groups",
    params(("slug" = String, Path, description = "the group's short name"),
           ("partner" = String, Path, description = "the partner's short name")), responses(
    (status = 204, description = "no member any more"),
    (status = 404, body = ProblemDocument),
))]
pub async fn leave(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path((slug, partner)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let unknown = |_| Problem::not_found("no partner of this name");
    let partner: PartnerSlug = partner.parse().map_err(unknown)?;
    let slug = known_slug(&slug)?;
    state.store.leave_group(&slug, &partner, &viewer.actor(), state.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Close a group: nothing new is shared in it, and its members keep what was.
#[utoipa::path(delete, path = "/groups/{slug}", tag = "groups",
    params(("slug" = String, Path, description = "the group's short name")), responses(
    (status = 204, description = "closed"),
    (status = 404, body = ProblemDocument),
))]
pub async fn close(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(slug): Path<String>,
) -> Result<StatusCode, Problem> {
    let slug = known_slug(&slug)?;
    state.store.close_group(&slug, &viewer.actor(), state.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The short name of a path.
pub fn known_slug(slug: &str) -> Result<GroupSlug, Problem> {
    slug.parse().map_err(|_| Problem::not_found("no group of this name"))
}

impl GroupDocument {
    fn new(group: Group) -> Self {
        Self {
            slug: group.slug.to_string(),
            name: group.name,
            members: group.members.iter().map(ToString::to_string).collect(),
            closed_at: group.closed_at.map(|at| at.to_string()),
        }
    }
}
