//! The signed-in person's own account.

use axum::response::Response;
use unwatched_model::access::{self, Action, Object};

use super::visitor::Visitor;
use crate::http::problem::Problem;
use crate::views::account::{AccountPage, MayLine};
use crate::views::frame::Section;
use crate::views::words;

pub(super) async fn account(visitor: Visitor) -> Result<Response, Problem> {
    let viewer = &visitor.viewer;
    let groups: Vec<_> = viewer.groups.iter().map(ToString::to_string).collect();
    let facts = vec![
        ("Partner", viewer.partner.to_string()),
        ("Category", viewer.category.to_string()),
        ("Standing", viewer.standing.to_string()),
        ("Your role", words::user_role(viewer.role).to_owned()),
        (
            "Sharing groups",
            if groups.is_empty() { "none".to_owned() } else { words::list(&groups) },
        ),
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
    let decision = access::may(&viewer.who(), action, Object::Open);
    MayLine {
        does: words::sentence(&action.entry().does),
        allowed: decision.allowed,
        why: words::sentence(&decision.why),
    }
}
