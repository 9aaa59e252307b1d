//! `/feeds/v1/`

use serde_json::json;
use sha2::{Digest as _, Sha256};
use unwatched_exchange::release::publish;
use unwatched_formats::release::{Index, Limits, PublicKey, open_bundle};
use unwatched_model::class::Class;
use unwatched_model::consensus::{Judging, judge_v1};
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::set::IndicatorSet;
use unwatched_store::Actor;

use crate::rig::{Client, Server};

const STALKERWARE: [&str; 3] = ["tracks", "offered_to_individuals", "hides_itself"];

/// A judged family with one indicator of each openness, and an undecided one.
fn judged(server: &Server) -> (Client, String) {
    let (lab, shelter) = (server.lab(), server.shelter());
    let family = lab.create_family("Watch Alpha");
    lab.indicate(&family, "package", "com.example.alpha", "app");
    lab.indicate(&family, "certificate_sha1", &"ab".repeat(20), "app");
    lab.indicate(&family, "certificate_sha1", &"cd".repeat(20), "sample");
    lab.indicate(&family, "domain", "api.watch-alpha.example", "c2");
    lab.indicate(&family, "file_sha256", &"ef".repeat(32), "sample");
    let green = json!({
        "kind": "domain", "value": "green.watch-alpha.example", "role": "c2", "tlp": "GREEN",
        "source": "Example Lab",
    });
    lab.post(&format!("{family}/indicators"), &green).expect(201);
    lab.say(&family, "holds", &STALKERWARE);
    shelter.say(&family, "holds", &STALKERWARE);
    let undecided = lab.create_family("Watch Gamma");
    lab.indicate(&undecided, "package", "com.example.gamma", "app");
    (lab, family)
}

fn publish(server: &Server) -> u64 {
    server.wait(publish::publish(&server.state, &Actor::operator())).expect("a release").sequence
}

#[test]
fn before_the_first_release_there_is_nothing() {
    let server = Server::without_worker();
    for name in ["index.json", "bundle", "key.pub", "hosts"] {
        let detail = server.nobody().get(&format!("/feeds/v1/{name}")).problem(404);
        assert_eq!(detail, "no release has been published here yet");
    }
    let error =
        server.wait(publish::publish(&server.state, &Actor::operator())).unwrap_err().to_string();
    assert!(error.starts_with("nothing to publish"), "{error}");
}

#[test]
fn a_release_is_whole_signed_and_public() {
    let server = Server::without_worker();
    judged(&server);
    assert_eq!(publish(&server), 1);
    let nobody = server.nobody();
    let file = |name: &str| nobody.get(&format!("/feeds/v1/{name}")).expect(200).body;

    let index = Index::from_bytes(&file("index.json")).unwrap();
    assert_eq!(index.sequence, 1);
    assert_eq!(index.expires.duration_since(index.published).as_hours(), 30 * 24);
    let names: Vec<_> = index.files.iter().map(|file| file.name.as_str()).collect();
    let event = names.iter().find(|name| name.len() == "misp/.json".len() + 36).expect("an event");
    let mut expected = vec![
        "NOTICE",
        "filter.bin",
        "hosts",
        "hosts_full",
        "indicators-for-tinycheck.json",
        "indicators.bin",
        "indicators.jsonl",
        "ioc.yaml",
        event,
        "misp/hashes.csv",
        "misp/manifest.json",
        "network.csv",
        "quad9_blocklist.txt",
        "releases.atom",
        "samples.csv",
        "stalkerware-strict.stix2",
        "stalkerware.stix2",
        "suricata.rules",
        "unwatched.hdb",
        "unwatched.hdu",
        "unwatched.hsb",
        "unwatched.hsu",
        "unwatched.rpz",
        "unwatched.yar",
        "warnings/de.json",
        "warnings/en.json",
        "warnings/es.json",
        "watchware.yaml",
    ];
    expected.sort_unstable();
    assert_eq!(names, expected);
    for listed in &index.files {
        let answer = nobody.get(&format!("/feeds/v1/{}", listed.name)).expect(200);
        assert_eq!(answer.header("content-type"), Some(listed.media_type.as_str()));
        let bytes = answer.body;
        assert_eq!(bytes.len() as u64, listed.size_bytes, "{}", listed.name);
        assert_eq!(hex::encode(Sha256::digest(&bytes)), listed.sha256.to_string());
    }

    let key: PublicKey = String::from_utf8(file("key.pub")).unwrap().parse().unwrap();
    let bundle = open_bundle(&file("bundle"), &Limits::default()).unwrap();
    let bundle = bundle.verify(&key).expect("the release is signed by the key beside it");
    assert_eq!(bundle.index, index);
    assert_eq!(bundle.indicators, file("indicators.bin"));
    assert!(String::from_utf8(file("index.json.minisig")).unwrap().contains("unwatched release 1"));
}

