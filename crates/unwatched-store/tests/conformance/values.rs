//! Held values, confirmations, known-good lists and recalls.

use unwatched_model::access::Sharing;
use unwatched_model::digest::Sha256;
use unwatched_model::held::Held;
use unwatched_model::indicator::{Indicator, IndicatorKind};
use unwatched_model::partner::{GroupSlug, PartnerCategory, PartnerSlug, Standing};
use unwatched_model::popular::Confirmed;
use unwatched_model::report::Endpoint;
use unwatched_model::tlp::Tlp;
use unwatched_store::{
    Actor, Handling, KnownGood, NewPartner, NewSample, NewUser, PartnerChange, StoreError, UserId,
    Value, Via, value_id,
};

use crate::both;
use crate::stand::{
    Stand, acting, at, everything, indicator, new_sample, operator, report, seen_by,
};

both!(
    one_partner_holds_and_two_free,
    partners_of_one_owner_are_one,
    a_sample_shared_by_two_frees_what_it_holds,
    samples_that_nobody_shows_push_none_out,
    what_does_not_reach_every_partner_frees_nothing,
    samples_that_do_not_reach_every_partner_free_nothing,
    declared_by_the_submitter,
    two_analysts_decide,
    builds_free_what_they_share_and_nothing_of_their_own,
    partners_on_probation_do_not_count,
    a_withdrawn_indicator_is_nobodys,
    confirmations_are_counted_by_owner_and_kind,
    known_good_lists,
    recalls_stand_until_lifted,
);

const HOST: IndicatorKind = IndicatorKind::Domain;

fn value(kind: IndicatorKind, text: &str) -> Value {
    (kind, text.to_owned())
}

async fn held(stand: &Stand, kind: IndicatorKind, text: &str) -> Held {
    stand.held([value(kind, text)]).await.unwrap().of(kind, text)
}

async fn person(stand: &Stand, partner: &PartnerSlug, email: &str) -> Actor {
    let user = NewUser {
        partner: partner.clone(),
        email: email.to_owned(),
        role: unwatched_model::partner::UserRole::Analyst,
        password_hash: "x".to_owned(),
    };
    let user: UserId = stand.add_user(&user, &operator(), at(0)).await.unwrap();
    Actor { partner: Some(partner.clone()), user: Some(user), via: Via::Person }
}

/// A sample with a package, a certificate of that package's, and one host.
async fn sample(stand: &Stand, of: &str, package: &str, host: &str, by: &PartnerSlug) -> Sha256 {
    put_in(stand, package, host, new_sample(of, by), of).await
}

async fn put_in(stand: &Stand, package: &str, host: &str, new: NewSample, of: &str) -> Sha256 {
    let mut said = report(of, package);
    said.endpoints = vec![Endpoint {
        kind: "url".to_owned(),
        value: format!("https://{host}:8443/up?token={{token}}"),
        place: "classes.dex".to_owned(),
        ..Endpoint::default()
    }];
    stand.add_sample(&new, &acting(&new.by), at(1)).await.unwrap();
    stand.save_report(&new.sha256, &said, "test", at(2)).await.unwrap();
    new.sha256
}

async fn one_partner_holds_and_two_free(stand: &Stand) {
    let (lab, line) = (stand.partner("lab").await, stand.partner("line").await);
    let family = stand.named("Watch Alpha").await;
    let host = indicator(&family, HOST, "Own.watch.example");
    stand.add_indicator(&host, &Handling::default(), &lab, at(1)).await.unwrap();
    assert_eq!(held(stand, HOST, "own.watch.example").await, Held::Yes { decisions: 0 });
    // Said twice by one partner, from two sources.
    let again = Indicator { source: "another source".to_owned(), ..host.clone() };
    stand.add_indicator(&again, &Handling::default(), &lab, at(1)).await.unwrap();
    assert!(held(stand, HOST, "own.watch.example").await.is_held());
    stand.add_indicator(&host, &Handling::default(), &line, at(2)).await.unwrap();
    assert_eq!(held(stand, HOST, "own.watch.example").await, Held::SeveralPartners);
    // What nobody has is held, and so is what was never asked about.
    assert!(held(stand, HOST, "nobodys.example").await.is_held());
    let none = stand.held([]).await.unwrap();
    assert!(none.of(HOST, "own.watch.example").is_held());
}

