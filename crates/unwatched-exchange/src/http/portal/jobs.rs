//! How work is going: what waits, what runs, what failed and a button to try it again.

use std::convert::Infallible;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use serde::Deserialize;
use unwatched_model::access::Action;
use unwatched_store::{JobCount, JobId, JobRow};

use super::told::Told;
use super::visitor::{Visitor, go_on};
use crate::http::api::jobs::{Board, PAGE, try_again};
use crate::http::auth::{self, Credential, SessionViewer};
use crate::http::problem::Problem;
use crate::http::streams::{Follower, Look};
use crate::state::AppState;
use crate::views::frame::Section;
use crate::views::jobs::JobsPage;

const HERE: &str = "/portal/jobs";

#[derive(Deserialize)]
pub(super) struct After {
    after: Option<i64>,
}

pub(super) async fn list(
    State(state): State<AppState>,
    visitor: Visitor,
    Query(After { after }): Query<After>,
) -> Result<Response, Problem> {
    let board = Board::of(&state, &visitor.viewer, after.map(JobId)).await?;
    let may_retry = auth::may(&visitor.viewer, Action::RetryJobs);
    let page =
        JobsPage::of(visitor.frame("Jobs", Section::Jobs), board, may_retry, after.is_some());
    visitor.page(&page)
}

pub(super) async fn retry(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    try_again(&state, &visitor.viewer, &id).await?;
    Ok(go_on(HERE, Told::JobRetried))
}

/// Says that something on the page changed, at most twice a second. Without a session: 401 and not
/// a page, for a stream follows no redirect.
pub(super) async fn events(
    State(state): State<AppState>,
    visitor: Option<SessionViewer>,
    credential: Option<Extension<Credential>>,
) -> Result<Response, Problem> {
    let (Some(SessionViewer(viewer)), Some(Extension(credential))) = (visitor, credential) else {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    };
    let follower = Follower::new(&state, &viewer, credential, Action::ReadJobs)?;
    // What the page shows at first was read just before.
    let changes = follower.changes(None, |state, _| look(state)).skip(1);
    let events = changes.map(|_| Ok::<_, Infallible>(Event::default().event("changed").data("")));
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

/// What the page is made of, whether or not this viewer may know what it is about: what changed is
/// not told, and how many there are is everybody's.
async fn look(state: AppState) -> Option<Look<(Vec<JobCount>, Vec<JobRow>, Vec<JobRow>)>> {
    let store = &state.store;
    let failed = store.jobs_dead(None, None, 1).await.ok()?;
    let counts = store.job_counts(state.clock.now()).await.ok()?;
    let running = store.jobs_running(PAGE).await.ok()?;
    Some(Look { seen: (counts, running, failed), is_final: false })
}
