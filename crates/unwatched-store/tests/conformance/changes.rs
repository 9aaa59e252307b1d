//! The feed of changes: its order under concurrent writers, and what it tells whom. That each row
//! is told to whoever sees the thing is held row by row in `visible`.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use unwatched_model::access::Sharing;
use unwatched_model::indicator::{Indicator, IndicatorKind};
use unwatched_model::partner::PartnerSlug;
use unwatched_model::tlp::Tlp;
use unwatched_store::{ANALYZE_SAMPLE, Handling, NewSample, SampleState, Take};

use crate::stand::{
    Stand, acting, at, everything, indicator, new_family, new_sample, operator, report, seen_by,
};

crate::both!(
    a_follower_gets_everything_once_while_many_write,
    who_puts_the_same_bytes_in_learns_of_no_other,
    what_is_done_is_told_in_its_order,
    what_is_held_freed_or_narrowed_is_told_to_whom_it_was_told,
    numbers_follow_the_clock_and_never_go_back,
);

/// What somebody is told: kind and thing.
async fn told(stand: &Stand, partner: &PartnerSlug) -> Vec<(String, String)> {
    let changes = stand.changes_after(0, 1_000, &seen_by(partner)).await.unwrap();
    changes.into_iter().map(|change| (change.kind, change.object)).collect()
}

fn kinds(told: &[(String, String)]) -> Vec<&str> {
    told.iter().map(|(kind, _)| kind.as_str()).collect()
}

/// On PostgreSQL a number taken from a sequence may be committed after a greater one was read.
async fn a_follower_gets_everything_once_while_many_write(stand: &Stand) {
    const WRITERS: usize = 6;
    const EACH: usize = 40;
    let lab = stand.partner("lab").await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let (store, by) = (stand.again().await, acting(&lab));
        writers.spawn(async move {
            for n in 0..EACH {
                let name = format!("Watch {writer} {n}");
                // Clocks of several processes are never one.
                let now = at(i64::try_from((n * 7 + writer * 3) % 11).unwrap());
                let id = store.create_family(&new_family(&name, &[]), &by, now).await.unwrap();
                let of = indicator(&id, IndicatorKind::Package, &format!("com.w{writer}.n{n}"));
                store.add_indicator(&of, &Handling::default(), &by, now).await.unwrap();
            }
            store.close().await;
        });
    }
    let (mut followed, mut last) = (Vec::new(), 0);
    loop {
        let is_over = writers.is_empty();
        let page = stand.changes_after(last, 7, &seen_by(&lab)).await.unwrap();
        last = page.last().map_or(last, |change| change.seq);
        let is_empty = page.is_empty();
        followed.extend(page);
        if is_empty && is_over {
            break;
        }
        while let Some(ended) = writers.try_join_next() {
            ended.unwrap();
        }
        tokio::task::yield_now().await;
    }
    let all = stand.changes_after(0, 10_000, &seen_by(&lab)).await.unwrap();
    assert_eq!(followed, all, "what was read on the way is what there is");
    assert_eq!(all.len(), WRITERS * EACH * 2);
    assert!(all.is_sorted_by(|a, b| a.seq < b.seq));
    let objects: BTreeSet<_> = all.iter().map(|change| (&change.kind, &change.object)).collect();
    assert_eq!(objects.len(), all.len(), "each once");
}