/// Every way to share with fewer than all; the group has one partner.
async fn narrow(stand: &Stand, member: &PartnerSlug) -> Vec<Sharing> {
    let circle: GroupSlug = "circle".parse().unwrap();
    stand.add_group(&circle, "Circle", &operator(), at(0)).await.unwrap();
    stand.join_group(&circle, member, &operator(), at(0)).await.unwrap();
    let alone = |tlp| Sharing { tlp, ..Sharing::coalition() };
    let in_group = Sharing { group: Some(circle), ..Sharing::coalition() };
    vec![alone(Tlp::AmberStrict), alone(Tlp::Red), in_group]
}

async fn what_does_not_reach_every_partner_frees_nothing(stand: &Stand) {
    let (lab, line) = (stand.partner("lab").await, stand.partner("line").await);
    let family = stand.named("Watch Alpha").await;
    let host = indicator(&family, HOST, "own.watch.example");
    stand.add_indicator(&host, &Handling::default(), &lab, at(1)).await.unwrap();
    let sharings = narrow(stand, &line).await;
    for sharing in &sharings {
        let Sharing { tlp, pap, group } = sharing.clone();
        let handling = Handling { pap, group, declared_public: true };
        let hidden = Indicator { tlp, ..host.clone() };
        stand.add_indicator(&hidden, &handling, &line, at(2)).await.unwrap();
        let is_held = held(stand, HOST, "own.watch.example").await;
        assert_eq!(is_held, Held::Yes { decisions: 0 }, "{sharing:?}");
        assert_eq!(stand.held_differing(None, 10).await.unwrap().differed, []);
    }
    for wide in [Tlp::Clear, Tlp::Green, Tlp::Amber] {
        let shared = Indicator { tlp: wide, ..host.clone() };
        stand.add_indicator(&shared, &Handling::default(), &line, at(3)).await.unwrap();
        assert_eq!(held(stand, HOST, "own.watch.example").await, Held::SeveralPartners, "{wide}");
    }
    // Narrowed again, it counts no more.
    let hidden = Indicator { tlp: Tlp::Red, ..host };
    stand.add_indicator(&hidden, &Handling::default(), &line, at(4)).await.unwrap();
    assert!(held(stand, HOST, "own.watch.example").await.is_held());
    assert_eq!(stand.held_indicators(0, 10, &seen_by(&lab)).await.unwrap().len(), 1);
}

async fn samples_that_do_not_reach_every_partner_free_nothing(stand: &Stand) {
    let (lab, line) = (stand.partner("lab").await, stand.partner("line").await);
    let sharings = narrow(stand, &line).await;
    let shared = |of: &str, sharing: &Sharing, declared: bool| NewSample {
        sharing: sharing.clone(),
        declared_public: declared,
        ..new_sample(of, &line)
    };
    // Builds that have nothing in common, declared to be the maker's, and put in by two partners.
    for (n, sharing) in sharings.iter().enumerate() {
        let (of, package) = (format!("hidden {n}"), format!("com.watch.hidden{n}"));
        let hidden = shared(&of, sharing, true);
        put_in(stand, &package, "own.watch.example", hidden, &of).await;
        let Sharing { tlp, .. } = sharings[1].clone();
        let own = NewSample {
            by: lab.clone(),
            ..shared(&of, &Sharing { tlp, ..Sharing::coalition() }, true)
        };
        stand.add_sample(&own, &acting(&lab), at(3)).await.unwrap();
        assert_eq!(held(stand, HOST, "own.watch.example").await, Held::Yes { decisions: 0 });
        let file = own.sha256.to_string();
        assert!(held(stand, IndicatorKind::FileSha256, &file).await.is_held(), "{sharing:?}");
    }
    assert_eq!(stand.hosts_in_samples().await.unwrap(), [""; 0]);
    // One that everybody may know of says what it says, and no more.
    let wide = sample(stand, "wide", "com.watch.wide", "own.watch.example", &lab).await;
    assert!(held(stand, HOST, "own.watch.example").await.is_held());
    assert_eq!(stand.hosts_in_samples().await.unwrap(), ["own.watch.example"]);
    stand.add_sample(&shared("wide", &sharings[1], true), &acting(&line), at(4)).await.unwrap();
    assert!(held(stand, HOST, "own.watch.example").await.is_held());
    stand.add_sample(&new_sample("wide", &line), &acting(&line), at(5)).await.unwrap();
    assert_eq!(held(stand, HOST, "own.watch.example").await, Held::SeveralPartners);
    let file = wide.to_string();
    assert_eq!(held(stand, IndicatorKind::FileSha256, &file).await, Held::SeveralPartners);
}

