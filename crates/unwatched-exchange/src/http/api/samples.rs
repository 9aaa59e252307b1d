//! `/api/v1/samples`: putting samples in, and what became of them.

use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures_util::{Stream, StreamExt as _};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use unwatched_model::access::{Action, Sharing};
use unwatched_model::digest::Sha256;
use unwatched_store::{NewSample, SampleRow, SampleState, Viewer};

use super::upload::{self, Received};
use crate::http::auth::{BearerViewer, Credential, require};
use crate::http::downloads::{self, Wanted};
use crate::http::problem::{FieldProblem, Problem, ProblemDocument};
use crate::http::sharing::Asked;
use crate::http::streams::{Follower, Look};
use crate::reads::Read;
use crate::state::AppState;

const PAGE: u32 = 100;

/// A sample as partners read it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SampleDocument {
    /// The sample's id.
    sha256: String,
    /// For older lists.
    sha1: String,
    /// For older lists.
    md5: String,
    /// The file's length.
    size_bytes: u64,
    /// `queued`, `analysing`, `analysed` or `failed`.
    state: &'static str,
    /// Why, when that needs saying.
    state_why: Option<String>,
    /// When it first came in.
    first_seen: String,
    /// From the report.
    package: Option<String>,
    /// From the report.
    label: Option<String>,
    /// Every time it was put in.
    submissions: Vec<SubmissionDocument>,
}

/// One act of putting a sample in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SubmissionDocument {
    /// The partner.
    by: String,
    /// Under which name.
    file_name: Option<String>,
    /// When.
    at: String,
    /// How far it may travel.
    tlp: &'static str,
    /// What may be done with it.
    pap: &'static str,
    /// Only among the members of this group.
    group: Option<String>,
}

/// A page of samples.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SamplePage {
    /// Newest first.
    samples: Vec<SampleDocument>,
    /// What `after` takes for the next page.
    next: Option<String>,
}

/// What became of an upload.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SubmittedDocument {
    /// The sample's id.
    sha256: String,
    /// Its length.
    size_bytes: u64,
    /// Whether nobody had put it in before, as far as this partner may know.
    new: bool,
}

/// How far a sample has come.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct StateDocument {
    /// `queued`, `analysing`, `analysed` or `failed`.
    state: &'static str,
    /// Why, when that needs saying.
    why: Option<String>,
}

/// Put a sample in: the file as the body (its name in `X-File-Name`, if it matters), or as the
/// field `file` of a form, which takes one: each sample is a request of its own. At most 500 MiB.
/// How it is shared stands in the query, or in fields of the form: with the whole coalition when
/// nothing is said. Whoever puts the same file in again chooses for their own submission only.
#[utoipa::path(post, path = "/samples", tag = "samples", params(Asked),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 202, body = SubmittedDocument,
        headers(("Location", description = "where to follow it"))),
    (status = 413, body = ProblemDocument),
    (status = 422, body = ProblemDocument, description = "an empty file, or not exactly one in \
        the form: nothing is kept"),
    (status = 429, body = ProblemDocument, description = "too much is being sent already"),
))]
pub async fn submit(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Query(asked): Query<Asked>,
    request: Request,
) -> Result<impl IntoResponse, Problem> {
    require(&viewer, Action::UploadSamples)?;
    let _seat = state.bodies.of(&viewer.partner)?;
    let received = upload::receive(&state, request).await?;
    let how = received.asked.clone().or(asked)?.checked(&state.store, &viewer).await?;
    let document = keep(&state, &viewer, received, how).await?;
    let location = format!("/api/v1/samples/{}", document.sha256);
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(document)))
}

/// How a submission is shared, and what its partner says of where it comes from.
#[derive(Debug, Clone)]
pub struct How {
    /// Who may read it, and what may be done with it.
    pub sharing: Sharing,
    /// Whether it is said to be the maker's public download.
    pub declared_public: bool,
}

impl Default for How {
    fn default() -> Self {
        Self { sharing: Sharing::coalition(), declared_public: false }
    }
}

