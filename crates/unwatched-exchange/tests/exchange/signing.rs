//! What the server says of its log, how it says so anew, and how a log begins where releases are
//! older than it.

use jiff::SignedDuration;
use serde_json::json;
use unwatched_exchange::clock::Clock;
use unwatched_exchange::release::{key_sets, keys, log, publish, signatures};
use unwatched_exchange::state::AppState;
use unwatched_formats::release::{
    Checkpoint, Index, Limits, Pin, PublicKey, VerifiedBundle, open_bundle, write_bundle,
};
use unwatched_store::{Actor, ReleaseFile, ReleaseRow};

use crate::doctor::{Attacker, blob_files, examined, lived_in};
use crate::rig::Server;

fn feed(server: &Server, name: &str) -> Vec<u8> {
    server.nobody().get(&format!("/feeds/v1/{name}")).expect(200).body
}

fn text(server: &Server, name: &str) -> String {
    String::from_utf8(feed(server, name)).unwrap()
}

/// The bundle as a checker takes it that pinned the key file served now.
fn verified(server: &Server) -> VerifiedBundle {
    let pin: Pin = text(server, "key.pub").parse().unwrap();
    let bundle = open_bundle(&feed(server, "bundle"), &Limits::default()).unwrap();
    bundle.verify_pinned(&pin).expect("it is signed and in the log")
}

fn later(server: &Server, days: i64) -> AppState {
    let now = server.state.clock.now() + SignedDuration::from_hours(days * 24);
    AppState { clock: Clock::by(move || now), ..server.state.clone() }
}

#[test]
fn a_new_exchange_signs_with_one_key_and_logs_every_release() {
    let server = lived_in();
    server.wait(publish::publish(&server.state, &Actor::operator())).unwrap();
    let bundle = verified(&server);
    let keys = bundle.keys.expect("a set");
    assert_eq!((keys.sequence, keys.threshold, keys.keys.len()), (1, 1, 1));
    assert_eq!(keys.keys[0], keys.server);
    let (part, checkpoint) = bundle.log.expect("a log");
    assert_eq!((part.leaf, checkpoint.size), (1, 2));
    assert_eq!(text(&server, "checkpoint"), part.checkpoint);
    assert_eq!(text(&server, "checkpoint.minisig"), part.signature);
    let lines = text(&server, "log.txt");
    assert_eq!(lines.lines().count(), 2);
    assert!(lines.lines().last().unwrap().contains(&bundle.index_sha256.to_string()), "{lines}");
    // Programs that know one key see it in the same file.
    let line: PublicKey = text(&server, "key.pub").parse().unwrap();
    assert_eq!(line, keys.server);
    server.nobody().get("/feeds/v1/index.json.0123456789ABCDEF.minisig").problem(404);
}

#[test]
fn what_is_newest_is_said_anew() {
    let server = lived_in();
    let before = verified(&server);
    let old = feed(&server, "bundle");
    let etag =
        server.nobody().get("/feeds/v1/bundle").expect(200).header("etag").unwrap().to_owned();
    assert!(server.wait(log::renew(&later(&server, 3))).unwrap());
    let after = verified(&server);
    assert_eq!(after.index_sha256, before.index_sha256);
    let ((part, now), (_, then)) = (after.log.unwrap(), before.log.unwrap());
    assert_eq!(now.time.duration_since(then.time).as_hours(), 72);
    part.continues(&now, &then).expect("it is the same log");
    assert_ne!(feed(&server, "bundle"), old);
    let tag = [("if-none-match", etag.as_str())];
    server.nobody().get_with("/feeds/v1/bundle", &tag).expect(200);
    let said = Checkpoint::from_text(&text(&server, "checkpoint")).unwrap();
    assert_eq!(said, now);
    // Its blob belongs to something, and the next release's bundle takes its place.
    let state = later(&server, 5);
    let _ = server.wait(state.store.forget_strays(state.clock.now())).unwrap();
    server.wait(publish::publish(&server.state, &Actor::operator())).unwrap();
    assert_eq!(verified(&server).index.sequence, 2);
    let report = examined(&server);
    assert!(report.grave().next().is_none(), "{}", report.text());
    let nothing = Server::without_worker();
    assert!(!nothing.wait(log::renew(&nothing.state)).unwrap());
}

