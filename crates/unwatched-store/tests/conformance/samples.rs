//! Samples, submissions, reports.

use unwatched_model::access::Sharing;
use unwatched_model::digest::Sha256;
use unwatched_store::{
    ANALYZE_SAMPLE, JobState, NewSample, SampleState, StoreError, Submission, Take,
};

use crate::stand::{Stand, at, everything, new_sample, operator, report, sha256, somebody};

crate::both!(
    a_sample_comes_with_its_submission_and_its_job,
    a_sample_put_in_twice_is_analysed_once,
    a_sample_is_not_kept_without_its_submission,
    a_sample_put_in_at_once_by_many_gets_one_job,
    a_dead_analysis_is_asked_for_again,
    a_report_is_kept_whole,
    the_latest_report_is_read,
    newest_samples_come_first,
    states_tell_why,
);

async fn a_sample_comes_with_its_submission_and_its_job(stand: &Stand) {
    let by = stand.partner("alpha").await;
    let sample = new_sample("one", &by);
    let added = stand.add_sample(&sample, &operator(), at(5)).await.unwrap();
    assert!(added.new);
    let row = stand.sample(&sample.sha256, &everything()).await.unwrap().unwrap();
    assert_eq!((row.sha256, row.sha1, row.md5), (sample.sha256, sample.sha1, sample.md5));
    assert_eq!((row.size_bytes, row.state, row.first_seen), (3, SampleState::Queued, at(5)));
    let submission = Submission {
        by,
        file_name: Some("one.apk".to_owned()),
        at: at(5),
        sharing: Sharing::coalition(),
        declared_public: false,
    };
    assert_eq!(row.submissions, [submission]);
    let job = stand.job(added.job).await.unwrap().unwrap();
    assert_eq!((job.kind.as_str(), job.state), (ANALYZE_SAMPLE, JobState::Waiting));
    assert_eq!(job.payload["sha256"], sample.sha256.to_string());
    assert_eq!(stand.sample(&sha256("other"), &everything()).await.unwrap(), None);
}

async fn a_sample_put_in_twice_is_analysed_once(stand: &Stand) {
    let (alpha, beta) = (stand.partner("alpha").await, stand.partner("beta").await);
    let first = stand.add_sample(&new_sample("one", &alpha), &operator(), at(1)).await.unwrap();
    let theirs = NewSample { file_name: None, ..new_sample("one", &beta) };
    let second = stand.add_sample(&theirs, &operator(), at(2)).await.unwrap();
    assert_eq!((second.new, second.job), (false, first.job), "still under way");

    let job = stand
        .claim("w", &[ANALYZE_SAMPLE], Take::Priority, at(3), 60.second())
        .await
        .unwrap()
        .unwrap();
    stand.save_report(&sha256("one"), &report("one", "com.one"), "e1", at(4)).await.unwrap();
    stand.finish(&job, at(4)).await.unwrap();
    let third = stand.add_sample(&new_sample("one", &alpha), &operator(), at(5)).await.unwrap();
    assert_eq!((third.new, third.job), (false, first.job), "there is a report");
    let row = stand.sample(&sha256("one"), &everything()).await.unwrap().unwrap();
    let by: Vec<_> = row.submissions.iter().map(|one| (one.by.as_str(), one.at)).collect();
    assert_eq!(by, [("alpha", at(1)), ("beta", at(2)), ("alpha", at(5))]);
    assert_eq!((row.state, row.first_seen), (SampleState::Analysed, at(1)));
}

