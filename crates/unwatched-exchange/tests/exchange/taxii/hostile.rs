//! Hostile requests: whatever comes, the answer is one that TAXII knows, it is never 500, and the
//! collection is read by everybody afterwards as before.

use std::io::Write as _;
use std::net::TcpStream;

use super::*;

const ODD: [&str; 24] = [
    "",
    "/",
    "..",
    "%00",
    "%ff",
    "%2e%2e%2f",
    "'",
    "\"",
    "--",
    "indicator--",
    "{}",
    "[]",
    "*",
    "a,b",
    "%20",
    "\\",
    "0",
    "-1",
    "999999999999999999999999",
    "null",
    "match[",
    "%F0%9F%98%80",
    "x%0d%0ay",
    "2026-01-01T00:00:00Z",
];

#[test]
fn odd_paths_and_queries_are_answered_as_taxii_answers() {
    let taken = Taken::start();
    let before = taken.get(&format!("{MAIN}objects/?match[version]=all")).json();
    let keys = [
        "added_after",
        "limit",
        "next",
        "match[id]",
        "match[type]",
        "match[version]",
        "match[spec_version]",
        "match[x]",
        "match",
        "%5B%5D",
    ];
    let mut asked = 0;
    for odd in ODD {
        for path in ["/api1/", "/api1/status/", "/api1/collections/"] {
            answered(&taken, "GET", &format!("{path}{odd}/"), b"");
        }
        for below in ["", "objects/", "objects/x/versions/"] {
            answered(&taken, "GET", &format!("{MAIN}{below}{odd}"), b"");
            answered(&taken, "DELETE", &format!("{MAIN}{below}{odd}"), b"");
        }
        for key in keys {
            for below in ["objects/", "manifest/"] {
                answered(&taken, "GET", &format!("{MAIN}{below}?{key}={odd}&{key}={odd}"), b"");
                asked += 1;
            }
        }
    }
    assert!(asked > 400);
    assert_eq!(taken.get(&format!("{MAIN}objects/?match[version]=all")).json(), before);
}

#[test]
fn odd_bodies_harm_no_collection() {
    let taken = Taken::start();
    let path = format!("{MAIN}objects/");
    let one = object(1, 1).to_string();
    let with = |inside: &str| one.replacen('{', &format!("{{{inside},"), 1);
    let bodies = [
        with(r#""x":"\ud800""#),
        with(r#""x":1e999"#),
        with(r#""x":-0.0"#),
        with(r#""id":"x""#),
        with(r#""x":"\u0000""#),
        with(&format!(r#""x":{}{}"#, "[".repeat(120), "]".repeat(120))),
        with(&format!(r#""x":{}{}"#, "{\"a\":".repeat(400), "1".to_owned() + &"}".repeat(400))),
        with(&format!(r#""x":"{}""#, "y".repeat(90_000))),
        "\"\"".to_owned(),
    ];
    for body in &bodies {
        answered(
            &taken,
            "POST",
            &path,
            format!("{{\"objects\":[{body},{}]}}", object(2, 1)).as_bytes(),
        );
    }
    let deep = vec![b'['; 90_000];
    for body in [&b"\xff\xfe"[..], b"\x00", &deep, b"{\"objects\":[\"\xff\"]}", b"{\"objects\"}"] {
        answered(&taken, "POST", &path, body);
    }
    let all = taken.get(&format!("{MAIN}objects/?match[version]=all")).expect(200).json();
    assert!(all["objects"].as_array().unwrap().len() >= 6);
    let found =
        taken.get(&format!("{MAIN}objects/indicator--00000000-0000-4000-8000-000000000002/"));
    found.expect(200);
}

#[test]
fn senders_that_stall_hold_up_nobody_elses_adds() {
    let taken = Taken::start();
    let path = format!("{MAIN}objects/");
    let head = |basic: &str, announced: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: {basic}\r\naccept: {TAXII}\r\n\
             content-type: {TAXII}\r\n{announced}\r\n\r\n"
        )
    };
    // Some announce what is long, some do not say how long it is; all have more than enough places.
    let mut stalled = Vec::new();
    for turn in 0..20 {
        let announced = ["content-length: 90000000", "transfer-encoding: chunked"][turn % 2];
        let mut sender = TcpStream::connect(taken.address()).unwrap();
        let begun = if turn % 2 == 0 { " " } else { "1\r\n \r\n" };
        sender.write_all((head(BASIC, announced) + begun).as_bytes()).unwrap();
        stalled.push(sender);
    }
    for basic in [BASIC, OTHER] {
        let mut sender = TcpStream::connect(taken.address()).unwrap();
        let body = json!({ "objects": [object(7, 1)] }).to_string();
        let sent = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        let announced = "transfer-encoding: chunked\r\nconnection: close";
        sender.write_all((head(basic, announced) + &sent).as_bytes()).unwrap();
        sender.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut answer = String::new();
        sender.read_to_string(&mut answer).expect("an answer in time");
        assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    }
}

fn answered(taken: &Taken, method: &str, path: &str, body: &[u8]) {
    let path: String = path
        .chars()
        .map(|c| if c == ' ' || c == '"' || c == '\\' || c == '{' || c == '}' { '~' } else { c })
        .collect();
    let headers = [("authorization", BASIC), ("accept", TAXII), ("content-type", TAXII)];
    let answer = taken.ask(method, &path, &headers, body);
    let known = [200, 202, 400, 404, 405, 413, 422];
    assert!(known.contains(&answer.status), "{method} {path}: {}", answer.status);
    assert_eq!(answer.header("content-type"), Some(TAXII), "{method} {path}");
    answer.json();
}
