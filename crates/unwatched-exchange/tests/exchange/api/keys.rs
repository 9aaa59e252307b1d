//! Keys: shown once, never above whoever makes them, gone when they are withdrawn or past their
//! end.

use serde_json::{Value, json};
use unwatched_model::partner::UserRole;
use unwatched_store::{Actor, PartnerChange};

use crate::rig::{Client, Server};

fn asked(role: &str, scopes: &str) -> Value {
    json!({ "label": "nightly upload", "role": role, "scopes": scopes })
}

/// A program with the key that was made.
fn with(server: &Server, made: &Value) -> Client {
    server.nobody().with_token(made["key"].as_str().unwrap())
}

#[test]
fn a_key_is_shown_once_and_opens_what_it_says_until_it_is_withdrawn() {
    let server = Server::without_worker();
    let lab = server.lab();
    let made = lab.post("/api/v1/keys", &asked("uploader", "read samples:upload")).expect(201);
    let made = made.json();
    let key = with(&server, &made);
    key.send("/api/v1/samples", &[], b"an app").expect(202);
    key.get("/api/v1/families").expect(200);
    let refused = key.post("/api/v1/families", &json!({ "name": "Watch" })).problem(403);
    assert!(refused.contains("the role uploader may not create families"), "{refused}");
    key.get("/api/v1/keys").problem(403);

    let listed = lab.get("/api/v1/keys").expect(200);
    let text = String::from_utf8(listed.body.clone()).unwrap();
    assert!(!text.contains(made["key"].as_str().unwrap()), "shown once");
    let listed = listed.json();
    let row = listed["keys"].as_array().unwrap().iter().find(|row| row["id"] == made["id"]);
    let row = row.expect("it is listed");
    assert_eq!(
        (&row["label"], &row["scopes"]),
        (&json!("nightly upload"), &json!("read samples:upload"))
    );
    assert_eq!(row["last_used"].as_str().unwrap().len(), 10, "a day and no finer");

    let path = format!("/api/v1/keys/{}", made["id"].as_str().unwrap());
    server.shelter().delete(&path).problem(404);
    lab.delete(&path).expect(204);
    key.get("/api/v1/families").problem(401);
}

#[test]
fn nobody_hands_on_more_than_they_have() {
    let server = Server::without_worker();
    let lab = server.lab();
    let check = |by: &Client, body: Value, says: &str| {
        let refused = by.post("/api/v1/keys", &body).problem(422);
        assert!(refused.contains(says), "{refused}");
    };
    check(&lab, asked("coordinator", "read"), "the role coordinator may do what your role");
    check(&lab, asked("org_admin", "read"), "the role org_admin may do what your role");
    check(&lab, asked("analyst", ""), "a key without a scope opens nothing");
    check(&lab, asked("analyst", "everything"), "unknown scope");
    let mut long = asked("analyst", "read");
    long["expires_days"] = json!(731);
    check(&lab, long, "from 1 to 730 days");

    let mut short = asked("analyst", "read manage");
    short["expires_days"] = json!(30);
    let made = lab.post("/api/v1/keys", &short).expect(201).json();
    let key = with(&server, &made);
    check(&key, asked("analyst", "all"), "this key has read manage");
    let mut longer = asked("analyst", "read");
    longer["expires_days"] = json!(31);
    check(&key, longer, "makes no key that lasts longer");
    let second = key.post("/api/v1/keys", &asked("reader", "read")).expect(201).json();
    assert_eq!(second["expires"], made["expires"], "as long as the key that made it");
    let more =
        json!({ "label": "x", "role": "reader", "scopes": "read", "partner": "example-shelter" });
    key.post("/api/v1/keys", &more).expect(422);
}

#[test]
fn a_suspended_partner_is_told_so_and_one_that_left_has_no_keys() {
    let server = Server::without_worker();
    let (lab, store) = (server.lab(), &server.state.store);
    let slug = "example-lab".parse().unwrap();
    let stand = |standing: &str| {
        let change =
            PartnerChange { standing: Some(standing.parse().unwrap()), ..PartnerChange::default() };
        let now = server.state.clock.now();
        server.wait(store.change_partner(&slug, &change, &Actor::operator(), now)).unwrap();
    };
    lab.get("/api/v1/families").expect(200);
    stand("suspended");
    let refused = lab.get("/api/v1/families").problem(403);
    assert!(refused.contains("the partner's standing is suspended"), "{refused}");
    stand("full");
    lab.get("/api/v1/families").expect(200);
    stand("left");
    lab.get("/api/v1/families").problem(401);
    stand("full");
    lab.get("/api/v1/families").problem(401);
    server.client("example-lab", UserRole::Reader).get("/api/v1/families").expect(200);
}
