//! The consensus rule, version 2: what it adds to version 1, held by properties and one golden
//! verdict.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use unwatched_model::class::{Attribution, Class};
use unwatched_model::consensus::asking::{Candidate, next_to_ask};
use unwatched_model::consensus::{Judging, VoterFacts, judge_v1, judge_v2, recompute};
use unwatched_model::criterion::Criterion;
use unwatched_model::family::Platform;
use unwatched_model::opinion::{Opinion, Scope, Stance};
use unwatched_model::partner::{PartnerCategory, PartnerSlug, Standing};
use unwatched_model::verdict::{CriterionState, Exclusion, Relative, Verdict};

use crate::{family, opinion};

const TODAY: Date = date(2026, 11, 1);

/// A partner whose slug begins with its category, such as `vendor-1`.
fn facts(slug: &str) -> VoterFacts {
    VoterFacts {
        partner: slug.parse().unwrap(),
        category: slug.split('-').next().unwrap().parse().unwrap(),
        standing: Standing::Full,
        related_to: None,
        conflict: false,
        conflict_with_family: false,
    }
}

fn related(slug: &str, first: &str) -> VoterFacts {
    let Relative { partner, category } =
        Relative { partner: first.parse().unwrap(), category: facts(first).category };
    VoterFacts { related_to: Some(Relative { partner, category }), ..facts(slug) }
}

fn judging(opinions: Vec<Opinion>, changed: &[VoterFacts]) -> Judging {
    let slugs: BTreeSet<_> = opinions.iter().map(|opinion| opinion.partner.clone()).collect();
    let voters = slugs.iter().map(|slug| {
        let changed = changed.iter().find(|facts| facts.partner == *slug);
        changed.cloned().unwrap_or_else(|| facts(slug.as_str()))
    });
    let voters = voters.collect();
    Judging { family: family(), opinions, attributed: Vec::new(), voters, as_of: TODAY }
}

fn state(verdict: &Verdict, criterion: Criterion) -> CriterionState {
    verdict.criteria.iter().find(|count| count.id == criterion).unwrap().state
}

/// `signs` are `vendor-1+ support-1-`: who says of `tracks` that it holds, does not, `?` cannot
/// say, or `0` abstains; in the order given.
fn said(signs: &str) -> Vec<Opinion> {
    signs
        .split_whitespace()
        .zip(0..)
        .map(|(word, number)| {
            let (partner, sign) = word.split_at(word.len() - 1);
            let stance = match sign {
                "+" => Stance::Holds,
                "-" => Stance::DoesNot,
                "?" => Stance::CannotSay,
                "0" => Stance::Abstains,
                other => panic!("unknown sign {other}"),
            };
            opinion(number, partner, Criterion::Tracks, stance)
        })
        .collect()
}

fn check(signs: &str, changed: &[VoterFacts], expected: CriterionState) {
    let verdict = judge_v2(&judging(said(signs), changed));
    assert_eq!(state(&verdict, Criterion::Tracks), expected, "{signs}");
}

#[test]
fn two_categories_are_needed_to_decide_and_none_to_contest() {
    use CriterionState::{Contested, Denied, Holds, Open};
    check("vendor-1+ vendor-2+ vendor-3+", &[], Open);
    check("vendor-1+ vendor-2+ support-1+", &[], Holds);
    check("vendor-1- support-1- vendor-2+", &[], Denied);
    check("vendor-1+ support-1+ vendor-2-", &[], Holds);
    check("vendor-1+ support-1+ vendor-2- vendor-3-", &[], Contested);
    check("vendor-1+ vendor-2+ vendor-3- vendor-4-", &[], Contested);
}

#[test]
fn an_abstention_takes_back_what_was_said() {
    check("vendor-1+ support-1+", &[], CriterionState::Holds);
    check("vendor-1+ support-1+ support-10", &[], CriterionState::Open);
    check("vendor-1+ support-1+ support-10 support-1+", &[], CriterionState::Holds);
    let verdict = judge_v2(&judging(said("vendor-1+ support-1+ support-1? vendor-10"), &[]));
    // `support-1?` then `vendor-10` is vendor-1's abstention.
    let tracks = &verdict.criteria[1];
    assert_eq!((tracks.holds, tracks.cannot_say, tracks.abstains), (0, 1, 1));
}

