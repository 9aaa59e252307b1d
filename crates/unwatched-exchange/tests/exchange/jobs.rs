//! What comes round by itself, as the runner does it, at a time of the test's choosing.

use jiff::SignedDuration;
use serde_json::json;
use unwatched_exchange::analysis_child::Analyser;
use unwatched_exchange::clock::Clock;
use unwatched_exchange::jobs::{self, runner};
use unwatched_exchange::state::AppState;
use unwatched_model::access::Sharing;
use unwatched_model::criterion::Criterion;
use unwatched_model::digest::{Md5, Sha1};
use unwatched_model::family::FamilyId;
use unwatched_model::partner::{PartnerSlug, Standing};
use unwatched_store::{Actor, AuditRow, JobState, NewSample, PartnerChange, Priority};

use crate::rig::{Server, program};

/// The same exchange, so many days later, with workers that are stopped by themselves.
fn after(server: &Server, days: i64) -> AppState {
    let now = server.state.clock.now() + SignedDuration::from_hours(24 * days);
    let shutdown = server.state.shutdown.child_token();
    AppState { clock: Clock::by(move || now), shutdown, ..server.state.clone() }
}

/// Asks for a job so many days from now, and has the runner do it.
fn done_after(server: &Server, days: i64, name: &str) {
    let state = after(server, days);
    let kind = jobs::kind(name).expect("there is such a kind");
    let analyser = Analyser::of(program(), &state.config.analysis);
    server.wait(async {
        let (store, now) = (&state.store, state.clock.now());
        let id = store.enqueue(name, None, &json!({}), Priority::Fresh, now).await.unwrap();
        let running = tokio::spawn(runner::run(state.clone(), analyser, vec![kind]));
        loop {
            let told = state.changes.progress.notified();
            match store.job(id).await.unwrap().unwrap() {
                row if row.state == JobState::Done => break,
                row => assert_ne!(row.state, JobState::Dead, "{name}: {:?}", row.why),
            }
            told.await;
        }
        state.shutdown.cancel();
        running.await.unwrap();
    });
}

fn audited(server: &Server, action: &str) -> Vec<AuditRow> {
    let lines = server.wait(server.state.store.audit_after(0, 1_000)).unwrap();
    lines.into_iter().filter(|line| line.action == action).collect()
}

/// Who was ever asked about the criterion, in that order.
fn asked(server: &Server, family: &FamilyId) -> Vec<String> {
    let questions = server.wait(server.state.store.questions_on(family)).unwrap();
    let about = questions.into_iter().filter(|question| question.criterion == Criterion::Tracks);
    about.map(|question| question.partner.to_string()).collect()
}

#[test]
fn a_question_without_quorum_is_put_to_the_next_partners_after_its_days() {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    for slug in ["uni-a", "uni-b", "uni-c", "uni-new", "uni-rival"] {
        server.another_partner(slug);
    }
    let (store, now) = (&server.state.store, server.state.clock.now());
    let slug = |name: &str| -> PartnerSlug { name.parse().unwrap() };
    lab.create_family("Watch Alpha");
    let family: FamilyId = "watch-alpha".parse().unwrap();
    let probation =
        PartnerChange { standing: Some(Standing::Probation), ..PartnerChange::default() };
    let (new, rival, operator) = (slug("uni-new"), slug("uni-rival"), Actor::operator());
    server.wait(store.change_partner(&new, &probation, &operator, now)).unwrap();
    let why = "sells a rival";
    server.wait(store.add_conflict(&rival, &family, why, &operator, now)).unwrap();
    lab.say("/api/v1/families/watch-alpha", "holds", &["tracks"]);

    done_after(&server, 59, "ask_questions");
    assert_eq!(asked(&server, &family), [""; 0], "there is still time");
    done_after(&server, 61, "ask_questions");
    let first = asked(&server, &family);
    assert_eq!(first.len(), 2, "{first:?}");
    assert!(
        first.contains(&"example-shelter".to_owned()),
        "of the category least heard: {first:?}"
    );
    let lines = audited(&server, "question.ask");
    let of_criterion = lines.iter().find(|line| line.detail.contains("\"tracks\""));
    assert!(of_criterion.is_some_and(|line| line.partner.is_none()), "nobody's doing: {lines:?}");
    done_after(&server, 90, "ask_questions");
    assert_eq!(asked(&server, &family), first, "they have their thirty days");
    done_after(&server, 92, "ask_questions");
    let mut all = asked(&server, &family);
    assert_eq!(all[..2], first);
    all.sort();
    assert_eq!(all, ["example-shelter", "uni-a", "uni-b", "uni-c"], "whose word would count");
    done_after(&server, 150, "ask_questions");
    assert_eq!(asked(&server, &family).len(), 4, "nobody is left, and nobody is asked twice");

    shelter.say("/api/v1/families/watch-alpha", "holds", &["tracks"]);
    done_after(&server, 151, "ask_questions");
    let open = server.wait(store.questions_for(&slug("uni-a"))).unwrap();
    let open = open.iter().filter(|question| question.criterion == Criterion::Tracks);
    assert_eq!(open.count(), 0, "it is settled: nobody need answer");
}