/// A data folder of a program that knew neither sets nor a log.
#[test]
fn a_log_begins_with_the_releases_that_were_there() {
    let server = Server::without_worker();
    let state = &server.state;
    keys::begin(&state.data).unwrap();
    let now = state.clock.now();
    for sequence in [1, 4] {
        let set = server.wait(state.store.put_bytes(&b"a set"[..])).unwrap();
        let file = |name: &str, size_bytes: usize, blob| ReleaseFile {
            name: name.to_owned(),
            size_bytes: size_bytes as u64,
            sha256: blob,
            blob,
        };
        let index = json!({
            "sequence": sequence, "published": now, "licence": "CC-BY-4.0", "attribution": [],
            "expires": now + SignedDuration::from_hours(24),
            "files": [{ "name": "indicators.bin", "size_bytes": 5, "sha256": set }],
        });
        let index_json = Index::from_bytes(index.to_string().as_bytes()).unwrap().to_bytes();
        let signature = keys::sign(&state.data, &index_json, "as before").unwrap();
        let bundle = write_bundle(&index_json, &signature, b"a set");
        let size = bundle.len();
        let blob = server.wait(state.store.put_bytes(bundle)).unwrap();
        let release = ReleaseRow {
            sequence,
            published: now,
            expires: now + SignedDuration::from_hours(24),
            index_json,
            signature,
            files: vec![file("indicators.bin", 5, set), file("bundle", size, blob)],
        };
        server.wait(state.store.add_release(&release, &Actor::operator(), now)).unwrap();
    }
    let report = examined(&server);
    assert!(report.grave().next().is_none(), "{}", report.text());
    assert!(server.wait(log::renew(state)).unwrap());
    let bundle = verified(&server);
    assert_eq!((bundle.index.sequence, bundle.log.unwrap().1.size), (4, 2));
    let report = examined(&server);
    assert!(report.grave().next().is_none(), "{}", report.text());
}

/// The key is gone: nothing is signed with another one in its place.
#[test]
fn a_server_without_its_key_makes_no_other() {
    let server = lived_in();
    std::fs::remove_file(server.data().join("keys/release.key")).unwrap();
    let publish = server.wait(publish::publish(&server.state, &Actor::operator()));
    let said = publish.unwrap_err().to_string();
    assert!(said.contains("restore that folder from its copy"), "{said}");
    assert!(!server.wait(log::renew(&server.state)).unwrap());
    assert!(!server.data().join("keys/release.key").exists());
    let report = examined(&server);
    let found = report.grave().any(|found| found.what.contains("which it names, is not there"));
    assert!(found, "{}", report.text());
}

/// Changes the first digit of a place in a table; gives what stood there.
fn first_digit_changed(server: &Server, table: &str, column: &str, place: usize) -> Vec<u8> {
    server.wait(async {
        let mut attacker = Attacker::at(server.data()).await;
        let row = attacker.rows(table).await[place];
        let before = attacker.bytes(table, column, row).await.expect("something stands there");
        let mut after = before.clone();
        after[0] = if before[0] == b'1' { b'2' } else { b'1' };
        set(&mut attacker, table, column, row, &after).await;
        before
    })
}

fn set_back(server: &Server, table: &str, column: &str, place: usize, before: &[u8]) {
    server.wait(async {
        let mut attacker = Attacker::at(server.data()).await;
        let row = attacker.rows(table).await[place];
        set(&mut attacker, table, column, row, before).await;
    });
}

async fn set(attacker: &mut Attacker, table: &str, column: &str, row: i64, value: &[u8]) {
    let change = format!("UPDATE {table} SET {column} = CAST($1 AS TEXT) WHERE rowid = {row}");
    attacker.run(table, &change, Some(value)).await;
}

/// How publishing and saying anew refuse; nothing was signed or kept by either.
fn refused(server: &Server) -> String {
    let kept = || {
        let (state, folder) = (&server.state, server.data());
        let said = server.wait(state.store.said_of_log()).unwrap();
        let releases = server.wait(state.store.releases(u32::MAX)).unwrap();
        (said, releases.len(), blob_files(folder))
    };
    let before = kept();
    let published = server.wait(publish::publish(&server.state, &Actor::operator()));
    let said = published.unwrap_err().to_string();
    assert!(said.contains("restore the log from a backup"), "{said}");
    assert!(said.contains("`unwatched-exchange doctor`"), "{said}");
    let renewed = server.wait(log::renew(&later(server, 3))).unwrap_err().to_string();
    assert_eq!(renewed, said);
    assert_eq!(kept(), before);
    said
}

