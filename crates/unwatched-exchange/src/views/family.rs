//! The page of one family: class and whose word it is, criteria, opinions, indicators, and what
//! recomputes the verdict.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use jiff::Timestamp;
use unwatched_model::consensus::asking::NO_QUORUM_AFTER;
use unwatched_model::consensus::{self, Judging, judge};
use unwatched_model::criterion::Criterion;
use unwatched_model::digest::Sha256;
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_model::opinion::{EvidenceKind, Opinion, OpinionEvidence, OpinionId, Scope};
use unwatched_model::partner::PartnerSlug;
use unwatched_model::tlp::Tlp;
use unwatched_model::verdict::{CriterionCount, CriterionState, Verdict};
use unwatched_store::{FamilyRow, HeldValues, IndicatorRow, Question};

use crate::collections::sightings::told::Added;
use crate::views::class::{self, ClassView};
use crate::views::families::other_names;
use crate::views::family_history;
use crate::views::frame::Frame;
use crate::views::history::HistoryLine;
use crate::views::verdict::excluded;
use crate::views::words::{self, TimeView};

pub(crate) struct CriterionLine {
    pub(crate) id: Criterion,
    pub(crate) title: &'static str,
    pub(crate) state: &'static str,
    pub(crate) settled: bool,
    pub(crate) untouched: bool,
    pub(crate) lacks: String,
    /// Who was asked and has not answered.
    pub(crate) asked: String,
    pub(crate) holds: u32,
    pub(crate) does_not: u32,
    pub(crate) cannot_say: u32,
    pub(crate) yours: Option<&'static str>,
}

pub(crate) struct PieceView {
    pub(crate) kind: &'static str,
    pub(crate) value: String,
    pub(crate) place: Option<String>,
    pub(crate) href: Option<String>,
    pub(crate) outside: bool,
}

pub(crate) struct OpinionView {
    pub(crate) id: OpinionId,
    pub(crate) partner: String,
    pub(crate) stance: &'static str,
    pub(crate) given_at: TimeView,
    /// Why it does not count, if it does not.
    pub(crate) uncounted: Option<&'static str>,
    pub(crate) note: Option<String>,
    pub(crate) evidence: Vec<PieceView>,
    pub(crate) scope: Option<String>,
}

pub(crate) struct OpinionGroup {
    pub(crate) title: String,
    pub(crate) opinions: Vec<OpinionView>,
}

pub(crate) struct IndicatorLine {
    pub(crate) id: i64,
    pub(crate) value: String,
    pub(crate) held: bool,
    pub(crate) source: String,
    pub(crate) tlp: Tlp,
}

/// What organisations counted in the same quarters.
pub(crate) struct SightingLine {
    pub(crate) when: String,
    pub(crate) count: u64,
    pub(crate) organisations: usize,
}

impl SightingLine {
    fn of(added: &Added) -> Self {
        let (from, to) = added.quarters.words();
        let when = if from == to { from } else { format!("{from} to {to}") };
        Self { when, count: added.count, organisations: added.organisations }
    }
}

pub(crate) struct IndicatorGroup {
    pub(crate) title: String,
    pub(crate) rows: Vec<IndicatorLine>,
}

pub(crate) struct RecomputeView {
    pub(crate) checked: &'static str,
    pub(crate) class: &'static str,
    pub(crate) rule_version: u32,
    pub(crate) opinions: Vec<OpinionId>,
    pub(crate) opinions_sha256: Sha256,
}

#[derive(Template)]
#[template(path = "portal/family.html")]
pub(crate) struct FamilyPage {
    pub(crate) frame: Frame,
    pub(crate) may_judge: bool,
    pub(crate) id: FamilyId,
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) platform: Option<&'static str>,
    pub(crate) class: ClassView,
    pub(crate) origin: String,
    pub(crate) also: Vec<String>,
    pub(crate) released: String,
    pub(crate) criteria: Vec<CriterionLine>,
    pub(crate) opinion_count: usize,
    pub(crate) opinions: Vec<OpinionGroup>,
    pub(crate) indicator_count: usize,
    pub(crate) indicators: Vec<IndicatorGroup>,
    /// Where the rest of them is found.
    pub(crate) more_indicators: Option<String>,
    /// `None` where the viewer does not read indicators.
    pub(crate) sightings: Option<Vec<SightingLine>>,
    pub(crate) reads_opinions: bool,
    pub(crate) history: Vec<HistoryLine>,
    pub(crate) recompute: Option<RecomputeView>,
}

/// A family's page shows so many indicators.
pub(crate) const INDICATORS_SHOWN: u32 = 500;

