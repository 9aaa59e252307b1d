//! How finely opinions may part a family: without a bound, one partner could make every verdict on
//! it slow to work out. What was given is judged in any case; the bound stands where it is taken.

use std::collections::BTreeSet;

use super::Judging;
use super::readings::{Reading, live};
use crate::family::Platform;
use crate::opinion::{Opinion, OpinionId};

/// A partner's opinions on one family speak of at most so many different scopes, a version range
/// with `||` counting once for each of its sides. What later opinions replaced does not count.
pub const MOST_SCOPES: usize = 8;

/// All opinions on a family part it into at most so many parts: stretches of versions, times
/// stretches of days, on every platform that is named and on the others.
pub const MOST_PARTS: usize = 2_000;

/// Why an opinion parts a family too finely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooFine {
    /// Its partner speaks of too many scopes already.
    #[error(
        "your organisation's opinions on this family would speak of {0} different scopes, and at \
         most {MOST_SCOPES} are taken (each side of `||` counts): name a scope that you named \
         before, or first give opinions with wider scopes, which replace those that they cover"
    )]
    Scopes(usize),
    /// All partners' opinions together do.
    #[error(
        "all opinions on this family would part it into {0} pieces to be judged, and at most \
         {MOST_PARTS} are taken: name versions and days that its opinions name already, or none"
    )]
    Parts(usize),
}

/// Whether an opinion, which is among those judged, may be taken. One that parts nothing further
/// always may: whoever stands at a bound can still speak, and can step back from it.
pub fn admit(judging: &Judging, new: OpinionId) -> Result<(), TooFine> {
    let Judging { family, opinions, as_of, .. } = judging;
    let Some(partner) = opinions.iter().find(|given| given.id == new).map(|new| &new.partner)
    else {
        return Ok(());
    };
    let others: Vec<Opinion> = opinions.iter().filter(|given| given.id != new).cloned().collect();
    let (before, after) = (live(family, &others, *as_of), live(family, opinions, *as_of));
    let own = |readings: &[Reading<'_>]| {
        scopes(readings.iter().filter(|reading| reading.opinion.partner == *partner))
    };
    let found = own(&after);
    if found > MOST_SCOPES && found > own(&before) {
        return Err(TooFine::Scopes(found));
    }
    let found = most_parts(&after);
    if found > MOST_PARTS && found > most_parts(&before) {
        return Err(TooFine::Parts(found));
    }
    Ok(())
}

/// How many parts a verdict on the family is worked out from, at most.
pub fn parts(judging: &Judging) -> usize {
    most_parts(&live(&judging.family, &judging.opinions, judging.as_of))
}

/// Different scopes, each side of `||` by itself.
fn scopes<'r>(readings: impl Iterator<Item = &'r Reading<'r>>) -> usize {
    let scopes = readings.flat_map(|reading| {
        let (from, end) = reading.days();
        let platform = reading.opinion.scope.platform;
        reading.versions.intervals().map(move |interval| (platform, from, end, interval))
    });
    scopes.collect::<BTreeSet<_>>().len()
}

fn most_parts(readings: &[Reading<'_>]) -> usize {
    let named: BTreeSet<Platform> =
        readings.iter().filter_map(|reading| reading.opinion.scope.platform).collect();
    let on = |platform: Option<Platform>| {
        let here = || readings.iter().filter(move |reading| reading.speaks_of_platform(platform));
        let days: BTreeSet<_> = here()
            .flat_map(|reading| {
                let (from, end) = reading.days();
                from.into_iter().chain(end)
            })
            .collect();
        let edges: BTreeSet<_> = here().flat_map(|reading| reading.versions.edges()).collect();
        // The two ends of the line are edges, and may be named or not.
        (days.len() + 1).saturating_mul(edges.len() + 1)
    };
    named.into_iter().map(Some).chain([None]).map(on).sum()
}
