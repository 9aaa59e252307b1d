//! `/api/v1/families/{id}/opinions` and `/verdict`: partners' answers, and the coalition's word.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};
use unwatched_model::access::Action;
use unwatched_model::changes::{self, Change};
use unwatched_model::consensus;
use unwatched_model::consensus::versions::{GRAMMAR, VersionRange};
use unwatched_model::criterion::Criterion;
use unwatched_model::digest::Sha256;
use unwatched_model::family::FamilyId;
use unwatched_model::opinion::{
    EvidenceKind, Opinion, OpinionEvidence, OpinionId, Scope, Stance, TERM_MONTHS,
};
use unwatched_model::partner::PartnerSlug;
use unwatched_model::verdict::{Exclusion, Verdict};

use super::families::{Created, find};
use crate::http::auth::{BearerViewer, may, require};
use crate::http::body::JsonBody;
use crate::http::problem::{FieldProblem, Problem, ProblemDocument};
use crate::state::AppState;
use crate::verdicts;

/// An opinion needs no more pieces.
pub const MAX_EVIDENCE: usize = 100;
const MAX_TEXT_BYTES: usize = 10_000;
const MAX_VERSIONS_BYTES: usize = 200;

/// A partner's answer to one criterion.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveOpinion {
    /// One of the eight criteria, such as `hides_itself`.
    #[schema(value_type = String)]
    pub criterion: Criterion,
    /// `holds`, `does_not`, `cannot_say`, or `abstains`: leaves the question to others and takes
    /// back what was said before.
    #[schema(value_type = String)]
    pub stance: Stance,
    /// At least one piece, but for an abstention: `{kind: sample|capability|url|note, value, place}`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub evidence: Vec<OpinionEvidence>,
    /// What it speaks of: `{platform, versions, from, to}`, all optional; `versions` is a range such
    /// as `>=3,<5`, `4.x`, `=4.2` or `<3 || >=5`. A partner's opinions on one family name at most 8
    /// different scopes (each side of `||` counts; what later opinions replaced does not), and
    /// all opinions part a family into at most 2,000 pieces.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub scope: Scope,
    /// The reasoning.
    #[serde(default)]
    pub note: Option<String>,
    /// The day from which it no longer counts; without one, 24 months after it is given.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub expires: Option<Date>,
}

/// An opinion and why it may not count.
#[derive(Debug, Serialize)]
struct MarkedOpinion {
    #[serde(flatten)]
    opinion: Opinion,
    /// The partner's next opinion on the same criterion.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_by: Option<OpinionId>,
    /// Whether it is read no more, because later ones say what its partner says.
    replaced: bool,
    expired: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    excluded: Option<Exclusion>,
}

/// A family's opinions, superseded ones included.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OpinionList {
    /// In the order given; each with `replaced`, `replaced_by`, `expired` and `excluded` (why its
    /// partner does not count) as of today.
    #[schema(value_type = Vec<Object>)]
    opinions: Vec<MarkedOpinion>,
}

/// Give an opinion. A partner counts once per criterion, by its latest opinion.
#[utoipa::path(post, path = "/families/{id}/opinions", tag = "opinions",
    params(("id" = String, Path, description = "the family's slug")),
    request_body = GiveOpinion, responses(
    (status = 201, body = Created),
    (status = 404, body = ProblemDocument),
    (status = 422, body = ProblemDocument, description =
        "a field is not as it must be, or the scope parts the family too finely: `detail` names \
         the limit and what to do"),
))]
pub async fn give(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<GiveOpinion>,
) -> Result<impl IntoResponse, Problem> {
    require(&viewer, Action::GiveOpinions)?;
    let row = find(&state, &id).await?;
    let by = viewer.actor();
    let opinion = checked_opinion(&state, viewer.partner, row.family.id, body)?;
    verdicts::give(&state, &opinion, &by).await?;
    Ok((StatusCode::CREATED, Json(Created::new(&opinion.id))))
}