/// The rows that a family's page is made from.
pub(crate) struct FamilyRows {
    pub(crate) family: FamilyRow,
    pub(crate) verdict: Option<Verdict>,
    pub(crate) judging: Judging,
    /// Every verdict it ever had, oldest first.
    pub(crate) history: Vec<(Timestamp, Verdict)>,
    pub(crate) questions: Vec<Question>,
    /// Whether the viewer may read who said what; else only the own opinions.
    pub(crate) reads_opinions: bool,
    /// Of the samples that opinions speak of, those that are here.
    pub(crate) samples: BTreeSet<Sha256>,
    /// Only those that the viewer may see, and at most one more than a page shows.
    pub(crate) indicators: Vec<IndicatorRow>,
    /// Which of their values are held.
    pub(crate) held: HeldValues,
    /// What organisations counted of the family itself; `None` where the viewer does not read it.
    pub(crate) sightings: Option<Vec<Added>>,
}

impl FamilyPage {
    pub(crate) fn of(
        frame: Frame,
        may_judge: bool,
        viewer: &PartnerSlug,
        rows: FamilyRows,
        now: Timestamp,
    ) -> Self {
        let FamilyRows { family: row, verdict, judging, history, questions, .. } = rows;
        let (reads_opinions, samples, mut indicators) =
            (rows.reads_opinions, rows.samples, rows.indicators);
        let is_more = indicators.len() > INDICATORS_SHOWN as usize;
        indicators.truncate(INDICATORS_SHOWN as usize);
        let recomputed = judge(&judging);
        let mut opinions = judging.opinions;
        let class = class::class_of(verdict.as_ref(), &row.attributed);
        Self {
            frame,
            may_judge,
            name: words::shown(&row.family.name),
            aliases: other_names(&row.family),
            platform: row.family.platform.map(words::platform),
            origin: class.origin.clone(),
            class,
            also: class::beside(verdict.as_ref(), &row.attributed),
            released: class::released(verdict.as_ref(), &row.attributed),
            recompute: verdict.filter(|v| !v.opinions.is_empty()).map(|v| {
                let by_its_rule = consensus::recompute(&v, &opinions);
                recompute(v, by_its_rule.as_ref())
            }),
            criteria: recomputed
                .criteria
                .iter()
                .map(|count| criterion_line(count, &opinions, &questions, viewer, now))
                .collect(),
            opinion_count: {
                opinions.retain(|opinion| reads_opinions || opinion.partner == *viewer);
                opinions.len()
            },
            opinions: opinion_groups(&opinions, &recomputed, &samples),
            history: family_history::of(&row, &opinions, &history, &questions, reads_opinions),
            sightings: rows.sightings.map(|all| all.iter().map(SightingLine::of).collect()),
            reads_opinions,
            indicator_count: indicators.len(),
            more_indicators: is_more
                .then(|| format!("/portal/search?q=kind%3Aindicator+family%3A{}", row.family.id)),
            indicators: indicator_groups(&indicators, &rows.held),
            id: row.family.id,
        }
    }
}

fn criterion_line(
    count: &CriterionCount,
    opinions: &[Opinion],
    questions: &[Question],
    viewer: &PartnerSlug,
    now: Timestamp,
) -> CriterionLine {
    let of_criterion = || opinions.iter().filter(|opinion| opinion.criterion == count.id);
    let yours = of_criterion()
        .filter(|opinion| opinion.partner == *viewer)
        .max_by_key(|opinion| (opinion.given_at, opinion.id));
    let first = of_criterion().map(|opinion| opinion.given_at).min();
    let waiting = questions.iter().filter(|question| question.is_open());
    let waiting = waiting.filter(|question| question.criterion == count.id);
    let asked: Vec<_> = waiting.map(|question| question.partner.to_string()).collect();
    CriterionLine {
        id: count.id,
        asked: words::list(&asked),
        title: &count.id.wording().title,
        state: words::criterion_state(count.state),
        settled: matches!(count.state, CriterionState::Holds | CriterionState::Denied),
        untouched: first.is_none(),
        lacks: lacks(count, first, now),
        holds: count.holds,
        does_not: count.does_not,
        cannot_say: count.cannot_say,
        yours: yours.map(|opinion| words::stance(opinion.stance)),
    }
}

/// What an open criterion lacks.
fn lacks(count: &CriterionCount, first: Option<Timestamp>, now: Timestamp) -> String {
    let Some(first) = first.filter(|_| count.state == CriterionState::Open) else {
        return String::new();
    };
    let old = now.duration_since(first) > NO_QUORUM_AFTER;
    let lacks = match (count.holds, count.does_not) {
        (0, 0) => "nobody decides yet",
        (1, 0) | (0, 1) => "one more partner needed",
        (_, 0) | (0, _) => "a second category needed",
        _ => "no side has two thirds",
    };
    if old { format!("no quorum after 60 days; {lacks}") } else { lacks.to_owned() }
}

fn opinion_groups(
    opinions: &[Opinion],
    verdict: &Verdict,
    samples: &BTreeSet<Sha256>,
) -> Vec<OpinionGroup> {
    Criterion::ALL
        .into_iter()
        .filter_map(|criterion| {
            let mut of_criterion: Vec<_> =
                opinions.iter().filter(|opinion| opinion.criterion == criterion).collect();
            of_criterion.sort_by_key(|opinion| std::cmp::Reverse((opinion.given_at, opinion.id)));
            (!of_criterion.is_empty()).then(|| OpinionGroup {
                title: words::sentence(&criterion.wording().title),
                opinions: of_criterion
                    .into_iter()
                    .map(|opinion| opinion_view(opinion, verdict, samples))
                    .collect(),
            })
        })
        .collect()
}

