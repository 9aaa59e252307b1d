//! The queue, sorting samples into families, lists of samples, saved searches, and what needs
//! somebody.

use unwatched_model::access::Sharing;
use unwatched_model::indicator::{Indicator, IndicatorKind};
use unwatched_model::partner::{PartnerSlug, UserRole};
use unwatched_model::report::{Capability, FileFormat, Problem, Report, Support};
use unwatched_model::tlp::Tlp;
use unwatched_store::{
    Capped, Handling, Kinship, NewSample, NewUser, SampleFilter, SampleState, StoreError, UserId,
};

use crate::stand::{
    Stand, at, everything, indicator, new_sample, operator, report, seen_by, sha256,
};

crate::both!(
    the_queue_stands_in_the_order_of_the_analysis,
    the_queue_shows_nobody_what_they_may_not_see,
    a_hidden_indicator_moves_nothing,
    the_place_follows_an_indicator_that_is_given_later,
    sorting_takes_a_sample_off_the_queue_and_keeps_what_was_said,
    relatives_and_indicators_suggest_a_family,
    lists_keep_to_their_filter_and_go_on_where_they_ended,
    a_saved_search_is_its_persons_own,
);

/// An analysed sample whose report supports these capabilities.
async fn analysed(stand: &Stand, by: &PartnerSlug, name: &str, can: &[(&str, &str)], second: i64) {
    stand.add_sample(&new_sample(name, by), &operator(), at(second)).await.unwrap();
    stand.save_report(&sha256(name), &able(name, can), "e1", at(second)).await.unwrap();
}

fn able(name: &str, can: &[(&str, &str)]) -> Report {
    let capability = |(id, group): &(&str, &str)| Capability {
        id: (*id).to_owned(),
        name: "can".to_owned(),
        group: (*group).to_owned(),
        support: Support::Supported,
        ..Capability::default()
    };
    let capabilities = can.iter().map(capability).collect();
    let package = Some(format!("com.example.{name}"));
    Report {
        package,
        capabilities,
        certificates: Vec::new(),
        problems: Vec::new(),
        ..report(name, "x")
    }
}

const HIDDEN: (&str, &str) = ("hidden_launcher", "stealth");
const CAMERA: (&str, &str) = ("camera", "camera");
const ADMIN: (&str, &str) = ("device_admin", "removal_resistance");

async fn the_queue_stands_in_the_order_of_the_analysis(stand: &Stand) {
    let by = stand.partner("alpha").await;
    analysed(stand, &by, "plain", &[], 1).await;
    analysed(stand, &by, "later", &[ADMIN], 3).await;
    analysed(stand, &by, "earlier", &[ADMIN], 2).await;
    analysed(stand, &by, "hidden", &[HIDDEN, CAMERA], 4).await;
    stand.add_sample(&new_sample("unread", &by), &operator(), at(5)).await.unwrap();

    let to = seen_by(&by);
    let order = async |after, limit| {
        let queue = stand.queue(&to, after, limit).await.unwrap();
        queue.into_iter().map(|queued| queued.sample.sha256).collect::<Vec<_>>()
    };
    let expected = ["hidden", "earlier", "later", "plain"].map(sha256);
    assert_eq!(order(None, 10).await, expected);
    assert_eq!(order(Some(&expected[0]), 2).await, expected[1..3]);
    assert_eq!(order(Some(&expected[3]), 2).await, []);
    let first = stand.queue(&to, None, 1).await.unwrap().remove(0);
    let why: Vec<_> = first.order.signs().map(|sign| sign.id.as_str()).collect();
    assert_eq!(why, ["watches_hidden"]);
    assert_eq!(stand.queue_length(&to, 10).await.unwrap(), Capped::Exactly(4));
    assert_eq!(stand.queue_length(&to, 3).await.unwrap(), Capped::MoreThan(3));

    // Another engine sees more: the place follows the report.
    stand
        .save_report(&sha256("plain"), &able("plain", &[HIDDEN, CAMERA, ADMIN]), "e2", at(9))
        .await
        .unwrap();
    assert_eq!(order(None, 1).await, [sha256("plain")]);
    let reports = stand.reports_on(&sha256("plain"), &to).await.unwrap();
    let engines: Vec<_> = reports.iter().map(|past| past.engine.as_str()).collect();
    assert_eq!(engines, ["e1", "e2"]);
}

