//! Collections of objects: moments that grow, pages that stay what they were, versions, deletion.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan};
use unwatched_store::{
    Actor, Audience, LoadedCollection, LoadedObject, LoadedRoot, LoadedServer, NewCollection,
    NewRoot, Store, StoreError, TaxiiCollection, TaxiiDeleted, TaxiiObject, TaxiiRecord,
    TaxiiVersions, TaxiiWanted, TaxiiWindow,
};

use crate::both;
use crate::stand::Stand;

both! {
    moments_grow_whatever_the_clock_says,
    the_latest_version_is_what_is_there,
    what_is_there_already_stays,
    what_has_no_versions_is_known_by_its_bytes,
    a_page_stays_what_it_was,
    deleting_brings_the_version_before_back,
    versions_and_languages_are_chosen,
    pages_are_cut_at_their_length,
    another_server_is_taken_over_whole_or_not_at_all,
    two_page_while_a_third_adds,
    many_add_at_once,
}

const LATEST: TaxiiVersions =
    TaxiiVersions { all: false, first: false, last: true, exact: Vec::new() };
const ALL: TaxiiVersions =
    TaxiiVersions { all: true, first: false, last: false, exact: Vec::new() };

fn now() -> Timestamp {
    "2026-01-05T09:00:00Z".parse().unwrap()
}

fn latest() -> TaxiiWanted {
    TaxiiWanted { versions: LATEST, ..TaxiiWanted::default() }
}

fn all() -> TaxiiWanted {
    TaxiiWanted { versions: ALL, ..TaxiiWanted::default() }
}

async fn collection(store: &Store) -> TaxiiCollection {
    let new = NewRoot {
        path: "root".to_owned(),
        title: "Root".to_owned(),
        description: None,
        max_content_length: 1_000,
        audience: Audience::Everybody,
        collections: vec![NewCollection {
            id: "91a7b528-80eb-42ed-a74d-c6fbd5a26116".to_owned(),
            alias: "all".to_owned(),
            title: "All".to_owned(),
            description: "made up".to_owned(),
            can_read: true,
            can_write: true,
            purpose: Some("made-up".to_owned()),
        }],
    };
    store.keep_taxii_roots(&[new]).await.unwrap();
    found(store).await
}

async fn found(store: &Store) -> TaxiiCollection {
    store.taxii_collection("root", "all", None).await.unwrap().unwrap()
}

/// An object with its versions counted up.
struct Made {
    id: String,
    version: Option<String>,
    spec: &'static str,
    json: String,
}

fn made(name: u32, version: Option<u32>) -> Made {
    let version = version.map(|minute| format!("2026-01-01T00:{minute:02}:00.000000000Z"));
    let id = format!("malware--00000000-0000-4000-8000-{name:012}");
    let json = serde_json::json!({ "id": id, "modified": version }).to_string();
    Made { id, version, spec: "2.1", json }
}

async fn add(store: &Store, collection: &TaxiiCollection, made: &[Made]) -> Vec<(String, bool)> {
    add_at(store, collection, made, now()).await
}

async fn add_at(
    store: &Store,
    collection: &TaxiiCollection,
    made: &[Made],
    at: Timestamp,
) -> Vec<(String, bool)> {
    let objects: Vec<_> = made
        .iter()
        .map(|one| TaxiiObject {
            id: &one.id,
            object_type: "malware",
            version: one.version.as_deref(),
            version_key: one.version.as_deref(),
            spec: one.spec,
            json: &one.json,
        })
        .collect();
    let by = Actor::operator();
    let added =
        store.add_taxii_objects(collection.number, &objects, &by, at, |_| None).await.unwrap();
    added.into_iter().map(|added| (added.version, added.is_new)).collect()
}

async fn records(
    store: &Store,
    collection: &TaxiiCollection,
    wanted: &TaxiiWanted,
    after: i64,
    upto: i64,
    limit: u32,
) -> Vec<TaxiiRecord> {
    let window = TaxiiWindow { after, upto, limit };
    let records = store.taxii_records(collection.number, wanted, window).await.unwrap();
    // The objects themselves are the same page.
    let page =
        store.taxii_objects(collection.number, collection.largest, wanted, window).await.unwrap();
    assert_eq!(page.as_ref().map_or(0, |page| page.count) as usize, records.len());
    if let Some(page) = page {
        let listed: Vec<serde_json::Value> =
            serde_json::from_str(&format!("[{}]", page.json)).unwrap();
        assert!(listed.iter().zip(&records).all(|(json, record)| json["id"] == record.id.as_str()));
        let ends = (records.first().unwrap().date_added, records.last().unwrap().date_added);
        assert_eq!((page.first, page.last), ends);
    }
    records
}

