//! What was published, what would be published now, and what is taken back.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use unwatched_model::access::Action;
use unwatched_model::indicator::IndicatorKind;

use super::told::Told;
use super::visitor::{Visitor, go_on};
use crate::http::api::recalls::{AddRecall, recalled};
use crate::http::api::releases::seen;
use crate::http::problem::{FieldProblem, Problem};
use crate::release::preview::preview;
use crate::release::publish;
use crate::state::AppState;
use crate::views::frame::Section;
use crate::views::releases::{PreviewPage, ReleaseOffers, ReleasesPage};

const SHOWN: u32 = 50;
const RELEASES: &str = "/portal/releases";

pub(super) async fn releases(
    State(state): State<AppState>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let rows = state.store.releases(SHOWN).await?;
    let recalls = state.store.recalls().await?;
    let frame = visitor.frame("Releases", Section::Releases);
    let offers = ReleaseOffers {
        publish: visitor.may(Action::PublishReleases),
        recall: visitor.may(Action::RecallValues),
        held: visitor.may(Action::ReadIndicators),
    };
    let page = ReleasesPage::of(frame, &rows, &recalls, offers, state.clock.now());
    visitor.page(&page)
}

/// What would go out now; the button that publishes it stands under it.
pub(super) async fn show_preview(
    State(state): State<AppState>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let preview = preview(&state).await?;
    let seen = seen(&state, &visitor.viewer, &preview).await?;
    let frame =
        visitor.frame("What would be released now", Section::Releases).below(RELEASES, "Releases");
    let page = PreviewPage::of(frame, &preview, |id| seen.contains(&id));
    visitor.page(&page)
}

pub(super) async fn publish(
    State(state): State<AppState>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let published = publish::publish(&state, &visitor.viewer.actor()).await.map_err(|error| {
        match error.downcast_ref::<crate::refusal::Refusal>() {
            Some(refused) => Problem::conflict(refused.to_string()),
            None => error.into(),
        }
    })?;
    Ok(go_on(RELEASES, Told::Published(published.sequence)))
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
    let kind: IndicatorKind = typed
        .kind
        .parse()
        .map_err(|error| Problem::invalid(vec![FieldProblem::new("kind", error)]))?;
    let Typed { family, value, why, publish, .. } = typed;
    let body = AddRecall {
        family: family.trim().to_owned(),
        kind,
        value,
        why,
        publish: publish.is_some(),
    };
    let (_, release) = recalled(&state, &visitor.viewer, body).await?;
    Ok(go_on(RELEASES, release.map_or(Told::Recalled, Told::Published)))
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
