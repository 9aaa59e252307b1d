//! `/api/v1/jobs`: how work is going, and having what failed tried again.
//!
//! A job about something that the viewer may not see is not there for them, but for its count.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::{Extension, Json};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use unwatched_model::access::Action;
use unwatched_store::{JobCount, JobId, JobReason, JobRow, JobState, Progress, StoreError, Viewer};

use crate::http::auth::{self, BearerViewer, Credential};
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::streams::{Follower, Look};
use crate::jobs::{self, About};
use crate::state::AppState;

/// So many of what runs, and of what failed, at once.
pub const PAGE: u32 = 50;

/// How work is going.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct JobsDocument {
    /// How many jobs stand where. Of those done, the last day's.
    counts: Vec<CountDocument>,
    /// What is worked on now, longest first.
    running: Vec<JobDocument>,
    /// What was set aside and nothing later settled, newest first.
    failed: Vec<JobDocument>,
    /// What `after` takes for more of what failed.
    next: Option<i64>,
}

/// How many jobs of a kind stand somewhere.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CountDocument {
    /// The kind.
    kind: String,
    /// `waiting`, `leased`, `done` or `dead`.
    state: &'static str,
    /// How many.
    count: u64,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct JobDocument {
    /// Its number.
    id: i64,
    /// What is to be done.
    kind: String,
    /// What it is about: a sample's SHA-256, a family's slug.
    subject: Option<String>,
    /// `waiting`, `leased` (a worker holds it), `done` or `dead` (set aside).
    state: &'static str,
    /// Why it last failed.
    why: Option<String>,
    /// How often it was begun.
    attempts: u32,
    /// How far it has come, where it says so.
    progress: Option<ProgressDocument>,
    /// When it was asked for.
    added: String,
    /// When it was last begun.
    began: Option<String>,
    /// Why each attempt failed, oldest first; in the answer about this job alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<Vec<ReasonDocument>>,
}

/// How far a job has come.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ProgressDocument {
    /// So much is done.
    done: u64,
    /// Of so much.
    of: u64,
    /// Of what.
    what: String,
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ReasonDocument {
    /// Which attempt.
    attempt: u32,
    /// Why.
    why: String,
    /// When.
    at: String,
}

/// Which page of what failed.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// `next` of the page before.
    after: Option<i64>,
}

/// See how work is going.
#[utoipa::path(get, path = "/jobs", tag = "jobs", params(After), responses(
    (status = 200, body = JobsDocument),
))]
pub async fn list(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Query(After { after }): Query<After>,
) -> Result<Json<JobsDocument>, Problem> {
    let board = Board::of(&state, &viewer, after.map(JobId)).await?;
    Ok(Json(JobsDocument {
        counts: board.counts.into_iter().map(CountDocument::new).collect(),
        running: board.running.into_iter().map(JobDocument::new).collect(),
        failed: board.failed.into_iter().map(JobDocument::new).collect(),
        next: board.next.map(|id| id.0),
    }))
}

/// See a job, with why its attempts failed.
#[utoipa::path(get, path = "/jobs/{id}", tag = "jobs",
    params(("id" = i64, Path, description = "the job's number")), responses(
    (status = 200, body = JobDocument),
    (status = 404, body = ProblemDocument),
))]
pub async fn job(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(id): Path<String>,
) -> Result<Json<JobDocument>, Problem> {
    let row = find(&state, &viewer, &id).await?;
    let reasons = state.store.job_reasons(row.id).await?;
    let mut document = JobDocument::new(row);
    document.reasons = Some(reasons.into_iter().map(ReasonDocument::new).collect());
    Ok(Json(document))
}

/// Have a job that was set aside tried again.
#[utoipa::path(post, path = "/jobs/{id}/retry", tag = "jobs",
    params(("id" = i64, Path, description = "the job's number")), responses(
    (status = 202, body = JobDocument),
    (status = 404, body = ProblemDocument),
    (status = 409, body = ProblemDocument, description = "it was not set aside"),
))]
pub async fn retry(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let row = try_again(&state, &viewer, &id).await?;
    Ok((StatusCode::ACCEPTED, Json(JobDocument::new(row))))
}

