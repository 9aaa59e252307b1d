//! Samples: the list, and the page of one.

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use unwatched_model::access::Action;
use unwatched_model::digest::Sha256;
use unwatched_model::family::FamilyId;
use unwatched_model::report::{FileFormat, Report};
use unwatched_store::{FamilyRow, SampleFilter, SampleRow, SampleState};

use super::visitor::Visitor;
use super::{downloads, headers};
use crate::http::api::samples as intake;
use crate::http::auth::{Credential, SessionViewer, require};
use crate::http::problem::Problem;
use crate::http::streams::Follower;
use crate::reads::Read;
use crate::state::AppState;
use crate::views::class::class_of;
use crate::views::frame::Section;
use crate::views::identity::{self, FoundFamily};
use crate::views::queue::{Suggestion, suggestions, why};
use crate::views::sample::SamplePage;
use crate::views::samples::{FilterView, SampleLine, SamplesPage, name};
use crate::views::triage::TriageView;
use crate::views::{report_changes, triage, words};

const PAGE: u32 = 50;

#[derive(Deserialize)]
pub(super) struct Listed {
    after: Option<String>,
    #[serde(default)]
    state: String,
    #[serde(default)]
    format: String,
    #[serde(default)]
    own: String,
    #[serde(default)]
    family: String,
    #[serde(default)]
    package: String,
}

pub(super) async fn list(
    State(state): State<AppState>,
    visitor: Visitor,
    Query(listed): Query<Listed>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::ReadSamples)?;
    let filter = listed.filter(&state).await?;
    let (rows, next) = page_of(&state, &visitor, &filter, listed.after.as_deref()).await?;
    let family = match &filter.family {
        Some(id) => state.store.family(id).await?,
        None => None,
    };
    let shown = FilterView::of(&filter, family.as_ref());
    let page = SamplesPage {
        frame: visitor.frame("Samples", Section::Samples),
        may_upload: visitor.may_upload(),
        next: next.map(|after| shown.href_after(&after)),
        filter: shown,
        samples: rows.iter().map(SampleLine::of).collect(),
        later: listed.after.is_some(),
    };
    visitor.page(&page)
}

impl Listed {
    async fn filter(&self, state: &AppState) -> Result<SampleFilter, Problem> {
        let no_such = || Problem::not_found("no list of samples has this address");
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let format = |text: String| FileFormat::ALL.into_iter().find(|f| f.as_str() == text);
        Ok(SampleFilter {
            state: match given(&self.state) {
                Some(text) => Some(text.parse::<SampleState>().map_err(|_| no_such())?),
                None => None,
            },
            format: match given(&self.format) {
                Some(text) => Some(format(text).ok_or_else(no_such)?),
                None => None,
            },
            own: !self.own.is_empty(),
            package: given(self.package.trim()),
            family: match given(self.family.trim()) {
                Some(text) => Some(family_called(state, &text).await?),
                None => None,
            },
        })
    }
}

/// The family of this id, else the one of this name.
async fn family_called(state: &AppState, text: &str) -> Result<FamilyId, Problem> {
    if let Ok(id) = text.parse()
        && state.store.family(&id).await?.is_some()
    {
        return Ok(id);
    }
    match <[FamilyRow; 1]>::try_from(state.store.families_called(text).await?) {
        Ok([row]) => Ok(row.family.id),
        Err(none) if none.is_empty() => {
            Err(Problem::not_found("no family has this id or name: look it up under Families"))
        }
        Err(_) => Err(Problem::conflict("several families have this name: write the one’s id")),
    }
}

/// A page of the list, and what the next one starts after.
async fn page_of(
    state: &AppState,
    visitor: &Visitor,
    filter: &SampleFilter,
    after: Option<&str>,
) -> Result<(Vec<SampleRow>, Option<String>), Problem> {
    let no_such = || Problem::not_found("the list has no such page");
    let to = visitor.viewer.visible();
    let full = |rows: &[SampleRow]| rows.len() == PAGE as usize;
    if filter.is_empty() {
        let after = after.map(|text| intake::parse_cursor(text).ok_or_else(no_such)).transpose()?;
        let rows = state.store.samples(&to, after, PAGE).await?;
        let next = rows.last().filter(|_| full(&rows)).map(intake::cursor);
        return Ok((rows, next));
    }
    let after = after.map(|text| text.parse::<Sha256>().map_err(|_| no_such())).transpose()?;
    let rows = state.store.samples_by(&to, filter, after.as_ref(), PAGE).await?;
    let next = rows.last().filter(|_| full(&rows)).map(|row| row.sha256.to_string());
    Ok((rows, next))
}

/// What was typed into the form that sorts a sample, and why it was refused.
pub(super) struct Refused {
    pub(super) other: String,
    pub(super) error: String,
}

pub(super) async fn sample(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(sha256): Path<String>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::ReadSamples)?;
    let row = intake::find(&state, &visitor.viewer, &sha256).await?;
    sample_page(&state, visitor, row, None).await
}

pub(super) async fn sample_page(
    state: &AppState,
    visitor: Visitor,
    row: SampleRow,
    refused: Option<Refused>,
) -> Result<Response, Problem> {
    let to = visitor.viewer.visible();
    let report = state.store.report(&row.sha256, &to).await?;
    let read = if report.is_some() { Read::Report } else { Read::Sample };
    state.reads.note(&visitor.viewer, read, &row.sha256, state.clock.now());
    let matches = matches(state, &visitor, &row, report.as_ref()).await?;
    let said = state.store.families_of_sample(&row.sha256, &to).await?;
    let mut history = triage::history(&said);
    history.extend(report_changes::history(&state.store.reports_on(&row.sha256, &to).await?));
    let suggested = suggested(state, &visitor, &row.sha256).await?;
    let may_triage = visitor.may(Action::TriageSamples) && report.is_some();
    let mut sorted = TriageView::of(&said, suggested, &visitor.viewer.partner, may_triage);
    if let Some(order) = state.store.queue_place(&row.sha256, &to).await? {
        (sorted.waits, sorted.why) = (true, why(order));
    }
    if let Some(Refused { other, error }) = refused {
        (sorted.other, sorted.error) = (Some(words::shown(&other)), Some(error));
    }
    let frame = visitor.frame(name(&row), Section::Samples).below("/portal/samples", "Samples");
    let may_judge = visitor.may_judge();
    let download = downloads::of_sample(state, &visitor, &row).await?;
    let mut page = SamplePage::of(frame, may_judge, &row, report, matches, sorted, history);
    page.download = Some(download);
    Ok(headers::sends_to(state.config.samples.url.as_deref(), visitor.page(&page)?))
}

/// The families to which a sample may belong, the likeliest first.
pub(super) async fn suggested(
    state: &AppState,
    visitor: &Visitor,
    sha256: &Sha256,
) -> Result<Vec<Suggestion>, Problem> {
    let found = state.store.suggested_families(sha256, &visitor.viewer.visible()).await?;
    Ok(suggestions(found))
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
    credential: Option<Extension<Credential>>,
    Path(sha256): Path<String>,
) -> Result<Response, Problem> {
    let (Some(SessionViewer(viewer)), Some(Extension(credential))) = (visitor, credential) else {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    };
    require(&viewer, Action::ReadSamples)?;
    let row = intake::find(&state, &viewer, &sha256).await?;
    let follower = Follower::new(&state, &viewer, credential, Action::ReadSamples)?;
    Ok(Sse::new(intake::follow(follower, row.sha256))
        .keep_alive(KeepAlive::default())
        .into_response())
}
