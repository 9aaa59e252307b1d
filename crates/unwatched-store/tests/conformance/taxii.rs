//! Collections of objects: moments that grow, pages that stay what they were, versions, deletion.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::{Timestamp, ToSpan};
use sqlx::{Connection as _, PgConnection};
use unwatched_model::partner::{PartnerSlug, UserRole};
use unwatched_store::{
    Actor, Audience, Engine, HandedIn, InboxOutcome, LoadedCollection, LoadedObject, LoadedRoot,
    LoadedServer, NewCollection, NewRoot, NewTaxiiUser, Store, StoreError, TaxiiCollection,
    TaxiiDeleted, TaxiiObject, TaxiiRecord, TaxiiRights, TaxiiVersions, TaxiiWanted, TaxiiWindow,
    Via,
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
    older_versions_are_forgotten_where_nobody_is_to_read_them,
    what_was_handed_in_is_followed,
    what_was_taken_over_is_open_to_whom_it_was_granted,
    two_page_while_a_third_adds,
    many_add_at_once,
    the_latest_versions_that_name_an_object_are_found,
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
    let page = store.taxii_objects(collection, wanted, window).await.unwrap();
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
    let page = stand.taxii_objects(&all, &latest(), window).await.unwrap();
    let page = page.unwrap();
    assert!(page.has_more && page.count >= 10 && page.count < 20, "{}", page.count);
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
    if stand.engine() == Engine::Postgres {
        // Otherwise each page would be sorted out of all that comes after it.
        let mut connection = PgConnection::connect(&stand.config.database_url).await.unwrap();
        let is_known: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM pg_stats
             WHERE schemaname = current_schema() AND tablename = 'taxii_objects')",
        )
        .fetch_one(&mut connection)
        .await
        .unwrap();
        assert!(is_known, "PostgreSQL knows what was taken over");
        // And it was vacuumed, which notes the pages that everybody sees: how many those are hangs on
        // who else is at work in the database.
        let vacuumed: i64 = sqlx::query_scalar(
            "SELECT vacuum_count FROM pg_stat_user_tables
             WHERE schemaname = current_schema() AND relname = 'taxii_objects'",
        )
        .fetch_one(&mut connection)
        .await
        .unwrap();
        assert!(vacuumed > 0, "what everybody sees was noted");
    }
}

async fn older_versions_are_forgotten_where_nobody_is_to_read_them(stand: &Stand) {
    let all_of = collection(stand).await;
    add(stand, &all_of, &[made(1, Some(1)), made(2, Some(1)), made(1, Some(2))]).await;
    add(stand, &all_of, &[made(2, Some(2)), made(1, Some(3))]).await;
    let one = made(1, None).id;
    let before = found(stand).await.changes;
    assert_eq!(stand.forget_older_versions(all_of.number, &[&one]).await.unwrap(), 2);
    assert!(found(stand).await.changes > before, "a page that was kept is another now");
    assert_eq!(short(&everything(stand, &all()).await), ["2@01", "2@02", "1@03"]);
    assert_eq!(stand.forget_older_versions(all_of.number, &[&one]).await.unwrap(), 0);
    assert_eq!(stand.forget_older_versions(all_of.number, &[]).await.unwrap(), 0);
    assert_eq!(short(&everything(stand, &latest()).await), ["2@02", "1@03"]);
}

async fn inbox(store: &Store) -> TaxiiCollection {
    let all = collection(store).await;
    let inbox = NewCollection {
        id: "472c94ae-3113-4e3e-a4dd-a9f4ac7471d4".to_owned(),
        alias: "inbox".to_owned(),
        title: "Inbox".to_owned(),
        description: "made up".to_owned(),
        can_read: false,
        can_write: true,
        purpose: Some("inbox".to_owned()),
    };
    let root = NewRoot {
        path: all.root,
        title: "Root".to_owned(),
        description: None,
        max_content_length: 1_000,
        audience: Audience::Everybody,
        collections: vec![inbox],
    };
    store.keep_taxii_roots(&[root]).await.unwrap();
    store.taxii_collection("root", "inbox", None).await.unwrap().unwrap()
}

