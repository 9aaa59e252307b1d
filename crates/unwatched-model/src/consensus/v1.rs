//! Version 1 of the rule, as it was published. It never changes: verdicts by it recompute for good.
//!
//! Any two different partners count as unrelated, scope and time are ignored.

use std::collections::BTreeMap;

use crate::class::{Attribution, Class};
use crate::criterion::Criterion;
use crate::family::FamilyId;
use crate::opinion::{Opinion, Stance};
use crate::partner::PartnerSlug;
use crate::verdict::{CriterionCount, CriterionState, Verdict, opinions_sha256};

/// At least this many unrelated partners on a side.
const QUORUM: u32 = 2;

/// The verdict on `family` by rule version 1.
///
/// Opinions about other families are ignored. The order of `opinions` does not matter: each
/// partner counts once per criterion, by its latest opinion (`given_at`, then id). Any two
/// different partners count as unrelated, and scope is ignored; version 2 changes both.
pub fn judge_v1(family: &FamilyId, opinions: &[Opinion], attributed: &[Attribution]) -> Verdict {
    let counted = latest_per_partner(family, opinions);
    let criteria = Criterion::ALL.map(|criterion| count(criterion, &counted));
    let state = |criterion: Criterion| {
        let position = Criterion::ALL.iter().position(|c| *c == criterion);
        criteria[position.expect("every criterion is in ALL")].state
    };
    let mut ids: Vec<_> = counted.iter().map(|opinion| opinion.id).collect();
    ids.sort_unstable();
    let mut attributed = attributed.to_vec();
    attributed.sort();
    Verdict {
        family: family.clone(),
        class: class_v1(&state),
        rule_version: 1,
        opinions_sha256: opinions_sha256(counted.iter().copied()),
        opinions: ids,
        criteria: criteria.to_vec(),
        attributed,
        as_of: None,
        voters: Vec::new(),
        scopes: Vec::new(),
        expired: Vec::new(),
        unread_versions: Vec::new(),
    }
}

fn latest_per_partner<'a>(family: &FamilyId, opinions: &'a [Opinion]) -> Vec<&'a Opinion> {
    let mut latest: BTreeMap<(Criterion, &PartnerSlug), &Opinion> = BTreeMap::new();
    for opinion in opinions.iter().filter(|opinion| opinion.family == *family) {
        let slot = latest.entry((opinion.criterion, &opinion.partner)).or_insert(opinion);
        if (opinion.given_at, opinion.id) > (slot.given_at, slot.id) {
            *slot = opinion;
        }
    }
    latest.into_values().collect()
}

fn count(criterion: Criterion, counted: &[&Opinion]) -> CriterionCount {
    let of = |stance: Stance| {
        let matching = counted.iter().filter(|o| o.criterion == criterion && o.stance == stance);
        u32::try_from(matching.count()).unwrap_or(u32::MAX)
    };
    let (holds, does_not, cannot_say) =
        (of(Stance::Holds), of(Stance::DoesNot), of(Stance::CannotSay));
    let state = state_v1(holds, does_not);
    CriterionCount { id: criterion, state, holds, does_not, cannot_say, abstains: 0, split: 0 }
}

fn state_v1(holds: u32, does_not: u32) -> CriterionState {
    let two_thirds =
        |side: u32| u64::from(side) * 3 >= (u64::from(holds) + u64::from(does_not)) * 2;
    if holds >= QUORUM && two_thirds(holds) {
        CriterionState::Holds
    } else if does_not >= QUORUM && two_thirds(does_not) {
        CriterionState::Denied
    } else if holds >= QUORUM && does_not >= QUORUM {
        CriterionState::Contested
    } else {
        CriterionState::Open
    }
}

/// The first class that applies; `disputed` when a contested criterion, were it held or denied,
/// would change the class.
pub(super) fn class_v1(state: &dyn Fn(Criterion) -> CriterionState) -> Class {
    let decided = settled_class_v1(state);
    let changes_class = |contested: Criterion| {
        [CriterionState::Holds, CriterionState::Denied].into_iter().any(|settled| {
            let supposed = |c: Criterion| if c == contested { settled } else { state(c) };
            settled_class_v1(&supposed) != decided
        })
    };
    let disputed = Criterion::ALL
        .into_iter()
        .filter(|criterion| state(*criterion) == CriterionState::Contested)
        .any(changes_class);
    if disputed { Class::Disputed } else { decided }
}

fn settled_class_v1(state: &dyn Fn(Criterion) -> CriterionState) -> Class {
    let holds = |criterion| state(criterion) == CriterionState::Holds;
    let denied = |criterion| state(criterion) == CriterionState::Denied;
    let covert = holds(Criterion::MarketedCovertly)
        || holds(Criterion::HidesItself)
        || holds(Criterion::ResistsRemoval);
    if holds(Criterion::Tracks) && holds(Criterion::OfferedToIndividuals) && covert {
        Class::Stalkerware
    } else if holds(Criterion::LegitimateMainPurpose) {
        Class::DualUse
    } else if holds(Criterion::Tracks) && denied(Criterion::HidesItself) {
        Class::Watchware
    } else {
        Class::Undecided
    }
}