#[test]
fn partners_of_one_owner_are_one_voice_of_one_category() {
    let sisters = [related("vendor-1", "vendor-1"), related("support-1", "vendor-1")];
    check("vendor-1+ support-1+", &sisters, CriterionState::Open);
    check("vendor-1+ support-1+ vendor-2+", &sisters, CriterionState::Open);
    check("vendor-1+ support-1+ rights-1+", &sisters, CriterionState::Holds);
    // They contradict each other: neither counts.
    check("vendor-1- support-1+ rights-1+ academia-1+", &sisters, CriterionState::Holds);
    let verdict = judge_v2(&judging(said("vendor-1- support-1+"), &sisters));
    let tracks = &verdict.criteria[1];
    assert_eq!((tracks.holds, tracks.does_not, tracks.split), (0, 0, 1));
    // One of them cannot say: the other still may.
    check("vendor-1? support-1+ rights-1+", &sisters, CriterionState::Holds);
}

#[test]
fn whoever_has_a_conflict_or_is_suspended_is_shown_and_does_not_count() {
    let general = VoterFacts { conflict: true, ..facts("vendor-1") };
    let with_family = VoterFacts { conflict_with_family: true, ..facts("vendor-1") };
    let suspended = VoterFacts { standing: Standing::Suspended, ..facts("vendor-1") };
    let left = VoterFacts { standing: Standing::Left, ..facts("vendor-1") };
    let check_excluded = |changed: &VoterFacts, expected: Option<Exclusion>| {
        let all = said("vendor-1+ support-1+");
        let verdict = judge_v2(&judging(all, std::slice::from_ref(changed)));
        let vendor = verdict.voters.iter().find(|v| v.partner == changed.partner).unwrap();
        assert_eq!(vendor.excluded, expected);
        assert_eq!(verdict.opinions.len(), 2, "the opinion stays readable");
        let holds = state(&verdict, Criterion::Tracks) == CriterionState::Holds;
        assert_eq!(holds, expected.is_none());
    };
    check_excluded(&general, Some(Exclusion::ConflictOfInterest));
    check_excluded(&with_family, Some(Exclusion::ConflictWithFamily));
    check_excluded(&suspended, Some(Exclusion::Suspended));
    check_excluded(&left, None);
    let mut nobody = judging(said("vendor-1+ support-1+"), &[]);
    nobody.voters.clear();
    assert!(judge_v2(&nobody).voters.iter().all(|v| v.excluded == Some(Exclusion::Unknown)));
}

#[test]
fn an_opinion_counts_until_its_day() {
    let check_day = |expires: Option<Date>, as_of: Date, expected: CriterionState| {
        let mut given = judging(said("vendor-1+ support-1+"), &[]);
        given.opinions[0].expires = expires;
        given.as_of = as_of;
        let verdict = judge_v2(&given);
        assert_eq!(state(&verdict, Criterion::Tracks), expected, "{expires:?} {as_of}");
        assert_eq!(verdict.expired.is_empty(), expected == CriterionState::Holds);
    };
    let given_on = said("vendor-1+")[0].given_at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let term = given_on.saturating_add(24.months());
    check_day(None, term.yesterday().unwrap(), CriterionState::Holds);
    check_day(None, term, CriterionState::Open);
    check_day(Some(date(2026, 12, 1)), date(2026, 11, 30), CriterionState::Holds);
    check_day(Some(date(2026, 12, 1)), date(2026, 12, 1), CriterionState::Open);
    // An expired answer is no reason to go back to the one it replaced.
    let mut changed = said("vendor-1+ support-1+ support-1?");
    changed[2].expires = Some(TODAY);
    let verdict = judge_v2(&judging(changed, &[]));
    assert_eq!(state(&verdict, Criterion::Tracks), CriterionState::Open);
}

