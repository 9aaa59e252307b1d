//! What the native interface keeps: answers for repeated requests, webhooks, what is used.

use unwatched_model::partner::{PartnerSlug, Standing, UserRole};
use unwatched_store::{
    Claim, Expiring, NewUse, NewUser, NewWebhook, PartnerChange, Telling, Told, UserId,
};

use crate::stand::{Stand, at, new_family, new_sample, operator, seen_by, sha256};

crate::both!(
    a_request_is_one_workers_at_a_time,
    a_webhook_is_told_on_behalf_of_its_partner_as_it_stands,
    a_webhook_goes_on_from_where_it_was,
    uses_are_counted_by_day_and_go,
    many_samples_are_asked_about_at_once,
);

async fn a_request_is_one_workers_at_a_time(stand: &Stand) {
    let (who, key) = (sha256("who"), sha256("key"));
    let claim = async |second: i64| {
        stand.claim_request(&who, &key, at(second), at(second + 60)).await.unwrap()
    };
    assert_eq!(claim(0).await, Claim::Yours { since: at(0) });
    assert_eq!(claim(1).await, Claim::UnderWay);
    stand.hold_request(&who, &key, at(100)).await.unwrap();
    assert_eq!(claim(61).await, Claim::UnderWay, "it is held for longer");
    assert_eq!(claim(100).await, Claim::Yours { since: at(0) }, "whoever had it is gone");
    stand.let_request_go(&who, &key).await.unwrap();
    assert_eq!(claim(110).await, Claim::Yours { since: at(110) });
    stand.keep_answer(&who, &key, &sha256("request"), b"sealed").await.unwrap();
    // What was kept first stays, and nobody throws it away.
    stand.keep_answer(&who, &key, &sha256("other"), b"other").await.unwrap();
    stand.let_request_go(&who, &key).await.unwrap();
    let Claim::Done(kept) = claim(1_000).await else { panic!("it was done") };
    assert_eq!((kept.fingerprint, kept.sealed.as_slice()), (sha256("request"), &b"sealed"[..]));
    assert_eq!(kept.since, at(110));
    let other = stand.claim_request(&sha256("nobody"), &key, at(0), at(60)).await.unwrap();
    assert_eq!(other, Claim::Yours { since: at(0) }, "another's key of the same name");
    // Many at once: one has it.
    let mut claims = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = stand.again().await;
        claims.spawn(async move {
            let claim =
                store.claim_request(&sha256("race"), &sha256("k"), at(0), at(60)).await.unwrap();
            store.close().await;
            matches!(claim, Claim::Yours { .. })
        });
    }
    let mut won = 0;
    while let Some(ended) = claims.join_next().await {
        won += u32::from(ended.unwrap());
    }
    assert_eq!(won, 1);
    assert_eq!(stand.expire(Expiring::RepeatedAnswers, at(50), at(60)).await.unwrap(), 2);
}

fn webhook(partner: &PartnerSlug, role: UserRole, made_by: Option<UserId>) -> NewWebhook {
    NewWebhook {
        partner: partner.clone(),
        url: "https://siem.example/".to_owned(),
        label: "our SIEM".to_owned(),
        secret: "whsec_secret".to_owned(),
        role,
        made_by,
        kinds: vec!["verdict".to_owned(), "indicator.added".to_owned()],
    }
}

async fn telling(stand: &Stand, id: i64) -> Telling {
    match stand.webhook_telling(id, at(50)).await.unwrap() {
        Told::Yes(telling) => *telling,
        told => panic!("{told:?}"),
    }
}

async fn a_webhook_is_told_on_behalf_of_its_partner_as_it_stands(stand: &Stand) {
    let lab = stand.partner("lab").await;
    let person = NewUser {
        partner: lab.clone(),
        email: "made-up@lab.example".to_owned(),
        role: UserRole::Analyst,
        password_hash: "none".to_owned(),
    };
    let person = stand.add_user(&person, &operator(), at(0)).await.unwrap();
    let new = webhook(&lab, UserRole::Analyst, Some(person));
    let id = stand.add_webhook(&new, &operator(), at(1)).await.unwrap();
    // What was kept plain is sealed in its place, unless it changed meanwhile.
    let plain = stand.webhook_secrets("sealed:").await.unwrap();
    assert_eq!(plain, [(id, lab.clone(), "whsec_secret".to_owned())]);
    stand.seal_webhook_secret(id, "another", "sealed:wrong").await.unwrap();
    stand.seal_webhook_secret(id, "whsec_secret", "sealed:secret").await.unwrap();
    assert_eq!(stand.webhook_secrets("sealed:").await.unwrap(), []);
    assert_eq!(telling(stand, id).await.secret, "sealed:secret");
    let group = "circle".parse().unwrap();
    stand.add_group(&group, "Circle", &operator(), at(2)).await.unwrap();
    stand.join_group(&group, &lab, &operator(), at(3)).await.unwrap();
    let told = telling(stand, id).await;
    assert_eq!((told.viewer.partner.clone(), told.viewer.role), (lab.clone(), UserRole::Analyst));
    assert!(told.viewer.groups.contains(&group) && told.viewer.user.is_none());
    assert_eq!(told.viewer.scopes.unwrap().to_string(), "read");
    assert_eq!((told.kinds, told.through), (new.kinds.clone(), None));
    let change = PartnerChange { standing: Some(Standing::Suspended), ..PartnerChange::default() };
    stand.change_partner(&lab, &change, &operator(), at(4)).await.unwrap();
    assert_eq!(telling(stand, id).await.viewer.standing, Standing::Suspended);
    // Whoever made it may do less than before, and then nothing.
    stand.set_user_role(person, UserRole::Reader, &operator(), at(5)).await.unwrap();
    assert!(matches!(stand.webhook_telling(id, at(6)).await.unwrap(), Told::Orphan));
    let nobodys = webhook(&"nobody".parse().unwrap(), UserRole::Reader, None);
    let unknown = stand.add_webhook(&nobodys, &operator(), at(7)).await;
    assert!(unknown.is_err());
}

