//! The exchange's own collections: what is released, what partners share, what they hand in.

use serde_json::{Value, json};
use unwatched_exchange::collections::partners;
use unwatched_exchange::release::publish::publish;
use unwatched_model::partner::UserRole;
use unwatched_store::Actor;

use super::TAXII;
use crate::rig::{Client, Server};

pub(super) fn objects(client: &Client, path: &str) -> Vec<Value> {
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

pub(super) fn send(client: &Client, path: &str, objects: &[Value]) -> Value {
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
            [("[domain-name:value='withdrawn.invalid']".to_owned(), true)],
            "{path}"
        );
        says_nothing_of(client, path, "c2.alpha.example");
    }
}

/// In no version of any object.
#[track_caller]
fn says_nothing_of(client: &Client, path: &str, value: &str) {
    let all = objects(client, &format!("{path}?match[version]=all"));
    assert!(!all.is_empty());
    assert!(!Value::Array(all).to_string().contains(value), "{value} in {path}");
}

/// What fewer may read than before is read nowhere any more: in no older version, nor in the one
/// that revokes it.
#[test]
fn what_is_narrowed_held_or_withdrawn_is_gone_with_all_its_versions() {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    let family = lab.create_family("Watch Alpha");
    let say = |value: &str, tlp: &str, pap: &str, declared: bool| {
        let body = json!({ "kind": "domain", "value": value, "role": "c2", "tlp": tlp, "pap": pap,
            "source": "Example Lab", "declared_public": declared });
        let answer = lab.post(&format!("{family}/indicators"), &body);
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    };
    let gone =
        ["narrow.alpha.example", "uses.alpha.example", "held.alpha.example", "back.alpha.example"];
    for value in gone {
        say(value, "AMBER", "GREEN", true);
    }
    say("stays.alpha.example", "AMBER", "GREEN", true);
    say("limited.alpha.example", "GREEN", "AMBER", true);
    server.wait(partners::fill(&server.state)).unwrap();
    let shared = objects(&shelter, SHARED);
    for value in gone.iter().chain(&["stays.alpha.example", "limited.alpha.example"]) {
        assert!(Value::Array(shared.clone()).to_string().contains(value), "{value}");
    }
    // What may be done with it goes along: of PAP the standard has no marking, so it is a statement.
    let pap = |objects: &[Value], value: &str| {
        let found = objects.iter().find(|one| one["pattern"].to_string().contains(value)).unwrap();
        let refs = found["object_marking_refs"].as_array().unwrap();
        let marking = |id: &Value| objects.iter().find(|one| one["id"] == *id).unwrap();
        let markings: Vec<_> = refs.iter().map(|id| marking(id)["name"].clone()).collect();
        (markings, found["labels"].clone())
    };
    assert_eq!(
        pap(&shared, "limited.alpha.example"),
        (vec![json!("TLP:GREEN"), json!("PAP:AMBER")], json!(["role:c2", "pap:amber"]))
    );
    assert_eq!(pap(&shared, "stays.alpha.example"), (vec![json!("TLP:AMBER")], json!(["role:c2"])));
    say("narrow.alpha.example", "RED", "GREEN", true);
    say("uses.alpha.example", "AMBER", "RED", true);
    say("held.alpha.example", "AMBER", "GREEN", false);
    let back = say("back.alpha.example", "AMBER", "GREEN", true);
    let why = json!({ "why": "made up" });
    lab.delete_with(&format!("/api/v1/indicators/{back}"), &why).expect(204);
    for _ in 0..2 {
        server.wait(partners::fill(&server.state)).unwrap();
        for value in gone {
            says_nothing_of(&shelter, SHARED, value);
        }
        let shared = objects(&shelter, SHARED);
        let revoked = indicators(&shared).into_iter().filter(|(_, revoked)| *revoked).count();
        assert_eq!(revoked, gone.len(), "a partner's copy is told each");
        // What is left of them is STIX as its validator takes it.
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("partners.json");
        let id = "bundle--00000000-0000-4000-8000-000000000001";
        let bundle = json!({ "type": "bundle", "id": id, "objects": shared });
        std::fs::write(&file, bundle.to_string()).unwrap();
        super::clients::python(&["strict", file.to_str().unwrap()]);
    }
    // What may be read again comes under another id.
    say("narrow.alpha.example", "AMBER", "GREEN", true);
    server.wait(partners::fill(&server.state)).unwrap();
    let patterns = indicators(&objects(&shelter, SHARED));
    assert!(patterns.contains(&("[domain-name:value='narrow.alpha.example']".to_owned(), false)));
}

#[test]
fn sightings_are_sums_that_point_at_nobody() {
    let server = Server::without_worker();
    let lab = server.lab();
    let family = lab.create_family("Watch Alpha");
    lab.indicate(&family, "package", "com.example.alpha", "app");
    server.wait(partners::fill(&server.state)).unwrap();
    let shared = objects(&lab, SHARED);
    let malware = shared.iter().find(|one| one["type"] == "malware").unwrap()["id"].clone();
    let path = "/partners/collections/sightings/objects/";
    let sighting = |name: u32, minute: u32, count: u32| {
        json!({
        "type": "sighting", "id": format!("sighting--00000000-0000-4000-8000-{name:012}"),
        "spec_version": "2.1", "created": "2026-01-01T00:00:00.000Z",
        "modified": format!("2026-01-01T00:{minute:02}:00.000Z"), "summary": true, "count": count,
        "first_seen": "2025-01-01T00:00:00Z", "last_seen": "2025-03-31T23:59:59Z",
        "sighting_of_ref": malware })
    };
    let mut told = sighting(3, 0, 12);
    told["x_note"] = json!("somebody");
    let unknown = json!("malware--00000000-0000-4000-8000-000000000001");
    let mut of_nothing = sighting(4, 0, 12);
    of_nothing["sighting_of_ref"] = unknown;
    let status = send(
        &lab,
        path,
        &[sighting(1, 0, 12), sighting(2, 0, 9), super::object(1, 1), told, of_nothing],
    );
    assert_eq!((&status["success_count"], &status["failure_count"]), (&json!(1), &json!(4)));
    let why = status["failures"].to_string();
    for word in ["`count`", "only sightings", "`x_note`", "`sighting_of_ref`"] {
        assert!(why.contains(word), "{word}: {why}");
    }
    // Another request knows of the one before; another partner has sightings of its own.
    let again = |client: &Client, sighting: Value| {
        send(client, path, &[sighting])["failures"][0]["message"].to_string()
    };
    assert!(again(&lab, sighting(1, 1, 13)).contains("it was 12"));
    assert!(again(&lab, sighting(5, 0, 13)).contains("add a version"));
    assert!(again(&server.shelter(), sighting(1, 1, 40)).contains("another partner"));
    assert_eq!(again(&server.shelter(), sighting(6, 0, 40)), "null");
    let seen = objects(&server.shelter(), path);
    let counts: Vec<_> = seen.iter().map(|one| one["count"].clone()).collect();
    assert_eq!(counts, [json!(12), json!(40)]);
}