async fn what_was_handed_in_is_followed(stand: &Stand) {
    let inbox = inbox(stand).await.number;
    let (lab, shelter) =
        (stand.partner("example-lab").await, stand.partner("example-shelter").await);
    let hand_in = async |partner: &PartnerSlug, made: Made| {
        let object = TaxiiObject {
            id: &made.id,
            object_type: "malware",
            version: made.version.as_deref(),
            version_key: made.version.as_deref(),
            spec: made.spec,
            json: &made.json,
        };
        let by = Actor { partner: Some(partner.clone()), user: None, via: Via::Key };
        stand.add_taxii_objects(inbox, &[object], &by, now(), |_| None).await.unwrap();
        let unread = stand.unread_in_inbox(inbox, Some(partner), 0, 10).await.unwrap();
        unread.into_iter().next_back().unwrap()
    };
    let first = hand_in(&lab, made(1, Some(1))).await;
    let other = hand_in(&lab, made(2, Some(1))).await;
    let theirs = hand_in(&shelter, made(1, Some(9))).await;
    assert!(first.is_latest && other.is_latest && theirs.is_latest, "of each partner its own");
    let becomes = async |object: &HandedIn, rows: &[i64]| {
        let rows = rows.iter().copied().collect();
        stand.became_indicators(inbox, object, &rows).await.unwrap()
    };
    assert!(becomes(&first, &[1, 2, 3]).await.is_empty());
    assert!(becomes(&other, &[3]).await.is_empty());
    assert!(becomes(&theirs, &[]).await.is_empty(), "nobody takes back what is another's");
    let later = hand_in(&lab, made(1, Some(2))).await;
    assert_eq!(becomes(&later, &[2]).await, [1], "3 is said by another object still");
    assert_eq!(becomes(&later, &[]).await, [2]);
    assert_eq!(becomes(&other, &[]).await, [3]);
    // What became of them, told to whoever handed them in.
    stand.read_in_inbox(inbox, first.date_added, "kept", "made up", now()).await.unwrap();
    let last = stand.handed_in_last(&lab, 2).await.unwrap();
    let words = |one: &InboxOutcome| (one.version[14..16].to_owned(), one.outcome.clone());
    assert_eq!(
        last.iter().map(words).collect::<Vec<_>>(),
        [("02".to_owned(), None), ("01".to_owned(), None)]
    );
    let asked = stand.inbox_outcomes("root", &lab, &[&first.id, "malware--x"]).await.unwrap();
    let mut asked: Vec<_> = asked.iter().map(words).collect();
    asked.sort();
    assert_eq!(asked, [("01".to_owned(), Some("kept".to_owned())), ("02".to_owned(), None)]);
    let unread = stand.unread_in_inbox(inbox, None, 0, 10).await.unwrap();
    assert_eq!(unread.iter().filter(|one| one.is_latest).count(), 3);
    assert_eq!(unread.len(), 3, "what was looked at is not looked at again");
    let since = |seconds: i64| now() + seconds.seconds();
    assert_eq!(stand.taxii_added_by(inbox, &lab, since(-1)).await.unwrap().len(), 3);
    assert!(stand.taxii_added_by(inbox, &lab, since(1)).await.unwrap().is_empty());
    let others = stand.taxii_of_others(inbox, &lab, &[&first.id, &other.id]).await.unwrap();
    assert_eq!(others, std::slice::from_ref(&first.id));
    let held = stand.taxii_latest(&["inbox", "nothing"], &[&other.id]).await.unwrap();
    assert_eq!(held, [made(2, Some(1)).json]);
}