async fn who_puts_the_same_bytes_in_learns_of_no_other(stand: &Stand) {
    let (keeper, other) = (stand.partner("keeper").await, stand.partner("other").await);
    let red = Sharing { tlp: Tlp::Red, ..Sharing::coalition() };
    let hidden = NewSample { sharing: red.clone(), ..new_sample("one", &keeper) };
    stand.add_sample(&hidden, &acting(&keeper), at(10)).await.unwrap();
    let found = report("one", "com.example.watch");
    analyse(stand, at(20)).await;
    stand.save_report(&found.sha256, &found, "engine 1", at(20)).await.unwrap();
    let before = told(stand, &keeper).await;
    assert_eq!(kinds(&before), ["sample.submitted", "sample.analysed"]);
    assert_eq!(told(stand, &other).await, []);
    // Later the other puts in the same bytes, and keeps them, too.
    let own = NewSample { sharing: red, ..new_sample("one", &other) };
    stand.add_sample(&own, &acting(&other), at(30)).await.unwrap();
    assert_eq!(kinds(&told(stand, &other).await), ["sample.submitted"]);
    // A new engine reads it while they wait: that was the keeper's to know.
    stand.save_report(&found.sha256, &found, "engine 2", at(35)).await.unwrap();
    assert_eq!(kinds(&told(stand, &other).await), ["sample.submitted"]);
    stand.save_report(&found.sha256, &found, "engine 2", at(40)).await.unwrap();
    analyse(stand, at(40)).await;
    assert_eq!(kinds(&told(stand, &other).await), ["sample.submitted", "sample.analysed"]);
    let after = told(stand, &keeper).await;
    assert_eq!(after[..2], before[..]);
    assert_eq!(kinds(&after[2..]), ["sample.analysed"], "by the new engine, and no more");
    // What comes from now on is both's.
    stand.save_report(&found.sha256, &found, "engine 3", at(50)).await.unwrap();
    assert_eq!(told(stand, &other).await.len(), 3);
    assert_eq!(told(stand, &keeper).await.len(), 4);
}

/// Whatever waits to be analysed was.
async fn analyse(stand: &Stand, now: jiff::Timestamp) {
    let (kinds, lease) = ([ANALYZE_SAMPLE], SignedDuration::from_mins(1));
    while let Some(job) = stand.claim("w", &kinds, Take::Oldest, now, lease).await.unwrap() {
        stand.finish(&job, now).await.unwrap();
    }
}

async fn what_is_done_is_told_in_its_order(stand: &Stand) {
    let (lab, other) = (stand.partner("lab").await, stand.partner("other").await);
    let family = stand.named("Watch Alpha").await;
    let of = indicator(&family, IndicatorKind::Package, "com.example.watch");
    let by = acting(&lab);
    let handling = Handling::default();
    let id = stand.add_indicator(&of, &handling, &lab, at(2)).await.unwrap().id;
    stand.declare_public(id, &by, at(3)).await.unwrap();
    let red = Indicator { tlp: Tlp::Red, source: "kept".to_owned(), ..of };
    stand.add_indicator(&red, &handling, &lab, at(4)).await.unwrap();
    let group = "circle".parse().unwrap();
    stand.add_group(&group, "Circle", &operator(), at(5)).await.unwrap();
    stand.join_group(&group, &other, &operator(), at(6)).await.unwrap();
    let sample = new_sample("one", &lab);
    stand.add_sample(&sample, &by, at(7)).await.unwrap();
    let failed = SampleState::Failed;
    stand.set_sample_state(&sample.sha256, failed, Some("made up"), at(8)).await.unwrap();
    stand.set_sample_state(&sample.sha256, failed, Some("made up"), at(9)).await.unwrap();
    stand.triage(&sample.sha256, Some(&family), None, &lab, &by, at(10)).await.unwrap();
    stand.take_back_triage(&sample.sha256, &lab, &by, at(11)).await.unwrap();
    let value = (IndicatorKind::Package, "com.example.watch".to_owned());
    let recall = stand.add_recall(&family, &value, "made up", &by, at(12)).await.unwrap();
    stand.lift_recall(recall, &by, at(13)).await.unwrap();
    stand.withdraw_indicator(id, "made up", &by, at(14)).await.unwrap();
    let told = told(stand, &other).await;
    assert_eq!(
        kinds(&told),
        [
            "family.added",
            "indicator.added",
            "indicator.changed",
            // Declared to come from the maker's public download, it identifies nobody.
            "indicator.freed",
            "group.joined",
            "sample.submitted",
            "sample.failed",
            "sample.triaged",
            "sample.triage_taken_back",
            "value.recalled",
            "recall.lifted",
            "indicator.withdrawn",
        ]
    );
    assert_eq!(told[1].1, id.to_string());
    let own = stand.changes_after(0, 1_000, &seen_by(&lab)).await.unwrap();
    assert!(own.iter().all(|change| change.kind != "group.joined"), "told to whom it is about");
    assert_eq!(own.last().unwrap().kind, "indicator.held", "what is left of the value");
    assert_eq!(own.len(), told.len() + 1, "its own TLP:RED one, too");
    assert_eq!(own[1].family.as_deref(), Some(family.as_str()));
    let page = stand.changes_after(own[3].seq, 2, &seen_by(&lab)).await.unwrap();
    assert_eq!(page, own[4..6], "read on from anywhere");
}