/// An opinion as the API and the portal both accept it, with its id and time.
pub fn checked_opinion(
    state: &AppState,
    partner: PartnerSlug,
    family: FamilyId,
    body: GiveOpinion,
) -> Result<Opinion, Problem> {
    let GiveOpinion { criterion, stance, mut evidence, scope, note, expires } = body;
    let mut errors = Vec::new();
    if evidence.is_empty() && stance != Stance::Abstains {
        errors.push(FieldProblem::new("evidence", "give at least one piece"));
    }
    if evidence.len() > MAX_EVIDENCE {
        errors.push(FieldProblem::new("evidence", "at most 100 pieces"));
    }
    for (at, piece) in evidence.iter_mut().enumerate() {
        piece.value = piece.value.trim().to_owned();
        check_evidence(at, piece, &mut errors);
    }
    if let Some(versions) = &scope.versions {
        if versions.len() > MAX_VERSIONS_BYTES {
            errors.push(FieldProblem::new("scope.versions", "at most 200 bytes"));
        } else if versions.contains(char::is_control) {
            errors.push(FieldProblem::new("scope.versions", CONTROL));
        } else if let Err(error) = versions.parse::<VersionRange>() {
            errors.push(FieldProblem::new("scope.versions", format!("{error}: {GRAMMAR}")));
        }
    }
    if scope.from.zip(scope.to).is_some_and(|(from, to)| from > to) {
        errors.push(FieldProblem::new("scope.to", "it lies before scope.from"));
    }
    if note.as_ref().is_some_and(|note| note.len() > MAX_TEXT_BYTES) {
        errors.push(FieldProblem::new("note", "at most 10,000 bytes"));
    } else if note.as_ref().is_some_and(|note| note.contains(drives)) {
        errors.push(FieldProblem::new("note", CONTROL));
    }
    let given_at = state.clock.now();
    check_expires(expires, given_at, &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let note = note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
    let id = OpinionId(state.randomness.uuid(given_at));
    Ok(Opinion { id, partner, family, criterion, stance, evidence, scope, note, given_at, expires })
}

fn check_expires(expires: Option<Date>, now: Timestamp, errors: &mut Vec<FieldProblem>) {
    let today = now.to_zoned(TimeZone::UTC).date();
    let last = today.saturating_add(TERM_MONTHS.months());
    if expires.is_some_and(|day| day <= today) {
        errors.push(FieldProblem::new("expires", "name a day after today"));
    } else if expires.is_some_and(|day| day > last) {
        let words = format!("at most {TERM_MONTHS} months ahead, that is {last}");
        errors.push(FieldProblem::new("expires", words));
    }
}

fn check_evidence(at: usize, piece: &OpinionEvidence, errors: &mut Vec<FieldProblem>) {
    let field = || format!("evidence[{at}].value");
    let value = piece.value.as_str();
    let place = piece.place.as_deref().unwrap_or_default();
    let is_note = piece.kind == EvidenceKind::Note;
    let has_control =
        if is_note { value.contains(drives) } else { value.contains(char::is_control) };
    if value.is_empty() {
        errors.push(FieldProblem::new(field(), "it is empty"));
    } else if value.len() > MAX_TEXT_BYTES || place.len() > MAX_TEXT_BYTES {
        errors.push(FieldProblem::new(field(), "at most 10,000 bytes"));
    } else if has_control {
        errors.push(FieldProblem::new(field(), CONTROL));
    } else if place.contains(char::is_control) {
        errors.push(FieldProblem::new(format!("evidence[{at}].place"), CONTROL));
    } else if piece.kind == EvidenceKind::Capability && !is_capability_id(value) {
        errors.push(FieldProblem::new(field(), "a capability's id is one word, as in a report"));
    } else if let (EvidenceKind::Sample, Err(error)) = (piece.kind, value.parse::<Sha256>()) {
        errors.push(FieldProblem::new(field(), error));
    } else if piece.kind == EvidenceKind::Url && !is_web_address(value) {
        errors.push(FieldProblem::new(field(), "an address starts with https:// or http://"));
    }
}

/// A partner may know capabilities from another version of the catalogue than ours: what an id
/// looks like is asked, not whether we know it.
fn is_capability_id(value: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    !value.is_empty() && value.len() <= 80 && value.bytes().all(allowed)
}

const CONTROL: &str = "it holds a control character";

/// Control characters that a note of several lines does not need.
fn drives(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t')
}

/// Shown as a link in the portal, so nothing but the web's own schemes.
fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty()) && !text.chars().any(char::is_whitespace)
}