async fn partners_of_one_owner_are_one(stand: &Stand) {
    let (lab, line) = (stand.partner("lab").await, stand.partner("line").await);
    let owned = PartnerChange { owner: Some(Some("Holding".to_owned())), ..Default::default() };
    let owned_too =
        PartnerChange { owner: Some(Some("holding ".to_owned())), ..Default::default() };
    stand.change_partner(&lab, &owned, &operator(), at(0)).await.unwrap();
    stand.change_partner(&line, &owned_too, &operator(), at(0)).await.unwrap();
    let family = stand.named("Watch Alpha").await;
    let host = indicator(&family, HOST, "own.watch.example");
    for partner in [&lab, &line] {
        stand.add_indicator(&host, &Handling::default(), partner, at(1)).await.unwrap();
    }
    assert!(held(stand, HOST, "own.watch.example").await.is_held());
}

async fn a_sample_shared_by_two_frees_what_it_holds(stand: &Stand) {
    let (lab, line) = (stand.partner("lab").await, stand.partner("line").await);
    let sha256 = sample(stand, "a", "com.watch.one", "own.watch.example", &lab).await.to_string();
    let certificate = report("a", "com.watch.one").certificates[0].sha256.to_string();
    let all = [
        (IndicatorKind::FileSha256, sha256.as_str()),
        (IndicatorKind::Package, "com.watch.one"),
        (IndicatorKind::CertificateSha256, certificate.as_str()),
        (HOST, "own.watch.example"),
    ];
    for (kind, text) in all {
        assert!(held(stand, kind, text).await.is_held(), "{kind}");
    }
    // The same bytes from the same partner say nothing new.
    stand.add_sample(&new_sample("a", &lab), &acting(&lab), at(3)).await.unwrap();
    assert!(held(stand, HOST, "own.watch.example").await.is_held());
    stand.add_sample(&new_sample("a", &line), &acting(&line), at(4)).await.unwrap();
    for (kind, text) in all {
        assert_eq!(held(stand, kind, text).await, Held::SeveralPartners, "{kind}");
    }
    let holding =
        stand.samples_holding(&value(HOST, "own.watch.example"), 10, &everything()).await.unwrap();
    assert_eq!(holding.len(), 1);
    assert_eq!(stand.hosts_in_samples().await.unwrap(), ["own.watch.example"]);
    // Analysed again, it holds what the new report says.
    let mut said = report("a", "com.watch.one");
    said.endpoints.clear();
    stand.save_report(&holding[0], &said, "test", at(5)).await.unwrap();
    assert!(held(stand, HOST, "own.watch.example").await.is_held());
}

