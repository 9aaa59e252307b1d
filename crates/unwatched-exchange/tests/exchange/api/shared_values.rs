//! Released values on shared infrastructure: seen, decided of, and blocked only then.

use serde_json::{Value, json};
use unwatched_exchange::community;
use unwatched_exchange::release::publish;
use unwatched_formats::release::Index;
use unwatched_model::partner::UserRole;
use unwatched_store::Actor;

use crate::rig::{Client, Server};

/// A list that names a host of its own, one on a platform, one of an SDK, one twice.
const IOC: &str = "- name: Watch Alpha\n  type: stalkerware\n  c2:\n    domains:\n    \
    - api.watch-alpha.example\n    - watch-alpha.github.io\n    - log.umeng.com\n    \
    - both.watch.example\n- name: Watch Beta\n  type: stalkerware\n  c2:\n    domains:\n    \
    - both.watch.example\n";

fn published() -> Server {
    let server = Server::without_worker();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ioc.yaml"), IOC).unwrap();
    server.wait(community::import(&server.state, folder.path())).unwrap();
    publish(&server);
    server
}

fn publish(server: &Server) {
    server.wait(publish::publish(&server.state, &Actor::operator())).expect("a release");
}

fn zone(server: &Server) -> String {
    let body = server.nobody().get("/feeds/v1/unwatched.rpz").expect(200).body;
    String::from_utf8(body).unwrap()
}

fn blocks(zone: &str, host: &str) -> bool {
    zone.lines().any(|line| line == format!("{host} CNAME ."))
}

fn listed(client: &Client) -> Vec<Value> {
    let list = client.get("/api/v1/shared-values").expect(200).json();
    list["values"].as_array().unwrap().clone()
}

fn decide(value: &str, may_block: bool) -> Value {
    json!({"kind": "domain", "value": value, "may_block": may_block, "why": "somebody looked"})
}

#[test]
fn what_others_share_waits_for_somebody_to_look() {
    let server = published();
    let lab = server.lab();
    let all = listed(&lab);
    let values: Vec<_> = all.iter().map(|one| one["value"].as_str().unwrap()).collect();
    assert_eq!(values, ["both.watch.example", "log.umeng.com", "watch-alpha.github.io"]);
    assert_eq!(all[0]["families"], json!(["watch-alpha", "watch-beta"]));
    assert!(all[1]["why"].as_str().unwrap().contains("a service that many apps build in"));
    assert!(all[2]["why"].as_str().unwrap().contains("anybody rents a name"));
    assert!(all.iter().all(|one| one["review"].is_null()));
    let before = zone(&server);
    assert!(blocks(&before, "api.watch-alpha.example"), "{before}");
    assert!(values.iter().all(|host| !blocks(&before, host)), "{before}");

    let reviews = "/api/v1/shared-values/reviews";
    lab.post(reviews, &decide("WATCH-alpha.github.io.", true)).expect(201);
    lab.post(reviews, &decide("log.umeng.com", true)).expect(201);
    server.shelter().post(reviews, &decide("log.umeng.com", false)).expect(201);
    assert_eq!(zone(&server), before, "what was published stands");
    publish(&server);
    let after = zone(&server);
    assert!(blocks(&after, "watch-alpha.github.io"));
    assert!(!blocks(&after, "log.umeng.com"), "the latest decision counts");
    let review = &listed(&lab)[1]["review"];
    assert_eq!((&review["may_block"], &review["by"]), (&json!(false), &json!("example-shelter")));

    let index = server.nobody().get("/feeds/v1/index.json").expect(200).body;
    let index = Index::from_bytes(&index).unwrap();
    let reviewed: Vec<_> =
        index.warnings.iter().filter(|one| one.reviewed).map(|one| one.value.as_str()).collect();
    assert_eq!((index.warnings.len(), reviewed), (4, vec!["watch-alpha.github.io"]));
    let hosts = server.nobody().get("/feeds/v1/hosts").expect(200).body;
    assert_eq!(String::from_utf8(hosts).unwrap().lines().count(), 5, "as imported");
}

#[test]
fn not_everybody_decides_and_not_of_everything() {
    let server = published();
    let reviews = "/api/v1/shared-values/reviews";
    let body = decide("log.umeng.com", true);
    server.client("example-lab", UserRole::Reader).post(reviews, &body).problem(403);
    server.nobody().post(reviews, &body).problem(401);
    let lab = server.lab();
    for wrong in [
        json!({"kind": "package", "value": "com.example", "may_block": true, "why": "x"}),
        json!({"kind": "domain", "value": "no host", "may_block": true, "why": "x"}),
        json!({"kind": "domain", "value": "a.example", "may_block": true, "why": "  "}),
        json!({"kind": "domain", "value": "a.example", "why": "x"}),
        json!({"kind": "domain", "value": "a.example", "may_block": true, "why": "x", "by": "y"}),
    ] {
        lab.post(reviews, &wrong).expect(422);
    }
    assert!(listed(&lab).iter().all(|one| one["review"].is_null()));
}
