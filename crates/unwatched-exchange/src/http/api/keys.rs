//! `/api/v1/keys`: the partner's own keys. A key is shown once, when it is made.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use unwatched_model::access::{Scopes, covers};
use unwatched_model::partner::UserRole;
use unwatched_store::{NewToken, TokenRow, Viewer};

use crate::http::auth::{self, BearerViewer};
use crate::http::body::JsonBody;
use crate::http::problem::{FieldProblem, Problem, ProblemDocument};
use crate::state::AppState;

/// How long a key is good for when nobody says.
pub const DEFAULT_DAYS: u32 = 365;
/// The longest.
pub const MAX_DAYS: u32 = 730;
const MAX_LABEL_CHARS: usize = 100;

/// A key to be made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeKey {
    /// What it is for: one line.
    pub label: String,
    /// With which rights; never above one's own.
    #[schema(value_type = String)]
    pub role: UserRole,
    /// `all`, or words of `read`, `samples:upload`, `samples:download`, `write`, `manage` and
    /// `coordinate`, parted by spaces; never more than the key that asks has.
    pub scopes: String,
    /// After how many days it ends: 365 without it, at most 730, and never after the key that
    /// asks.
    pub expires_days: Option<u32>,
}

/// A key that was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MadeKey {
    /// What it is called by.
    pub id: String,
    /// The key itself: this is the only time it is shown.
    pub key: String,
    /// When it ends.
    pub expires: String,
}

/// A key as lists show it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct KeyDocument {
    /// What it is called by.
    id: String,
    /// What it is for.
    label: String,
    /// With which rights.
    role: &'static str,
    /// What it may be used for.
    scopes: String,
    /// When it was made.
    added_at: String,
    /// When it ends.
    expires: Option<String>,
    /// When it was withdrawn.
    withdrawn_at: Option<String>,
    /// The day of its last use.
    last_used: Option<String>,
}

/// A partner's keys.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct KeyList {
    /// Newest first.
    keys: Vec<KeyDocument>,
}

/// List the partner's keys.
#[utoipa::path(get, path = "/keys", tag = "keys", responses((status = 200, body = KeyList)))]
pub async fn list(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
) -> Result<Json<KeyList>, Problem> {
    let keys = state.store.tokens(Some(&viewer.partner)).await?;
    Ok(Json(KeyList { keys: keys.into_iter().map(KeyDocument::new).collect() }))
}

/// Make a key.
#[utoipa::path(post, path = "/keys", tag = "keys", request_body = MakeKey, responses(
    (status = 201, body = MadeKey),
    (status = 422, body = ProblemDocument),
))]
pub async fn make(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    JsonBody(body): JsonBody<MakeKey>,
) -> Result<impl IntoResponse, Problem> {
    Ok((StatusCode::CREATED, Json(made(&state, &viewer, body).await?)))
}

/// Makes a key for the API and the portal both.
pub async fn made(state: &AppState, viewer: &Viewer, body: MakeKey) -> Result<MadeKey, Problem> {
    let now = state.clock.now();
    let (scopes, expires) = checked(viewer, &body, now)?;
    let (key, sha256) = auth::new_token(&state.randomness);
    let new = NewToken {
        sha256,
        partner: viewer.partner.clone(),
        role: body.role,
        scopes,
        expires: Some(expires),
        made_by: viewer.maker,
        label: body.label.trim().to_owned(),
    };
    state.store.add_token(&new, &viewer.actor(), now).await?;
    let id = sha256.to_string()[..16].to_owned();
    tracing::info!(partner = %viewer.partner, role = %new.role, key = id, "key made");
    Ok(MadeKey { id, key, expires: expires.to_string() })
}

/// Nobody hands on more than they have: not in role, nor in scopes, nor in time.
fn checked(
    viewer: &Viewer,
    body: &MakeKey,
    now: Timestamp,
) -> Result<(Scopes, Timestamp), Problem> {
    let mut errors = Vec::new();
    let label = body.label.trim();
    if label.is_empty()
        || label.chars().count() > MAX_LABEL_CHARS
        || label.contains(char::is_control)
    {
        errors
            .push(FieldProblem::new("label", "one line of at most 100 characters: what it is for"));
    }
    if !covers(viewer.role, body.role) {
        let (role, own) = (body.role, viewer.role);
        let detail = format!("the role {role} may do what your role {own} may not");
        errors.push(FieldProblem::new("role", detail));
    }
    let scopes = body.scopes.parse::<Scopes>().unwrap_or_else(|error| {
        errors.push(FieldProblem::new("scopes", error));
        Scopes::all()
    });
    if scopes.is_empty() {
        errors.push(FieldProblem::new("scopes", "a key without a scope opens nothing: name one"));
    }
    if let Some(own) = viewer.scopes.as_ref().filter(|own| !scopes.within(own)) {
        let detail = format!("this key has {own}, and makes no key with more");
        errors.push(FieldProblem::new("scopes", detail));
    }
    let days = body.expires_days.unwrap_or(DEFAULT_DAYS);
    if !(1..=MAX_DAYS).contains(&days) {
        errors.push(FieldProblem::new("expires_days", "from 1 to 730 days"));
    }
    let asked = now.checked_add(SignedDuration::from_hours(i64::from(days.min(MAX_DAYS)) * 24));
    let mut expires = asked.map_err(|error| Problem::internal(&error))?;
    if let Some(until) = viewer.until.filter(|until| *until < expires) {
        if body.expires_days.is_some() {
            let detail = format!("this key ends at {until}, and makes no key that lasts longer");
            errors.push(FieldProblem::new("expires_days", detail));
        }
        expires = until;
    }
    if errors.is_empty() { Ok((scopes, expires)) } else { Err(Problem::invalid(errors)) }
}

/// Withdraw a key of the own partner: it opens nothing from now on.
#[utoipa::path(delete, path = "/keys/{id}", tag = "keys",
    params(("id" = String, Path, description = "what the key is called by")), responses(
    (status = 204, description = "withdrawn"),
    (status = 404, body = ProblemDocument),
))]
pub async fn withdraw(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    withdrawn(&state, &viewer, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Withdraws a key for the API and the portal both.
pub async fn withdrawn(state: &AppState, viewer: &Viewer, id: &str) -> Result<(), Problem> {
    let key = state.store.token_of(&viewer.partner, id).await?;
    let key = key.ok_or_else(|| Problem::not_found("your partner has no such key"))?;
    state.store.revoke_token(&key.sha256, &viewer.actor(), state.clock.now()).await?;
    Ok(())
}

impl KeyDocument {
    fn new(row: TokenRow) -> Self {
        Self {
            id: row.id(),
            role: row.role.as_str(),
            scopes: row.scopes.to_string(),
            added_at: row.added_at.to_string(),
            expires: row.expires.map(|at| at.to_string()),
            withdrawn_at: row.revoked_at.map(|at| at.to_string()),
            last_used: row.last_used_day.map(|at| at.strftime("%Y-%m-%d").to_string()),
            label: row.label,
        }
    }
}
