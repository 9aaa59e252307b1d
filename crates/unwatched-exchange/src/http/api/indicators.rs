//! `/api/v1/families/{id}/indicators`, `/api/v1/indicators/{id}`: values by which a family is
//! recognised.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use unwatched_formats::feed::indicator_uuid;
use unwatched_model::access::{Action, Object};
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};
use unwatched_model::pap::Pap;
use unwatched_model::partner::GroupSlug;
use unwatched_model::tlp::Tlp;
use unwatched_store::{Handling, HeldValues, IndicatorRow, Store, Viewer};
use uuid::Uuid;

use super::everybody;
use super::families::find;
use super::values::{HeldDocument, reason};
use crate::http::auth::{BearerViewer, require, require_on};
use crate::http::body::JsonBody;
use crate::http::problem::{FieldProblem, Problem, ProblemDocument};
use crate::http::sharing::{NO_OPEN_GROUP, open_group};
use crate::release::popular::value_of;
use crate::state::AppState;

const MAX_SOURCE_BYTES: usize = 500;

/// An indicator to be added.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddIndicator {
    /// `domain`, `address`, `url`, `package`, `certificate_sha1`, `certificate_sha256`,
    /// `certificate_organisation`, `certificate_common_name_pattern`, `file_sha256` or
    /// `ios_bundle`.
    #[schema(value_type = String)]
    pub kind: IndicatorKind,
    /// The value, as its source writes it.
    pub value: String,
    /// `c2`, `website`, `distribution`, `app` or `sample`.
    #[schema(value_type = String)]
    pub role: Role,
    /// `CLEAR`, `GREEN`, `AMBER`, `AMBER+STRICT` or `RED`. Only `CLEAR` is ever released.
    #[schema(value_type = String)]
    pub tlp: Tlp,
    /// Who says so.
    pub source: String,
    /// `CLEAR`, `GREEN`, `AMBER` or `RED`: what may be done with it. Only `CLEAR` and `GREEN` are
    /// ever released.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub pap: Pap,
    /// Only among the members of this sharing group.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub group: Option<GroupSlug>,
    /// That the value comes from the maker's public download, and so names nobody's installation.
    #[serde(default)]
    pub declared_public: bool,
}

/// What became of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AddedDocument {
    /// The indicator's number.
    id: String,
    /// Whether it was new; what a partner says again from the same source is kept once, under the
    /// TLP given last.
    new: bool,
    /// The form in which it is compared.
    normalised: String,
}

/// An indicator as partners read it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IndicatorDocument {
    id: String,
    /// What it is called in every released file and by TAXII: one statement about a family, whoever
    /// makes it.
    #[schema(value_type = String)]
    uuid: Uuid,
    #[schema(value_type = String)]
    kind: IndicatorKind,
    value: String,
    normalised: String,
    #[schema(value_type = String)]
    role: Role,
    #[schema(value_type = String)]
    tlp: Tlp,
    #[schema(value_type = String)]
    pap: Pap,
    /// The sharing group it stays in.
    #[schema(value_type = Option<String>)]
    group: Option<GroupSlug>,
    declared_public: bool,
    /// Whether its value may name one installation and is held back from everything public.
    held: HeldDocument,
    source: String,
    /// The partner who added it; none for imported ones.
    by: Option<String>,
    added_at: String,
}

/// A family's indicators.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IndicatorList {
    /// In the order they were listed or added.
    indicators: Vec<IndicatorDocument>,
}

