//! Taking samples' bytes out: who may, the line in the audit log before the first byte, and where
//! they are fetched from.
//!
//! Bytes leave packed (`packing`), as an attachment, under a policy that lets no browser do
//! anything with them. With `samples.url` configured they leave from that host name only: whoever
//! may have them gets a ticket, which is good for one download within a minute, and nothing but
//! tickets is answered there: no page, no API, no cookie.

use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256 as Hasher};
use unwatched_model::access::{Action, Decision, Object, Shared, may};
use unwatched_model::digest::Sha256;
use unwatched_store::{Actor, SampleRow, StoreError, Ticket, Via, Viewer};

use crate::http::packing::Packing;
use crate::http::problem::{FieldProblem, Problem};
use crate::http::routes::{Ask, Routes};
use crate::state::AppState;

const TICKET_LASTS: SignedDuration = SignedDuration::from_secs(60);
const BELOW: &str = "/samples/";
/// Nothing runs, nothing loads, nothing frames it.
const POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

/// How the caller wants it, in the query of an address or in a form.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// `aes` for a ZIP with AES in place of the encryption that every tool opens.
    zip: Option<String>,
    /// An age recipient (`age1...`), or `own` for the partner's.
    age: Option<String>,
}

/// The addresses of tickets.
pub fn routes() -> Routes {
    Routes::new().get("/samples/{ticket}", Ask::Nothing, fetch)
}

/// Whether this viewer may have a sample's bytes, and why.
pub fn decide(viewer: &Viewer, row: &SampleRow) -> Decision {
    let shared: Vec<_> = row
        .submissions
        .iter()
        .map(|one| Shared { by: Some(&one.by), sharing: &one.sharing, held: false })
        .collect();
    may(&viewer.who(), Action::DownloadSamples, Object::Shared(&shared))
}

impl Wanted {
    /// The packing it names.
    pub async fn packing(self, state: &AppState, viewer: &Viewer) -> Result<Packing, Problem> {
        let refused =
            |field: &str, why: &str| Err(Problem::invalid(vec![FieldProblem::new(field, why)]));
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        match (given(self.zip).as_deref(), given(self.age)) {
            (Some(_), Some(_)) => refused("age", "a ZIP or an age file, not both"),
            (None | Some("classic"), None) => Ok(Packing::Zip),
            (Some("aes"), None) => Ok(Packing::ZipAes),
            (Some(_), None) => refused("zip", "expected aes"),
            (None, Some(age)) => {
                let age = if age == "own" { own_recipient(state, viewer).await? } else { age };
                match age.parse() {
                    Ok(recipient) => Ok(Packing::Age(recipient)),
                    Err(why) => refused("age", &why),
                }
            }
        }
    }
}

async fn own_recipient(state: &AppState, viewer: &Viewer) -> Result<String, Problem> {
    let partner = state.store.partner(&viewer.partner).await?;
    partner.and_then(|partner| partner.age_recipient).ok_or_else(|| {
        Problem::invalid(vec![FieldProblem::new(
            "age",
            "the own partner has no age recipient: give one, or have the operator keep it",
        )])
    })
}

/// Answers with the bytes, or with where a ticket fetches them.
pub async fn begin(
    state: &AppState,
    viewer: &Viewer,
    row: &SampleRow,
    packing: Packing,
) -> Result<Response, Problem> {
    let decision = decide(viewer, row);
    if !decision.allowed {
        return Err(Problem::forbidden(decision.why));
    }
    if state.config.samples.url.is_some() {
        let to = ticket(state, viewer, row.sha256, &packing).await?;
        return Ok(Redirect::to(&to).into_response());
    }
    let actor = viewer.actor();
    send(state, &actor, &row.sha256, &packing).await
}

/// Where a ticket for these bytes fetches them. The caller has decided that the viewer may.
pub async fn ticket(
    state: &AppState,
    viewer: &Viewer,
    sample: Sha256,
    packing: &Packing,
) -> Result<String, Problem> {
    let secret = hex::encode(state.randomness.bytes::<32>());
    let ticket = Ticket {
        sample,
        partner: viewer.partner.clone(),
        user: viewer.user,
        packing: packing.as_str().to_owned(),
        recipient: packing.recipient().map(str::to_owned),
    };
    let now = state.clock.now();
    let expires = now.checked_add(TICKET_LASTS).map_err(|error| Problem::internal(&error))?;
    state.store.add_ticket(&digest(&secret), &ticket, now, expires).await?;
    let origin = state.config.samples.url.as_deref().unwrap_or_default();
    Ok(format!("{origin}{BELOW}{secret}"))
}

/// Hands a ticket's bytes out. A HEAD would use it up for nothing.
async fn fetch(
    State(state): State<AppState>,
    method: Method,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    if method == Method::HEAD {
        return Err(Problem::method_not_allowed());
    }
    let taken = state.store.take_ticket(&digest(&secret), state.clock.now()).await?;
    let Some(Ticket { sample, partner, user, packing, recipient }) = taken else {
        return Err(Problem::not_found(
            "this download was fetched already, or its minute is over: ask for it again",
        ));
    };
    let via = if user.is_some() { Via::Person } else { Via::Key };
    let actor = Actor { partner: Some(partner), user, via };
    send(&state, &actor, &sample, &Packing::of(&packing, recipient.as_deref())?).await
}

/// The line in the log first, then the bytes.
async fn send(
    state: &AppState,
    actor: &Actor,
    sha256: &Sha256,
    packing: &Packing,
) -> Result<Response, Problem> {
    let blob = match state.store.get(sha256).await {
        Err(StoreError::NotFound(_)) => {
            return Err(Problem::not_found(
                "its bytes were deleted; what was learnt of them stays",
            ));
        }
        blob => blob?,
    };
    let detail = json!({ "packing": packing.as_str() });
    let line = actor.did("sample.download", "sample", sha256, detail);
    state.store.audit(&line, state.clock.now()).await?;
    let body = packing.pack(sha256, blob)?;
    let name = packing.file_name(sha256);
    let headers = [
        (header::CONTENT_TYPE, packing.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CONTENT_SECURITY_POLICY, POLICY.to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin".to_owned()),
    ];
    Ok((headers, body).into_response())
}

fn digest(secret: &str) -> Sha256 {
    Sha256(Hasher::digest(secret).into())
}

/// Keeps the two host names apart: at the samples' own only tickets are answered, and elsewhere
/// none. What comes to the samples' host loses its cookies before anybody could read one, and what
/// leaves it sets none.
pub async fn own_host(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let Some(host) = state.config.samples.host() else { return next.run(request).await };
    let asked = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let is_own = asked.is_some_and(|asked| asked.eq_ignore_ascii_case(host));
    if is_own != request.uri().path().starts_with(BELOW) {
        let mut refusal = StatusCode::NOT_FOUND.into_response();
        let policy = HeaderValue::from_static(POLICY);
        refusal.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        return refusal;
    }
    if !is_own {
        return next.run(request).await;
    }
    request.headers_mut().remove(header::COOKIE);
    let mut response = next.run(request).await;
    response.headers_mut().remove(header::SET_COOKIE);
    response
}
