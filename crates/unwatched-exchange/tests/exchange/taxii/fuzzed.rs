//! Requests drawn from a seed, sent to a real server as they come: paths, queries, headers and bodies
//! put together of what TAXII knows and of what nobody sends. Whatever comes, the answer is one that
//! is documented, never 5xx, and what was in a collection is read as before.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use unwatched_model::partner::UserRole;

use super::*;
use crate::rig::Server;

/// Every status that the reference names for TAXII.
const DOCUMENTED: [u16; 13] = [200, 202, 304, 400, 401, 403, 404, 405, 406, 413, 415, 422, 429];

/// Numbers that follow from a seed.
struct Drawn(u64);

impl Drawn {
    fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.number() % most as u64).unwrap()
    }

    fn of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

const METHODS: [&str; 8] = ["GET", "GET", "GET", "POST", "POST", "POST", "DELETE", "PUT"];
const STEPS: [&str; 16] = [
    "collections",
    "objects",
    "manifest",
    "versions",
    "status",
    "x",
    "..",
    "%00",
    "%ff",
    "%2f",
    "a%20b",
    "%F0%9F%98%80",
    "indicator--00000000-0000-4000-8000-000000000001",
    "2d086da7-4bdc-4f91-900e-d77486753710",
    "'--",
    "",
];
const KEYS: [&str; 10] = [
    "added_after",
    "limit",
    "next",
    "match[id]",
    "match[type]",
    "match[version]",
    "match[spec_version]",
    "match%5Btype%5D",
    "match[",
    "x",
];
const VALUES: [&str; 22] = [
    "",
    "0",
    "1",
    "-1",
    "99999999999999999999",
    "9999-12-31T23:59:59Z",
    "0000-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-01-01T00:00:00+23:59",
    "2026-01-01T00:00:00.0000000000000000000000001Z",
    "last",
    "first",
    "all",
    "all,last",
    "indicator",
    "indicator,,x",
    "indicator--00000000-0000-4000-8000-000000000001",
    "2.1",
    "%00",
    "%ff%fe",
    "%",
    "0000000000000001000000000000000200000000000000030a0b0c0d",
];
const HEADERS: [&str; 16] = [
    "accept: application/taxii+json;version=2.1",
    "accept: application/taxii+json;version=9",
    "accept: */*;q=0",
    "accept: ,,;;",
    "accept: application/taxii+json; version = \"2.1\"",
    "content-type: application/taxii+json;version=2.1",
    "content-type: text/plain",
    "content-type: application/taxii+json;;;",
    "if-none-match: *",
    "if-none-match: W/\"x\"",
    "range: bytes=0-1",
    "content-encoding: gzip",
    "authorization: Basic %%%",
    "authorization: Bearer unw_nobody",
    "expect: something",
    "x-nothing: \u{fc}",
];
const ODD: [&str; 14] = [
    "null",
    "7",
    "\"x\"",
    "[]",
    "{}",
    "{\"id\":7}",
    "{\"id\":\"indicator--x\",\"type\":\"indicator\"}",
    "{\"type\":\"\u{0}\",\"id\":\"a--b\"}",
    "1e999",
    "\"\\ud800\"",
    "{\"a\":{\"a\":{\"a\":{}}}}",
    "true",
    "{\"type\":\"bundle\",\"id\":\"bundle--00000000-0000-4000-8000-000000000001\",\"objects\":[]}",
    "-",
];

/// A body: an envelope of whole and odd objects, mostly; now and then with a byte changed or cut.
fn body(drawn: &mut Drawn, name: u32) -> Vec<u8> {
    let mut objects: Vec<String> = Vec::new();
    for _ in 0..drawn.below(4) {
        objects.push(drawn.of(&ODD).to_owned());
    }
    if drawn.below(3) > 0 {
        objects.push(object(name, 1).to_string());
    }
    let mut body = format!("{{\"objects\":[{}]}}", objects.join(",")).into_bytes();
    match drawn.below(5) {
        0 => {
            let at = drawn.below(body.len());
            body[at] ^= 1 << drawn.below(8);
        }
        1 => body.truncate(drawn.below(body.len())),
        _ => {}
    }
    body
}

/// One request, as it goes over the wire.
fn request(drawn: &mut Drawn, roots: &[&str], credentials: &str, name: u32) -> Vec<u8> {
    let mut path = drawn.of(roots).to_owned();
    for _ in 0..drawn.below(7).saturating_sub(3) {
        path.push_str(drawn.of(&STEPS));
        if drawn.below(4) > 0 {
            path.push('/');
        }
    }
    for number in 0..drawn.below(4) {
        path.push(if number == 0 { '?' } else { '&' });
        path.extend([drawn.of(&KEYS), "=", drawn.of(&VALUES)]);
    }
    let mut head = format!("{} {path} HTTP/1.1\r\nhost: x\r\n", drawn.of(&METHODS));
    if drawn.below(8) > 0 {
        head.extend(["authorization: ", credentials, "\r\n"]);
    }
    if drawn.below(4) > 0 {
        head.extend(["accept: ", TAXII, "\r\ncontent-type: ", TAXII, "\r\n"]);
    }
    for _ in 0..drawn.below(3) {
        head.push_str(drawn.of(&HEADERS));
        head.push_str("\r\n");
    }
    let body = body(drawn, name);
    if drawn.below(4) == 0 {
        head.push_str("transfer-encoding: chunked\r\nconnection: close\r\n\r\n");
        let length = format!("{:x}\r\n", body.len());
        let chunk = [length.as_bytes(), &body, b"\r\n"].concat();
        let chunks = if body.is_empty() { Vec::new() } else { chunk };
        [head.as_bytes(), &chunks, b"0\r\n\r\n"].concat()
    } else {
        let length = format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len());
        [head.as_bytes(), length.as_bytes(), &body].concat()
    }
}

