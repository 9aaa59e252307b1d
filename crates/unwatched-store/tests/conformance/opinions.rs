//! Opinions and verdicts.

use jiff::ToSpan;
use unwatched_model::class::Class;
use unwatched_model::consensus::asking::{Candidate, Plan, Put};
use unwatched_model::consensus::{Judging, judge, judge_v1, limits};
use unwatched_model::criterion::Criterion;
use unwatched_model::family::{FamilyId, Platform};
use unwatched_model::opinion::{EvidenceKind, Opinion, OpinionEvidence, OpinionId, Scope, Stance};
use unwatched_model::partner::PartnerSlug;
use unwatched_model::verdict::Verdict;
use unwatched_store::{Store, StoreError};
use uuid::Uuid;

use crate::stand::{Stand, at, operator};

fn within_limits(judging: &Judging, opinion: &Opinion) -> Result<(), String> {
    limits::admit(judging, opinion.id).map_err(|error| error.to_string())
}

crate::both!(
    opinions_come_back_as_given,
    a_verdict_recomputes_from_the_opinions_kept,
    opinions_point_at_what_is_there,
    verdicts_are_appended_when_they_change,
    the_same_verdict_saved_at_once_is_kept_once,
    opinions_given_at_once_all_count,
    an_opinion_that_cannot_be_kept_changes_no_verdict,
    a_later_opinion_counts_though_the_clock_was_set_back,
    what_is_known_of_voters_is_read_with_the_opinions,
    a_day_that_passes_makes_no_new_verdict,
    questions_are_put_once_answered_and_closed,
);

pub(crate) fn opinion(
    n: u128,
    family: &FamilyId,
    partner: &PartnerSlug,
    criterion: Criterion,
) -> Opinion {
    Opinion {
        id: OpinionId(Uuid::from_u128(n)),
        partner: partner.clone(),
        family: family.clone(),
        criterion,
        stance: Stance::Holds,
        evidence: vec![OpinionEvidence {
            kind: EvidenceKind::Note,
            value: "\u{202e}we \0saw 'it'".to_owned(),
            place: Some("in a lab".to_owned()),
        }],
        scope: Scope { platform: Some(Platform::Android), ..Scope::default() },
        note: Some("sure \"of\" it; שלום".to_owned()),
        given_at: at(0),
        expires: None,
    }
}

/// Every opinion on a family, as a verdict reads them.
async fn kept(stand: &Stand, family: &FamilyId) -> Vec<Opinion> {
    stand.judging(family, at(0)).await.unwrap().opinions
}

/// Saves a verdict as if the rule had said it; whether it was another than the latest.
async fn save(store: &Store, verdict: &Verdict, second: i64) -> Result<bool, StoreError> {
    let says = |_: &Judging| verdict.clone();
    let saved = store.judge(&verdict.family, says, &operator(), at(second)).await?;
    Ok(saved.1)
}

async fn opinions_come_back_as_given(stand: &Stand) {
    let (family, by) = (stand.named("Watch").await, stand.partner("alpha").await);
    let mut late = opinion(1, &family, &by, Criterion::Tracks);
    late.given_at = at(9);
    let early = opinion(2, &family, &by, Criterion::HidesItself);
    let same_time =
        Opinion { note: None, ..opinion(1 << 100, &family, &by, Criterion::ResistsRemoval) };
    for opinion in [&late, &same_time, &early] {
        assert_eq!(stand.add_opinion(opinion, &operator()).await.unwrap(), *opinion);
    }
    let all = kept(stand, &family).await;
    assert_eq!(all, [early, same_time, late.clone()], "by time, then id");
    let refused = stand.add_opinion(&Opinion { note: None, ..late }, &operator()).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    assert_eq!(kept(stand, &family).await, all);
}