async fn everything(store: &Store, wanted: &TaxiiWanted) -> Vec<TaxiiRecord> {
    let collection = found(store).await;
    records(store, &collection, wanted, 0, collection.newest, 1_000).await
}

fn short(records: &[TaxiiRecord]) -> Vec<String> {
    records
        .iter()
        .map(|one| format!("{}@{}", &one.id[one.id.len() - 1..], &one.version[14..16]))
        .collect()
}

async fn moments_grow_whatever_the_clock_says(stand: &Stand) {
    let all = collection(stand).await;
    add(stand, &all, &[made(1, Some(1)), made(2, Some(1))]).await;
    add_at(stand, &all, &[made(3, Some(1))], now() - 1.hour()).await;
    add_at(stand, &all, &[made(4, Some(1))], now() + 1.hour()).await;
    let records = everything(stand, &latest()).await;
    let start = now().as_microsecond();
    let moments: Vec<_> = records.iter().map(|one| one.date_added - start).collect();
    assert_eq!(moments, [0, 1, 2, 3_600_000_000]);
    assert_eq!(found(stand).await.newest, start + 3_600_000_000);
    assert_eq!(found(stand).await.changes, 3);
}

async fn the_latest_version_is_what_is_there(stand: &Stand) {
    let all = collection(stand).await;
    add(stand, &all, &[made(1, Some(2)), made(2, Some(1)), made(2, Some(3)), made(3, Some(1))])
        .await;
    // An older version comes late, a newer one later.
    add(stand, &all, &[made(1, Some(1))]).await;
    add(stand, &all, &[made(3, Some(4))]).await;
    assert_eq!(short(&everything(stand, &latest()).await), ["1@02", "2@03", "3@04"]);
    let every = everything(stand, &self::all()).await;
    assert_eq!(short(&every), ["1@02", "2@01", "2@03", "3@01", "1@01", "3@04"]);
}

async fn what_is_there_already_stays(stand: &Stand) {
    let all = collection(stand).await;
    assert!(add(stand, &all, &[made(1, Some(1))]).await[0].1);
    let changes = found(stand).await.changes;
    let mut other = made(1, Some(1));
    other.json = other.json.replace("modified", "x_modified");
    let again = add(stand, &all, &[other, made(1, Some(1))]).await;
    assert!(
        again.iter().all(|(version, is_new)| !is_new && version.starts_with("2026-01-01T00:01"))
    );
    assert_eq!(found(stand).await.changes, changes);
    let twice = add(stand, &all, &[made(2, Some(1)), made(2, Some(1))]).await;
    assert_eq!(twice.iter().map(|(_, is_new)| *is_new).collect::<Vec<_>>(), [true, false]);
    assert_eq!(everything(stand, &self::all()).await.len(), 2);
}

async fn what_has_no_versions_is_known_by_its_bytes(stand: &Stand) {
    let all = collection(stand).await;
    let first = add(stand, &all, &[made(1, None)]).await;
    let again = add(stand, &all, &[made(1, None)]).await;
    assert_eq!(again, [(first[0].0.clone(), false)]);
    let mut other = made(1, None);
    other.json = other.json.replace("modified", "x_modified");
    assert!(add(stand, &all, &[other]).await[0].1);
    assert_eq!(everything(stand, &latest()).await.len(), 1);
    assert_eq!(everything(stand, &self::all()).await.len(), 2);
}

async fn a_page_stays_what_it_was(stand: &Stand) {
    let all = collection(stand).await;
    let five: Vec<_> = (1..=5).map(|name| made(name, Some(1))).collect();
    add(stand, &all, &five).await;
    let before = found(stand).await;
    let page = |after| {
        let before = &before;
        async move { records(stand, before, &latest(), after, before.newest, 2).await }
    };
    let start = now().as_microsecond();
    let (second, last) = (page(start + 1).await, page(start + 3).await);
    add(stand, &all, &[made(3, Some(2)), made(5, Some(2)), made(6, Some(1))]).await;
    assert_eq!((page(start + 1).await, page(start + 3).await), (second, last));
    assert_eq!(
        short(&everything(stand, &latest()).await),
        ["1@01", "2@01", "4@01", "3@02", "5@02", "6@01"]
    );
    assert!(stand.taxii_has_more(all.number, &latest(), before.newest).await.unwrap());
    assert!(!stand.taxii_has_more(all.number, &latest(), found(stand).await.newest).await.unwrap());
}

