//! What the partner's programs pull and push and when it last worked, its webhooks, and lines that
//! connect a client. Coordinators see every partner's.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use unwatched_model::access::Action;

use super::told::Told;
use super::visitor::{Visitor, go_on};
use crate::http::api::webhooks::{self, MakeWebhook};
use crate::http::problem::Problem;
use crate::state::AppState;
use crate::uses;
use crate::views::connections::{
    ConnectionsPage, HandedInLine, MadeWebhookPage, UseLine, WebhookFields, WebhookLine,
};
use crate::views::forms::Refusal;
use crate::views::frame::Section;
use crate::views::recipes;

/// So much of what was handed in is shown.
const HANDED_IN: u32 = 50;
const HERE: &str = "/portal/connections";

pub(super) async fn list(
    State(state): State<AppState>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let page = page(&state, &visitor, WebhookFields::default(), None).await?;
    visitor.page(&page)
}

async fn page(
    state: &AppState,
    visitor: &Visitor,
    form: WebhookFields,
    error: Option<Refusal>,
) -> Result<ConnectionsPage, Problem> {
    // What was used a moment ago is shown, too.
    uses::write(state).await?;
    let own = &visitor.viewer.partner;
    let all = visitor.may(Action::ReadAudit);
    let of = (!all).then_some(own);
    let may_manage = visitor.may(Action::ManageKeys);
    let keys = state.store.tokens(of).await?;
    let used = state.store.uses(of).await?;
    let handed_in = state.store.handed_in_last(own, HANDED_IN).await?;
    let webhooks = state.store.webhooks(of).await?;
    Ok(ConnectionsPage {
        frame: visitor.frame("Connections", Section::Account),
        all,
        may_manage,
        error,
        form,
        uses: used.iter().map(|one| UseLine::of(one, &keys)).collect(),
        handed_in: handed_in.iter().map(HandedInLine::of).collect(),
        webhooks: webhooks
            .iter()
            .map(|one| WebhookLine::of(one, may_manage && one.partner == *own))
            .collect(),
        recipes: recipes::all(&visitor.base),
    })
}

#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    url: String,
    #[serde(default)]
    label: String,
    #[serde(default)]
    kinds: String,
}

pub(super) async fn make(
    State(state): State<AppState>,
    visitor: Visitor,
    Form(Typed { url, label, kinds }): Form<Typed>,
) -> Result<Response, Problem> {
    let words = kinds.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned);
    let body = MakeWebhook { url: url.clone(), label: label.clone(), kinds: words.collect() };
    match webhooks::made(&state, &visitor.viewer, body).await {
        Ok(made) => {
            let frame = visitor.frame("A new webhook", Section::Account);
            visitor.page(&MadeWebhookPage { frame, id: made.id, secret: made.secret })
        }
        Err(problem) if problem.status().is_server_error() => Err(problem),
        Err(problem) => {
            let form = WebhookFields { url, label, kinds };
            let page = page(&state, &visitor, form, Some(Refusal::of(&problem))).await?;
            Ok((problem.status(), visitor.page(&page)?).into_response())
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Deed {
    #[serde(default, rename = "do")]
    deed: String,
}

/// `ping`, `on` or `remove`.
pub(super) async fn change(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(Deed { deed }): Form<Deed>,
) -> Result<Response, Problem> {
    let viewer = &visitor.viewer;
    let told = match deed.as_str() {
        "ping" => {
            let sent = webhooks::pinged(&state, viewer, &id).await?;
            sent.map_or_else(Told::PingLost, |()| Told::PingArrived)
        }
        "on" => {
            webhooks::switched_on(&state, viewer, &id).await?;
            Told::WebhookOn
        }
        "remove" => {
            webhooks::removed(&state, viewer, &id).await?;
            Told::WebhookRemoved
        }
        _ => return Err(Problem::malformed("say what is to be done with it")),
    };
    Ok(go_on(HERE, told))
}
