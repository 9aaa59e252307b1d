//! The job queue.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::json;
use unwatched_store::{JobId, JobState, Priority, Store, StoreError, Take};

use crate::stand::{Stand, at};

crate::both!(
    jobs_come_in_the_order_asked,
    only_the_kinds_asked_for_are_claimed,
    a_lost_lease_is_claimed_again,
    a_lease_is_extended,
    a_failed_job_waits_for_its_time,
    a_buried_job_keeps_its_reason,
    two_workers_never_hold_one_job,
    two_processes_never_hold_one_job,
);

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

async fn state(store: &Store, id: JobId) -> (JobState, Option<String>, u32) {
    let row = store.job(id).await.unwrap().unwrap();
    (row.state, row.why, row.attempts)
}

async fn jobs_come_in_the_order_asked(stand: &Stand) {
    let later = stand.enqueue("a", None, &json!({"n": 2}), Priority::Routine, at(2)).await.unwrap();
    let sooner =
        stand.enqueue("a", None, &json!({"n": "\0'"}), Priority::Routine, at(1)).await.unwrap();
    assert_eq!(
        stand.claim("w", &["a"], Take::Priority, at(0), MINUTE).await.unwrap(),
        None,
        "not yet"
    );
    let first = stand.claim("w", &["a"], Take::Priority, at(3), MINUTE).await.unwrap().unwrap();
    assert_eq!((first.id, first.attempts), (sooner, 1));
    assert_eq!((first.kind.as_str(), &first.payload), ("a", &json!({"n": "\0'"})));
    assert_eq!(
        stand.claim("w", &["a"], Take::Priority, at(3), MINUTE).await.unwrap().unwrap().id,
        later
    );
    assert_eq!(stand.claim("w", &["a"], Take::Priority, at(3), MINUTE).await.unwrap(), None);
    stand.finish(&first, at(4)).await.unwrap();
    assert_eq!(state(stand, sooner).await, (JobState::Done, None, 1));
    assert_eq!(stand.job(JobId(999)).await.unwrap(), None);
}

async fn only_the_kinds_asked_for_are_claimed(stand: &Stand) {
    stand.enqueue("a", None, &json!(1), Priority::Routine, at(0)).await.unwrap();
    let b = stand.enqueue("b'\"\\", None, &json!(2), Priority::Routine, at(0)).await.unwrap();
    assert_eq!(stand.claim("w", &[], Take::Priority, at(1), MINUTE).await.unwrap(), None);
    assert_eq!(stand.claim("w", &["c"], Take::Priority, at(1), MINUTE).await.unwrap(), None);
    let kinds = ["c", "b'\"\\"];
    assert_eq!(
        stand.claim("w", &kinds, Take::Priority, at(1), MINUTE).await.unwrap().unwrap().id,
        b
    );
    let counts = stand.job_counts(at(3)).await.unwrap();
    let counts: Vec<_> = counts.iter().map(|c| (c.kind.as_str(), c.state, c.count)).collect();
    assert_eq!(counts, [("a", JobState::Waiting, 1), ("b'\"\\", JobState::Leased, 1)]);
}

async fn a_lost_lease_is_claimed_again(stand: &Stand) {
    let id = stand.enqueue("a", None, &json!(1), Priority::Routine, at(0)).await.unwrap();
    let lost = stand.claim("first", &["a"], Take::Priority, at(0), MINUTE).await.unwrap().unwrap();
    assert_eq!(stand.claim("second", &["a"], Take::Priority, at(59), MINUTE).await.unwrap(), None);
    let held =
        stand.claim("second", &["a"], Take::Priority, at(60), MINUTE).await.unwrap().unwrap();
    assert_eq!((held.id, held.attempts), (id, 2));
    for refused in [
        stand.finish(&lost, at(61)).await,
        stand.fail(&lost, "late", None, at(61)).await,
        stand.extend_lease(&lost, at(61), MINUTE).await,
    ] {
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    }
    stand.finish(&held, at(62)).await.unwrap();
    assert_eq!(state(stand, id).await, (JobState::Done, None, 2));
    let twice = stand.finish(&held, at(63)).await;
    assert!(matches!(twice, Err(StoreError::Conflict(_))), "{twice:?}");
}

