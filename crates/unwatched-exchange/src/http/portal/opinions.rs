//! Giving an opinion: one criterion, one answer, evidence; and taking evidence from a sample.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use unwatched_model::access::Action;
use unwatched_model::consensus::judge;
use unwatched_model::criterion::Criterion;
use unwatched_model::digest::Sha256;
use unwatched_model::family::FamilyId;
use unwatched_model::opinion::{OpinionEvidence, Scope};
use unwatched_model::verdict::Voter;
use unwatched_store::FamilyRow;

use super::bearing;
use super::samples::named_families;
use super::told::Told;
use super::visitor::{Visitor, go_on};
use crate::http::api::families::find;
use crate::http::api::opinions::{GiveOpinion, MAX_EVIDENCE, checked_opinion};
use crate::http::auth::require;
use crate::http::problem::{FieldProblem, Problem};
use crate::state::AppState;
use crate::verdicts;
use crate::views::forms::{
    self, BearingPiece, Choice, ChooseFamilyPage, EvidenceFields, OpinionFields, OpinionFormPage,
    Refusal,
};
use crate::views::frame::Section;
use crate::views::verdict::excluded;
use crate::views::words;

#[derive(Deserialize)]
pub(super) struct Prefill {
    #[serde(default)]
    criterion: String,
    #[serde(default)]
    stance: String,
    #[serde(default)]
    sample: String,
    #[serde(default)]
    capability: String,
}

pub(super) async fn form(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(prefill): Query<Prefill>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::GiveOpinions)?;
    let row = find(&state, &id).await?;
    let form = OpinionFields {
        criterion: prefill.criterion,
        stance: prefill.stance,
        evidence: evidence_from(&prefill.sample, prefill.capability).into_iter().collect(),
        ..OpinionFields::default()
    };
    let page = page(&state, &visitor, &row, form, None).await?;
    visitor.page(&page)
}

/// A capability seen in a sample, or the sample itself.
fn evidence_from(sample: &str, capability: String) -> Option<EvidenceFields> {
    let sample = sample.parse::<Sha256>().ok()?;
    Some(if capability.is_empty() {
        EvidenceFields {
            kind: "sample".to_owned(),
            value: sample.to_string(),
            place: String::new(),
        }
    } else {
        EvidenceFields {
            kind: "capability".to_owned(),
            value: capability,
            place: format!("sample {sample}"),
        }
    })
}

async fn page(
    state: &AppState,
    visitor: &Visitor,
    row: &FamilyRow,
    form: OpinionFields,
    error: Option<Refusal>,
) -> Result<OpinionFormPage, Problem> {
    let title = format!("Opinion on {}", row.family.name);
    let (family, partner) = (&row.family.id, &visitor.viewer.partner);
    let judging = state.store.judging(family, state.clock.now()).await?;
    let verdict = judge(&judging);
    let own: Vec<_> = judging.opinions.iter().filter(|given| given.partner == *partner).collect();
    let asked = state.store.questions_for(partner).await?;
    let asked = asked.into_iter().filter(|question| question.family == *family);
    let asked: Vec<_> = asked.map(|question| question.criterion).collect();
    let facts = judging.voters.iter().find(|facts| facts.partner == *partner);
    let excluded = facts.and_then(|facts| Voter::from(facts).excluded).map(excluded);
    let bearing = bearing::on_family(state, family, &visitor.viewer.visible()).await?;
    Ok(OpinionFormPage {
        frame: visitor.frame(title, Section::Families),
        id: row.family.id.clone(),
        name: words::shown(&row.family.name),
        partner: visitor.viewer.partner.to_string(),
        error,
        form: form.with_blank_rows(),
        criteria: forms::criteria(&verdict, &own, &asked, &bearing),
        excluded,
        stances: forms::stances(),
        kinds: forms::evidence_kinds(),
        platforms: forms::platforms(),
    })
}

