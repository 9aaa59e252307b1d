//! `/feeds/v1/` as HTTP: tags, parts, codings, what changed since a release, the folder's own
//! address.

use std::collections::BTreeMap;
use std::io::Read as _;

use serde_json::Value;
use unwatched_exchange::community;
use unwatched_exchange::release::publish;
use unwatched_store::Actor;
use unwatched_testkit::community::community_data;

use crate::rig::{Answer, Client, Server};

const LINES: &str = "/feeds/v1/indicators.jsonl";

fn published() -> Server {
    let server = Server::without_worker();
    server.wait(community::import(&server.state, &community_data())).unwrap();
    publish(&server);
    server
}

fn publish(server: &Server) -> u64 {
    server.wait(publish::publish(&server.state, &Actor::operator())).expect("a release").sequence
}

/// Without anything that the client would unpack by itself.
fn plain(client: &Client, path: &str) -> Answer {
    client.get_with(path, &[("accept-encoding", "identity")]).expect(200)
}

fn unpacked(coding: &str, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match coding {
        "br" => drop(brotli::Decompressor::new(body, 4_096).read_to_end(&mut out).unwrap()),
        "zstd" => out = zstd::stream::decode_all(body).unwrap(),
        "gzip" => drop(flate2::read::GzDecoder::new(body).read_to_end(&mut out).unwrap()),
        other => panic!("{other}"),
    }
    out
}

#[test]
fn every_coding_is_a_representation_with_a_tag_of_its_own() {
    let server = published();
    let nobody = server.nobody();
    let whole = plain(&nobody, LINES);
    let plain_tag = whole.header("etag").unwrap().to_owned();
    assert_eq!(whole.header("vary"), Some("accept-encoding"));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let mut tags = vec![plain_tag.clone()];
    for coding in ["br", "zstd", "gzip"] {
        let asked = [("accept-encoding", coding)];
        let packed = nobody.get_with(LINES, &asked).expect(200);
        let tag = packed.header("etag").unwrap().to_owned();
        if packed.header("content-encoding").is_some() {
            // The client takes gzip apart by itself.
            assert_eq!(packed.header("content-encoding"), Some(coding));
            assert!(packed.body.len() * 3 < whole.body.len(), "{coding}: {}", packed.body.len());
            assert!(unpacked(coding, &packed.body) == whole.body, "{coding}");
        } else {
            assert_eq!(coding, "gzip");
            assert!(packed.body == whole.body);
        }
        assert_eq!(packed.header("vary"), Some("accept-encoding"));
        let again = [("accept-encoding", coding), ("if-none-match", tag.as_str())];
        let again = nobody.get_with(LINES, &again).expect(304);
        assert_eq!((again.header("etag"), again.body.len()), (Some(tag.as_str()), 0));
        assert_eq!(again.header("vary"), Some("accept-encoding"));
        tags.push(tag);
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 4);
    // Whoever has the plain bytes has what it says, whatever they would take now.
    let held = [("accept-encoding", "br"), ("if-none-match", plain_tag.as_str())];
    let held = nobody.get_with(LINES, &held).expect(304);
    assert_eq!(held.header("etag"), Some(plain_tag.as_str()));
    // Hashes and archives are sent as they are.
    for name in ["bundle", "filter.bin"] {
        let answer = nobody.get_with(&format!("/feeds/v1/{name}"), &[("accept-encoding", "br")]);
        let answer = answer.expect(200);
        assert_eq!((answer.header("content-encoding"), answer.header("vary")), (None, None));
    }
}

#[test]
fn a_download_that_broke_off_goes_on() {
    let server = published();
    let nobody = server.nobody();
    for name in
        ["bundle", "indicators.jsonl", "index.json", "hosts", "key.pub", "misp/manifest.json"]
    {
        let path = format!("/feeds/v1/{name}");
        let whole = plain(&nobody, &path);
        let tag = whole.header("etag").unwrap();
        let (size, middle) = (whole.body.len(), whole.body.len() / 2);
        let rest = format!("bytes={middle}-");
        let asked = [("range", rest.as_str()), ("if-range", tag), ("accept-encoding", "br, gzip")];
        let part = nobody.get_with(&path, &asked).expect(206);
        assert!(part.body == whole.body[middle..], "{name}");
        assert_eq!(part.header("content-encoding"), None);
        assert_eq!(part.header("etag"), Some(tag));
        let said = format!("bytes {middle}-{}/{size}", size - 1);
        assert_eq!(part.header("content-range"), Some(said.as_str()));
        let first = nobody.get_with(&path, &[("range", "bytes=0-9")]).expect(206);
        assert_eq!(first.body, whole.body[..10]);
        let last = nobody.get_with(&path, &[("range", "bytes=-7")]).expect(206);
        assert_eq!(last.body, whole.body[size - 7..]);
        let changed = [("range", "bytes=0-9"), ("if-range", "\"other\"")];
        let changed = [changed[0], changed[1], ("accept-encoding", "identity")];
        assert_eq!(nobody.get_with(&path, &changed).expect(200).body.len(), size);
        let beyond = format!("bytes={size}-");
        let beyond = nobody.get_with(&path, &[("range", &beyond)]).expect(416);
        let said = format!("bytes */{size}");
        assert_eq!(beyond.header("content-range"), Some(said.as_str()));
        for nonsense in ["bytes=9-0", "bytes=0-1,4-5", "pages=1-2", "bytes=x"] {
            let asked = [("range", nonsense), ("accept-encoding", "identity")];
            assert_eq!(nobody.get_with(&path, &asked).expect(200).body.len(), size, "{nonsense}");
        }
        let known = [("range", "bytes=0-9"), ("if-none-match", tag)];
        nobody.get_with(&path, &known).expect(304);
    }
}

