//! What became of what was added. A status is its asker's; one that was taken over from another
//! server is for whoever reaches its root. Of what was handed in it says, too, what became of it
//! since: whether it was taken, waits or was refused, and why.

use std::collections::HashMap;

use axum::response::Response;
use serde_json::{Value, json};
use unwatched_store::TaxiiRoot;

use super::caller::Caller;
use super::error::TaxiiError;
use crate::state::AppState;

/// `/{root}/status/{status}/`.
pub(super) async fn read(
    state: &AppState,
    caller: &Caller,
    root: &TaxiiRoot,
    id: &str,
) -> Result<Response, TaxiiError> {
    let document = state.store.taxii_status(&root.path, id, &caller.name()).await?;
    let document = document.ok_or_else(|| TaxiiError::not_found("no such status of yours"))?;
    Ok(super::json(with_outcomes(state, caller, root, document).await?))
}

/// The status, with what became of each object that the caller handed in. TAXII has a message for
/// that: the object was added, whatever is made of it.
pub(super) async fn with_outcomes(
    state: &AppState,
    caller: &Caller,
    root: &TaxiiRoot,
    document: String,
) -> Result<String, TaxiiError> {
    let Some(viewer) = caller.viewer() else { return Ok(document) };
    let Ok(mut status) = serde_json::from_str::<Value>(&document) else { return Ok(document) };
    let Some(successes) = status.get_mut("successes").and_then(Value::as_array_mut) else {
        return Ok(document);
    };
    let ids: Vec<String> =
        successes.iter().filter_map(|one| Some(one.get("id")?.as_str()?.to_owned())).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let found = state.store.inbox_outcomes(&root.path, &viewer.partner, &ids).await?;
    if found.is_empty() {
        return Ok(document);
    }
    let outcomes: HashMap<_, _> =
        found.iter().map(|one| ((one.id.as_str(), one.version.as_str()), one)).collect();
    for one in successes {
        let text = |key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default();
        let Some(found) = outcomes.get(&(text("id"), text("version"))) else { continue };
        let outcome = found.outcome.as_deref().unwrap_or("waits");
        let why = found.why.as_deref().unwrap_or("nobody looked at it yet");
        one["message"] = json!(format!("{outcome}: {why}"));
    }
    Ok(status.to_string())
}
