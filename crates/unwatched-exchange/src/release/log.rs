//! The log of releases as this exchange keeps it: what the server says of it now, and the bundle
//! that shows a release in it.

use anyhow::Context as _;
use unwatched_formats::release::{Checkpoint, Leaf, Log, LogPart, Proofs, write_proven_bundle};
use unwatched_store::{FreshBundle, KeySetRow, LogEntry, ReleaseRow, SaidOfLog, Store, StoreError};

use super::continued::Continued;
use super::key_sets::{self, Signing};
use super::{INDICATORS, keys, sha256};
use crate::state::AppState;

/// No compiled set is larger than what a checker takes.
const MAX_SET_BYTES: u64 = 256 << 20;

/// The log's leaf of an entry.
pub fn leaf(entry: &LogEntry) -> Leaf {
    let LogEntry { sequence, index_sha256, key_set_sha256, .. } = entry;
    Leaf { sequence: *sequence, index: *index_sha256, key_set: *key_set_sha256 }
}

/// The log's name: of the first key set, so that it stays whatever the server is called.
pub fn origin(sets: &[KeySetRow]) -> anyhow::Result<String> {
    let first = sets.first().context("find the first key set")?;
    let digest = sha256(first.document.as_bytes()).to_string();
    Ok(format!("unwatched/{}", &digest[..16]))
}

/// The log's entries; what was published before there was a log is added first, in its order, under
/// the set that is 1 of 1.
pub async fn entries(state: &AppState) -> anyhow::Result<Vec<LogEntry>> {
    let entries = state.store.release_log().await.context("read the log")?;
    // Where something was said of it there was a log: one that is empty now is not begun again.
    if !entries.is_empty() || state.store.last_said_of_log().await?.is_some() {
        return Ok(entries);
    }
    let mut releases = state.store.releases(u32::MAX).await?;
    releases.reverse();
    if releases.is_empty() {
        return Ok(entries);
    }
    let set = key_sets::current(state).await?.set;
    let missing = releases.iter().zip(0u64..).map(|(release, position)| LogEntry {
        position,
        sequence: release.sequence,
        index_sha256: sha256(&release.index_json),
        key_set: set.sequence,
        key_set_sha256: set.sha256(),
        signatures: Vec::new(),
    });
    let missing: Vec<_> = missing.collect();
    match state.store.begin_log(&missing).await {
        Ok(()) | Err(StoreError::Conflict(_)) => {}
        Err(error) => return Err(anyhow::Error::new(error).context("begin the log")),
    }
    state.store.release_log().await.context("read the log")
}

/// What the server says now of the log, and what a bundle of its last release shows.
pub fn say(state: &AppState, continued: &Continued) -> anyhow::Result<(SaidOfLog, LogPart)> {
    let leaves: Vec<_> = continued.entries().iter().map(leaf).collect();
    let log = Log::of(&leaves);
    let checkpoint = log.checkpoint(&origin(continued.sets())?, state.clock.now());
    let Checkpoint { size, root, time, .. } = checkpoint;
    let document = checkpoint.text();
    let comment = format!("unwatched log of {size} releases, {time}");
    let signature = keys::sign(&state.data, document.as_bytes(), &comment)?;
    let part = size
        .checked_sub(1)
        .and_then(|last| log.part(last, document.clone(), signature.clone()))
        .context("show the last release in the log")?;
    Ok((SaidOfLog { size, root, said_at: time, document, signature }, part))
}

/// The bundle of a release that stands in the log as the part shows.
pub fn bundle(
    signing: &Signing,
    entry: &LogEntry,
    release: (&[u8], &str, &[u8]),
    log: LogPart,
) -> Vec<u8> {
    let (index_json, minisig, indicators) = release;
    let (signatures, keys) = (entry.signatures.clone(), signing.chain.clone());
    write_proven_bundle(index_json, minisig, indicators, &Proofs { signatures, keys, log })
}

/// Says anew what the log is, and makes the latest release's bundle say it. False before the first
/// release.
pub async fn renew(state: &AppState) -> anyhow::Result<bool> {
    let continued = Continued::read(state).await?;
    let Some(last) = continued.entries().last() else { return Ok(false) };
    let release = state.store.latest_release().await?.context("find the latest release")?;
    anyhow::ensure!(release.sequence == last.sequence, "a release was published meanwhile");
    let signing = Signing::up_to(continued.sets(), last.key_set)?;
    // After a change of the server's key the old one is gone: the next release brings the new.
    if keys::server(&state.data)?.as_ref() != Some(&signing.set.server) {
        tracing::warn!(
            "the server's key is not the one that the latest release names: publish one, so that checkers follow"
        );
        return Ok(false);
    }
    let (said, part) = say(state, &continued)?;
    let indicators = indicators_of(&state.store, &release).await?;
    let signed = (release.index_json.as_slice(), release.signature.as_str(), indicators.as_slice());
    let bytes = bundle(&signing, last, signed, part);
    let size_bytes = bytes.len() as u64;
    let blob = state.store.put_bytes(bytes).await.context("keep the bundle")?;
    let fresh = FreshBundle { sequence: release.sequence, said_at: said.said_at, size_bytes, blob };
    match state.store.say_of_log(&said, &fresh).await {
        // Its bundle says what the log is by now.
        Ok(()) | Err(StoreError::Conflict(_)) => Ok(true),
        Err(error) => Err(anyhow::Error::new(error).context("keep what is said of the log")),
    }
}

/// The compiled set of a release, as its bytes.
pub async fn indicators_of(store: &Store, release: &ReleaseRow) -> anyhow::Result<Vec<u8>> {
    let file = release.files.iter().find(|file| file.name == INDICATORS);
    let file =
        file.with_context(|| format!("find {INDICATORS} of release {}", release.sequence))?;
    Ok(store.get_bytes(&file.blob, MAX_SET_BYTES).await?.to_vec())
}