#[test]
fn only_what_is_public_is_released() {
    let server = Server::without_worker();
    judged(&server);
    publish(&server);
    let nobody = server.nobody();
    let bytes = nobody.get("/feeds/v1/indicators.bin").expect(200).body;
    let set = IndicatorSet::from_bytes(&bytes).unwrap();
    let families: Vec<_> =
        set.families().iter().map(|f| (f.id.as_str(), f.class, f.judged)).collect();
    assert_eq!(families, [("watch-alpha", Class::Stalkerware, true)], "undecided ones stay");
    let has = |kind, value: &str| !set.lookup(kind, value).is_empty();
    assert!(has(IndicatorKind::Package, "com.example.alpha"));
    assert!(has(IndicatorKind::CertificateSha1, &"ab".repeat(20)));
    assert!(has(IndicatorKind::FileSha256, &"ef".repeat(32)));
    assert!(!has(IndicatorKind::CertificateSha1, &"cd".repeat(20)), "only a sample shows it");
    assert!(!has(IndicatorKind::Domain, "green.watch-alpha.example"), "it is not TLP:CLEAR");
    for name in ["ioc.yaml", "hosts", "stalkerware.stix2", "samples.csv"] {
        let text = nobody.get(&format!("/feeds/v1/{name}")).expect(200).body;
        let text = String::from_utf8(text).unwrap();
        for private in
            ["green.watch-alpha", "com.example.gamma", &"cd".repeat(20), &"CD".repeat(20)]
        {
            assert!(!text.contains(private), "{name} holds {private}");
        }
    }
    let ioc = String::from_utf8(nobody.get("/feeds/v1/ioc.yaml").expect(200).body).unwrap();
    assert!(ioc.starts_with("- name: Watch Alpha\n  type: stalkerware\n"), "{ioc}");
    let samples = String::from_utf8(nobody.get("/feeds/v1/samples.csv").expect(200).body).unwrap();
    assert!(samples.contains(&format!("{},,,,Watch Alpha\r\n", "ef".repeat(32))), "{samples}");
}

#[test]
fn a_verdict_that_changes_changes_the_next_release() {
    let server = Server::without_worker();
    let (lab, family) = judged(&server);
    let shelter = server.shelter();
    publish(&server);
    let hosts =
        || String::from_utf8(server.nobody().get("/feeds/v1/hosts").expect(200).body).unwrap();
    assert_eq!(hosts(), "api.watch-alpha.example\n");
    for client in [&lab, &shelter] {
        client.say(&family, "does_not", &["hides_itself"]);
    }
    assert_eq!(hosts(), "api.watch-alpha.example\n", "what was published stands");
    assert_eq!(publish(&server), 2);
    assert_eq!(hosts(), "", "watchware stands in no blocklist");
    let watchware = server.nobody().get("/feeds/v1/watchware.yaml").expect(200).body;
    assert!(String::from_utf8(watchware).unwrap().contains("name: Watch Alpha"));
    let full = server.nobody().get("/feeds/v1/hosts_full").expect(200).body;
    assert_eq!(full, b"api.watch-alpha.example\n");
}

#[test]
fn a_reader_who_has_it_gets_nothing_twice() {
    let server = Server::without_worker();
    judged(&server);
    publish(&server);
    for name in ["index.json", "index.json.minisig", "hosts", "bundle"] {
        let path = format!("/feeds/v1/{name}");
        let first = server.nobody().get(&path).expect(200);
        let tag = first.header("etag").expect("an ETag").to_owned();
        let again = server.nobody().get_with(&path, &[("if-none-match", &tag)]).expect(304);
        assert_eq!((again.body.len(), again.header("etag")), (0, Some(tag.as_str())));
        server.nobody().get_with(&path, &[("if-none-match", "\"other\"")]).expect(200);
    }
    server.nobody().get("/feeds/v1/nothing").problem(404);
    server.nobody().get("/feeds/v1/..%2fkeys%2frelease.key").problem(404);
}

#[test]
fn of_two_who_publish_at_once_the_later_is_told_what_to_do() {
    let server = Server::without_worker();
    judged(&server);
    let all: Vec<_> = (0..4)
        .map(|_| {
            let state = server.state.clone();
            async move { publish::publish(&state, &Actor::operator()).await }
        })
        .collect();
    let ended = server.wait(async {
        let tasks: Vec<_> = all.into_iter().map(tokio::spawn).collect();
        let mut ended = Vec::new();
        for task in tasks {
            ended.push(task.await.expect("no panic"));
        }
        ended
    });
    let published = ended.iter().filter_map(|end| end.as_ref().ok());
    let published: std::collections::BTreeSet<_> = published.map(|one| one.sequence).collect();
    assert_eq!(published.first(), Some(&1), "each number once, from the first");
    for error in ended.iter().filter_map(|end| end.as_ref().err()) {
        let said = format!("{error:#}");
        assert!(said.contains("was published a moment ago by somebody else"), "{said}");
        assert!(said.contains("publish again if it lacks something you added"), "{said}");
    }
}

#[test]
fn the_lists_of_families_say_what_the_release_says() {
    let server = Server::without_worker();
    let (lab, _) = judged(&server);
    // A verdict saved before the rule had its present form, or by a program that did not know it.
    let families = server.wait(server.state.store.all_families()).unwrap();
    let stale = judge_v1(&families[0].family.id, &[], &[]);
    let (says, now) = (|_: &Judging| stale.clone(), server.state.clock.now());
    let by = Actor::operator();
    let saved = server.state.store.judge(&stale.family, says, &by, now);
    assert!(server.wait(saved).unwrap().1);
    publish(&server);
    let hosts = server.nobody().get("/feeds/v1/hosts").expect(200).body;
    assert_eq!(hosts, b"api.watch-alpha.example\n");
    let listed = lab.get("/api/v1/families").expect(200).json();
    assert_eq!(listed["families"][0]["class"], "stalkerware");
}

#[test]
fn the_secret_key_is_nobody_elses() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::without_worker();
    judged(&server);
    publish(&server);
    let mode = |name: &str| {
        let path = server.data().join(name);
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    assert_eq!((mode("keys"), mode("keys/release.key")), (0o700, 0o600));
    for name in ["exchange.sqlite", "exchange.sqlite-wal", "exchange.sqlite-shm"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    let key = server.nobody().get("/feeds/v1/key.pub").expect(200).body;
    publish(&server);
    assert_eq!(server.nobody().get("/feeds/v1/key.pub").expect(200).body, key, "it stays");
}