#[test]
fn nothing_is_signed_over_a_log_that_is_not_the_one_signed_before() {
    let server = lived_in();
    server.wait(publish::publish(&server.state, &Actor::operator())).unwrap();
    for (table, column, place, named, found) in [
        (
            "release_log",
            "index_sha256",
            0,
            "Its entry 1 (release 1) was changed after",
            "another release 1",
        ),
        (
            "release_log",
            "index_sha256",
            1,
            "Its entry 2 (release 2) was changed after",
            "another release 2",
        ),
        (
            "release_log",
            "key_set_sha256",
            1,
            "Its entry 2 (release 2) was changed",
            "another key set",
        ),
        (
            "checkpoints",
            "root_sha256",
            1,
            "its row says something else",
            "its row says something else",
        ),
    ] {
        let before = first_digit_changed(&server, table, column, place);
        let said = refused(&server);
        assert!(said.contains(named), "{column} at {place}: {said}");
        let report = examined(&server);
        let mut grave = report.grave();
        assert!(grave.any(|one| one.what.contains(found)), "{column}: {}", report.text());
        set_back(&server, table, column, place, &before);
    }
    // As it was written it is signed again.
    assert!(server.wait(log::renew(&later(&server, 3))).unwrap());
    for (change, named) in [
        ("DELETE FROM release_log WHERE position = 1", "It holds 1 releases, and 2 were signed"),
        ("DELETE FROM release_log", "It holds 0 releases, and 2 were signed"),
    ] {
        server.wait(async {
            Attacker::at(server.data()).await.run("release_log", change, None).await;
        });
        let said = refused(&server);
        assert!(said.contains(named), "{said}");
    }
    server.nobody().get("/feeds/v1/log.txt").problem(404);
    assert!(server.wait(server.state.store.release_log()).unwrap().is_empty(), "none is begun");
}

#[test]
fn a_release_that_waited_too_long_is_made_anew() {
    let server = lived_in();
    let ada = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    let key: PublicKey = ada.pk.to_base64().parse().unwrap();
    let set = server.wait(key_sets::current(&server.state)).unwrap().set;
    let change = key_sets::Change {
        add: vec![key],
        remove: vec![set.server.id()],
        ..key_sets::Change::default()
    };
    let by = Actor::operator();
    let signed = |bytes: &str| {
        let text = minisign::sign(None, &ada.sk, bytes.as_bytes(), None, None).unwrap();
        vec![text.into_string()]
    };
    let standing = server.wait(key_sets::propose(&server.state, &change, &by)).unwrap();
    assert!(!standing.is_enough(), "the new key has to show that somebody has it");
    let proof = signed(&standing.document);
    assert!(server.wait(key_sets::sign(&server.state, &proof, &by)).unwrap().0.is_enough());
    let made = server.wait(publish::publish(&server.state, &by)).unwrap();
    assert_eq!((made.sequence, made.waits_for), (2, 1));
    let index = server.nobody().get("/feeds/v1/index.json").expect(200).json();
    assert_eq!(index["sequence"], 1, "nothing is published yet");
    assert_eq!(verified(&server).index.sequence, 1, "by the set that signed it");
    let draft = server.wait(signatures::waiting(&server.state)).unwrap().unwrap().draft;
    let signature = signed(&draft.index_json);
    let old = server.wait(signatures::sign(&later(&server, 8), &signature, &by));
    assert!(old.unwrap_err().to_string().contains("makes it anew"));
    // What it needs is not swept away while it waits.
    let state = later(&server, 3);
    server.wait(state.store.forget_strays(state.clock.now())).unwrap();
    // Nor is it published over a log that was changed while it waited.
    let before = first_digit_changed(&server, "release_log", "index_sha256", 0);
    let over = server.wait(signatures::sign(&server.state, &signature, &by)).unwrap_err();
    assert!(over.to_string().contains("Its entry 1 (release 1) was changed"), "{over}");
    set_back(&server, "release_log", "index_sha256", 0, &before);
    server.wait(signatures::sign(&server.state, &signature, &by)).unwrap();
    let bundle = verified(&server);
    assert_eq!((bundle.index.sequence, bundle.keys.unwrap().sequence), (2, 2));
    let id = ada.pk.to_base64().parse::<PublicKey>().unwrap().id();
    assert_eq!(text(&server, &format!("index.json.{id}.minisig")), signature[0]);
    let report = examined(&server);
    assert!(report.grave().next().is_none(), "{}", report.text());
}
