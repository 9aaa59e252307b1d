//! Recalls of what its partner has narrowed since: a recall names a value to everybody.

use serde_json::{Value, json};
use unwatched_exchange::release::publish;
use unwatched_exchange::release::recall::{NewRecall, RecallError, recall};
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::partner::UserRole;
use unwatched_store::{Actor, Visible};

use crate::rig::{Client, Server};

const HOST: &str = "panel.watch-alpha.example";

/// A released host of the lab's, and a coordinator of another partner.
fn released() -> (Server, Client, Client, String) {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    let family = lab.create_family("Watch Alpha");
    lab.indicate(&family, "domain", HOST, "c2");
    for client in [&lab, &shelter] {
        client.say(&family, "holds", &["tracks", "offered_to_individuals", "hides_itself"]);
    }
    server.wait(publish::publish(&server.state, &Actor::operator())).unwrap();
    let coordinator = server.client("example-shelter", UserRole::Coordinator);
    (server, lab, coordinator, family)
}

fn said(family: &str, value: &str) -> Value {
    let slug = family.rsplit('/').next().unwrap();
    json!({"family": slug, "kind": "domain", "value": value, "why": "a shop's", "publish": true})
}

/// The lab says the same again, for itself alone.
fn narrow(lab: &Client, family: &str, tlp: &str) -> String {
    let body = json!({
        "kind": "domain", "value": HOST, "role": "c2", "tlp": tlp, "source": "Example Lab",
    });
    let said = lab.post(&format!("{family}/indicators"), &body).expect(200).json();
    said["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_its_partner_narrowed_is_not_recalled_by_others() {
    for tlp in ["RED", "AMBER+STRICT"] {
        let (server, lab, coordinator, family) = released();
        narrow(&lab, &family, tlp);
        let refused = coordinator.post("/api/v1/recalls", &said(&family, HOST)).problem(409);
        let never = coordinator.post("/api/v1/recalls", &said(&family, "x.example")).problem(409);
        assert_eq!(refused, never, "as if it had never been released");
        assert_eq!(coordinator.get("/api/v1/recalls").expect(200).json()["recalls"], json!([]));
        // Its own partner sees it, and so may say it.
        let own = server.client("example-lab", UserRole::Coordinator);
        own.post("/api/v1/recalls", &said(&family, HOST)).expect(201);
    }
}

#[test]
fn what_is_still_seen_or_said_by_nobody_is_recalled() {
    let (_server, lab, coordinator, family) = released();
    let amber = narrow(&lab, &family, "AMBER");
    let recalled = coordinator.post("/api/v1/recalls", &said(&family, HOST)).expect(201).json();
    let path = format!("/api/v1/recalls/{}", recalled["id"].as_str().unwrap());
    coordinator.delete_with(&path, &json!({})).expect(204);
    let why = json!({"why": "a mistake"});
    lab.delete_with(&format!("/api/v1/indicators/{amber}"), &why).expect(204);
    coordinator.post("/api/v1/recalls", &said(&family, HOST)).expect(201);
}

#[test]
fn the_operator_recalls_whatever_was_released() {
    let (server, lab, _, family) = released();
    narrow(&lab, &family, "RED");
    let new = NewRecall {
        family: family.rsplit('/').next().unwrap().parse().unwrap(),
        kind: IndicatorKind::Domain,
        value: HOST.to_owned(),
        why: "a shop's".to_owned(),
    };
    let (operator, nobodys) =
        (Actor::operator(), Visible::to(&unwatched_model::access::Viewer::Anybody));
    let refused = server.wait(recall(&server.state, &new, &operator, &nobodys));
    assert!(matches!(refused, Err(RecallError::NotReleased)), "{refused:?}");
    let everything = Visible::everything_for_the_release();
    server.wait(recall(&server.state, &new, &operator, &everything)).unwrap();
}
