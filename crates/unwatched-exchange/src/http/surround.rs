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

use crate::http::feeds::Chosen;
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

/// Gives refusals in plain text, such as those of a path that cannot be read, the one form. Their
/// status and whatever they say beside their words stay.
pub async fn problems(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let is_text = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|value| value.as_bytes().starts_with(b"text/plain"));
    // A document that is plain text refuses a part behind its end by itself.
    let is_document = response.extensions().get::<Chosen>().is_some();
    if !response.status().is_client_error() || !is_text || is_document {
        return response;
    }
    refusal(response).await
}

async fn refusal(response: Response) -> Response {
    let (mut said, body) = response.into_parts();
    let text = to_bytes(body, MAX_REFUSAL_BYTES).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let problem = match said.status {
        StatusCode::METHOD_NOT_ALLOWED => Problem::method_not_allowed(),
        StatusCode::NOT_FOUND => Problem::not_found(text),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(text),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::unsupported(text),
        StatusCode::BAD_REQUEST => Problem::malformed(text),
        status => Problem::of_framework(status, text),
    };
    let mut response = problem.into_response();
    said.headers.remove(header::CONTENT_TYPE);
    said.headers.remove(header::CONTENT_LENGTH);
    response.headers_mut().extend(said.headers);
    response
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

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn a_refusal_in_plain_text_keeps_its_status_and_headers() {
        for status in (400..500).filter_map(|status| StatusCode::from_u16(status).ok()) {
            let answer = move || async move { (status, [("allow", "GET")], "why") };
            let router = Router::new().route("/", get(answer)).layer(from_fn(problems));
            let request = Request::new(Body::empty());
            let response = router.oneshot(request).await.unwrap();
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()["content-type"], "application/problem+json");
            assert_eq!(response.headers()["allow"], "GET");
            let body = to_bytes(response.into_body(), 4096).await.unwrap();
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["status"], status.as_u16());
        }
    }
}
