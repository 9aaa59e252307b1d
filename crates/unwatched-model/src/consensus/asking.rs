//! Whom to ask next when a criterion stays without quorum. Nothing here asks, or keeps count.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::VoterFacts;
use crate::access::{Action, Member, Object, Viewer, may};
use crate::criterion::Criterion;
use crate::opinion::{Opinion, Stance};
use crate::partner::{PartnerSlug, Standing, UserRole};
use crate::verdict::{CriterionState, Verdict, Voter};

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

/// The criteria of a family that nobody has settled this long after its first opinion, or that
/// were asked about before.
pub fn unsettled<'a>(
    verdict: &'a Verdict,
    first_opinion: Option<Timestamp>,
    asked_before: &'a BTreeSet<Criterion>,
    now: Timestamp,
) -> impl Iterator<Item = Criterion> + 'a {
    let old = first_opinion.is_some_and(|first| now.duration_since(first) > NO_QUORUM_AFTER);
    verdict
        .criteria
        .iter()
        .filter(|count| is_unsettled(count.state))
        .map(|count| count.id)
        .filter(move |criterion| old || asked_before.contains(criterion))
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
