//! Little that unpacks to much, and much that says little: an answer comes, the server goes on,
//! and its memory does not grow with what was sent.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use unwatched_exchange::config::Config;
use unwatched_model::partner::UserRole;
use unwatched_testkit::exchange::Operator;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Browser, FORM};
use crate::rig::{Server, program};

/// 10 MiB of spaces, packed once.
fn packed(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    zip.start_file(name, options).unwrap();
    zip.write_all(bytes).unwrap();
    zip.finish().unwrap().into_inner()
}

#[test]
fn packed_bodies_are_never_unpacked() {
    let server = Server::without_worker();
    let lab = server.lab();
    let spaces = vec![b' '; 10 << 20];
    let bomb = packed("a", &spaces);
    for encoding in ["gzip", "deflate", "zip", "br", "zstd", "gzip, gzip"] {
        let headers = [("content-type", "application/json"), ("content-encoding", encoding)];
        let answer = lab.send("/api/v1/families", &headers, &bomb);
        assert_eq!(answer.status, 415, "{encoding}");
        // A sample is what it is, packed or not.
        let headers = [("content-encoding", encoding)];
        let sample = lab.send("/api/v1/samples", &headers, &bomb).expect(202).json();
        assert_eq!(sample["size_bytes"], bomb.len(), "{encoding}");
    }
}

#[test]
fn documents_of_endless_depth_and_forms_of_endless_length() {
    let server = Server::without_worker();
    let lab = server.lab();
    let browser = Browser::of(&server, "example-lab", UserRole::Analyst, "ana@lab.example");
    let json = [("content-type", "application/json")];
    for deep in [
        "[".repeat(500_000),
        "{\"a\":".repeat(100_000),
        format!("{{\"name\":{}1{}}}", "[".repeat(400_000), "]".repeat(400_000)),
        format!("{{\"name\":\"x\",\"aliases\":[{}\"x\"]}}", "\"x\",".repeat(10_000)),
        format!("{{\"name\":1{}}}", "0".repeat(500_000)),
        format!("{{\"name\":1e{}}}", "9".repeat(1_000)),
    ] {
        let answer = lab.send("/api/v1/families", &json, deep.as_bytes());
        assert!(matches!(answer.status, 400 | 422), "{:.20}: {}", deep, answer.status);
        assert!(answer.body.len() < 2_000_000);
    }
    let long = vec![b' '; (1 << 20) + 1];
    assert_eq!(lab.send("/api/v1/families", &json, &long).status, 413);

    let fields = (0..10_000).fold(String::new(), |mut form, at| {
        write!(form, "evidence_kind=note&evidence_value={at}&x{at}=y&").unwrap();
        form
    });
    let family = super::last(&lab.create_family("Watch Alpha"));
    let path = format!("/portal/families/{family}/opinion");
    let form = format!("criterion=hides_itself&stance=holds&{fields}");
    let refused = browser.post(&path, &form);
    assert!(matches!(refused.status, 413 | 422), "{}", refused.status);
    assert!(refused.body.len() < 4 << 20, "{}", refused.body.len());
    for path in ["/portal/keys", "/portal/sign-in", "/portal/families/new"] {
        let answer = browser.post(path, &fields);
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
        let answer = browser.post(path, &"a=b&".repeat(200_000));
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
    }
    let headers = [FORM, ("cookie", browser.cookie.as_str())];
    let many = format!("/portal/search?{}q=x", "a=b&".repeat(5_000));
    assert!(server.nobody().get_with(&many, &headers).status < 500);
}

#[test]
fn samples_that_unpack_to_much_cost_their_own_analysis_and_nothing_else() {
    let mut config = Config::default();
    config.analysis.timeout_s = 60;
    let server = Server::with(Some(program()), &config);
    let lab = server.lab();
    let mut nested = packed("AndroidManifest.xml", &vec![0; 10 << 20]);
    for _ in 0..8 {
        nested = packed("base.apk", &nested);
    }
    let entities = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"bbbbbbbbbb\">\
        <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;\">\
        <!ENTITY e SYSTEM \"file:///etc/passwd\">]><manifest package=\"&d;&e;\"/>";
    let mut many = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for at in 0..20_000 {
        many.start_file(format!("{at}"), stored).unwrap();
    }
    let many = many.finish().unwrap().into_inner();
    for (what, bytes) in [
        ("nested", nested),
        ("entities", packed("AndroidManifest.xml", entities.as_bytes())),
        ("a binary manifest that is none", packed("AndroidManifest.xml", &vec![3; 9 << 20])),
        ("many files", many),
    ] {
        let sample = lab.upload(&bytes);
        let states = lab.follow(&sample);
        let ended = states.last().unwrap()["state"].as_str().unwrap().to_owned();
        assert!(matches!(ended.as_str(), "analysed" | "failed"), "{what}: {ended}");
        let report = lab.get(&format!("{sample}/report"));
        assert!(!String::from_utf8_lossy(&report.body).contains("root:"), "{what}");
    }
    lab.get("/healthz").expect(200);
}

/// The most memory that a process ever held.
fn peak_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn forms_whose_parts_have_no_end_are_not_kept_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let operator = Operator::new(folder.path());
    operator.run(&["admin", "partner", "add", "example-lab", "--category", "vendor"]).ok();
    let token = ["admin", "token", "create", "--partner", "example-lab", "--role", "analyst"];
    let token = operator.run(&token).ok().trim().to_owned();
    let serving = operator.serve_without_worker();
    let before = peak_kib(serving.id());
    let disposition = "--x\r\nContent-Disposition: form-data; name=";
    let long = vec![b'a'; 96 << 20];
    for begin in [
        // Never a boundary, a head that never ends, a field, an unknown one, a name, many heads.
        String::new(),
        format!("{disposition}\"file\"; filename=\"a\"\r\nX: "),
        format!("{disposition}\"tlp\"\r\n\r\n"),
        format!("{disposition}\"other\"\r\n\r\n"),
        format!("{disposition}\"file\"; filename=\""),
    ] {
        let body = [begin.as_bytes(), &long, b"\r\n--x--\r\n"].concat();
        let answer = ureq::post(format!("{}/api/v1/samples", serving.base()))
            .config()
            .http_status_as_error(false)
            .build()
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "multipart/form-data; boundary=x")
            .send(&body[..]);
        // A refusal that comes before everything was sent may break the sending off.
        assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status() != 202), "{begin:?}");
    }
    let many = format!("{disposition}\"tlp\"\r\n\r\nRED\r\n").repeat(10_000) + "--x--\r\n";
    let answer = ureq::post(format!("{}/api/v1/samples", serving.base()))
        .config()
        .http_status_as_error(false)
        .build()
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "multipart/form-data; boundary=x")
        .send(many.as_bytes());
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status() == 422));
    let grown = peak_kib(serving.id()) - before;
    assert!(grown < 32 << 10, "the server grew by {grown} KiB");
    serving.client().get("/healthz").expect(200);
}
