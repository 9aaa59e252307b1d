//! The forms: a new family, an opinion, an indicator. What was typed comes back when refused.

use askama::Template;
use unwatched_model::criterion::Criterion;
use unwatched_model::digest::Sha256;
use unwatched_model::family::{FamilyId, Platform};
use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_model::opinion::{EvidenceKind, Stance};
use unwatched_model::tlp::Tlp;

use crate::http::problem::Problem;
use crate::views::frame::Frame;
use crate::views::words;

/// Why a form was refused: in words, and which fields.
pub(crate) struct Refusal {
    pub(crate) words: String,
    fields: Vec<String>,
}

impl Refusal {
    pub(crate) fn of(problem: &Problem) -> Self {
        Self {
            words: words::sentence(problem.words()),
            fields: problem.fields().iter().map(|field| field.field.clone()).collect(),
        }
    }
}

/// Whether a refusal names a field, or a part of it such as `evidence[0].value`.
fn names(refusal: Option<&Refusal>, field: &str) -> bool {
    refusal.is_some_and(|refusal| {
        refusal.fields.iter().any(|named| {
            named.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        })
    })
}

/// One choice of a list.
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) words: String,
}

fn choices<T: Copy>(
    all: impl IntoIterator<Item = T>,
    value: impl Fn(T) -> &'static str,
    words: impl Fn(T) -> &'static str,
) -> Vec<Choice> {
    all.into_iter()
        .map(|one| Choice { value: value(one).to_owned(), words: words(one).to_owned() })
        .collect()
}

pub(crate) fn platforms() -> Vec<Choice> {
    choices(Platform::ALL, Platform::as_str, words::platform)
}

/// What was typed into the form for a family.
#[derive(Default)]
pub(crate) struct FamilyFields {
    pub(crate) name: String,
    pub(crate) aliases: String,
    pub(crate) platform: String,
    /// The sample for which the family is created, if any.
    pub(crate) sample: String,
}

#[derive(Template)]
#[template(path = "portal/family_new.html")]
pub(crate) struct FamilyFormPage {
    pub(crate) frame: Frame,
    pub(crate) error: Option<Refusal>,
    pub(crate) form: FamilyFields,
    pub(crate) platforms: Vec<Choice>,
}

impl FamilyFormPage {
    fn wrong(&self, field: &str) -> bool {
        names(self.error.as_ref(), field)
    }
}

/// One row of evidence as typed.
#[derive(Default, Clone)]
pub(crate) struct EvidenceFields {
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) place: String,
}

/// What was typed into the form for an opinion.
#[derive(Default)]
pub(crate) struct OpinionFields {
    pub(crate) criterion: String,
    pub(crate) stance: String,
    pub(crate) evidence: Vec<EvidenceFields>,
    pub(crate) note: String,
    pub(crate) platform: String,
    pub(crate) versions: String,
    pub(crate) from: String,
    pub(crate) to: String,
}

impl OpinionFields {
    pub(crate) fn has_scope(&self) -> bool {
        [&self.platform, &self.versions, &self.from, &self.to].iter().any(|field| !field.is_empty())
    }

    /// At least three rows, and always one that is blank.
    pub(crate) fn with_blank_rows(mut self) -> Self {
        let blanks = (3_usize.saturating_sub(self.evidence.len())).max(1);
        self.evidence.extend(std::iter::repeat_n(EvidenceFields::default(), blanks));
        self
    }
}

pub(crate) struct CriterionChoice {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) question: &'static str,
    pub(crate) evidence: &'static str,
}

#[derive(Template)]
#[template(path = "portal/opinion.html")]
pub(crate) struct OpinionFormPage {
    pub(crate) frame: Frame,
    pub(crate) id: FamilyId,
    pub(crate) name: String,
    pub(crate) partner: String,
    pub(crate) error: Option<Refusal>,
    pub(crate) form: OpinionFields,
    pub(crate) criteria: Vec<CriterionChoice>,
    pub(crate) stances: Vec<Choice>,
    pub(crate) kinds: Vec<Choice>,
    pub(crate) platforms: Vec<Choice>,
}

impl OpinionFormPage {
    fn wrong(&self, field: &str) -> bool {
        names(self.error.as_ref(), field)
    }
}

pub(crate) fn criteria() -> Vec<CriterionChoice> {
    Criterion::ALL
        .into_iter()
        .map(|criterion| {
            let wording = criterion.wording();
            CriterionChoice {
                id: criterion.as_str().to_owned(),
                title: words::sentence(&wording.title),
                question: &wording.question,
                evidence: &wording.evidence,
            }
        })
        .collect()
}

pub(crate) fn stances() -> Vec<Choice> {
    let words = |stance| match stance {
        Stance::Holds => "It holds",
        Stance::DoesNot => "It does not hold",
        Stance::CannotSay => "We looked and cannot say",
        Stance::Abstains => "We abstain",
    };
    choices(Stance::ALL, Stance::as_str, words)
}

pub(crate) fn evidence_kinds() -> Vec<Choice> {
    choices(EvidenceKind::ALL, EvidenceKind::as_str, words::evidence_kind)
}

/// To which family a sample's capability speaks.
#[derive(Template)]
#[template(path = "portal/opinion_family.html")]
pub(crate) struct ChooseFamilyPage {
    pub(crate) frame: Frame,
    pub(crate) sample: Sha256,
    pub(crate) capability: String,
    pub(crate) families: Vec<Choice>,
}

/// What was typed into the form for an indicator.
#[derive(Default)]
pub(crate) struct IndicatorFields {
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) role: String,
    pub(crate) tlp: String,
    pub(crate) source: String,
}

#[derive(Template)]
#[template(path = "portal/indicator.html")]
pub(crate) struct IndicatorFormPage {
    pub(crate) frame: Frame,
    pub(crate) id: FamilyId,
    pub(crate) name: String,
    pub(crate) partner: String,
    pub(crate) error: Option<Refusal>,
    pub(crate) form: IndicatorFields,
    pub(crate) kinds: Vec<Choice>,
    pub(crate) roles: Vec<Choice>,
    pub(crate) tlps: Vec<Choice>,
}

impl IndicatorFormPage {
    fn wrong(&self, field: &str) -> bool {
        names(self.error.as_ref(), field)
    }
}

pub(crate) fn indicator_kinds() -> Vec<Choice> {
    choices(IndicatorKind::ALL, IndicatorKind::as_str, words::kind)
}

pub(crate) fn indicator_roles() -> Vec<Choice> {
    choices(Role::ALL, Role::as_str, words::role)
}

pub(crate) fn tlps() -> Vec<Choice> {
    choices(Tlp::ALL, Tlp::as_str, words::tlp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::problem::FieldProblem;

    #[test]
    fn a_refusal_names_fields_and_their_parts() {
        let problem = Problem::invalid(vec![
            FieldProblem::new("evidence[1].value", "it is empty"),
            FieldProblem::new("note", "too long"),
        ]);
        let refusal = Refusal::of(&problem);
        let check = |field, expected| assert_eq!(names(Some(&refusal), field), expected, "{field}");
        check("evidence", true);
        check("note", true);
        check("no", false);
        check("criterion", false);
    }
}
