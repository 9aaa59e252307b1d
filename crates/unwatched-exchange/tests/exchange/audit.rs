//! Who did what and who read what: in the log, in its file, and to whom it is shown.

use std::fs;

use serde_json::Value;
use unwatched_exchange::reads;
use unwatched_model::partner::UserRole;

use crate::cli::exchange;
use crate::doctor::lived_in;
use crate::rig::{Client, Server};

fn lines(client: &Client, query: &str) -> Vec<Value> {
    let page = client.get(&format!("/api/v1/audit{query}")).expect(200).json();
    page["lines"].as_array().unwrap().clone()
}

fn told(lines: &[Value]) -> Vec<(&str, &str)> {
    lines
        .iter()
        .map(|line| (line["partner"].as_str().unwrap_or("-"), line["action"].as_str().unwrap()))
        .collect()
}

#[test]
fn a_partner_learns_who_read_its_samples_once_an_hour() {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    let sample = lab.upload(b"a sample of the lab's");
    let sha256 = sample.rsplit('/').next().unwrap();
    for _ in 0..3 {
        shelter.get(&sample).expect(200);
    }
    lab.get(&sample).expect(200);
    server.wait(reads::write(&server.state, false)).unwrap();
    shelter.get(&sample).expect(200);
    server.wait(reads::write(&server.state, false)).unwrap();
    let query = format!("?object={sha256}&action=sample.read");
    let seen = lines(&lab, &query);
    let mut who = told(&seen);
    who.sort_unstable();
    assert_eq!(who, [("example-lab", "sample.read"), ("example-shelter", "sample.read")]);
    let seen = lines(&shelter, &query);
    assert_eq!(told(&seen), [("example-shelter", "sample.read")], "no sample of the shelter's");
    let coordinator = server.client("example-shelter", UserRole::Coordinator);
    assert_eq!(lines(&coordinator, &query).len(), 2);
    server.client("example-lab", UserRole::Reader).get("/api/v1/audit").problem(403);
    server.nobody().get("/api/v1/audit").problem(401);
    assert!(server.nobody().get("/portal/audit").status == 303);
}

#[test]
fn every_write_leaves_its_line_and_no_line_holds_what_it_must_not() {
    let server = lived_in();
    let coordinator = server.client("example-lab", UserRole::Coordinator);
    let seen = lines(&coordinator, "");
    let mut actions: Vec<_> = told(&seen).into_iter().map(|(_, action)| action).collect();
    actions.sort_unstable();
    actions.dedup();
    for action in ["family.create", "opinion.give", "release.publish", "verdict.change"] {
        assert!(actions.contains(&action), "{action} is missing: {actions:?}");
    }
    let text = serde_json::to_string(&seen).unwrap();
    for forbidden in ["@", "unw_", "seen in the made-up test", "127.0.0.1", "password", ".apk"] {
        assert!(!text.contains(forbidden), "{forbidden} stands in the log");
    }
}

#[test]
fn the_exported_log_is_verified_without_the_exchange() {
    let server = lived_in();
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("audit.jsonl");
    let name = file.to_str().unwrap();
    let nowhere = outside.path().join("nowhere");
    exchange(server.data(), &["audit", "export", "--out", name]).ok();
    let verified = exchange(&nowhere, &["audit", "verify", name]).ok();
    assert!(verified.contains("lines follow each other; the last is line"), "{verified}");
    assert!(!nowhere.exists(), "no data folder is needed, and none is made");
    assert_eq!(exchange(server.data(), &["audit", "verify"]).ok(), verified);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replacen("family.create", "family.delete", 1)).unwrap();
    let said = exchange(&nowhere, &["audit", "verify", name]).refused(6);
    assert!(
        said.contains("of the log: its digest is not that of what it says: it was changed"),
        "{said}"
    );
    let taken = exchange(server.data(), &["audit", "export", "--out", name]).refused(5);
    assert!(taken.contains("is there already"), "{taken}");
}

#[test]
fn signing_in_and_out_are_lines_and_a_refusal_is_a_number() {
    let server = Server::without_worker();
    let now = server.state.clock.now();
    server.state.reads.note_refused(now);
    server.state.reads.note_refused(now);
    server.wait(reads::write(&server.state, false)).unwrap();
    let coordinator = server.client("example-lab", UserRole::Coordinator);
    let refused = |client: &Client| lines(client, "?action=sign_in.refused");
    assert_eq!(refused(&coordinator).len(), 0, "its minute is not over");
    server.wait(reads::write(&server.state, true)).unwrap();
    let refused = refused(&coordinator);
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0]["detail"], serde_json::json!({ "count": 2 }));
    assert_eq!(refused[0]["partner"], Value::Null);
    server.wait(reads::write(&server.state, true)).unwrap();
    assert_eq!(lines(&coordinator, "?action=sign_in.refused").len(), 1, "it is told once");
}
