//! What was published, what would be published now, and what is taken back.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use unwatched_model::access::Action;
use unwatched_model::indicator::IndicatorKind;
use unwatched_store::{Priority, ReleaseRow};

use super::told::Told;
use super::visitor::{Visitor, go_on};
use crate::http::api::recalls::{AddRecall, Published, recalled};
use crate::http::problem::{FieldProblem, Problem};
use crate::jobs::draft_release::DRAFT_RELEASE;
use crate::jobs::publish_release::{self, PUBLISH_RELEASE};
use crate::release::signatures::{self, Waiting};
use crate::release::{BUNDLE, INDEX, draft, publish};
use crate::state::AppState;
use crate::views::forms::Refusal;
use crate::views::frame::Section;
use crate::views::releases::{
    PreviewPage, RecallFields, ReleaseOffers, ReleasesPage, WaitingRelease,
};
use crate::views::words;

const SHOWN: u32 = 50;
const RELEASES: &str = "/portal/releases";
const PREVIEW: &str = "/portal/releases/preview";

pub(super) async fn releases(
    State(state): State<AppState>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let page = page(&state, &visitor).await?;
    visitor.page(&page)
}

async fn page(state: &AppState, visitor: &Visitor) -> Result<ReleasesPage, Problem> {
    let mut rows = state.store.releases(SHOWN).await?;
    hand_out_now(state, rows.first_mut()).await?;
    let recalls = state.store.recalls().await?;
    let publishing = state.store.is_asked_for(PUBLISH_RELEASE).await?;
    // Why the last one was not made, until another is.
    let failed = state.store.jobs_dead(Some(PUBLISH_RELEASE), None, 1).await?.pop();
    let since = rows.first().map(|row| row.published);
    let failed = failed.filter(|job| since.is_none_or(|since| job.changed_at >= since));
    let frame = visitor.frame("Releases", Section::Releases);
    let offers = ReleaseOffers {
        publish: visitor.may(Action::PublishReleases),
        recall: visitor.may(Action::RecallValues),
        held: visitor.may(Action::ReadIndicators),
        publishing,
        failed: failed.and_then(|job| job.why).map(|why| words::shown(&why)),
        waiting: signatures::waiting(state).await?.as_ref().map(WaitingRelease::of),
    };
    Ok(ReleasesPage::of(frame, &rows, &recalls, offers, state.clock.now()))
}

/// The bundle is made anew with each word of the log: the page shows the one that is handed out.
async fn hand_out_now(state: &AppState, latest: Option<&mut ReleaseRow>) -> Result<(), Problem> {
    let (Some(latest), Some(fresh)) = (latest, state.store.fresh_bundle().await?) else {
        return Ok(());
    };
    let bundle = latest.files.iter_mut().find(|file| file.name == BUNDLE);
    if let Some(bundle) = bundle.filter(|_| fresh.sequence == latest.sequence) {
        (bundle.size_bytes, bundle.sha256) = (fresh.size_bytes, fresh.blob);
    }
    Ok(())
}

/// What waits for signatures, for those who sign: the index, and the files that it lists.
pub(super) async fn waiting_file(
    State(state): State<AppState>,
    _: Visitor,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let nothing = || Problem::not_found("no release with such a file waits for signatures");
    let Waiting { draft, .. } = signatures::waiting(&state).await?.ok_or_else(nothing)?;
    let bytes = if name == INDEX {
        draft.index_json.into_bytes()
    } else {
        let file = draft.files.iter().find(|file| file.name == name).ok_or_else(nothing)?;
        state.store.get_bytes(&file.sha256, file.size_bytes).await?.to_vec()
    };
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment"),
    ];
    Ok((headers, bytes).into_response())
}

/// A coordinator's signature, made where their key is.
#[derive(Deserialize)]
pub(super) struct Signed {
    #[serde(default)]
    signature: String,
}