pub(super) async fn give(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::GiveOpinions)?;
    let row = find(&state, &id).await?;
    let before = verdicts::current(&state.store, &row.family.id, state.clock.now()).await?.class;
    let form = typed(pairs);
    // Not shown again either: the page would be many times as long as what was sent.
    if form.evidence.len() + form.taken.len() > MAX_EVIDENCE {
        return Err(Problem::invalid(vec![FieldProblem::new("evidence", "at most 100 pieces")]));
    }
    let partner = visitor.viewer.partner.clone();
    let checked = read(&form)
        .and_then(|given| checked_opinion(&state, partner, row.family.id.clone(), given));
    let given = match checked {
        Ok(opinion) => {
            let by = visitor.viewer.actor();
            verdicts::give(&state, &opinion, &by).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match given {
        Ok(verdict) => {
            let after = verdict.class;
            let told =
                if after == before { Told::OpinionGiven } else { Told::VerdictChanged(after) };
            Ok(go_on(&format!("/portal/families/{}", row.family.id), told))
        }
        Err(problem) if problem.status().is_server_error() => Err(problem),
        Err(problem) => {
            let refusal = Refusal::of(&problem);
            let page = page(&state, &visitor, &row, form, Some(refusal)).await?;
            Ok((problem.status(), visitor.page(&page)?).into_response())
        }
    }
}

/// The form as it was typed; rows of evidence without a value and a place are left out.
fn typed(pairs: Vec<(String, String)>) -> OpinionFields {
    let mut form = OpinionFields::default();
    let mut rows: Vec<EvidenceFields> = Vec::new();
    for (field, value) in pairs {
        match field.as_str() {
            "criterion" => form.criterion = value,
            "take" => form.taken.push(value),
            "expires" => form.expires = value,
            "stance" => form.stance = value,
            "note" => form.note = value,
            "scope_platform" => form.platform = value,
            "scope_versions" => form.versions = value,
            "scope_from" => form.from = value,
            "scope_to" => form.to = value,
            "evidence_kind" => {
                rows.push(EvidenceFields { kind: value, ..EvidenceFields::default() });
            }
            "evidence_value" => {
                if let Some(row) = rows.last_mut() {
                    row.value = value;
                }
            }
            "evidence_place" => {
                if let Some(row) = rows.last_mut() {
                    row.place = value;
                }
            }
            _ => {}
        }
    }
    rows.retain(|row| !row.value.trim().is_empty() || !row.place.trim().is_empty());
    form.evidence = rows;
    form
}

/// The form as an opinion, or every field that was refused.
fn read(form: &OpinionFields) -> Result<GiveOpinion, Problem> {
    let mut errors = Vec::new();
    let criterion = kept(&mut errors, "criterion", chosen(&form.criterion, "choose a criterion"));
    let stance = kept(&mut errors, "stance", chosen(&form.stance, "choose an answer"));
    let scope = Scope {
        platform: kept(&mut errors, "scope.platform", optional(&form.platform)).flatten(),
        versions: Some(form.versions.trim().to_owned()).filter(|versions| !versions.is_empty()),
        from: kept(&mut errors, "scope.from", optional(&form.from)).flatten(),
        to: kept(&mut errors, "scope.to", optional(&form.to)).flatten(),
    };
    let expires = kept(&mut errors, "expires", optional(&form.expires)).flatten();
    let mut evidence: Vec<OpinionEvidence> = Vec::new();
    for piece in form.taken.iter().filter_map(|taken| BearingPiece::evidence(taken)) {
        if !evidence.contains(&piece) {
            evidence.push(piece);
        }
    }
    for (at, row) in form.evidence.iter().enumerate() {
        let kind =
            kept(&mut errors, &format!("evidence[{at}].kind"), chosen(&row.kind, "choose a kind"));
        let place = Some(row.place.trim().to_owned()).filter(|place| !place.is_empty());
        let value = row.value.trim().to_owned();
        evidence.extend(kind.map(|kind| OpinionEvidence { kind, value, place }));
    }
    match (criterion, stance) {
        (Some(criterion), Some(stance)) if errors.is_empty() => {
            let note = Some(form.note.clone());
            Ok(GiveOpinion { criterion, stance, evidence, scope, note, expires })
        }
        _ => Err(Problem::invalid(errors)),
    }
}

fn kept<T>(errors: &mut Vec<FieldProblem>, field: &str, read: Result<T, String>) -> Option<T> {
    read.map_err(|detail| errors.push(FieldProblem::new(field, detail))).ok()
}

fn chosen<T: std::str::FromStr<Err: std::fmt::Display>>(
    text: &str,
    missing: &str,
) -> Result<T, String> {
    if text.is_empty() {
        return Err(missing.to_owned());
    }
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn optional<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<Option<T>, String> {
    if text.is_empty() { Ok(None) } else { chosen(text, "").map(Some) }
}

#[derive(Deserialize)]
pub(super) struct AskOthers {
    criterion: Criterion,
}

/// Puts a criterion to the next partners, without waiting for 60 days to pass.
pub(super) async fn ask(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(AskOthers { criterion }): Form<AskOthers>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::GiveOpinions)?;
    let row = find(&state, &id).await?;
    let by = visitor.viewer.actor();
    let asked = verdicts::ask_at_once(&state, &row.family.id, criterion, &by).await?;
    let told = if asked.is_empty() { Told::NobodyToAsk } else { Told::QuestionPut };
    Ok(go_on(&format!("/portal/families/{}", row.family.id), told))
}

#[derive(Deserialize)]
pub(super) struct ForWhich {
    #[serde(default)]
    sample: String,
    #[serde(default)]
    capability: String,
    family: Option<FamilyId>,
}

/// From a sample's capability to the opinion that it is evidence for.
pub(super) async fn choose_family(
    State(state): State<AppState>,
    visitor: Visitor,
    Query(ForWhich { sample, capability, family }): Query<ForWhich>,
) -> Result<Response, Problem> {
    require(&visitor.viewer, Action::GiveOpinions)?;
    let not_found = || Problem::not_found("no sample or capability has this id");
    let sample: Sha256 = sample.parse().map_err(|_| not_found())?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if capability.len() > 100 || !capability.chars().all(plain) {
        return Err(not_found());
    }
    if let Some(family) = family {
        let to =
            format!("/portal/families/{family}/opinion?sample={sample}&capability={capability}");
        return Ok(Redirect::to(&to).into_response());
    }
    let named = named_families(&state, &visitor, &sample).await?;
    let is_named = |id: &FamilyId| named.iter().any(|found| found.id == *id);
    let mut rows = state.store.all_families().await?;
    // Newest first: whoever has just created a family for this sample finds it on top.
    rows.sort_by_key(|row| (!is_named(&row.family.id), std::cmp::Reverse(row.added_at)));
    let page = ChooseFamilyPage {
        frame: visitor.frame("Use as evidence", Section::Samples),
        sample,
        capability,
        families: rows
            .into_iter()
            .map(|row| Choice {
                value: row.family.id.to_string(),
                words: words::shown(&row.family.name),
            })
            .collect(),
    };
    visitor.page(&page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn blank_rows_are_no_evidence() {
        let form = typed(pairs(&[
            ("criterion", "hides_itself"),
            ("stance", "holds"),
            ("evidence_kind", "note"),
            ("evidence_value", "no launcher icon"),
            ("evidence_place", ""),
            ("evidence_kind", "sample"),
            ("evidence_value", " "),
            ("evidence_place", ""),
        ]));
        let given = read(&form).unwrap();
        assert_eq!(given.criterion, Criterion::HidesItself);
        assert_eq!(given.evidence.len(), 1);
        assert_eq!(given.evidence[0].place, None);
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let form = typed(pairs(&[("stance", "maybe"), ("scope_from", "yesterday")]));
        let problem = read(&form).unwrap_err();
        let fields: Vec<_> = problem.fields().iter().map(|field| field.field.as_str()).collect();
        assert_eq!(fields, ["criterion", "stance", "scope.from"]);
    }
}
