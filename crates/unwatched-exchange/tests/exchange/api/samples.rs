//! `/api/v1/samples`

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};
use unwatched_fixtures::apk::gallery;

use crate::rig::Server;

#[test]
fn a_sample_comes_back_as_a_report() {
    let server = Server::start();
    let lab = server.lab();
    let app = gallery::unknown_stalkerware_like(1);
    let answer = lab
        .send("/api/v1/samples", &[("x-file-name", "/home/somebody/watch.apk")], &app.bytes())
        .expect(202);
    let sample = answer.header("location").expect("a Location").to_owned();
    let sha256 = answer.json()["sha256"].as_str().unwrap().to_owned();
    assert_eq!(sample, format!("/api/v1/samples/{sha256}"));

    let states = lab.follow(&sample);
    assert_eq!(states.last(), Some(&json!({ "state": "analysed", "why": null })));

    let report = lab.get(&format!("{sample}/report")).expect(200).json();
    assert_eq!(report["sha256"], sha256.as_str());
    assert_eq!(report["package"], app.package.as_str());
    assert_eq!(report["format"], "apk");
    assert_eq!(report["file"], Value::Null, "a sample has no name of its own");
    let capabilities = report["capabilities"].as_array().unwrap();
    assert!(capabilities.len() >= 12, "{}", capabilities.len());
    for capability in capabilities {
        let evidence = &capability["evidence"][0];
        assert!(!evidence["value"].as_str().unwrap().is_empty(), "{capability}");
        assert!(!evidence["place"].as_str().unwrap().is_empty(), "{capability}");
    }

    let read = lab.get(&sample).expect(200).json();
    assert_eq!(read["state"], "analysed");
    assert_eq!(read["package"], app.package.as_str());
    assert_eq!(read["submissions"][0]["file_name"], "watch.apk", "folders are dropped");
    assert_eq!(read["md5"], report["md5"]);
    assert_eq!(server.half_received(), 0);
}

#[test]
fn two_samples_are_compared_by_whoever_sees_both() {
    let server = Server::start();
    let (lab, shelter) = (server.lab(), server.shelter());
    let earlier = lab.upload(&gallery::unknown_stalkerware_like(1).bytes());
    let later = lab.upload(&gallery::unknown_stalkerware_like(2).bytes());
    for sample in [&earlier, &later] {
        lab.follow(sample);
    }
    let id = |sample: &str| sample.rsplit('/').next().unwrap().to_owned();
    let path = format!("{later}/differences?from={}", id(&earlier));
    let found = lab.get(&path).expect(200).json();
    assert_eq!((&found["from"], &found["to"]), (&json!(id(&earlier)), &json!(id(&later))));
    let parts = found["differences"].as_array().unwrap();
    assert!(parts.iter().any(|line| line["part"] == "package"), "{found}");
    assert!(found["alike"]["capability"].as_u64().unwrap() > 0, "{found}");

    lab.get(&format!("{later}/differences")).expect(422);
    lab.get(&format!("{later}/differences?from={}", "0".repeat(64))).expect(404);
    let hidden = lab.send("/api/v1/samples?tlp=red", &[], b"PK another").expect(202);
    let hidden = id(hidden.header("location").unwrap());
    shelter.get(&format!("{later}/differences?from={hidden}")).expect(404);
}

#[test]
fn a_form_does_as_well_and_the_same_sample_is_kept_once() {
    let server = Server::start();
    let (lab, shelter) = (server.lab(), server.shelter());
    let bytes = gallery::plain_game().bytes();
    let (kind, form) = form("file", &bytes);
    let answer = lab.send("/api/v1/samples", &[("content-type", &kind)], &form).expect(202);
    assert_eq!(answer.json()["new"], true);
    let sample = answer.header("location").expect("a Location").to_owned();
    lab.follow(&sample);
    let again = shelter.send("/api/v1/samples", &[], &bytes).expect(202);
    assert_eq!(again.json()["new"], false);
    assert_eq!(again.header("location"), Some(sample.as_str()));
    let read = lab.get(&sample).expect(200).json();
    let by: Vec<_> = read["submissions"].as_array().unwrap().iter().map(|s| &s["by"]).collect();
    assert_eq!(by, ["example-lab", "example-shelter"]);
    assert_eq!(read["submissions"][0]["file_name"], "game.apk");
    // A file's name may name a survivor: it stays with the partner who gave it.
    let theirs = shelter.get(&sample).expect(200).json();
    assert_eq!(theirs["submissions"][0]["file_name"], Value::Null);
    let list = shelter.get("/api/v1/samples").expect(200).json();
    assert!(!list.to_string().contains("game.apk"), "{list}");
    let listed = lab.get("/api/v1/samples").expect(200).json();
    assert_eq!(listed["samples"].as_array().unwrap().len(), 1);
    assert_eq!(listed["next"], Value::Null);
}

