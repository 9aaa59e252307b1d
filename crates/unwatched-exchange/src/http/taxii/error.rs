//! Refusals as TAXII words them: an error object of its own media type.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use unwatched_formats::taxii::Malformed;
use unwatched_store::StoreError;

use crate::http::bodies::TooMany;
use crate::http::problem::Problem;

/// A refusal on its way to the caller.
#[derive(Debug)]
pub(super) struct TaxiiError {
    status: StatusCode,
    title: &'static str,
    description: String,
    header: Option<(HeaderName, HeaderValue)>,
}

impl TaxiiError {
    fn new(status: StatusCode, title: &'static str, description: impl Into<String>) -> Self {
        Self { status, title, description: description.into(), header: None }
    }

    fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.header = Some((name, value));
        self
    }

    pub(super) fn bad_request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "the request could not be understood", description)
    }

    pub(super) fn unauthorised(description: impl Into<String>) -> Self {
        // Two challenges on one line: a client takes the first that it knows.
        let ways = HeaderValue::from_static(
            "Basic realm=\"unwatched\", charset=\"UTF-8\", Bearer realm=\"unwatched\"",
        );
        let title = "say who you are";
        Self::new(StatusCode::UNAUTHORIZED, title, description).with(header::WWW_AUTHENTICATE, ways)
    }

    pub(super) fn forbidden(description: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "not allowed", description)
    }

    pub(super) fn not_found(description: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "nothing by this name", description)
    }

    pub(super) fn no_address() -> Self {
        Self::not_found("TAXII has no such address")
    }

    pub(super) fn no_collection() -> Self {
        Self::not_found("no such collection, or none that is open to you")
    }

    pub(super) fn no_object() -> Self {
        Self::not_found("the collection holds no such object in this version")
    }

    pub(super) fn method_not_allowed(methods: &'static str) -> Self {
        let title = "this address does not take that method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, title, format!("it takes {methods}"))
            .with(header::ALLOW, HeaderValue::from_static(methods))
    }

    pub(super) fn not_acceptable() -> Self {
        Self::new(
            StatusCode::NOT_ACCEPTABLE,
            "no media type that is spoken here",
            "send `Accept: application/taxii+json;version=2.1`",
        )
    }

    pub(super) fn too_large(most: u64) -> Self {
        let why = format!("a body has at most {most} bytes here: send fewer objects at once");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "larger than is taken here", why)
    }

    pub(super) fn unsupported() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not a content type read here",
            "send `Content-Type: application/taxii+json;version=2.1`",
        )
    }

    pub(super) fn packed() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "bodies are not unpacked here",
            "send the envelope as it is, without `Content-Encoding`",
        )
        .with(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"))
    }

    pub(super) fn unprocessable(description: impl Into<String>) -> Self {
        let title = "the content could not be processed";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, title, description)
    }

    pub(super) fn too_many(description: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too many at once", description)
            .with(header::RETRY_AFTER, HeaderValue::from_static("60"))
    }
}

impl IntoResponse for TaxiiError {
    fn into_response(self) -> Response {
        let mut response = super::value(&json!({
            "title": self.title,
            "description": self.description,
            "http_status": self.status.as_u16().to_string(),
        }));
        *response.status_mut() = self.status;
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl From<Malformed> for TaxiiError {
    fn from(malformed: Malformed) -> Self {
        Self::bad_request(malformed.to_string())
    }
}

/// What was found out as a problem keeps its status and its words.
impl From<Problem> for TaxiiError {
    fn from(problem: Problem) -> Self {
        Self::new(problem.status(), "the request was refused", problem.words())
    }
}

impl From<TooMany> for TaxiiError {
    fn from(_: TooMany) -> Self {
        Self::too_many(TooMany::WORDS)
    }
}

impl From<StoreError> for TaxiiError {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}
