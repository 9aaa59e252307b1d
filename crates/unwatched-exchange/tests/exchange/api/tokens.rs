//! Who may ask for what.

use serde_json::json;
use unwatched_exchange::http::api::openapi;
use unwatched_exchange::http::auth;
use unwatched_model::partner::UserRole;
use unwatched_store::Actor;

use crate::rig::Server;

#[test]
fn every_address_of_the_description_needs_a_token() {
    let server = Server::without_worker();
    let nobody = server.nobody();
    let document: serde_json::Value = serde_json::from_str(openapi::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 10, "the description has every address: {}", paths.len());
    let mut open = Vec::new();
    for (path, methods) in paths {
        let path = path.replace("{id}", "watch-alpha").replace("{sha256}", &"0".repeat(64));
        let path = format!("/api/v1{path}");
        for (method, operation) in methods.as_object().unwrap() {
            // What is everybody's says so itself.
            if operation.get("security").is_some() {
                assert_eq!(nobody.get(&path).header("www-authenticate"), None, "{path}");
                open.push(path.clone());
                continue;
            }
            let answer = match method.as_str() {
                "get" => nobody.get(&path),
                "delete" => nobody.delete(&path),
                _ => nobody.send(&path, &[], b"{}"),
            };
            assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"unwatched\""));
            let detail = answer.problem(401);
            assert!(detail.contains("Authorization: Bearer"), "{method} {path}: {detail}");
        }
    }
    assert_eq!(open, ["/api/v1/docs", "/api/v1/lookup/{kind}/{prefix}", "/api/v1/openapi.json"]);
}

#[test]
fn an_unknown_token_is_told_from_none() {
    let server = Server::without_worker();
    let answer =
        server.nobody().get_with("/api/v1/families", &[("authorization", "Bearer unw_0000")]);
    assert!(
        answer.problem(401).starts_with("this token is unknown, was withdrawn or is past its end")
    );
}

#[test]
fn health_and_the_front_door_need_none() {
    let server = Server::without_worker();
    assert_eq!(server.nobody().get("/healthz").expect(200).body, b"ok\n");
    assert_eq!(server.nobody().get("/").expect(307).header("location"), Some("/portal/"));
    assert_eq!(server.nobody().get("/nothing").problem(404), "no such address");
}

#[test]
fn a_role_does_what_it_may_and_no_more() {
    let server = Server::without_worker();
    let family = server.lab().create_family("Watch Alpha");
    let check = |role: UserRole, uploads: u16, writes: u16| {
        let client = server.client("example-lab", role);
        let name = format!("Watch {role}");
        client.get(&family).expect(200);
        client.send("/api/v1/samples", &[], role.as_str().as_bytes()).expect(uploads);
        client.post("/api/v1/families", &json!({ "name": name })).expect(writes);
    };
    check(UserRole::OrgAdmin, 202, 201);
    check(UserRole::Analyst, 202, 201);
    check(UserRole::Coordinator, 202, 201);
    check(UserRole::Uploader, 202, 403);
    check(UserRole::Reader, 403, 403);
    check(UserRole::Helper, 403, 403);
    check(UserRole::Trainer, 403, 403);
    check(UserRole::StatisticsEditor, 403, 403);
}

#[test]
fn refusals_of_the_framework_have_the_same_form() {
    let server = Server::without_worker();
    let lab = server.lab();
    lab.get("/api/v1/families/%ff").problem(400);
    lab.get("/api/v1/families?befor=x").problem(400);
    lab.send("/api/v1/search", &[], b"").problem(405);
    lab.send("/api/v1/families", &[("content-type", "text/plain")], b"{}").problem(415);
    let large = vec![b' '; (1 << 20) + 1];
    lab.send("/api/v1/families", &[("content-type", "application/json")], &large).problem(413);
}

#[test]
fn answers_say_what_browsers_must_not_guess() {
    let server = Server::without_worker();
    let answer = server.lab().get("/api/v1/families").expect(200);
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[test]
fn a_withdrawn_token_opens_nothing() {
    let server = Server::without_worker();
    let lab = server.lab();
    lab.get("/api/v1/families").expect(200);
    let (store, now) = (&server.state.store, server.state.clock.now());
    server
        .wait(store.revoke_token(&auth::token_sha256(lab.token()), &Actor::operator(), now))
        .unwrap();
    lab.get("/api/v1/families").problem(401);
}
