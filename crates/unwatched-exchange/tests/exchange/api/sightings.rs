//! `/api/v1/sightings`: the same sums as in the TAXII collection, by the same rules.

use serde_json::{Value, json};
use unwatched_exchange::collections::partners;
use unwatched_exchange::collections::sightings::told::added_up;
use unwatched_model::partner::UserRole;

use crate::rig::{Client, Server};

const HERE: &str = "/api/v1/sightings";

/// A family with a package, both among what partners share, and the package's uuid.
fn shared() -> (Server, Client, Client, String) {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    let family = lab.create_family("Watch Alpha");
    lab.indicate(&family, "package", "com.example.alpha", "app");
    server.wait(partners::fill(&server.state)).unwrap();
    let listed = lab.get(&format!("{family}/indicators")).expect(200).json();
    let uuid = listed["indicators"][0]["uuid"].as_str().unwrap().to_owned();
    (server, lab, shelter, uuid)
}

fn of_family(count: u32, from: &str) -> Value {
    json!({"family": "watch-alpha", "count": count, "from": from})
}

fn say(client: &Client, sightings: &[Value]) -> Vec<Value> {
    let said = client.post(HERE, &json!({"sightings": sightings})).expect(200).json();
    said["results"].as_array().unwrap().clone()
}

fn why(result: &Value) -> (String, String) {
    let error = &result["problem"]["errors"][0];
    (error["field"].as_str().unwrap().to_owned(), error["detail"].as_str().unwrap().to_owned())
}

fn listed(client: &Client, query: &str) -> Value {
    client.get(&format!("{HERE}{query}")).expect(200).json()
}