async fn samples_that_nobody_shows_push_none_out(stand: &Stand) {
    let (lab, line) = (stand.partner("lab").await, stand.partner("line").await);
    let host = value(HOST, "own.watch.example");
    let mut all = Vec::new();
    for n in 0..6 {
        let of = format!("hidden {n}");
        let mut hidden = new_sample(&of, &lab);
        hidden.sharing.tlp = Tlp::Red;
        stand.add_sample(&hidden, &acting(&lab), at(1)).await.unwrap();
        all.push((hidden.sha256, of));
    }
    all.sort();
    // The last by id is shared with everybody.
    let (last, of) = all.last().unwrap().clone();
    stand.add_sample(&new_sample(&of, &lab), &acting(&lab), at(1)).await.unwrap();
    for (sha256, of) in &all {
        let mut said = report(of, "com.watch.one");
        said.endpoints = vec![Endpoint {
            kind: "url".to_owned(),
            value: "https://own.watch.example/".to_owned(),
            place: "classes.dex".to_owned(),
            ..Endpoint::default()
        }];
        stand.save_report(sha256, &said, "test", at(2)).await.unwrap();
    }
    let shown = stand.samples_holding(&host, 2, &seen_by(&line)).await.unwrap();
    assert_eq!(shown, [last]);
    assert_eq!(stand.samples_holding(&host, 10, &seen_by(&lab)).await.unwrap().len(), 6);
    assert_eq!(stand.samples_holding(&host, 2, &everything()).await.unwrap().len(), 2);
}