async fn what_was_taken_over_is_open_to_whom_it_was_granted(stand: &Stand) {
    let (lab, shelter) =
        (stand.partner("example-lab").await, stand.partner("example-shelter").await);
    let of = |path: &str| LoadedRoot {
        path: path.to_owned(),
        title: "Taken over".to_owned(),
        description: None,
        versions: Vec::new(),
        max_content_length: 77,
        audience: Audience::Users,
        collections: ["a", "b"]
            .map(|alias| LoadedCollection {
                id: format!("collection-{alias}"),
                alias: Some(alias.to_owned()),
                title: "Made up".to_owned(),
                description: None,
                media_types: Vec::new(),
                can_read: true,
                can_write: true,
                objects: Vec::new(),
            })
            .into(),
        statuses: Vec::new(),
    };
    let user = |name: &str| NewTaxiiUser {
        name: name.to_owned(),
        password_hash: "a hash".to_owned(),
        partner: None,
    };
    let server = |name: &str, path: &str| LoadedServer {
        discovery: None,
        max_page_size: None,
        users: vec![user(name)],
        roots: vec![of(path)],
    };
    let operator = Actor::operator();
    stand.load_taxii(&server("one", "first"), &operator, now()).await.unwrap();
    stand.load_taxii(&server("two", "second"), &operator, now()).await.unwrap();
    let of_user = async |name: &str| stand.taxii_roots_of_user(name).await.unwrap();
    assert_eq!(of_user("one").await, HashSet::from(["first".to_owned()]));
    assert_eq!(of_user("two").await, HashSet::from(["second".to_owned()]));
    stand.remove_taxii_user("one", &operator, now()).await.unwrap();
    assert!(of_user("one").await.is_empty());
    // A partner's user is nobody's to take over.
    let partners = NewTaxiiUser { partner: Some((lab.clone(), UserRole::Reader)), ..user("lab") };
    stand.add_taxii_user(&partners, &operator, now()).await.unwrap();
    let taken = stand.load_taxii(&server("lab", "third"), &operator, now()).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");

    let rights = TaxiiRights { can_read: true, can_write: false };
    let grant = async |root: &str, one: Option<&str>, rights: Option<TaxiiRights>| {
        stand.grant_taxii(root, one, &lab, rights, &operator, now()).await
    };
    assert_eq!(grant("first", Some("a"), Some(rights)).await.unwrap(), 1);
    let granted = async |partner: &PartnerSlug| {
        let found = stand.taxii_collections("first", Some(partner)).await.unwrap();
        found.iter().map(|one| one.granted).collect::<Vec<_>>()
    };
    assert_eq!(granted(&lab).await, [Some(rights), None]);
    assert_eq!(granted(&shelter).await, [None, None]);
    let roots = async |partner: &PartnerSlug| stand.taxii_roots_granted(partner).await.unwrap();
    assert_eq!(roots(&lab).await, HashSet::from(["first".to_owned()]));
    assert!(roots(&shelter).await.is_empty());
    let both = TaxiiRights { can_read: true, can_write: true };
    assert_eq!(grant("first", None, Some(both)).await.unwrap(), 2);
    assert_eq!(stand.taxii_grants().await.unwrap().len(), 2);
    assert_eq!(granted(&lab).await, [Some(both), Some(both)]);
    assert_eq!(grant("first", None, None).await.unwrap(), 2);
    assert!(stand.taxii_grants().await.unwrap().is_empty());
    assert!(matches!(grant("first", Some("c"), None).await, Err(StoreError::NotFound(_))));
    collection(stand).await;
    assert!(matches!(grant("root", None, Some(both)).await, Err(StoreError::Invalid(_))));
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

async fn the_latest_versions_that_name_an_object_are_found(stand: &Stand) {
    let all = collection(stand).await;
    add(stand, &all, &[made(1, Some(1)), made(2, Some(1)), made(1, Some(2)), made(3, None)]).await;
    let naming = async |names: &[u32], after, limit| {
        let ids: Vec<_> = names.iter().map(|name| made(*name, None).id).collect();
        stand.taxii_naming(all.number, &ids, after, limit).await.unwrap()
    };
    let of_one = naming(&[1], 0, 10).await;
    assert_eq!(of_one.len(), 1, "the version before is superseded");
    assert_eq!((of_one[0].json.clone(), of_one[0].by.clone()), (made(1, Some(2)).json, None));
    assert_eq!(naming(&[1, 3], 0, 10).await.len(), 2);
    assert!(naming(&[9], 0, 10).await.is_empty());
    // Without ids: all of them, in the order added, and on from where a run ended.
    let first = naming(&[], 0, 2).await;
    let rest = naming(&[], first[1].date_added, 2).await;
    let order: Vec<_> = first.iter().chain(&rest).map(|one| one.date_added).collect();
    assert_eq!(order.len(), 3);
    assert!(order.is_sorted());
}