/// Stalkerware by two partners, in a scope each.
fn of_scopes(scopes: [Scope; 2]) -> Vec<Opinion> {
    let criteria = [Criterion::Tracks, Criterion::OfferedToIndividuals, Criterion::HidesItself];
    let mut number = 0;
    let mut all = Vec::new();
    for (partner, scope) in ["vendor-1", "support-1"].into_iter().zip(scopes) {
        for criterion in criteria {
            number += 1;
            let plain = opinion(number, partner, criterion, Stance::Holds);
            all.push(Opinion { scope: scope.clone(), ..plain });
        }
    }
    all
}

fn versions(range: &str) -> Scope {
    Scope { versions: Some(range.to_owned()), ..Scope::default() }
}

fn parts(opinions: Vec<Opinion>) -> (Class, Vec<String>) {
    let verdict = judge_v2(&judging(opinions, &[]));
    let words = verdict.scopes.iter().map(|part| {
        let platform = part.platform.map_or("-", Platform::as_str);
        let range = part.versions.as_deref().unwrap_or("*");
        let day = |day: Option<Date>| day.map_or("-".to_owned(), |day| day.to_string());
        format!("{platform} {range} {} {}: {}", day(part.from), day(part.to), part.class)
    });
    (verdict.class, words.collect())
}

#[test]
fn what_differs_by_version_platform_or_time_is_judged_by_itself() {
    let check = |scopes: [Scope; 2], class: Class, expected: &[&str]| {
        let (found, words) = parts(of_scopes(scopes));
        assert_eq!((found, words.as_slice()), (class, expected.map_to_strings().as_slice()));
    };
    check([Scope::default(), Scope::default()], Class::Stalkerware, &[]);
    check(
        [versions(">=3,<5"), Scope::default()],
        Class::Stalkerware,
        &["- <3 - -: undecided", "- >=3,<5 - -: stalkerware", "- >=5 - -: undecided"],
    );
    check(
        [versions("<3"), versions(">=4")],
        Class::Undecided,
        &["- <3 - -: undecided", "- >=4 - -: undecided"],
    );
    let on = |platform| Scope { platform: Some(platform), ..Scope::default() };
    check(
        [on(Platform::Android), Scope::default()],
        Class::Stalkerware,
        &["android * - -: stalkerware", "- * - -: undecided"],
    );
    check(
        [on(Platform::Android), on(Platform::Android)],
        Class::Stalkerware,
        &["android * - -: stalkerware"],
    );
    let time = |from, to| Scope { from, to, ..Scope::default() };
    check(
        [time(Some(date(2025, 1, 1)), None), time(None, Some(date(2025, 12, 31)))],
        Class::Stalkerware,
        &[
            "- * - 2024-12-31: undecided",
            "- * 2025-01-01 2025-12-31: stalkerware",
            "- * 2026-01-01 -: undecided",
        ],
    );
}

trait MapToStrings {
    fn map_to_strings(&self) -> Vec<String>;
}

impl MapToStrings for [&str] {
    fn map_to_strings(&self) -> Vec<String> {
        self.iter().map(ToString::to_string).collect()
    }
}

#[test]
fn a_later_narrower_answer_replaces_only_what_it_speaks_of() {
    let mut all = of_scopes([Scope::default(), Scope::default()]);
    let shown = opinion(90, "support-1", Criterion::HidesItself, Stance::DoesNot);
    all.push(Opinion { scope: versions(">=5"), ..shown });
    let (class, words) = parts(all);
    assert_eq!(class, Class::Stalkerware, "the older versions are still on phones");
    assert_eq!(words, ["- <5 - -: stalkerware", "- >=5 - -: undecided"]);
}

#[test]
fn a_range_that_nobody_can_read_counts_for_every_version_and_is_said() {
    let all = of_scopes([versions("the old ones"), Scope::default()]);
    let verdict = judge_v2(&judging(all, &[]));
    assert_eq!((verdict.class, verdict.scopes.len()), (Class::Stalkerware, 0));
    assert_eq!(verdict.unread_versions.len(), 3);
}

