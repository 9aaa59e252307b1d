//! What a partner keeps to itself, or to a group, changes no byte of what another partner is
//! answered, nor of what is released.

use serde_json::{Value, json};
use unwatched_exchange::collections::partners;
use unwatched_exchange::release::files::Contents;
use unwatched_model::partner::UserRole;

use crate::rig::{Client, Server};

const STALKERWARE: [&str; 3] = ["tracks", "offered_to_individuals", "hides_itself"];

/// The shelter is the one that asks, the lab the one that hides.
struct Stage {
    server: Server,
    lab: Client,
    shelter: Client,
    coordinator: Client,
    families: Vec<String>,
}

impl Stage {
    fn new() -> Self {
        let server = Server::without_worker();
        let (lab, shelter) = (server.lab(), server.shelter());
        let coordinator = server.client("example-shelter", UserRole::Coordinator);
        let leader = server.client("example-lab", UserRole::Coordinator);
        leader.post("/api/v1/groups", &json!({"slug": "circle", "name": "Circle"})).expect(201);
        let member = json!({"partner": "example-lab"});
        leader.post("/api/v1/groups/circle/members", &member).expect(204);
        let mut families = Vec::new();
        for name in ["Watch Alpha", "Watch Beta", "Watch Gamma"] {
            let family = lab.create_family(name);
            for client in [&lab, &shelter] {
                client.say(&family, "holds", &STALKERWARE);
            }
            families.push(family);
        }
        let stage = Self { server, lab, shelter, coordinator, families };
        stage.say(&stage.shelter, 0, "kim.watch.example", &json!({"declared_public": false}));
        stage.say(&stage.shelter, 0, "platform.example", &json!({}));
        stage
    }

    fn say(&self, client: &Client, family: usize, host: &str, how: &Value) {
        let mut body = json!({
            "kind": "domain", "value": host, "role": "c2", "tlp": "CLEAR", "source": "us",
            "declared_public": true,
        });
        for (key, value) in how.as_object().unwrap() {
            body[key] = value.clone();
        }
        client.post(&format!("{}/indicators", self.families[family]), &body).expect(201);
    }

    /// What the lab hides: the shelter's own values, one of them of more families, hosts below it.
    fn hide(&self, how: &Value) {
        self.say(&self.lab, 0, "kim.watch.example", how);
        for family in [1, 2] {
            self.say(&self.lab, family, "platform.example", how);
            self.say(&self.lab, family, &format!("h{family}.platform.example"), how);
        }
    }

    /// Everything that the shelter can ask for in which the values could show.
    fn answers(&self) -> Vec<(String, Vec<u8>)> {
        let now = "2027-01-01T00:00:00Z".parse().unwrap();
        let Self { server, shelter, coordinator, families, .. } = self;
        let mut answers = Vec::new();
        for path in [
            "/api/v1/values?kind=domain&value=kim.watch.example",
            "/api/v1/values?kind=domain&value=platform.example",
            "/api/v1/values/held",
            "/api/v1/changes",
            "/api/v1/search?q=watch.example",
            "/api/v1/search?q=platform.example",
            "/api/v1/shared-values",
            &format!("{}/indicators", families[0]),
            &format!("{}/indicators", families[1]),
        ] {
            answers.push((path.to_owned(), shelter.get(path).expect(200).body));
        }
        let preview = "/api/v1/releases/preview";
        answers.push((preview.to_owned(), coordinator.get(preview).expect(200).body));
        server.wait(partners::fill(&server.state)).unwrap();
        let shared = "/partners/collections/partners/objects/";
        answers.push((shared.to_owned(), shelter.get(shared).expect(200).body));
        let contents = server.wait(Contents::read(&server.state.store, now)).unwrap();
        answers.extend(contents.files());
        answers
    }
}

#[track_caller]
fn compare(before: &[(String, Vec<u8>)], after: &[(String, Vec<u8>)], how: &Value) {
    assert_eq!(before.len(), after.len());
    for ((name, before), (_, after)) in before.iter().zip(after) {
        let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
        assert_eq!(before, after, "{name}: {how}");
    }
}

#[test]
fn what_a_partner_hides_changes_no_answer_of_anothers() {
    for how in [json!({"tlp": "RED"}), json!({"tlp": "AMBER+STRICT"}), json!({"group": "circle"})] {
        let stage = Stage::new();
        let before = stage.answers();
        stage.hide(&how);
        compare(&before, &stage.answers(), &how);
    }
}

/// The same said to everybody changes nearly all of them: what is compared above can differ.
#[test]
fn what_is_said_to_everybody_changes_them() {
    let stage = Stage::new();
    let before = stage.answers();
    stage.hide(&json!({"tlp": "GREEN"}));
    let after = stage.answers();
    let changed: Vec<_> = before
        .iter()
        .filter(|(name, bytes)| after.iter().any(|(other, now)| other == name && now != bytes))
        .map(|(name, _)| name.as_str())
        .collect();
    for name in [
        "/api/v1/values?kind=domain&value=kim.watch.example",
        "/api/v1/values/held",
        "/api/v1/changes",
        "/api/v1/releases/preview",
        "/partners/collections/partners/objects/",
        "hosts",
    ] {
        assert!(changed.contains(&name), "{name} is not among {changed:?}");
    }
}
