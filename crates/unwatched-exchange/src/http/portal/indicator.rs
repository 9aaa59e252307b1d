//! One indicator: what it says, whether its value is held, and what may be done about it.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use unwatched_model::access::Action;
use unwatched_store::IndicatorRow;

use super::told::Told;
use super::visitor::{Visitor, go_on};
use crate::http::api::indicators::{seen, withdrawn};
use crate::http::api::values::{Confirm, Decide, after_row, confirmed, decided, held_rows};
use crate::http::problem::Problem;
use crate::release::popular::value_of;
use crate::state::AppState;
use crate::views::frame::Section;
use crate::views::indicator::{HeldPage, IndicatorPage, Offers, Refused};
use crate::views::words;

const SAMPLES_SHOWN: u32 = 50;
const HELD_SHOWN: usize = 100;

pub(super) async fn indicator(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let row = seen(&state, &visitor.viewer, &id).await?;
    let page = page(&state, &visitor, &row).await?;
    visitor.page(&page)
}

async fn page(
    state: &AppState,
    visitor: &Visitor,
    row: &IndicatorRow,
) -> Result<IndicatorPage, Problem> {
    let viewer = &visitor.viewer;
    let (value, to) = (value_of(row), viewer.visible());
    let held = state.store.held([value.clone()]).await?.of(value.0, &value.1);
    let decisions = state.store.decisions_on(&value).await?;
    let same = state.store.indicators_matching(Some(value.0), &value.1, &to).await?;
    let mut samples = Vec::new();
    if visitor.may(Action::ReadSamples) {
        for sample in state.store.samples_holding(&value, SAMPLES_SHOWN, &to).await? {
            samples.extend(state.store.sample(&sample, &to).await?);
        }
    }
    let own = row.by.as_ref() == Some(&viewer.partner);
    let offers = Offers {
        declare: own && !row.handling.declared_public && visitor.may(Action::AddIndicators),
        withdraw: own && visitor.may(Action::WithdrawIndicators),
        decide: held.is_held() && visitor.may(Action::DecideValues),
        confirm: visitor.may(Action::ConfirmValues),
    };
    let frame = visitor
        .frame(format!("Indicator {}", row.id), Section::Families)
        .below("/portal/families", "Families")
        .below(format!("/portal/families/{}", row.indicator.family), row.indicator.family.as_str());
    Ok(IndicatorPage::new(frame, row, held, &decisions, &same, &samples, offers))
}

/// The page again, with what was typed into one of its forms, when that is what was wrong.
async fn again(
    state: &AppState,
    visitor: Visitor,
    row: &IndicatorRow,
    (form, typed): (&'static str, String),
    problem: Problem,
) -> Result<Response, Problem> {
    if problem.status() != StatusCode::UNPROCESSABLE_ENTITY {
        return Err(problem);
    }
    let mut page = page(state, &visitor, row).await?;
    let words = words::sentence(problem.words());
    page.refused = Some(Refused { form, typed, words });
    Ok((problem.status(), visitor.page(&page)?).into_response())
}

/// A form with a reason.
#[derive(Deserialize)]
pub(super) struct Reason {
    #[serde(default)]
    why: String,
}

pub(super) async fn declare(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let row = seen(&state, &visitor.viewer, &id).await?;
    let by = visitor.viewer.actor();
    state.store.declare_public(row.id, &by, state.clock.now()).await?;
    Ok(go_on(&format!("/portal/indicators/{}", row.id), Told::ValueDeclared))
}

pub(super) async fn withdraw(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(reason): Form<Reason>,
) -> Result<Response, Problem> {
    let row = match withdrawn(&state, &visitor.viewer, &id, &reason.why).await {
        Ok(row) => row,
        Err(problem) => {
            let row = seen(&state, &visitor.viewer, &id).await?;
            return again(&state, visitor, &row, ("withdraw", reason.why), problem).await;
        }
    };
    Ok(go_on(&format!("/portal/families/{}", row.indicator.family), Told::IndicatorWithdrawn))
}

pub(super) async fn decide(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(reason): Form<Reason>,
) -> Result<Response, Problem> {
    let row = seen(&state, &visitor.viewer, &id).await?;
    let (kind, value) = value_of(&row);
    let body = Decide { kind, value, why: reason.why.clone() };
    if let Err(problem) = decided(&state, &visitor.viewer, body).await {
        return again(&state, visitor, &row, ("decide", reason.why), problem).await;
    }
    Ok(go_on(&format!("/portal/indicators/{}", row.id), Told::ValueDecided))
}

pub(super) async fn confirm(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(reason): Form<Reason>,
) -> Result<Response, Problem> {
    let row = seen(&state, &visitor.viewer, &id).await?;
    let (kind, value) = value_of(&row);
    let family = row.indicator.family.to_string();
    let body = Confirm { family, kind, value, why: reason.why.clone() };
    if let Err(problem) = confirmed(&state, &visitor.viewer, body).await {
        return again(&state, visitor, &row, ("confirm", reason.why), problem).await;
    }
    Ok(go_on(&format!("/portal/indicators/{}", row.id), Told::ValueConfirmed))
}

/// Where a page starts.
#[derive(Deserialize)]
pub(super) struct From {
    after: Option<String>,
}

/// Values that wait for a decision.
pub(super) async fn held(
    State(state): State<AppState>,
    visitor: Visitor,
    Query(from): Query<From>,
) -> Result<Response, Problem> {
    let after = after_row(from.after.as_deref())?;
    let (rows, next) = held_rows(&state, &visitor.viewer, after, HELD_SHOWN).await?;
    let frame = visitor
        .frame("Values that are held", Section::Releases)
        .below("/portal/releases", "Releases");
    let page = HeldPage::new(frame, &rows, from.after.is_some(), next);
    visitor.page(&page)
}
