//! Saying which family a sample belongs to.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use unwatched_model::access::Action;
use unwatched_model::family::FamilyId;
use unwatched_store::FamilyRow;

use super::queue::following;
use super::samples::{Refused, sample_page};
use super::told::Told;
use super::visitor::{Visitor, go_on};
use crate::http::api::samples::find;
use crate::http::auth::require;
use crate::http::problem::Problem;
use crate::state::AppState;
use crate::views::words;

#[derive(Deserialize)]
pub(super) struct Said {
    /// `none`, `again` (take it back), `other` (then `family` says which), or a family's id.
    choice: String,
    #[serde(default)]
    family: String,
    #[serde(default)]
    why: String,
    /// `queue`, `next` or `here`.
    #[serde(default)]
    then: String,
}

pub(super) async fn triage(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(sha256): Path<String>,
    Form(said): Form<Said>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::TriageSamples)?;
    let row = find(&state, &visitor.viewer, &sha256).await?;
    let partner = visitor.viewer.partner.clone();
    let by = visitor.viewer.actor();
    let now = state.clock.now();
    // Found before it leaves the queue.
    let next = following(&state, &visitor, Some(&row.sha256)).await?;
    let told = if said.choice == "again" {
        state.store.take_back_triage(&row.sha256, &partner, &by, now).await?;
        Told::TriageTakenBack
    } else {
        let family = match family(&state, &said).await? {
            Ok(family) => family,
            Err(error) => {
                let refused = Refused { other: said.family, error };
                let status = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
                let page = sample_page(&state, visitor, row, Some(refused)).await?;
                return Ok((status, page).into_response());
            }
        };
        let why = Some(said.why.trim()).filter(|why| !why.is_empty());
        state.store.triage(&row.sha256, family.as_ref(), why, &partner, &by, now).await?;
        Told::Triaged
    };
    let to = match said.then.as_str() {
        "queue" => "/portal/queue".to_owned(),
        "next" => next,
        _ => format!("/portal/samples/{}", row.sha256),
    };
    Ok(go_on(&to, told))
}

/// The family that was chosen, `None` for none of ours; or what is wrong with the choice, in words.
async fn family(
    state: &AppState,
    said: &Said,
) -> Result<Result<Option<FamilyId>, String>, Problem> {
    let text = match said.choice.as_str() {
        "none" => return Ok(Ok(None)),
        "other" => said.family.trim(),
        id => id,
    };
    if text.is_empty() {
        return Ok(Err("Write the other family’s name or id.".to_owned()));
    }
    if said.choice != "other" {
        // What the page offers are ids.
        let known = match text.parse() {
            Ok(id) => state.store.family(&id).await?,
            Err(_) => None,
        };
        return Ok(known.map(|row| Some(row.family.id)).ok_or_else(|| no_family(text)));
    }
    let called = state.store.families_called(text).await?;
    Ok(match called.as_slice() {
        [row] => Ok(Some(row.family.id.clone())),
        [] => Err(no_family(text)),
        rows => Err(several(text, rows)),
    })
}

fn no_family(text: &str) -> String {
    format!(
        "There is no family “{}”: look it up under Families, or create it first.",
        words::shown(text)
    )
}

/// Nobody guesses which of several is meant.
fn several(text: &str, rows: &[FamilyRow]) -> String {
    let listed =
        rows.iter().map(|row| format!("{} ({})", words::shown(&row.family.name), row.family.id));
    format!(
        "Several families go by “{}”: {}. Write the name of the one you mean.",
        words::shown(text),
        listed.collect::<Vec<_>>().join(", ")
    )
}
