//! The signed-in person's own account.

use axum::response::Response;
use unwatched_model::access::Action;

use super::visitor::Visitor;
use crate::http::problem::Problem;
use crate::views::account::{AccountPage, MayLine};
use crate::views::frame::Section;
use crate::views::words;

pub(super) async fn account(visitor: Visitor) -> Result<Response, Problem> {
    let viewer = &visitor.viewer;
    let facts = vec![
        ("Partner", viewer.partner.to_string()),
        ("Your role", words::user_role(viewer.role).to_owned()),
    ];
    let page = AccountPage {
        frame: visitor.frame("Account", Section::Account),
        email: viewer.email.as_deref().map(words::shown).unwrap_or_default(),
        facts,
        may: Action::ALL.iter().map(|action| line(viewer, *action)).collect(),
    };
    visitor.page(&page)
}

fn line(viewer: &unwatched_store::Viewer, action: Action) -> MayLine {
    let entry = action.entry();
    let allowed = entry.roles.contains(&viewer.role);
    MayLine { does: words::sentence(&entry.does), allowed, why: String::new() }
}
