//! The one error of the HTTP interface: RFC 9457 problem details.
//!
//! Expected refusals say what to do next. What nobody expected is logged here, under the request's
//! id, and never described to the caller.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use unwatched_store::StoreError;

use crate::http::bodies::TooMany;
use crate::uses::Refused;

/// One field that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldProblem {
    /// Where it stands, such as `evidence[0].kind`.
    pub field: String,
    /// What was wrong with it.
    pub detail: String,
}

impl FieldProblem {
    /// `field` is refused because of `detail`.
    pub fn new(field: impl Into<String>, detail: impl std::fmt::Display) -> Self {
        Self { field: field.into(), detail: detail.to_string() }
    }
}

/// The document's members.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// A stable name for the kind of problem, `urn:unwatched:problem:...`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What happened, and the next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The fields refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
}

/// A refusal on its way to the caller.
#[derive(Debug)]
pub struct Problem(Box<Inner>);

#[derive(Debug)]
struct Inner {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: Option<String>,
    errors: Vec<FieldProblem>,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Inner {
    fn document(self) -> ProblemDocument {
        ProblemDocument {
            kind: format!("urn:unwatched:problem:{}", self.kind),
            title: self.title,
            status: self.status.as_u16(),
            detail: self.detail,
            errors: self.errors,
        }
    }
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str) -> Self {
        Self(Box::new(Inner {
            status,
            kind,
            title,
            detail: None,
            errors: Vec::new(),
            header: None,
        }))
    }

    fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.0.header = Some((name, HeaderValue::from_static(value)));
        self
    }

    /// No token, or one that nobody has.
    pub fn unauthorised(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorised", "a bearer token is needed")
            .detail(detail)
            .header(header::WWW_AUTHENTICATE, "Bearer realm=\"unwatched\"")
    }

    /// The role does not allow it.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "the role does not allow this").detail(detail)
    }

    /// It was here and is no more.
    pub fn gone(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, "gone", "this is no longer told").detail(detail)
    }

    /// Nothing by this name.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "nothing by this name").detail(detail)
    }

    /// The path exists, the method does not.
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method",
            "this address does not take that method",
        )
    }

    /// An address of forms, asked for as if it were a page.
    pub fn form_only() -> Self {
        Self::method_not_allowed().detail("this address takes what a form sends, and shows nothing")
    }

    /// It is there already.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "it exists already").detail(detail)
    }

    /// The same is being done at this moment.
    pub fn under_way(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "under-way", "it is being done already")
            .detail(detail)
            .header(header::RETRY_AFTER, "1")
    }

    /// The body is not what its content type says.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "the request could not be read")
            .detail(detail)
    }

    /// The content type is none that this address takes.
    pub fn unsupported(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "not a content type read here")
            .detail(detail)
    }

    /// Read, and refused field by field.
    pub fn invalid(errors: Vec<FieldProblem>) -> Self {
        let words: Vec<_> =
            errors.iter().map(|error| format!("{}: {}", error.field, error.detail)).collect();
        let mut problem =
            Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "some fields were refused")
                .detail(words.join("; "));
        problem.0.errors = errors;
        problem
    }

    /// What the framework refused by itself, with a status that nothing here gives.
    pub fn of_framework(status: StatusCode, detail: impl Into<String>) -> Self {
        Self::new(status, "refused", "the request was refused").detail(detail)
    }

    /// Refused as a whole, with nothing that a field would name.
    pub fn unprocessable(title: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unprocessable", title).detail(detail)
    }

    /// Larger than this address takes.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "larger than is taken here")
            .detail(detail)
    }

    /// More at once than one caller gets.
    pub fn too_many(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many", "too many at once")
            .detail(detail)
            .header(header::RETRY_AFTER, "5")
    }

    /// Refused because it came from another site's page.
    pub fn cross_site() -> Self {
        Self::new(StatusCode::FORBIDDEN, "cross-site", "the request came from another site")
            .detail("open the portal itself and send the form from there")
    }

    /// A part that the server needs does not answer.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "not available at the moment")
            .detail(detail)
            .header(header::RETRY_AFTER, "5")
    }

    /// A bug, or a machine in trouble. The cause goes to the log only.
    pub fn internal(error: &(impl std::fmt::Display + ?Sized)) -> Self {
        tracing::error!("request failed: {error}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong here")
            .detail("nothing was kept of this request; the operator's log says what happened")
    }

    /// As it stands in an answer, or beside others in one.
    pub fn into_document(self) -> ProblemDocument {
        self.0.document()
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What happened, in words, for a page that shows it.
    pub fn words(&self) -> &str {
        self.0.detail.as_deref().unwrap_or(self.0.title)
    }

    /// The fields refused.
    pub fn fields(&self) -> &[FieldProblem] {
        &self.0.errors
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut inner = *self.0;
        let (header, title) = (inner.header.take(), Refused(inner.title));
        let mut response = (inner.status, Json(inner.document())).into_response();
        response.extensions_mut().insert(title);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some((name, value)) = header {
            headers.insert(name, value);
        }
        response
    }
}

impl From<TooMany> for Problem {
    fn from(_: TooMany) -> Self {
        Self::too_many(TooMany::WORDS)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            error @ StoreError::NotFound(_) => Self::not_found(error.to_string()),
            StoreError::Conflict(what) => Self::conflict(what),
            error @ StoreError::SourceTaken(_) => {
                Self::invalid(vec![FieldProblem::new("source", error)])
            }
            StoreError::Invalid(what) => Self::unprocessable("a value was refused", what),
            other => Self::internal(&chain(&other)),
        }
    }
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<StoreError>() {
            Ok(error) => error.into(),
            Err(error) => Self::internal(&format!("{error:#}")),
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
