//! `Idempotency-Key`: one deed and one answer, whoever hangs up, whoever comes at once.

use std::sync::Arc;
use std::thread;

use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};
use unwatched_exchange::jobs::retention;

use crate::rig::{Answer, Client, Server};

fn keyed(client: &Client, key: &str, path: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    client.send(path, &headers, body.to_string().as_bytes())
}

#[test]
fn the_same_request_is_done_once_and_answered_alike() {
    let server = Server::without_worker();
    let lab = server.lab();
    let body = json!({ "name": "Watch Alpha" });
    let first = keyed(&lab, "one", "/api/v1/families", &body).expect(201);
    let again = keyed(&lab, "one", "/api/v1/families", &body).expect(201);
    assert_eq!((&first.body, first.header("location")), (&again.body, again.header("location")));
    assert_eq!(first.header("idempotency-replayed"), None);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.header("content-type"), Some("application/json"));
    // Without a key it is a second family of this name.
    lab.post("/api/v1/families", &body).expect(409);
    // A refusal is answered alike, too, even when its reason is gone.
    let later = json!({ "criterion": "tracks", "stance": "holds", "evidence": [] });
    let path = "/api/v1/families/watch-alpha/opinions";
    let refused = keyed(&lab, "two", path, &later).problem(422);
    assert_eq!(keyed(&lab, "two", path, &later).problem(422), refused);
}

#[test]
fn another_request_with_the_key_is_refused_and_another_caller_has_keys_of_their_own() {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    keyed(&lab, "one", "/api/v1/families", &json!({ "name": "Watch Alpha" })).expect(201);
    let other = json!({ "name": "Watch Beta" });
    let refused = keyed(&lab, "one", "/api/v1/families", &other).problem(422);
    assert!(refused.contains("another"), "{refused}");
    keyed(&lab, "one", "/api/v1/groups", &json!({ "name": "Watch Alpha" })).problem(422);
    keyed(&shelter, "one", "/api/v1/families", &other).expect(201);
    for bad in ["x".repeat(256).as_str(), "\u{e9}"] {
        keyed(&lab, bad, "/api/v1/families", &json!({ "name": "Watch Gamma" })).problem(422);
    }
    // Whoever may not come in learns nothing of keys.
    keyed(&server.nobody(), "one", "/api/v1/families", &other).problem(401);
}

#[test]
fn two_at_once_are_one_deed() {
    let server = Server::without_worker();
    let lab = Arc::new(server.lab());
    for round in 0..10 {
        let body = json!({ "name": format!("Watch {round}") });
        let senders: Vec<_> = (0..4)
            .map(|_| {
                let (lab, body, key) = (lab.clone(), body.clone(), format!("round {round}"));
                thread::spawn(move || {
                    loop {
                        let answer = keyed(&lab, &key, "/api/v1/families", &body);
                        let under_way = answer.status == 409
                            && answer.json()["type"] == "urn:unwatched:problem:under-way";
                        if !under_way {
                            return answer;
                        }
                    }
                })
            })
            .collect();
        let answers: Vec<_> = senders.into_iter().map(|sender| sender.join().unwrap()).collect();
        assert!(answers.iter().all(|answer| answer.status == 201));
        assert!(answers.iter().all(|answer| answer.body == answers[0].body));
    }
}

#[test]
fn a_sample_of_any_size_is_put_in_once() {
    let server = Server::without_worker();
    let lab = server.lab();
    let bytes = vec![7; 1_500_000];
    let headers = [("idempotency-key", "nightly 1")];
    let send = |bytes: &[u8]| lab.send("/api/v1/samples?tlp=GREEN", &headers, bytes);
    let first = send(&bytes).expect(202);
    let again = send(&bytes).expect(202);
    assert_eq!(first.body, again.body, "`new` as it was the first time");
    let path = first.header("location").unwrap();
    let submissions = lab.get(path).expect(200).json()["submissions"].as_array().unwrap().len();
    assert_eq!(submissions, 1);
    send(&bytes[1..]).problem(422);
    assert_eq!(server.half_received(), 0);
}

#[test]
fn a_secret_that_was_shown_once_lies_nowhere_plain_and_goes_in_time() {
    let server = Server::without_worker();
    let lab = server.lab();
    let body = json!({ "label": "nightly", "role": "reader", "scopes": "read" });
    let first = keyed(&lab, "make", "/api/v1/keys", &body).expect(201);
    assert_eq!(keyed(&lab, "make", "/api/v1/keys", &body).expect(201).body, first.body);
    let key = first.json()["key"].as_str().unwrap().to_owned();
    server.wait(async {
        let path = format!("sqlite:{}", server.data().join("exchange.sqlite").display());
        let mut database = SqliteConnection::connect(&path).await.unwrap();
        let kept: Vec<Vec<u8>> = sqlx::query_scalar("SELECT sealed FROM idempotency")
            .fetch_all(&mut database)
            .await
            .unwrap();
        assert_eq!(kept.len(), 1);
        let plain =
            |bytes: &[u8]| bytes.windows(8).any(|part| key.as_bytes()[4..].starts_with(part));
        assert!(!plain(&kept[0]));
        // Two days later the same key is a new request.
        let now = server.state.clock.now() + jiff::SignedDuration::from_hours(49);
        let clock = unwatched_exchange::clock::Clock::by(move || now);
        let later = unwatched_exchange::state::AppState { clock, ..server.state.clone() };
        let gone = retention::enforce(&later).await.unwrap();
        assert!(gone.contains(&("repeated_answers".to_owned(), 1)), "{gone:?}");
    });
    let anew = keyed(&lab, "make", "/api/v1/keys", &body).expect(201);
    assert_ne!(anew.body, first.body);
}

#[test]
fn what_may_be_otherwise_in_a_moment_is_not_kept() {
    let server = Server::without_worker();
    let reader = server.client("example-lab", unwatched_model::partner::UserRole::Reader);
    let body = json!({ "name": "Watch Alpha" });
    keyed(&reader, "one", "/api/v1/families", &body).problem(403);
    // Nothing holds the key afterwards.
    keyed(&reader, "one", "/api/v1/families", &body).problem(403);
}
