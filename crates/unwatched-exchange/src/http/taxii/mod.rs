//! TAXII 2.1: discovery at `/taxii2/`, API roots at the paths under which they are kept.
//!
//! Every address is answered here, whatever its root: a root may lie several steps deep, and a
//! missing slash at the end is forgiven. Who asks is found out first, then what they accept, then
//! what they may reach; what they may not see is answered as what is not there.

mod add;
mod caller;
mod collections;
mod delete;
mod discovery;
mod error;
mod objects;
pub mod own;
mod passwords;
mod place;
mod status;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use unwatched_formats::taxii::media;

pub use passwords::Passwords;

use self::caller::Caller;
use self::error::TaxiiError;
use self::place::{Found, Place, Within};
use crate::http::problem::Problem;
use crate::http::routes::{Ask, Routes};
use crate::state::AppState;
use crate::uses::Slot;

const GET: &[&str] = &["GET"];

/// The addresses. A root that lies deeper is answered where no address is known.
pub fn routes() -> Routes {
    let mut routes = Routes::new().any("/taxii2/", GET, Ask::Collection, answer);
    for (path, methods) in [
        ("/{root}/", GET),
        ("/{root}/status/{status}/", GET),
        ("/{root}/collections/", GET),
        ("/{root}/collections/{collection}/", GET),
        ("/{root}/collections/{collection}/manifest/", GET),
        ("/{root}/collections/{collection}/objects/", &["GET", "POST"]),
        ("/{root}/collections/{collection}/objects/{object}/", &["GET", "DELETE"]),
        ("/{root}/collections/{collection}/objects/{object}/versions/", GET),
    ] {
        routes = routes.any(path, methods, Ask::Collection, answer);
    }
    routes
}

/// What no other address answers: perhaps a root that lies deeper, or lacks its last slash.
pub async fn elsewhere(state: State<AppState>, request: Request) -> Response {
    let path = request.uri().path();
    let is_ours = Place::of(path).is_some();
    let asks_taxii = text(request.headers(), header::ACCEPT).contains("taxii");
    if !is_ours && !asks_taxii {
        return Problem::not_found("no such address").into_response();
    }
    let response = answer(state, request).await;
    if response.status() == StatusCode::NOT_FOUND && !asks_taxii {
        return Problem::not_found("no such address").into_response();
    }
    response
}

/// Answers whatever it is.
async fn answer(State(state): State<AppState>, request: Request) -> Response {
    match answered(&state, request).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn answered(state: &AppState, request: Request) -> Result<Response, TaxiiError> {
    let (request, body) = request.into_parts();
    let place = Place::of(request.uri.path()).ok_or_else(TaxiiError::no_address)?;
    let method = match request.method {
        Method::HEAD => Method::GET,
        ref method => method.clone(),
    };
    if !place.takes(&method) {
        return Err(TaxiiError::method_not_allowed(place.methods()));
    }
    let caller = Caller::of(state, &request.headers, &request.extensions).await?;
    if let (Some(slot), Some(program)) = (request.extensions.get::<Slot>(), caller.program()) {
        slot.is(program.clone());
    }
    if !media::is_accepted(&accept(&request.headers)) {
        return Err(TaxiiError::not_acceptable());
    }
    let Place::Below(steps) = place else { return discovery::server(state, &caller).await };
    let Found { root, within, collection } = place::find(state, &caller, &steps).await?;
    match (within, &method) {
        (Within::Root, _) => Ok(discovery::root(&root)),
        (Within::Status(id), _) => status::read(state, &caller, &root, &id).await,
        (Within::Collections, _) => collections::list(state, &caller, &root).await,
        (Within::Collection(_), _) => collections::one(collection, &root, &caller),
        (Within::Manifest(_), _) => {
            let found = collections::readable(collection, &root, &caller)?;
            objects::manifest(state, &found, &request).await
        }
        (Within::Objects(_), &Method::POST) => {
            let found = collections::writable(collection, &root, &caller)?;
            add::add(state, &caller, &root, &found, &request, body).await
        }
        (Within::Objects(_), _) => {
            let found = collections::readable(collection, &root, &caller)?;
            objects::list(state, &found, &request).await
        }
        (Within::Object(_, id), &Method::DELETE) => {
            let found = collections::erasable(collection, &root, &caller)?;
            delete::delete(state, &caller, &found, &id, &request).await
        }
        (Within::Object(_, id), _) => {
            let found = collections::readable(collection, &root, &caller)?;
            objects::one(state, &found, &id, &request).await
        }
        (Within::Versions(_, id), _) => {
            let found = collections::readable(collection, &root, &caller)?;
            objects::versions(state, &found, &id, &request).await
        }
    }
}

/// A header's text; empty where there is none, or none that is text.
fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// What is accepted, on however many lines it is said.
fn accept(headers: &HeaderMap) -> String {
    let lines = headers.get_all(header::ACCEPT).iter();
    let lines: Vec<_> = lines.map(|line| line.to_str().unwrap_or("not text")).collect();
    lines.join(",")
}

/// An answer of TAXII's own media type.
fn json(body: impl Into<axum::body::Body>) -> Response {
    let kind = HeaderValue::from_static(media::TAXII);
    let mut response = ([(header::CONTENT_TYPE, kind)], body.into()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept, authorization"));
    response
}

/// An answer made of a value.
fn value(value: &serde_json::Value) -> Response {
    json(value.to_string())
}
