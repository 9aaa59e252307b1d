//! Collections, each with what the caller may do in it. One that is neither read nor written is
//! not there; one that is not read is not there for whoever reads.

use axum::response::Response;
use serde_json::{Map, Value, json};
use unwatched_model::access::Action;
use unwatched_model::partner::PartnerSlug;
use unwatched_store::{Audience, TaxiiCollection, TaxiiRights, TaxiiRoot};

use super::caller::Caller;
use super::error::TaxiiError;
use super::own::Purpose;
use super::place::HOW;
use crate::state::AppState;

/// `/{root}/collections/`.
pub(super) async fn list(
    state: &AppState,
    caller: &Caller,
    root: &TaxiiRoot,
) -> Result<Response, TaxiiError> {
    let found = state.store.taxii_collections(&root.path, partner(caller)).await?;
    let open = found.into_iter().map(|one| with_rights(one, root, caller)).filter(is_there);
    let collections: Vec<Value> = open.map(|one| resource(&one)).collect();
    let mut answer = Map::new();
    if !collections.is_empty() {
        answer.insert("collections".to_owned(), Value::Array(collections));
    }
    Ok(super::value(&Value::Object(answer)))
}

/// `/{root}/collections/{collection}/`.
pub(super) fn one(
    found: Option<TaxiiCollection>,
    root: &TaxiiRoot,
    caller: &Caller,
) -> Result<Response, TaxiiError> {
    Ok(super::value(&resource(&find(found, root, caller)?)))
}

/// A collection that the caller reads.
pub(super) fn readable(
    found: Option<TaxiiCollection>,
    root: &TaxiiRoot,
    caller: &Caller,
) -> Result<TaxiiCollection, TaxiiError> {
    let found = find(found, root, caller)?;
    if found.can_read { Ok(found) } else { Err(TaxiiError::no_collection()) }
}

/// A collection that the caller adds to.
pub(super) fn writable(
    found: Option<TaxiiCollection>,
    root: &TaxiiRoot,
    caller: &Caller,
) -> Result<TaxiiCollection, TaxiiError> {
    let found = find(found, root, caller)?;
    if found.can_write { Ok(found) } else { Err(closed(caller, "nothing is added to it by you")) }
}

/// A collection that the caller deletes from: reads, and adds to.
pub(super) fn erasable(
    found: Option<TaxiiCollection>,
    root: &TaxiiRoot,
    caller: &Caller,
) -> Result<TaxiiCollection, TaxiiError> {
    let found = find(found, root, caller)?;
    // What partners were told stays told: it is revoked by a new version.
    let is_kept = found.purpose.is_some();
    if found.can_read && found.can_write && !is_kept {
        return Ok(found);
    }
    Err(closed(caller, "nothing is deleted from it by you"))
}

fn closed(caller: &Caller, why: &str) -> TaxiiError {
    match caller {
        Caller::Nobody => TaxiiError::unauthorised(HOW),
        _ => TaxiiError::forbidden(why),
    }
}

fn find(
    found: Option<TaxiiCollection>,
    root: &TaxiiRoot,
    caller: &Caller,
) -> Result<TaxiiCollection, TaxiiError> {
    let found = found.map(|one| with_rights(one, root, caller)).filter(is_there);
    found.ok_or_else(TaxiiError::no_collection)
}

fn partner(caller: &Caller) -> Option<&PartnerSlug> {
    caller.viewer().map(|viewer| &viewer.partner)
}

fn is_there(collection: &TaxiiCollection) -> bool {
    collection.can_read || collection.can_write
}

/// What the collection allows and the caller's role does not forbid.
fn with_rights(
    mut collection: TaxiiCollection,
    root: &TaxiiRoot,
    caller: &Caller,
) -> TaxiiCollection {
    let purpose = collection.purpose.as_deref().and_then(|word| word.parse().ok());
    let (reads, writes) = match (purpose, caller) {
        (Some(Purpose::PublicStrict | Purpose::PublicMvt), _) | (None, Caller::Nobody) => {
            (true, false)
        }
        (None, Caller::User(_)) => (true, true),
        (_, Caller::Nobody | Caller::User(_)) => (false, false),
        (_, Caller::Partner(..)) => {
            let granted = granted(&collection, root);
            let reads = granted.can_read && caller.may(Action::ReadIndicators);
            (reads, granted.can_write && caller.may(Action::AddIndicators))
        }
    };
    collection.can_read &= reads;
    collection.can_write &= writes;
    collection
}

/// What a partner may do there as far as the operator has a say. What was taken over with users is
/// theirs: of partners, it is open to those to whom it was granted.
fn granted(collection: &TaxiiCollection, root: &TaxiiRoot) -> TaxiiRights {
    let is_open = root.audience != Audience::Users;
    collection.granted.unwrap_or(TaxiiRights { can_read: is_open, can_write: is_open })
}

fn resource(collection: &TaxiiCollection) -> Value {
    let mut answer = json!({
        "id": collection.id,
        "title": collection.title,
        "can_read": collection.can_read,
        "can_write": collection.can_write,
        "media_types": collection.media_types,
    });
    if let Some(description) = &collection.description {
        answer["description"] = json!(description);
    }
    if let Some(alias) = &collection.alias {
        answer["alias"] = json!(alias);
    }
    answer
}