/// Whoever keeps what they were told must learn that they may pass it on no more, or keep it no more.
async fn what_is_held_freed_or_narrowed_is_told_to_whom_it_was_told(stand: &Stand) {
    let (lab, other) = (stand.partner("lab").await, stand.partner("other").await);
    let (line, member) = (stand.partner("line").await, stand.partner("member").await);
    let group = "circle".parse().unwrap();
    stand.add_group(&group, "Circle", &operator(), at(1)).await.unwrap();
    for partner in [&lab, &member] {
        stand.join_group(&group, partner, &operator(), at(1)).await.unwrap();
    }
    let family = stand.named("Watch Alpha").await;
    let of = indicator(&family, IndicatorKind::Domain, "own.watch.example");
    let none = Handling::default();
    let id = stand.add_indicator(&of, &none, &lab, at(2)).await.unwrap().id;
    let since = stand.last_change().await.unwrap();
    let heard = async |partner: &PartnerSlug| {
        let told = stand.changes_after(since, 1_000, &seen_by(partner)).await.unwrap();
        let of_it = told.into_iter().filter(|change| change.object == id.to_string());
        of_it.map(|change| change.kind).collect::<Vec<_>>()
    };
    // A second partner frees it; without them it is held again.
    let second = stand.add_indicator(&of, &none, &line, at(3)).await.unwrap().id;
    assert_eq!(heard(&other).await, ["indicator.freed"]);
    stand.withdraw_indicator(second, "made up", &acting(&line), at(4)).await.unwrap();
    assert_eq!(heard(&other).await, ["indicator.freed", "indicator.held"]);
    // Narrowed to a group, then to itself: each time whoever sees it no longer is told, once.
    let circle = Handling { group: Some(group), ..Handling::default() };
    stand.add_indicator(&of, &circle, &lab, at(5)).await.unwrap();
    assert_eq!(heard(&other).await, ["indicator.withdrawn"]);
    assert_eq!(heard(&member).await, ["indicator.freed", "indicator.held", "indicator.added"]);
    stand.add_indicator(&of, &circle, &lab, at(6)).await.unwrap();
    assert_eq!(heard(&other).await, ["indicator.withdrawn"], "the same again");
    let red = Indicator { tlp: Tlp::Red, ..of.clone() };
    stand.add_indicator(&red, &none, &lab, at(7)).await.unwrap();
    assert_eq!(heard(&member).await, ["indicator.withdrawn"]);
    assert_eq!(heard(&other).await, ["indicator.withdrawn"]);
    assert!(!heard(&lab).await.contains(&"indicator.withdrawn".to_owned()), "it is its own");
    // Widened again, it is there again.
    stand.add_indicator(&of, &none, &lab, at(8)).await.unwrap();
    assert_eq!(heard(&other).await.last().map(String::as_str), Some("indicator.added"));
}

async fn numbers_follow_the_clock_and_never_go_back(stand: &Stand) {
    stand.create_family(&new_family("One", &[]), &operator(), at(100)).await.unwrap();
    // A clock that was set back.
    stand.create_family(&new_family("Two", &[]), &operator(), at(50)).await.unwrap();
    stand.create_family(&new_family("Three", &[]), &operator(), at(200)).await.unwrap();
    let changes = stand.changes_after(0, 9, &everything()).await.unwrap();
    let numbers: Vec<_> = changes.iter().map(|change| change.seq).collect();
    let first = at(100).as_microsecond();
    assert_eq!(numbers, [first, first + 1, at(200).as_microsecond()]);
    assert_eq!(stand.last_change().await.unwrap(), numbers[2]);
}