/// Add an indicator to a family.
#[utoipa::path(post, path = "/families/{id}/indicators", tag = "indicators",
    params(("id" = String, Path, description = "the family's slug")),
    request_body = AddIndicator, responses(
    (status = 201, body = AddedDocument),
    (status = 200, body = AddedDocument, description = "this partner had said so already; its TLP is now the one given"),
    (status = 404, body = ProblemDocument),
    (status = 422, body = ProblemDocument),
))]
pub async fn add(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<AddIndicator>,
) -> Result<impl IntoResponse, Problem> {
    require(&viewer, Action::AddIndicators)?;
    let row = find(&state, &id).await?;
    let (indicator, handling, normalised) =
        checked_indicator(&state.store, &viewer, row.family.id, body).await?;
    let (by, now) = (viewer.actor(), state.clock.now());
    let added = state.store.add_indicator(&indicator, &handling, &by, now).await?;
    let (family, kind) = (&indicator.family, indicator.kind);
    tracing::info!(%family, %kind, partner = %viewer.partner, new = added.new, "indicator added");
    let status = if added.new { StatusCode::CREATED } else { StatusCode::OK };
    let document = AddedDocument { id: added.id.to_string(), new: added.new, normalised };
    Ok((status, Json(document)))
}

/// An indicator as the API and the portal both accept it, with its compared form.
pub async fn checked_indicator(
    store: &Store,
    viewer: &Viewer,
    family: FamilyId,
    body: AddIndicator,
) -> Result<(Indicator, Handling, String), Problem> {
    let AddIndicator { kind, value, role, tlp, source, pap, group, declared_public } = body;
    let mut errors = Vec::new();
    if let Some(group) = group.as_ref()
        && open_group(store, viewer, group.as_str()).await?.is_none()
    {
        errors.push(FieldProblem::new("group", NO_OPEN_GROUP));
    }
    let indicator = Indicator { family, kind, value, role, tlp, source };
    match checked_statement(indicator) {
        Ok((indicator, normalised)) if errors.is_empty() => {
            Ok((indicator, Handling { pap, group, declared_public }, normalised))
        }
        Ok(_) => Err(Problem::invalid(errors)),
        Err(more) => {
            errors.extend(more);
            Err(Problem::invalid(errors))
        }
    }
}

/// What a partner says of a family, by whichever way it comes in: what would match everybody, or
/// has a role that its kind cannot have, is refused. With the form in which it is compared.
pub(crate) fn checked_statement(
    statement: Indicator,
) -> Result<(Indicator, String), Vec<FieldProblem>> {
    let Indicator { family, kind, value, role, tlp, source } = statement;
    let mut errors = Vec::new();
    let normalised = kind.normalise(&value).unwrap_or_else(|error| {
        errors.push(FieldProblem::new("value", error));
        String::new()
    });
    // An empty one was refused just now.
    let too_broad = everybody::matches_everybody(kind, &normalised);
    errors
        .extend(too_broad.filter(|_| errors.is_empty()).map(|why| FieldProblem::new("value", why)));
    let source = source.trim().to_owned();
    if source.is_empty() {
        errors.push(FieldProblem::new("source", "it is empty: say who observed or published it"));
    } else if source.len() > MAX_SOURCE_BYTES || source.chars().any(char::is_control) {
        errors.push(FieldProblem::new("source", "one line of at most 500 bytes"));
    }
    if !role_fits(kind, role) {
        errors.push(FieldProblem::new(
            "role",
            format!("a {kind} cannot have the role {role}: hosts are c2, website or distribution; names and certificates app or sample; files sample"),
        ));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let value = value.trim().to_owned();
    Ok((Indicator { family, kind, value, role, tlp, source }, normalised))
}

/// A host is never an app, and an app is never a host: a wrong pair would be shown to a survivor
/// as something it is not.
fn role_fits(kind: IndicatorKind, role: Role) -> bool {
    use IndicatorKind as K;
    match kind {
        K::Domain | K::Address | K::Url => {
            matches!(role, Role::C2 | Role::Website | Role::Distribution)
        }
        K::FileSha256 => matches!(role, Role::Sample | Role::App),
        K::Package
        | K::CertificateSha1
        | K::CertificateSha256
        | K::CertificateOrganisation
        | K::CertificateCommonNamePattern
        | K::IosBundle => matches!(role, Role::App | Role::Sample),
    }
}

/// List those of a family's indicators that the partner may see: up to AMBER, and its own.
#[utoipa::path(get, path = "/families/{id}/indicators", tag = "indicators",
    params(("id" = String, Path, description = "the family's slug")), responses(
    (status = 200, body = IndicatorList),
    (status = 404, body = ProblemDocument),
))]
pub async fn list(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(id): Path<String>,
) -> Result<Json<IndicatorList>, Problem> {
    require(&viewer, Action::ReadIndicators)?;
    let row = find(&state, &id).await?;
    let rows = state.store.indicators_of(&row.family.id, &viewer.visible()).await?;
    let held = state.store.held(rows.iter().map(value_of)).await?;
    let indicators = rows.into_iter().map(|row| IndicatorDocument::new(row, &held)).collect();
    Ok(Json(IndicatorList { indicators }))
}

