//! The consensus rule, version 1, held by properties and by one golden verdict.

use proptest::prelude::*;
use unwatched_model::class::{Attribution, Class};
use unwatched_model::consensus::judge_v1;
use unwatched_model::criterion::Criterion;
use unwatched_model::opinion::{Opinion, Stance};
use unwatched_model::verdict::{CriterionState, Verdict};

use crate::{family, opinion};

/// Each line is `criterion: + + - ?`, one sign a partner: holds, does not, cannot say.
fn opinions(text: &str) -> Vec<Opinion> {
    let mut made = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (criterion, signs) = line.split_once(':').expect("criterion: signs");
        for (partner, sign) in signs.split_whitespace().enumerate() {
            let stance = match sign {
                "+" => Stance::Holds,
                "-" => Stance::DoesNot,
                "?" => Stance::CannotSay,
                other => panic!("unknown sign {other}"),
            };
            let number = made.len() as u64;
            let partner = format!("partner-{partner}");
            made.push(opinion(number, &partner, criterion.parse().unwrap(), stance));
        }
    }
    made
}

fn judge(opinions: &[Opinion]) -> Verdict {
    judge_v1(&family(), opinions, &[])
}

fn check(text: &str, expected: Class) {
    assert_eq!(judge(&opinions(text)).class, expected, "{text}");
}

fn check_state(signs: &str, expected: CriterionState) {
    let verdict = judge(&opinions(&format!("tracks: {signs}")));
    let tracks = verdict.criteria.iter().find(|c| c.id == Criterion::Tracks).unwrap();
    assert_eq!(tracks.state, expected, "{signs}");
}

#[test]
fn a_criterion_needs_two_partners_and_two_thirds() {
    check_state("+", CriterionState::Open);
    check_state("+ ?", CriterionState::Open);
    check_state("+ +", CriterionState::Holds);
    check_state("+ + -", CriterionState::Holds);
    check_state("+ + - -", CriterionState::Contested);
    check_state("+ + + - -", CriterionState::Contested);
    check_state("+ + + + - -", CriterionState::Holds);
    check_state("- - +", CriterionState::Denied);
    check_state("+ -", CriterionState::Open);
    check_state("+ + ? ? ? ? ?", CriterionState::Holds);
}

#[test]
fn classes_in_their_order() {
    check("tracks: + +\n offered_to_individuals: + +\n hides_itself: + +", Class::Stalkerware);
    check("tracks: + +\n offered_to_individuals: + +\n marketed_covertly: + +", Class::Stalkerware);
    check("tracks: + +\n offered_to_individuals: + +\n resists_removal: + +", Class::Stalkerware);
    check("tracks: + +\n offered_to_individuals: + +", Class::Undecided);
    check("tracks: + +\n hides_itself: + +", Class::Undecided);
    check("legitimate_main_purpose: + +", Class::DualUse);
    check("tracks: + +\n hides_itself: - -", Class::Watchware);
    check("tracks: + +\n hides_itself: - -\n legitimate_main_purpose: + +", Class::DualUse);
    check(
        "tracks: + +\n offered_to_individuals: + +\n hides_itself: + +\n legitimate_main_purpose: + +",
        Class::Stalkerware,
    );
    check("", Class::Undecided);
}

#[test]
fn disputed_only_when_the_contested_criterion_would_change_the_class() {
    check("tracks: + +\n offered_to_individuals: + +\n hides_itself: + + - -", Class::Disputed);
    // Stalkerware all the same: another covert criterion holds.
    check(
        "tracks: + +\n offered_to_individuals: + +\n hides_itself: + + - -\n marketed_covertly: + +",
        Class::Stalkerware,
    );
    check("exfiltrates: + + - -", Class::Undecided);
    // Each contested criterion is supposed settled by itself, the others staying as they are: here
    // neither alone would change the class. Version 1 reads the rule so, for good.
    check(
        "tracks: + + - -\n offered_to_individuals: + + - -\n hides_itself: + +",
        Class::Undecided,
    );
    check("legitimate_main_purpose: + + - -", Class::Disputed);
}

