//! Having samples analysed again.

use jiff::SignedDuration;
use serde_json::json;
use unwatched_model::digest::Sha256;
use unwatched_store::{
    ANALYZE_SAMPLE, Expiring, Job, Priority, REANALYZE, Reanalysis, SampleState, StoreError, Take,
};

use crate::stand::{Stand, at, everything, new_sample, operator, report, sha256};

crate::both!(
    what_another_engine_read_last_is_outdated,
    slices_follow_each_other,
    a_slice_is_handed_out_by_whoever_holds_the_job,
    a_sample_with_a_report_stays_analysed,
    what_is_under_way_is_left_alone,
    what_is_asked_for_once_is_asked_for_by_one,
    a_sample_put_in_long_after_stays_analysed,
);

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

async fn analysed(stand: &Stand, of: &str, engine: &str, seconds: i64) {
    let package = format!("example.{of}");
    stand.save_report(&sha256(of), &report(of, &package), engine, at(seconds)).await.unwrap();
}

/// Samples of these names, put in one a second, with their analyses done.
async fn samples(stand: &Stand, names: &[&str]) {
    let by = stand.partner("lab").await;
    for (second, name) in (0..).zip(names) {
        stand.add_sample(&new_sample(name, &by), &operator(), at(second)).await.unwrap();
        let job = stand.claim("w", &[ANALYZE_SAMPLE], Take::Priority, at(second), MINUTE).await;
        analysed(stand, name, "engine 1", second).await;
        stand.finish(&job.unwrap().unwrap(), at(second)).await.unwrap();
    }
}

/// Hands samples out as the job does that does so.
async fn hand_on(stand: &Stand, samples: &[Sha256], seconds: i64) {
    let job = handing(stand, seconds).await;
    let now = at(seconds);
    stand.hand_to_analysis(&job, samples, &json!({}), now, now).await.unwrap();
}

/// The job that hands out, claimed.
async fn handing(stand: &Stand, seconds: i64) -> Job {
    let (by, now) = (operator(), at(seconds));
    stand.ask_for_reanalysis("engine 1", &json!({}), &by, now).await.unwrap();
    stand.claim("w", &[REANALYZE], Take::Priority, now, MINUTE).await.unwrap().unwrap()
}

fn unless_by(engine: &str) -> Reanalysis {
    Reanalysis { unless_by: Some(engine.to_owned()), ..Reanalysis::default() }
}

async fn what_another_engine_read_last_is_outdated(stand: &Stand) {
    samples(stand, &["one", "two"]).await;
    let count = async |which: &Reanalysis| stand.count_to_analyse(which).await.unwrap();
    assert_eq!(count(&unless_by("engine 1")).await, 0);
    assert_eq!(count(&unless_by("engine 2")).await, 2);
    analysed(stand, "one", "engine 2", 10).await;
    assert_eq!(count(&unless_by("engine 2")).await, 1);
    assert_eq!(count(&unless_by("engine 1")).await, 1, "back to the engine before");
    assert_eq!(count(&Reanalysis::default()).await, 2, "all of them");
    let since = Reanalysis { since: Some(at(1)), ..Reanalysis::default() };
    assert_eq!(stand.to_analyse(&since, None, 9).await.unwrap(), [sha256("two")]);
    let family = stand.named("Watch Alpha").await;
    let of_family = Reanalysis { family: Some(family), ..Reanalysis::default() };
    assert_eq!(count(&of_family).await, 0);
}

async fn slices_follow_each_other(stand: &Stand) {
    samples(stand, &["one", "two", "three"]).await;
    let which = unless_by("engine 2");
    let first = stand.to_analyse(&which, None, 2).await.unwrap();
    let second = stand.to_analyse(&which, first.last(), 2).await.unwrap();
    assert_eq!((first.len(), second.len()), (2, 1));
    assert_eq!(stand.to_analyse(&which, second.last(), 2).await.unwrap(), []);
    hand_on(stand, &first, 10).await;
    hand_on(stand, &first, 11).await;
    assert_eq!(stand.jobs_in_background(9).await.unwrap(), 2);
    assert_eq!(stand.jobs_in_background(1).await.unwrap(), 1);
    let by = "lab".parse().unwrap();
    stand.add_sample(&new_sample("fresh", &by), &operator(), at(12)).await.unwrap();
    let job = stand.claim("w", &[ANALYZE_SAMPLE], Take::Priority, at(13), MINUTE).await.unwrap();
    let fresh = sha256("fresh").to_string();
    assert_eq!(job.unwrap().subject, Some(fresh), "a person waits for it");
}

