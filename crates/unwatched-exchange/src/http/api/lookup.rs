//! `/api/v1/lookup/{kind}/{prefix}`: whether a value is listed, asked without saying which. No
//! account, no cookie; nothing of it is logged, counted or kept.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use unwatched_model::indicator::IndicatorKind;

use crate::http::problem::{Problem, ProblemDocument};
use crate::release;
use crate::release::lookup::{Digest, Prefix, can_be_looked_up};
use crate::state::AppState;

/// Of its own, so that it is not compressed: a packed answer's length tells of its content.
pub const MEDIA_TYPE: &str = "application/vnd.unwatched.lookup+json";

/// What begins so.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LookupDocument {
    /// The release that is told of.
    release: u64,
    /// The kind asked about.
    kind: &'static str,
    /// The prefix asked about.
    prefix: String,
    /// SHA-256 of `kind:value`, in hexadecimal and in their order: those of the release's values
    /// that begin so, and others that are nobody's, 64 in all, or as many as the next power of two
    /// that every answer of this release fits in.
    hashes: Vec<String>,
}

/// Look a value up without saying which: send the first four hexadecimal digits of the SHA-256 of
/// `kind:value`, compare the answer with the whole of it. Every answer is as long as every other,
/// whether there is something or not. No account.
#[utoipa::path(get, path = "/lookup/{kind}/{prefix}", tag = "lookup",
    params(
        ("kind" = String, Path, description = "`domain`, `address`, `url`, `package`, \
            `certificate_sha1`, `certificate_sha256`, `certificate_organisation`, `file_sha256` or \
            `ios_bundle`"),
        ("prefix" = String, Path, description = "four lower-case hexadecimal digits",
            pattern = "^[0-9a-f]{4}$"),
    ),
    responses(
    (status = 200, body = LookupDocument, content_type = MEDIA_TYPE,
        headers(("ETag", description = "stays the same while the answer does"))),
    (status = 304, description = "as it was when the `If-None-Match` was sent"),
    (status = 400, body = ProblemDocument),
    (status = 404, body = ProblemDocument, description = "no such kind, or nothing released yet"),
), security(()))]
pub async fn lookup(
    State(state): State<AppState>,
    Path((kind, prefix)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let kind = kind.parse().ok().filter(|kind: &IndicatorKind| can_be_looked_up(*kind));
    let kind = kind.ok_or_else(|| Problem::not_found("no kind of value that is looked up"))?;
    let prefix = read(&prefix).ok_or_else(|| {
        Problem::malformed("a prefix is four lower-case hexadecimal digits, such as 0a1b")
    })?;
    let table = state.lookups.latest(&state).await?;
    let table =
        table.ok_or_else(|| Problem::not_found("no release has been published here yet"))?;
    let document = LookupDocument {
        release: table.sequence,
        kind: kind.as_str(),
        prefix: hex::encode(prefix),
        hashes: table.answer(kind, prefix).iter().map(hex::encode::<&Digest>).collect(),
    };
    let body = serde_json::to_vec(&document).map_err(|error| Problem::internal(&error))?;
    Ok(tagged(&headers, body))
}

/// Under its digest as ETag; 304 for an asker who has it.
fn tagged(headers: &HeaderMap, body: Vec<u8>) -> Response {
    let tag = format!("\"{}\"", release::sha256(&body));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut known = known.unwrap_or_default().split(',').map(str::trim);
    let is_known = known.any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag);
    let caching = [(header::ETAG, tag), (header::CACHE_CONTROL, "public, max-age=300".to_owned())];
    if is_known {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response()
}

fn read(text: &str) -> Option<Prefix> {
    let is_lower = text.bytes().all(|byte| !byte.is_ascii_uppercase());
    let mut prefix = Prefix::default();
    (text.len() == 4 && is_lower).then_some(())?;
    hex::decode_to_slice(text, &mut prefix).ok()?;
    Some(prefix)
}
