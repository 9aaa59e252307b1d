//! The form that takes a sample's bytes out. It answers with the address of a ticket: the bytes
//! never come from a page's own address.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use unwatched_model::access::Action;
use unwatched_store::SampleRow;

use super::visitor::Visitor;
use crate::http::api::samples as intake;
use crate::http::auth::require;
use crate::http::downloads;
use crate::http::packing::Packing;
use crate::http::problem::{FieldProblem, Problem};
use crate::state::AppState;
use crate::views::download::DownloadView;
use crate::views::words;

#[derive(Deserialize)]
pub(super) struct Chosen {
    packing: String,
    #[serde(default)]
    recipient: String,
}

pub(super) async fn download(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(sha256): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::DownloadSamples)?;
    let row = intake::find(&state, &visitor.viewer, &sha256).await?;
    let decision = downloads::decide(&visitor.viewer, &row);
    if !decision.allowed {
        return Err(Problem::forbidden(decision.why));
    }
    let packing = chosen.packing()?;
    let to = downloads::ticket(&state, &visitor.viewer, row.sha256, &packing).await?;
    Ok(Redirect::to(&to).into_response())
}

impl Chosen {
    fn packing(&self) -> Result<Packing, Problem> {
        let refused =
            |field: &str, why: String| Problem::invalid(vec![FieldProblem::new(field, why)]);
        if self.packing == "age" {
            let recipient = self.recipient.parse();
            return recipient.map(Packing::Age).map_err(|why| refused("recipient", why));
        }
        let unknown = |_| refused("packing", "choose one of those offered".to_owned());
        Packing::of(&self.packing, None).map_err(unknown)
    }
}

/// What the sample's page says of it.
pub(super) async fn of_sample(
    state: &AppState,
    visitor: &Visitor,
    row: &SampleRow,
) -> Result<DownloadView, Problem> {
    let gone = state.store.bytes_gone_at(&row.sha256).await?;
    let decision = downloads::decide(&visitor.viewer, row);
    let refused = (!decision.allowed).then_some(decision.why);
    let partner = state.store.partner(&visitor.viewer.partner).await?;
    let recipient = partner.and_then(|partner| partner.age_recipient);
    Ok(DownloadView::of(gone, refused, recipient.as_deref().map(words::shown)))
}
