//! What has been kept long enough goes, and the log says so.

use serde_json::json;
use unwatched_model::criterion::Criterion;
use unwatched_store::{Actor, Expiring};

use crate::stand::{Stand, at, sha256};

crate::both!(
    rows_go_once_their_time_is_over,
    the_log_loses_its_beginning_and_still_holds,
    signing_in_and_out_are_told,
);

async fn actions(stand: &Stand) -> Vec<(String, String, String)> {
    let lines = stand.audit_after(0, 1_000).await.unwrap();
    lines.into_iter().map(|line| (line.action, line.object_id, line.detail)).collect()
}

async fn rows_go_once_their_time_is_over(stand: &Stand) {
    let user = crate::accounts::somebody(stand).await;
    for (name, end) in [("old", 10), ("older", 5), ("young", 100)] {
        stand.add_session(&sha256(name), user, at(0), at(end)).await.unwrap();
    }
    assert_eq!(stand.expire(Expiring::Sessions, at(10), at(50)).await.unwrap(), 2);
    assert_eq!(stand.expire(Expiring::Sessions, at(10), at(51)).await.unwrap(), 0);
    assert!(stand.session(&sha256("young"), at(50)).await.unwrap().is_some());
    for kind in Expiring::ALL {
        stand.expire(kind, at(10), at(52)).await.unwrap();
    }
    let told: Vec<_> =
        actions(stand).await.into_iter().filter(|(a, ..)| a == "retention.delete").collect();
    assert_eq!(told.len(), 1, "what did not happen is not told: {told:?}");
    assert_eq!(told[0].1, "sessions");
    assert_eq!(told[0].2, r#"{"before":"2026-01-01T00:00:10Z","count":2}"#);
}

async fn the_log_loses_its_beginning_and_still_holds(stand: &Stand) {
    let family = stand.named("Watch").await;
    let by = stand.partner("alpha").await;
    let opinion = crate::opinions::opinion(1, &family, &by, Criterion::Tracks);
    crate::opinions::give(stand, &opinion).await;
    let given = stand.opinion_lines().await.unwrap();
    assert_eq!(given.len(), 1);
    let line = |n: i64| Actor::system().did("test", "number", n, json!({}));
    stand.audit(&line(1), at(100)).await.unwrap();
    // Written by a clock that had been set back: it stays with those after it.
    stand.audit(&line(2), at(50)).await.unwrap();
    let before = crate::audit::followed(stand).await;
    assert_eq!(stand.expire_audit(at(-1_000_000), at(200)).await.unwrap(), 0);
    let gone = stand.expire_audit(at(60), at(200)).await.unwrap();
    let left: Vec<_> =
        actions(stand).await.into_iter().map(|(action, object, _)| (action, object)).collect();
    let id = opinion.id.to_string();
    let expected = [
        ("test", "1"),
        ("test", "2"),
        ("opinion.carry", id.as_str()),
        ("retention.delete", "audit_log"),
    ];
    assert_eq!(left, expected.map(|(action, object)| (action.to_owned(), object.to_owned())));
    assert_eq!(stand.opinion_lines().await.unwrap(), given);
    let (start, _) = stand.audit_start().await.unwrap();
    assert_eq!(u64::try_from(start).unwrap(), gone);
    assert_eq!(crate::audit::followed(stand).await, before + 2);
    // All of it, and on from there.
    stand.expire_audit(at(10_000), at(10_001)).await.unwrap();
    stand.audit(&line(3), at(10_002)).await.unwrap();
    crate::audit::followed(stand).await;
    assert_eq!(stand.opinion_lines().await.unwrap(), given);
}

async fn signing_in_and_out_are_told(stand: &Stand) {
    let user = crate::accounts::somebody(stand).await;
    stand.add_session(&sha256("one"), user, at(0), at(10)).await.unwrap();
    stand.end_session(&sha256("one"), at(1)).await.unwrap();
    stand.end_session(&sha256("one"), at(2)).await.unwrap();
    let told = actions(stand).await;
    let told = told.iter().filter(|(action, ..)| action.starts_with("sign_"));
    let told: Vec<_> = told.map(|(action, person, _)| (action.as_str(), person.as_str())).collect();
    let person = user.0.to_string();
    assert_eq!(told, [("sign_in", person.as_str()), ("sign_out", person.as_str())]);
}
