//! `/api/v1/families/{id}/indicators`: values by which a family is recognised.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use unwatched_model::access::Action;
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};
use unwatched_model::tlp::Tlp;
use unwatched_store::{Handling, IndicatorRow};

use super::everybody;
use super::families::find;
use crate::http::auth::{BearerViewer, require};
use crate::http::body::JsonBody;
use crate::http::problem::{FieldProblem, Problem, ProblemDocument};
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
    #[schema(value_type = String)]
    kind: IndicatorKind,
    value: String,
    normalised: String,
    #[schema(value_type = String)]
    role: Role,
    #[schema(value_type = String)]
    tlp: Tlp,
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
    let (indicator, normalised) = checked_indicator(row.family.id, body)?;
    let added = {
        let now = state.clock.now();
        state.store.add_indicator(&indicator, &Handling::default(), &viewer.partner, now).await?
    };
    let (family, kind) = (&indicator.family, indicator.kind);
    tracing::info!(%family, %kind, partner = %viewer.partner, new = added.new, "indicator added");
    let status = if added.new { StatusCode::CREATED } else { StatusCode::OK };
    let document = AddedDocument { id: added.id.to_string(), new: added.new, normalised };
    Ok((status, Json(document)))
}

/// An indicator as the API and the portal both accept it, with its compared form.
pub fn checked_indicator(
    family: FamilyId,
    body: AddIndicator,
) -> Result<(Indicator, String), Problem> {
    let AddIndicator { kind, value, role, tlp, source } = body;
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
        return Err(Problem::invalid(errors));
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
    let indicators = rows.into_iter().map(IndicatorDocument::new).collect();
    Ok(Json(IndicatorList { indicators }))
}

impl IndicatorDocument {
    fn new(row: IndicatorRow) -> Self {
        let Indicator { kind, value, role, tlp, source, .. } = row.indicator;
        Self {
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
