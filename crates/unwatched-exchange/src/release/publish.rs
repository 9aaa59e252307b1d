//! Publishing: the files are kept first, then the release is added in one transaction; a reader
//! sees the old release or the new one, never half of it.

use anyhow::Context as _;
use jiff::SignedDuration;
use unwatched_formats::feed::media::media_type;
use unwatched_formats::release::{Index, IndexFile, write_bundle};
use unwatched_store::{Actor, ReleaseFile, ReleaseRow, Store, StoreError};

use super::files::{Contents, LICENCE};
use super::{BUNDLE, INDICATORS, keys, recall, sha256};
use crate::collections::released;
use crate::refusal::refused;
use crate::state::AppState;

/// How long a checker installs a release.
const VALID_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What was published.
#[derive(Debug)]
pub struct Published {
    /// Its number.
    pub sequence: u64,
    /// How many distinct indicators it holds.
    pub indicators: usize,
    /// How many families.
    pub families: usize,
}

/// Publishes a release of what is public now.
pub async fn publish(state: &AppState, by: &Actor) -> anyhow::Result<Published> {
    let published = state.clock.now();
    let contents = Contents::read(&state.store, published)
        .await
        .context("read what is to be released")?
        .served_at(state.config.server.public_url.as_deref());
    if contents.is_empty() {
        return Err(refused(
            "nothing to publish: no family has a verdict or stands in an imported list; import a \
             list or give opinions first",
        ));
    }
    let set = contents.set();
    let files = contents.files();
    let expires = published.checked_add(VALID_FOR).context("find the day it expires")?;
    let sequence = contents.sequence();
    let listed = files.iter().map(|(name, bytes)| IndexFile {
        name: name.clone(),
        size_bytes: bytes.len() as u64,
        sha256: sha256(bytes),
        media_type: media_type(name).to_owned(),
    });
    let index = Index {
        sequence,
        published,
        expires,
        licence: LICENCE.to_owned(),
        attribution: contents.attributions().to_vec(),
        files: listed.collect(),
        recalls: recall::said(contents.recalled(), published),
        warnings: contents.warnings(),
    };
    let index_json = index.to_bytes();
    let comment = format!("unwatched release {sequence}, published {published}");
    let signature = keys::sign(&state.data, &index_json, &comment)?;
    let files = keep(&state.store, files, &index_json, &signature).await?;
    let row = ReleaseRow { sequence, published, expires, index_json, signature, files };
    state
        .store
        .add_release(&row, by, published)
        .await
        .map_err(|error| not_added(error, sequence))?;
    has_its_files(&state.store, &row).await?;
    // Whoever reads the collections follows; the job that comes round catches up where this fails.
    if let Err(error) = released::fill(state).await {
        tracing::error!("the release is not in the collections yet: {error:#}");
    }
    let (indicators, families) = (set.len(), set.families().len());
    tracing::info!(sequence, indicators, families, "release published");
    Ok(Published { sequence, indicators, families })
}

/// Whoever published first has this number: the rows were not lost, they are in that release or
/// go out with the next.
fn not_added(error: StoreError, sequence: u64) -> anyhow::Error {
    match error {
        StoreError::Conflict(_) => refused(format!(
            "release {sequence} was published a moment ago by somebody else; publish again if it \
             lacks something you added"
        )),
        error => anyhow::Error::new(error).context("add the release"),
    }
}

/// From its row on nobody removes a release's files. Those that lay there before from a publication
/// that was killed may have been swept away in the moment before.
async fn has_its_files(store: &Store, row: &ReleaseRow) -> anyhow::Result<()> {
    for file in &row.files {
        if !store.exists(&file.blob).await.context("look for the release's files")? {
            let name = &file.name;
            anyhow::bail!("{name} was swept away while it was published: publish once more");
        }
    }
    Ok(())
}

async fn keep(
    store: &Store,
    mut files: Vec<(String, Vec<u8>)>,
    index_json: &[u8],
    signature: &str,
) -> anyhow::Result<Vec<ReleaseFile>> {
    let set = files.iter().find(|(name, _)| name == INDICATORS);
    let set = set.map_or(&[][..], |(_, bytes)| bytes.as_slice());
    files.push((BUNDLE.to_owned(), write_bundle(index_json, signature, set)));
    let mut kept = Vec::new();
    for (name, bytes) in files {
        let size_bytes = bytes.len() as u64;
        let blob = store.put_bytes(bytes).await.with_context(|| format!("keep {name}"))?;
        kept.push(ReleaseFile { name, size_bytes, sha256: blob, blob });
    }
    Ok(kept)
}
