//! `/feeds/v1/`: the latest signed release. No account, no cookie, nothing counted per reader.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::TryStreamExt as _;
use unwatched_model::digest::Sha256;
use unwatched_store::ReleaseRow;

use crate::http::problem::Problem;
use crate::http::routes::{Ask, Routes};
use crate::release::{self, keys};
use crate::state::AppState;

/// Mounted under `/feeds/v1`.
pub fn routes() -> Routes {
    Routes::new().get("/key.pub", Ask::Nothing, key).get("/{name}", Ask::Nothing, file)
}

/// The key that releases are verified with. Served before the first release too.
async fn key(State(state): State<AppState>) -> Result<Response, Problem> {
    let public = keys::public(&state.data)?;
    let public = public.ok_or_else(nothing_published)?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], public).into_response())
}

fn nothing_published() -> Problem {
    Problem::not_found("no release has been published here yet")
}

async fn file(
    State(state): State<AppState>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let release = state.store.latest_release().await?.ok_or_else(nothing_published)?;
    match name.as_str() {
        release::INDEX => Ok(whole(&headers, release.index_json, "application/json")),
        release::SIGNATURE => {
            Ok(whole(&headers, release.signature.into_bytes(), "text/plain; charset=utf-8"))
        }
        _ => released(&state, &headers, &release, &name).await,
    }
}

fn whole(headers: &HeaderMap, bytes: Vec<u8>, content_type: &'static str) -> Response {
    let tag = release::sha256(&bytes);
    with_tag(headers, &tag, content_type, || Body::from(bytes))
}

async fn released(
    state: &AppState,
    headers: &HeaderMap,
    release: &ReleaseRow,
    name: &str,
) -> Result<Response, Problem> {
    let file = release.files.iter().find(|file| file.name == name).ok_or_else(|| {
        Problem::not_found(format!("release {} has no file {name:?}", release.sequence))
    })?;
    if is_known(headers, &file.sha256) {
        return Ok(with_tag(headers, &file.sha256, content_type(name), Body::empty));
    }
    let blob = state.store.get(&file.blob).await?;
    let size_bytes = blob.size_bytes;
    let body = Body::from_stream(blob.bytes.map_err(std::io::Error::other));
    let mut response = with_tag(headers, &file.sha256, content_type(name), || body);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(size_bytes));
    Ok(response)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "csv" => "text/csv; charset=utf-8",
        "json" => "application/json",
        "yaml" => "application/yaml",
        "stix2" => "application/stix+json;version=2.1",
        "bin" => "application/octet-stream",
        _ if name == release::BUNDLE => "application/zip",
        _ => "text/plain; charset=utf-8",
    }
}

/// A body under its digest as ETag; 304 without one for a reader who has it.
fn with_tag(
    headers: &HeaderMap,
    sha256: &Sha256,
    content_type: &'static str,
    body: impl FnOnce() -> Body,
) -> Response {
    let caching = [
        (header::ETAG, format!("\"{sha256}\"")),
        (header::CACHE_CONTROL, "public, max-age=300".to_owned()),
    ];
    if is_known(headers, sha256) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(header::CONTENT_TYPE, content_type)], body()).into_response()
}

fn is_known(headers: &HeaderMap, sha256: &Sha256) -> bool {
    let tag = format!("\"{sha256}\"");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    known.unwrap_or("").split(',').any(|known| {
        let known = known.trim();
        known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag
    })
}
