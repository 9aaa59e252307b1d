//! Who can see this, and why: every partner's answer about one sample or indicator.

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use unwatched_model::access::Action;

use super::visitor::Visitor;
use crate::http::api::access::{of_indicator, of_sample};
use crate::http::auth::require;
use crate::http::problem::Problem;
use crate::state::AppState;
use crate::views::frame::Section;
use crate::views::who::{ReachLine, WhoPage};
use crate::views::words;

#[derive(Deserialize)]
pub(super) struct About {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    id: String,
}

pub(super) async fn who(
    State(state): State<AppState>,
    visitor: Visitor,
    Query(About { kind, id }): Query<About>,
) -> Result<Response, Problem> {
    let viewer = &visitor.viewer;
    let (what, back, reached) = match kind.as_str() {
        "sample" => {
            require(viewer, Action::ReadSamples)?;
            let reached = of_sample(&state, viewer, &id).await?;
            (format!("sample {id}"), format!("/portal/samples/{id}"), reached)
        }
        "indicator" => {
            let (value, reached) = of_indicator(&state, viewer, &id).await?;
            (format!("indicator {value}"), format!("/portal/indicators/{id}"), reached)
        }
        _ => return Err(Problem::not_found("ask about a sample or an indicator")),
    };
    let page = WhoPage {
        frame: visitor.frame("Who can see this, and why", Section::Elsewhere),
        what: words::shown(&what),
        back,
        partners: reached.iter().map(ReachLine::of).collect(),
    };
    visitor.page(&page)
}