async fn a_verdict_recomputes_from_the_opinions_kept(stand: &Stand) {
    let family = stand.named("Watch").await;
    let mut given = Vec::new();
    for (n, slug) in ["alpha", "beta"].into_iter().enumerate() {
        let by = stand.partner(slug).await;
        for (m, criterion) in Criterion::ALL.into_iter().enumerate() {
            let mut opinion = opinion((n * 8 + m) as u128, &family, &by, criterion);
            opinion.given_at = "2026-01-01T00:00:00.123456789Z".parse().unwrap();
            given.push(stand.add_opinion(&opinion, &operator()).await.unwrap());
        }
    }
    assert_eq!(given[0].given_at, "2026-01-01T00:00:00.123456Z".parse().unwrap());
    let verdict = judge_v1(&family, &given, &[]);
    assert_eq!(verdict.class, Class::Stalkerware);
    assert!(save(stand, &verdict, 1).await.unwrap());
    let again = judge_v1(&family, &kept(stand, &family).await, &[]);
    assert_eq!(stand.verdict(&family).await.unwrap(), Some(again));
}

async fn opinions_point_at_what_is_there(stand: &Stand) {
    let (family, by) = (stand.named("Watch").await, stand.partner("alpha").await);
    let nowhere = opinion(1, &"nowhere".parse().unwrap(), &by, Criterion::Tracks);
    let nobody = opinion(2, &family, &"nobody".parse().unwrap(), Criterion::Tracks);
    for opinion in [nowhere, nobody] {
        let refused = stand.add_opinion(&opinion, &operator()).await;
        assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    }
    let verdict = judge_v1(&"nowhere".parse().unwrap(), &[], &[]);
    let refused = save(stand, &verdict, 0).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
}

async fn verdicts_are_appended_when_they_change(stand: &Stand) {
    let (alpha, beta) = (stand.named("Alpha").await, stand.named("Beta").await);
    assert_eq!(stand.verdict(&alpha).await.unwrap(), None);
    let undecided = judge_v1(&alpha, &[], &[]);
    let mut changed = undecided.clone();
    changed.class = Class::Watchware;
    let other = judge_v1(&beta, &[], &[]);
    assert!(save(stand, &undecided, 1).await.unwrap());
    assert!(!save(stand, &undecided, 2).await.unwrap(), "it is the same");
    assert!(save(stand, &changed, 3).await.unwrap());
    assert!(save(stand, &other, 4).await.unwrap());
    assert!(save(stand, &undecided, 5).await.unwrap(), "it changed back");
    let history = stand.verdict_history(&alpha).await.unwrap();
    assert_eq!(history, [(at(1), undecided.clone()), (at(3), changed), (at(5), undecided.clone())]);
    assert_eq!(stand.verdict(&alpha).await.unwrap().as_ref(), Some(&undecided));
    assert_eq!(stand.verdicts().await.unwrap(), [undecided, other]);
}

async fn the_same_verdict_saved_at_once_is_kept_once(stand: &Stand) {
    let family = stand.named("Alpha").await;
    let verdict = judge_v1(&family, &[], &[]);
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let (store, verdict) = (stand.store.clone(), verdict.clone());
            tokio::spawn(async move { save(&store, &verdict, n).await.unwrap() })
        })
        .collect();
    let mut saved = 0;
    for task in tasks {
        saved += u32::from(task.await.unwrap());
    }
    assert_eq!((saved, stand.verdict_history(&family).await.unwrap().len()), (1, 1));
}

async fn opinions_given_at_once_all_count(stand: &Stand) {
    let family = stand.named("Alpha").await;
    let mut tasks = Vec::new();
    for n in 0..6 {
        let by = stand.partner(&format!("partner-{n}")).await;
        let (store, opinion) = (stand.store.clone(), opinion(n, &family, &by, Criterion::Tracks));
        tasks.push(tokio::spawn(async move {
            store.give_opinion(&opinion, within_limits, judge, &operator(), at(1)).await.unwrap()
        }));
    }
    for task in tasks {
        let given = task.await.unwrap();
        assert!(given.changed && given.verdict.opinions.contains(&given.opinion.id));
    }
    let latest = stand.verdict(&family).await.unwrap().unwrap();
    assert_eq!(latest.opinions.len(), 6, "no verdict was saved over a later one");
    let judged = stand.judge(&family, judge, &operator(), at(2)).await.unwrap();
    assert_eq!(judged, (latest, false));
    assert_eq!(stand.verdict_history(&family).await.unwrap().len(), 6);
}

