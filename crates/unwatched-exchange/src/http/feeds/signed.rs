//! Who signed the latest release, and the log: what the server says of it. None of it is a file of
//! the release, since none can be listed in what is signed.

use unwatched_formats::feed::media::media_type;
use unwatched_formats::release::{KEYS_NAME, Pin, log_lines, signer_id};

use super::answer::Document;
use super::in_memory;
use crate::http::problem::Problem;
use crate::release::key_sets::Signing;
use crate::release::{self, log};
use crate::state::AppState;

const TEXT: &str = "text/plain; charset=utf-8";
/// The keys, as minisign reads them and as our checker pins them.
pub(crate) const KEY: &str = "key.pub";
/// A line for each release: its number, its index, its keys.
const LOG: &str = "log.txt";
const CHECKPOINT: &str = "checkpoint";
const CHECKPOINT_SIGNATURE: &str = "checkpoint.minisig";

/// The document of this name; `None` where it is none of these.
pub(super) async fn document(state: &AppState, name: &str) -> Result<Option<Document>, Problem> {
    let is_signature = name.starts_with(release::INDEX) && name.ends_with(".minisig");
    if !is_signature && ![KEY, KEYS_NAME, LOG, CHECKPOINT, CHECKPOINT_SIGNATURE].contains(&name) {
        return Ok(None);
    }
    let store = &state.store;
    let entries = log::entries(state).await?;
    let Some(entry) = entries.last() else { return Ok(None) };
    let signing = || async { Signing::up_to(&store.key_sets().await?, entry.key_set) };
    let text = |text: String| Some(in_memory(text.into_bytes(), TEXT));
    Ok(match name {
        KEY => text(Pin::file(&signing().await?.set)),
        KEYS_NAME => Some(in_memory(signing().await?.chain.to_bytes(), media_type(name))),
        LOG => {
            let leaves: Vec<_> = entries.iter().map(log::leaf).collect();
            text(log_lines(&leaves))
        }
        CHECKPOINT => store.last_said_of_log().await?.and_then(|said| text(said.document)),
        CHECKPOINT_SIGNATURE => {
            store.last_said_of_log().await?.and_then(|said| text(said.signature))
        }
        _ => {
            let of_key = |one: &&String| {
                signer_id(one).is_some_and(|id| name == format!("{}.{id}.minisig", release::INDEX))
            };
            entry.signatures.iter().find(of_key).and_then(|one| text(one.clone()))
        }
    })
}
