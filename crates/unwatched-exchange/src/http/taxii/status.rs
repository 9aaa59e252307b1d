//! What became of what was added. A status is its asker's; one that was taken over from another
//! server is for whoever reaches its root.

use axum::response::Response;
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
    Ok(super::json(document))
}