async fn a_sample_is_not_kept_without_its_submission(stand: &Stand) {
    let sample = new_sample("one", &"nobody".parse().unwrap());
    let refused = stand.add_sample(&sample, &operator(), at(1)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    assert_eq!(stand.sample(&sample.sha256, &everything()).await.unwrap(), None);
    assert_eq!(stand.job_counts(at(3)).await.unwrap(), []);
    let found = stand.search(&sample.sha256.to_string(), &somebody(), None, 10).await.unwrap();
    assert_eq!(found.results, []);
}

async fn a_sample_put_in_at_once_by_many_gets_one_job(stand: &Stand) {
    let by = stand.partner("alpha").await;
    let tasks: Vec<_> = (0..12)
        .map(|n| {
            let (store, sample) = (stand.store.clone(), new_sample("one", &by));
            tokio::spawn(
                async move { store.add_sample(&sample, &operator(), at(n)).await.unwrap() },
            )
        })
        .collect();
    let mut added = Vec::new();
    for task in tasks {
        added.push(task.await.unwrap());
    }
    assert_eq!(added.iter().filter(|one| one.new).count(), 1);
    assert!(added.iter().all(|one| one.job == added[0].job), "{added:?}");
    let row = stand.sample(&sha256("one"), &everything()).await.unwrap().unwrap();
    assert_eq!(row.submissions.len(), 12);
}

async fn a_dead_analysis_is_asked_for_again(stand: &Stand) {
    let by = stand.partner("alpha").await;
    let first = stand.add_sample(&new_sample("one", &by), &operator(), at(0)).await.unwrap();
    let job = stand
        .claim("w", &[ANALYZE_SAMPLE], Take::Priority, at(1), 60.second())
        .await
        .unwrap()
        .unwrap();
    stand.fail(&job, "it took too long", None, at(2)).await.unwrap();
    let failed = SampleState::Failed;
    stand.set_sample_state(&sha256("one"), failed, Some("too long"), at(2)).await.unwrap();
    let second = stand.add_sample(&new_sample("one", &by), &operator(), at(3)).await.unwrap();
    assert!(second.job != first.job && !second.new);
    let row = stand.sample(&sha256("one"), &everything()).await.unwrap().unwrap();
    assert_eq!((row.state, row.state_why), (SampleState::Queued, None));
}

async fn a_report_is_kept_whole(stand: &Stand) {
    let by = stand.partner("alpha").await;
    stand.add_sample(&new_sample("one", &by), &operator(), at(0)).await.unwrap();
    let mut kept = report("one", "com.example.one");
    kept.permissions.push("a NUL \0, \u{202e}right to left, '\"".to_owned());
    kept.label = Some("Wa\0tch".to_owned());
    stand.save_report(&kept.sha256, &kept, "engine 1", at(1)).await.unwrap();
    assert_eq!(stand.report(&kept.sha256, &everything()).await.unwrap().as_ref(), Some(&kept));
    let row = stand.sample(&kept.sha256, &everything()).await.unwrap().unwrap();
    assert_eq!(row.package.as_deref(), Some("com.example.one"));
    assert_eq!(row.label.as_deref(), Some("Wa\u{fffd}tch"), "fit for a column");
    let certificate = &kept.certificates[0];
    let colons = certificate
        .sha1
        .to_string()
        .to_uppercase()
        .as_bytes()
        .chunks(2)
        .fold(String::new(), |text, pair| format!("{text}:{}", std::str::from_utf8(pair).unwrap()));
    for name in [certificate.sha1.to_string(), certificate.sha256.to_string(), colons] {
        assert_eq!(
            stand.samples_with_certificate(&name, 100, &everything()).await.unwrap(),
            [kept.sha256]
        );
    }
    assert_eq!(stand.samples_with_certificate("\0", 100, &everything()).await.unwrap(), []);
    assert_eq!(
        stand.samples_of_package("com.example.one", 100, &everything()).await.unwrap(),
        [kept.sha256]
    );
    assert_eq!(stand.samples_of_package("com.example", 100, &everything()).await.unwrap(), []);
    let refused = stand.save_report(&sha256("other"), &kept, "engine 1", at(1)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
}

async fn the_latest_report_is_read(stand: &Stand) {
    let by = stand.partner("alpha").await;
    stand.add_sample(&new_sample("one", &by), &operator(), at(0)).await.unwrap();
    let id = sha256("one");
    for (engine, package, when) in [("e2", "b.old", 2), ("e1", "a.older", 1), ("e1", "c.new", 3)] {
        stand.save_report(&id, &report("one", package), engine, at(when)).await.unwrap();
    }
    let latest = stand.report(&id, &everything()).await.unwrap().unwrap();
    assert_eq!(latest.package.as_deref(), Some("c.new"));
    let old = report("one", "b.old").certificates[0].sha1.to_string();
    assert_eq!(stand.samples_with_certificate(&old, 100, &everything()).await.unwrap(), []);
    assert_eq!(stand.search("b.old", &somebody(), None, 10).await.unwrap().results, []);
}

async fn newest_samples_come_first(stand: &Stand) {
    let by = stand.partner("alpha").await;
    for n in 0..7 {
        // Two of a kind at each moment: the id decides between them.
        stand.add_sample(&new_sample(&n.to_string(), &by), &operator(), at(n / 2)).await.unwrap();
    }
    let mut pages: Vec<(jiff::Timestamp, Sha256)> = Vec::new();
    loop {
        let page = stand.samples(&everything(), pages.last().copied(), 3).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.iter().all(|row| row.submissions.len() == 1));
        pages.extend(page.iter().map(|row| (row.first_seen, row.sha256)));
    }
    let mut expected: Vec<_> = (0..7).map(|n| (at(n / 2), sha256(&n.to_string()))).collect();
    expected.sort();
    expected.reverse();
    assert_eq!(pages, expected);
}

async fn states_tell_why(stand: &Stand) {
    let by = stand.partner("alpha").await;
    stand.add_sample(&new_sample("one", &by), &operator(), at(0)).await.unwrap();
    let id = sha256("one");
    for (state, why) in [
        (SampleState::Analysing, None),
        (SampleState::Failed, Some("out of memory at 512 MiB")),
        (SampleState::Queued, None),
    ] {
        stand.set_sample_state(&id, state, why, at(1)).await.unwrap();
        let row = stand.sample(&id, &everything()).await.unwrap().unwrap();
        assert_eq!((row.state, row.state_why.as_deref()), (state, why));
    }
    let refused = stand.set_sample_state(&sha256("x"), SampleState::Failed, None, at(1)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
}

/// Seconds as a lease.
trait Lease {
    fn second(self) -> jiff::SignedDuration;
}

impl Lease for i64 {
    fn second(self) -> jiff::SignedDuration {
        jiff::SignedDuration::from_secs(self)
    }
}
