//! The queue, and the way from one of its samples to the next.

use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use unwatched_model::access::Action;
use unwatched_model::digest::Sha256;

use super::samples::suggested;
use super::visitor::Visitor;
use crate::http::auth::{may, require};
use crate::http::problem::Problem;
use crate::state::AppState;
use crate::views::frame::Section;
use crate::views::queue::{QueueLine, QueuePage, counted};

const PAGE: u32 = 25;
/// Beyond so many a number says no more.
pub(super) const COUNTED_UP_TO: u32 = 1_000;

#[derive(Deserialize)]
pub(super) struct After {
    after: Option<String>,
}

impl After {
    fn sample(&self) -> Result<Option<Sha256>, Problem> {
        let parsed = self.after.as_deref().map(str::parse).transpose();
        parsed.map_err(|_| Problem::not_found("the queue has no such page"))
    }
}

pub(super) async fn queue(
    State(state): State<AppState>,
    visitor: Visitor,
    Query(after): Query<After>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::ReadSamples)?;
    let visible = visitor.viewer.visible();
    let after = after.sample()?;
    let rows = state.store.queue(&visible, after.as_ref(), PAGE).await?;
    let next = rows.last().filter(|_| rows.len() == PAGE as usize);
    let next = next.map(|row| format!("/portal/queue?after={}", row.sample.sha256));
    let mut samples = Vec::with_capacity(rows.len());
    for row in &rows {
        samples.push(QueueLine::of(row, suggested(&state, &visitor, &row.sample.sha256).await?));
    }
    let page = QueuePage {
        frame: visitor.frame("Queue", Section::Queue),
        may_triage: may(&visitor.viewer, Action::TriageSamples),
        length: counted(state.store.queue_length(&visible, COUNTED_UP_TO).await?),
        samples,
        later: after.is_some(),
        next,
    };
    visitor.page(&page)
}

/// On to the sample that stands behind one, or to the queue's page where none does.
pub(super) async fn next(
    State(state): State<AppState>,
    visitor: Visitor,
    Query(after): Query<After>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::ReadSamples)?;
    let next = following(&state, &visitor, after.sample()?.as_ref()).await?;
    Ok(Redirect::to(&next).into_response())
}

/// The address of the sample that stands behind one.
pub(super) async fn following(
    state: &AppState,
    visitor: &Visitor,
    after: Option<&Sha256>,
) -> Result<String, Problem> {
    let rows = state.store.queue(&visitor.viewer.visible(), after, 1).await?;
    let next = rows.first().map(|row| format!("/portal/samples/{}", row.sample.sha256));
    Ok(next.unwrap_or_else(|| "/portal/queue".to_owned()))
}
