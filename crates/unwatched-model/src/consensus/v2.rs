//! Version 2 of the rule: two categories, related partners, conflicts of interest, scope, expiry,
//! abstention. The classes follow from the criteria as in version 1. How finely opinions may part
//! a family is in `limits.rs`: what is given here is judged, however much it is.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::readings::{Days, Reading, live};
use super::v1::class_v1;
use super::versions::{Edge, Interval};
use super::voters::Judging;
use crate::class::{Attribution, Class};
use crate::criterion::Criterion;
use crate::family::{FamilyId, Platform};
use crate::opinion::{Opinion, Stance};
use crate::partner::{PartnerCategory, PartnerSlug};
use crate::verdict::{
    CriterionCount, CriterionState, ScopeVerdict, Verdict, Voter, opinions_sha256,
};

/// At least this many unrelated voices on a side.
const QUORUM: usize = 2;
/// Of at least this many categories, for a criterion to hold or be denied.
const CATEGORIES: usize = 2;

/// The verdict by rule version 2. The order of the opinions does not matter.
pub fn judge_v2(judging: &Judging) -> Verdict {
    let voters: Vec<Voter> = judging.voters.iter().map(Voter::from).collect();
    let Judging { family, opinions, attributed, as_of, .. } = judging;
    decide(family, opinions, attributed, &voters, *as_of)
}

/// The same from what a verdict itself tells of its voters.
pub(super) fn decide(
    family: &FamilyId,
    opinions: &[Opinion],
    attributed: &[Attribution],
    known: &[Voter],
    as_of: Date,
) -> Verdict {
    let readings = live(family, opinions, as_of);
    let judges = Judges::of(&readings, known);
    let mut latest = BTreeSet::new();
    let parts = judges.parts(&readings, &mut latest);
    let family_part = parts.iter().max_by_key(|part| weight(part)).unwrap_or(&parts[0]).clone();
    let everything = parts.len() == 1 && parts[0].is_everything();
    let considered: Vec<_> = latest.iter().map(|&at| &readings[at]).collect();
    let partners: BTreeSet<_> = considered.iter().map(|r| &r.opinion.partner).collect();
    let ids = |wanted: &dyn Fn(&Reading<'_>) -> bool| {
        let mut ids: Vec<_> =
            considered.iter().filter(|reading| wanted(reading)).map(|r| r.opinion.id).collect();
        ids.sort_unstable();
        ids
    };
    let mut attributed = attributed.to_vec();
    attributed.sort();
    Verdict {
        family: family.clone(),
        class: family_part.class,
        rule_version: 2,
        criteria: family_part.criteria,
        opinions: ids(&|_| true),
        opinions_sha256: opinions_sha256(considered.iter().map(|reading| reading.opinion)),
        attributed,
        as_of: Some(as_of),
        voters: partners.into_iter().map(|partner| judges.by_slug[partner].clone()).collect(),
        scopes: if everything { Vec::new() } else { parts },
        expired: ids(&|reading| reading.expired),
        unread_versions: ids(&|reading| reading.unread),
    }
}

/// One stretch of versions, and where the criteria stand there.
#[derive(Clone, PartialEq, Eq)]
struct Stretch {
    versions: Interval,
    criteria: Vec<CriterionCount>,
    /// Whether any opinion speaks of it.
    spoken_of: bool,
}

/// The voters by their short name.
struct Judges<'a> {
    by_slug: BTreeMap<&'a PartnerSlug, Voter>,
}