async fn an_opinion_that_cannot_be_kept_changes_no_verdict(stand: &Stand) {
    let (family, by) = (stand.named("Alpha").await, stand.partner("alpha").await);
    let first = opinion(1, &family, &by, Criterion::Tracks);
    stand.give_opinion(&first, within_limits, judge, &operator(), at(0)).await.unwrap();
    let nul =
        Opinion { note: Some("a\0b".to_owned()), ..opinion(2, &family, &by, first.criterion) };
    for refused in [nul, first] {
        let refused = stand.give_opinion(&refused, within_limits, judge, &operator(), at(1)).await;
        let kind = matches!(refused, Err(StoreError::Invalid(_) | StoreError::Conflict(_)));
        assert!(kind, "{refused:?}");
    }
    let other = opinion(3, &family, &by, Criterion::Tracks);
    let no = |_: &Judging, kept: &Opinion| Err(format!("not {}", kept.id));
    let refused = stand.give_opinion(&other, no, judge, &operator(), at(1)).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    assert_eq!(kept(stand, &family).await.len(), 1);
    assert_eq!(stand.verdict_history(&family).await.unwrap().len(), 1);
}

async fn a_later_opinion_counts_though_the_clock_was_set_back(stand: &Stand) {
    let family = stand.named("Watch").await;
    let (alpha, beta) = (stand.partner("alpha").await, stand.partner("beta").await);
    let tracks = |n, by| opinion(n, &family, by, Criterion::Tracks);
    for (n, by) in [(9, &alpha), (8, &beta)] {
        stand.give_opinion(&tracks(n, by), within_limits, judge, &operator(), at(0)).await.unwrap();
    }
    let changed = Opinion { stance: Stance::DoesNot, given_at: at(-60), ..tracks(7, &alpha) };
    let given =
        stand.give_opinion(&changed, within_limits, judge, &operator(), at(-60)).await.unwrap();
    assert_eq!(given.opinion.given_at, at(0) + 1.microsecond());
    let tracks_now = given.verdict.criteria.iter().find(|c| c.id == Criterion::Tracks).unwrap();
    assert_eq!((tracks_now.holds, tracks_now.does_not), (1, 1));
    let again = Opinion { stance: Stance::CannotSay, given_at: at(-50), ..tracks(6, &alpha) };
    assert_eq!(
        stand.add_opinion(&again, &operator()).await.unwrap().given_at,
        at(0) + 2.microseconds()
    );
    // Another criterion has its own times.
    let hides =
        Opinion { given_at: at(-40), ..opinion(5, &family, &alpha, Criterion::HidesItself) };
    assert_eq!(stand.add_opinion(&hides, &operator()).await.unwrap().given_at, at(-40));
    let all = stand.all_judgings(at(0)).await.unwrap().remove(0).opinions;
    assert_eq!(all, kept(stand, &family).await);
    assert_eq!(all.len(), 5);
}

/// Keeps an opinion, for cases that mind nothing else.
pub(crate) async fn give(stand: &Stand, opinion: &Opinion) {
    stand.add_opinion(opinion, &operator()).await.unwrap();
}