async fn the_queue_shows_nobody_what_they_may_not_see(stand: &Stand) {
    let (alpha, beta) = (stand.partner("alpha").await, stand.partner("beta").await);
    let sharing = Sharing { tlp: Tlp::Red, ..Sharing::coalition() };
    let red = NewSample { sharing, ..new_sample("red", &alpha) };
    stand.add_sample(&red, &operator(), at(1)).await.unwrap();
    stand.save_report(&red.sha256, &able("red", &[HIDDEN, CAMERA]), "e1", at(1)).await.unwrap();
    assert_eq!(stand.queue(&seen_by(&alpha), None, 9).await.unwrap().len(), 1);
    assert_eq!(stand.queue(&seen_by(&beta), None, 9).await.unwrap(), []);
    assert_eq!(stand.queue_length(&seen_by(&beta), 9).await.unwrap(), Capped::Exactly(0));
    assert_eq!(stand.queue_place(&red.sha256, &seen_by(&beta)).await.unwrap(), None);
    assert_eq!(stand.reports_on(&red.sha256, &seen_by(&beta)).await.unwrap(), []);
    let family = stand.named("Watch Alpha").await;
    stand.triage(&red.sha256, Some(&family), None, &alpha, &operator(), at(2)).await.unwrap();
    assert_eq!(stand.families_of_sample(&red.sha256, &seen_by(&beta)).await.unwrap(), []);
    let filter = SampleFilter { family: Some(family), ..SampleFilter::default() };
    assert_eq!(stand.samples_by(&seen_by(&beta), &filter, None, 9).await.unwrap(), []);
}

async fn a_hidden_indicator_moves_nothing(stand: &Stand) {
    let alpha = stand.partner("alpha").await;
    let family = stand.named("Watch Alpha").await;
    for (tlp, name, moved) in [(Tlp::Red, "red", false), (Tlp::Amber, "amber", true)] {
        let mut named = indicator(&family, IndicatorKind::Package, &format!("com.example.{name}"));
        named.tlp = tlp;
        stand.add_indicator(&named, &Handling::default(), &alpha, at(1)).await.unwrap();
        analysed(stand, &alpha, name, &[], 2).await;
        let place = stand.queue_place(&sha256(name), &seen_by(&alpha)).await.unwrap().unwrap();
        assert_eq!(!place.is_plain(), moved, "{name}");
    }
}

async fn the_place_follows_an_indicator_that_is_given_later(stand: &Stand) {
    let alpha = stand.partner("alpha").await;
    let family = stand.named("Watch Alpha").await;
    for name in ["first", "other"] {
        analysed(stand, &alpha, name, &[HIDDEN, CAMERA], 1).await;
    }
    let signs = async |name| {
        let place = stand.queue_place(&sha256(name), &seen_by(&alpha)).await.unwrap().unwrap();
        place.signs().map(|sign| sign.id.as_str()).collect::<Vec<_>>()
    };
    let mut named = indicator(&family, IndicatorKind::Package, "com.example.first");
    named.tlp = Tlp::Red;
    let give = async |named: Indicator| {
        stand.add_indicator(&named, &Handling::default(), &alpha, at(2)).await.unwrap().id
    };
    give(named.clone()).await;
    assert_eq!(signs("first").await, ["watches_hidden"], "only some may see it");
    named.tlp = Tlp::Amber;
    let id = give(named).await;
    assert_eq!(signs("first").await, ["named", "watches_hidden"]);
    assert_eq!(signs("other").await, ["watches_hidden"]);
    let by = crate::stand::acting(&alpha);
    stand.withdraw_indicator(id, "seen in another app", &by, at(3)).await.unwrap();
    assert_eq!(signs("first").await, ["watches_hidden"]);
}

