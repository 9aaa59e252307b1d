//! What partners hand in: which of it becomes indicators, of which family, how far they reach, and
//! what whoever handed it in is told.

use serde_json::{Value, json};
use unwatched_model::partner::UserRole;

use super::TAXII;
use super::own::send;
use crate::rig::{Client, Server};

const INBOX: &str = "/partners/collections/inbox/objects/";
const AMBER: &str = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82";
const RED: &str = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed";

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
    let message = |status: &Value, at: usize| status["successes"][at]["message"].to_string();
    assert!(message(&status, 0).contains("waits: no relationship"), "{status}");
    assert!(message(&status, 1).contains("refused: its pattern"), "{status}");
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
    let path = format!("/partners/status/{}/", status["id"].as_str().unwrap());
    let later = lab.get_with(&path, &[("accept", TAXII)]).expect(200).json();
    assert!(message(&later, 0).contains("taken: 2 indicators of watch-beta"), "{later}");
    assert!(message(&later, 2).contains("taken: 1 indicator of watch-beta"), "{later}");
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

/// An object with a name of its own, marked so; more of it comes from `members`.
fn object(object_type: &str, name: u32, minute: u32, marking: &str, members: &Value) -> Value {
    let mut object = json!({
        "type": object_type, "spec_version": "2.1", "created": "2026-01-01T00:00:00.000Z",
        "modified": format!("2026-01-01T00:{minute:02}:00.000Z"),
        "id": format!("{object_type}--00000000-0000-4000-8000-{name:012}"),
        "object_marking_refs": [marking],
    });
    object.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    object
}

fn indicator(name: u32, minute: u32, marking: &str, pattern: &str, labels: &Value) -> Value {
    let members = json!({ "pattern": pattern, "pattern_type": "stix", "labels": labels,
        "valid_from": "2026-01-01T00:00:00.000Z" });
    object("indicator", name, minute, marking, &members)
}

/// An indicator, its family and what joins them, in one envelope.
fn joined(name: u32, family: &str, marked: [&str; 3]) -> Vec<Value> {
    let pattern = format!("[domain-name:value = 'n{name}.alpha.example']");
    let of = indicator(name, 0, marked[0], &pattern, &json!([]));
    let malware = json!({ "name": family, "is_family": true });
    let malware = object("malware", name, 0, marked[1], &malware);
    let between = json!({ "relationship_type": "indicates", "source_ref": of["id"],
        "target_ref": malware["id"] });
    vec![of, malware, object("relationship", name, 0, marked[2], &between)]
}

#[track_caller]
fn told(client: &Client, objects: &[Value]) -> String {
    let status = send(client, INBOX, objects);
    assert_eq!(status["failure_count"], 0, "{status}");
    status["successes"][0]["message"].as_str().unwrap().to_owned()
}

/// A new family's name is read by every partner: what fewer may read makes none.
#[test]
fn a_familys_name_goes_no_further_than_its_marking() {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    for (name, marked) in
        [(1, [RED, AMBER, AMBER]), (2, [AMBER, RED, AMBER]), (3, [AMBER, AMBER, RED])]
    {
        let family = format!("Secret {name}");
        let told = told(&lab, &joined(name, &family, marked));
        assert!(told.contains("waits") && told.contains("TLP:RED"), "{told}");
    }
    let strange = "marking-definition--00000000-0000-4000-8000-000000000009";
    let why = told(&lab, &joined(4, "Secret 4", [AMBER, strange, AMBER]));
    assert!(why.contains("waits") && why.contains(strange), "{why}");
    for path in ["/api/v1/families", "/api/v1/changes?limit=1000"] {
        let answer = shelter.get(path).expect(200);
        let body = String::from_utf8_lossy(&answer.body).to_lowercase();
        assert!(!body.contains("secret"), "{path}: {body}");
    }
    // Its definition comes, and narrows it; a copyright would not.
    let statement = |text: &str| {
        let members =
            json!({ "definition_type": "statement", "definition": { "statement": text } });
        object("marking-definition", 9, 0, AMBER, &members)
    };
    send(&lab, INBOX, &[statement("TLP:RED, for you alone")]);
    assert!(!shelter.get("/api/v1/families").json().to_string().contains("Secret"));
    // Where there is such a family, the statement of it stays as narrow as its narrowest part.
    lab.create_family("Secret 2");
    send(&lab, INBOX, &[object("identity", 1, 0, AMBER, &json!({ "name": "nobody" }))]);
    let of = "/api/v1/families/secret-2/indicators";
    assert!(lab.get(of).json().to_string().contains("\"RED\""));
    assert_eq!(shelter.get(of).json()["indicators"], json!([]));
    // All of it AMBER, it is made.
    let why = told(&lab, &joined(5, "Known 5", [AMBER, AMBER, AMBER]));
    assert_eq!(why, "taken: 1 indicator of known-5");
    assert!(shelter.get("/api/v1/families/known-5").status == 200);
}