async fn what_is_known_of_voters_is_read_with_the_opinions(stand: &Stand) {
    let family = stand.named("Watch").await;
    let (alpha, beta) = (stand.partner("alpha").await, stand.partner("beta").await);
    stand.add_opinion(&opinion(1, &family, &alpha, Criterion::Tracks), &operator()).await.unwrap();
    stand.add_conflict(&beta, &family, "sells a rival", &operator(), at(1)).await.unwrap();
    stand.add_conflict(&beta, &family, "sold a rival", &operator(), at(2)).await.unwrap();
    let listed = stand.conflicts_with(&family).await.unwrap();
    assert_eq!(listed[0].partner, beta);
    assert_eq!((listed.len(), listed[0].why.as_str()), (1, "sold a rival"));
    assert_eq!(listed[0].added_at, at(1));
    let judging = stand.judging(&family, at(3)).await.unwrap();
    let known: Vec<_> = judging
        .voters
        .iter()
        .map(|facts| (facts.partner.as_str(), facts.conflict_with_family))
        .collect();
    assert_eq!(known, [("alpha", false), ("beta", true)]);
    assert_eq!(judging.as_of, "2026-01-01".parse().unwrap());
    let only = stand.all_judgings(at(3)).await.unwrap();
    assert_eq!((only.len(), only[0].voters.len()), (1, 1), "only those who gave opinions");
    assert!(stand.remove_conflict(&beta, &family, &operator(), at(4)).await.unwrap());
    assert!(!stand.remove_conflict(&beta, &family, &operator(), at(4)).await.unwrap());
    let nowhere = "nowhere".parse().unwrap();
    let refused = stand.add_conflict(&beta, &nowhere, "why", &operator(), at(5)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    let refused = stand.add_conflict(&beta, &family, " ", &operator(), at(5)).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
}

async fn a_day_that_passes_makes_no_new_verdict(stand: &Stand) {
    let (family, by) = (stand.named("Watch").await, stand.partner("alpha").await);
    let day = 24 * 60 * 60;
    let mut expiring = opinion(1, &family, &by, Criterion::Tracks);
    expiring.expires = Some("2026-01-03".parse().unwrap());
    let given =
        stand.give_opinion(&expiring, within_limits, judge, &operator(), at(0)).await.unwrap();
    assert_eq!(given.opinion.expires, expiring.expires);
    assert_eq!(kept(stand, &family).await, [given.opinion]);
    let again = stand.judge(&family, judge, &operator(), at(day)).await.unwrap();
    assert!(!again.1, "only the day differs");
    let (verdict, changed) = stand.judge(&family, judge, &operator(), at(2 * day)).await.unwrap();
    assert!(changed && verdict.expired == [expiring.id]);
}

async fn questions_are_put_once_answered_and_closed(stand: &Stand) {
    let (family, by) = (stand.named("Watch").await, stand.partner("alpha").await);
    let (beta, gamma) = (stand.partner("beta").await, stand.partner("gamma").await);
    let criterion = Criterion::Tracks;
    let ask = |partners: Vec<PartnerSlug>| {
        move |_: &Judging, _: &[Put], _: &[Candidate]| Plan {
            ask: partners.iter().map(|partner| (criterion, partner.clone())).collect(),
            close: Vec::new(),
        }
    };
    let both = vec![beta.clone(), gamma.clone()];
    stand.ask(&family, ask(both.clone()), &operator(), at(1)).await.unwrap();
    stand.ask(&family, ask(both), &operator(), at(2)).await.unwrap();
    let asked = stand.questions_on(&family).await.unwrap();
    assert_eq!((asked.len(), asked[0].asked_at), (2, at(1)), "nobody is asked twice");
    assert_eq!(stand.questions_for(&beta).await.unwrap().len(), 1);
    assert!(stand.questions_for(&by).await.unwrap().is_empty());
    let answer = opinion(1, &family, &beta, criterion);
    stand.give_opinion(&answer, within_limits, judge, &operator(), at(3)).await.unwrap();
    assert!(stand.questions_for(&beta).await.unwrap().is_empty());
    let seen = |_: &Judging, put: &[Put], candidates: &[Candidate]| {
        assert_eq!(put.iter().filter(|put| put.is_open).count(), 1);
        let open: u32 = candidates.iter().map(|candidate| candidate.open_questions).sum();
        assert_eq!(open, 1);
        Plan { ask: Vec::new(), close: vec![criterion] }
    };
    stand.ask(&family, seen, &operator(), at(4)).await.unwrap();
    assert!(stand.questions_for(&gamma).await.unwrap().is_empty());
    let done = stand.questions_on(&family).await.unwrap();
    assert_eq!((done[0].answered_at, done[1].closed_at), (Some(at(3)), Some(at(4))));
    assert_eq!(stand.discussed_families().await.unwrap(), [family]);
}
