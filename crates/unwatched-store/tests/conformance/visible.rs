//! Lists in SQL are `access::may`, row by row: partners, groups, TLP, PAP, roles, categories,
//! scopes, several submissions of one sample; both engines. What is found by way of something else
//! is in [`kin`].

mod kin;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use unwatched_model::access::{self, Action, Shared, Sharing};
use unwatched_model::digest::Sha256;
use unwatched_model::indicator::{Indicator, IndicatorKind};
use unwatched_model::report::FileFormat;
use unwatched_model::tlp::Tlp;
use unwatched_store::{
    Capped, Handling, HitKind, IndicatorRow, NewSample, SampleFilter, SampleRow, SampleState,
    Visible,
};

use self::world::{
    Dice, Known, Said, all_analysed, how, partner, population, reads, regroup, viewer,
};
use crate::stand::{Stand, acting, at, indicator, new_sample, report, sha256};

crate::both!(
    lists_are_what_the_rule_allows_row_by_row,
    a_submission_that_does_not_reach_one_leaves_no_trace,
);

const ROUNDS: usize = 8;
const INDICATORS_EACH: usize = 40;
const SAMPLES_EACH: usize = 25;
const VIEWERS_EACH: usize = 12;
/// For so many of them each thing is asked for by its id, too.
const ONE_BY_ONE: usize = 2;

async fn lists_are_what_the_rule_allows_row_by_row(stand: &Stand) {
    let mut dice = Dice(7);
    let mut people = population(stand).await;
    let family = stand.named("Watch Alpha").await;
    let mut known = Known::default();
    let mut pairs = 0;
    for round in 0..ROUNDS {
        regroup(stand, &mut people, &mut dice).await;
        for n in 0..INDICATORS_EACH {
            let (by, sharing) = how(&people, &mut dice);
            let value = format!("p{round}x{n}.watch.example");
            let of = indicator(&family, IndicatorKind::Domain, &value);
            let of = Indicator { tlp: sharing.tlp, ..of };
            let Sharing { pap, group, .. } = sharing.clone();
            // Each value is one partner's alone: it is held unless that one declares it public.
            let declared_public = dice.below(2) == 0;
            let handling = Handling { pap, group, declared_public };
            let added = stand.add_indicator(&of, &handling, &by, at(1)).await.unwrap();
            known.indicators.insert(added.id, (by, sharing, !declared_public));
        }
        for n in 0..SAMPLES_EACH {
            let name = format!("s{round}x{n}");
            for _ in 0..=dice.below(3) {
                let (by, sharing) = how(&people, &mut dice);
                let second = i64::try_from(dice.below(1_000)).unwrap();
                let sample = NewSample { sharing: sharing.clone(), ..new_sample(&name, &by) };
                stand.add_sample(&sample, &acting(&by), at(second)).await.unwrap();
                let said = known.samples.entry(sample.sha256).or_default();
                said.push((by, sharing, second));
            }
            let report = report(&name, "com.example.watch");
            stand.save_report(&report.sha256.clone(), &report, "e", at(2_000)).await.unwrap();
        }
        all_analysed(stand).await;
        for turn in 0..VIEWERS_EACH {
            let viewer = viewer(&people, &mut dice);
            pairs += compare(stand, &known, &viewer, &family, turn < ONE_BY_ONE).await;
        }
    }
    assert!(pairs > 10_000, "{pairs} pairs of a viewer and a row");
}

