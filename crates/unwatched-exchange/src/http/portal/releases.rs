//! What was published, and how to verify it.

use axum::extract::State;
use axum::response::Response;

use unwatched_model::access::Action;

use super::visitor::Visitor;
use crate::http::auth::require;
use crate::http::problem::Problem;
use crate::state::AppState;
use crate::views::frame::Section;
use crate::views::releases::ReleasesPage;

const SHOWN: u32 = 50;

pub(super) async fn releases(
    State(state): State<AppState>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::ReadFamilies)?;
    let rows = state.store.releases(SHOWN).await?;
    let frame = visitor.frame("Releases", Section::Releases);
    let page = ReleasesPage::of(frame, &rows, state.clock.now());
    visitor.page(&page)
}