async fn a_webhook_goes_on_from_where_it_was(stand: &Stand) {
    let lab = stand.partner("lab").await;
    stand.named("Before").await;
    let new = webhook(&lab, UserRole::Reader, None);
    let id = stand.add_webhook(&new, &operator(), at(10)).await.unwrap();
    assert_eq!(stand.webhooks_behind().await.unwrap(), [] as [i64; 0]);
    stand.create_family(&new_family("After", &[]), &operator(), at(20)).await.unwrap();
    assert_eq!(stand.webhooks_behind().await.unwrap(), [id]);
    let told = telling(stand, id).await;
    let news = stand.changes_after(told.after, 9, &seen_by(&lab)).await.unwrap();
    assert_eq!(news.len(), 1, "of what happened before it is told nothing");
    stand.webhook_begins(id, news[0].seq, at(21)).await.unwrap();
    stand.webhook_failed(id, "answered with status 500", at(22)).await.unwrap();
    let told = telling(stand, id).await;
    assert_eq!(told.through, Some(news[0].seq), "what is repeated is the same");
    let listed = stand.webhooks(Some(&lab)).await.unwrap();
    assert_eq!(listed[0].last_error.as_deref(), Some("answered with status 500"));
    assert_eq!((listed[0].failures, listed[0].last_ok_at), (1, None));
    stand.switch_webhook_off(id, "tried for days", at(23)).await.unwrap();
    stand.switch_webhook_off(id, "tried again", at(24)).await.unwrap();
    let listed = stand.webhooks(None).await.unwrap();
    assert_eq!(listed[0].off, Some((at(23), "tried for days".to_owned())));
    assert!(matches!(stand.webhook_telling(id, at(25)).await.unwrap(), Told::No));
    let feed = stand.changes_after(news[0].seq, 9, &seen_by(&lab)).await.unwrap();
    assert_eq!(feed[0].kind, "webhook.switched_off");
    stand.switch_webhook_on(id, &operator(), at(26)).await.unwrap();
    stand.webhook_told(id, news[0].seq, true, at(27)).await.unwrap();
    let listed = stand.webhooks(Some(&lab)).await.unwrap();
    assert_eq!((listed[0].last_ok_at, listed[0].failures), (Some(at(27)), 0));
    assert_eq!((&listed[0].last_error, telling(stand, id).await.through), (&None, None));
    stand.remove_webhook(id, &operator(), at(28)).await.unwrap();
    assert_eq!(stand.webhooks(Some(&lab)).await.unwrap(), []);
    assert!(stand.remove_webhook(id, &operator(), at(29)).await.is_err());
    assert!(stand.switch_webhook_on(id, &operator(), at(30)).await.is_err());
}

async fn uses_are_counted_by_day_and_go(stand: &Stand) {
    const DAY: i64 = 86_400;
    let (lab, other) = (stand.partner("lab").await, stand.partner("other").await);
    let used = |partner: &PartnerSlug, ok, failed, second| NewUse {
        partner: partner.clone(),
        who: "key 0a1b".to_owned(),
        surface: "api",
        what: "GET /api/v1/changes".to_owned(),
        ok,
        failed,
        last_ok: (ok > 0).then(|| at(second)),
        last_failed: (failed > 0).then(|| at(second)),
        last_error: (failed > 0).then(|| format!("422 at {second}")),
    };
    stand.add_uses(&[used(&lab, 2, 1, 10), used(&other, 1, 0, 10)], at(10)).await.unwrap();
    stand.add_uses(&[used(&lab, 3, 0, 20)], at(20)).await.unwrap();
    stand.add_uses(&[used(&lab, 1, 1, DAY)], at(DAY)).await.unwrap();
    let rows = stand.uses(Some(&lab)).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].ok, rows[0].failed), (6, 2));
    assert_eq!((rows[0].last_ok, rows[0].last_failed), (Some(at(DAY)), Some(at(DAY))));
    assert_eq!(rows[0].last_error, Some(format!("422 at {DAY}")));
    assert_eq!(stand.uses(None).await.unwrap().len(), 2);
    assert_eq!(stand.expire(Expiring::Uses, at(DAY), at(2 * DAY)).await.unwrap(), 2);
    let rows = stand.uses(None).await.unwrap();
    assert_eq!((rows.len(), rows[0].ok), (1, 1));
}

async fn many_samples_are_asked_about_at_once(stand: &Stand) {
    let (lab, other) = (stand.partner("lab").await, stand.partner("other").await);
    let open = new_sample("open", &lab);
    let mut hidden = new_sample("hidden", &lab);
    hidden.sharing.tlp = unwatched_model::tlp::Tlp::Red;
    for sample in [&open, &hidden] {
        stand.add_sample(sample, &crate::stand::acting(&lab), at(1)).await.unwrap();
    }
    let mut asked: Vec<_> = (0..1_000).map(|n| sha256(&format!("nothing {n}"))).collect();
    asked.extend([open.sha256, hidden.sha256]);
    let seen = stand.samples_among(&asked, &seen_by(&other)).await.unwrap();
    assert_eq!(seen, [open.sha256].into());
    let own = stand.samples_among(&asked, &seen_by(&lab)).await.unwrap();
    assert_eq!(own.len(), 2);
    assert_eq!(stand.latest_sequence().await.unwrap(), None);
}