/// Whoever was taken for dead and comes back hands out nothing.
async fn a_slice_is_handed_out_by_whoever_holds_the_job(stand: &Stand) {
    samples(stand, &["one"]).await;
    let (one, went_on) = ([sha256("one")], json!({ "after": sha256("one") }));
    let slow = handing(stand, 10).await;
    let late = at(100);
    let other =
        stand.claim("v", &[REANALYZE], Take::Priority, late, MINUTE).await.unwrap().unwrap();
    stand.hand_to_analysis(&other, &one, &went_on, late, late).await.unwrap();
    let done = stand.claim("w", &[ANALYZE_SAMPLE], Take::Priority, late, MINUTE).await.unwrap();
    stand.finish(&done.unwrap(), late).await.unwrap();
    let refused = stand.hand_to_analysis(&slow, &one, &json!({}), late, late).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    assert_eq!(stand.jobs_in_background(9).await.unwrap(), 0, "it was handed out once");
    let next = stand.claim("w", &[REANALYZE], Take::Priority, late, MINUTE).await.unwrap();
    assert_eq!(next.unwrap().payload, went_on);
}

async fn a_sample_with_a_report_stays_analysed(stand: &Stand) {
    samples(stand, &["one"]).await;
    for state in [SampleState::Analysing, SampleState::Queued, SampleState::Failed] {
        stand.set_sample_state(&sha256("one"), state, Some("why"), at(10)).await.unwrap();
        let sample = stand.sample(&sha256("one"), &everything()).await.unwrap().unwrap();
        assert_eq!((sample.state, sample.state_why), (SampleState::Analysed, None));
        assert!(stand.report(&sha256("one"), &everything()).await.unwrap().is_some());
    }
}

async fn what_is_under_way_is_left_alone(stand: &Stand) {
    samples(stand, &["one"]).await;
    let subject = sha256("one").to_string();
    let payload = json!({ "sha256": subject });
    let fresh = Priority::Fresh;
    let id = stand.enqueue(ANALYZE_SAMPLE, Some(&subject), &payload, fresh, at(10)).await.unwrap();
    let job = stand.claim("w", &[ANALYZE_SAMPLE], Take::Priority, at(11), MINUTE).await.unwrap();
    hand_on(stand, &[sha256("one")], 12).await;
    stand.finish(&job.unwrap(), at(13)).await.unwrap();
    let state = stand.job(id).await.unwrap().unwrap().state;
    assert_eq!(state.as_str(), "done", "it is not done once more");

    let by = operator();
    let asked = stand.ask_for_reanalysis("engine 2", &json!({}), &by, at(14)).await.unwrap();
    let again = stand.ask_for_reanalysis("engine 2", &json!({}), &by, at(15)).await.unwrap();
    assert_eq!(asked, again);
    assert_eq!(stand.job_about(REANALYZE, "engine 2").await.unwrap().unwrap().id, asked);
}

/// Several processes start at once; the job of the first may be done before the last one looks.
async fn what_is_asked_for_once_is_asked_for_by_one(stand: &Stand) {
    let (by, plan) = (operator(), json!({}));
    let ask = || stand.ask_for_reanalysis_once("engine 3", &plan, &by, at(10));
    let asked = [ask().await, ask().await, ask().await].map(Result::unwrap);
    assert!(matches!(asked, [Some(_), None, None]), "{asked:?}");
    let job = stand.claim("w", &[REANALYZE], Take::Priority, at(11), MINUTE).await.unwrap();
    stand.finish(&job.unwrap(), at(12)).await.unwrap();
    assert_eq!(ask().await.unwrap(), None, "it was done");
    let at_once = tokio::join!(
        stand.ask_for_reanalysis_once("engine 4", &plan, &by, at(13)),
        stand.ask_for_reanalysis_once("engine 4", &plan, &by, at(13)),
        stand.ask_for_reanalysis_once("engine 4", &plan, &by, at(13)),
    );
    let told = [at_once.0, at_once.1, at_once.2].map(|one| one.unwrap().is_some());
    assert_eq!(told.into_iter().filter(|is| *is).count(), 1, "{told:?}");
}

/// The job that analysed it is long gone; what it found is not.
async fn a_sample_put_in_long_after_stays_analysed(stand: &Stand) {
    samples(stand, &["one"]).await;
    assert_eq!(stand.expire(Expiring::DoneJobs, at(10), at(10)).await.unwrap(), 1);
    let by = "lab".parse().unwrap();
    let added = stand.add_sample(&new_sample("one", &by), &operator(), at(11)).await.unwrap();
    assert!(!added.new);
    let sample = stand.sample(&sha256("one"), &everything()).await.unwrap().unwrap();
    assert_eq!(sample.state, SampleState::Analysed);
}
