//! The audit log.

use std::collections::BTreeSet;

use serde_json::json;
use unwatched_model::access::Sharing;
use unwatched_store::{
    Actor, AuditQuery, AuditRow, BulkSample, BulkSubmission, Lines, NewSample, Outcome, READS, Via,
};

use crate::stand::{Stand, at, new_sample, operator, sha256};

crate::both!(
    lines_form_a_chain,
    lines_appended_at_once_leave_no_gap,
    a_partner_sees_its_own_lines_and_who_read_its_samples,
    every_page_holds_what_one_by_one_belongs_to_it,
);

/// Every line, with the chain followed.
pub(crate) async fn followed(stand: &Stand) -> i64 {
    let lines = stand.audit_after(0, 1_000).await.unwrap();
    let (start, mut previous) = stand.audit_start().await.unwrap();
    for (seq, line) in (start + 1..).zip(&lines) {
        assert_eq!((line.seq, &line.previous), (seq, &previous));
        assert_eq!(line.digest(), line.sha256);
        previous.clone_from(&line.sha256);
    }
    let head = stand.audit_head().await.unwrap();
    assert_eq!((head.counted, head.sha256), (head.seq, previous));
    head.seq
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
    let line = stand.audit_after(before, 1).await.unwrap().remove(0);
    assert_eq!(line.time().unwrap(), at(1));
    assert_eq!((line.partner.as_deref(), line.user_id), (Some("alpha"), None));
    assert_eq!((line.via.as_str(), line.action.as_str()), ("key", "sample.upload"));
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

async fn a_partner_sees_its_own_lines_and_who_read_its_samples(stand: &Stand) {
    let [alpha, beta, gamma] = ["alpha", "beta", "gamma"];
    for slug in [alpha, beta, gamma] {
        stand.partner(slug).await;
    }
    let by = |slug: &str| Actor { partner: Some(slug.parse().unwrap()), user: None, via: Via::Key };
    let sample = new_sample("one", &alpha.parse().unwrap());
    put(stand, &sample).await;
    let before = stand.audit_head().await.unwrap().seq;
    let lines = [
        by(beta).did("sample.read", "sample", sample.sha256, json!({})),
        by(gamma).did("sample.download", "sample", sample.sha256, json!({})),
        by(gamma).did("sample.read", "sample", sha256("another"), json!({})),
        by(gamma).did("family.create", "family", "watch", json!({})),
        by(alpha).did("family.create", "family", "watch-2", json!({})),
    ];
    stand.audit_all(&lines, at(1)).await.unwrap();
    let seen = async |lines: Lines, query: AuditQuery, limit: u32| {
        let page = stand.audit_page(&lines, &query, limit).await.unwrap();
        page.iter().map(|line| line.seq - before).filter(|seq| *seq > 0).collect::<Vec<_>>()
    };
    let of = |slug: &str| Lines::Of(slug.parse().unwrap());
    let query = AuditQuery::default();
    assert_eq!(seen(of(alpha), query.clone(), 9).await, [5, 2, 1]);
    assert_eq!(seen(of(beta), query.clone(), 9).await, [1]);
    assert_eq!(seen(of(gamma), query.clone(), 9).await, [4, 3, 2]);
    assert_eq!(seen(Lines::All, query.clone(), 5).await, [5, 4, 3, 2, 1]);
    let after = AuditQuery { after: Some(before + 5), ..query.clone() };
    assert_eq!(seen(of(alpha), after, 1).await, [2]);
    let object = AuditQuery { object: Some(sample.sha256.to_string()), ..query.clone() };
    let read = AuditQuery { action: Some("sample.read".to_owned()), ..object.clone() };
    assert_eq!(seen(of(alpha), read, 9).await, [1]);
    let by_gamma = AuditQuery { partner: Some(gamma.to_owned()), ..object };
    assert_eq!(seen(of(alpha), by_gamma, 9).await, [2]);
}

/// However a page is asked for, of a partner with many samples too: the statements differ.
async fn every_page_holds_what_one_by_one_belongs_to_it(stand: &Stand) {
    const SLUGS: [&str; 3] = ["alpha", "beta", "gamma"];
    for slug in SLUGS {
        stand.partner(slug).await;
    }
    let many: Vec<_> = (0..1_010).map(|number| unread(&format!("many {number}"))).collect();
    let mut filling = stand.bulk().await.unwrap();
    filling.add(&many).await.unwrap();
    filling.finish(at(1_000)).await.unwrap();
    let few = new_sample("few", &"alpha".parse().unwrap());
    // Put in twice: its reads are still one line each.
    put(stand, &few).await;
    put(stand, &few).await;
    let objects = [few.sha256, many[7].sha256, many[900].sha256, sha256("of nobody")];
    let mut lines = Vec::new();
    for number in 0..120 {
        let by = SLUGS.get(number % 4).map(|slug| slug.parse().unwrap());
        let by = Actor { partner: by, user: None, via: Via::Key };
        let action = READS.get(number / 4 % 5).copied().unwrap_or("family.create");
        // Something else of the same name is nobody's sample.
        let kind = if number % 7 == 0 { "family" } else { "sample" };
        lines.push(by.did(action, kind, objects[number * 11 / 3 % 4], json!({})));
    }
    stand.audit_all(&lines, at(1)).await.unwrap();
    let all = stand.audit_after(0, 1_000).await.unwrap();
    let beta: BTreeSet<_> = many.iter().map(|sample| sample.sha256.to_string()).collect();
    let belongs = |line: &AuditRow, to: Option<&str>| {
        let has_put_in = match to {
            None => return true,
            Some("alpha") => line.object_id == few.sha256.to_string(),
            Some("beta") => beta.contains(&line.object_id),
            Some(_) => false,
        };
        let is_read = line.object_kind == "sample" && READS.contains(&line.action.as_str());
        line.partner.as_deref() == to || (is_read && has_put_in)
    };
    let mut found = 0;
    for number in 0..4 * 5 * 4 * 4 * 2 {
        let to = SLUGS.get(number % 4).copied();
        let query = AuditQuery {
            object: objects.get(number / 4 % 5).map(ToString::to_string),
            action: [READS[0], READS[2], "family.create"].get(number / 20 % 4).map(|&a| a.into()),
            partner: SLUGS.get(number / 80 % 4).map(|&slug| slug.into()),
            after: (number / 320 == 1).then(|| all[all.len() - 30].seq),
        };
        let asks =
            |asked: &Option<String>, is: Option<&str>| asked.is_none() || asked.as_deref() == is;
        let expected: Vec<_> = all
            .iter()
            .rev()
            .filter(|line| belongs(line, to) && query.after.is_none_or(|after| line.seq < after))
            .filter(|line| asks(&query.object, Some(&line.object_id)))
            .filter(|line| asks(&query.action, Some(&line.action)))
            .filter(|line| asks(&query.partner, line.partner.as_deref()))
            .take(9)
            .map(|line| line.seq)
            .collect();
        let lines = to.map_or(Lines::All, |slug| Lines::Of(slug.parse().unwrap()));
        let page = stand.audit_page(&lines, &query, 9).await.unwrap();
        let page: Vec<_> = page.iter().map(|line| line.seq).collect();
        assert_eq!(page, expected, "{lines:?} {query:?}");
        found += page.len();
    }
    assert!(found > 600, "{found} lines");
}

/// A sample of beta's that failed.
fn unread(name: &str) -> BulkSample {
    let new = new_sample(name, &"beta".parse().unwrap());
    BulkSample {
        sha256: new.sha256,
        sha1: new.sha1,
        md5: new.md5,
        size_bytes: new.size_bytes,
        submissions: vec![BulkSubmission {
            by: new.by,
            file_name: None,
            at: at(0),
            sharing: Sharing::coalition(),
            declared_public: false,
        }],
        outcome: Outcome::Failed("it is none".to_owned()),
        analysed_at: at(0),
        has_job: false,
        bytes_gone_at: None,
        said: None,
    }
}

pub(crate) async fn put(stand: &Stand, sample: &NewSample) {
    stand.add_sample(sample, &operator(), at(0)).await.unwrap();
}