fn opinion_view(opinion: &Opinion, verdict: &Verdict, samples: &BTreeSet<Sha256>) -> OpinionView {
    let uncounted = if verdict.opinions.binary_search(&opinion.id).is_err() {
        Some("replaced by a later one")
    } else if verdict.expired.binary_search(&opinion.id).is_ok() {
        Some("expired")
    } else {
        verdict.excluded(&opinion.partner).map(excluded)
    };
    OpinionView {
        id: opinion.id,
        partner: opinion.partner.to_string(),
        stance: words::stance(opinion.stance),
        given_at: opinion.given_at.into(),
        uncounted,
        note: opinion.note.as_deref().map(words::shown_lines),
        evidence: opinion.evidence.iter().map(|piece| piece_view(piece, samples)).collect(),
        scope: scope(&opinion.scope),
    }
}

/// The sample that a piece of evidence speaks of, here or elsewhere.
pub(crate) fn sample_of(piece: &OpinionEvidence) -> Option<Sha256> {
    match piece.kind {
        EvidenceKind::Sample => piece.value.parse().ok(),
        EvidenceKind::Capability => {
            piece.place.as_deref()?.strip_prefix("sample ")?.get(..64)?.parse().ok()
        }
        EvidenceKind::Url | EvidenceKind::Note => None,
    }
}

/// Samples are linked by their hash when they are here, pages only when they are plain web
/// addresses.
fn piece_view(piece: &OpinionEvidence, samples: &BTreeSet<Sha256>) -> PieceView {
    let known = || sample_of(piece).filter(|id| samples.contains(id));
    let sample = || known().map(|id| format!("/portal/samples/{id}"));
    let in_sample = || known().map(|id| format!("/portal/samples/{id}#{}", piece.value));
    let page = || {
        ["http://", "https://"]
            .iter()
            .any(|scheme| piece.value.starts_with(scheme))
            .then(|| piece.value.clone())
    };
    let (href, outside) = match piece.kind {
        EvidenceKind::Sample => (sample(), false),
        EvidenceKind::Capability => (in_sample(), false),
        EvidenceKind::Url => (page(), true),
        EvidenceKind::Note => (None, false),
    };
    PieceView {
        kind: words::evidence_kind(piece.kind),
        value: words::shown_lines(&piece.value),
        place: piece.place.as_deref().map(words::shown),
        href,
        outside,
    }
}

fn scope(scope: &Scope) -> Option<String> {
    let parts = [
        scope.platform.map(|platform| words::platform(platform).to_owned()),
        scope.versions.as_ref().map(|versions| format!("versions {}", words::shown(versions))),
        scope.from.map(|from| format!("from {from}")),
        scope.to.map(|to| format!("up to {to}")),
    ];
    let said: Vec<_> = parts.into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(", "))
}

fn indicator_groups(rows: &[IndicatorRow], held: &HeldValues) -> Vec<IndicatorGroup> {
    let mut groups: BTreeMap<(Role, IndicatorKind), Vec<IndicatorLine>> = BTreeMap::new();
    for row in rows {
        let indicator = &row.indicator;
        groups.entry((indicator.role, indicator.kind)).or_default().push(IndicatorLine {
            id: row.id,
            held: held.of(indicator.kind, &row.normalised).is_held(),
            value: words::shown(&indicator.value),
            source: match &row.by {
                Some(partner) => format!("{partner}: {}", words::shown(&indicator.source)),
                None => words::shown(&indicator.source),
            },
            tlp: indicator.tlp,
        });
    }
    groups
        .into_iter()
        .map(|((role, kind), rows)| IndicatorGroup {
            title: format!("{}: {}", words::sentence(words::role(role)), words::kind(kind)),
            rows,
        })
        .collect()
}

/// By the version of the rule that the verdict names, whichever is in force now.
fn recompute(verdict: Verdict, recomputed: Option<&Verdict>) -> RecomputeView {
    let same = |recomputed: &Verdict| verdict == *recomputed;
    RecomputeView {
        checked: match recomputed.map(same) {
            Some(true) => {
                "Recomputed from its opinions for this page: the same class, the same opinions, \
                 the same SHA-256."
            }
            Some(false) => {
                "Recomputed from its opinions for this page: it differs from the verdict kept. \
                 Tell an operator; until then rely on neither."
            }
            None => {
                "Not recomputed: this server does not know the version of the rule that the \
                 verdict names."
            }
        },
        class: words::class(verdict.class),
        rule_version: verdict.rule_version,
        opinions: verdict.opinions,
        opinions_sha256: verdict.opinions_sha256,
    }
}