async fn declared_by_the_submitter(stand: &Stand) {
    let lab = stand.partner("lab").await;
    let family = stand.named("Watch Alpha").await;
    let host = indicator(&family, HOST, "own.watch.example");
    let added = stand.add_indicator(&host, &Handling::default(), &lab, at(1)).await.unwrap();
    let line = stand.partner("line").await;
    let refused = stand.declare_public(added.id, &acting(&line), at(2)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    stand.declare_public(added.id, &acting(&lab), at(2)).await.unwrap();
    assert_eq!(held(stand, HOST, "own.watch.example").await, Held::Declared);
    // A whole sample that is the maker's download.
    sample(stand, "a", "com.watch.one", "sample.watch.example", &lab).await;
    assert!(held(stand, HOST, "sample.watch.example").await.is_held());
    let mut declared = new_sample("a", &lab);
    declared.declared_public = true;
    stand.add_sample(&declared, &acting(&lab), at(3)).await.unwrap();
    assert_eq!(held(stand, HOST, "sample.watch.example").await, Held::Declared);
}

async fn two_analysts_decide(stand: &Stand) {
    let lab = stand.partner("lab").await;
    let (ana, ben) = (
        person(stand, &lab, "ana@lab.example").await,
        person(stand, &lab, "ben@lab.example").await,
    );
    let host = value(HOST, "own.watch.example");
    for who in [&ana, &ana, &acting(&lab)] {
        stand.decide_value(&host, "the maker's own host", who, at(1)).await.unwrap();
        assert_eq!(held(stand, HOST, &host.1).await, Held::Yes { decisions: 1 });
    }
    stand.decide_value(&host, "so it is", &ben, at(2)).await.unwrap();
    assert_eq!(held(stand, HOST, &host.1).await, Held::Decided);
    let decisions = stand.decisions_on(&host).await.unwrap();
    assert_eq!(decisions.len(), 3, "the second of one person changes nothing");
    assert!(stand.decide_value(&host, "x", &Actor::operator(), at(2)).await.is_err());
    let lines = stand.audit_after(0, 100).await.unwrap();
    let decided: Vec<_> = lines.iter().filter(|line| line.action == "value.decide").collect();
    assert_eq!(decided.len(), 3, "a decision that was there already is no second line");
    assert_eq!(decided[0].object_id, value_id(HOST, &host.1));
    assert!(decided.iter().all(|line| !line.canonical().contains("own.watch")), "it may be a name");
}

async fn builds_free_what_they_share_and_nothing_of_their_own(stand: &Stand) {
    let lab = stand.partner("lab").await;
    for n in 0..3 {
        assert!(held(stand, HOST, "shared.watch.example").await.is_held(), "{n}");
        let package = format!("com.watch.customer{n}");
        sample(stand, &format!("customer {n}"), &package, "shared.watch.example", &lab).await;
    }
    assert_eq!(held(stand, HOST, "shared.watch.example").await, Held::SeveralBuilds);
    // One customer's app three times, as it was and as it was updated.
    let mut files = Vec::new();
    for n in 0..3 {
        let of = format!("one customer's, version {n}");
        files.push(sample(stand, &of, "com.watch.kim", "kim.watch.example", &lab).await);
    }
    let certificate = &report("x", "com.watch.kim").certificates[0];
    for (kind, text) in [
        (HOST, "kim.watch.example".to_owned()),
        (IndicatorKind::Package, "com.watch.kim".to_owned()),
        (IndicatorKind::CertificateSha1, certificate.sha1.to_string()),
        (IndicatorKind::CertificateSha256, certificate.sha256.to_string()),
        (IndicatorKind::FileSha256, files[0].to_string()),
    ] {
        assert!(held(stand, kind, &text).await.is_held(), "{kind}");
    }
}

async fn partners_on_probation_do_not_count(stand: &Stand) {
    let lab = stand.partner("lab").await;
    let new = NewPartner {
        slug: "newcomer".parse().unwrap(),
        name: "Newcomer".to_owned(),
        category: PartnerCategory::Vendor,
        standing: Standing::Probation,
    };
    stand.add_partner(&new, &operator(), at(0)).await.unwrap();
    let family = stand.named("Watch Alpha").await;
    let host = indicator(&family, HOST, "own.watch.example");
    let declared = Handling { declared_public: true, ..Handling::default() };
    stand.add_indicator(&host, &Handling::default(), &lab, at(1)).await.unwrap();
    stand.add_indicator(&host, &declared, &new.slug, at(1)).await.unwrap();
    stand
        .decide_value(&value(HOST, "own.watch.example"), "x", &acting(&new.slug), at(1))
        .await
        .unwrap();
    assert_eq!(held(stand, HOST, "own.watch.example").await, Held::Yes { decisions: 0 });
    let full = PartnerChange { standing: Some(Standing::Full), ..Default::default() };
    stand.change_partner(&new.slug, &full, &operator(), at(2)).await.unwrap();
    assert_eq!(held(stand, HOST, "own.watch.example").await, Held::SeveralPartners);
}

async fn a_withdrawn_indicator_is_nobodys(stand: &Stand) {
    let (lab, line) = (stand.partner("lab").await, stand.partner("line").await);
    let family = stand.named("Watch Alpha").await;
    let host = indicator(&family, HOST, "own.watch.example");
    stand.add_indicator(&host, &Handling::default(), &lab, at(1)).await.unwrap();
    let added = stand.add_indicator(&host, &Handling::default(), &line, at(1)).await.unwrap();
    let refused = stand.withdraw_indicator(added.id, "not mine", &acting(&lab), at(2)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    stand.withdraw_indicator(added.id, "a mistake", &acting(&line), at(2)).await.unwrap();
    assert!(stand.indicator(added.id, &everything()).await.unwrap().is_none());
    assert_eq!(stand.indicators_of(&family, &everything()).await.unwrap().len(), 1);
    assert!(held(stand, HOST, "own.watch.example").await.is_held());
    let again = stand.withdraw_indicator(added.id, "twice", &acting(&line), at(3)).await;
    assert!(matches!(again, Err(StoreError::NotFound(_))), "{again:?}");
    // Said again, it is there again.
    let back = stand.add_indicator(&host, &Handling::default(), &line, at(4)).await.unwrap();
    assert_eq!((back.id, back.new), (added.id, false));
    assert_eq!(held(stand, HOST, "own.watch.example").await, Held::SeveralPartners);
}

async fn confirmations_are_counted_by_owner_and_kind(stand: &Stand) {
    let lab = stand.partner("lab").await;
    let line = NewPartner {
        slug: "line".parse().unwrap(),
        name: "Line".to_owned(),
        category: PartnerCategory::Support,
        standing: Standing::Full,
    };
    stand.add_partner(&line, &operator(), at(0)).await.unwrap();
    let family = stand.named("Watch Alpha").await;
    let host = value(HOST, "many.watch.example");
    for (who, seconds) in [(&lab, 1), (&lab, 2), (&line.slug, 3)] {
        stand.confirm_value(&family, &host, "seen", &acting(who), at(seconds)).await.unwrap();
    }
    let all = stand.confirmations().await.unwrap();
    let of = &all[&(family.clone(), host.clone())];
    assert_eq!(of.len(), 2, "once per partner's program");
    let from = at(3) + unwatched_model::popular::WAITS;
    assert_eq!(unwatched_model::popular::confirmed(of), Confirmed::From(from));
    let nowhere = "nowhere".parse().unwrap();
    let refused = stand.confirm_value(&nowhere, &host, "x", &acting(&lab), at(4)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
}

async fn known_good_lists(stand: &Stand) {
    let (lab, line) = (stand.partner("lab").await, stand.partner("line").await);
    let known = |text: &str, note: Option<&str>| KnownGood {
        value: value(HOST, text),
        note: note.map(str::to_owned),
    };
    let many: Vec<_> = (0..1_000).map(|n| known(&format!("h{n}.example"), None)).collect();
    assert_eq!(stand.add_known_good(&many, &acting(&lab), at(1)).await.unwrap(), 1_000);
    let twice = [known("h1.example", Some("first")), known("h1.example", Some("a shop"))];
    assert_eq!(stand.add_known_good(&twice, &acting(&lab), at(2)).await.unwrap(), 1_000);
    assert_eq!(stand.add_known_good(&twice[..1], &acting(&line), at(2)).await.unwrap(), 1);
    let asked = [value(HOST, "h1.example"), value(HOST, "h2.example"), value(HOST, "none.example")];
    let counts = stand.known_good_among(&asked).await.unwrap();
    assert_eq!(counts.get(&asked[0]), Some(&2));
    assert_eq!(counts.get(&asked[1]), Some(&1));
    assert_eq!(counts.get(&asked[2]), None);
    assert_eq!(stand.known_good_hosts().await.unwrap().len(), 1_000);
    let page = stand.known_good(&lab, None, 2).await.unwrap();
    assert_eq!(page[1], known("h1.example", Some("a shop")));
    let next = stand.known_good(&lab, Some(&page[1].value), 1).await.unwrap();
    assert_eq!(next[0], known("h10.example", None));
    let gone = stand.remove_known_good(Some(&asked[0]), &acting(&lab), at(3)).await.unwrap();
    assert_eq!(gone, 1);
    assert_eq!(stand.remove_known_good(None, &acting(&lab), at(3)).await.unwrap(), 999);
    assert_eq!(stand.known_good(&line, None, 9).await.unwrap().len(), 1);
}

async fn recalls_stand_until_lifted(stand: &Stand) {
    let lab = stand.partner("lab").await;
    let family = stand.named("Watch Alpha").await;
    let host = value(HOST, "own.watch.example");
    let id = stand.add_recall(&family, &host, "a shop's", &acting(&lab), at(1)).await.unwrap();
    let again = stand.add_recall(&family, &host, "twice", &Actor::operator(), at(2)).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    let nowhere = "nowhere".parse().unwrap();
    let refused = stand.add_recall(&nowhere, &host, "x", &acting(&lab), at(2)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    let recall = stand.recall(id).await.unwrap().unwrap();
    assert_eq!((recall.by, recall.at, recall.lifted_at), (Some(lab.clone()), at(1), None));
    stand.lift_recall(id, &acting(&lab), at(3)).await.unwrap();
    let twice = stand.lift_recall(id, &acting(&lab), at(4)).await;
    assert!(matches!(twice, Err(StoreError::NotFound(_))), "{twice:?}");
    let second =
        stand.add_recall(&family, &host, "again", &Actor::operator(), at(5)).await.unwrap();
    let all = stand.recalls().await.unwrap();
    assert_eq!(all.iter().map(|recall| recall.id).collect::<Vec<_>>(), [second, id]);
    assert_eq!((&all[0].by, all[1].lifted_at), (&None, Some(at(3))));
}
