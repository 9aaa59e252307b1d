//! A refusal as a page: problem documents become HTML for browsers and stay JSON for scripts.

use std::sync::{Arc, OnceLock};

use askama::Template as _;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use unwatched_store::Viewer;

use crate::http::problem::Problem;
use crate::views::frame::{Frame, Section};
use crate::views::pages::ErrorPage;
use crate::views::words::sentence;

const MAX_PROBLEM_BYTES: usize = 256 * 1024;

/// Where a handler leaves word of who is signed in, for the frame of a refusal.
#[derive(Clone, Default)]
pub(crate) struct Asker(Arc<OnceLock<Viewer>>);

impl Asker {
    pub(crate) fn is(&self, viewer: &Viewer) {
        // Only the first word counts; there is one session to a request.
        let _ = self.0.set(viewer.clone());
    }
}

/// Turns a problem document into a page unless a script asked.
pub(super) async fn as_pages(mut request: Request, next: Next) -> Response {
    let script = wants_json(request.headers());
    let asker = Asker::default();
    request.extensions_mut().insert(asker.clone());
    let response = next.run(request).await;
    if script || !is_problem(response.headers()) {
        return response;
    }
    page(response, asker.0.get()).await
}

pub(super) fn wants_json(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).is_some_and(|accept| accept == "application/json")
}

fn is_problem(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json")
}

#[derive(Deserialize, Default)]
struct Document {
    #[serde(default)]
    title: String,
    detail: Option<String>,
}

async fn page(response: Response, viewer: Option<&Viewer>) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_PROBLEM_BYTES).await.unwrap_or_default();
    let document: Document = serde_json::from_slice(&bytes).unwrap_or_default();
    let page = ErrorPage {
        frame: viewer.map_or_else(
            || Frame::public(title(parts.status)),
            |viewer| Frame::of(title(parts.status), Section::Elsewhere, viewer),
        ),
        what: sentence(&ended(document.detail.unwrap_or(document.title))),
        next_step: next_step(parts.status),
        status: parts.status.as_u16(),
    };
    let Ok(html) = page.render() else { return parts.status.into_response() };
    parts.headers.remove(header::CONTENT_LENGTH);
    parts
        .headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    Response::from_parts(parts, Html(html).into_response().into_body())
}

fn ended(text: String) -> String {
    if text.ends_with(['.', '?', '!']) { text } else { format!("{text}.") }
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::METHOD_NOT_ALLOWED => "No page",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::TOO_MANY_REQUESTS => "Too many attempts",
        StatusCode::PAYLOAD_TOO_LARGE => "Too large",
        StatusCode::SERVICE_UNAVAILABLE => "Not available at the moment",
        status if status.is_client_error() => "Not understood",
        _ => "Something went wrong here",
    }
}

fn next_step(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Check the address, or search for a hash, package or name.",
        StatusCode::METHOD_NOT_ALLOWED => {
            "Go back to the page with the form; what was sent there is as it was."
        }
        StatusCode::FORBIDDEN => "Ask your organisation’s administrator if you need it.",
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            "Wait a little and try again."
        }
        status if status.is_client_error() => {
            "Go back, change what is named above, and send it again."
        }
        _ => "Try again; if it stays so, tell the operator when it happened.",
    }
}

/// A template that did not render: a bug.
pub(super) fn unrendered(error: &askama::Error) -> Problem {
    Problem::internal(&format!("render a page: {error}"))
}
