//! The forms: a new family, an opinion, an indicator. What was typed comes back when refused.

use askama::Template;
use unwatched_model::criterion::Criterion;
use unwatched_model::digest::Sha256;
use unwatched_model::family::{FamilyId, Platform};
use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_model::opinion::{EvidenceKind, Opinion, OpinionEvidence, Stance};
use unwatched_model::pap::Pap;
use unwatched_model::partner::GroupSlug;
use unwatched_model::tlp::Tlp;
use unwatched_model::verdict::Verdict;

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
pub(crate) fn names(refusal: Option<&Refusal>, field: &str) -> bool {
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
    /// Pieces taken from what lies at hand, as [`BearingPiece::taken`] writes them.
    pub(crate) taken: Vec<String>,
    pub(crate) expires: String,
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
        [&self.platform, &self.versions, &self.from, &self.to, &self.expires]
            .iter()
            .any(|field| !field.is_empty())
    }

    /// At least three rows, and always one that is blank.
    pub(crate) fn with_blank_rows(mut self) -> Self {
        let blanks = (3_usize.saturating_sub(self.evidence.len())).max(1);
        self.evidence.extend(std::iter::repeat_n(EvidenceFields::default(), blanks));
        self
    }
}

/// Something that a sample of the family can do, offered as evidence.
#[derive(Clone)]
pub(crate) struct BearingPiece {
    pub(crate) criteria: Vec<Criterion>,
    pub(crate) sample: Sha256,
    pub(crate) capability: String,
    pub(crate) name: String,
    pub(crate) support: &'static str,
    /// The place of its first piece.
    pub(crate) place: String,
    pub(crate) places: Vec<String>,
    /// So many places more.
    pub(crate) more: usize,
}

impl BearingPiece {
    /// What a ticked box sends: read by [`BearingPiece::evidence`].
    pub(crate) fn taken(&self) -> String {
        format!("{} {} {}", self.sample, self.capability, self.place)
    }

    /// A ticked box as evidence.
    pub(crate) fn evidence(taken: &str) -> Option<OpinionEvidence> {
        let mut parts = taken.splitn(3, ' ');
        let (sample, capability) = (parts.next()?.parse::<Sha256>().ok()?, parts.next()?);
        let place = match parts.next().filter(|place| !place.is_empty()) {
            Some(place) => format!("sample {sample}, {place}"),
            None => format!("sample {sample}"),
        };
        let value = capability.to_owned();
        Some(OpinionEvidence { kind: EvidenceKind::Capability, value, place: Some(place) })
    }

    /// Enough of the hash to tell samples apart.
    pub(crate) fn short(&self) -> String {
        self.sample.to_string().chars().take(12).collect()
    }
}

/// What a partner has said of a criterion before.
pub(crate) struct Before {
    pub(crate) stance: &'static str,
    pub(crate) day: String,
}

pub(crate) struct CriterionChoice {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) question: &'static str,
    pub(crate) evidence: &'static str,
    /// Where it stands among the partners.
    pub(crate) state: &'static str,
    pub(crate) before: Option<Before>,
    /// Whether the partner is asked for it.
    pub(crate) is_asked: bool,
    /// What the family's samples give for it.
    pub(crate) bearing: Vec<BearingPiece>,
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
    /// Why the partner's answer would not count, if it would not.
    pub(crate) excluded: Option<&'static str>,
    pub(crate) stances: Vec<Choice>,
    pub(crate) kinds: Vec<Choice>,
    pub(crate) platforms: Vec<Choice>,
}

impl OpinionFormPage {
    fn wrong(&self, field: &str) -> bool {
        names(self.error.as_ref(), field)
    }

    fn is_taken(&self, piece: &BearingPiece) -> bool {
        self.form.taken.contains(&piece.taken())
    }
}

/// Every criterion with where it stands, what the partner said of it, and what lies at hand.
pub(crate) fn criteria(
    verdict: &Verdict,
    own: &[&Opinion],
    asked: &[Criterion],
    bearing: &[BearingPiece],
) -> Vec<CriterionChoice> {
    Criterion::ALL
        .into_iter()
        .map(|criterion| {
            let wording = criterion.wording();
            let count = verdict.criteria.iter().find(|count| count.id == criterion);
            let latest = own.iter().filter(|opinion| opinion.criterion == criterion);
            let latest = latest.max_by_key(|opinion| (opinion.given_at, opinion.id));
            let bears = bearing.iter().filter(|piece| piece.criteria.contains(&criterion));
            CriterionChoice {
                state: count.map_or("open", |count| words::criterion_state(count.state)),
                before: latest.map(|opinion| Before {
                    stance: words::stance(opinion.stance),
                    day: opinion.given_at.strftime("%Y-%m-%d").to_string(),
                }),
                is_asked: asked.contains(&criterion),
                bearing: bears.cloned().collect(),
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
        Stance::Abstains => "We abstain: others should say",
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
    pub(crate) pap: String,
    /// Empty for none.
    pub(crate) group: String,
    pub(crate) source: String,
    pub(crate) declared_public: bool,
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
    pub(crate) paps: Vec<Choice>,
    /// The partner's sharing groups; the first is none.
    pub(crate) groups: Vec<Choice>,
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

pub(crate) fn paps() -> Vec<Choice> {
    let choice = |pap: Pap| Choice {
        value: pap.to_string(),
        words: format!("PAP:{pap}: {}", words::pap(pap)),
    };
    Pap::ALL.into_iter().map(choice).collect()
}

/// None, then each of these.
pub(crate) fn groups<'a>(groups: impl IntoIterator<Item = &'a GroupSlug>) -> Vec<Choice> {
    let none = Choice { value: String::new(), words: "No group: as the TLP says".to_owned() };
    let group = |group: &GroupSlug| Choice {
        value: group.to_string(),
        words: format!("Only the group {group}"),
    };
    std::iter::once(none).chain(groups.into_iter().map(group)).collect()
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
