//! `/api/v1/audit`: who did what, and who read what.

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use unwatched_model::access::{self, Action, Object};
use unwatched_store::{AuditQuery, AuditRow, Lines, Viewer};

use crate::http::auth::{BearerViewer, require_on};
use crate::http::problem::{Problem, ProblemDocument};
use crate::state::AppState;

/// How many lines a page holds.
pub const PAGE: u32 = 100;

/// Which lines.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// About this object: a sample's SHA-256, a family's slug, ...
    pub object: Option<String>,
    /// Of this action, such as `sample.read`.
    pub action: Option<String>,
    /// By this partner.
    pub partner: Option<String>,
    /// `next` of the page before.
    pub after: Option<i64>,
}

impl Asked {
    /// As the store takes it; a field that was left empty asks nothing.
    pub fn query(&self) -> AuditQuery {
        let given = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        AuditQuery {
            object: given(&self.object),
            action: given(&self.action),
            partner: given(&self.partner),
            after: self.after,
        }
    }
}

/// A page of lines, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuditPage {
    /// The lines.
    lines: Vec<AuditLine>,
    /// What `after` takes for the next page.
    next: Option<i64>,
}

/// One line.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuditLine {
    /// Its number.
    seq: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: jiff::Timestamp,
    /// For which partner; none for the operator and the exchange itself.
    partner: Option<String>,
    /// The person, as a number.
    user: Option<i64>,
    /// `person`, `key`, `operator` or `system`.
    via: String,
    /// What was done.
    action: String,
    /// To what kind of thing.
    object_kind: String,
    /// To which.
    object_id: String,
    /// What else matters.
    detail: serde_json::Value,
    /// The digest that chains it to the line before.
    sha256: String,
}

/// Read the audit log.
///
/// The coordinator sees every line; others see what their own partner did, and who read the
/// samples that it submitted.
#[utoipa::path(get, path = "/audit", tag = "audit", params(Asked), responses(
    (status = 200, body = AuditPage),
    (status = 403, body = ProblemDocument),
))]
pub async fn audit(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Query(asked): Query<Asked>,
) -> Result<Json<AuditPage>, Problem> {
    let lines = lines_for(&viewer)?;
    let rows = state.store.audit_page(&lines, &asked.query(), PAGE).await?;
    let next = next(&rows);
    let lines = rows.into_iter().map(AuditLine::of).collect::<Result<_, _>>()?;
    Ok(Json(AuditPage { lines, next }))
}

/// Whose lines somebody may read.
pub fn lines_for(viewer: &Viewer) -> Result<Lines, Problem> {
    require_on(viewer, Action::ReadOwnAudit, Object::Of(&viewer.partner))?;
    let all = access::may(&viewer.who(), Action::ReadAudit, Object::Open).allowed;
    Ok(if all { Lines::All } else { Lines::Of(viewer.partner.clone()) })
}

/// Where the next page begins, when this one is full.
pub fn next(rows: &[AuditRow]) -> Option<i64> {
    let is_full = u32::try_from(rows.len()) == Ok(PAGE);
    rows.last().filter(|_| is_full).map(|row| row.seq)
}

impl AuditLine {
    fn of(row: AuditRow) -> Result<Self, Problem> {
        let detail = serde_json::from_str(&row.detail).unwrap_or_default();
        Ok(Self {
            seq: row.seq,
            at: row.time()?,
            partner: row.partner,
            user: row.user_id,
            via: row.via,
            action: row.action,
            object_kind: row.object_kind,
            object_id: row.object_id,
            detail,
            sha256: row.sha256,
        })
    }
}
