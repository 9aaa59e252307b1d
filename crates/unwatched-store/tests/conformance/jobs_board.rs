//! What people see of the queue, having work tried again, what is urgent, what comes round.

use jiff::SignedDuration;
use serde_json::json;
use unwatched_store::{
    ANALYZE_SAMPLE, Job, JobId, JobState, Priority, Progress, SampleState, Store, StoreError, Take,
};

use crate::stand::{Stand, at, everything, new_sample, operator, sha256};

crate::both!(
    the_urgent_comes_first_and_nothing_starves,
    one_about_a_subject_is_under_way,
    what_is_asked_for_while_it_is_done_is_done_again,
    reasons_stay_when_a_job_is_tried_again,
    only_what_was_set_aside_is_tried_again,
    what_a_later_job_settled_is_not_listed,
    progress_is_told_by_who_holds_the_job,
    a_job_goes_on_from_where_it_was,
    what_comes_round_is_asked_for_once,
);

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

async fn ask(store: &Store, subject: &str, priority: Priority, seconds: i64) -> JobId {
    let subject = Some(subject).filter(|subject| !subject.is_empty());
    store.enqueue("a", subject, &json!({}), priority, at(seconds)).await.unwrap()
}

async fn claim(store: &Store, take: Take, seconds: i64) -> Option<Job> {
    store.claim("w", &["a"], take, at(seconds), MINUTE).await.unwrap()
}

async fn the_urgent_comes_first_and_nothing_starves(stand: &Stand) {
    let background = ask(stand, "", Priority::Background, 0).await;
    let routine = ask(stand, "", Priority::Routine, 1).await;
    let soon = ask(stand, "", Priority::Soon, 2).await;
    let fresh = ask(stand, "", Priority::Fresh, 3).await;
    assert!(stand.is_claimable(&["a"], at(0)).await.unwrap());
    assert!(!stand.is_claimable(&["b"], at(9)).await.unwrap());
    assert_eq!(claim(stand, Take::Priority, 9).await.unwrap().id, fresh);
    assert_eq!(claim(stand, Take::Oldest, 9).await.unwrap().id, background);
    assert_eq!(claim(stand, Take::Priority, 9).await.unwrap().id, soon);
    assert_eq!(claim(stand, Take::Priority, 9).await.unwrap().id, routine);
    assert!(!stand.is_claimable(&["a"], at(9)).await.unwrap());
}

async fn one_about_a_subject_is_under_way(stand: &Stand) {
    let id = ask(stand, "x", Priority::Background, 0).await;
    let other = ask(stand, "y", Priority::Routine, 0).await;
    assert_eq!(ask(stand, "x", Priority::Fresh, 1).await, id);
    let job = claim(stand, Take::Priority, 2).await.unwrap();
    assert_eq!((job.id, job.subject.as_deref()), (id, Some("x")), "as urgent as the second asks");
    stand.finish(&job, at(3)).await.unwrap();
    assert_ne!(ask(stand, "x", Priority::Routine, 4).await, id, "that one is done");
    assert_eq!(claim(stand, Take::Oldest, 5).await.unwrap().id, other);
}

async fn what_is_asked_for_while_it_is_done_is_done_again(stand: &Stand) {
    let id = ask(stand, "x", Priority::Routine, 0).await;
    let job = claim(stand, Take::Priority, 1).await.unwrap();
    assert_eq!(ask(stand, "x", Priority::Routine, 2).await, id);
    stand.finish(&job, at(3)).await.unwrap();
    let again = claim(stand, Take::Priority, 4).await.unwrap();
    assert_eq!((again.id, again.tries), (id, 1), "what succeeded counts for nothing");
    stand.finish(&again, at(5)).await.unwrap();
    assert_eq!(stand.job(id).await.unwrap().unwrap().state, JobState::Done);
}

/// Claims and fails a job for good.
async fn bury(store: &Store, why: &str, seconds: i64) {
    let job = claim(store, Take::Priority, seconds).await.unwrap();
    store.fail(&job, why, None, at(seconds)).await.unwrap();
}

async fn reasons_stay_when_a_job_is_tried_again(stand: &Stand) {
    let id = ask(stand, "x", Priority::Routine, 0).await;
    claim(stand, Take::Priority, 1).await.unwrap();
    let vanished = claim(stand, Take::Priority, 100).await.unwrap();
    assert_eq!((vanished.attempts, vanished.tries), (2, 2));
    stand.fail(&vanished, "no memory", None, at(101)).await.unwrap();
    stand.retry_job(id, &operator(), at(102)).await.unwrap();
    let again = claim(stand, Take::Priority, 103).await.unwrap();
    assert_eq!((again.id, again.attempts, again.tries), (id, 3, 1), "with all its attempts");
    stand.fail(&again, "no disk", Some(at(105)), at(104)).await.unwrap();
    let reasons = stand.job_reasons(id).await.unwrap();
    let reasons: Vec<_> = reasons.iter().map(|r| (r.attempt, r.why.as_str(), r.at)).collect();
    let vanished = "the process that worked on it ended without a word";
    assert_eq!(
        reasons,
        [(1, vanished, at(100)), (2, "no memory", at(101)), (3, "no disk", at(104))]
    );
}

