//! The page of connections: what the own partner handed in, and what became of it.

use unwatched_model::partner::UserRole;
use unwatched_store::{Actor, TaxiiObject, Via};

use super::{Portal, now};

#[tokio::test]
async fn what_became_of_what_was_handed_in_is_shown_to_whoever_handed_it_in() {
    let portal = Portal::open().await;
    portal.person("example-lab", "analyst@lab.example", UserRole::Coordinator).await;
    portal.person("example-shelter", "analyst@shelter.example", UserRole::Coordinator).await;
    let lab = portal.signed_in("analyst@lab.example").await;
    let shelter = portal.signed_in("analyst@shelter.example").await;
    let page = portal.page("/portal/connections", &lab).await;
    assert!(page.contains("What you handed in") && page.contains("<code>inbox</code>"), "{page}");

    let store = &portal.state.store;
    let inbox = store.taxii_collections_for("inbox").await.unwrap()[0].number;
    let object = TaxiiObject {
        id: "indicator--00000000-0000-4000-8000-000000000001",
        object_type: "indicator",
        version: Some("2026-01-01T00:00:00.000Z"),
        version_key: Some("2026-01-01T00:00:00.000000000Z"),
        spec: "2.1",
        json: "{}",
    };
    let by = Actor { partner: Some("example-lab".parse().unwrap()), user: None, via: Via::Key };
    store.add_taxii_objects(inbox, &[object], &by, now(), |_| None).await.unwrap();
    let page = portal.page("/portal/connections", &lab).await;
    assert!(page.contains(object.id) && page.contains("not looked at yet"), "{page}");
    let at = store.unread_in_inbox(inbox, None, 0, 1).await.unwrap()[0].date_added;
    let why = "its pattern: <b> is no value";
    store.read_in_inbox(inbox, at, "refused", why, now()).await.unwrap();
    let page = portal.page("/portal/connections", &lab).await;
    assert!(page.contains(">refused<") && page.contains("&#60;b&#62; is no value"), "{page}");
    let theirs = portal.page("/portal/connections", &shelter).await;
    assert!(!theirs.contains(object.id), "what one hands in is not for others: {theirs}");
}