/// Sends it and hands back the status.
fn status(address: &str, request: &[u8]) -> u16 {
    let shown = || String::from_utf8_lossy(request).into_owned();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap_or_else(|error| panic!("{error}: {}", shown()));
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status: u16 = answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_default();
    assert!(DOCUMENTED.contains(&status), "{answer:.300}\n{}", shown());
    let (head, said) = answer.split_once("\r\n\r\n").unwrap();
    // What no path leads to, and what is no HTTP, others answer; the rest is in TAXII's own words.
    let is_taxii = head.to_lowercase().contains("content-type: application/taxii+json");
    if is_taxii && !head.to_lowercase().contains("transfer-encoding") && !said.is_empty() {
        let document: Value =
            serde_json::from_str(said).unwrap_or_else(|_| panic!("{answer:.300}"));
        if status >= 400 {
            assert_eq!(document["http_status"], status.to_string(), "{answer:.300}");
        }
    }
    status
}

#[test]
fn what_is_drawn_from_a_seed_is_answered_and_harms_no_collection() {
    let taken = Taken::start();
    let all = format!("{READ_ONLY}objects/?match[version]=all");
    let (before, mine) = (taken.get(&all).json(), format!("{MAIN}objects/?match[version]=all"));
    let whole = taken.get(&mine).json()["objects"].as_array().unwrap().clone();
    let main = format!("{MAIN}objects/");
    let others = ["/api1/", "/taxii2/", "/deep/er/", "/nobody/", MAIN, READ_ONLY, WRITE_ONLY];
    let roots = [&others[..], &[main.as_str(); 6]].concat();
    let mut met = BTreeSet::new();
    for seed in 1..=1_200_u32 {
        let mut drawn = Drawn(u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let request = request(&mut drawn, &roots, BASIC, seed);
        // What deletes is aimed at by what is drawn, too: only what was not there before may go.
        if request.starts_with(b"DELETE") {
            continue;
        }
        met.insert(status(taken.address(), &request));
    }
    for status in [200, 202, 400, 401, 404, 405, 406, 415, 422] {
        assert!(met.contains(&status), "{status} was never met: {met:?}");
    }
    assert_eq!(taken.get(&all).json(), before);
    let after = taken.get(&format!("{mine}&limit=20")).json();
    assert_eq!(after["objects"].as_array().unwrap()[..whole.len()], whole[..]);
    // Whatever was taken is read, and each of it is an object.
    let (mut next, mut count) = (String::new(), 0);
    loop {
        let page = taken.get(&format!("{mine}&limit=20{next}")).expect(200).json();
        for one in page["objects"].as_array().unwrap() {
            assert!(one["id"].is_string() && one["type"].is_string(), "{one}");
            count += 1;
        }
        let Some(text) = page["next"].as_str().filter(|_| page["more"] == true) else { break };
        next = format!("&next={text}");
    }
    assert!(count > whole.len() + 20, "{count}");
}

#[test]
fn the_exchanges_own_collections_bear_what_is_drawn() {
    let server = Server::without_worker();
    let lab = server.lab();
    let family = lab.create_family("Watch Alpha");
    lab.indicate(&family, "domain", "panel.watch-alpha.example", "c2");
    let fill = || server.wait(unwatched_exchange::collections::partners::fill(&server.state));
    fill().unwrap();
    let shared = "/partners/collections/partners/objects/?match[version]=all";
    let read = || lab.get_with(shared, &[("accept", TAXII)]).expect(200).json();
    let before = read();
    let credentials = format!("Bearer {}", lab.token());
    let collections = ["partners", "inbox", "sightings"]
        .map(|name| format!("/partners/collections/{name}/objects/"));
    let [partners, inbox, sightings] = collections.each_ref().map(String::as_str);
    let roots = ["/partners/", "/public/", partners, inbox, inbox, sightings];
    for seed in 1..=500_u32 {
        let mut drawn = Drawn(u64::from(seed).wrapping_mul(0x2545_f491_4f6c_dd1d));
        status(server.address(), &request(&mut drawn, &roots, &credentials, seed));
    }
    // What was handed in is read without a fault, and one that is whole arrives.
    let reading = unwatched_exchange::collections::inbox::read(&server.state, None);
    server.wait(reading).unwrap();
    fill().unwrap();
    let after = read();
    for one in before["objects"].as_array().unwrap() {
        assert!(after["objects"].as_array().unwrap().contains(one), "{one} is gone");
    }
    server
        .client("example-lab", UserRole::Reader)
        .get_with(shared, &[("accept", TAXII)])
        .expect(200);
}
