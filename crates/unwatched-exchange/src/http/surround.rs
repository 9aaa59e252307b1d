//! What surrounds answers: the line in the log, the time limit, and one form for refusals that the
//! framework makes by itself.

use std::time::Duration;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{MatchedPath, Request};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tower_http::classify::{ServerErrorsAsFailures, SharedClassifier};
use tower_http::trace::{DefaultOnFailure, DefaultOnResponse, TraceLayer};
use tracing::{Level, Span};

use crate::http::problem::Problem;

/// How long an answer may take to begin. Uploads have a limit of their own between two pieces.
const ANSWER_LASTS: Duration = Duration::from_secs(30);

/// A body of this length is read before anything is answered.
const SMALL_BODY_BYTES: usize = 64 * 1024;

/// A sender of a small body that says nothing for this long has gone.
const SMALL_BODY_LASTS: Duration = Duration::from_secs(30);

/// Where values are looked up, of which nothing is logged.
const LOOKUP: &str = "/api/v1/lookup/";

/// No refusal of the framework is longer.
const MAX_REFUSAL_BYTES: usize = 4096;

/// Ends a request that takes too long.
pub async fn time_limit(request: Request, next: Next) -> Response {
    match tokio::time::timeout(ANSWER_LASTS, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::unavailable("the answer took too long: try again").into_response(),
    }
}

/// Reads a small body whole before anything is answered. A refusal that leaves a body unread ends
/// the connection, and the next request that a client sends on it is lost.
pub async fn small_bodies_first(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let is_small = body.size_hint().upper().is_some_and(|bytes| bytes <= SMALL_BODY_BYTES as u64);
    if !is_small || body.is_end_stream() {
        return next.run(Request::from_parts(parts, body)).await;
    }
    match tokio::time::timeout(SMALL_BODY_LASTS, to_bytes(body, SMALL_BODY_BYTES)).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        _ => Problem::malformed("the request ended before it was complete").into_response(),
    }
}

/// Gives refusals in plain text, such as those of a path that cannot be read, the one form.
pub async fn problems(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let is_text = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|value| value.as_bytes().starts_with(b"text/plain"));
    if !status.is_client_error() || !is_text {
        return response;
    }
    refusal(status, response.into_body()).await.into_response()
}

async fn refusal(status: StatusCode, body: Body) -> Problem {
    let text = to_bytes(body, MAX_REFUSAL_BYTES).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    match status {
        StatusCode::METHOD_NOT_ALLOWED => Problem::method_not_allowed(),
        StatusCode::NOT_FOUND => Problem::not_found(text),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(text),
        _ => Problem::malformed(text),
    }
}

/// The log's line per request: the route, never the address with what was looked for in it.
pub fn log() -> TraceLayer<SharedClassifier<ServerErrorsAsFailures>, fn(&Request) -> Span> {
    TraceLayer::new_for_http()
        .make_span_with(span as fn(&Request) -> Span)
        .on_response(DefaultOnResponse::new().level(Level::DEBUG))
        .on_failure(DefaultOnFailure::new().level(Level::WARN))
}

fn span(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str);
    // Not even that somebody looked something up.
    if route.starts_with(LOOKUP) {
        return Span::none();
    }
    tracing::info_span!("request", method = %request.method(), route)
}