async fn deleting_brings_the_version_before_back(stand: &Stand) {
    let all = collection(stand).await;
    add(stand, &all, &[made(1, Some(1)), made(1, Some(2)), made(1, Some(3)), made(2, Some(1))])
        .await;
    let of_one = |versions| TaxiiWanted { ids: vec![made(1, None).id], versions, ..latest() };
    let delete = async |wanted| {
        stand.delete_taxii_object(all.number, &wanted, &Actor::operator(), now()).await.unwrap()
    };
    assert_eq!(delete(of_one(LATEST)).await, TaxiiDeleted::Versions(1));
    assert_eq!(short(&everything(stand, &latest()).await), ["1@02", "2@01"]);
    let exact = TaxiiVersions {
        exact: vec![made(1, Some(9)).version.unwrap()],
        ..TaxiiVersions::default()
    };
    assert_eq!(delete(of_one(exact)).await, TaxiiDeleted::Nothing);
    assert_eq!(delete(of_one(ALL)).await, TaxiiDeleted::Versions(2));
    assert!(!stand.taxii_has_object(all.number, &made(1, None).id).await.unwrap());
    assert_eq!(delete(of_one(ALL)).await, TaxiiDeleted::Nothing);
    assert_eq!(short(&everything(stand, &self::all()).await), ["2@01"]);
}

async fn versions_and_languages_are_chosen(stand: &Stand) {
    let all = collection(stand).await;
    let old = |version| Made { spec: "2.0", ..made(1, Some(version)) };
    add(stand, &all, &[old(1), old(2), made(1, Some(2)), made(1, Some(3)), made(2, Some(1))]).await;
    let check = async |versions: TaxiiVersions, specs: &[&str], expected: &[&str]| {
        let specs = specs.iter().map(ToString::to_string).collect();
        let wanted = TaxiiWanted { versions, specs, ..TaxiiWanted::default() };
        let records = everything(stand, &wanted).await;
        let named: Vec<_> = short(&records)
            .iter()
            .zip(&records)
            .map(|(one, of)| format!("{one}/{}", of.spec))
            .collect();
        assert_eq!(named, expected, "{wanted:?}");
    };
    let exact = |minute| TaxiiVersions {
        exact: vec![made(1, Some(minute)).version.unwrap()],
        ..TaxiiVersions::default()
    };
    let first = TaxiiVersions { first: true, ..TaxiiVersions::default() };
    check(LATEST, &[], &["1@03/2.1", "2@01/2.1"]).await;
    check(ALL, &[], &["1@02/2.1", "1@03/2.1", "2@01/2.1"]).await;
    check(first.clone(), &[], &["1@02/2.1", "2@01/2.1"]).await;
    check(
        TaxiiVersions { last: true, ..first.clone() },
        &[],
        &["1@02/2.1", "1@03/2.1", "2@01/2.1"],
    )
    .await;
    check(exact(1), &[], &["1@01/2.0", "2@01/2.1"]).await;
    check(exact(2), &[], &["1@02/2.1"]).await;
    check(LATEST, &["2.0"], &["1@02/2.0"]).await;
    check(first, &["2.0", "2.1"], &["1@01/2.0", "2@01/2.1"]).await;
    check(ALL, &["2.0"], &["1@01/2.0", "1@02/2.0"]).await;
    check(LATEST, &["9.9"], &[]).await;
}

async fn pages_are_cut_at_their_length(stand: &Stand) {
    let all = collection(stand).await;
    let large: Vec<_> = (1..=40)
        .map(|name| {
            let mut one = made(name, Some(1));
            one.json = one.json.replace("modified", &"x".repeat(1_000_000));
            one
        })
        .collect();
    add(stand, &all, &large).await;
    let all = found(stand).await;
    let window = TaxiiWindow { after: 0, upto: all.newest, limit: 1_000 };
    let page = stand.taxii_objects(all.number, all.largest, &latest(), window).await.unwrap();
    let page = page.unwrap();
    assert!(page.is_full && page.count >= 10 && page.count < 20, "{}", page.count);
}

