//! `/feeds/v1/`: the latest signed release. No account, no cookie, nothing counted per reader.
//!
//! How a file is answered (tags, ranges, codings) is `answer`'s; what changed since a release,
//! `since`'s; who signed it and the log it stands in, `signed`'s.

mod answer;
mod coded;
mod coding;
mod range;
pub(crate) mod signed;
mod since;

pub use answer::Chosen;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use bytes::Bytes;
use serde::Deserialize;
use unwatched_formats::feed::lines;
use unwatched_formats::feed::media::media_type;
use unwatched_store::Store;

use self::answer::{Asked, Document, Source};
use self::coded::Coded;
use crate::http::problem::Problem;
use crate::http::routes::{Ask, Routes};
use crate::release;
use crate::state::AppState;

/// With their whole paths: what is nested has no address of its own that ends with a slash.
pub fn routes() -> Routes {
    Routes::new()
        .get("/feeds/v1/", Ask::Nothing, index)
        .get("/feeds/v1/{*name}", Ask::Nothing, file)
        .layer(Extension(Coded::default()))
}

fn nothing_published() -> Problem {
    Problem::not_found("no release has been published here yet")
}

/// What may stand behind the address.
#[derive(Debug, Deserialize)]
struct Asking {
    since: Option<String>,
}

/// The folder: its index, or what changed since a release.
async fn index(
    state: State<AppState>,
    coded: Extension<Coded>,
    method: Method,
    headers: HeaderMap,
    asking: Query<Asking>,
) -> Result<Response, Problem> {
    let name = if asking.since.is_some() { lines::FILE_NAME } else { release::INDEX };
    file(state, coded, method, headers, Path(name.to_owned()), asking).await
}

async fn file(
    State(state): State<AppState>,
    Extension(coded): Extension<Coded>,
    method: Method,
    headers: HeaderMap,
    Path(name): Path<String>,
    Query(asking): Query<Asking>,
) -> Result<Response, Problem> {
    let asked = Asked::new(&method, &headers);
    let document = match (name.as_str(), asking.since) {
        (lines::FILE_NAME, Some(since)) => since::document(&state, &coded, &since).await?,
        (release::INDEX | release::SIGNATURE, _) => of_index(&state.store, &name).await?,
        (release::BUNDLE, _) => bundle(&state.store).await?,
        _ => match signed::document(&state, &name).await? {
            Some(document) => document,
            None => released(&state.store, &name).await?,
        },
    };
    answer::answer(&state.store, &coded, &asked, document).await
}

/// The index or its signature, which lie in the release's row.
async fn of_index(store: &Store, name: &str) -> Result<Document, Problem> {
    let (index, signature) = store.latest_index().await?.ok_or_else(nothing_published)?;
    let bytes = if name == release::INDEX { index } else { signature.into_bytes() };
    Ok(in_memory(bytes, media_type(name)))
}

fn in_memory(bytes: Vec<u8>, media_type: &'static str) -> Document {
    let tag = release::sha256(&bytes).to_string();
    Document { tag, media_type, source: Source::Memory(Bytes::from(bytes)) }
}

/// The bundle with the newest word of the log in it.
async fn bundle(store: &Store) -> Result<Document, Problem> {
    let Some(fresh) = store.fresh_bundle().await? else {
        return released(store, release::BUNDLE).await;
    };
    let (sequence, _) = store.latest_file(release::BUNDLE).await?.ok_or_else(nothing_published)?;
    if fresh.sequence != sequence {
        return released(store, release::BUNDLE).await;
    }
    Ok(Document {
        tag: fresh.blob.to_string(),
        media_type: media_type(release::BUNDLE),
        source: Source::Blob { sha256: fresh.blob, size_bytes: fresh.size_bytes },
    })
}

async fn released(store: &Store, name: &str) -> Result<Document, Problem> {
    let (sequence, file) = store.latest_file(name).await?.ok_or_else(nothing_published)?;
    let file =
        file.ok_or_else(|| Problem::not_found(format!("release {sequence} has no file {name:?}")))?;
    Ok(Document {
        tag: file.sha256.to_string(),
        media_type: media_type(name),
        source: Source::Blob { sha256: file.blob, size_bytes: file.size_bytes },
    })
}
