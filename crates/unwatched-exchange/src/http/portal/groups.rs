//! Sharing groups: members see theirs; coordinators make them and choose their members.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use unwatched_model::access::Action;
use unwatched_model::partner::PartnerSlug;

use super::told::Told;
use super::visitor::{Visitor, go_on};
use crate::http::api::groups::{self, MakeGroup};
use crate::http::problem::{FieldProblem, Problem};
use crate::state::AppState;
use crate::views::forms::Refusal;
use crate::views::frame::Section;
use crate::views::groups::{GroupLine, GroupsPage};

pub(super) async fn list(
    State(state): State<AppState>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let page = page(&state, &visitor, None).await?;
    visitor.page(&page)
}

async fn page(
    state: &AppState,
    visitor: &Visitor,
    error: Option<Refusal>,
) -> Result<GroupsPage, Problem> {
    let partners = state.store.partners().await?;
    let groups = groups::known(state, &visitor.viewer).await?;
    Ok(GroupsPage {
        frame: visitor.frame("Groups", Section::Account),
        may_manage: visitor.may(Action::ManageGroups),
        error,
        partners: partners.iter().map(|partner| partner.slug.to_string()).collect(),
        groups: groups.iter().map(GroupLine::of).collect(),
    })
}

#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    slug: String,
    #[serde(default)]
    name: String,
}

pub(super) async fn make(
    State(state): State<AppState>,
    visitor: Visitor,
    Form(Typed { slug, name }): Form<Typed>,
) -> Result<Response, Problem> {
    match groups::made(&state, &visitor.viewer, &MakeGroup { slug, name }).await {
        Ok(()) => Ok(go_on("/portal/groups", Told::GroupChanged)),
        Err(problem) if problem.status().is_server_error() => Err(problem),
        Err(problem) => {
            let page = page(&state, &visitor, Some(Refusal::of(&problem))).await?;
            Ok((problem.status(), visitor.page(&page)?).into_response())
        }
    }
}

/// A member to be added, one to be let go, or the end of the group.
#[derive(Deserialize)]
pub(super) struct Change {
    #[serde(default)]
    join: String,
    #[serde(default)]
    leave: String,
    #[serde(default)]
    close: String,
}

pub(super) async fn change(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(slug): Path<String>,
    Form(change): Form<Change>,
) -> Result<Response, Problem> {
    let (store, now, by) = (&state.store, state.clock.now(), visitor.viewer.actor());
    let slug = groups::known_slug(&slug)?;
    let partner = |text: &str| {
        text.parse::<PartnerSlug>()
            .map_err(|error| Problem::invalid(vec![FieldProblem::new("partner", error)]))
    };
    if !change.join.is_empty() {
        let joined = store.join_group(&slug, &partner(&change.join)?, &by, now).await;
        match joined.map_err(Problem::from) {
            Ok(()) => {}
            // Somebody closed it while this page was open.
            Err(problem) if problem.status() == StatusCode::CONFLICT => {
                let page = page(&state, &visitor, Some(Refusal::of(&problem))).await?;
                return Ok((problem.status(), visitor.page(&page)?).into_response());
            }
            Err(problem) => return Err(problem),
        }
    } else if !change.leave.is_empty() {
        store.leave_group(&slug, &partner(&change.leave)?, &by, now).await?;
    } else if !change.close.is_empty() {
        store.close_group(&slug, &by, now).await?;
    } else {
        return Err(Problem::unprocessable("nothing was chosen", "choose a partner"));
    }
    Ok(go_on("/portal/groups", Told::GroupChanged))
}