async fn a_lease_is_extended(stand: &Stand) {
    stand.enqueue("a", None, &json!(1), Priority::Routine, at(0)).await.unwrap();
    let job = stand.claim("w", &["a"], Take::Priority, at(0), MINUTE).await.unwrap().unwrap();
    stand.extend_lease(&job, at(50), MINUTE).await.unwrap();
    assert_eq!(stand.claim("x", &["a"], Take::Priority, at(109), MINUTE).await.unwrap(), None);
    assert!(stand.claim("x", &["a"], Take::Priority, at(110), MINUTE).await.unwrap().is_some());
    let refused = stand.claim("x", &["a"], Take::Priority, at(0), SignedDuration::MAX).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
}

async fn a_failed_job_waits_for_its_time(stand: &Stand) {
    let id = stand.enqueue("a", None, &json!(1), Priority::Routine, at(0)).await.unwrap();
    let job = stand.claim("w", &["a"], Take::Priority, at(0), MINUTE).await.unwrap().unwrap();
    stand.fail(&job, "no memory", Some(at(30)), at(1)).await.unwrap();
    assert_eq!(state(stand, id).await, (JobState::Waiting, Some("no memory".to_owned()), 1));
    assert_eq!(stand.claim("w", &["a"], Take::Priority, at(29), MINUTE).await.unwrap(), None);
    let again = stand.claim("w", &["a"], Take::Priority, at(30), MINUTE).await.unwrap().unwrap();
    stand.finish(&again, at(31)).await.unwrap();
    assert_eq!(state(stand, id).await, (JobState::Done, None, 2));
}

async fn a_buried_job_keeps_its_reason(stand: &Stand) {
    let id = stand.enqueue("a", None, &json!(1), Priority::Routine, at(0)).await.unwrap();
    let job = stand.claim("w", &["a"], Take::Priority, at(0), MINUTE).await.unwrap().unwrap();
    stand.fail(&job, "not a sample", None, at(1)).await.unwrap();
    assert_eq!(state(stand, id).await, (JobState::Dead, Some("not a sample".to_owned()), 1));
    assert_eq!(stand.claim("w", &["a"], Take::Priority, at(9_999), MINUTE).await.unwrap(), None);
}

/// Many workers empty one queue; every job is claimed exactly once.
async fn empty_at_once(stores: Vec<Store>, asked: BTreeSet<i64>) {
    let workers: Vec<_> = stores
        .into_iter()
        .enumerate()
        .map(|(n, store)| {
            tokio::spawn(async move {
                let mut mine = Vec::new();
                let name = format!("worker {n}");
                while let Some(job) =
                    store.claim(&name, &["a"], Take::Priority, at(9), MINUTE).await.unwrap()
                {
                    assert_eq!(job.attempts, 1);
                    store.finish(&job, at(9)).await.unwrap();
                    mine.push(job.id.0);
                }
                mine
            })
        })
        .collect();
    let mut claimed = Vec::new();
    for worker in workers {
        claimed.extend(worker.await.unwrap());
    }
    claimed.sort_unstable();
    assert_eq!(claimed, asked.into_iter().collect::<Vec<_>>());
}

async fn asked(store: &Store) -> BTreeSet<i64> {
    let mut asked = BTreeSet::new();
    for n in 0..40 {
        asked
            .insert(store.enqueue("a", None, &json!(n), Priority::Routine, at(0)).await.unwrap().0);
    }
    asked
}

async fn two_workers_never_hold_one_job(stand: &Stand) {
    let asked = asked(stand).await;
    empty_at_once(vec![stand.store.clone(); 8], asked).await;
}

async fn two_processes_never_hold_one_job(stand: &Stand) {
    let asked = asked(stand).await;
    let stores = vec![stand.again().await, stand.again().await, stand.store.clone()];
    empty_at_once(stores.clone(), asked).await;
    for store in &stores[..2] {
        store.close().await;
    }
}