#[test]
fn a_head_says_what_a_get_would() {
    use std::io::Write as _;
    let server = published();
    let size = plain(&server.nobody(), LINES).body.len();
    let mut stream = std::net::TcpStream::connect(server.address()).unwrap();
    let head = format!(
        "HEAD {LINES} HTTP/1.1\r\nhost: x\r\nrange: bytes=0-1\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let answer = answer.to_lowercase();
    assert!(answer.starts_with("http/1.1 200"), "a part is asked for by GET alone: {answer}");
    assert!(answer.contains(&format!("content-length: {size}\r\n")), "{answer}");
    assert!(answer.contains("content-type: application/x-ndjson") && answer.ends_with("\r\n\r\n"));
}

fn lines(answer: &Answer) -> Vec<Value> {
    let text = std::str::from_utf8(&answer.body).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn by_id(lines: Vec<Value>) -> BTreeMap<String, Value> {
    lines.into_iter().map(|line| (line["id"].as_str().unwrap().to_owned(), line)).collect()
}

#[test]
fn what_changed_since_a_release_makes_the_old_list_the_new_one() {
    let server = published();
    let nobody = server.nobody();
    let mut held = by_id(lines(&plain(&nobody, LINES)));
    let lab = server.lab();
    let families = server.wait(server.state.store.all_families()).unwrap();
    let family = format!("/api/v1/families/{}", families[0].family.id);
    lab.indicate(&family, "domain", "new.watch-alpha.example", "c2");
    let gone = held.values().find(|row| row["kind"] == "package").unwrap().clone();
    let recall = serde_json::json!({
        "family": gone["family"], "kind": "package", "value": gone["value"], "why": "a mistake",
    });
    server
        .client("example-lab", unwatched_model::partner::UserRole::Coordinator)
        .post("/api/v1/recalls", &recall)
        .expect(201);
    assert_eq!(publish(&server), 2);
    for path in ["/feeds/v1/indicators.jsonl?since=1", "/feeds/v1/?since=1"] {
        let delta = plain(&nobody, path);
        assert_eq!(delta.header("content-type"), Some("application/x-ndjson"));
        let tag = delta.header("etag").unwrap();
        nobody.get_with(path, &[("if-none-match", tag)]).expect(304);
        let text = String::from_utf8(delta.body.clone()).unwrap();
        assert!(!text.contains(gone["value"].as_str().unwrap()), "what was recalled is not said");
        let delta = lines(&delta);
        assert_eq!((&delta[0]["since"], &delta[0]["until"]), (&1.into(), &2.into()));
        assert_eq!((&delta[0]["added"], &delta[0]["removed"]), (&1.into(), &1.into()));
        let mut now = held.clone();
        for mut line in delta.into_iter().skip(1) {
            let id = line["id"].as_str().unwrap().to_owned();
            match line.as_object_mut().unwrap().remove("change").unwrap().as_str().unwrap() {
                "removed" => drop(now.remove(&id).expect("it was there")),
                _ => drop(now.insert(id, line)),
            }
        }
        assert_eq!(now, by_id(lines(&plain(&nobody, LINES))));
    }
    held.clear();
    let same = lines(&plain(&nobody, "/feeds/v1/?since=2"));
    assert_eq!(same.len(), 1, "nothing changed since the latest");
    let early = nobody.get("/feeds/v1/?since=3").problem(404);
    assert_eq!(early, "there is no release 3 yet: the latest is 2");
    let never = nobody.get("/feeds/v1/?since=0").problem(410);
    assert!(never.contains("take the whole indicators.jsonl of release 2"), "{never}");
    for nonsense in ["x", "-1", "1.5", ""] {
        nobody.get(&format!("/feeds/v1/?since={nonsense}")).problem(400);
    }
}

#[test]
fn the_folder_itself_is_its_index() {
    let server = published();
    let nobody = server.nobody();
    let index = plain(&nobody, "/feeds/v1/index.json");
    assert_eq!(plain(&nobody, "/feeds/v1/").body, index.body);
    let news = nobody.get("/feeds/v1/releases.atom").expect(200);
    assert_eq!(news.header("content-type"), Some("application/atom+xml; charset=utf-8"));
    let words = nobody.get("/feeds/v1/warnings/en.json").expect(200).json();
    assert_eq!((&words["language"], &words["reviewed"]), (&"en".into(), &false.into()));
    nobody.get("/feeds/v1/warnings/tlh.json").problem(404);
    nobody.get("/feeds/v1/misp/").problem(404);
    nobody.get("/feeds/v1/misp/../index.json");
}