fn golden() -> (Verdict, Vec<Opinion>) {
    let mut all = of_scopes([versions(">=3,<5"), Scope::default()]);
    all.push(opinion(50, "rights-1", Criterion::HidesItself, Stance::DoesNot));
    all.push(opinion(51, "vendor-2", Criterion::HidesItself, Stance::Abstains));
    all.push(opinion(52, "academia-1", Criterion::Tracks, Stance::Holds));
    all[8].expires = Some(TODAY);
    let changed = [
        VoterFacts { conflict: true, ..facts("rights-1") },
        related("vendor-2", "vendor-1"),
        related("vendor-1", "vendor-1"),
    ];
    let mut judging = judging(all, &changed);
    judging.attributed = vec![Attribution { source: "a list".into(), class: Class::Watchware }];
    (judge_v2(&judging), judging.opinions)
}

#[test]
fn a_published_verdict_recomputes_bit_for_bit() {
    let (verdict, opinions) = golden();
    let mut text = serde_json::to_string_pretty(&verdict).unwrap();
    text.push('\n');
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/verdict-v2.json");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(path).unwrap());
    let read: Verdict = serde_json::from_str(&text).unwrap();
    assert_eq!(recompute(&read, &opinions), Some(verdict));
}

#[test]
fn version_1_still_recomputes_by_its_own_words() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/verdict-v1.json");
    let text = std::fs::read_to_string(path).unwrap();
    let verdict: Verdict = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string_pretty(&verdict).unwrap() + "\n", text);
    let all = said("vendor-1+ support-1+ vendor-2+");
    let verdict = judge_v1(&family(), &all[..2], &[]);
    assert_eq!(recompute(&verdict, &all), Some(verdict), "later opinions change nothing");
}

const CATEGORIES: [&str; 5] = ["vendor", "support", "rights", "academia", "testing"];

fn any_scope() -> impl Strategy<Value = Scope> {
    let range = prop::sample::select(vec![
        None,
        None,
        Some(">=3,<5"),
        Some("4.x"),
        Some("<4.2"),
        Some("=4.2"),
        Some("<2 || >=4.2"),
        Some("the old ones"),
    ]);
    let platform =
        prop::sample::select(vec![None, None, Some(Platform::Android), Some(Platform::Ios)]);
    let day = || {
        prop::option::weighted(0.15, (2024..2027_i16, 1..13_i8).prop_map(|(y, m)| date(y, m, 1)))
    };
    (range, platform, day(), day()).prop_map(|(range, platform, from, to)| {
        let to = to.filter(|to| from.is_none_or(|from| from <= *to));
        Scope { platform, versions: range.map(str::to_owned), from, to }
    })
}

/// Of ten partners in five categories; every second one with a relative in another category.
fn any_judging(scoped: bool) -> impl Strategy<Value = Judging> {
    let one = (
        0..5usize,
        1..3u8,
        0..8usize,
        0..4usize,
        any_scope(),
        prop::option::weighted(0.1, 1..12_i8),
    );
    let changed = (prop::collection::vec(0..6u8, 10), any::<bool>());
    (prop::collection::vec(one, 0..40), changed).prop_map(move |(rows, (changed, conflicts))| {
        let opinions = rows.into_iter().zip(0..).map(
            |((category, nth, criterion, stance, scope, month), n)| {
                let partner = format!("{}-{nth}", CATEGORIES[category]);
                let plain = opinion(n, &partner, Criterion::ALL[criterion], Stance::ALL[stance]);
                let expires = month.filter(|_| scoped).map(|month| date(2026, month, 15));
                Opinion { scope: if scoped { scope } else { Scope::default() }, expires, ..plain }
            },
        );
        let voters = all_partners().zip(changed).map(|(slug, change)| match change {
            1 if conflicts => VoterFacts { conflict: true, ..facts(&slug) },
            2 if conflicts => VoterFacts { conflict_with_family: true, ..facts(&slug) },
            3 | 4 => related(&slug, "vendor-1"),
            5 => related(&slug, "support-2"),
            _ => facts(&slug),
        });
        let opinions: Vec<_> = opinions.collect();
        let voters: Vec<_> = voters.collect();
        judging(opinions, &voters)
    })
}