/// List a family's opinions.
#[utoipa::path(get, path = "/families/{id}/opinions", tag = "opinions",
    params(("id" = String, Path, description = "the family's slug")), responses(
    (status = 200, body = OpinionList),
    (status = 404, body = ProblemDocument),
))]
pub async fn list(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(id): Path<String>,
) -> Result<Json<OpinionList>, Problem> {
    require(&viewer, Action::ReadOpinions)?;
    let row = find(&state, &id).await?;
    let judging = state.store.judging(&row.family.id, state.clock.now()).await?;
    let verdict = consensus::judge(&judging);
    let replaced_by = |opinion: &Opinion| {
        let same = |other: &&Opinion| {
            (&other.partner, other.criterion) == (&opinion.partner, opinion.criterion)
                && (other.given_at, other.id) > (opinion.given_at, opinion.id)
        };
        let next = judging.opinions.iter().filter(same).min_by_key(|next| (next.given_at, next.id));
        next.map(|next| next.id)
    };
    let marked = |opinion: &Opinion| MarkedOpinion {
        replaced_by: replaced_by(opinion),
        replaced: verdict.opinions.binary_search(&opinion.id).is_err(),
        expired: verdict.expired.binary_search(&opinion.id).is_ok(),
        excluded: verdict.excluded(&opinion.partner),
        opinion: opinion.clone(),
    };
    Ok(Json(OpinionList { opinions: judging.opinions.iter().map(marked).collect() }))
}

/// Read the verdict, computed from the opinions as they stand.
#[utoipa::path(get, path = "/families/{id}/verdict", tag = "opinions",
    params(("id" = String, Path, description = "the family's slug")), responses(
    (status = 200, body = Object, description =
        "`{family, class, rule_version, criteria[{id, state, holds, does_not, cannot_say, abstains?, \
         split?}], opinions[ids], opinions_sha256, attributed[{source, class}], as_of, \
         voters[{partner, category, related_to?{partner, category}, excluded?: \
         conflict_of_interest|conflict_with_family|suspended}], scopes?[{platform?, versions?, \
         from?, to?, class, criteria[]}], expired?[ids], unread_versions?[ids]}`: with the opinions \
         it names, all that `verdict recompute` needs"),
    (status = 404, body = ProblemDocument),
))]
pub async fn verdict(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(id): Path<String>,
) -> Result<Json<Verdict>, Problem> {
    require(&viewer, Action::ReadFamilies)?;
    let row = find(&state, &id).await?;
    let mut verdict = verdicts::current(&state.store, &row.family.id, state.clock.now()).await?;
    if !may(&viewer, Action::ReadOpinions) {
        verdict.voters.clear();
    }
    Ok(Json(verdict))
}

/// A verdict as it was kept, and what changed from the one before.
#[derive(Debug, Serialize)]
struct KeptVerdict {
    saved_at: Timestamp,
    changes: Vec<Change>,
    verdict: Verdict,
}

/// A family's verdicts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VerdictHistory {
    /// The newest first: `{saved_at, changes[{of, which?, before, after}], verdict}`.
    #[schema(value_type = Vec<Object>)]
    verdicts: Vec<KeptVerdict>,
}

/// Read every verdict that a family ever had, and what changed from each to the next.
#[utoipa::path(get, path = "/families/{id}/verdicts", tag = "opinions",
    params(("id" = String, Path, description = "the family's slug")), responses(
    (status = 200, body = VerdictHistory),
    (status = 404, body = ProblemDocument),
))]
pub async fn history(
    State(state): State<AppState>,
    BearerViewer(viewer): BearerViewer,
    Path(id): Path<String>,
) -> Result<Json<VerdictHistory>, Problem> {
    require(&viewer, Action::ReadFamilies)?;
    let names_voters = may(&viewer, Action::ReadOpinions);
    let row = find(&state, &id).await?;
    let mut before: Option<Verdict> = None;
    let mut kept = Vec::new();
    for (saved_at, verdict) in state.store.verdict_history(&row.family.id).await? {
        let changes = before.as_ref().map(|before| changes::between(before, &verdict));
        before = Some(verdict.clone());
        kept.push(KeptVerdict { saved_at, changes: changes.unwrap_or_default(), verdict });
    }
    if !names_voters {
        for KeptVerdict { changes, verdict, .. } in &mut kept {
            changes.retain(|change| change.of != "voter");
            verdict.voters.clear();
        }
    }
    kept.reverse();
    Ok(Json(VerdictHistory { verdicts: kept }))
}
