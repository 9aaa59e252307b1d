//! The exchange's own collections: what is released, what partners share, what they hand in.

use serde_json::{Value, json};
use unwatched_exchange::collections::partners;
use unwatched_exchange::release::publish::publish;
use unwatched_model::partner::UserRole;
use unwatched_store::Actor;

use super::TAXII;
use crate::rig::{Client, Server};

fn objects(client: &Client, path: &str) -> Vec<Value> {
    let answer = client.get_with(path, &[("accept", TAXII)]).expect(200).json();
    answer["objects"].as_array().cloned().unwrap_or_default()
}

fn indicators(objects: &[Value]) -> Vec<(String, bool)> {
    let found = objects.iter().filter(|one| one["type"] == "indicator");
    let pattern = |one: &Value| one["pattern"].as_str().unwrap().replace(' ', "");
    let mut found: Vec<_> = found.map(|one| (pattern(one), one["revoked"] == true)).collect();
    found.sort();
    found
}

fn send(client: &Client, path: &str, objects: &[Value]) -> Value {
    let body = json!({ "objects": objects }).to_string();
    let headers = [("content-type", TAXII), ("accept", TAXII)];
    client.send(path, &headers, body.as_bytes()).expect(202).json()
}

const STRICT: &str = "/public/collections/public-strict/objects/";
const MVT: &str = "/public/collections/public-mvt/objects/";
const SHARED: &str = "/partners/collections/partners/objects/";

/// One indicator under one id wherever it may be, and nowhere else.
#[test]
fn rows_are_where_they_may_be_and_what_was_recalled_is_revoked() {
    let server = Server::without_worker();
    let lab = server.lab();
    let family = lab.create_family("Watch Alpha");
    lab.indicate(&family, "package", "com.example.alpha", "app");
    lab.indicate(&family, "domain", "c2.alpha.example", "c2");
    let amber = json!({ "kind": "domain", "value": "amber.alpha.example", "role": "c2", "tlp": "AMBER",
        "source": "Example Lab", "declared_public": true });
    lab.post(&format!("{family}/indicators"), &amber).expect(201);
    let held = json!({ "kind": "domain", "value": "held.alpha.example", "role": "c2", "tlp": "AMBER",
        "source": "Example Lab" });
    lab.post(&format!("{family}/indicators"), &held).expect(201);
    let red = json!({ "kind": "domain", "value": "red.alpha.example", "role": "c2", "tlp": "RED",
        "source": "Example Lab", "declared_public": true });
    lab.post(&format!("{family}/indicators"), &red).expect(201);
    for client in [&lab, &server.shelter()] {
        client.say(&family, "holds", &["tracks", "offered_to_individuals", "hides_itself"]);
    }
    server.wait(publish(&server.state, &Actor::operator())).unwrap();
    server.wait(partners::fill(&server.state)).unwrap();
    let nobody = server.nobody();
    let strict = objects(&nobody, STRICT);
    let mvt = objects(&nobody, MVT);
    assert_eq!(
        indicators(&mvt),
        [
            ("[app:id='com.example.alpha']".to_owned(), false),
            ("[domain-name:value='c2.alpha.example']".to_owned(), false),
        ]
    );
    assert_eq!(indicators(&strict).len(), 2);
    let ids = |objects: &[Value]| {
        let found = objects.iter().filter(|one| one["type"] == "indicator");
        let mut ids: Vec<_> = found.map(|one| one["id"].to_string()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&strict), ids(&mvt), "one identity in both dialects");
    let shelter = server.shelter();
    let shared = objects(&shelter, SHARED);
    let patterns: Vec<_> = indicators(&shared).into_iter().map(|(pattern, _)| pattern).collect();
    let has = |value: &str| patterns.iter().any(|pattern| pattern.contains(value));
    assert!(has("amber.alpha.example") && has("c2.alpha.example"));
    assert!(!has("held.alpha.example") && !has("red.alpha.example"), "{patterns:?}");
    let id_of = |objects: &[Value], value: &str| {
        let found = objects.iter().find(|one| one["pattern"].to_string().contains(value));
        found.map(|one| one["id"].clone())
    };
    assert_eq!(id_of(&strict, "c2.alpha.example"), id_of(&shared, "c2.alpha.example"));
    let marking = |value: &str| {
        let found = shared.iter().find(|one| one["pattern"].to_string().contains(value)).unwrap();
        let marking = &found["object_marking_refs"][0];
        shared.iter().find(|one| one["id"] == *marking).unwrap()["name"].clone()
    };
    assert_eq!(marking("amber.alpha.example"), "TLP:AMBER");
    nobody.get_with(SHARED, &[("accept", TAXII)]).expect(401);
    server.client("example-lab", UserRole::Trainer).get_with(SHARED, &[]).expect(200);
    server.client("example-lab", UserRole::StatisticsEditor).get_with(SHARED, &[]).expect(404);
    // Published again, nothing changes; recalled, it is revoked everywhere.
    let before = objects(&nobody, MVT);
    server.wait(publish(&server.state, &Actor::operator())).unwrap();
    assert_eq!(objects(&nobody, MVT), before);
    let coordinator = server.client("example-lab", UserRole::Coordinator);
    let recall = json!({ "family": family.rsplit('/').next().unwrap(), "kind": "domain",
        "value": "c2.alpha.example", "why": "made up" });
    coordinator.post("/api/v1/recalls", &recall).expect(201);
    server.wait(publish(&server.state, &Actor::operator())).unwrap();
    server.wait(partners::fill(&server.state)).unwrap();
    for (client, path) in [(&nobody, MVT), (&nobody, STRICT), (&shelter, SHARED)] {
        let revoked: Vec<_> = indicators(&objects(client, path))
            .into_iter()
            .filter(|(_, revoked)| *revoked)
            .collect();
        assert_eq!(
            revoked,
            [("[domain-name:value='c2.alpha.example']".to_owned(), true)],
            "{path}"
        );
    }
}