/// Every list of the store, for one viewer, against the rule.
async fn compare(
    stand: &Stand,
    known: &Known,
    viewer: &access::Viewer,
    family: &unwatched_model::family::FamilyId,
    thoroughly: bool,
) -> usize {
    let to = Visible::to(viewer);
    let reads = |action, shared: &[Shared<'_>]| reads(viewer, action, shared);
    let expected: Vec<i64> = known
        .indicators
        .iter()
        .filter(|(_, (by, sharing, held))| {
            reads(Action::ReadIndicators, &[Shared { by: Some(by), sharing, held: *held }])
        })
        .map(|(id, _)| *id)
        .collect();
    let rows = stand.all_indicators(&to).await.unwrap();
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    assert_eq!(ids, expected, "{viewer:?}");
    let of_family = stand.indicators_of(family, &to).await.unwrap();
    assert_eq!(of_family, rows);
    let mut first = rows.clone();
    let order = |row: &IndicatorRow| {
        let of = &row.indicator;
        (of.kind.as_str(), row.normalised.clone(), of.role.as_str(), of.source.clone(), row.id)
    };
    first.sort_by_key(order);
    first.truncate(9);
    assert_eq!(stand.first_indicators_of(family, 9, &to).await.unwrap(), first);
    for row in &rows {
        let (by, sharing, held) = &known.indicators[&row.id];
        let named = Some(by) == partner(viewer)
            || reads(Action::ReadSubmitters, &[Shared { by: Some(by), sharing, held: *held }]);
        assert_eq!(row.by.as_ref(), Some(by).filter(|_| named), "{viewer:?}");
    }
    let expected: BTreeMap<Sha256, Vec<_>> = known
        .samples
        .iter()
        .filter(|(_, said)| {
            let shared: Vec<_> = said
                .iter()
                .map(|(by, sharing, _)| Shared { by: Some(by), sharing, held: false })
                .collect();
            reads(Action::ReadSamples, &shared)
        })
        .map(|(sha256, said)| {
            let shown = said.iter().filter(|(by, sharing, _)| {
                reads(Action::ReadSubmitters, &[Shared { by: Some(by), sharing, held: false }])
            });
            (*sha256, shown.cloned().collect())
        })
        .collect();
    let rows = pages(stand, &to).await;
    let found: BTreeMap<_, _> = rows.iter().map(|row| (row.sha256, said(row))).collect();
    assert_eq!(found.len(), rows.len(), "no sample stands twice");
    assert_eq!(found, expected, "{viewer:?}");
    for row in &rows {
        let first = expected[&row.sha256].iter().map(|(.., second)| *second).min();
        assert_eq!(Some(row.first_seen), first.map(at), "only what reaches them counts");
        let named = row.submissions.iter().filter(|one| one.file_name.is_some());
        assert!(named.into_iter().all(|one| Some(&one.by) == partner(viewer)));
    }
    let of_package = stand.samples_of_package("com.example.watch", 1_000, &to).await.unwrap();
    let distinct: BTreeSet<_> = of_package.iter().copied().collect();
    let latest = stand.samples_of_package("com.example.watch", 5, &to).await.unwrap();
    assert_eq!(latest, of_package[..of_package.len().min(5)]);
    assert_eq!((distinct.len(), distinct), (of_package.len(), expected.keys().copied().collect()));
    found_by_searching(stand, known, &to, (&ids, &expected)).await;
    if thoroughly {
        one_by_one(stand, known, &to, (&ids, &expected)).await;
    }
    in_other_lists(stand, &to, &expected).await;
    in_the_feed(stand, &to, (&ids, &expected)).await;
    known.indicators.len() + known.samples.len()
}

/// Whatever is asked for by its id is there for whom the lists have it, and for nobody else.
async fn one_by_one(
    stand: &Stand,
    known: &Known,
    to: &Visible,
    (indicators, samples): (&[i64], &BTreeMap<Sha256, Said>),
) {
    for sha256 in known.samples.keys() {
        let seen = samples.contains_key(sha256);
        assert_eq!(stand.sample(sha256, to).await.unwrap().is_some(), seen);
        assert_eq!(stand.report(sha256, to).await.unwrap().is_some(), seen);
        assert_eq!(!stand.reports_on(sha256, to).await.unwrap().is_empty(), seen);
        assert_eq!(stand.queue_place(sha256, to).await.unwrap().is_some(), seen);
    }
    let every: Vec<_> = known.indicators.keys().copied().collect();
    let among = stand.indicators_with_ids(&every, to).await.unwrap();
    assert_eq!(among.iter().map(|row| row.id).collect::<Vec<_>>(), indicators);
    for id in every {
        let seen = indicators.contains(&id);
        assert_eq!(stand.indicator(id, to).await.unwrap().is_some(), seen);
    }
    for row in among.iter().take(9) {
        let alike = stand.indicators_matching(None, &row.normalised, to).await.unwrap();
        assert_eq!(alike, std::slice::from_ref(row), "each value was given once");
    }
}

/// The lists that are cut in other ways hold the same samples: all of one package, one certificate
/// and one format, analysed, and sorted by nobody.
async fn in_other_lists(stand: &Stand, to: &Visible, samples: &BTreeMap<Sha256, Said>) {
    let expected: BTreeSet<_> = samples.keys().copied().collect();
    let package = Some("com.example.watch".to_owned());
    for filter in [
        SampleFilter { package, ..SampleFilter::default() },
        SampleFilter { format: Some(FileFormat::Apk), ..SampleFilter::default() },
        SampleFilter { state: Some(SampleState::Analysed), ..SampleFilter::default() },
    ] {
        let rows = stand.samples_by(to, &filter, None, 1_000).await.unwrap();
        let found: BTreeSet<_> = rows.iter().map(|row| row.sha256).collect();
        assert_eq!((rows.len(), found), (expected.len(), expected.clone()), "{filter:?}");
    }
    let certificate = sha256("certificate of com.example.watch").to_string();
    let rows = stand.samples_with_certificate(&certificate, 1_000, to).await.unwrap();
    assert_eq!(rows.into_iter().collect::<BTreeSet<_>>(), expected);
    let queue = stand.queue(to, None, 1_000).await.unwrap();
    let waiting: BTreeSet<_> = queue.iter().map(|queued| queued.sample.sha256).collect();
    assert_eq!((queue.len(), waiting), (expected.len(), expected.clone()));
    let counted = stand.queue_length(to, 1_000).await.unwrap();
    assert_eq!(counted, Capped::Exactly(u64::try_from(expected.len()).unwrap()));
}

/// The feed of changes tells of the same things and no others, of each submission that is seen, and
/// of each sample that there is something to read of it.
async fn in_the_feed(
    stand: &Stand,
    to: &Visible,
    (indicators, samples): (&[i64], &BTreeMap<Sha256, Said>),
) {
    let changes = stand.changes_after(0, 100_000, to).await.unwrap();
    assert!(changes.is_sorted_by(|a, b| a.seq < b.seq));
    let of = |kind: &str| {
        let of_kind = changes.iter().filter(|change| change.kind == kind);
        of_kind.map(|change| change.object.clone()).collect::<Vec<_>>()
    };
    let numbers: BTreeSet<_> = indicators.iter().map(ToString::to_string).collect();
    assert_eq!(of("indicator.added").into_iter().collect::<BTreeSet<_>>(), numbers);
    let submissions = samples.iter().flat_map(|(sha256, said)| said.iter().map(move |_| sha256));
    let mut submitted = of("sample.submitted");
    submitted.sort_unstable();
    assert_eq!(submitted, submissions.map(ToString::to_string).collect::<Vec<_>>());
    let read: BTreeSet<_> = of("sample.analysed").into_iter().collect();
    assert_eq!(read, samples.keys().map(ToString::to_string).collect());
}

async fn found_by_searching(
    stand: &Stand,
    known: &Known,
    to: &Visible,
    (indicators, samples): (&[i64], &BTreeMap<Sha256, Said>),
) {
    let (mut found, mut after) = (BTreeSet::new(), None::<String>);
    loop {
        let page = stand.search("watch", to, after.as_deref(), 100).await.unwrap();
        let hits = page.results.into_iter().filter(|hit| hit.kind != HitKind::Family);
        found.extend(hits.map(|hit| hit.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let ids = indicators.iter().map(ToString::to_string);
    let expected: BTreeSet<_> = ids.chain(samples.keys().map(ToString::to_string)).collect();
    assert_eq!(found, expected, "of {} things", known.indicators.len() + known.samples.len());
}

fn said(row: &SampleRow) -> Said {
    let second = |at_: jiff::Timestamp| at_.as_second() - at(0).as_second();
    row.submissions
        .iter()
        .map(|one| (one.by.clone(), one.sharing.clone(), second(one.at)))
        .collect()
}

async fn pages(stand: &Stand, to: &Visible) -> Vec<SampleRow> {
    let mut rows: Vec<SampleRow> = Vec::new();
    loop {
        let after = rows.last().map(|row| (row.first_seen, row.sha256));
        let page = stand.samples(to, after, 7).await.unwrap();
        if page.is_empty() {
            return rows;
        }
        rows.extend(page);
    }
}

async fn a_submission_that_does_not_reach_one_leaves_no_trace(stand: &Stand) {
    let (keeper, other) = (stand.partner("keeper").await, stand.partner("other").await);
    let red = Sharing { tlp: Tlp::Red, ..Sharing::coalition() };
    let hidden = NewSample {
        sharing: red,
        file_name: Some("annas-phone.apk".to_owned()),
        ..new_sample("one", &keeper)
    };
    stand.add_sample(&hidden, &acting(&keeper), at(10)).await.unwrap();
    let to = crate::stand::seen_by(&other);
    assert_eq!(stand.sample(&hidden.sha256, &to).await.unwrap(), None);
    assert_eq!(stand.report(&hidden.sha256, &to).await.unwrap(), None);
    for q in ["annas-phone", "annas", &hidden.sha256.to_string()] {
        assert_eq!(stand.search(q, &to, None, 9).await.unwrap().results, [], "{q}");
    }
    // The same file from the other partner, later: the page tells of that and nothing else.
    let own = NewSample { file_name: Some("update.apk".to_owned()), ..new_sample("one", &other) };
    stand.add_sample(&own, &acting(&other), at(20)).await.unwrap();
    let row = stand.sample(&hidden.sha256, &to).await.unwrap().unwrap();
    assert_eq!((row.first_seen, row.submissions.len()), (at(20), 1));
    assert_eq!(row.submissions[0].by, other);
    let listed = stand.samples(&to, None, 9).await.unwrap();
    assert_eq!(listed, [row]);
    let found = stand.search("annas", &to, None, 9).await.unwrap().results;
    assert_eq!(found, [], "another's file name is not found");
    // Its partner sees both, and only its own name for it.
    let both =
        stand.sample(&hidden.sha256, &crate::stand::seen_by(&keeper)).await.unwrap().unwrap();
    let names: Vec<_> = both.submissions.iter().map(|one| one.file_name.as_deref()).collect();
    assert_eq!((both.first_seen, names), (at(10), vec![Some("annas-phone.apk"), None]));
}