/// Follow a job: server-sent events named `job`, one per change, ended by `done` or `dead`.
#[utoipa::path(get, path = "/jobs/{id}/events", tag = "jobs",
    params(("id" = i64, Path, description = "the job's number")), responses(
    (status = 200, body = JobDocument, content_type = "text/event-stream"),
    (status = 404, body = ProblemDocument),
    (status = 429, body = ProblemDocument, description = "too many streams are open"),
))]
pub async fn events(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Extension(credential): Extension<Credential>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    find(&state, &viewer, &id).await?;
    let follower = Follower::new(&state, &viewer, credential, Action::ReadJobs)?;
    let changes = follower.changes(Some(|changes| &changes.progress), move |state, viewer| {
        let id = id.clone();
        async move {
            let row = find(&state, &viewer, &id).await.ok()?;
            let is_final = matches!(row.state, JobState::Done | JobState::Dead);
            Some(Look { seen: JobDocument::new(row), is_final })
        }
    });
    let events = changes.map(|job| Event::default().event("job").json_data(job));
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// The job of a path that this viewer may know of, or a 404.
async fn find(state: &AppState, viewer: &Viewer, id: &str) -> Result<JobRow, Problem> {
    let nothing = || Problem::not_found("no job has this number");
    let id = id.parse().map(JobId).map_err(|_| nothing())?;
    let row = state.store.job(id).await?.ok_or_else(nothing)?;
    if is_seen(state, viewer, &row).await? { Ok(row) } else { Err(nothing()) }
}

/// Has a job tried again, for the API and the portal; says how it stands then.
pub async fn try_again(state: &AppState, viewer: &Viewer, id: &str) -> Result<JobRow, Problem> {
    let row = find(state, viewer, id).await?;
    match state.store.retry_job(row.id, &viewer.actor(), state.clock.now()).await {
        Err(StoreError::Conflict(why)) => return Err(Problem::conflict(why)),
        retried => retried?,
    }
    state.changes.job.notify_waiters();
    state.changes.progress.notify_waiters();
    find(state, viewer, id).await
}

/// Whether this viewer may know what a job is about.
async fn is_seen(state: &AppState, viewer: &Viewer, row: &JobRow) -> Result<bool, Problem> {
    let Some(kind) = jobs::kind(&row.kind) else { return Ok(false) };
    Ok(match kind.about {
        About::Nothing => true,
        About::Family => auth::may(viewer, Action::ReadFamilies),
        // One from before the viewer's own submission would tell that the bytes were there.
        About::Sample => state.store.is_analysis_seen(row.id, &viewer.visible()).await?,
    })
}

/// How work is going, as this viewer may see it; for the API and the portal.
pub struct Board {
    /// How many stand where.
    pub counts: Vec<JobCount>,
    /// What is worked on now.
    pub running: Vec<JobRow>,
    /// What was set aside.
    pub failed: Vec<JobRow>,
    /// After which to look for more of it.
    pub next: Option<JobId>,
}

impl Board {
    /// With the page of what failed after a job of the one before.
    pub async fn of(
        state: &AppState,
        viewer: &Viewer,
        after: Option<JobId>,
    ) -> Result<Self, Problem> {
        let store = &state.store;
        let failed = store.jobs_dead(None, after, PAGE).await?;
        let next = failed.last().filter(|_| failed.len() == PAGE as usize).map(|row| row.id);
        Ok(Self {
            counts: store.job_counts(state.clock.now()).await?,
            running: seen(state, viewer, store.jobs_running(PAGE).await?).await?,
            failed: seen(state, viewer, failed).await?,
            next,
        })
    }
}

async fn seen(
    state: &AppState,
    viewer: &Viewer,
    rows: Vec<JobRow>,
) -> Result<Vec<JobRow>, Problem> {
    let mut seen = Vec::new();
    for row in rows {
        if is_seen(state, viewer, &row).await? {
            seen.push(row);
        }
    }
    Ok(seen)
}

impl CountDocument {
    fn new(JobCount { kind, state, count }: JobCount) -> Self {
        Self { kind, state: state.as_str(), count }
    }
}

impl JobDocument {
    fn new(row: JobRow) -> Self {
        Self {
            id: row.id.0,
            kind: row.kind,
            subject: row.subject,
            state: row.state.as_str(),
            why: row.why,
            attempts: row.attempts,
            progress: row.progress.map(|Progress { done, of, what }| ProgressDocument {
                done,
                of,
                what,
            }),
            added: row.added_at.to_string(),
            began: row.began_at.map(|began| began.to_string()),
            reasons: None,
        }
    }
}

impl ReasonDocument {
    fn new(JobReason { attempt, why, at }: JobReason) -> Self {
        Self { attempt, why, at: at.to_string() }
    }
}
