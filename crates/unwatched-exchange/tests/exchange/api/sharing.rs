//! How what is put in is shared, from the request to what another partner reads.

use serde_json::{Value, json};
use unwatched_model::partner::UserRole;

use crate::rig::{Client, Server};

/// A group of the lab and the university; the shelter is not in it.
fn circle(server: &Server) -> (Client, Client, Client) {
    let coordinator = server.client("example-lab", UserRole::Coordinator);
    let group = json!({ "slug": "circle", "name": "Circle" });
    coordinator.post("/api/v1/groups", &group).expect(201);
    server.another_partner("example-university");
    for partner in ["example-lab", "example-university"] {
        let member = json!({ "partner": partner });
        coordinator.post("/api/v1/groups/circle/members", &member).expect(204);
    }
    let university = server.client("example-university", UserRole::Analyst);
    (server.lab(), university, server.shelter())
}

fn put_in(client: &Client, how: &str, bytes: &[u8]) -> String {
    let path = format!("/api/v1/samples{how}");
    let answer = client.send(&path, &[("x-file-name", "annas-phone.apk")], bytes).expect(202);
    answer.json()["sha256"].as_str().unwrap().to_owned()
}

fn listed(client: &Client) -> Vec<String> {
    let list = client.get("/api/v1/samples").expect(200).json();
    let samples = list["samples"].as_array().unwrap().iter();
    samples.map(|sample| sample["sha256"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_shared_in_a_group_stays_in_it() {
    let server = Server::without_worker();
    let (lab, university, shelter) = circle(&server);
    let id = put_in(&lab, "?tlp=AMBER&group=circle", b"one");
    let path = format!("/api/v1/samples/{id}");
    assert_eq!(listed(&university), std::slice::from_ref(&id));
    assert_eq!(listed(&shelter), [""; 0]);
    let missing = shelter.get(&format!("/api/v1/samples/{}", "0".repeat(64))).problem(404);
    let hidden = shelter.get(&path).problem(404);
    assert_eq!(hidden.replace(&id, &"0".repeat(64)), missing, "as if it were not there");
    shelter.get(&format!("{path}/report")).problem(404);
    shelter.get(&format!("{path}/access")).problem(404);
    // TLP:RED in a group is for its people, not for its programs.
    let red = put_in(&lab, "?tlp=RED&group=circle", b"two");
    university.get(&format!("/api/v1/samples/{red}")).problem(404);
    lab.get(&format!("/api/v1/samples/{red}")).expect(200);
}

#[test]
fn the_same_file_from_two_partners_is_each_ones_own_to_share() {
    let server = Server::without_worker();
    let (lab, _, shelter) = circle(&server);
    let id = put_in(&lab, "?tlp=RED", b"the same");
    let answer = shelter.send("/api/v1/samples?tlp=GREEN&pap=RED", &[], b"the same").expect(202);
    assert_eq!(answer.json()["new"], true, "nothing tells of the other submission");
    let path = format!("/api/v1/samples/{id}");
    let theirs = shelter.get(&path).expect(200).json();
    let submissions = theirs["submissions"].as_array().unwrap();
    assert_eq!(submissions.len(), 1);
    assert_eq!(submissions[0]["by"], "example-shelter");
    assert_eq!((&submissions[0]["tlp"], &submissions[0]["pap"]), (&json!("GREEN"), &json!("RED")));
    assert_eq!(theirs["first_seen"], submissions[0]["at"]);
    let whole = lab.get(&path).expect(200).json();
    assert_eq!(whole["submissions"].as_array().unwrap().len(), 2);
    let found = shelter.get("/api/v1/search?q=annas").expect(200).json();
    assert_eq!(found["results"], json!([]), "another's file name is not found");
}

#[test]
fn a_group_that_one_is_not_in_is_refused_like_one_that_is_not() {
    let server = Server::without_worker();
    let (_, _, shelter) = circle(&server);
    let refused = |group: &str| {
        let path = format!("/api/v1/samples?group={group}");
        shelter.send(&path, &[], b"three").problem(422)
    };
    assert_eq!(refused("circle"), refused("nothing-of-the-kind"));
    let wrong = shelter.send("/api/v1/samples?tlp=PINK&pap=9", &[], b"four").problem(422);
    assert!(wrong.contains("tlp: ") && wrong.contains("pap: "), "{wrong}");
    assert_eq!(listed(&shelter), [""; 0], "nothing was kept");
    shelter.get("/api/v1/groups").expect(200);
    shelter.post("/api/v1/groups", &json!({ "slug": "own", "name": "Own" })).problem(403);
}

#[test]
fn a_form_says_it_in_its_fields() {
    let server = Server::without_worker();
    let (lab, _, shelter) = circle(&server);
    let field = |name: &str, value: &str| {
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let file = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.apk\"\r\n\r\napp\r\n";
    let body =
        format!("{file}{}{}--edge--\r\n", field("tlp", "AMBER+STRICT"), field("pap", "AMBER"));
    let headers = [("content-type", "multipart/form-data; boundary=edge")];
    let id = lab.send("/api/v1/samples", &headers, body.as_bytes()).expect(202).json();
    let path = format!("/api/v1/samples/{}", id["sha256"].as_str().unwrap());
    let row = lab.get(&path).expect(200).json();
    let one = &row["submissions"][0];
    assert_eq!((&one["tlp"], &one["pap"]), (&json!("AMBER+STRICT"), &json!("AMBER")));
    shelter.get(&path).problem(404);
}

#[test]
fn who_can_see_it_is_answered_by_the_same_rule() {
    let server = Server::without_worker();
    let (lab, university, shelter) = circle(&server);
    let id = put_in(&lab, "?group=circle", b"five");
    let path = format!("/api/v1/samples/{id}/access");
    let answer = lab.get(&path).expect(200).json();
    let of = |partner: &str| -> Value {
        let partners = answer["partners"].as_array().unwrap();
        partners.iter().find(|line| line["partner"] == partner).unwrap().clone()
    };
    assert_eq!(of("example-lab")["why"], "the own partner shares it");
    assert_eq!(of("example-university")["why"], "both partners are in the group circle");
    assert_eq!(of("example-shelter")["allowed"], false);
    assert_eq!(of("example-shelter")["why"], "it is shared in the group circle only");
    university.get(&path).problem(403);
    shelter.get(&path).problem(404);
}
