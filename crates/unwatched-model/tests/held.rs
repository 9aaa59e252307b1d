//! The rule on held values: tables, and properties over made-up partners and builds.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use unwatched_model::held::{Build, Decider, Held, ValueFacts, held};
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::partner::PartnerCategory;
use unwatched_model::popular::{Confirmation, Confirmed, WAITS, confirmed};

const KINDS: [IndicatorKind; 10] = IndicatorKind::ALL;

fn build(package: &str, certificates: &[&str]) -> Build {
    Build {
        package: Some(package.to_owned()),
        certificates: certificates.iter().map(|&digest| digest.to_owned()).collect(),
    }
}

fn owners(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn decisions(who: &[(&str, Option<i64>)]) -> ValueFacts {
    let decisions =
        who.iter().map(|&(partner, person)| Decider { partner: partner.to_owned(), person });
    ValueFacts { owners: owners(&["lab"]), decisions: decisions.collect(), ..ValueFacts::default() }
}

#[track_caller]
fn check(facts: &ValueFacts, expected: Held) {
    for kind in KINDS {
        assert_eq!(held(kind, facts), expected, "{kind}");
    }
}

#[test]
fn what_one_partner_has_is_held_until_it_is_freed() {
    let one = ValueFacts { owners: owners(&["lab"]), ..ValueFacts::default() };
    check(&ValueFacts::default(), Held::Yes { decisions: 0 });
    check(&one, Held::Yes { decisions: 0 });
    check(&ValueFacts { is_listed: true, ..one.clone() }, Held::Listed);
    check(&ValueFacts { is_declared: true, ..one.clone() }, Held::Declared);
    check(&ValueFacts { owners: owners(&["lab", "line"]), ..one }, Held::SeveralPartners);
}

#[test]
fn two_analysts_decide() {
    check(&decisions(&[("lab", Some(1))]), Held::Yes { decisions: 1 });
    check(&decisions(&[("lab", Some(1)), ("lab", Some(2))]), Held::Decided);
    check(&decisions(&[("lab", Some(1)), ("line", Some(2))]), Held::Decided);
    check(&decisions(&[("lab", None), ("line", None)]), Held::Decided);
    check(&decisions(&[("lab", None), ("line", Some(2))]), Held::Decided);
    // A key may be in the hand of the person who decided.
    check(&decisions(&[("lab", None), ("lab", Some(1))]), Held::Yes { decisions: 1 });
    check(&decisions(&[("lab", None)]), Held::Yes { decisions: 1 });
}

#[track_caller]
fn check_builds(kind: IndicatorKind, builds: &[Build], is_held: bool) {
    let facts =
        ValueFacts { owners: owners(&["lab"]), builds: builds.to_vec(), ..ValueFacts::default() };
    assert_eq!(held(kind, &facts).is_held(), is_held, "{kind} {builds:?}");
}

#[test]
fn builds_that_have_nothing_else_in_common_free_a_host() {
    let unlike = [build("a", &["1"]), build("b", &["2"]), build("c", &["3"])];
    check_builds(IndicatorKind::Domain, &unlike, false);
    check_builds(IndicatorKind::Address, &unlike, false);
    check_builds(IndicatorKind::Domain, &unlike[..2], true);
    // One certificate, or a chain from one to the next, makes them one.
    let same_maker = [build("a", &["1"]), build("b", &["1"]), build("c", &["1"])];
    check_builds(IndicatorKind::Domain, &same_maker, true);
    let chained = [build("a", &["1"]), build("c", &["3"]), build("a", &["3"]), build("d", &["4"])];
    check_builds(IndicatorKind::Domain, &chained, true);
    // The certificate that three names share is the maker's.
    check_builds(IndicatorKind::CertificateSha256, &same_maker, false);
    check_builds(IndicatorKind::CertificateSha1, &same_maker, false);
    check_builds(IndicatorKind::CertificateSha256, &[build("a", &["1"]), build("b", &["1"])], true);
    // Never a file, and never a name alone.
    let one_name = [build("a", &["1"]), build("a", &["2"]), build("a", &["3"])];
    check_builds(IndicatorKind::Package, &one_name, true);
    check_builds(IndicatorKind::FileSha256, &unlike, true);
    // What has no identity of its own is no build.
    let unsigned = [build("a", &[]), build("b", &[]), build("c", &[])];
    check_builds(IndicatorKind::Domain, &unsigned, true);
}

fn any_kind() -> impl Strategy<Value = IndicatorKind> {
    prop::sample::select(KINDS.to_vec())
}

proptest! {
    /// One customer's app keeps its package and its certificate on the phone it is on: however
    /// often it is uploaded, and with whatever updates, nothing of it is freed.
    #[test]
    fn one_customers_app_frees_nothing(kind in any_kind(), times in 1usize..40) {
        let facts = ValueFacts {
            owners: owners(&["lab"]),
            builds: vec![build("com.customer", &["one", "rotated"]); times],
            ..ValueFacts::default()
        };
        prop_assert!(held(kind, &facts).is_held());
    }

    /// Nor when only the package, or only the certificate, changes from one upload to the next.
    #[test]
    fn what_changes_one_thing_at_a_time_frees_no_host(
        names in prop::collection::vec("[a-z]{1,3}", 1..20),
        same_package in any::<bool>(),
    ) {
        let builds = names.iter().map(|name| if same_package { build("com.customer", &[name.as_str()]) } else { build(name, &["one"]) });
        let facts = ValueFacts {
            owners: owners(&["lab"]),
            builds: builds.collect(),
            ..ValueFacts::default()
        };
        prop_assert!(held(IndicatorKind::Domain, &facts).is_held());
        prop_assert!(held(IndicatorKind::Package, &facts).is_held());
        prop_assert!(held(IndicatorKind::FileSha256, &facts).is_held());
    }

    /// The order in which samples came changes nothing, and more knowledge never holds a value
    /// that was free.
    #[test]
    fn order_and_more_facts(
        kind in any_kind(),
        marks in prop::collection::vec((0u8..6, 0u8..6), 0..12),
        more in (0u8..9, 0u8..9),
    ) {
        let of = |&(package, certificate): &(u8, u8)| {
            build(&format!("p{package}"), &[&format!("c{certificate}")])
        };
        let builds: Vec<_> = marks.iter().map(of).collect();
        let answer = |builds: Vec<Build>, partners: &[&str]| {
            held(kind, &ValueFacts { owners: owners(partners), builds, ..ValueFacts::default() })
        };
        let first = answer(builds.clone(), &["lab"]);
        let backwards: Vec<_> = builds.iter().rev().cloned().collect();
        prop_assert_eq!(first, answer(backwards, &["lab"]));
        prop_assert!(!answer(builds.clone(), &["lab", "line"]).is_held());
        // The same sample again is not another build.
        let twice: Vec<_> = builds.iter().chain(&builds).cloned().collect();
        prop_assert_eq!(first, answer(twice, &["lab"]));
        // A further sample can show that two builds are one, never that a lone value is shared.
        let with_one: Vec<_> = builds.iter().cloned().chain([of(&more)]).collect();
        if builds.len() < 2 {
            prop_assert!(answer(with_one, &["lab"]).is_held());
        }
    }
}

#[test]
fn a_popular_value_waits_a_day_after_the_second_kind() {
    use PartnerCategory::{Support, Vendor};
    let at = |hours: i64| {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        start + SignedDuration::from_hours(hours)
    };
    let by = |owner: &str, category, hours| Confirmation {
        owner: owner.to_owned(),
        category,
        at: at(hours),
    };
    let check = |confirmations: &[Confirmation], expected| {
        assert_eq!(confirmed(confirmations), expected, "{confirmations:?}");
    };
    check(&[], Confirmed::Lacks { partners: 0 });
    check(&[by("lab", Vendor, 0)], Confirmed::Lacks { partners: 1 });
    check(&[by("lab", Vendor, 0), by("other-lab", Vendor, 1)], Confirmed::Lacks { partners: 2 });
    check(&[by("lab", Vendor, 0), by("lab", Support, 1)], Confirmed::Lacks { partners: 1 });
    let met = [by("lab", Vendor, 0), by("line", Support, 5), by("house", Support, 9)];
    check(&met, Confirmed::From(at(5) + WAITS));
    assert!(!confirmed(&met).is_met(at(28)));
    assert!(confirmed(&met).is_met(at(29)));
}