#[test]
fn sums_are_said_read_and_said_again() {
    let (_server, lab, shelter, _) = shared();
    let first = say(&lab, &[of_family(12, "2025-Q1"), of_family(30, "2025-Q2")]);
    assert_eq!((&first[0]["status"], &first[1]["status"]), (&json!(201), &json!(201)));
    let again = say(&lab, &[of_family(12, "2025-Q1"), of_family(40, "2025-Q2")]);
    assert_eq!((&again[0]["status"], &again[1]["status"]), (&json!(200), &json!(201)));
    assert_eq!(again[1]["id"], first[1]["id"], "a version of the same sighting");
    say(
        &shelter,
        &[json!({
            "family": "watch-alpha", "count": 25, "from": "2025-Q1", "to": "2025-Q2", "tlp": "GREEN",
        })],
    );
    let page = listed(&shelter, "?family=watch-alpha");
    let read: Vec<_> = page["sightings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            assert_eq!(one["family"], "watch-alpha");
            json!([one["count"], one["from"], one["to"], one["tlp"], one["own"]])
        })
        .collect();
    assert_eq!(
        read,
        [
            json!([12, "2025-Q1", "2025-Q1", "AMBER", false]),
            json!([40, "2025-Q2", "2025-Q2", "AMBER", false]),
            json!([25, "2025-Q1", "2025-Q2", "GREEN", true]),
        ]
    );
    // Page by page it is the same.
    let mut after = String::new();
    let mut counts = Vec::new();
    loop {
        let page = listed(&lab, &format!("?limit=1{after}"));
        counts.extend(page["sightings"].as_array().unwrap().iter().map(|one| one["count"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(counts, [json!(12), json!(40), json!(25)]);
    // TAXII has them, too.
    let taxii = lab.get_with(
        "/partners/collections/sightings/objects/",
        &[("accept", "application/taxii+json")],
    );
    assert_eq!(taxii.expect(200).json()["objects"].as_array().unwrap().len(), 3);
}

#[test]
fn what_could_point_at_one_person_is_refused_in_its_own_words() {
    let (_server, lab, shelter, uuid) = shared();
    say(&lab, &[of_family(30, "2025-Q1")]);
    let package = |count: u32| json!({"indicator": uuid, "count": count, "from": "2025-Q1"});
    let refused = say(
        &lab,
        &[
            package(29),
            of_family(31, "2025-Q1"),
            of_family(9, "2025-Q2"),
            json!({"family": "watch-alpha", "count": "12", "from": "2025-Q2"}),
            json!({"family": "watch-alpha", "from": "2025-Q2"}),
            of_family(12, "2025-02"),
            of_family(12, "2999-Q1"),
            json!({"count": 12, "from": "2025-Q2"}),
            json!({"family": "watch-alpha", "indicator": uuid, "count": 12, "from": "2025-Q2"}),
            json!({"indicator": "00000000-0000-5000-8000-000000000001", "count": 12, "from": "2025-Q2"}),
            json!({"family": "watch-alpha", "count": 12, "from": "2025-Q2", "tlp": "RED"}),
            json!({"family": "watch-alpha", "count": 12, "from": "2025-Q2", "to": "2025-Q1"}),
        ],
    );
    let expected = [
        ("indicator", "not both"),
        ("count", "it was 30"),
        ("count", "one below 10"),
        ("count", "without quotes"),
        ("count", "missing"),
        ("from", "such as 2026-Q1"),
        ("to", "wait until the quarter is over"),
        ("family", "say `family` or `indicator`"),
        ("family", "not both"),
        ("indicator", "nothing that partners share"),
        ("tlp", "AMBER or wider"),
        ("to", "before the first"),
    ];
    assert_eq!(refused.len(), expected.len());
    for (result, (field, words)) in refused.iter().zip(expected) {
        assert_eq!(result["status"], 422, "{result}");
        let (found, detail) = why(result);
        assert!(found == field && detail.contains(words), "{field}, {words}: {result}");
    }
    assert_eq!(
        say(&lab, &[json!({"family": "nobody", "count": 12, "from": "2025-Q1"})])[0]["status"],
        404
    );
    // Another organisation counts as it likes; what it counts is added to nobody's.
    assert_eq!(say(&shelter, &[package(29)])[0]["status"], 201);
    let counts: Vec<_> = listed(&lab, "")["sightings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["count"].clone())
        .collect();
    assert_eq!(counts, [json!(30), json!(29)]);
    assert_eq!(listed(&lab, "?family=watch-alpha")["sightings"].as_array().unwrap().len(), 1);
    for query in ["?after=x", "?limit=0", "?limit=1001"] {
        lab.get(&format!("{HERE}{query}")).problem(422);
    }
    lab.get(&format!("{HERE}?family=nobody")).problem(404);
}

#[test]
fn who_adds_and_who_reads() {
    let (server, lab, _, _) = shared();
    let body = json!({"sightings": [of_family(12, "2025-Q1")]});
    server.nobody().get(HERE).problem(401);
    let reader = server.client("example-lab", UserRole::Reader);
    reader.post(HERE, &body).problem(403);
    reader.get(HERE).expect(200);
    server.client("example-lab", UserRole::StatisticsEditor).get(HERE).problem(403);
    // Sent again under one key, it is done once and answered alike.
    let key = [("idempotency-key", "one"), ("content-type", "application/json")];
    let bytes = body.to_string();
    let first = lab.send(HERE, &key, bytes.as_bytes()).expect(200);
    let second = lab.send(HERE, &key, bytes.as_bytes()).expect(200);
    assert_eq!(first.body, second.body);
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    let many = vec![of_family(12, "2025-Q1"); 1_001];
    lab.post(HERE, &json!({"sightings": many})).problem(422);
}

#[test]
fn a_family_s_page_adds_up_what_organisations_counted() {
    let (server, lab, shelter, _) = shared();
    let family = "watch-alpha".parse().unwrap();
    let page = || server.wait(added_up(&server.state.store, &family)).unwrap();
    assert_eq!(page(), []);
    say(&lab, &[of_family(12, "2025-Q1")]);
    say(&shelter, &[of_family(30, "2025-Q1")]);
    let added = page();
    assert_eq!((added.len(), added[0].count, added[0].organisations), (1, 42, 2));
}
