//! The audit log.

use serde_json::json;
use unwatched_store::{Actor, BEFORE_THE_FIRST, Via};

use crate::stand::{Stand, at};

crate::both!(lines_form_a_chain, lines_appended_at_once_leave_no_gap);

/// Every line, with the chain followed.
async fn followed(stand: &Stand) -> usize {
    let lines = stand.audit_after(0, 1_000).await.unwrap();
    let mut previous = BEFORE_THE_FIRST;
    for (seq, line) in (1..).zip(&lines) {
        assert_eq!((line.seq, line.previous, line.digest()), (seq, previous, line.sha256));
        previous = line.sha256;
    }
    lines.len()
}

async fn lines_form_a_chain(stand: &Stand) {
    let by = Actor { partner: Some(stand.partner("alpha").await), user: None, via: Via::Key };
    let before = followed(stand).await;
    let detail = json!({"b": "\u{2028}\"<\\", "a": [1, null]});
    let lines = [
        by.did("sample.upload", "sample", "ab", detail.clone()),
        Actor::operator().did("backup", "exchange", "", json!({})),
    ];
    stand.audit_all(&lines, at(1) + jiff::SignedDuration::from_nanos(999)).await.unwrap();
    stand
        .audit(&Actor::system().did("retention", "sessions", "3", json!({})), at(0))
        .await
        .unwrap();
    assert_eq!(followed(stand).await, before + 3);
    let line = stand.audit_after(before as u64, 1).await.unwrap().remove(0);
    assert_eq!((line.at, line.actor, line.action.as_str()), (at(1), by, "sample.upload"));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&line.detail).unwrap(), detail);
}

async fn lines_appended_at_once_leave_no_gap(stand: &Stand) {
    let before = followed(stand).await;
    let tasks: Vec<_> = (0..40)
        .map(|n| {
            let store = stand.store.clone();
            let line = Actor::system().did("retention", "sessions", n, json!({}));
            tokio::spawn(async move { store.audit(&line, at(n)).await.unwrap() })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(followed(stand).await, before + 40);
}
