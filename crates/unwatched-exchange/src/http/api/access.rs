//! `/api/v1/samples/{sha256}/access` and `/api/v1/indicators/{id}/access`: who can see it, and why.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use unwatched_model::access::{Action, Sharing};
use unwatched_model::partner::PartnerSlug;
use unwatched_store::Viewer;

use super::samples::find;
use crate::http::auth::BearerViewer;
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::who::{self, Reach};
use crate::state::AppState;

/// One partner's answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReachDocument {
    /// The partner.
    partner: String,
    /// What kind of organisation it is.
    category: &'static str,
    /// Whether its analysts see it.
    allowed: bool,
    /// Why, or why not.
    why: String,
}

/// Every partner's answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AccessDocument {
    /// By partner.
    partners: Vec<ReachDocument>,
}

/// Who can see a sample, and why. For the partners who put it in, and for coordinators.
#[utoipa::path(get, path = "/samples/{sha256}/access", tag = "access",
    params(("sha256" = String, Path, description = "the sample's SHA-256")), responses(
    (status = 200, body = AccessDocument),
    (status = 404, body = ProblemDocument),
))]
pub async fn sample(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(sha256): Path<String>,
) -> Result<Json<AccessDocument>, Problem> {
    Ok(Json(AccessDocument::new(of_sample(&state, &viewer, &sha256).await?)))
}

/// Who can see an indicator, and why. For the partner who added it, and for coordinators.
#[utoipa::path(get, path = "/indicators/{id}/access", tag = "access",
    params(("id" = String, Path, description = "the indicator's number")), responses(
    (status = 200, body = AccessDocument),
    (status = 404, body = ProblemDocument),
))]
pub async fn indicator(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(id): Path<String>,
) -> Result<Json<AccessDocument>, Problem> {
    Ok(Json(AccessDocument::new(of_indicator(&state, &viewer, &id).await?.1)))
}

/// Every partner's answer about a sample, for the API and the portal both.
pub async fn of_sample(
    state: &AppState,
    viewer: &Viewer,
    sha256: &str,
) -> Result<Vec<Reach>, Problem> {
    let row = find(state, viewer, sha256).await?;
    let ways: Vec<_> = row.submissions.into_iter().map(|one| (Some(one.by), one.sharing)).collect();
    who::reach(&state.store, viewer, Action::ReadSamples, &ways, state.clock.now()).await
}

/// An indicator's value and every partner's answer about it.
pub async fn of_indicator(
    state: &AppState,
    viewer: &Viewer,
    id: &str,
) -> Result<(String, Vec<Reach>), Problem> {
    let unknown = || Problem::not_found("no indicator of this number that you may see");
    let id: i64 = id.parse().map_err(|_| unknown())?;
    let row = state.store.indicator(id, &viewer.visible()).await?.ok_or_else(unknown)?;
    let sharing =
        Sharing { tlp: row.indicator.tlp, pap: row.handling.pap, group: row.handling.group };
    let ways: [(Option<PartnerSlug>, Sharing); 1] = [(row.by, sharing)];
    let now = state.clock.now();
    let reached = who::reach(&state.store, viewer, Action::ReadIndicators, &ways, now).await?;
    Ok((row.indicator.value, reached))
}

impl AccessDocument {
    fn new(reached: Vec<Reach>) -> Self {
        let partners = reached.into_iter().map(|one| ReachDocument {
            partner: one.partner.to_string(),
            category: one.category.as_str(),
            allowed: one.allowed,
            why: one.why,
        });
        Self { partners: partners.collect() }
    }
}
