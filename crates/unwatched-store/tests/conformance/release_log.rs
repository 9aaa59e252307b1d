//! Key sets, the log of releases, what was said of it, what waits for signatures.

use unwatched_store::{
    Awaiting, FreshBundle, KeySetRow, LogEntry, ReleaseRow, SaidOfLog, StoreError,
};

use super::releases::release;
use crate::stand::{Stand, at, operator, sha256};

crate::both!(
    sets_follow_one_another,
    a_release_stands_in_the_log_or_is_not_published,
    what_is_said_is_said_of_the_log_as_it_is,
    what_waits_is_changed_by_one_at_a_time,
);

fn set(sequence: u64) -> KeySetRow {
    let (document, signatures) = (format!("set {sequence}\n"), vec!["a\nb".to_owned()]);
    KeySetRow { sequence, document, signatures }
}

fn entry(position: u64, sequence: u64, key_set: u64) -> LogEntry {
    LogEntry {
        position,
        sequence,
        index_sha256: sha256(&format!("index {sequence}")),
        key_set,
        key_set_sha256: sha256("set"),
        signatures: vec!["by one".to_owned(), "by another".to_owned()],
    }
}

fn said(size: u64) -> SaidOfLog {
    let (document, signature) = (format!("log\n{size}\n"), "signed".to_owned());
    SaidOfLog { size, root: sha256("root"), said_at: at(5), document, signature }
}

fn waiting(document: &str) -> Awaiting {
    Awaiting { made_at: at(1), document: document.to_owned(), blobs: vec![sha256("file")] }
}

async fn add_set(stand: &Stand, sequence: u64) -> Result<(), StoreError> {
    let line = operator().did("keys.change", "key_set", sequence, serde_json::json!({}));
    stand.add_key_set(&set(sequence), &line, at(0)).await
}

async fn add(stand: &Stand, release: &ReleaseRow, entry: &LogEntry) -> Result<(), StoreError> {
    let said = said(entry.position + 1);
    stand.add_logged_release(release, entry, &said, &operator(), at(0)).await
}

async fn sets_follow_one_another(stand: &Stand) {
    assert_eq!(stand.key_sets().await.unwrap(), []);
    for refused in [2, 0, u64::MAX] {
        assert!(add_set(stand, refused).await.is_err(), "{refused}");
    }
    add_set(stand, 1).await.unwrap();
    assert!(matches!(add_set(stand, 1).await, Err(StoreError::Conflict(_))));
    let line = operator().did("keys.propose", "key_set", 2, serde_json::json!({}));
    stand.await_signatures("keys", None, &waiting("two"), &line, at(1)).await.unwrap();
    add_set(stand, 2).await.unwrap();
    assert_eq!(stand.key_sets().await.unwrap(), [set(1), set(2)]);
    assert_eq!(stand.awaiting_signatures("keys").await.unwrap(), None, "it is done with");
}

async fn a_release_stands_in_the_log_or_is_not_published(stand: &Stand) {
    add_set(stand, 1).await.unwrap();
    add(stand, &release(3), &entry(0, 3, 1)).await.unwrap();
    // A place that is taken, one too far, and keys that do not sign any more.
    for wrong in [entry(0, 4, 1), entry(2, 4, 1), entry(1, 4, 2)] {
        let refused = add(stand, &release(4), &wrong).await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{wrong:?}: {refused:?}");
    }
    assert_eq!(stand.releases(9).await.unwrap(), [release(3)]);
    assert_eq!(stand.release_log().await.unwrap(), [entry(0, 3, 1)]);
    assert_eq!(stand.said_of_log().await.unwrap(), [said(1)]);
    add(stand, &release(4), &entry(1, 4, 1)).await.unwrap();
    assert_eq!(stand.last_said_of_log().await.unwrap(), Some(said(2)));
    assert_eq!(stand.odd_places_of_log().await.unwrap(), Vec::<String>::new());
}

async fn what_is_said_is_said_of_the_log_as_it_is(stand: &Stand) {
    add_set(stand, 1).await.unwrap();
    add(stand, &release(1), &entry(0, 1, 1)).await.unwrap();
    let blob = stand.put_bytes("a bundle made anew").await.unwrap();
    let bundle = FreshBundle { sequence: 1, said_at: at(5), size_bytes: 18, blob };
    assert_eq!(stand.fresh_bundle().await.unwrap(), None);
    let refused = stand.say_of_log(&said(2), &bundle).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    stand.say_of_log(&said(1), &bundle).await.unwrap();
    assert_eq!(stand.fresh_bundle().await.unwrap(), Some(bundle.clone()));
    assert_eq!(stand.said_of_log().await.unwrap().len(), 2);
    let later = "2100-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(stand.forget_strays(later).await.unwrap(), 0, "it is handed out");
    let needed = stand.needed_blobs().await.unwrap();
    assert!(needed.iter().any(|needed| needed.sha256 == blob), "a backup holds it");
    let other = stand.put_bytes("a later one").await.unwrap();
    let next = FreshBundle { blob: other, ..bundle };
    stand.say_of_log(&said(1), &next).await.unwrap();
    assert_eq!(stand.forget_strays(later).await.unwrap(), 1);
    assert!(!stand.exists(&blob).await.unwrap() && stand.exists(&other).await.unwrap());
}

async fn what_waits_is_changed_by_one_at_a_time(stand: &Stand) {
    let line = || operator().did("release.draft", "release", 1, serde_json::json!({}));
    let blob = stand.put_bytes("file").await.unwrap();
    let first = Awaiting { blobs: vec![blob], ..waiting("first") };
    stand.await_signatures("release", None, &first, &line(), at(1)).await.unwrap();
    assert_eq!(stand.awaiting_signatures("release").await.unwrap(), Some(first.clone()));
    assert_eq!(stand.awaiting_signatures("keys").await.unwrap(), None);
    let later = "2100-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(stand.forget_strays(later).await.unwrap(), 0, "it waits");
    let signed = Awaiting { document: "signed by one".to_owned(), ..first.clone() };
    stand.await_signatures("release", Some(&first), &signed, &line(), at(2)).await.unwrap();
    let late = stand.await_signatures("release", Some(&first), &waiting("x"), &line(), at(3)).await;
    assert!(matches!(late, Err(StoreError::Conflict(_))), "{late:?}");
    assert!(stand.stop_awaiting("release", &line(), at(4)).await.unwrap());
    assert!(!stand.stop_awaiting("release", &line(), at(4)).await.unwrap());
    assert_eq!(stand.forget_strays(later).await.unwrap(), 1);
}
