//! `/api/v1/families/{id}/indicators`

use serde_json::{Value, json};

use crate::rig::Server;

#[test]
fn every_kind_is_kept_as_written_and_compared_in_its_form() {
    let server = Server::without_worker();
    let lab = server.lab();
    let family = lab.create_family("Watch Alpha");
    let path = format!("{family}/indicators");
    let check = |kind: &str, value: &str, role: &str, normalised: &str| {
        let body = json!({
            "kind": kind, "value": value, "role": role, "tlp": "CLEAR", "source": "Example Lab",
        });
        let added = lab.post(&path, &body).expect(201).json();
        assert_eq!(added["normalised"], normalised);
        assert_eq!(added["new"], true);
        let again = lab.post(&path, &body).expect(200).json();
        assert_eq!((&again["id"], &again["new"]), (&added["id"], &json!(false)));
    };
    let (sha1, sha256) = ("AB".repeat(20), "CD".repeat(32));
    check("domain", "API.Watch-Alpha.example.", "c2", "api.watch-alpha.example");
    check("address", "192.0.2.7", "c2", "192.0.2.7");
    check(
        "url",
        "https://watch-alpha.example/get/",
        "distribution",
        "https://watch-alpha.example/get",
    );
    check("package", "com.example.Watch", "app", "com.example.Watch");
    check("certificate_sha1", &sha1, "app", &sha1.to_lowercase());
    check("certificate_sha256", &sha256, "app", &sha256.to_lowercase());
    check("certificate_organisation", "Watch Alpha Ltd", "app", "Watch Alpha Ltd");
    check("certificate_common_name_pattern", "^Watch [0-9]+$", "app", "^Watch [0-9]+$");
    check("file_sha256", &sha256, "sample", &sha256.to_lowercase());
    check("ios_bundle", "com.example.watch", "app", "com.example.watch");
    let listed = lab.get(&path).expect(200).json();
    let listed = listed["indicators"].as_array().unwrap();
    assert_eq!(listed.len(), 10);
    assert_eq!(listed[0]["value"], "API.Watch-Alpha.example.");
    assert_eq!(listed[0]["by"], "example-lab");
}

#[test]
fn what_is_wrong_is_named() {
    let server = Server::without_worker();
    let lab = server.lab();
    let path = format!("{}/indicators", lab.create_family("Watch Alpha"));
    let good = json!({
        "kind": "domain", "value": "watch-alpha.example", "role": "c2", "tlp": "CLEAR",
        "source": "Example Lab",
    });
    let check = |field: &str, value: Value, expected: &str| {
        let mut body = good.clone();
        body[field] = value;
        let detail = lab.post(&path, &body).problem(422);
        assert!(detail.starts_with(expected), "{detail}");
    };
    check("value", json!("no host"), "value: \"no host\" is no domain: not a host name");
    check("value", json!(""), "value: \"\" is no domain: it is empty");
    check("value", json!("github.io"), "value: below github.io anybody has a name");
    check("kind", json!("sha1"), "kind: unknown variant `sha1`");
    check("role", json!("app"), "role: a domain cannot have the role app");
    check("tlp", json!("WHITE"), "tlp: unknown TLP label \"WHITE\"");
    check("source", json!(" "), "source: it is empty");
    check("valeu", json!("x"), "valeu: unknown field: did you mean `value`?");
}

#[test]
fn nothing_is_shown_above_its_tlp() {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    let path = format!("{}/indicators", lab.create_family("Watch Alpha"));
    for (tlp, host) in [
        ("GREEN", "green.example"),
        ("AMBER", "amber.example"),
        ("AMBER+STRICT", "strict.example"),
        ("RED", "red.example"),
    ] {
        let body = json!({
            "kind": "domain", "value": host, "role": "c2", "tlp": tlp, "source": "Example Lab",
        });
        lab.post(&path, &body).expect(201);
    }
    let seen = |client: &crate::rig::Client| {
        let listed = client.get(&path).expect(200).json();
        let values = listed["indicators"].as_array().unwrap().iter();
        values.map(|row| row["value"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(seen(&lab), ["green.example", "amber.example", "strict.example", "red.example"]);
    assert_eq!(seen(&shelter), ["green.example", "amber.example"]);
    let found = |client: &crate::rig::Client| {
        let found = client.get("/api/v1/search?q=red.example").expect(200).json();
        found["results"].as_array().unwrap().len()
    };
    assert_eq!((found(&lab), found(&shelter)), (1, 0));
}

#[test]
fn what_another_partner_keeps_to_itself_changes_no_answer() {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    let path = format!("{}/indicators", lab.create_family("Watch Alpha"));
    let body = |host: &str, tlp: &str| json!({"kind": "domain", "value": host, "role": "c2", "tlp": tlp, "source": "a blog"});
    for n in 0..70 {
        lab.post(&path, &body(&format!("c{n}.secret.example"), "RED")).expect(201);
    }
    let page = shelter.get("/api/v1/search?q=secret").expect(200).json();
    assert_eq!((&page["results"], &page["next"]), (&json!([]), &Value::Null));
    let added = shelter.post(&path, &body("c7.secret.example", "GREEN")).expect(201).json();
    assert_eq!(added["new"], true);
    let listed = shelter.get(&path).expect(200).json();
    let listed = listed["indicators"].as_array().unwrap();
    assert_eq!((listed.len(), &listed[0]["tlp"]), (1, &json!("GREEN")));
    let page = lab.get("/api/v1/search?q=c7.secret.example").expect(200).json();
    assert_eq!(page["results"].as_array().unwrap().len(), 2, "a row each");
    let again = lab.post(&path, &body("c7.secret.example", "CLEAR")).expect(200).json();
    assert_eq!(again["new"], false);
    let listed = shelter.get(&path).expect(200).json();
    assert_eq!(listed["indicators"][0]["tlp"], "CLEAR");
}
