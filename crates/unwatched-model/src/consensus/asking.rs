//! Whom to ask next when a criterion stays without quorum. Nothing here asks, or keeps count.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::{Judging, VoterFacts};
use crate::access::{Action, Member, Object, Viewer, may};
use crate::criterion::Criterion;
use crate::opinion::{Opinion, Stance};
use crate::partner::{PartnerSlug, Standing, UserRole};
use crate::verdict::{CriterionState, Voter};

/// A question without quorum is shown as such, and put to partners, after this long.
pub const NO_QUORUM_AFTER: SignedDuration = SignedDuration::from_hours(60 * 24);

/// So many partners are asked at a time.
pub const ASKED_AT_ONCE: usize = 2;

/// Whoever has not answered after this long is asked no more; the next one is.
pub const ANSWER_WITHIN: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A partner that could be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What is known of it.
    pub facts: VoterFacts,
    /// How many questions wait for it.
    pub open_questions: u32,
}

impl Candidate {
    /// Whether its word would count, and it is of those who give opinions.
    fn is_eligible(&self) -> bool {
        let VoterFacts { partner, category, standing, .. } = &self.facts;
        let analyst = Viewer::Member(Member {
            partner: partner.clone(),
            category: *category,
            standing: *standing,
            groups: BTreeSet::new(),
            role: UserRole::Analyst,
            scopes: None,
        });
        *standing == Standing::Full
            && Voter::from(&self.facts).excluded.is_none()
            && may(&analyst, Action::GiveOpinions, Object::Open).allowed
    }
}

/// A question as it was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// Which.
    pub criterion: Criterion,
    /// To whom.
    pub partner: PartnerSlug,
    /// When.
    pub asked_at: Timestamp,
    /// Whether it waits for an answer: it was neither answered nor closed.
    pub is_open: bool,
}

/// What is to be done about a family's questions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Put these.
    pub ask: Vec<(Criterion, PartnerSlug)>,
    /// These are settled: whoever still has them on the list need not answer.
    pub close: Vec<Criterion>,
}

/// Which questions on a family are to be put to whom, and which are done with: those that stay
/// without quorum long after the first opinion, those that were put before, and the one that
/// somebody wants put `at_once`.
pub fn plan(
    judging: &Judging,
    put: &[Put],
    candidates: &[Candidate],
    at_once: Option<Criterion>,
    now: Timestamp,
) -> Plan {
    let verdict = super::judge(judging);
    let first = judging.opinions.iter().map(|opinion| opinion.given_at).min();
    let is_old = first.is_some_and(|first| now.duration_since(first) > NO_QUORUM_AFTER);
    let mut candidates = candidates.to_vec();
    let mut plan = Plan::default();
    for count in &verdict.criteria {
        let of_criterion = || put.iter().filter(|put| put.criterion == count.id);
        if !is_unsettled(count.state) {
            if of_criterion().any(|put| put.is_open) {
                plan.close.push(count.id);
            }
            continue;
        }
        if !is_old && at_once != Some(count.id) && of_criterion().next().is_none() {
            continue;
        }
        let waits = |put: &&Put| put.is_open && now.duration_since(put.asked_at) < ANSWER_WITHIN;
        let wanted = ASKED_AT_ONCE.saturating_sub(of_criterion().filter(waits).count());
        let asked = of_criterion().map(|put| put.partner.clone()).collect();
        let next = next_to_ask(count.id, &judging.opinions, &candidates, &asked, wanted);
        let next: Vec<_> = next.into_iter().cloned().collect();
        for candidate in &mut candidates {
            candidate.open_questions += u32::from(next.contains(&candidate.facts.partner));
        }
        plan.ask.extend(next.into_iter().map(|partner| (count.id, partner)));
    }
    plan
}

/// Whether one more answer could matter.
pub fn is_unsettled(state: CriterionState) -> bool {
    matches!(state, CriterionState::Open | CriterionState::Contested)
}

/// The `wanted` partners to ask next about a criterion, of those who were not asked yet: nobody
/// who answered or is related to one who did; first those of a category that was not heard, then
/// those for whom the fewest questions wait.
pub fn next_to_ask<'a>(
    criterion: Criterion,
    opinions: &[Opinion],
    candidates: &'a [Candidate],
    asked: &BTreeSet<PartnerSlug>,
    wanted: usize,
) -> Vec<&'a PartnerSlug> {
    let answered: BTreeSet<_> = opinions
        .iter()
        .filter(|opinion| opinion.criterion == criterion)
        .map(|opinion| (&opinion.partner, opinion.stance))
        .collect();
    let voice = |candidate: &Candidate| Voter::from(&candidate.facts).voice().0.clone();
    let answered_by = |candidate: &&Candidate| {
        answered.iter().any(|(partner, _)| **partner == candidate.facts.partner)
    };
    let took_side = |candidate: &&Candidate| {
        let sides = [Stance::Holds, Stance::DoesNot];
        sides.iter().any(|side| answered.contains(&(&candidate.facts.partner, *side)))
    };
    let mut spoken: BTreeSet<_> = candidates.iter().filter(answered_by).map(voice).collect();
    let was_asked = |candidate: &&Candidate| asked.contains(&candidate.facts.partner);
    spoken.extend(candidates.iter().filter(was_asked).map(voice));
    let mut heard: BTreeSet<_> = candidates
        .iter()
        .filter(took_side)
        .map(|candidate| Voter::from(&candidate.facts).voice().1)
        .collect();
    let mut next = Vec::new();
    while next.len() < wanted {
        let eligible = candidates
            .iter()
            .filter(|candidate| candidate.is_eligible() && !spoken.contains(&voice(candidate)))
            .min_by_key(|candidate| {
                let voter = Voter::from(&candidate.facts);
                let known = heard.contains(&voter.voice().1);
                (known, candidate.open_questions, &candidate.facts.partner)
            });
        let Some(chosen) = eligible else { break };
        spoken.insert(voice(chosen));
        heard.insert(Voter::from(&chosen.facts).voice().1);
        next.push(&chosen.facts.partner);
    }
    next
}