#[test]
fn a_verdict_follows_an_opinion_that_expires_and_the_log_says_so() {
    let server = Server::without_worker();
    let family = server.lab().create_family("Watch Alpha");
    let today = server.state.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let last = today.checked_add(jiff::Span::new().days(30)).unwrap();
    for partner in [server.lab(), server.shelter()] {
        for criterion in ["tracks", "hides_itself", "offered_to_individuals"] {
            let evidence = json!([{ "kind": "note", "value": "seen in the made-up test" }]);
            let opinion = json!({
                "criterion": criterion, "stance": "holds", "evidence": evidence, "expires": last,
            });
            partner.post(&format!("{family}/opinions"), &opinion).expect(201);
        }
    }
    let id: FamilyId = "watch-alpha".parse().unwrap();
    let class = || {
        let saved = server.wait(server.state.store.verdict(&id)).unwrap().unwrap();
        saved.class.to_string()
    };
    assert_eq!(class(), "stalkerware");
    let before = audited(&server, "verdict.change").len();
    done_after(&server, 29, "judge_again");
    assert_eq!(
        (class().as_str(), audited(&server, "verdict.change").len()),
        ("stalkerware", before)
    );
    done_after(&server, 31, "judge_again");
    assert_eq!(class(), "undecided", "it follows what is known by then");
    let lines = audited(&server, "verdict.change");
    let last = lines.last().unwrap();
    assert_eq!((lines.len(), last.partner.as_ref()), (before + 1, None));
    assert!(last.detail.contains("undecided"), "{}", last.detail);
    done_after(&server, 32, "judge_again");
    assert_eq!(audited(&server, "verdict.change").len(), before + 1, "nothing changed since");
}

#[test]
fn samples_that_lie_there_plain_are_sealed_slice_by_slice() {
    let server = Server::without_worker();
    let (store, now) = (&server.state.store, server.state.clock.now());
    // As a version before sealing left them; more than one slice.
    let samples: Vec<_> = (0..60)
        .map(|number| {
            let bytes = format!("made-up sample {number}");
            let sha256 = server.wait(store.put_bytes(bytes.clone())).unwrap();
            let sample = NewSample {
                sha256,
                sha1: Sha1(sha256.0[..20].try_into().unwrap()),
                md5: Md5(sha256.0[..16].try_into().unwrap()),
                size_bytes: bytes.len() as u64,
                file_name: None,
                by: "example-lab".parse().unwrap(),
                sharing: Sharing::coalition(),
                declared_public: false,
            };
            server.wait(store.add_sample(&sample, &Actor::operator(), now)).unwrap();
            (sha256, bytes)
        })
        .collect();
    // Nothing that sealing could mend; the others are sealed all the same.
    let lying =
        |name: &str| server.data().join("blobs").join(&name[..2]).join(&name[2..4]).join(name);
    let (gone, _) = &samples[7];
    std::fs::remove_file(lying(&gone.to_string())).unwrap();
    done_after(&server, 0, "seal_samples");
    for (sha256, bytes) in samples.iter().filter(|(sha256, _)| sha256 != gone) {
        let lies = std::fs::read(lying(&sha256.to_string())).unwrap();
        assert!(!lies.windows(7).any(|piece| piece == b"made-up"), "{sha256} lies there plain");
        assert_eq!(server.wait(store.get_bytes(sha256, 99)).unwrap(), bytes.as_bytes());
    }
    let left = server.wait(store.plain_samples(None, 99)).unwrap();
    assert_eq!(left, [*gone], "what is missing cannot be sealed");
}
