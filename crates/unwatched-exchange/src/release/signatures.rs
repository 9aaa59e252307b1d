//! A release that waits for the signatures that its key set asks for, and the signatures as they
//! come in. Making them needs keys that are never here: `unwatched-exchange sign`, or minisign.

use anyhow::Context as _;
use jiff::SignedDuration;
use serde_json::json;
use unwatched_formats::release::KeySet;
use unwatched_store::{Actor, Awaiting};

use super::continued::Continued;
use super::key_sets::{self, NotTaken, once_each, sorted_out};
use super::publish::{Draft, finish};
use super::{INDEX, sha256};
use crate::refusal::refused;
use crate::state::AppState;

/// The kind of what waits for signatures.
const RELEASE: &str = "release";

/// What waited longer is made anew: it does not know what was added or recalled since.
const WAITS_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A release that waits, and the set that signs it.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The release.
    pub draft: Draft,
    /// The set.
    pub set: KeySet,
}

/// Lets a draft wait, in the place of one that waited before.
pub(super) async fn wait(state: &AppState, draft: &Draft, by: &Actor) -> anyhow::Result<()> {
    let before = state.store.awaiting_signatures(RELEASE).await?;
    keep(state, before.as_ref(), draft, "release.draft", by).await
}

async fn keep(
    state: &AppState,
    before: Option<&Awaiting>,
    draft: &Draft,
    action: &'static str,
    by: &Actor,
) -> anyhow::Result<()> {
    let now = state.clock.now();
    let detail = json!({ "index_sha256": sha256(draft.index_json.as_bytes()).to_string() });
    let line = by.did(action, "release", draft.sequence, detail);
    let document = serde_json::to_string(draft).context("write the draft")?;
    let blobs = draft.files.iter().map(|file| file.sha256).collect();
    let waits = Awaiting { made_at: now, document, blobs };
    state
        .store
        .await_signatures(RELEASE, before, &waits, &line, now)
        .await
        .context("keep the draft")
}

/// The release that waits; none when nothing does.
pub async fn waiting(state: &AppState) -> anyhow::Result<Option<Waiting>> {
    let Some(waits) = state.store.awaiting_signatures(RELEASE).await? else { return Ok(None) };
    let set = key_sets::current(state).await?.set;
    Ok(Some(Waiting { draft: read(&waits)?, set }))
}

/// Adds the signatures that fit to the release that waits. It is published with the one that makes
/// them enough.
///
/// # Errors
/// Where none of them fits.
pub async fn sign(
    state: &AppState,
    more: &[String],
    by: &Actor,
) -> anyhow::Result<(Waiting, Vec<NotTaken>)> {
    let signing = key_sets::current(state).await?;
    let waits = state.store.awaiting_signatures(RELEASE).await?.ok_or_else(nothing_waits)?;
    let mut draft = read(&waits)?;
    let age = state.clock.now().duration_since(draft.published);
    if age > WAITS_FOR || draft.key_set != signing.set.sequence {
        return Err(refused(format!(
            "release {} was made too long ago, or for other keys: `admin release publish` makes it \
             anew",
            draft.sequence
        )));
    }
    Continued::read(state).await?;
    let signs = |one: &String| !signing.set.signers(draft.index_json.as_bytes(), &[one]).is_empty();
    let (fitting, not_taken) = sorted_out(more, signs, INDEX)?;
    draft.signatures.extend(fitting);
    draft.signatures = once_each(std::mem::take(&mut draft.signatures));
    let set = signing.set.clone();
    if draft.lacks(&set) == 0 {
        key_sets::require_server(state, &set)?;
        finish(state, &signing, draft.clone(), by).await?;
    } else {
        keep(state, Some(&waits), &draft, "release.sign", by).await?;
    }
    Ok((Waiting { draft, set }, not_taken))
}

/// Drops the release that waits.
pub async fn discard(state: &AppState, by: &Actor) -> anyhow::Result<()> {
    let line = by.did("release.discard", "release", "", json!({}));
    if state.store.stop_awaiting(RELEASE, &line, state.clock.now()).await? {
        Ok(())
    } else {
        Err(nothing_waits())
    }
}

fn nothing_waits() -> anyhow::Error {
    refused("no release waits for signatures: `admin release publish` makes one")
}

fn read(waits: &Awaiting) -> anyhow::Result<Draft> {
    serde_json::from_str(&waits.document).context("read the release that waits")
}
