//! `/api/v1/search`

use serde_json::Value;

use crate::rig::{Client, Server};

fn found(client: &Client, query: &str) -> Vec<(String, String)> {
    let page = client.get(&format!("/api/v1/search?q={query}")).expect(200).json();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let results = page["results"].as_array().unwrap().iter();
    results.map(|hit| (text(&hit["type"]), text(&hit["title"]))).collect()
}

#[test]
fn exact_values_and_words_are_found() {
    let server = Server::start();
    let lab = server.lab();
    let family = lab.create_family("Watch Alpha");
    lab.indicate(&family, "domain", "api.watch-alpha.example", "c2");
    let app = unwatched_fixtures::apk::gallery::unknown_stalkerware_like(3);
    let sample = lab.upload(&app.bytes());
    lab.follow(&sample);
    let sha256 = sample.rsplit('/').next().unwrap();

    assert_eq!(found(&lab, "watch%20alpha")[0].0, "family");
    assert_eq!(found(&lab, "API.watch-alpha.example")[0].0, "indicator");
    assert_eq!(found(&lab, sha256)[0].0, "sample");
    assert_eq!(found(&lab, &app.package)[0].0, "sample");
    assert_eq!(found(&lab, "nothing-of-the-kind"), []);
    let page = lab.get("/api/v1/search?q=alph").expect(200).json();
    assert_eq!(page["results"][0]["id"], "watch-alpha");
    assert_eq!(page["next"], Value::Null);
}

#[test]
fn a_question_is_needed() {
    let server = Server::without_worker();
    let lab = server.lab();
    assert_eq!(lab.get("/api/v1/search").problem(422), "q: give something to look for");
    assert_eq!(lab.get("/api/v1/search?q=%20").problem(422), "q: give something to look for");
    lab.get("/api/v1/search?q=alpha&after=elsewhere").problem(422);
    for hostile in ["%22", "*", "%27%20OR%201=1", "NEAR(", "%00", "a%00b", "(((((", "-"] {
        let status = lab.get(&format!("/api/v1/search?q={hostile}")).status;
        assert!(matches!(status, 200 | 422), "{hostile}: {status}");
    }
}