/// Keeps what came in: the bytes first, then the sample, the submission and the job together.
pub async fn keep(
    state: &AppState,
    viewer: &Viewer,
    received: Received,
    How { sharing, declared_public }: How,
) -> Result<SubmittedDocument, Problem> {
    let Received { file, sha1, md5, file_name, .. } = received;
    let (sha256, size_bytes) = (file.sha256(), file.size_bytes());
    state.store.put_sealed(&file, state.clock.now()).await?;
    let by = viewer.partner.clone();
    let sample =
        NewSample { sha256, sha1, md5, size_bytes, file_name, by, sharing, declared_public };
    let added = state.store.add_sample(&sample, &viewer.actor(), state.clock.now()).await?;
    // Whoever may not know of another's submission does not learn of it from the answer either.
    let known = !added.new && is_known_besides(state, viewer, &sha256).await?;
    // Bytes that belonged to no sample yet, or to an old one, may have been deleted meanwhile.
    if !state.store.has_blob_key(&sha256).await? {
        state.store.put_sealed(&file, state.clock.now()).await?;
    }
    state.changes.job.notify_waiters();
    let partner = &viewer.partner;
    tracing::info!(%sha256, size_bytes, %partner, "sample put in");
    Ok(SubmittedDocument { sha256: sha256.to_string(), size_bytes, new: !known })
}

/// Whether this partner may know of a submission of the sample besides the one just made.
async fn is_known_besides(
    state: &AppState,
    viewer: &Viewer,
    sha256: &Sha256,
) -> Result<bool, Problem> {
    let row = state.store.sample(sha256, &viewer.visible()).await?;
    Ok(row.is_some_and(|row| row.submissions.len() > 1))
}

impl SubmittedDocument {
    /// The sample's id.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Whether nobody had put it in before, as far as this partner may know.
    pub fn is_new(&self) -> bool {
        self.new
    }
}

/// Where a page starts.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// `next` of the page before.
    after: Option<String>,
}

/// List samples, newest first, 100 a page.
#[utoipa::path(get, path = "/samples", tag = "samples", params(After), responses(
    (status = 200, body = SamplePage),
    (status = 422, body = ProblemDocument),
))]
pub async fn list(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Query(query): Query<After>,
) -> Result<Json<SamplePage>, Problem> {
    require(&viewer, Action::ReadSamples)?;
    let refused = || Problem::invalid(vec![FieldProblem::new("after", "not one of our pages")]);
    let after = match query.after {
        None => None,
        Some(text) => Some(parse_cursor(&text).ok_or_else(refused)?),
    };
    let rows = state.store.samples(&viewer.visible(), after, PAGE).await?;
    let next = rows.last().filter(|_| rows.len() == PAGE as usize).map(cursor);
    Ok(Json(SamplePage { samples: rows.into_iter().map(SampleDocument::new).collect(), next }))
}

/// The cursor of the page after a row.
pub fn cursor(row: &SampleRow) -> String {
    format!("{}-{}", row.first_seen.as_microsecond(), row.sha256)
}

/// What [`cursor`] wrote.
pub fn parse_cursor(text: &str) -> Option<(Timestamp, Sha256)> {
    let (time, sha256) = text.rsplit_once('-')?;
    let time = Timestamp::from_microsecond(time.parse().ok()?).ok()?;
    Some((time, sha256.parse().ok()?))
}

/// Read a sample.
#[utoipa::path(get, path = "/samples/{sha256}", tag = "samples",
    params(("sha256" = String, Path, description = "the sample's SHA-256")), responses(
    (status = 200, body = SampleDocument),
    (status = 404, body = ProblemDocument),
))]
pub async fn sample(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(sha256): Path<String>,
) -> Result<Json<SampleDocument>, Problem> {
    require(&viewer, Action::ReadSamples)?;
    let row = find(&state, &viewer, &sha256).await?;
    state.reads.note(&viewer, Read::Sample, &row.sha256, state.clock.now());
    Ok(Json(SampleDocument::new(row)))
}

/// The sample of a path, or a 404 that says why: the same whether it is not there or not seen.
pub async fn find(state: &AppState, viewer: &Viewer, sha256: &str) -> Result<SampleRow, Problem> {
    let id: Sha256 = sha256.parse().map_err(|error| Problem::not_found(format!("{error}")))?;
    let row = state.store.sample(&id, &viewer.visible()).await?;
    row.ok_or_else(|| Problem::not_found(format!("no sample {id} that you may see")))
}