async fn only_what_was_set_aside_is_tried_again(stand: &Stand) {
    let id = ask(stand, "x", Priority::Routine, 0).await;
    let refused = stand.retry_job(id, &operator(), at(1)).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "it waits: {refused:?}");
    let refused = stand.retry_job(JobId(id.0 + 9), &operator(), at(1)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    bury(stand, "no", 2).await;
    ask(stand, "x", Priority::Routine, 3).await;
    let refused = stand.retry_job(id, &operator(), at(4)).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "another is under way: {refused:?}");

    let by = stand.partner("lab").await;
    stand.add_sample(&new_sample("one", &by), &operator(), at(5)).await.unwrap();
    let job = stand.claim("w", &[ANALYZE_SAMPLE], Take::Priority, at(6), MINUTE).await.unwrap();
    let job = job.unwrap();
    let (failed, why) = (SampleState::Failed, Some("no"));
    stand.set_sample_state(&sha256("one"), failed, why, at(7)).await.unwrap();
    stand.fail(&job, "no", None, at(7)).await.unwrap();
    assert_eq!(stand.retry_jobs(Some(ANALYZE_SAMPLE), &operator(), at(8)).await.unwrap(), 1);
    assert_eq!(stand.retry_jobs(None, &operator(), at(9)).await.unwrap(), 0, "x waits already");
    let sample = stand.sample(&sha256("one"), &everything()).await.unwrap().unwrap();
    assert_eq!((sample.state, sample.state_why), (SampleState::Queued, None));
}

async fn what_a_later_job_settled_is_not_listed(stand: &Stand) {
    let first = ask(stand, "x", Priority::Routine, 0).await;
    bury(stand, "first", 1).await;
    let other = ask(stand, "y", Priority::Routine, 2).await;
    bury(stand, "other", 3).await;
    let listed = async |after: Option<JobId>| {
        let rows = stand.jobs_dead(Some("a"), after, 9).await.unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(None).await, [other, first]);
    assert_eq!(listed(Some(other)).await, [first]);
    ask(stand, "x", Priority::Routine, 4).await;
    let job = claim(stand, Take::Priority, 5).await.unwrap();
    assert_eq!(stand.jobs_running(9).await.unwrap()[0].id, job.id);
    stand.finish(&job, at(6)).await.unwrap();
    assert_eq!(listed(None).await, [other]);
    assert_eq!(stand.jobs_dead(Some("b"), None, 9).await.unwrap(), []);
    assert_eq!(stand.jobs_running(9).await.unwrap(), []);
    let counts = stand.job_counts(at(7)).await.unwrap();
    let counts: Vec<_> = counts.iter().map(|count| (count.state, count.count)).collect();
    assert_eq!(counts, [(JobState::Dead, 2), (JobState::Done, 1)]);
    let later = stand.job_counts(at(100_000)).await.unwrap();
    assert_eq!(later.len(), 1, "what was done long ago is not counted");
}

async fn progress_is_told_by_who_holds_the_job(stand: &Stand) {
    let id = ask(stand, "x", Priority::Routine, 0).await;
    let lost = claim(stand, Take::Priority, 1).await.unwrap();
    let held = claim(stand, Take::Priority, 100).await.unwrap();
    let progress = Progress { done: 3, of: 9, what: "samples".to_owned() };
    let refused = stand.set_progress(&lost, &progress, at(101)).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    stand.set_progress(&held, &progress, at(101)).await.unwrap();
    assert_eq!(stand.job(id).await.unwrap().unwrap().progress, Some(progress));
}

async fn a_job_goes_on_from_where_it_was(stand: &Stand) {
    let id = ask(stand, "x", Priority::Routine, 0).await;
    let job = claim(stand, Take::Priority, 1).await.unwrap();
    stand.go_on(&job, &json!({"after": 7}), at(9), at(2)).await.unwrap();
    assert_eq!(claim(stand, Take::Priority, 8).await, None);
    let next = claim(stand, Take::Priority, 9).await.unwrap();
    assert_eq!((next.id, next.tries, next.payload.clone()), (id, 1, json!({"after": 7})));
    let refused = stand.go_on(&job, &json!({}), at(9), at(9)).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
}

async fn what_comes_round_is_asked_for_once(stand: &Stand) {
    let first = stand.ask_when_due("tidy", MINUTE, at(0)).await.unwrap().unwrap();
    assert_eq!(stand.ask_when_due("tidy", MINUTE, at(59)).await.unwrap(), None);
    let other = stand.again().await;
    let (mine, theirs) = tokio::join!(
        stand.ask_when_due("tidy", MINUTE, at(60)),
        other.ask_when_due("tidy", MINUTE, at(60))
    );
    let asked: Vec<_> = [mine, theirs].into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(asked, [first], "one of the two asks, and the first still waits");
    assert_eq!(stand.job_about("tidy", "tidy").await.unwrap().unwrap().id, first);
    other.close().await;
}
