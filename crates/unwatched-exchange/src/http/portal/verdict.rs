//! The page that says in plain sentences what the coalition says of a family, and the verdict as a
//! file.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use unwatched_model::access::Action;
use unwatched_model::consensus::judge;

use super::visitor::Visitor;
use crate::http::api::families::find;
use crate::http::auth::require;
use crate::http::problem::Problem;
use crate::state::AppState;
use crate::views::frame::Section;
use crate::views::verdict::{VerdictPage, VerdictRows};

pub(super) async fn page(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::ReadFamilies)?;
    let family = find(&state, &id).await?;
    let id = &family.family.id;
    let title = format!("Verdict on {}", family.family.name);
    let frame = visitor
        .frame(title, Section::Families)
        .below("/portal/families", "Families")
        .below(format!("/portal/families/{id}"), &family.family.name);
    let rows = VerdictRows {
        judging: state.store.judging(id, state.clock.now()).await?,
        history: state.store.verdict_history(id).await?,
        questions: state.store.questions_on(id).await?,
        partners: state.store.partners().await?,
        names_partners: visitor.may(Action::ReadOpinions),
        family,
    };
    let page = VerdictPage::of(frame, &rows, state.clock.now());
    visitor.page(&page)
}

/// The verdict as the API gives it, for whoever recomputes it.
pub(super) async fn file(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::ReadOpinions)?;
    let row = find(&state, &id).await?;
    let judging = state.store.judging(&row.family.id, state.clock.now()).await?;
    let mut json = serde_json::to_string(&judge(&judging)).map_err(|e| Problem::internal(&e))?;
    json.push('\n');
    let name = format!("attachment; filename=\"{}-verdict.json\"", row.family.id);
    let head = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((head, json).into_response())
}
