//! Version 2 of the rule: two categories, related partners, conflicts of interest, scope, expiry,
//! abstention. The classes follow from the criteria as in version 1.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::v1::class_v1;
use super::versions::{Edge, Interval, VersionRange};
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
    let mut readings: Vec<_> = opinions
        .iter()
        .filter(|opinion| opinion.family == *family)
        .map(|opinion| Reading::of(opinion, as_of))
        .collect();
    readings.sort_by_key(|reading| (reading.opinion.given_at, reading.opinion.id));
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

/// An opinion with its scope understood.
struct Reading<'a> {
    opinion: &'a Opinion,
    versions: VersionRange,
    unread: bool,
    expired: bool,
}

impl<'a> Reading<'a> {
    fn of(opinion: &'a Opinion, as_of: Date) -> Self {
        let read = opinion.scope.versions.as_deref().map(str::parse::<VersionRange>);
        let unread = matches!(read, Some(Err(_)));
        let versions = read.and_then(Result::ok).unwrap_or_else(VersionRange::everything);
        Self { opinion, versions, unread, expired: as_of >= opinion.counts_until() }
    }

    fn speaks_of_platform(&self, platform: Option<Platform>) -> bool {
        self.opinion.scope.platform.is_none_or(|named| Some(named) == platform)
    }

    fn speaks_of_days(&self, days: &Days) -> bool {
        let (from, end) = self.days();
        from <= days.from && (end.is_none() || (days.end.is_some() && days.end <= end))
    }

    /// From the first day to the day after the last; nothing where it is open.
    fn days(&self) -> (Option<Date>, Option<Date>) {
        let scope = &self.opinion.scope;
        (scope.from, scope.to.and_then(|to| to.tomorrow().ok()))
    }
}

/// Days from the first to the one before the end.
#[derive(Clone, PartialEq, Eq)]
struct Days {
    from: Option<Date>,
    end: Option<Date>,
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
            parts.push(ScopeVerdict::of_everything(self.count_all(&BTreeMap::new())));
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

    fn over_versions(
        &self,
        readings: &[(usize, &Reading<'a>)],
        latest: &mut BTreeSet<usize>,
    ) -> Vec<Stretch> {
        let mut edges: BTreeSet<&Edge> =
            readings.iter().flat_map(|(_, reading)| reading.versions.edges()).collect();
        edges.extend([&Edge::Start, &Edge::End]);
        let edges: Vec<_> = edges.into_iter().collect();
        let mut stretches: Vec<Stretch> = Vec::new();
        for (from, to) in edges.iter().zip(&edges[1..]) {
            let versions = Interval { from: (*from).clone(), to: (*to).clone() };
            let mut said = BTreeMap::new();
            // In the order given, so that a partner's later answer replaces its earlier one.
            for (at, reading) in readings.iter().filter(|(_, r)| r.versions.covers(&versions)) {
                let opinion = reading.opinion;
                said.insert((opinion.criterion, &opinion.partner), (*at, *reading));
            }
            latest.extend(said.values().map(|(at, _)| *at));
            let criteria = self.count_all(&said);
            let spoken_of = !said.is_empty();
            match stretches.last_mut() {
                Some(last) if last.criteria == criteria && last.spoken_of == spoken_of => {
                    last.versions.to = versions.to;
                }
                _ => stretches.push(Stretch { versions, criteria, spoken_of }),
            }
        }
        stretches
    }

    fn count_all(&self, said: &Said<'_, 'a>) -> Vec<CriterionCount> {
        Criterion::ALL.map(|criterion| self.count(criterion, said)).to_vec()
    }

    fn count(&self, criterion: Criterion, said: &Said<'_, 'a>) -> CriterionCount {
        let mut voices: BTreeMap<&PartnerSlug, Voice> = BTreeMap::new();
        for ((_, partner), (_, reading)) in said.iter().filter(|((of, _), _)| *of == criterion) {
            let voter = &self.by_slug[*partner];
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

/// By criterion and partner: the latest opinion and its place.
type Said<'r, 'a> = BTreeMap<(Criterion, &'a PartnerSlug), (usize, &'r Reading<'a>)>;

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