impl<'a> Judges<'a> {
    fn of(readings: &[Reading<'a>], known: &[Voter]) -> Self {
        let voter = |partner: &PartnerSlug| {
            let found = known.iter().find(|voter| voter.partner == *partner);
            found.cloned().unwrap_or_else(|| Voter::unknown(partner))
        };
        let by_slug = readings.iter().map(|r| &r.opinion.partner).map(|slug| (slug, voter(slug)));
        Self { by_slug: by_slug.collect() }
    }

    /// What is to be judged by itself, equal neighbours joined. `latest` gets the places of the
    /// opinions that are their partner's latest somewhere.
    fn parts(&self, readings: &[Reading<'a>], latest: &mut BTreeSet<usize>) -> Vec<ScopeVerdict> {
        let named: BTreeSet<Platform> =
            readings.iter().filter_map(|reading| reading.opinion.scope.platform).collect();
        let elsewhere = self.over_time(readings, None, latest);
        let mut parts = Vec::new();
        for platform in named {
            let here = self.over_time(readings, Some(platform), latest);
            if here != elsewhere {
                parts.extend(here.into_iter().flat_map(|one| written(Some(platform), one)));
            }
        }
        parts.extend(elsewhere.into_iter().flat_map(|one| written(None, one)));
        if parts.is_empty() {
            parts.push(ScopeVerdict::of_everything(self.count_all(&Default::default())));
        }
        parts
    }

    fn over_time(
        &self,
        readings: &[Reading<'a>],
        platform: Option<Platform>,
        latest: &mut BTreeSet<usize>,
    ) -> Vec<(Days, Vec<Stretch>)> {
        let here: Vec<_> = readings
            .iter()
            .enumerate()
            .filter(|(_, reading)| reading.speaks_of_platform(platform))
            .collect();
        let cuts = here.iter().map(|(_, reading)| reading.days());
        let cuts: BTreeSet<Date> =
            cuts.flat_map(|(from, end)| from.into_iter().chain(end)).collect();
        let starts = std::iter::once(None).chain(cuts.iter().copied().map(Some));
        let ends = cuts.iter().copied().map(Some).chain([None]);
        let mut over_time: Vec<(Days, Vec<Stretch>)> = Vec::new();
        for (from, end) in starts.zip(ends) {
            let days = Days { from, end };
            let then: Vec<_> =
                here.iter().filter(|(_, reading)| reading.speaks_of_days(&days)).copied().collect();
            let stretches = self.over_versions(&then, latest);
            match over_time.last_mut() {
                Some((last, same)) if *same == stretches => last.end = end,
                _ => over_time.push((days, stretches)),
            }
        }
        over_time
    }

    /// Goes along the line of versions once: at an edge only the criteria are counted anew of
    /// which somebody begins or ends to speak there.
    fn over_versions(
        &self,
        readings: &[(usize, &Reading<'a>)],
        latest: &mut BTreeSet<usize>,
    ) -> Vec<Stretch> {
        let mut edges: BTreeSet<&Edge> =
            readings.iter().flat_map(|(_, reading)| reading.versions.edges()).collect();
        edges.extend([&Edge::Start, &Edge::End]);
        let mut turns: BTreeMap<&Edge, Vec<(bool, usize, &Reading<'a>)>> = BTreeMap::new();
        for (at, reading) in readings {
            for Interval { from, to } in reading.versions.intervals() {
                turns.entry(from).or_default().push((true, *at, *reading));
                turns.entry(to).or_default().push((false, *at, *reading));
            }
        }
        let edges: Vec<_> = edges.into_iter().collect();
        let mut speaking: [Said<'_, 'a>; CRITERIA] = Default::default();
        let mut criteria = self.count_all(&speaking);
        let mut stretches: Vec<Stretch> = Vec::new();
        for (from, to) in edges.iter().zip(&edges[1..]) {
            let mut changed = BTreeSet::new();
            for (begins, at, reading) in turns.get(*from).into_iter().flatten() {
                let of = place(reading.opinion.criterion);
                let key = (&reading.opinion.partner, *at);
                if *begins {
                    speaking[of].insert(key, *reading);
                } else {
                    speaking[of].remove(&key);
                }
                changed.insert(of);
            }
            for of in changed {
                criteria[of] = self.count(Criterion::ALL[of], &speaking[of]);
                latest.extend(latest_of(&speaking[of]).into_values().map(|(at, _)| at));
            }
            let spoken_of = speaking.iter().any(|said| !said.is_empty());
            match stretches.last_mut() {
                Some(last) if last.criteria == criteria && last.spoken_of == spoken_of => {
                    last.versions.to = (*to).clone();
                }
                _ => {
                    let versions = Interval { from: (*from).clone(), to: (*to).clone() };
                    stretches.push(Stretch { versions, criteria: criteria.clone(), spoken_of });
                }
            }
        }
        stretches
    }

    fn count_all(&self, said: &[Said<'_, 'a>; CRITERIA]) -> Vec<CriterionCount> {
        Criterion::ALL
            .iter()
            .zip(said)
            .map(|(criterion, said)| self.count(*criterion, said))
            .collect()
    }

    fn count(&self, criterion: Criterion, said: &Said<'_, 'a>) -> CriterionCount {
        let mut voices: BTreeMap<&PartnerSlug, Voice> = BTreeMap::new();
        for (partner, (_, reading)) in latest_of(said) {
            let voter = &self.by_slug[partner];
            if reading.expired || voter.excluded.is_some() {
                continue;
            }
            let (voice, category) = voter.voice();
            let voice = voices.entry(voice).or_insert_with(|| Voice::of(category));
            voice.stances.insert(reading.opinion.stance);
        }
        let side = |side: Side| voices.values().filter(move |voice| voice.side() == side);
        let number = |wanted: Side| u32::try_from(side(wanted).count()).unwrap_or(u32::MAX);
        let holds: Vec<_> = side(Side::Holds).collect();
        let does_not: Vec<_> = side(Side::DoesNot).collect();
        CriterionCount {
            id: criterion,
            state: state(&holds, &does_not),
            holds: number(Side::Holds),
            does_not: number(Side::DoesNot),
            cannot_say: number(Side::CannotSay),
            abstains: number(Side::Abstains),
            split: number(Side::Split),
        }
    }
}

const CRITERIA: usize = Criterion::ALL.len();

/// Where a criterion stands in the order published.
fn place(criterion: Criterion) -> usize {
    Criterion::ALL.iter().position(|of| *of == criterion).unwrap_or_default()
}

/// What is said of one criterion: by partner, and by the order in which it was given.
type Said<'r, 'a> = BTreeMap<(&'a PartnerSlug, usize), &'r Reading<'a>>;

/// By partner: the latest of its opinions, which replaces the earlier ones, and its place.
fn latest_of<'r, 'a>(said: &Said<'r, 'a>) -> BTreeMap<&'a PartnerSlug, (usize, &'r Reading<'a>)> {
    said.iter().map(|((partner, at), reading)| (*partner, (*at, *reading))).collect()
}

/// One owner's partners, or a partner that has none beside it.
struct Voice {
    category: PartnerCategory,
    stances: BTreeSet<Stance>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Holds,
    DoesNot,
    CannotSay,
    Abstains,
    Split,
}

impl Voice {
    fn of(category: PartnerCategory) -> Self {
        Self { category, stances: BTreeSet::new() }
    }

    /// Partners of one owner who contradict each other leave it to others.
    fn side(&self) -> Side {
        let has = |stance| self.stances.contains(&stance);
        match (has(Stance::Holds), has(Stance::DoesNot)) {
            (true, true) => Side::Split,
            (true, false) => Side::Holds,
            (false, true) => Side::DoesNot,
            (false, false) if has(Stance::CannotSay) => Side::CannotSay,
            (false, false) => Side::Abstains,
        }
    }
}

fn state(holds: &[&Voice], does_not: &[&Voice]) -> CriterionState {
    let all = holds.len() + does_not.len();
    let decides = |side: &[&Voice]| {
        let categories: BTreeSet<_> = side.iter().map(|voice| voice.category).collect();
        side.len() >= QUORUM && categories.len() >= CATEGORIES && side.len() * 3 >= all * 2
    };
    if decides(holds) {
        CriterionState::Holds
    } else if decides(does_not) {
        CriterionState::Denied
    } else if holds.len() >= QUORUM && does_not.len() >= QUORUM {
        CriterionState::Contested
    } else {
        CriterionState::Open
    }
}

/// Stretches of which nobody speaks are left out.
fn written(
    platform: Option<Platform>,
    (days, stretches): (Days, Vec<Stretch>),
) -> impl Iterator<Item = ScopeVerdict> {
    stretches.into_iter().filter(|stretch| stretch.spoken_of).map(move |stretch| ScopeVerdict {
        platform,
        versions: stretch.versions.words(),
        from: days.from,
        to: days.end.and_then(|end| end.yesterday().ok()),
        class: class_of(&stretch.criteria),
        criteria: stretch.criteria,
    })
}

fn class_of(criteria: &[CriterionCount]) -> Class {
    let state = |criterion| {
        let found = criteria.iter().find(|count| count.id == criterion);
        found.map_or(CriterionState::Open, |count| count.state)
    };
    class_v1(&state)
}

impl ScopeVerdict {
    fn of_everything(criteria: Vec<CriterionCount>) -> Self {
        let class = class_of(&criteria);
        Self { platform: None, versions: None, from: None, to: None, class, criteria }
    }

    fn is_everything(&self) -> bool {
        let Self { platform, versions, from, to, .. } = self;
        platform.is_none() && versions.is_none() && from.is_none() && to.is_none()
    }
}

/// The part that speaks for the family: the first class in the order of the rule; then where more
/// is settled and more was said; of equals the last, which is the newest version.
fn weight(part: &ScopeVerdict) -> (u8, usize, u64) {
    let seriousness = match part.class {
        Class::Stalkerware => 4,
        Class::Disputed => 3,
        Class::DualUse => 2,
        Class::Watchware => 1,
        Class::Undecided => 0,
    };
    let settled = part
        .criteria
        .iter()
        .filter(|count| matches!(count.state, CriterionState::Holds | CriterionState::Denied));
    let said = part.criteria.iter().map(|count| u64::from(count.holds) + u64::from(count.does_not));
    (seriousness, settled.count(), said.sum())
}