pub(super) async fn sign(
    State(state): State<AppState>,
    visitor: Visitor,
    Form(Signed { signature }): Form<Signed>,
) -> Result<Response, Problem> {
    let signature = signature.replace("\r\n", "\n");
    let by = visitor.viewer.actor();
    // Of one signature that is not taken, why is the refusal.
    let (Waiting { draft, set }, _) =
        signatures::sign(&state, &[signature], &by).await.map_err(|error| {
            match error.downcast_ref::<crate::refusal::Refusal>() {
                Some(refused) => Problem::conflict(refused.to_string()),
                None => error.into(),
            }
        })?;
    let told = match draft.lacks(&set) {
        0 => Told::Published(draft.sequence),
        _ => Told::Waits(draft.sequence),
    };
    Ok(go_on(RELEASES, told))
}

/// What would go out now; the button that publishes it stands under it.
pub(super) async fn show_preview(
    State(state): State<AppState>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let shown = draft::shown(&state).await?;
    let rows = shown.draft.iter().flat_map(|draft| {
        let left_out = draft.left_out.first.iter().chain(&draft.left_out_narrow);
        left_out.chain(&draft.popular.first).map(|reason| reason.row)
    });
    let rows: Vec<i64> = rows.collect();
    let seen = state.store.indicators_with_ids(&rows, &visitor.viewer.visible()).await?;
    let frame =
        visitor.frame("What would be released now", Section::Releases).below(RELEASES, "Releases");
    let page = PreviewPage::of(frame, &shown, &seen);
    visitor.page(&page)
}

/// Asks for what would go out to be worked out anew.
pub(super) async fn draft_again(
    State(state): State<AppState>,
    _: Visitor,
) -> Result<Response, Problem> {
    let (kind, now) = (DRAFT_RELEASE, state.clock.now());
    let nothing = serde_json::json!({});
    state.store.enqueue(kind, Some(kind), &nothing, Priority::Fresh, now).await?;
    state.changes.job.notify_waiters();
    Ok(go_on(PREVIEW, Told::DraftAsked))
}

pub(super) async fn publish(
    State(state): State<AppState>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    if !state.store.is_little_to_release().await? {
        publish_release::ask(&state, &visitor.viewer).await?;
        return Ok(go_on(RELEASES, Told::PublishingAsked));
    }
    let published = publish::publish(&state, &visitor.viewer.actor()).await.map_err(|error| {
        match error.downcast_ref::<crate::refusal::Refusal>() {
            Some(refused) => Problem::conflict(refused.to_string()),
            None => error.into(),
        }
    })?;
    let told = match published.waits_for {
        0 => Told::Published(published.sequence),
        _ => Told::Waits(published.sequence),
    };
    Ok(go_on(RELEASES, told))
}

/// What was typed into the form for a recall.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    family: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    value: String,
    #[serde(default)]
    why: String,
    /// A box that is ticked or not.
    publish: Option<String>,
}

pub(super) async fn recall(
    State(state): State<AppState>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let problem = match read(&typed) {
        Ok(body) => match recalled(&state, &visitor.viewer, body).await {
            Ok((_, published)) => {
                let told = match published {
                    Published::Later => Told::Recalled,
                    Published::Asked => Told::PublishingAsked,
                    Published::Now(sequence) => Told::Published(sequence),
                    Published::Waits(sequence) => Told::Waits(sequence),
                };
                return Ok(go_on(RELEASES, told));
            }
            Err(problem) => problem,
        },
        Err(problem) => problem,
    };
    if problem.status() == StatusCode::FORBIDDEN || problem.status().is_server_error() {
        return Err(problem);
    }
    let mut page = page(&state, &visitor).await?;
    let Typed { family, kind, value, why, publish } = typed;
    page.recall = RecallFields { family, kind, value, why, publish: publish.is_some() };
    page.error = Some(Refusal::of(&problem));
    Ok((problem.status(), visitor.page(&page)?).into_response())
}

fn read(typed: &Typed) -> Result<AddRecall, Problem> {
    let wrong = |error| Problem::invalid(vec![FieldProblem::new("kind", error)]);
    Ok(AddRecall {
        family: typed.family.trim().to_owned(),
        kind: typed.kind.parse::<IndicatorKind>().map_err(wrong)?,
        value: typed.value.clone(),
        why: typed.why.clone(),
        publish: typed.publish.is_some(),
    })
}

pub(super) async fn lift(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found("no such recall"))?;
    state.store.lift_recall(id, &visitor.viewer.actor(), state.clock.now()).await?;
    Ok(go_on(RELEASES, Told::RecallLifted))
}
