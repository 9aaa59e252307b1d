//! Any text comes back as it was, or is refused; any sequence of jobs does what a model does.

use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;
use unwatched_model::indicator::{Indicator, IndicatorKind};
use unwatched_store::{Handling, Job, JobState, NewPartner, NewSample, Priority, StoreError, Take};

use crate::stand::{
    Stand, at, everything, indicator, new_family, new_sample, operator, sha256, somebody,
};

crate::both!(
    any_text_comes_back_or_is_refused,
    nul_is_refused_everywhere,
    too_long_is_refused_before_the_database_sees_it,
    any_query_gives_a_page,
    names_in_any_case_are_one_family,
    jobs_do_what_a_model_does,
);

/// Values of a strategy, the same in every run.
fn values<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>, count: usize) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

fn texts(count: usize) -> Vec<String> {
    let written = [
        "\u{202e}gnorw yaw thgir\u{202c}",
        "שלום עולם",
        "日本語 🦊 e\u{301}",
        "'; DROP TABLE families; --",
        "\"$1\" %s \\x00 \\",
        "line\nbreak\ttab\r",
        "\u{feff}\u{200b}",
        "\u{10ffff}",
    ];
    let mut texts: Vec<_> = written.map(str::to_owned).into();
    texts.extend(values("\\PC{1,40}", count));
    texts
}

async fn any_text_comes_back_or_is_refused(stand: &Stand) {
    let by = stand.partner("alpha").await;
    for (n, text) in texts(40).into_iter().enumerate() {
        let name = format!("{text}{n}");
        let mut family = new_family(&name, &[&text, "second"]);
        family.aliases.push(text.clone());
        let id = stand.create_family(&family, &operator(), at(0)).await.unwrap();
        let kept = stand.family(&id).await.unwrap().unwrap().family;
        assert_eq!((kept.name, kept.aliases), (name, family.aliases));

        let organisation = indicator(&id, IndicatorKind::CertificateOrganisation, &text);
        match stand.add_indicator(&organisation, &Handling::default(), &by, at(0)).await {
            Ok(_) => {
                let rows = stand.indicators_of(&id, &everything()).await.unwrap();
                assert_eq!(rows[0].indicator.value, text);
                let found = stand
                    .indicators_matching(None, &rows[0].normalised, &everything())
                    .await
                    .unwrap();
                assert!(found.iter().any(|row| row.indicator.family == id));
            }
            Err(error) => assert!(matches!(error, StoreError::Invalid(_)), "{error:?}"),
        }

        let sample = NewSample { file_name: Some(text.clone()), ..new_sample(&text, &by) };
        stand.add_sample(&sample, &operator(), at(0)).await.unwrap();
        let kept = stand.sample(&sample.sha256, &everything()).await.unwrap().unwrap();
        assert_eq!(kept.submissions[0].file_name.as_ref(), Some(&text));
    }
}

async fn nul_is_refused_everywhere(stand: &Stand) {
    let (by, family) = (stand.partner("alpha").await, stand.named("Watch").await);
    let nul = "Watch\0Alpha".to_owned();
    let partner = NewPartner {
        slug: "beta".parse().unwrap(),
        name: nul.clone(),
        category: unwatched_model::partner::PartnerCategory::Other,
        standing: unwatched_model::partner::Standing::Full,
    };
    let value = indicator(&family, IndicatorKind::CertificateOrganisation, &nul);
    let source = Indicator {
        source: nul.clone(),
        ..indicator(&family, IndicatorKind::Domain, "watch.example")
    };
    let file = NewSample { file_name: Some(nul.clone()), ..new_sample("one", &by) };
    stand.add_sample(&new_sample("two", &by), &operator(), at(0)).await.unwrap();
    let state = unwatched_store::SampleState::Failed;
    for refused in [
        stand.add_partner(&partner, &operator(), at(0)).await,
        stand.create_family(&new_family(&nul, &[]), &operator(), at(0)).await.map(drop),
        stand.create_family(&new_family("Other", &[&nul]), &operator(), at(0)).await.map(drop),
        stand.add_indicator(&value, &Handling::default(), &by, at(0)).await.map(drop),
        stand.add_indicator(&source, &Handling::default(), &by, at(0)).await.map(drop),
        stand.add_sample(&file, &operator(), at(0)).await.map(drop),
        stand.set_sample_state(&sha256("two"), state, Some(&nul), at(0)).await,
        stand.enqueue(&nul, None, &json!(null), Priority::Routine, at(0)).await.map(drop),
        stand.claim(&nul, &["a"], Take::Priority, at(0), SignedDuration::ZERO).await.map(drop),
    ] {
        let Err(StoreError::Invalid(why)) = refused else { panic!("{refused:?}") };
        assert!(why.contains("NUL") || why.contains("control character"), "{why}");
    }
    assert_eq!(stand.user_by_email("a\0@b.example").await.unwrap(), None);
}

