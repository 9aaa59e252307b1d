//! `?since=`: what changed between a release that the asker has and the latest.

use anyhow::Context as _;
use bytes::Bytes;
use unwatched_formats::feed::delta::{Side, between};
use unwatched_formats::feed::lines;
use unwatched_store::{ReleaseFile, Store};

use super::answer::{Document, Source};
use super::coded::Coded;
use super::nothing_published;
use crate::http::problem::Problem;
use crate::release;
use crate::state::AppState;

/// No release's `indicators.jsonl` is larger.
const MAX_LINES_BYTES: u64 = 512 << 20;

/// The delta as a document.
pub(super) async fn document(
    state: &AppState,
    coded: &Coded,
    since: &str,
) -> Result<Document, Problem> {
    let since: u64 = since.trim().parse().map_err(|_| {
        Problem::malformed(format!(
            "since is a release's number, as in ?since=12: {:?} is none",
            since.chars().take(40).collect::<String>()
        ))
    })?;
    let store = &state.store;
    let latest = store.latest_file(lines::FILE_NAME).await?.ok_or_else(nothing_published)?;
    let (until, Some(new)) = latest else {
        return Err(Problem::gone("the latest release has no indicators.jsonl: publish again"));
    };
    let old = old(store, since, until).await?;
    let tag = release::sha256(format!("{since} {} {until} {}", old.blob, new.blob).as_bytes());
    let tag = format!("delta-{tag}");
    let bytes = coded
        .made(&tag, || async {
            let (old, new) = (whole(store, &old).await?, whole(store, &new).await?);
            let worked_out = tokio::task::spawn_blocking(move || {
                let old = Side { sequence: since, lines: &old };
                between(old, Side { sequence: until, lines: &new })
            });
            let delta = worked_out.await.context("work a delta out")?;
            Ok(Bytes::from(delta.context("work a delta out")?))
        })
        .await?;
    Ok(Document { tag, media_type: "application/x-ndjson", source: Source::Memory(bytes) })
}

/// The file of the release that the asker has.
async fn old(store: &Store, since: u64, until: u64) -> Result<ReleaseFile, Problem> {
    if since > until {
        return Err(Problem::not_found(format!(
            "there is no release {since} yet: the latest is {until}"
        )));
    }
    store.file_of_release(since, lines::FILE_NAME).await?.ok_or_else(|| {
        Problem::gone(format!(
            "what changed since release {since} cannot be told any more: take the whole \
             {} of release {until}",
            lines::FILE_NAME
        ))
    })
}

async fn whole(store: &Store, file: &ReleaseFile) -> Result<Bytes, Problem> {
    Ok(store.get_bytes(&file.blob, MAX_LINES_BYTES).await?)
}