/// The same gate as every other way in.
#[test]
fn what_would_match_everybody_is_refused_here_too() {
    let server = Server::without_worker();
    let lab = server.lab();
    let family = lab.create_family("Watch Alpha");
    let labels = json!(["family:watch-alpha", "role:c2"]);
    let all = "[domain-name:value = 'google.com'] OR [domain-name:value = 'co.uk'] OR \
               [ipv4-addr:value = '127.0.0.1'] OR [app:id = 'android'] OR [app:id = 'com.example.a']";
    let why = told(&lab, &[indicator(1, 0, AMBER, all, &labels)]);
    assert!(why.starts_with("refused") && why.contains("google.com"), "{why}");
    assert!(why.contains("cannot have the role c2"), "{why}");
    let listed = || lab.get(&format!("{family}/indicators")).json()["indicators"].clone();
    assert_eq!(listed(), json!([]));
    let some = "[domain-name:value = 'google.com' OR domain-name:value = 'c2.alpha.example']";
    let why = told(&lab, &[indicator(2, 0, AMBER, some, &labels)]);
    assert!(why.contains("taken: 1 indicator of watch-alpha; refused:"), "{why}");
    assert_eq!(listed()[0]["value"], "c2.alpha.example");
}

/// What a partner takes back is withdrawn, and so is what a later version no longer says.
#[test]
fn later_versions_and_revocations_are_followed() {
    let server = Server::without_worker();
    let lab = server.lab();
    let family = lab.create_family("Watch Alpha");
    let labels = json!(["family:watch-alpha", "role:c2", "PAP:AMBER"]);
    let of = |name: u32, minute: u32, marking: &str, hosts: &[&str]| {
        let hosts = hosts.iter().map(|host| format!("domain-name:value = '{host}.alpha.example'"));
        let pattern = format!("[{}]", hosts.collect::<Vec<_>>().join(" OR "));
        indicator(name, minute, marking, &pattern, &labels)
    };
    let listed = || {
        let listed = lab.get(&format!("{family}/indicators")).json();
        let listed = listed["indicators"].as_array().unwrap().clone();
        let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
        let line =
            |one| format!("{} {} {}", text(one, "value"), text(one, "tlp"), text(one, "pap"));
        let mut listed: Vec<_> = listed.iter().map(line).collect();
        listed.sort();
        listed
    };
    told(&lab, &[of(1, 1, AMBER, &["a", "b"])]);
    told(&lab, &[of(2, 1, AMBER, &["b"])]);
    assert_eq!(listed(), ["a.alpha.example AMBER AMBER", "b.alpha.example AMBER AMBER"]);
    told(&lab, &[of(1, 3, RED, &["b", "c"])]);
    assert_eq!(listed(), ["b.alpha.example RED AMBER", "c.alpha.example RED AMBER"]);
    // An older version that comes late changes nothing.
    assert!(told(&lab, &[of(1, 2, AMBER, &["a"])]).contains("a later version"));
    assert_eq!(listed().len(), 2);
    let mut revoked = of(1, 4, RED, &["b", "c"]);
    revoked["revoked"] = json!(true);
    // Nobody takes back what another partner handed in.
    let mut theirs = revoked.clone();
    theirs["modified"] = json!("2026-01-01T00:50:00.000Z");
    assert!(told(&server.shelter(), &[theirs]).contains("nothing of it was taken"));
    assert_eq!(listed().len(), 2);
    assert!(told(&lab, &[revoked]).contains("1 indicator withdrawn"));
    assert_eq!(listed(), ["b.alpha.example RED AMBER"], "another object still says it");
}