fn all_partners() -> impl Iterator<Item = String> {
    CATEGORIES.into_iter().flat_map(|category| [format!("{category}-1"), format!("{category}-2")])
}

fn with(judging: &Judging, added: Opinion, facts: VoterFacts) -> Judging {
    let mut more = judging.clone();
    if !more.voters.iter().any(|known| known.partner == facts.partner) {
        more.voters.push(facts);
    }
    more.opinions.push(added);
    more
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_order_in_which_opinions_are_read_changes_nothing(
        (given, shuffled) in any_judging(true).prop_flat_map(|given| {
            let shuffled = Just(given.opinions.clone()).prop_shuffle();
            (Just(given), shuffled)
        })
    ) {
        let opinions = Judging { opinions: shuffled, ..given.clone() };
        prop_assert_eq!(judge_v2(&given), judge_v2(&opinions));
    }

    #[test]
    fn a_verdict_recomputes_from_itself_and_the_opinions_it_names(given in any_judging(true)) {
        let verdict = judge_v2(&given);
        let named: Vec<_> = given.opinions.iter().filter(|o| verdict.opinions.contains(&o.id)).cloned().collect();
        prop_assert_eq!(recompute(&verdict, &given.opinions), Some(verdict.clone()));
        prop_assert_eq!(recompute(&verdict, &named), Some(verdict.clone()));
        let text = serde_json::to_string(&verdict).unwrap();
        prop_assert_eq!(serde_json::from_str::<Verdict>(&text).unwrap(), verdict);
    }

    #[test]
    fn one_category_alone_decides_nothing(given in any_judging(true)) {
        let mut alone = given;
        alone.voters.clear();
        for (at, opinion) in alone.opinions.iter_mut().enumerate() {
            opinion.partner = format!("vendor-{}", at % 7).parse().unwrap();
        }
        let verdict = judge_v2(&judging(alone.opinions, &[]));
        let settled = |state| matches!(state, CriterionState::Holds | CriterionState::Denied);
        prop_assert!(verdict.criteria.iter().all(|count| !settled(count.state)));
        prop_assert!(matches!(verdict.class, Class::Undecided | Class::Disputed));
    }

    #[test]
    fn one_owner_alone_decides_nothing(given in any_judging(true)) {
        let mut alone = given;
        alone.voters = all_partners().map(|slug| related(&slug, "vendor-1")).collect();
        let verdict = judge_v2(&alone);
        prop_assert_eq!(verdict.class, Class::Undecided);
        prop_assert!(verdict.criteria.iter().all(|count| count.state == CriterionState::Open));
    }

    #[test]
    fn an_excluded_or_echoing_partner_never_changes_the_class(
        given in any_judging(false), criterion in 0..8usize, stance in 0..4usize,
    ) {
        let before = judge_v2(&given);
        let added = opinion(900, "individual-9", Criterion::ALL[criterion], Stance::ALL[stance]);
        let excluded = VoterFacts { conflict_with_family: true, ..facts("individual-9") };
        let after = judge_v2(&with(&given, added, excluded));
        prop_assert_eq!((after.class, after.criteria), (before.class, before.criteria.clone()));
        // A relative who says what its sister already says adds nothing.
        let Some(sister) = given.opinions.iter().rev().find(|said| {
            let latest = given.opinions.iter().rev().find(|o| (o.criterion, &o.partner) == (said.criterion, &said.partner));
            latest.is_some_and(|latest| latest.id == said.id)
        }) else { return Ok(()) };
        let of_sister = given.voters.iter().find(|known| known.partner == sister.partner).unwrap();
        let first = of_sister.related_to.clone().unwrap_or_else(|| Relative {
            partner: sister.partner.clone(), category: of_sister.category,
        });
        let echo = opinion(901, "individual-8", sister.criterion, sister.stance);
        let echoing = VoterFacts { related_to: Some(first), ..facts("individual-8") };
        let sister_counts = !(of_sister.conflict || of_sister.conflict_with_family);
        let after = judge_v2(&with(&given, echo, echoing));
        if sister_counts {
            prop_assert_eq!((after.class, after.criteria), (before.class, before.criteria));
        }
    }

    #[test]
    fn agreement_never_takes_a_criterion_away(
        given in any_judging(true), criterion in 0..8usize, partner in 0..10usize,
    ) {
        let criterion = Criterion::ALL[criterion];
        let before = judge_v2(&given);
        let slug = all_partners().nth(partner).unwrap();
        let added = opinion(900, &slug, criterion, Stance::Holds);
        let more = with(&given, added, facts(&slug));
        let after = judge_v2(&more);
        let holds = |verdict: &Verdict| state(verdict, criterion) == CriterionState::Holds;
        // The part that speaks for the family may be another one then: each part is compared.
        if before.scopes.is_empty() && after.scopes.is_empty() {
            prop_assert!(!holds(&before) || holds(&after));
        }
        let everywhere = |verdict: &Verdict| {
            !verdict.scopes.is_empty() && verdict.scopes.iter().all(|part| {
                part.criteria.iter().any(|c| c.id == criterion && c.state == CriterionState::Holds)
            })
        };
        if everywhere(&before) && !after.scopes.is_empty() {
            let spoken = after.scopes.len() <= before.scopes.len();
            prop_assert!(!spoken || everywhere(&after));
        }
    }

    #[test]
    fn without_scope_conflict_owner_or_expiry_it_is_version_1(given in any_judging(false)) {
        let mut plain = given;
        plain.opinions.retain(|opinion| opinion.partner.as_str().ends_with("-1"));
        let plain = judging(plain.opinions, &[]);
        let second = judge_v2(&plain);
        let first = judge_v1(&family(), &plain.opinions, &[]);
        prop_assert!(second.scopes.is_empty());
        prop_assert_eq!((second.class, &second.opinions), (first.class, &first.opinions));
        prop_assert_eq!(second.opinions_sha256, first.opinions_sha256);
    }
}

