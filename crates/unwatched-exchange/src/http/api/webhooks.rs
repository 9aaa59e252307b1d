//! `/api/v1/webhooks`: where a partner wants to be told of changes. A secret is shown once, when it
//! is made. How messages are sent is the job's (`jobs/deliver_webhook.rs`).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use unwatched_model::partner::{PartnerSlug, UserRole};
use unwatched_store::{Actor, NewWebhook, Told, Viewer, Webhook};

use crate::http::auth::BearerViewer;
use crate::http::body::JsonBody;
use crate::http::problem::{FieldProblem, Problem, ProblemDocument};
use crate::jobs::deliver_webhook::{self, SECRET_PREFIX};
use crate::outward::{self, NotSent};
use crate::state::AppState;
use crate::webhook_secrets;

/// One partner needs no more.
const MOST: usize = 20;
const MAX_LABEL_CHARS: usize = 100;
const MAX_KINDS: usize = 20;

/// A webhook to be made.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeWebhook {
    /// The address told: `https://`, of the open internet.
    pub url: String,
    /// What it is for: one line.
    #[serde(default)]
    pub label: String,
    /// What it is told of, as in the feed of changes: `indicator.added`, or `indicator` for all of
    /// it. Without any, everything.
    #[serde(default)]
    pub kinds: Vec<String>,
}

/// A webhook that was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MadeWebhook {
    /// Its number.
    pub id: String,
    /// What messages are signed with: this is the only time it is shown.
    pub secret: String,
}

/// A webhook as lists show it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WebhookDocument {
    id: String,
    url: String,
    label: String,
    /// With whose rights it is told.
    role: &'static str,
    kinds: Vec<String>,
    added_at: String,
    /// When a message last arrived.
    last_ok_at: Option<String>,
    /// When one was last sent.
    last_tried_at: Option<String>,
    /// Why the last one did not arrive, if it did not.
    last_error: Option<String>,
    /// How often the message was sent in vain that is to arrive next.
    failures: u32,
    /// When it was switched off.
    off_at: Option<String>,
    /// Why.
    off_why: Option<String>,
}

/// A partner's webhooks.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WebhookList {
    /// Newest first.
    webhooks: Vec<WebhookDocument>,
}

/// List the partner's webhooks.
#[utoipa::path(get, path = "/webhooks", tag = "webhooks", responses(
    (status = 200, body = WebhookList),
))]
pub async fn list(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
) -> Result<Json<WebhookList>, Problem> {
    let webhooks = state.store.webhooks(Some(&viewer.partner)).await?;
    Ok(Json(WebhookList { webhooks: webhooks.into_iter().map(WebhookDocument::new).collect() }))
}

/// Have an address told of changes from now on. Messages are signed as Standard Webhooks have it.
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", request_body = MakeWebhook, responses(
    (status = 201, body = MadeWebhook),
    (status = 409, body = ProblemDocument, description = "there are as many as one partner has"),
    (status = 422, body = ProblemDocument),
))]
pub async fn make(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    JsonBody(body): JsonBody<MakeWebhook>,
) -> Result<impl IntoResponse, Problem> {
    Ok((StatusCode::CREATED, Json(made(&state, &viewer, body).await?)))
}

/// Makes a webhook for the API and the portal both: told with the rights of whoever makes it.
pub async fn made(
    state: &AppState,
    viewer: &Viewer,
    body: MakeWebhook,
) -> Result<MadeWebhook, Problem> {
    let of = state.store.webhooks(Some(&viewer.partner)).await?;
    if of.len() >= MOST {
        let detail = format!("your partner has {MOST} webhooks: remove one first");
        return Err(Problem::conflict(detail));
    }
    let new = checked(state, viewer.partner.clone(), viewer.role, body)?;
    let new = NewWebhook { made_by: viewer.maker, ..new };
    added(state, &new, &viewer.actor()).await
}