async fn too_long_is_refused_before_the_database_sees_it(stand: &Stand) {
    let (by, family) = (stand.partner("alpha").await, stand.named("Watch").await);
    let long = "é".repeat(600);
    let refused = stand.create_family(&new_family(&long, &[]), &operator(), at(0)).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    // The longest URL the model lets through, and made of letters that grow in lower case.
    let url = format!("https://watch.example/{}", "İ".repeat(1_010));
    let url = indicator(&family, IndicatorKind::Url, &url);
    let url = Indicator { source: "s".repeat(250), ..url };
    stand.add_indicator(&url, &Handling::default(), &by, at(0)).await.unwrap();
    assert_eq!(stand.search(&url.value, &somebody(), None, 5).await.unwrap().results.len(), 1);
    stand
        .create_family(&new_family(&"İ".repeat(500), &[&"ﬃ".repeat(333)]), &operator(), at(0))
        .await
        .unwrap();
}

async fn any_query_gives_a_page(stand: &Stand) {
    stand
        .create_family(&new_family("Watch Alpha", &["AND OR NOT NEAR"]), &operator(), at(0))
        .await
        .unwrap();
    let queries = texts(60).into_iter().chain(values("[\"'*()^:&|!<>a-c\\- ]{0,12}", 60));
    for q in queries {
        let page = stand.search(&q, &somebody(), None, 5).await;
        assert!(page.is_ok(), "{q:?}: {page:?}");
    }
    for q in ["and", "NOT near", "near or"] {
        assert_eq!(stand.search(q, &somebody(), None, 5).await.unwrap().results.len(), 1, "{q}");
    }
}

async fn names_in_any_case_are_one_family(stand: &Stand) {
    for (n, name) in values("[a-zß-ž]{1,6}", 20).into_iter().enumerate() {
        let name = format!("{name} {n}");
        stand.named(&name).await;
        let again = new_family(&name.to_lowercase().to_uppercase().to_lowercase(), &[]);
        if again.name == name {
            let refused = stand.create_family(&again, &operator(), at(0)).await;
            assert!(matches!(refused, Err(StoreError::Conflict(_))), "{name}: {refused:?}");
        }
        let found = stand.search(&name, &somebody(), None, 5).await.unwrap().results;
        assert!(found.iter().any(|hit| hit.title == name), "{name}: {found:?}");
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Enqueue,
    Claim,
    Finish(usize),
    Retry(usize),
    Bury(usize),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Enqueue),
        Just(Step::Claim),
        Just(Step::Claim),
        (0usize..4).prop_map(Step::Finish),
        (0usize..4).prop_map(Step::Retry),
        (0usize..4).prop_map(Step::Bury),
        (1i64..40).prop_map(Step::Wait),
    ]
}

struct Model {
    state: JobState,
    attempts: u32,
    claimable: i64,
}

const LEASE_SECONDS: i64 = 30;

async fn jobs_do_what_a_model_does(stand: &Stand) {
    for (run, steps) in values(prop::collection::vec(step(), 60), 5).into_iter().enumerate() {
        let kind = format!("run {run}");
        let mut jobs: Vec<(unwatched_store::JobId, Model)> = Vec::new();
        let mut held: Vec<Job> = Vec::new();
        let mut now = 0;
        for step in steps {
            match step {
                Step::Wait(seconds) => now += seconds,
                Step::Enqueue => {
                    let id = stand
                        .enqueue(&kind, None, &json!(now), Priority::Routine, at(now))
                        .await
                        .unwrap();
                    let state = JobState::Waiting;
                    jobs.push((id, Model { state, attempts: 0, claimable: now }));
                }
                Step::Claim => {
                    let lease = SignedDuration::from_secs(LEASE_SECONDS);
                    let job =
                        stand.claim("w", &[&kind], Take::Priority, at(now), lease).await.unwrap();
                    let expected = jobs
                        .iter_mut()
                        .filter(|(_, model)| {
                            let open = matches!(model.state, JobState::Waiting | JobState::Leased);
                            open && model.claimable <= now
                        })
                        .min_by_key(|(id, model)| (model.claimable, id.0));
                    assert_eq!(job.as_ref().map(|job| job.id), expected.as_ref().map(|e| e.0));
                    if let (Some(job), Some((_, model))) = (job, expected) {
                        model.state = JobState::Leased;
                        model.attempts += 1;
                        model.claimable = now + LEASE_SECONDS;
                        assert_eq!(job.attempts, model.attempts);
                        held.push(job);
                    }
                }
                Step::Finish(which) | Step::Retry(which) | Step::Bury(which) => {
                    let Some(job) = held.get(which) else { continue };
                    let (done, state, claimable) = match step {
                        Step::Finish(_) => (stand.finish(job, at(now)).await, JobState::Done, now),
                        Step::Retry(_) => {
                            let retry = Some(at(now + 10));
                            let done = stand.fail(job, "again", retry, at(now)).await;
                            (done, JobState::Waiting, now + 10)
                        }
                        _ => (stand.fail(job, "no", None, at(now)).await, JobState::Dead, now),
                    };
                    let (_, model) = jobs.iter_mut().find(|(id, _)| *id == job.id).unwrap();
                    let holds = model.state == JobState::Leased && model.attempts == job.attempts;
                    assert_eq!(done.is_ok(), holds, "{job:?} {done:?}");
                    if holds {
                        (model.state, model.claimable) = (state, claimable);
                    }
                    held.remove(which);
                }
            }
        }
        for (id, model) in &jobs {
            let row = stand.job(*id).await.unwrap().unwrap();
            assert_eq!((row.state, row.attempts), (model.state, model.attempts), "{id}");
        }
    }
}
