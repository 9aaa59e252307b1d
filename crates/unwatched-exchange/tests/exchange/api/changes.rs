//! `/api/v1/changes`: read on from any line, waited for, told to nobody who may not know.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use unwatched_testkit::patience::until_none;

use crate::rig::{Client, Server};

fn read(client: &Client, query: &str) -> Vec<Value> {
    let answer = client.get(&format!("/api/v1/changes{query}")).expect(200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let text = String::from_utf8(answer.body).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[expect(clippy::disallowed_methods, reason = "how long a reader waits is what is asked here")]
fn now() -> Instant {
    Instant::now()
}

/// Until somebody waits.
fn waits(server: &Server) {
    let left = until_none(|| if server.state.streams.count() > 0 { vec![] } else { vec![()] });
    assert!(left.is_empty(), "somebody waits");
}

fn kinds(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["kind"].as_str().unwrap()).collect()
}

#[test]
fn whoever_goes_on_from_the_last_line_reads_everything_once() {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    let family = lab.create_family("Watch Alpha");
    lab.indicate(&family, "domain", "panel.watch-alpha.example", "c2");
    let sample = lab.upload(b"an app");
    lab.say(&family, "holds", &["tracks"]);
    let all = read(&shelter, "");
    assert_eq!(kinds(&all)[..3], ["family.added", "indicator.added", "sample.submitted"]);
    assert!(kinds(&all).contains(&"opinion.given"));
    let mut pages = Vec::new();
    loop {
        let after = pages.last().map_or(json!(0), |line: &Value| line["sequence"].clone());
        let page = read(&shelter, &format!("?after={after}&limit=2"));
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 2);
        pages.extend(page);
    }
    assert_eq!(pages, all);
    for line in &all {
        let Some(href) = line["href"].as_str() else { continue };
        shelter.get(href).expect(200);
    }
    assert_eq!(all[2]["href"].as_str(), Some(sample.as_str()));
}

#[test]
fn what_one_may_not_see_is_not_told_and_leaves_no_gap_to_read() {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    let family = lab.create_family("Watch Alpha");
    let before = read(&shelter, "");
    let hidden = json!({
        "kind": "domain", "value": "hidden.example", "role": "c2", "tlp": "RED", "source": "Lab",
    });
    lab.post(&format!("{family}/indicators"), &hidden).expect(201);
    lab.send("/api/v1/samples?tlp=RED", &[], b"kept to ourselves").expect(202);
    assert_eq!(read(&shelter, ""), before);
    assert_eq!(read(&lab, "").len(), before.len() + 2);
    shelter.create_family("Watch Beta");
    let after = read(&shelter, "");
    // A number is a time: what lies between two tells of nothing but time.
    let micros = |line: &Value| {
        line["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_microsecond()
    };
    assert!(after.iter().all(|line| line["sequence"].as_i64().unwrap() == micros(line)));
}

#[test]
fn a_reader_who_waits_is_answered_when_something_comes() {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    lab.create_family("Watch Alpha");
    let last = read(&shelter, "").pop().unwrap()["sequence"].clone();
    let began = now();
    let waiting = std::thread::spawn(move || read(&shelter, &format!("?after={last}&wait=60")));
    waits(&server);
    lab.create_family("Watch Beta");
    let lines = waiting.join().unwrap();
    assert_eq!(kinds(&lines), ["family.added"]);
    assert!(began.elapsed() < Duration::from_secs(50));
    assert_eq!(server.state.streams.count(), 0);
}

#[test]
fn a_reader_who_waits_is_let_go_when_the_server_drains() {
    let server = Server::without_worker();
    let lab = server.lab();
    let began = now();
    let waiting = std::thread::spawn(move || read(&lab, "?wait=60"));
    waits(&server);
    server.state.shutdown.cancel();
    assert_eq!(waiting.join().unwrap(), [] as [Value; 0]);
    assert!(began.elapsed() < Duration::from_secs(50));
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let server = Server::without_worker();
    let lab = server.lab();
    for (query, status) in [
        ("?after=-1", 422),
        ("?after=x", 400),
        ("?limit=0", 422),
        ("?limit=10001", 422),
        ("?wait=61", 422),
        ("?since=1", 400),
    ] {
        lab.get(&format!("/api/v1/changes{query}")).problem(status);
    }
    server.nobody().get("/api/v1/changes").problem(401);
}