#[test]
fn a_body_is_the_file_whatever_its_type_is_said_to_be() {
    let server = Server::without_worker();
    let lab = server.lab();
    for (at, kind) in ["application/x-www-form-urlencoded", "application/json", "text/plain"]
        .into_iter()
        .enumerate()
    {
        let bytes = format!("file={at}&the bytes of an app");
        let answer =
            lab.send("/api/v1/samples", &[("content-type", kind)], bytes.as_bytes()).expect(202);
        assert_eq!(answer.json()["size_bytes"], bytes.len(), "{kind}");
    }
}

fn form(field: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    let boundary = "made-up-boundary";
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"tlp\"\r\n\r\nGREEN\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"game.apk\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    let mut form = head.into_bytes();
    form.extend_from_slice(bytes);
    form.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), form)
}

/// A form with two files, each under the name `file`.
fn two_files() -> Vec<u8> {
    let (mut two, second) = (form("file", b"the first").1, form("file", b"the second").1);
    let end = b"--made-up-boundary--\r\n";
    two.truncate(two.len() - end.len());
    // How it is shared was said before the first.
    let said =
        b"--made-up-boundary\r\nContent-Disposition: form-data; name=\"tlp\"\r\n\r\nGREEN\r\n";
    two.extend_from_slice(second.strip_prefix(said).expect("the form says so first"));
    two
}

#[test]
fn what_is_no_sample_is_refused_and_nothing_is_kept() {
    let server = Server::start();
    let lab = server.lab();
    let send =
        |kind: &str, body: &[u8]| lab.send("/api/v1/samples", &[("content-type", kind)], body);
    assert!(
        send("application/octet-stream", b"").problem(422).starts_with("a sample has at least")
    );
    let (kind, other_field) = form("upload", b"bytes");
    assert_eq!(send(&kind, &other_field).problem(422), "upload: the form has no such field");
    let no_field = b"--made-up-boundary--\r\n";
    assert_eq!(send(&kind, no_field).problem(422), "file: missing: the form has no such field");
    let two = two_files();
    let expected = "file: more than one: send each file in a request of its own; none was kept";
    assert_eq!(send(&kind, &two).problem(422), expected);
    let (kind, empty) = form("file", b"");
    send(&kind, &empty).problem(422);
    let (kind, cut) = form("file", b"bytes that break off");
    send(&kind, &cut[..cut.len() - 30]).problem(400);
    send("multipart/form-data", b"no boundary").problem(400);
    // The rig takes 2 MiB: once told beforehand, once found out on the way.
    let large = vec![7; (3 << 20) + 1];
    let expected = "a sample has at most 2 MiB; nothing was kept";
    assert_eq!(lab.send_chunked("/api/v1/samples", &large[..]).problem(413), expected);
    assert_eq!(server.half_received(), 0);
    assert_eq!(lab.get("/api/v1/samples").expect(200).json()["samples"], json!([]));
}

#[test]
fn a_length_that_is_too_large_is_refused_before_a_byte_is_read() {
    let server = Server::start();
    let lab = server.lab();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let token = lab.token();
    write!(
        stream,
        "POST /api/v1/samples HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: 900000000000\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[test]
fn a_caller_who_hangs_up_leaves_nothing_behind() {
    let server = Server::start();
    let lab = server.lab();
    let token = lab.token();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    write!(
        stream,
        "POST /api/v1/samples HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: 2000000\r\n\r\n"
    )
    .unwrap();
    stream.write_all(&vec![7; 1_900_000]).unwrap();
    wait_for(&server, |server| server.half_received() == 1);
    drop(stream);
    wait_for(&server, |server| server.half_received() == 0);
    assert_eq!(lab.get("/api/v1/samples").expect(200).json()["samples"], json!([]));
}

/// Asks the server for its health until something is true of it: each answer is a moment.
#[track_caller]
fn wait_for(server: &Server, condition: impl Fn(&Server) -> bool) {
    let nobody = server.nobody();
    let came = (0..20_000).any(|_| {
        nobody.get("/healthz").expect(200);
        condition(server)
    });
    assert!(came, "it never came true");
}

#[test]
fn a_report_is_waited_for() {
    let server = Server::without_worker();
    let lab = server.lab();
    let sample = lab.upload(b"not analysed here");
    let answer = lab.get(&format!("{sample}/report")).expect(202);
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.json(), json!({ "state": "queued", "why": null }));
}

#[test]
fn an_unknown_sample_is_unknown_everywhere() {
    let server = Server::without_worker();
    let lab = server.lab();
    let unknown = "0".repeat(64);
    for path in ["", "/report", "/events"] {
        let detail = lab.get(&format!("/api/v1/samples/{unknown}{path}")).problem(404);
        assert!(detail.starts_with("no sample 0000"), "{detail}");
        let detail = lab.get(&format!("/api/v1/samples/xyz{path}")).problem(404);
        assert!(detail.starts_with("not a SHA-256"), "{detail}");
    }
}
