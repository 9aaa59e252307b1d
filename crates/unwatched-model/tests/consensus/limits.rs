//! How much there is to judge is bounded, whatever one partner says and however often.

use jiff::ToSpan as _;
use jiff::civil::date;
use unwatched_model::consensus::limits::{MOST_PARTS, MOST_SCOPES, TooFine, admit, parts};
use unwatched_model::consensus::{Judging, judge, recompute};
use unwatched_model::criterion::Criterion;
use unwatched_model::opinion::{Opinion, Scope, Stance};

use crate::{family, opinion};

fn nothing_said() -> Judging {
    let as_of = date(2026, 11, 1);
    Judging { family: family(), opinions: vec![], attributed: vec![], voters: vec![], as_of }
}

fn scoped(number: u64, partner: &str, scope: Scope) -> Opinion {
    let criterion = Criterion::ALL[usize::try_from(number).unwrap() % Criterion::ALL.len()];
    Opinion { scope, ..opinion(number, partner, criterion, Stance::Holds) }
}

fn versions(range: &str) -> Scope {
    Scope { versions: Some(range.to_owned()), ..Scope::default() }
}

/// Versions and days that no other number has.
fn of_its_own(number: u64) -> Scope {
    let day = date(2020, 1, 1) + i64::try_from(number).unwrap().days();
    let versions = Some(format!(">={number}.1,<{}", number + 900));
    Scope { from: Some(day), to: Some(day + 900.days()), versions, platform: None }
}

/// Adds the opinion if it is taken.
fn give(judging: &mut Judging, opinion: Opinion) -> Result<(), TooFine> {
    let id = opinion.id;
    judging.opinions.push(opinion);
    let taken = admit(judging, id);
    if taken.is_err() {
        judging.opinions.pop();
    }
    taken
}

#[test]
fn one_partner_names_only_so_many_scopes() {
    let mut judging = nothing_said();
    for number in 0..100 {
        let taken = give(&mut judging, scoped(number, "vendor-1", of_its_own(number)));
        assert_eq!(taken.is_ok(), number < MOST_SCOPES as u64, "{number}: {taken:?}");
    }
    let most = 2 * MOST_SCOPES + 1;
    assert!(parts(&judging) <= most * (most + 2), "{}", parts(&judging));
    let refused = give(&mut judging, scoped(100, "vendor-1", versions("=100")));
    let words = refused.unwrap_err().to_string();
    assert!(words.contains("9 different scopes") && words.contains("at most 8"), "{words}");
    // Another partner still may, and so may this one for what it named before, or for everything.
    give(&mut judging, scoped(101, "vendor-2", versions("=100"))).unwrap();
    give(&mut judging, scoped(102, "vendor-1", of_its_own(3))).unwrap();
    for (number, criterion) in (103..).zip(Criterion::ALL) {
        let everything = opinion(number, "vendor-1", criterion, Stance::Abstains);
        give(&mut judging, everything).unwrap();
    }
    give(&mut judging, scoped(120, "vendor-1", versions("=120"))).unwrap();
}

#[test]
fn each_side_of_a_range_counts() {
    let mut judging = nothing_said();
    let eight: Vec<_> = (1..=8).map(|version| format!("={version}")).collect();
    let nine = format!("{} || =9", eight.join(" || "));
    let refused = give(&mut judging, scoped(1, "vendor-1", versions(&nine)));
    assert_eq!(refused, Err(TooFine::Scopes(9)));
    give(&mut judging, scoped(2, "vendor-1", versions(&eight.join(" || ")))).unwrap();
    // The same scopes on another criterion are no new ones.
    give(&mut judging, scoped(3, "vendor-1", versions("=4 || =5"))).unwrap();
}

#[test]
fn what_was_replaced_parts_nothing() {
    let mut judging = nothing_said();
    let last = opinion(1_000, "vendor-1", Criterion::Tracks, Stance::DoesNot);
    let before = (0..500).map(|number| {
        let scope = of_its_own(number);
        Opinion { scope, ..opinion(number, "vendor-1", Criterion::Tracks, Stance::Holds) }
    });
    judging.opinions = before.chain([last.clone()]).collect();
    let alone = Judging { opinions: vec![last], ..judging.clone() };
    assert_eq!(parts(&judging), parts(&alone));
    assert_eq!(judge(&judging), judge(&alone));
}

#[test]
fn all_partners_together_part_a_family_into_so_many_pieces() {
    let mut judging = nothing_said();
    let mut refused = 0;
    for number in 0..160 {
        let partner = format!("vendor-{}", number % 40);
        match give(&mut judging, scoped(number, &partner, of_its_own(number))) {
            Ok(()) => {}
            Err(TooFine::Parts(_)) => refused += 1,
            Err(error) => panic!("{number}: {error}"),
        }
    }
    assert!(refused > 100, "{refused}");
    assert!(parts(&judging) <= MOST_PARTS, "{}", parts(&judging));
    let verdict = judge(&judging);
    assert!(verdict.scopes.len() <= MOST_PARTS);
    assert_eq!(recompute(&verdict, &judging.opinions), Some(verdict.clone()));
    // Whoever names no scope, or one that is named already, is heard.
    give(&mut judging, opinion(500, "vendor-90", Criterion::Tracks, Stance::Holds)).unwrap();
    give(&mut judging, scoped(501, "vendor-91", of_its_own(0))).unwrap();
}