async fn sorting_takes_a_sample_off_the_queue_and_keeps_what_was_said(stand: &Stand) {
    let (alpha, beta) = (stand.partner("alpha").await, stand.partner("beta").await);
    let family = stand.named("Watch Alpha").await;
    analysed(stand, &alpha, "one", &[], 1).await;
    let (one, to) = (sha256("one"), seen_by(&beta));
    let waits = async || stand.queue_place(&one, &to).await.unwrap().is_some();
    let current = async || {
        let said = stand.families_of_sample(&one, &to).await.unwrap();
        let kept = said.into_iter().filter(|said| said.gone_at.is_none());
        kept.map(|said| (said.partner.to_string(), said.name)).collect::<Vec<_>>()
    };

    stand.triage(&one, None, Some("an ordinary app"), &alpha, &operator(), at(2)).await.unwrap();
    assert!(!waits().await);
    stand.triage(&one, Some(&family), None, &alpha, &operator(), at(3)).await.unwrap();
    stand.triage(&one, Some(&family), None, &beta, &operator(), at(4)).await.unwrap();
    let name = || Some("Watch Alpha".to_owned());
    assert_eq!(current().await, [("beta".to_owned(), name()), ("alpha".to_owned(), name())]);
    assert_eq!(stand.families_of_sample(&one, &to).await.unwrap().len(), 3, "history stays");

    stand.take_back_triage(&one, &alpha, &operator(), at(5)).await.unwrap();
    assert!(!waits().await, "another partner still says where it belongs");
    stand.take_back_triage(&one, &beta, &operator(), at(6)).await.unwrap();
    assert!(waits().await);
    assert_eq!(current().await, []);

    let nobody = "no-such-family".parse().unwrap();
    let refused = stand.triage(&one, Some(&nobody), None, &alpha, &operator(), at(7)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    assert!(waits().await, "what is refused moves nothing");
    let refused = stand.triage(&sha256("none"), None, None, &alpha, &operator(), at(7)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
}

async fn relatives_and_indicators_suggest_a_family(stand: &Stand) {
    let alpha = stand.partner("alpha").await;
    let (watch, other) = (stand.named("Watch Alpha").await, stand.named("Watch Beta").await);
    for name in ["one", "two"] {
        stand.add_sample(&new_sample(name, &alpha), &operator(), at(1)).await.unwrap();
        let report = report(name, "com.example.same");
        stand.save_report(&sha256(name), &report, "e1", at(1)).await.unwrap();
    }
    let suggested = async |to| {
        let found = stand.suggested_families(&sha256("two"), to).await.unwrap();
        found.into_iter().map(|one| (one.family, one.kinship)).collect::<Vec<_>>()
    };
    let to = seen_by(&alpha);
    assert_eq!(suggested(&to).await, []);
    stand.triage(&sha256("one"), Some(&watch), None, &alpha, &operator(), at(2)).await.unwrap();
    let found = suggested(&to).await;
    assert!(found.contains(&(watch.clone(), Kinship::Package)), "{found:?}");
    let named = indicator(&other, IndicatorKind::Package, "com.example.same");
    stand.add_indicator(&named, &Handling::default(), &alpha, at(3)).await.unwrap();
    assert_eq!(suggested(&to).await[0], (other, Kinship::Indicator));
    stand.take_back_triage(&sha256("one"), &alpha, &operator(), at(4)).await.unwrap();
    assert!(suggested(&to).await.iter().all(|(family, _)| *family != watch));
}

async fn lists_keep_to_their_filter_and_go_on_where_they_ended(stand: &Stand) {
    let (alpha, beta) = (stand.partner("alpha").await, stand.partner("beta").await);
    let family = stand.named("Watch Alpha").await;
    for n in 0..6 {
        let by = if n % 2 == 0 { &alpha } else { &beta };
        analysed(stand, by, &format!("s{n}"), &[], n).await;
    }
    stand.add_sample(&new_sample("waits", &alpha), &operator(), at(7)).await.unwrap();
    let mut cut = able("s5", &[]);
    (cut.format, cut.problems) =
        (FileFormat::Zip, vec![Problem { what: "cut".into(), place: String::new() }]);
    stand.save_report(&sha256("s5"), &cut, "e2", at(8)).await.unwrap();
    stand.triage(&sha256("s2"), Some(&family), None, &alpha, &operator(), at(9)).await.unwrap();

    let to = seen_by(&alpha);
    let listed = async |filter: SampleFilter| {
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let page = stand.samples_by(&to, &filter, after.as_ref(), 2).await.unwrap();
            after = page.last().map(|row| row.sha256);
            if page.is_empty() {
                return all;
            }
            all.extend(page.into_iter().map(|row| row.sha256));
        }
    };
    let any = SampleFilter::default;
    let shas = |names: &[&str]| names.iter().map(|name| sha256(name)).collect::<Vec<_>>();
    assert_eq!(listed(any()).await, shas(&["waits", "s5", "s4", "s3", "s2", "s1", "s0"]));
    let queued = SampleFilter { state: Some(SampleState::Queued), ..any() };
    assert_eq!(listed(queued).await, shas(&["waits"]));
    let done = SampleFilter { state: Some(SampleState::Analysed), own: true, ..any() };
    assert_eq!(listed(done).await, shas(&["s4", "s2", "s0"]));
    let zip = SampleFilter { format: Some(FileFormat::Zip), ..any() };
    assert_eq!(listed(zip).await, shas(&["s5"]));
    let of_family = SampleFilter { family: Some(family), ..any() };
    assert_eq!(listed(of_family).await, shas(&["s2"]));
    let package = stand.sample(&sha256("s3"), &to).await.unwrap().unwrap().package;
    let of_package = listed(SampleFilter { package, ..any() }).await;
    assert!(of_package.contains(&sha256("s3")) && !of_package.contains(&sha256("waits")));
    assert_eq!(listed(SampleFilter { package: Some("no.such".into()), ..any() }).await, []);
    assert_eq!(stand.samples_by(&everything(), &any(), None, 99).await.unwrap().len(), 7);
}

async fn a_saved_search_is_its_persons_own(stand: &Stand) {
    let partner = stand.partner("alpha").await;
    let (ana, ben) = (person(stand, &partner, "ana").await, person(stand, &partner, "ben").await);
    stand.save_search(ana, " mine ", "state:failed", at(1)).await.unwrap();
    stand.save_search(ana, "mine", "state:queued", at(2)).await.unwrap();
    let saved = stand.saved_searches(ana).await.unwrap();
    assert_eq!(
        (saved.len(), saved[0].query.as_str(), saved[0].added_at),
        (1, "state:queued", at(2))
    );
    assert_eq!(stand.saved_searches(ben).await.unwrap(), []);
    let refused = stand.delete_search(ben, saved[0].id).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    for (name, query) in [("", "x"), ("x", " ")] {
        let refused = stand.save_search(ana, name, query, at(3)).await;
        assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    }
    for n in 1..100 {
        stand.save_search(ana, &format!("s{n}"), "x", at(4)).await.unwrap();
    }
    let refused = stand.save_search(ana, "one too many", "x", at(5)).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    stand.save_search(ana, "mine", "y", at(5)).await.unwrap();
    stand.delete_search(ana, saved[0].id).await.unwrap();
    assert_eq!(stand.saved_searches(ana).await.unwrap().len(), 99);
}

async fn person(stand: &Stand, partner: &PartnerSlug, name: &str) -> UserId {
    let user = NewUser {
        partner: partner.clone(),
        email: format!("{name}@alpha.example"),
        role: UserRole::Analyst,
        password_hash: "none".to_owned(),
    };
    stand.add_user(&user, &operator(), at(0)).await.unwrap()
}
