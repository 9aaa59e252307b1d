//! Adding an indicator to a family.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use unwatched_model::access::Action;
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::pap::Pap;
use unwatched_store::{AddedIndicator, FamilyRow, Viewer};

use super::told::Told;
use super::visitor::{Visitor, go_on};
use crate::http::api::families::find;
use crate::http::api::indicators::{AddIndicator, checked_indicator};
use crate::http::auth::require;
use crate::http::problem::{FieldProblem, Problem};
use crate::state::AppState;
use crate::views::forms::{self, IndicatorFields, IndicatorFormPage, Refusal};
use crate::views::frame::Section;
use crate::views::words;

pub(super) async fn form(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::AddIndicators)?;
    let row = find(&state, &id).await?;
    let form = IndicatorFields {
        kind: "package".to_owned(),
        role: "app".to_owned(),
        tlp: "AMBER".to_owned(),
        pap: Pap::default().to_string(),
        ..IndicatorFields::default()
    };
    let page = page(&visitor, &row, form, None);
    visitor.page(&page)
}

fn page(
    visitor: &Visitor,
    row: &FamilyRow,
    form: IndicatorFields,
    error: Option<Refusal>,
) -> IndicatorFormPage {
    IndicatorFormPage {
        frame: visitor.frame(format!("Indicator of {}", row.family.name), Section::Families),
        id: row.family.id.clone(),
        name: words::shown(&row.family.name),
        partner: visitor.viewer.partner.to_string(),
        error,
        form,
        kinds: forms::indicator_kinds(),
        roles: forms::indicator_roles(),
        tlps: forms::tlps(),
        paps: forms::paps(),
        groups: forms::groups(&visitor.viewer.groups),
    }
}

#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    value: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    tlp: String,
    #[serde(default)]
    pap: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    source: String,
    /// A box that is ticked or not.
    declared_public: Option<String>,
}

pub(super) async fn add(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::AddIndicators)?;
    let row = find(&state, &id).await?;
    let partner = &visitor.viewer.partner;
    let (kind, added) = match keep(&state, &visitor.viewer, &row, &typed).await {
        Ok(kept) => kept,
        Err(problem) => {
            let Typed { kind, value, role, tlp, pap, group, source, declared_public } = typed;
            let declared_public = declared_public.is_some();
            let form =
                IndicatorFields { kind, value, role, tlp, pap, group, source, declared_public };
            let page = page(&visitor, &row, form, Some(Refusal::of(&problem)));
            return Ok((problem.status(), visitor.page(&page)?).into_response());
        }
    };
    tracing::info!(family = %row.family.id, %kind, %partner, new = added.new, "indicator added");
    let told = if added.new { Told::IndicatorAdded } else { Told::IndicatorKnown };
    Ok(go_on(&format!("/portal/families/{}", row.family.id), told))
}

async fn keep(
    state: &AppState,
    viewer: &Viewer,
    row: &FamilyRow,
    typed: &Typed,
) -> Result<(IndicatorKind, AddedIndicator), Problem> {
    let family = row.family.id.clone();
    let (indicator, handling, _) =
        checked_indicator(&state.store, viewer, family, read(typed)?).await?;
    let now = state.clock.now();
    let added = state.store.add_indicator(&indicator, &handling, &viewer.actor(), now).await?;
    Ok((indicator.kind, added))
}

fn read(typed: &Typed) -> Result<AddIndicator, Problem> {
    fn word<T: std::str::FromStr<Err: std::fmt::Display>>(
        field: &str,
        text: &str,
    ) -> Result<T, Problem> {
        text.parse()
            .map_err(|error: T::Err| Problem::invalid(vec![FieldProblem::new(field, error)]))
    }
    Ok(AddIndicator {
        kind: word("kind", &typed.kind)?,
        value: typed.value.clone(),
        role: word("role", &typed.role)?,
        tlp: word("tlp", &typed.tlp)?,
        source: typed.source.clone(),
        pap: if typed.pap.is_empty() { Pap::default() } else { word("pap", &typed.pap)? },
        group: match typed.group.as_str() {
            "" => None,
            group => Some(word("group", group)?),
        },
        declared_public: typed.declared_public.is_some(),
    })
}
