//! Who did what and who read what, and how long things are kept.

use axum::extract::{Query, State};
use axum::response::Response;

use super::visitor::Visitor;
use crate::http::api::audit::{Asked, PAGE, lines_for, next};
use crate::http::problem::Problem;
use crate::jobs::retention;
use crate::state::AppState;
use crate::views::audit::{AuditPage, RetentionPage};
use crate::views::frame::Section;

pub(super) async fn audit(
    State(state): State<AppState>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let lines = lines_for(&visitor.viewer)?;
    let rows = state.store.audit_page(&lines, &asked.query(), PAGE).await?;
    let next = next(&rows);
    let frame = visitor.frame("Audit log", Section::Account);
    let page = AuditPage::of(frame, &lines, &asked, rows, next)?;
    visitor.page(&page)
}

pub(super) async fn retention(
    State(state): State<AppState>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let frame = visitor.frame("How long things are kept", Section::Account);
    let kinds = retention::in_force(&state.config);
    visitor.page(&RetentionPage { frame, kinds })
}
