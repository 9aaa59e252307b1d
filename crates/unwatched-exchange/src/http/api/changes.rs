//! `/api/v1/changes`: what happened since a number, as JSON lines; waits for it when asked to.
//!
//! What is told is ids and kinds; what a thing says is read at its own address, by whoever may.

use std::fmt::Write as _;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use unwatched_model::access::Action;
use unwatched_store::{Change, Viewer};

use crate::http::auth::{BearerViewer, Credential, require};
use crate::http::problem::{FieldProblem, Problem, ProblemDocument};
use crate::state::AppState;

const DEFAULT_LIMIT: u32 = 1_000;
const MAX_LIMIT: u32 = 10_000;
const MAX_WAIT_S: u32 = 60;
/// Another process may be the one that changes something: looked for this often.
const LOOK_AGAIN: Duration = Duration::from_millis(300);

/// From where on, and how much.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct From {
    /// The `sequence` of the last line that was read; without it, from the beginning.
    #[param(minimum = 0)]
    after: Option<i64>,
    /// How many lines at most, up to 10,000 [default: 1000].
    #[param(minimum = 1, maximum = 10000)]
    limit: Option<u32>,
    /// How many seconds to wait for something when there is nothing yet, up to 60 [default: 0].
    #[param(minimum = 0, maximum = 60)]
    wait: Option<u32>,
}

/// One line.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ChangeDocument {
    /// Where to go on after it. Numbers grow; what lies between two of them means nothing.
    pub sequence: i64,
    /// When it happened.
    pub at: String,
    /// `family.added`, `indicator.added|changed|held|freed|withdrawn`,
    /// `sample.submitted|analysed|failed|triaged|triage_taken_back`, `opinion.given`, `verdict.changed`, `question.asked`,
    /// `value.recalled`, `recall.lifted`, `release.published`, `group.joined|left`. There will be
    /// others: pass over what you do not know.
    pub kind: String,
    /// The thing: a family's slug, an indicator's, recall's or release's number, a sample's SHA-256,
    /// an opinion's id, a criterion, a group's slug.
    pub id: String,
    /// The family it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// Where to read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
}

impl std::convert::From<Change> for ChangeDocument {
    fn from(change: Change) -> Self {
        let Change { seq, at, kind, object, family } = change;
        let href = href(&kind, &object, family.as_deref());
        Self { sequence: seq, at: at.to_string(), kind, id: object, family, href }
    }
}

/// Where a thing is read.
fn href(kind: &str, id: &str, family: Option<&str>) -> Option<String> {
    let (noun, verb) = kind.split_once('.')?;
    Some(match (noun, verb, family) {
        ("family", ..) => format!("/api/v1/families/{id}"),
        ("indicator", "withdrawn", _) => return None,
        ("indicator", ..) => format!("/api/v1/indicators/{id}"),
        ("sample", "analysed", _) => format!("/api/v1/samples/{id}/report"),
        ("sample", ..) => format!("/api/v1/samples/{id}"),
        ("opinion", _, Some(family)) => format!("/api/v1/families/{family}/opinions"),
        ("verdict", _, Some(family)) => format!("/api/v1/families/{family}/verdict"),
        ("question", ..) => "/api/v1/questions".to_owned(),
        ("value" | "recall", ..) => "/api/v1/recalls".to_owned(),
        ("release", ..) => "/feeds/v1/index.json".to_owned(),
        ("group", ..) => "/api/v1/groups".to_owned(),
        _ => return None,
    })
}

/// What changed since a number, the oldest first: each change that you may see, once, in the order
/// in which it was made good. Go on with the last line's `sequence`; when nothing comes, with the
/// same number as before. Nothing is ever put in before what you have read.
#[utoipa::path(get, path = "/changes", tag = "changes", params(From), responses(
    (status = 200, body = ChangeDocument, content_type = "application/x-ndjson",
     description = "one JSON object a line; none when there is nothing new"),
    (status = 400, body = ProblemDocument),
    (status = 422, body = ProblemDocument),
    (status = 429, body = ProblemDocument, description = "too many of yours wait already"),
))]
pub async fn changes(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Extension(credential): Extension<Credential>,
    Query(from): Query<From>,
) -> Result<impl IntoResponse, Problem> {
    require(&viewer, Action::ReadFamilies)?;
    let (after, limit, wait) = checked(&from)?;
    let changes = after_waiting(&state, viewer, credential, after, limit, wait).await?;
    let mut lines = String::new();
    for change in changes {
        let line = serde_json::to_string(&ChangeDocument::from(change));
        let line = line.map_err(|error| Problem::internal(&error))?;
        writeln!(lines, "{line}").map_err(|error| Problem::internal(&error))?;
    }
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], lines))
}

fn checked(from: &From) -> Result<(i64, u32, Duration), Problem> {
    let mut errors = Vec::new();
    let after = from.after.unwrap_or(0);
    if after < 0 {
        errors.push(FieldProblem::new("after", "0, or the sequence of a line that was read"));
    }
    let limit = from.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        errors.push(FieldProblem::new("limit", "from 1 to 10,000"));
    }
    let wait = from.wait.unwrap_or(0);
    if wait > MAX_WAIT_S {
        errors.push(FieldProblem::new("wait", "at most 60 seconds"));
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    Ok((after, limit, Duration::from_secs(u64::from(wait))))
}

/// What there is, or what comes within the time. It ends early when the server drains and when the
/// key is withdrawn: what may be told is asked anew each time.
async fn after_waiting(
    state: &AppState,
    mut viewer: Viewer,
    credential: Credential,
    after: i64,
    limit: u32,
    wait: Duration,
) -> Result<Vec<Change>, Problem> {
    let until = Instant::now() + wait;
    let mut seat = None;
    loop {
        let counted = state.store.last_change().await?;
        let changes = state.store.changes_after(after, limit, &viewer.visible()).await?;
        if !changes.is_empty() || Instant::now() >= until {
            return Ok(changes);
        }
        if seat.is_none() {
            seat = Some(state.streams.take(&viewer)?);
        }
        while state.store.last_change().await? == counted {
            let pause = LOOK_AGAIN.min(until.saturating_duration_since(Instant::now()));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = state.shutdown.cancelled() => return Ok(Vec::new()),
            }
            if Instant::now() >= until {
                break;
            }
        }
        let holder = credential.holder(state, Action::ReadFamilies).await?;
        viewer = holder.ok_or_else(|| Problem::unauthorised("this token was withdrawn"))?;
    }
}
