//! The partner's keys: the list, making one (shown once), withdrawing one.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use unwatched_model::access::{Scope, covers};
use unwatched_model::partner::UserRole;

use super::told::Told;
use super::visitor::{Visitor, go_on};
use crate::http::api::keys::{self, MakeKey};
use crate::http::problem::{FieldProblem, Problem};
use crate::state::AppState;
use crate::views::forms::{Choice, Refusal};
use crate::views::frame::Section;
use crate::views::keys::{KeyFields, KeyLine, KeysPage, MadeKeyPage};
use crate::views::words;

pub(super) async fn list(
    State(state): State<AppState>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let page = page(&state, &visitor, KeyFields::default(), None).await?;
    visitor.page(&page)
}

async fn page(
    state: &AppState,
    visitor: &Visitor,
    form: KeyFields,
    error: Option<Refusal>,
) -> Result<KeysPage, Problem> {
    let now = state.clock.now();
    let own = visitor.viewer.role;
    let roles = UserRole::ALL.iter().filter(|role| covers(own, **role));
    let keys = state.store.tokens(Some(&visitor.viewer.partner)).await?;
    Ok(KeysPage {
        frame: visitor.frame("Keys", Section::Account),
        error,
        form,
        roles: roles
            .map(|role| Choice {
                value: role.to_string(),
                words: words::user_role(*role).to_owned(),
            })
            .collect(),
        scopes: Scope::ALL.iter().map(Scope::to_string).collect(),
        keys: keys.iter().map(|key| KeyLine::of(key, now)).collect(),
    })
}

/// Pairs of names and values: a scope comes as often as it was ticked.
pub(super) async fn make(
    State(state): State<AppState>,
    visitor: Visitor,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let form = KeyFields::of(pairs);
    let made = match read(&form) {
        Ok(body) => keys::made(&state, &visitor.viewer, body).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(made) => {
            let frame = visitor.frame("A new key", Section::Account);
            visitor.page(&MadeKeyPage { frame, id: made.id, key: made.key, expires: made.expires })
        }
        Err(problem) if problem.status().is_server_error() => Err(problem),
        Err(problem) => {
            let page = page(&state, &visitor, form, Some(Refusal::of(&problem))).await?;
            Ok((problem.status(), visitor.page(&page)?).into_response())
        }
    }
}

fn read(form: &KeyFields) -> Result<MakeKey, Problem> {
    let refused =
        |field: &str, detail: String| Problem::invalid(vec![FieldProblem::new(field, detail)]);
    let days = form.expires_days.trim();
    Ok(MakeKey {
        label: form.label.clone(),
        role: form.role.parse().map_err(|error| refused("role", format!("{error}")))?,
        scopes: form.scopes.join(" "),
        expires_days: match days {
            "" => None,
            days => {
                let number = days.parse();
                Some(number.map_err(|_| refused("expires_days", "a number of days".to_owned()))?)
            }
        },
    })
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn withdraw(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    keys::withdrawn(&state, &visitor.viewer, &id).await?;
    Ok(go_on("/portal/keys", Told::KeyWithdrawn))
}