/// One indicator.
#[utoipa::path(get, path = "/indicators/{id}", tag = "indicators",
    params(("id" = String, Path, description = "the indicator's number")), responses(
    (status = 200, body = IndicatorDocument),
    (status = 404, body = ProblemDocument, description = "none that you may see"),
))]
pub async fn indicator(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(id): Path<String>,
) -> Result<Json<IndicatorDocument>, Problem> {
    require(&viewer, Action::ReadIndicators)?;
    let row = seen(&state, &viewer, &id).await?;
    let held = state.store.held([value_of(&row)]).await?;
    Ok(Json(IndicatorDocument::new(row, &held)))
}

/// Why an indicator is withdrawn.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// In the partner's words, for the history.
    why: String,
}

/// Withdraw an indicator of the own partner. What was released already is taken back by a recall.
#[utoipa::path(delete, path = "/indicators/{id}", tag = "indicators",
    params(("id" = String, Path, description = "the indicator's number")),
    request_body = Withdraw, responses(
    (status = 204, description = "withdrawn"),
    (status = 404, body = ProblemDocument, description = "none that you may see"),
    (status = 422, body = ProblemDocument),
))]
pub async fn withdraw(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Withdraw>,
) -> Result<StatusCode, Problem> {
    withdrawn(&state, &viewer, &id, &body.why).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A withdrawal as the API and the portal both take it; hands back what was withdrawn.
pub async fn withdrawn(
    state: &AppState,
    viewer: &Viewer,
    id: &str,
    why: &str,
) -> Result<IndicatorRow, Problem> {
    require(viewer, Action::WithdrawIndicators)?;
    let row = seen(state, viewer, id).await?;
    let Some(by) = row.by.as_ref() else {
        return Err(Problem::forbidden("a published list says so: it can only be recalled"));
    };
    require_on(viewer, Action::WithdrawIndicators, Object::Of(by))?;
    let why = reason(why)?;
    state.store.withdraw_indicator(row.id, why, &viewer.actor(), state.clock.now()).await?;
    tracing::info!(id = row.id, partner = %viewer.partner, "indicator withdrawn");
    Ok(row)
}

/// The indicator of this number, if the viewer sees it: a number tells nothing of what is hidden.
pub async fn seen(state: &AppState, viewer: &Viewer, id: &str) -> Result<IndicatorRow, Problem> {
    let none = || Problem::not_found("no indicator of this number");
    let number = id.parse().map_err(|_| none())?;
    state.store.indicator(number, &viewer.visible()).await?.ok_or_else(none)
}

impl IndicatorDocument {
    fn new(row: IndicatorRow, held: &HeldValues) -> Self {
        let held = held.of(row.indicator.kind, &row.normalised).into();
        let Indicator { family, kind, value, role, tlp, source } = row.indicator;
        let Handling { pap, group, declared_public } = row.handling;
        Self {
            uuid: indicator_uuid(&family, kind, &row.normalised, role),
            pap,
            group,
            declared_public,
            held,
            id: row.id.to_string(),
            kind,
            value,
            normalised: row.normalised,
            role,
            tlp,
            source,
            by: row.by.map(|partner| partner.to_string()),
            added_at: row.added_at.to_string(),
        }
    }
}
