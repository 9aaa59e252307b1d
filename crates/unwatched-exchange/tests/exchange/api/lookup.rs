//! `/api/v1/lookup/`: every answer alike, nothing but the release in it, nothing of it kept.

use std::collections::BTreeSet;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use unwatched_exchange::release::publish::publish;
use unwatched_store::Actor;

use crate::rig::{Answer, Server};

/// As an asker computes it.
fn digest(kind: &str, value: &str) -> String {
    hex::encode(Sha256::digest(format!("{kind}:{value}")))
}

/// An exchange with one release, in which one domain is public and one is kept.
fn released() -> Server {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    let family = lab.create_family("Watch Alpha");
    lab.indicate(&family, "domain", "panel.watch-alpha.example", "c2");
    lab.indicate(&family, "package", "com.example.watch", "app");
    let kept = serde_json::json!({
        "kind": "domain", "value": "kept.watch-alpha.example", "role": "c2", "tlp": "AMBER",
        "source": "Example Lab", "declared_public": true,
    });
    lab.post(&format!("{family}/indicators"), &kept).expect(201);
    for client in [&lab, &shelter] {
        client.say(&family, "holds", &["tracks", "hides_itself", "offered_to_individuals"]);
    }
    server.wait(publish(&server.state, &Actor::operator())).unwrap();
    server
}

fn ask(server: &Server, kind: &str, prefix: &str) -> Answer {
    server.nobody().get(&format!("/api/v1/lookup/{kind}/{prefix}")).expect(200)
}

fn hashes(answer: &Answer) -> BTreeSet<String> {
    let document: Value = answer.json();
    let hashes = document["hashes"].as_array().unwrap();
    hashes.iter().map(|hash| hash.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_hit_and_a_miss_are_answered_alike() {
    let server = released();
    let wanted = digest("domain", "panel.watch-alpha.example");
    let hit = ask(&server, "domain", &wanted[..4]);
    assert!(hashes(&hit).contains(&wanted));
    let other = if &wanted[..4] == "ffff" { "fffe" } else { "ffff" };
    let miss = ask(&server, "domain", other);
    for answer in [&hit, &miss] {
        let hashes = hashes(answer);
        assert_eq!(hashes.len(), 64);
        let prefix = &answer.json()["prefix"];
        assert!(hashes.iter().all(|hash| hash.len() == 64 && hash[..4] == *prefix));
    }
    assert_eq!(hit.body.len(), miss.body.len());
    let headers = |answer: &Answer| {
        let shown = answer.all_headers().filter(|(name, _)| !["date", "etag"].contains(name));
        shown.map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<BTreeSet<_>>()
    };
    assert_eq!(headers(&hit), headers(&miss));
    assert!(hit.header("set-cookie").is_none());
    // Packed, an answer would be as long as its content makes it.
    let path = format!("/api/v1/lookup/domain/{other}");
    let packed = server.nobody().get_with(&path, &[("accept-encoding", "gzip")]).expect(200);
    assert_eq!(packed.header("content-encoding"), None);
    assert_eq!(packed.body.len(), miss.body.len());
}

#[test]
fn only_what_was_released_is_told_of() {
    let server = released();
    for (kind, value, told) in [
        ("domain", "panel.watch-alpha.example", true),
        ("package", "com.example.watch", true),
        ("domain", "kept.watch-alpha.example", false),
        ("package", "panel.watch-alpha.example", false),
        ("domain", "nobody.example", false),
    ] {
        let wanted = digest(kind, value);
        let answer = ask(&server, kind, &wanted[..4]);
        assert_eq!(hashes(&answer).contains(&wanted), told, "{kind} {value}");
    }
}

#[test]
fn an_answer_stays_what_it_is_until_a_release_changes_it() {
    let server = released();
    let wanted = digest("domain", "panel.watch-alpha.example");
    let path = format!("/api/v1/lookup/domain/{}", &wanted[..4]);
    let first = server.nobody().get(&path).expect(200);
    let tag = first.header("etag").unwrap().to_owned();
    assert_eq!(first.header("cache-control"), Some("public, max-age=300"));
    let known = server.nobody().get_with(&path, &[("if-none-match", &tag)]);
    assert_eq!((known.status, known.body.len()), (304, 0));
    let lab = server.lab();
    lab.indicate("/api/v1/families/watch-alpha", "domain", "second.watch-alpha.example", "c2");
    server.wait(publish(&server.state, &Actor::operator())).unwrap();
    let after = server.nobody().get(&path).expect(200);
    assert_eq!(after.json()["release"], 2);
    assert_eq!(hashes(&after), hashes(&first), "what was not released anew is as it was");
    let second = digest("domain", "second.watch-alpha.example");
    assert!(hashes(&ask(&server, "domain", &second[..4])).contains(&second));
}

#[test]
fn what_is_no_question_is_refused() {
    let server = released();
    let ask = |path: &str| server.nobody().get(&format!("/api/v1/lookup/{path}"));
    for prefix in ["0a1", "0a1b2", "0A1B", "xyzw", "%C3%A9%C3%A9"] {
        ask(&format!("domain/{prefix}")).problem(400);
    }
    for kind in ["host", "certificate_common_name_pattern", "Domain"] {
        ask(&format!("{kind}/0a1b")).problem(404);
    }
    Server::without_worker().nobody().get("/api/v1/lookup/domain/0a1b").problem(404);
}