#[test]
fn a_partner_counts_once_by_its_latest_opinion() {
    let mut changed = opinions("tracks: + +");
    changed.push(opinion(90, "partner-0", Criterion::Tracks, Stance::DoesNot));
    let verdict = judge(&changed);
    let tracks = &verdict.criteria[1];
    assert_eq!((tracks.holds, tracks.does_not), (1, 1));
    assert_eq!(verdict.opinions.len(), 2, "the opinion that was changed no longer counts");

    let same_partner_ten_times: Vec<_> =
        (0..10).map(|n| opinion(n, "partner-0", Criterion::Tracks, Stance::Holds)).collect();
    assert_eq!(judge(&same_partner_ten_times).criteria[1].state, CriterionState::Open);
}

#[test]
fn opinions_about_other_families_do_not_count() {
    let mut mixed = opinions("tracks: + +\n hides_itself: - -");
    mixed[0].family = "watch-beta".parse().unwrap();
    assert_eq!(judge(&mixed).class, Class::Undecided);
}

#[test]
fn attributed_classes_stand_beside_the_verdict_and_never_in_it() {
    let listed = [Attribution { source: "a list".into(), class: Class::Stalkerware }];
    let verdict = judge_v1(&family(), &[], &listed);
    assert_eq!(verdict.class, Class::Undecided);
    assert_eq!(verdict.attributed, listed);
}

#[test]
fn a_published_verdict_recomputes_bit_for_bit() {
    let given = opinions("tracks: + + ?\n offered_to_individuals: + +\n hides_itself: + + -");
    let mut text = serde_json::to_string_pretty(&judge(&given)).unwrap();
    text.push('\n');
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/verdict-v1.json");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(golden, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(golden).unwrap());
}

fn any_opinions() -> impl Strategy<Value = Vec<Opinion>> {
    let one = (0..5u8, 0..8usize, 0..3usize);
    proptest::collection::vec(one, 0..40).prop_map(|rows| {
        rows.into_iter()
            .enumerate()
            .map(|(n, (partner, criterion, stance))| {
                let partner = format!("partner-{partner}");
                opinion(n as u64, &partner, Criterion::ALL[criterion], Stance::ALL[stance])
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn the_order_in_which_opinions_are_read_changes_nothing(
        (given, shuffled) in any_opinions().prop_flat_map(|given| {
            (Just(given.clone()), Just(given).prop_shuffle())
        })
    ) {
        prop_assert_eq!(judge(&given), judge(&shuffled));
    }

    #[test]
    fn one_partner_alone_decides_nothing(given in any_opinions()) {
        let mut alone = given;
        for opinion in &mut alone {
            opinion.partner = "partner-0".parse().unwrap();
        }
        let verdict = judge(&alone);
        prop_assert_eq!(verdict.class, Class::Undecided);
        prop_assert!(verdict.criteria.iter().all(|c| c.state == CriterionState::Open));
    }

    #[test]
    fn a_verdict_recomputes_from_the_opinions_it_names(given in any_opinions()) {
        let verdict = judge(&given);
        let named: Vec<_> =
            given.into_iter().filter(|opinion| verdict.opinions.contains(&opinion.id)).collect();
        prop_assert_eq!(judge(&named), verdict);
    }

    #[test]
    fn any_change_to_a_counted_opinion_changes_the_digest(
        given in any_opinions().prop_filter("needs one", |given| !given.is_empty()),
        pick in any::<prop::sample::Index>(),
    ) {
        let before = judge(&given);
        let counted = *pick.get(&before.opinions);
        let mut touched = given;
        let opinion = touched.iter_mut().find(|opinion| opinion.id == counted).unwrap();
        opinion.evidence[0].value.push('!');
        prop_assert_ne!(judge(&touched).opinions_sha256, before.opinions_sha256);
    }
}