async fn another_server_is_taken_over_whole_or_not_at_all(stand: &Stand) {
    let object = |name, version, second: i64| LoadedObject {
        id: made(name, None).id,
        object_type: "malware".to_owned(),
        version: made(name, Some(version)).version,
        version_key: made(name, Some(version)).version,
        spec: "2.1".to_owned(),
        date_added: now() + second.seconds(),
        json: made(name, Some(version)).json,
    };
    let loaded = LoadedRoot {
        path: "root".to_owned(),
        title: "Taken over".to_owned(),
        description: None,
        versions: vec!["application/taxii+json;version=2.1".to_owned()],
        max_content_length: 77,
        audience: Audience::Users,
        collections: vec![LoadedCollection {
            id: "52892447-4d7e-4f70-b94d-d7f22742ff63".to_owned(),
            alias: Some("all".to_owned()),
            title: "All".to_owned(),
            description: None,
            media_types: Vec::new(),
            can_read: true,
            can_write: false,
            objects: vec![object(1, 2, 9), object(1, 1, 3), object(2, 1, 3), object(1, 2, 20)],
        }],
        statuses: vec![("a-status".to_owned(), serde_json::json!({ "id": "a-status" }))],
    };
    let mut server = LoadedServer {
        discovery: Some(serde_json::json!({ "title": "Theirs" })),
        max_page_size: Some(5),
        users: Vec::new(),
        roots: vec![loaded.clone(), loaded],
    };
    let load =
        async |server: &LoadedServer| stand.load_taxii(server, &Actor::operator(), now()).await;
    assert!(matches!(load(&server).await, Err(StoreError::Conflict(_))));
    assert!(stand.taxii_roots().await.unwrap().is_empty());
    server.roots.pop();
    load(&server).await.unwrap();
    assert_eq!(stand.taxii_server().await.unwrap().unwrap().max_page_size, 5);
    let all = everything(stand, &all()).await;
    let start = now().as_microsecond();
    let moments: Vec<_> = all.iter().map(|one| one.date_added - start).collect();
    // Two at one moment come a microsecond apart; the version that came twice came once.
    assert_eq!(moments, [3_000_000, 3_000_001, 9_000_000]);
    assert_eq!(short(&everything(stand, &latest()).await), ["2@01", "1@02"]);
    let status = stand.taxii_status("root", "a-status", "anybody").await.unwrap();
    assert_eq!(status.as_deref(), Some(r#"{"id":"a-status"}"#));
}

/// One that turns pages.
struct Reader {
    after: i64,
    upto: i64,
    seen: BTreeMap<(String, String), u32>,
    is_done: bool,
}

impl Reader {
    async fn turn(&mut self, store: &Store, limit: u32) {
        let all = found(store).await;
        let page = records(store, &all, &latest(), self.after, self.upto, limit).await;
        // Asked once more, it is the same page.
        assert_eq!(page, records(store, &all, &latest(), self.after, self.upto, limit).await);
        for record in &page {
            *self.seen.entry((record.id.clone(), record.version.clone())).or_default() += 1;
            self.after = record.date_added;
        }
        self.is_done = !store.taxii_has_more(all.number, &latest(), self.after).await.unwrap();
        self.upto = found(store).await.newest;
    }
}

/// Numbers that look random and are the same each time.
fn shuffled(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

/// Every order of turning and adding gives everybody every object once, and the newest version of
/// each; each turn is asked twice and gives the same.
async fn two_page_while_a_third_adds(stand: &Stand) {
    let rounds: u64 =
        std::env::var("UNWATCHED_TEST_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    let all = collection(stand).await;
    let mut name = 0;
    let mut seed = 7;
    for _ in 0..rounds {
        let begin = found(stand).await.newest;
        let reader = || Reader { after: begin, upto: begin, seen: BTreeMap::new(), is_done: false };
        let mut readers = [reader(), reader()];
        let mut added = BTreeSet::new();
        for _ in 0..12 {
            match shuffled(&mut seed) % 3 {
                0 => {
                    let count = 1 + shuffled(&mut seed) % 4;
                    let batch: Vec<_> = (0..count)
                        .map(|_| {
                            name += 1;
                            made(name, Some(1))
                        })
                        .collect();
                    added.extend(batch.iter().map(|one| one.id.clone()));
                    add(stand, &all, &batch).await;
                }
                which => {
                    let limit = 1 + (shuffled(&mut seed) % 3) as u32;
                    readers[usize::from(which == 1)].turn(stand, limit).await;
                }
            }
        }
        for mut reader in readers {
            reader.is_done = false;
            while !reader.is_done {
                reader.turn(stand, 3).await;
            }
            assert!(reader.seen.values().all(|times| *times == 1), "something came twice");
            let ids: BTreeSet<_> = reader.seen.into_keys().map(|(id, _)| id).collect();
            assert_eq!(ids, added);
        }
    }
}

async fn many_add_at_once(stand: &Stand) {
    let all = collection(stand).await;
    let adding = (0..8_u32).map(|who| {
        let (store, all) = (stand.store.clone(), all.clone());
        tokio::spawn(async move {
            for turn in 0..5 {
                let batch: Vec<_> =
                    (0..4).map(|n| made(who * 100 + turn * 10 + n, Some(1))).collect();
                add(&store, &all, &batch).await;
            }
        })
    });
    let adding: Vec<_> = adding.collect();
    let mut seen = BTreeSet::new();
    let mut after = 0;
    while seen.len() < 160 {
        let now = found(stand).await;
        for record in records(stand, &now, &latest(), after, now.newest, 7).await {
            assert!(record.date_added > after && seen.insert(record.id));
            after = record.date_added;
        }
    }
    for one in adding {
        one.await.unwrap();
    }
    assert_eq!(everything(stand, &latest()).await.len(), 160);
}
