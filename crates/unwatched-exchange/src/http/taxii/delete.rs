//! Deleting an object: the versions named, or every one.

use axum::http::request::Parts;
use axum::response::Response;
use unwatched_formats::taxii::Filters;
use unwatched_store::{TaxiiCollection, TaxiiDeleted, TaxiiVersions};

use super::caller::Caller;
use super::error::TaxiiError;
use super::objects::wanted;
use crate::state::AppState;

/// `DELETE objects/{object}/`.
pub(super) async fn delete(
    state: &AppState,
    caller: &Caller,
    collection: &TaxiiCollection,
    id: &str,
    request: &Parts,
) -> Result<Response, TaxiiError> {
    let filters = Filters::read(request.uri.query().unwrap_or_default())?;
    let mut wanted = wanted(&filters, Some(id));
    if filters.versions.is_none() {
        // Afterwards the object is not there: no earlier version comes forth.
        wanted.versions = TaxiiVersions { all: true, ..TaxiiVersions::default() };
        if wanted.specs.is_empty() {
            wanted.specs = vec!["2.0".to_owned(), "2.1".to_owned()];
        }
    }
    let (by, now) = (caller.actor(), state.clock.now());
    match state.store.delete_taxii_object(collection.number, &wanted, &by, now).await? {
        TaxiiDeleted::Nothing => Err(TaxiiError::no_object()),
        TaxiiDeleted::Versions(_) => Ok(super::json("{}")),
    }
}
