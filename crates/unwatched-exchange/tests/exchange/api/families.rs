//! `/api/v1/families`

use serde_json::{Value, json};

use crate::rig::Server;

#[test]
fn a_family_is_created_read_and_listed() {
    let server = Server::without_worker();
    let lab = server.lab();
    let body = json!({ "name": "Watch Alpha+", "aliases": ["AlphaSee"], "platform": "android" });
    let created = lab.post("/api/v1/families", &body).expect(201);
    assert_eq!(created.json(), json!({ "id": "watch-alpha" }));
    assert_eq!(created.header("location"), Some("/api/v1/families/watch-alpha"));
    let expected = json!({
        "id": "watch-alpha", "name": "Watch Alpha+", "aliases": ["AlphaSee"],
        "platform": "android", "class": "undecided", "attributed": [],
    });
    assert_eq!(lab.get("/api/v1/families/watch-alpha").expect(200).json(), expected);
    let page = lab.get("/api/v1/families").expect(200).json();
    assert_eq!(page, json!({ "families": [expected], "next": null }));
}

#[test]
fn pages_follow_each_other() {
    let server = Server::without_worker();
    let lab = server.lab();
    let names: Vec<_> = (0..150).map(|n| format!("watch {n:03}")).collect();
    for name in &names {
        lab.create_family(name);
    }
    let first = lab.get("/api/v1/families").expect(200).json();
    let next = first["next"].as_str().expect("there is more");
    let second = lab.get(&format!("/api/v1/families?after={next}")).expect(200).json();
    assert_eq!(second["next"], Value::Null);
    let listed: Vec<_> = [first, second]
        .iter()
        .flat_map(|page| page["families"].as_array().unwrap().clone())
        .map(|family| family["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(listed, names);
}

#[test]
fn what_is_wrong_is_named() {
    let server = Server::without_worker();
    let lab = server.lab();
    let check = |body: Value, expected: &str| {
        assert_eq!(lab.post("/api/v1/families", &body).problem(422), expected);
    };
    check(json!({}), "name: missing");
    check(json!({ "name": " " }), "name: it is empty");
    check(json!({ "name": "x", "alias": [] }), "alias: unknown field: did you mean `aliases`?");
    check(json!({ "name": "x", "aliases": ["a", ""] }), "aliases[1]: it is empty");
    check(
        json!({ "name": "x", "platform": "symbian" }),
        "platform: unknown variant `symbian`, expected one of `android`, `ios`, `windows`, \
         `macos`, `linux`",
    );
    check(json!({ "name": "--" }), "name: it holds no letter or digit");
    check(
        json!({ "name": "x", "aliases": ["a\u{202e}b"] }),
        "aliases[0]: it holds a character that is not seen or that turns the writing around",
    );
    lab.create_family("Watch Alpha");
    lab.post("/api/v1/families", &json!({ "name": "WATCH ALPHA" })).problem(409);
}

#[test]
fn an_unknown_family_is_unknown_everywhere() {
    let server = Server::without_worker();
    let lab = server.lab();
    for path in ["", "/indicators", "/opinions", "/verdict"] {
        let detail = lab.get(&format!("/api/v1/families/watch-nobody{path}")).problem(404);
        assert_eq!(detail, "no family with the id \"watch-nobody\"");
    }
    lab.get("/api/v1/families/..%2f..%2fetc").problem(404);
}
