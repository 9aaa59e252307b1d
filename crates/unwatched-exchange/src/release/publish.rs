//! Publishing: the files are kept first, then the release is added in one transaction; a reader
//! sees the old release or the new one, never half of it. Where the server's key does not sign
//! releases, what was made waits for those whose keys do (`signatures`).

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use unwatched_formats::feed::media::media_type;
use unwatched_formats::release::{Index, IndexFile, KeySet, PublicKey};
use unwatched_model::digest::Sha256;
use unwatched_store::{Actor, LogEntry, ReleaseFile, ReleaseRow, Store, StoreError};

use super::continued::Continued;
use super::files::{Contents, LICENCE};
use super::key_sets::{self, Signing};
use super::{BUNDLE, keys, log, recall, sha256, signatures};
use crate::collections::released;
use crate::refusal::refused;
use crate::state::AppState;

/// How long a checker installs a release.
const VALID_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What was published, or made to be.
#[derive(Debug)]
pub struct Published {
    /// Its number.
    pub sequence: u64,
    /// How many distinct indicators it holds.
    pub indicators: usize,
    /// How many families.
    pub families: usize,
    /// How many signatures it waits for; none: it is published.
    pub waits_for: usize,
}

/// A release that is made and not published: everything but the signatures that it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The number it will have.
    pub sequence: u64,
    /// When it was made.
    pub published: Timestamp,
    /// When it will be too old to be installed.
    pub expires: Timestamp,
    /// How many distinct indicators it holds.
    pub indicators: usize,
    /// How many families.
    pub families: usize,
    /// Which key set signs it.
    pub key_set: u64,
    /// `index.json`, which is to be signed.
    pub index_json: String,
    /// The server's signature: that it made this draft.
    pub signature: String,
    /// The signatures so far.
    pub signatures: Vec<String>,
    /// Its files, kept already.
    pub files: Vec<DraftFile>,
}

/// A file of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftFile {
    /// Its name.
    pub name: String,
    /// Its length.
    pub size_bytes: u64,
    /// Its SHA-256, and its blob.
    pub sha256: Sha256,
}

impl Draft {
    /// Who of the set signed so far; the server's key among them where it signs releases.
    pub fn signers<'s>(&self, set: &'s KeySet) -> Vec<&'s PublicKey> {
        let mut all = self.signatures.clone();
        all.push(self.signature.clone());
        set.signers(self.index_json.as_bytes(), &all)
    }

    /// How many signatures are lacking.
    pub fn lacks(&self, set: &KeySet) -> usize {
        let needed = usize::try_from(set.threshold).unwrap_or(usize::MAX);
        needed.saturating_sub(self.signers(set).len())
    }
}

/// Publishes a release of what is public now, or lets it wait for those who sign.
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
    let signing = key_sets::current(state).await?;
    key_sets::require_server(state, &signing.set)?;
    // Before anything is signed or kept; `finish` asks once more.
    Continued::read(state).await?;
    let draft = make(state, &contents, &signing.set, published).await?;
    let (sequence, indicators, families) = (draft.sequence, draft.indicators, draft.families);
    let waits_for = draft.lacks(&signing.set);
    if waits_for == 0 {
        finish(state, &signing, draft, by).await?;
    } else {
        signatures::wait(state, &draft, by).await?;
        tracing::info!(sequence, waits_for, "release made; it waits for signatures");
    }
    Ok(Published { sequence, indicators, families, waits_for })
}

async fn make(
    state: &AppState,
    contents: &Contents,
    set: &KeySet,
    published: Timestamp,
) -> anyhow::Result<Draft> {
    let compiled = contents.set();
    let (indicators, families) = (compiled.len(), compiled.families().len());
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
    let comment = format!("unwatched release {sequence}, made {published}");
    let signature = keys::sign(&state.data, &index_json, &comment)?;
    Ok(Draft {
        sequence,
        published,
        expires,
        indicators,
        families,
        key_set: set.sequence,
        index_json: String::from_utf8(index_json).context("write the index")?,
        signature,
        signatures: Vec::new(),
        files: keep(&state.store, files).await?,
    })
}

/// Publishes what is signed by enough: adds its place in the log, its bundle, its row.
pub(super) async fn finish(
    state: &AppState,
    signing: &Signing,
    draft: Draft,
    by: &Actor,
) -> anyhow::Result<()> {
    let now = state.clock.now();
    let continued = Continued::read(state).await?;
    let (sequence, indicators, families) = (draft.sequence, draft.indicators, draft.families);
    let files = draft.files.into_iter().map(|file| ReleaseFile {
        name: file.name,
        size_bytes: file.size_bytes,
        sha256: file.sha256,
        blob: file.sha256,
    });
    let mut row = ReleaseRow {
        sequence,
        published: draft.published,
        expires: draft.expires,
        index_json: draft.index_json.into_bytes(),
        signature: draft.signature,
        files: files.collect(),
    };
    let entry = LogEntry {
        position: continued.entries().len() as u64,
        sequence,
        index_sha256: sha256(&row.index_json),
        key_set: signing.set.sequence,
        key_set_sha256: signing.set.sha256(),
        signatures: draft.signatures,
    };
    let (said, part) = log::say(state, &continued.and(entry.clone()))?;
    let set = log::indicators_of(&state.store, &row).await?;
    let bundle = log::bundle(signing, &entry, (&row.index_json, &row.signature, &set), part);
    let size_bytes = bundle.len() as u64;
    let blob = state.store.put_bytes(bundle).await.context("keep the bundle")?;
    row.files.push(ReleaseFile { name: BUNDLE.to_owned(), size_bytes, sha256: blob, blob });
    state
        .store
        .add_logged_release(&row, &entry, &said, by, now)
        .await
        .map_err(|error| not_added(error, sequence))?;
    has_its_files(&state.store, &row).await?;
    // Whoever reads the collections follows; the job that comes round catches up where this fails.
    if let Err(error) = released::fill(state).await {
        tracing::error!("the release is not in the collections yet: {error:#}");
    }
    tracing::info!(sequence, indicators, families, "release published");
    Ok(())
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

async fn keep(store: &Store, files: Vec<(String, Vec<u8>)>) -> anyhow::Result<Vec<DraftFile>> {
    let mut kept = Vec::new();
    for (name, bytes) in files {
        let size_bytes = bytes.len() as u64;
        let sha256 = store.put_bytes(bytes).await.with_context(|| format!("keep {name}"))?;
        kept.push(DraftFile { name, size_bytes, sha256 });
    }
    Ok(kept)
}
