//! Samples: the list, putting some in, and the page of one.

use axum::Json;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use unwatched_model::access::Action;
use unwatched_model::digest::Sha256;
use unwatched_model::report::Report;
use unwatched_store::SampleRow;

use super::refusals::wants_json;
use super::told::Told;
use super::visitor::{Visitor, go_on};
use crate::http::api::{samples as intake, upload};
use crate::http::auth::{SessionViewer, require};
use crate::http::problem::Problem;
use crate::state::AppState;
use crate::views::class::class_of;
use crate::views::frame::Section;
use crate::views::identity::{self, FoundFamily};
use crate::views::sample::SamplePage;
use crate::views::samples::{SampleLine, SamplesPage, name};
use crate::views::words;

const PAGE: u32 = 50;
const MAX_FILES: usize = 100;

#[derive(Deserialize)]
pub(super) struct After {
    after: Option<String>,
}

pub(super) async fn list(
    State(state): State<AppState>,
    visitor: Visitor,
    Query(After { after }): Query<After>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::ReadSamples)?;
    let page = listed(&state, &visitor, after.as_deref(), None).await?;
    visitor.page(&page)
}

async fn listed(
    state: &AppState,
    visitor: &Visitor,
    after: Option<&str>,
    error: Option<String>,
) -> Result<SamplesPage, Problem> {
    let cursor = match after {
        None => None,
        Some(text) => Some(
            intake::parse_cursor(text)
                .ok_or_else(|| Problem::not_found("the list has no such page"))?,
        ),
    };
    let rows = state.store.samples(&visitor.viewer.visible(), cursor, PAGE).await?;
    let next = rows.last().filter(|_| rows.len() == PAGE as usize);
    Ok(SamplesPage {
        frame: visitor.frame("Samples", Section::Samples),
        may_upload: visitor.may_upload() && after.is_none(),
        error,
        samples: rows.iter().map(SampleLine::of).collect(),
        older: after.is_some(),
        next: next.map(|row| format!("/portal/samples?after={}", intake::cursor(row))),
    })
}

/// Where a script goes on to after an upload.
#[derive(serde::Serialize)]
struct Taken {
    location: String,
}

pub(super) async fn submit(
    State(state): State<AppState>,
    visitor: Visitor,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::UploadSamples)?;
    let form = form.map_err(|error| Problem::malformed(error.body_text()))?;
    let script = wants_json(&headers);
    match take_all(&state, &visitor, form).await {
        Ok((location, told)) if script => {
            let jar = axum_extra::extract::CookieJar::new().add(told.cookie());
            Ok((jar, Json(Taken { location })).into_response())
        }
        Ok((location, told)) => Ok(go_on(&location, told)),
        Err(problem) if script || problem.status().is_server_error() => Err(problem),
        Err(problem) => {
            let error = words::sentence(problem.words());
            let page = listed(&state, &visitor, None, Some(error)).await?;
            Ok((problem.status(), visitor.page(&page)?).into_response())
        }
    }
}

/// Takes every file of the form; what was taken before a refusal stays, and the refusal says so.
async fn take_all(
    state: &AppState,
    visitor: &Visitor,
    mut form: Multipart,
) -> Result<(String, Told), Problem> {
    let mut new: Vec<bool> = Vec::new();
    let mut last = String::new();
    let broken_off = |error: &axum::extract::multipart::MultipartError| {
        Problem::malformed(format!("the upload ended before it was complete: {error}"))
    };
    while let Some(field) = form.next_field().await.map_err(|error| broken_off(&error))? {
        // A form without a chosen file sends one field without a name and without bytes.
        if field.name() != Some("file") || field.file_name().is_none_or(str::is_empty) {
            continue;
        }
        if new.len() == MAX_FILES {
            return Err(Problem::too_large(
                "at most 100 files at once; the first 100 were taken in",
            ));
        }
        let received = upload::receive_field(state, field).await?;
        let kept = intake::keep(state, &visitor.viewer, received).await?;
        new.push(kept.is_new());
        kept.sha256().clone_into(&mut last);
    }
    let count = |wanted: bool| {
        u32::try_from(new.iter().filter(|is_new| **is_new == wanted).count()).unwrap_or(u32::MAX)
    };
    let told = Told::SamplesTaken(count(true), count(false));
    match new.len() {
        0 => Err(Problem::unprocessable("no file was chosen", "choose at least one file")),
        1 => Ok((format!("/portal/samples/{last}"), told)),
        _ => Ok(("/portal/samples".to_owned(), told)),
    }
}

pub(super) async fn sample(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(sha256): Path<String>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::ReadSamples)?;
    let row = intake::find(&state, &visitor.viewer, &sha256).await?;
    let report = state.store.report(&row.sha256, &visitor.viewer.visible()).await?;
    let matches = matches(&state, &visitor, &row, report.as_ref()).await?;
    let frame = visitor.frame(name(&row), Section::Samples).below("/portal/samples", "Samples");
    let page = SamplePage::of(frame, visitor.may_judge(), &row, report, matches);
    visitor.page(&page)
}

async fn matches(
    state: &AppState,
    visitor: &Visitor,
    row: &SampleRow,
    report: Option<&Report>,
) -> Result<Vec<FoundFamily>, Problem> {
    let verified = report
        .is_some_and(|report| report.certificates.iter().any(|certificate| certificate.verified));
    let (mut rows, to) = (Vec::new(), visitor.viewer.visible());
    for (kind, value) in identity::values(&row.sha256, report) {
        rows.extend(state.store.indicators_matching(Some(kind), &value, &to).await?);
    }
    let mut found = Vec::new();
    for (id, named) in identity::families(&rows) {
        let Some(family) = state.store.family(&id).await? else { continue };
        let verdict = state.store.verdict(&id).await?;
        let class = class_of(verdict.as_ref(), &family.attributed);
        found.push(FoundFamily {
            id,
            name: words::shown(&family.family.name),
            by: named.words(),
            caution: named.caution(verified),
            origin: class.origin.clone(),
            class,
        });
    }
    Ok(found)
}

/// The families whose visible indicators name a sample: the likely subjects of an opinion.
pub(super) async fn named_families(
    state: &AppState,
    visitor: &Visitor,
    sha256: &Sha256,
) -> Result<Vec<FoundFamily>, Problem> {
    let to = visitor.viewer.visible();
    let Some(row) = state.store.sample(sha256, &to).await? else { return Ok(Vec::new()) };
    let report = state.store.report(sha256, &to).await?;
    matches(state, visitor, &row, report.as_ref()).await
}

/// The analysis as it goes on. Without a session: 401 and not a page, for a stream follows no
/// redirect.
pub(super) async fn events(
    State(state): State<AppState>,
    visitor: Option<SessionViewer>,
    Path(sha256): Path<String>,
) -> Result<Response, Problem> {
    let Some(SessionViewer(viewer)) = visitor else {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    };
    require(&viewer, Action::ReadSamples)?;
    let row = intake::find(&state, &viewer, &sha256).await?;
    let changes = intake::follow(state, row.sha256, viewer.visible());
    Ok(Sse::new(changes).keep_alive(KeepAlive::default()).into_response())
}
