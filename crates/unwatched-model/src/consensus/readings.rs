//! What partners said of a family, understood and in order: without what they replaced, which no
//! longer says anything anywhere and so parts nothing. Nothing here counts.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::versions::VersionRange;
use crate::criterion::Criterion;
use crate::family::{FamilyId, Platform};
use crate::opinion::Opinion;
use crate::partner::PartnerSlug;

/// The opinions on a family that still say something, by time and id: those that one later
/// opinion of the same partner on the same criterion covers are gone.
pub(super) fn live<'a>(
    family: &FamilyId,
    opinions: &'a [Opinion],
    as_of: Date,
) -> Vec<Reading<'a>> {
    let mut newest_first: Vec<_> =
        opinions.iter().filter(|opinion| opinion.family == *family).collect();
    newest_first.sort_by_key(|opinion| std::cmp::Reverse((opinion.given_at, opinion.id)));
    let mut kept: BTreeMap<(&PartnerSlug, Criterion), Vec<Reading<'a>>> = BTreeMap::new();
    for opinion in newest_first {
        let later = kept.entry((&opinion.partner, opinion.criterion)).or_default();
        let reading = Reading::of(opinion, as_of);
        if !later.iter().any(|later| later.covers(&reading)) {
            later.push(reading);
        }
    }
    let mut live: Vec<_> = kept.into_values().flatten().collect();
    live.sort_by_key(|reading| (reading.opinion.given_at, reading.opinion.id));
    live
}

/// An opinion with its scope understood.
pub(super) struct Reading<'a> {
    pub(super) opinion: &'a Opinion,
    pub(super) versions: VersionRange,
    pub(super) unread: bool,
    pub(super) expired: bool,
}

impl<'a> Reading<'a> {
    fn of(opinion: &'a Opinion, as_of: Date) -> Self {
        let read = opinion.scope.versions.as_deref().map(str::parse::<VersionRange>);
        let unread = matches!(read, Some(Err(_)));
        let versions = read.and_then(Result::ok).unwrap_or_else(VersionRange::everything);
        Self { opinion, versions, unread, expired: as_of >= opinion.counts_until() }
    }

    pub(super) fn speaks_of_platform(&self, platform: Option<Platform>) -> bool {
        self.opinion.scope.platform.is_none_or(|named| Some(named) == platform)
    }

    pub(super) fn speaks_of_days(&self, days: &Days) -> bool {
        let (from, end) = self.days();
        from <= days.from && (end.is_none() || (days.end.is_some() && days.end <= end))
    }

    /// From the first day to the day after the last; nothing where it is open.
    pub(super) fn days(&self) -> (Option<Date>, Option<Date>) {
        let scope = &self.opinion.scope;
        (scope.from, scope.to.and_then(|to| to.tomorrow().ok()))
    }

    /// Whether it speaks of all that another speaks of.
    fn covers(&self, other: &Self) -> bool {
        let platform = self.opinion.scope.platform;
        let (from, end) = other.days();
        (platform.is_none() || platform == other.opinion.scope.platform)
            && self.speaks_of_days(&Days { from, end })
            && other.versions.intervals().all(|interval| self.versions.covers(interval))
    }
}

/// Days from the first to the one before the end.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) from: Option<Date>,
    pub(super) end: Option<Date>,
}
