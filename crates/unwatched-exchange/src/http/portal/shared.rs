//! Released values on shared infrastructure: what was decided of each, and the form for it.

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use unwatched_model::access::Action;
use unwatched_model::indicator::IndicatorKind;

use super::told::Told;
use super::visitor::{Visitor, go_on};
use crate::http::api::shared_values::{ReviewShared, reviewed};
use crate::http::problem::{FieldProblem, Problem};
use crate::release::shared::to_look_at;
use crate::state::AppState;
use crate::views::forms::Refusal;
use crate::views::frame::Section;
use crate::views::shared::{SharedFields, SharedPage};

const SHARED: &str = "/portal/releases/shared";

pub(super) async fn page(
    State(state): State<AppState>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let page = shown(&state, &visitor).await?;
    visitor.page(&page)
}

async fn shown(state: &AppState, visitor: &Visitor) -> Result<SharedPage, Problem> {
    let rows = to_look_at(state).await?;
    let frame = visitor
        .frame("Shared infrastructure", Section::Releases)
        .below("/portal/releases", "Releases");
    Ok(SharedPage::of(frame, &rows, visitor.may(Action::ReviewShared)))
}

/// What was typed into the form. A value is told by its kind, a space and itself.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    value: String,
    #[serde(default)]
    decision: String,
    #[serde(default)]
    why: String,
}

pub(super) async fn review(
    State(state): State<AppState>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let kept = match read(&typed) {
        Ok(body) => reviewed(&state, &visitor.viewer, &body).await,
        Err(problem) => Err(problem),
    };
    match kept {
        Ok(_) => Ok(go_on(SHARED, Told::SharedReviewed)),
        Err(problem) if problem.fields().is_empty() => Err(problem),
        Err(problem) => {
            let mut page = shown(&state, &visitor).await?;
            let Typed { value, decision, why } = typed;
            page.form = SharedFields { value, decision, why };
            page.error = Some(Refusal::of(&problem));
            Ok((problem.status(), visitor.page(&page)?).into_response())
        }
    }
}

fn read(typed: &Typed) -> Result<ReviewShared, Problem> {
    let wrong = |field: &str, why: &str| Problem::invalid(vec![FieldProblem::new(field, why)]);
    let value = typed.value.trim().split_once(' ');
    let (kind, value) = value.ok_or_else(|| wrong("value", "choose one of the values"))?;
    let kind: IndicatorKind =
        kind.parse().map_err(|_| wrong("value", "choose one of the values"))?;
    let may_block = match typed.decision.as_str() {
        "block" => true,
        "keep_out" => false,
        _ => return Err(wrong("decision", "choose what is to become of it")),
    };
    Ok(ReviewShared { kind, value: value.to_owned(), may_block, why: typed.why.clone() })
}
