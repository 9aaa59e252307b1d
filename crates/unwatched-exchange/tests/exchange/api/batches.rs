//! Many indicators, opinions and questions in one request: each item by itself.

use serde_json::{Value, json};

use crate::rig::Server;

fn indicator(family: &str, value: &str) -> Value {
    json!({
        "family": family, "kind": "domain", "value": value, "role": "c2", "tlp": "GREEN",
        "source": "Example Lab",
    })
}

#[test]
fn one_bad_item_harms_no_other() {
    let server = Server::without_worker();
    let lab = server.lab();
    lab.create_family("Watch Alpha");
    let items = json!({ "indicators": [
        indicator("watch-alpha", "one.watch.example"),
        indicator("nobody", "two.watch.example"),
        indicator("watch-alpha", "not a domain"),
        7,
        { "family": "watch-alpha", "kind": "domain" },
        { "family": "watch-alpha", "kynd": "domain" },
        { "family": 7 },
        indicator("watch-alpha", "ONE.watch.example."),
        indicator("watch-alpha", "google.com"),
        indicator("watch-alpha", "three.watch.example"),
    ]});
    let answer = lab.post("/api/v1/indicators", &items).expect(200).json();
    let results = answer["results"].as_array().unwrap();
    let statuses: Vec<_> = results.iter().map(|one| one["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [201, 404, 422, 422, 422, 422, 422, 200, 422, 201]);
    assert_eq!((&answer["taken"], &answer["refused"]), (&json!(3), &json!(7)));
    assert_eq!(results[0]["id"], results[7]["id"]);
    assert_eq!(results[0]["normalised"], "one.watch.example");
    assert_eq!(results[4]["problem"]["errors"][0]["detail"], "missing");
    assert_eq!(results[5]["problem"]["errors"][0]["detail"], "unknown field: did you mean `kind`?");
    let listed = lab.get("/api/v1/families/watch-alpha/indicators").expect(200).json();
    assert_eq!(listed["indicators"].as_array().unwrap().len(), 2);
    let many = vec![indicator("watch-alpha", "x.example"); 1_001];
    let refused = lab.post("/api/v1/indicators", &json!({ "indicators": many })).problem(422);
    assert!(refused.contains("at most 1000"), "{refused}");
    assert_eq!(
        lab.post("/api/v1/indicators", &json!({ "indicators": [] })).expect(200).json()["taken"],
        0
    );
}

#[test]
fn many_opinions_make_one_verdict_each() {
    let server = Server::without_worker();
    let lab = server.lab();
    lab.create_family("Watch Alpha");
    let give = |criterion: &str| {
        let evidence = json!([{ "kind": "note", "value": "seen in the made-up test" }]);
        json!({ "family": "watch-alpha", "criterion": criterion, "stance": "holds", "evidence": evidence })
    };
    let items =
        json!({ "opinions": [give("tracks"), give("no such thing"), give("hides_itself")] });
    let answer = lab.post("/api/v1/opinions", &items).expect(200).json();
    assert_eq!((&answer["taken"], &answer["refused"]), (&json!(2), &json!(1)));
    let given = lab.get("/api/v1/families/watch-alpha/opinions").expect(200).json();
    assert_eq!(given["opinions"].as_array().unwrap().len(), 2);
    assert_eq!(given["opinions"][1]["id"], answer["results"][2]["id"]);
}

#[test]
fn what_one_may_not_know_of_is_missing() {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    let open = lab.upload(b"for all");
    let open = open.rsplit('/').next().unwrap();
    let hidden = lab.send("/api/v1/samples?tlp=RED", &[], b"for few").expect(202).json();
    let hidden = hidden["sha256"].as_str().unwrap();
    let nobodys = "0".repeat(64);
    let asked = json!({ "sha256": [hidden, open, nobodys, open.to_uppercase(), "x"] });
    let told = shelter.post("/api/v1/samples/want", &asked).expect(200).json();
    assert_eq!(told, json!({ "known": [open], "missing": [hidden, nobodys], "refused": ["x"] }));
    let told = lab.post("/api/v1/samples/want", &asked).expect(200).json();
    assert_eq!(told["known"], json!([hidden, open]));
    let many: Vec<_> = (0..100_000).map(|n| format!("{n:064x}")).collect();
    let told = shelter.post("/api/v1/samples/want", &json!({ "sha256": many })).expect(200).json();
    assert_eq!(told["missing"].as_array().unwrap().len(), 100_000);
}