/// Take a sample's bytes out: a ZIP with the password `infected` whose one file is named by its
/// SHA-256, or an age file for one recipient. Each download is a line in the audit log.
#[utoipa::path(get, path = "/samples/{sha256}/download", tag = "samples",
    params(("sha256" = String, Path, description = "the sample's SHA-256"), Wanted), responses(
    (status = 200, body = Vec<u8>, content_type = "application/zip"),
    (status = 303, description = "where to fetch it once within a minute, where samples are served \
        from a host name of their own"),
    (status = 403, body = ProblemDocument, description = "seen, but not to be taken out"),
    (status = 404, body = ProblemDocument),
    (status = 422, body = ProblemDocument),
))]
pub async fn download(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(sha256): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let row = find(&state, &viewer, &sha256).await?;
    let packing = wanted.packing(&state, &viewer).await?;
    downloads::begin(&state, &viewer, &row, packing).await
}

/// Read a sample's report. While it is waited for: 202, `Retry-After` and how far it is.
#[utoipa::path(get, path = "/samples/{sha256}/report", tag = "samples",
    params(("sha256" = String, Path, description = "the sample's SHA-256")), responses(
    (status = 200, body = Object, description = "the report: the fields of `analyze --json`"),
    (status = 202, body = StateDocument,
        headers(("Retry-After", description = "seconds"))),
    (status = 404, body = ProblemDocument),
    (status = 422, body = ProblemDocument, description = "the analysis ended without a report"),
))]
pub async fn report(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(sha256): Path<String>,
) -> Result<Response, Problem> {
    require(&viewer, Action::ReadSamples)?;
    let row = find(&state, &viewer, &sha256).await?;
    if let Some(report) = state.store.report(&row.sha256, &viewer.visible()).await? {
        state.reads.note(&viewer, Read::Report, &row.sha256, state.clock.now());
        return Ok(Json(report).into_response());
    }
    if row.state == SampleState::Failed {
        let why = row.state_why.unwrap_or_else(|| "no reason was kept".to_owned());
        return Err(Problem::unprocessable("the analysis ended without a report", why));
    }
    let document = StateDocument::new(&row);
    Ok((StatusCode::ACCEPTED, [(header::RETRY_AFTER, "1")], Json(document)).into_response())
}

/// Follow a sample: server-sent events named `state`, one per change, ended by `analysed` or
/// `failed`.
#[utoipa::path(get, path = "/samples/{sha256}/events", tag = "samples",
    params(("sha256" = String, Path, description = "the sample's SHA-256")), responses(
    (status = 200, body = StateDocument, content_type = "text/event-stream"),
    (status = 404, body = ProblemDocument),
))]
pub async fn events(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Extension(credential): Extension<Credential>,
    Path(sha256): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    require(&viewer, Action::ReadSamples)?;
    let row = find(&state, &viewer, &sha256).await?;
    let follower = Follower::new(&state, &viewer, credential, Action::ReadSamples)?;
    Ok(Sse::new(follow(follower, row.sha256)).keep_alive(KeepAlive::default()))
}

/// The changes of a sample's state as they come, for the API and the portal.
pub fn follow(
    follower: Follower,
    sha256: Sha256,
) -> impl Stream<Item = Result<Event, axum::Error>> + Send + 'static {
    let changes =
        follower.changes(Some(|changes| &changes.sample), move |state, viewer| async move {
            let row = state.store.sample(&sha256, &viewer.visible()).await.ok()??;
            let is_final = matches!(row.state, SampleState::Analysed | SampleState::Failed);
            Some(Look { seen: StateDocument::new(&row), is_final })
        });
    changes.map(|now| Event::default().event("state").json_data(now))
}

impl StateDocument {
    fn new(row: &SampleRow) -> Self {
        Self { state: row.state.as_str(), why: row.state_why.clone() }
    }
}

impl SampleDocument {
    fn new(row: SampleRow) -> Self {
        let submissions = row.submissions.into_iter().map(|submission| SubmissionDocument {
            by: submission.by.to_string(),
            file_name: submission.file_name,
            at: submission.at.to_string(),
            tlp: submission.sharing.tlp.as_str(),
            pap: submission.sharing.pap.as_str(),
            group: submission.sharing.group.map(|group| group.to_string()),
        });
        Self {
            sha256: row.sha256.to_string(),
            sha1: row.sha1.to_string(),
            md5: row.md5.to_string(),
            size_bytes: row.size_bytes,
            state: row.state.as_str(),
            state_why: row.state_why,
            first_seen: row.first_seen.to_string(),
            package: row.package,
            label: row.label,
            submissions: submissions.collect(),
        }
    }
}
