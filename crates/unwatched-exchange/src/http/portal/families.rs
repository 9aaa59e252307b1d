//! The list of families, and creating one.

use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use unwatched_model::access::Action;
use unwatched_model::family::{FamilyId, Platform};
use unwatched_store::{Actor, NewFamily};

use super::told::Told;
use super::visitor::{Visitor, go_on};
use crate::http::api::families::checked_family;
use crate::http::auth::require;
use crate::http::problem::{FieldProblem, Problem};
use crate::state::AppState;
use crate::verdicts;
use crate::views::families::{FamiliesPage, FamilyLine};
use crate::views::forms::{FamilyFields, FamilyFormPage, Refusal, platforms};
use crate::views::frame::Section;

const PAGE: u32 = 200;

#[derive(Deserialize)]
pub(super) struct After {
    after: Option<FamilyId>,
}

pub(super) async fn list(
    State(state): State<AppState>,
    visitor: Visitor,
    Query(After { after }): Query<After>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::ReadFamilies)?;
    let rows = state.store.families(after.as_ref(), PAGE).await?;
    let verdicts = verdicts::of_page(&state.store, &rows, state.clock.now()).await?;
    let next = rows.last().filter(|_| rows.len() == PAGE as usize);
    let page = FamiliesPage {
        frame: visitor.frame("Families", Section::Families),
        may_judge: visitor.may_judge(),
        next: next.map(|row| format!("/portal/families?after={}", row.family.id)),
        families: rows
            .iter()
            .map(|row| FamilyLine::of(row, verdicts.get(&row.family.id)))
            .collect(),
        later: after.is_some(),
    };
    visitor.page(&page)
}

#[derive(Deserialize)]
pub(super) struct For {
    #[serde(default)]
    sample: String,
}

pub(super) async fn form(
    State(state): State<AppState>,
    visitor: Visitor,
    Query(For { sample }): Query<For>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::WriteFamilies)?;
    let name = match sample.parse() {
        Ok(sha256) => {
            state.store.sample(&sha256, &visitor.viewer.visible()).await?.and_then(|row| row.label)
        }
        Err(_) => None,
    };
    let form = FamilyFields {
        name: name.unwrap_or_default(),
        platform: if sample.is_empty() { String::new() } else { "android".to_owned() },
        sample,
        ..FamilyFields::default()
    };
    let page = page(&visitor, form, None);
    visitor.page(&page)
}

fn page(visitor: &Visitor, form: FamilyFields, error: Option<Refusal>) -> FamilyFormPage {
    FamilyFormPage {
        frame: visitor.frame("Create a family", Section::Families),
        error,
        form,
        platforms: platforms(),
    }
}

#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    aliases: String,
    #[serde(default)]
    platform: String,
    #[serde(default)]
    sample: String,
}

pub(super) async fn create(
    State(state): State<AppState>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::WriteFamilies)?;
    match created(&state, &typed, &visitor.viewer.actor()).await {
        Ok(id) => {
            tracing::info!(family = %id, partner = %visitor.viewer.partner, "family created");
            Ok(go_on(&format!("/portal/families/{id}"), Told::FamilyCreated))
        }
        Err(problem) if problem.status().is_server_error() => Err(problem),
        Err(problem) => {
            let Typed { name, aliases, platform, sample } = typed;
            let form = FamilyFields { name, aliases, platform, sample };
            let page = page(&visitor, form, Some(Refusal::of(&problem)));
            Ok((problem.status(), visitor.page(&page)?).into_response())
        }
    }
}

async fn created(state: &AppState, typed: &Typed, by: &Actor) -> Result<FamilyId, Problem> {
    let new = checked(typed)?;
    Ok(state.store.create_family(&new, by, state.clock.now()).await?)
}

fn checked(typed: &Typed) -> Result<NewFamily, Problem> {
    let aliases = typed.aliases.lines().map(str::trim).filter(|line| !line.is_empty());
    let platform: Option<Platform> = match typed.platform.as_str() {
        "" => None,
        word => Some(
            word.parse()
                .map_err(|error| Problem::invalid(vec![FieldProblem::new("platform", error)]))?,
        ),
    };
    checked_family(&typed.name, aliases.map(str::to_owned).collect(), platform)
}