/// A webhook as everybody who makes one is asked for it, with a fresh secret.
pub fn checked(
    state: &AppState,
    partner: PartnerSlug,
    role: UserRole,
    body: MakeWebhook,
) -> Result<NewWebhook, Problem> {
    let mut errors = Vec::new();
    let url = outward::checked(&body.url, &state.config.webhooks).map(String::from);
    let url = url.unwrap_or_else(|error| {
        errors.push(FieldProblem::new("url", error));
        String::new()
    });
    let label = body.label.trim().to_owned();
    if label.chars().count() > MAX_LABEL_CHARS || label.contains(char::is_control) {
        errors.push(FieldProblem::new("label", "one line of at most 100 characters"));
    }
    let is_kind = |kind: &String| {
        let is_part = |c: char| c.is_ascii_lowercase() || matches!(c, '.' | '_');
        !kind.is_empty() && kind.len() <= 50 && kind.chars().all(is_part)
    };
    if body.kinds.len() > MAX_KINDS || !body.kinds.iter().all(is_kind) {
        let detail = "at most 20 words such as `verdict.changed` or `indicator`";
        errors.push(FieldProblem::new("kinds", detail));
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let secret = format!("{SECRET_PREFIX}{}", STANDARD.encode(state.randomness.bytes::<32>()));
    let kinds = body.kinds;
    Ok(NewWebhook { partner, url, label, secret, role, made_by: None, kinds })
}

/// Keeps one.
pub async fn added(state: &AppState, new: &NewWebhook, by: &Actor) -> Result<MadeWebhook, Problem> {
    let secret = webhook_secrets::sealed(state, &new.partner, &new.secret)?;
    let kept = NewWebhook { secret, ..new.clone() };
    let id = state.store.add_webhook(&kept, by, state.clock.now()).await?;
    tracing::info!(partner = %new.partner, webhook = id, "webhook made");
    Ok(MadeWebhook { id: id.to_string(), secret: new.secret.clone() })
}

/// Remove a webhook: nothing is sent to it any more.
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "webhooks",
    params(("id" = String, Path, description = "the webhook's number")), responses(
    (status = 204, description = "removed"),
    (status = 404, body = ProblemDocument),
))]
pub async fn remove(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    removed(&state, &viewer, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes one for the API and the portal both.
pub async fn removed(state: &AppState, viewer: &Viewer, id: &str) -> Result<(), Problem> {
    let webhook = own(state, viewer, id).await?;
    Ok(state.store.remove_webhook(webhook.id, &viewer.actor(), state.clock.now()).await?)
}

/// Switch a webhook on again that was switched off: it goes on from where it was told to.
#[utoipa::path(post, path = "/webhooks/{id}/on", tag = "webhooks",
    params(("id" = String, Path, description = "the webhook's number")), responses(
    (status = 204, description = "switched on"),
    (status = 404, body = ProblemDocument),
))]
pub async fn switch_on(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    switched_on(&state, &viewer, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switches one on for the API and the portal both.
pub async fn switched_on(state: &AppState, viewer: &Viewer, id: &str) -> Result<(), Problem> {
    let webhook = own(state, viewer, id).await?;
    state.store.switch_webhook_on(webhook.id, &viewer.actor(), state.clock.now()).await?;
    Ok(deliver_webhook::ask(state).await?)
}

/// What came of a ping.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PingDocument {
    /// Whether the other side took it.
    pub arrived: bool,
    /// Why not.
    pub why: Option<String>,
}

/// Send a message of type `ping`, which tells of nothing, and say whether it arrived.
#[utoipa::path(post, path = "/webhooks/{id}/ping", tag = "webhooks",
    params(("id" = String, Path, description = "the webhook's number")), responses(
    (status = 200, body = PingDocument),
    (status = 404, body = ProblemDocument),
    (status = 409, body = ProblemDocument, description = "it is switched off"),
    (status = 429, body = ProblemDocument, description = "several are sent already"),
))]
pub async fn ping(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(id): Path<String>,
) -> Result<Json<PingDocument>, Problem> {
    let sent = pinged(&state, &viewer, &id).await?;
    let why = sent.err().map(|error| error.to_string());
    Ok(Json(PingDocument { arrived: why.is_none(), why }))
}

/// Sends one for the API and the portal both; says what became of it.
pub async fn pinged(
    state: &AppState,
    viewer: &Viewer,
    id: &str,
) -> Result<Result<(), NotSent>, Problem> {
    let webhook = own(state, viewer, id).await?;
    let Ok(_one) = state.pings.try_acquire() else {
        return Err(Problem::too_many("several pings are sent already: try again in a moment"));
    };
    let Told::Yes(telling) = state.store.webhook_telling(webhook.id, state.clock.now()).await?
    else {
        return Err(Problem::conflict("the webhook is switched off: switch it on first"));
    };
    Ok(deliver_webhook::ping(state, webhook.id, &telling).await?)
}

async fn own(state: &AppState, viewer: &Viewer, id: &str) -> Result<Webhook, Problem> {
    let none = || Problem::not_found("your partner has no such webhook");
    let id: i64 = id.parse().map_err(|_| none())?;
    let of = state.store.webhooks(Some(&viewer.partner)).await?;
    of.into_iter().find(|webhook| webhook.id == id).ok_or_else(none)
}

impl WebhookDocument {
    fn new(webhook: Webhook) -> Self {
        let (off_at, off_why) = webhook.off.unzip();
        Self {
            id: webhook.id.to_string(),
            url: webhook.url,
            label: webhook.label,
            role: webhook.role.as_str(),
            kinds: webhook.kinds,
            added_at: webhook.added_at.to_string(),
            last_ok_at: webhook.last_ok_at.map(|at| at.to_string()),
            last_tried_at: webhook.last_tried_at.map(|at| at.to_string()),
            last_error: webhook.last_error,
            failures: webhook.failures,
            off_at: off_at.map(|at| at.to_string()),
            off_why,
        }
    }
}
