//! How work is going: what waits, what runs, what failed and a button to try it again.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::{Stream, stream};
use serde::Deserialize;
use unwatched_model::access::Action;
use unwatched_store::{JobCount, JobId, JobRow, StoreError};

use super::told::Told;
use super::visitor::{Visitor, go_on};
use crate::http::api::jobs::{Board, PAGE, try_again};
use crate::http::auth::{self, SessionViewer};
use crate::http::problem::Problem;
use crate::http::streams::Seat;
use crate::state::AppState;
use crate::views::frame::Section;
use crate::views::jobs::JobsPage;

const HERE: &str = "/portal/jobs";

/// How often it is looked whether anything changed.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

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

/// Says that something on the page changed, at most once a second. Without a session: 401 and not
/// a page, for a stream follows no redirect.
pub(super) async fn events(
    State(state): State<AppState>,
    visitor: Option<SessionViewer>,
) -> Result<Response, Problem> {
    let Some(SessionViewer(viewer)) = visitor else {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    };
    let seat = state.streams.take(&viewer)?;
    let watched = Watched { state, told: None, _seat: seat };
    Ok(Sse::new(watch(watched)).keep_alive(KeepAlive::default()).into_response())
}

type Look = (Vec<JobCount>, Vec<JobRow>, Vec<JobRow>);

struct Watched {
    state: AppState,
    told: Option<Look>,
    _seat: Seat,
}

fn watch(watched: Watched) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
    stream::unfold(watched, async |mut watched| {
        watched.change().await?;
        Some((Ok(Event::default().event("changed").data("")), watched))
    })
}

impl Watched {
    /// What the page is made of, whether or not this viewer may know what it is about: what
    /// changed is not told, and how many there are is everybody's.
    async fn look(&self) -> Result<Look, StoreError> {
        let store = &self.state.store;
        let failed = store.jobs_dead(None, None, 1).await?;
        let counts = store.job_counts(self.state.clock.now()).await?;
        Ok((counts, store.jobs_running(PAGE).await?, failed))
    }

    /// Waits until the page would look otherwise; `None` when the server drains.
    async fn change(&mut self) -> Option<()> {
        loop {
            let before = self.told.replace(self.look().await.ok()?);
            // What the page shows at first was read just before.
            if before.is_some() && before != self.told {
                return Some(());
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_AGAIN) => {}
                () = self.state.shutdown.cancelled() => return None,
            }
        }
    }
}