fn candidate(slug: &str, open_questions: u32) -> Candidate {
    Candidate { facts: facts(slug), open_questions }
}

#[test]
fn the_next_to_ask_are_those_who_could_settle_it() {
    let probation = VoterFacts { standing: Standing::Probation, ..facts("testing-1") };
    let conflicted = VoterFacts { conflict: true, ..facts("testing-2") };
    let sister = related("testing-3", "vendor-1");
    let mut candidates: Vec<_> = [probation, conflicted, sister, related("vendor-1", "vendor-1")]
        .into_iter()
        .map(|facts| Candidate { facts, open_questions: 0 })
        .collect();
    candidates.extend([
        candidate("police-1", 0),
        candidate("vendor-2", 0),
        candidate("vendor-3", 4),
        candidate("support-1", 7),
        candidate("rights-1", 3),
    ]);
    let opinions = said("vendor-1+");
    let check = |asked: &[&str], wanted: usize, expected: &[&str]| {
        let asked: BTreeSet<PartnerSlug> = asked.iter().map(|slug| slug.parse().unwrap()).collect();
        let next = next_to_ask(Criterion::Tracks, &opinions, &candidates, &asked, wanted);
        assert_eq!(next.into_iter().map(PartnerSlug::as_str).collect::<Vec<_>>(), expected);
    };
    check(&[], 2, &["rights-1", "support-1"]);
    check(&["rights-1", "support-1"], 2, &["vendor-2", "vendor-3"]);
    check(&["rights-1"], 9, &["support-1", "vendor-2", "vendor-3"]);
    check(&["rights-1", "support-1", "vendor-2", "vendor-3"], 2, &[]);
    assert!(PartnerCategory::ALL.len() > CATEGORIES.len());
}