#[test]
fn what_is_handed_in_becomes_indicators_to_judge() {
    let server = Server::without_worker();
    let lab = server.lab();
    let inbox = "/partners/collections/inbox/objects/";
    lab.get_with(inbox, &[("accept", TAXII)]).expect(404);
    let indicator = |name: u32, pattern: &str, labels: Value| {
        let mut one = super::object(name, 1);
        one["pattern"] = json!(pattern);
        one["labels"] = labels;
        one["object_marking_refs"] =
            json!(["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"]);
        one
    };
    let malware = "malware--00000000-0000-4000-8000-000000000001";
    let times = json!({ "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
        "spec_version": "2.1" });
    let with_times = |mut object: Value| {
        object.as_object_mut().unwrap().extend(times.as_object().unwrap().clone());
        object
    };
    let first = indicator(
        1,
        "[domain-name:value = 'beta.example' OR app:id = 'com.example.beta']",
        json!([]),
    );
    let status = send(
        &lab,
        inbox,
        &[
            first.clone(),
            indicator(2, "[domain-name:value = 'a' AND url:value = 'b']", json!([])),
            indicator(
                3,
                "[domain-name:value = 'c2.beta.example']",
                json!(["role:c2", "family:nobody"]),
            ),
        ],
    );
    assert_eq!(status["success_count"], 3);
    assert!(lab.get("/api/v1/families").json().to_string().find("Watch Beta").is_none());
    // The family comes later.
    let indicates = |name: u32| {
        with_times(json!({ "type": "relationship", "relationship_type": "indicates",
        "id": format!("relationship--00000000-0000-4000-8000-{name:012}"),
        "source_ref": format!("indicator--00000000-0000-4000-8000-{name:012}"), "target_ref": malware }))
    };
    let family = with_times(
        json!({ "type": "malware", "id": malware, "name": "Watch Beta", "is_family": true }),
    );
    send(&lab, inbox, &[family, indicates(1), indicates(3)]);
    let listed = lab.get("/api/v1/families/watch-beta/indicators").expect(200).json().to_string();
    for value in
        ["\"beta.example\"", "com.example.beta", "c2.beta.example", "\"GREEN\"", "example-lab"]
    {
        assert!(listed.contains(value), "{value}: {listed}");
    }
    // Whoever may not add indicators hands nothing in, and nobody reads what is in there.
    let reader = server.client("example-lab", UserRole::Reader);
    reader.send(inbox, &[("content-type", TAXII)], b"{\"objects\":[{}]}").expect(404);
}

#[test]
fn sightings_are_counts() {
    let server = Server::without_worker();
    let lab = server.lab();
    let path = "/partners/collections/sightings/objects/";
    let sighting = |name: u32, count: u32| {
        json!({
        "type": "sighting", "id": format!("sighting--00000000-0000-4000-8000-{name:012}"),
        "spec_version": "2.1", "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z", "summary": true, "count": count,
        "sighting_of_ref": "malware--00000000-0000-4000-8000-000000000001" })
    };
    let status = send(&lab, path, &[sighting(1, 12), sighting(2, 9), super::object(1, 1)]);
    assert_eq!(
        (status["success_count"].clone(), status["failure_count"].clone()),
        (json!(1), json!(2))
    );
    let seen = objects(&server.shelter(), path);
    assert_eq!((seen.len(), seen[0]["count"].clone()), (1, json!(12)));
}
