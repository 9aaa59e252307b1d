//! Releases at the portal: worked out in the background, hosts that others share, signatures.

use axum::body::to_bytes;
use axum::http::StatusCode;
use unwatched_model::class::Class;
use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_model::partner::{Standing, UserRole};
use unwatched_store::{Actor, ImportBatch, ListedIndicator, Listing, PartnerChange, Take};

use super::{Portal, location, now, text};
use crate::jobs::publish_release;
use crate::release::{draft, key_sets, publish};

/// A list of so many hosts, of which nobody works out at a page what a release would be.
fn long_list() -> ImportBatch {
    let host = |position: u32| ListedIndicator {
        field: "websites".to_owned(),
        position,
        kind: IndicatorKind::Domain,
        value: format!("h{position}.watch.example"),
        role: Role::Website,
    };
    let listing = Listing {
        source: "watch-list/ioc.yaml".to_owned(),
        list: "ioc.yaml".to_owned(),
        position: 0,
        class: Class::Stalkerware,
        name: "Watch Alpha".to_owned(),
        names: Vec::new(),
        names_given: false,
        indicators: (0..5_001).map(host).collect(),
    };
    ImportBatch { listings: vec![listing], ..ImportBatch::default() }
}

#[tokio::test]
async fn a_large_release_is_worked_out_and_published_in_the_background() {
    let portal = Portal::open().await;
    portal.person("example-lab", "cor@lab.example", UserRole::Coordinator).await;
    let (store, cookie) = (&portal.state.store, portal.signed_in("cor@lab.example").await);
    let preview = "/portal/releases/preview";
    let html = portal.page(preview, &cookie).await;
    assert!(html.contains("0 indicators of 0 families") && !html.contains("Work it out"), "{html}");

    store.import_community(&long_list(), now()).await.unwrap();
    let html = portal.page(preview, &cookie).await;
    assert!(html.contains(">Work it out<") && !html.contains("releases/publish"), "{html}");
    let asked = portal.post(preview, &cookie, "").await;
    assert_eq!(location(&asked), preview);
    let html = portal.page(preview, &cookie).await;
    assert!(html.contains("It is being worked out now"), "{html}");
    let minute = jiff::SignedDuration::from_mins(1);
    let claim = |kind| store.claim("w", kind, Take::Priority, now(), minute);
    let job = claim(&["draft_release"]).await.unwrap().unwrap();
    draft::work_out(&portal.state).await.unwrap();
    store.finish(&job, now()).await.unwrap();
    let html = portal.page(preview, &cookie).await;
    assert!(html.contains("5001 indicators of 1 families"), "{html}");
    assert!(html.contains("This is how it stood on") && html.contains("Work it out again"));
    assert!(html.contains("4801 more are not shown here"), "{html}");

    let asked = portal.post("/portal/releases/publish", &cookie, "").await;
    assert_eq!(location(&asked), "/portal/releases");
    assert!(portal.page("/portal/releases", &cookie).await.contains("A release is being made"));
    let job = claim(&["publish_release"]).await.unwrap().unwrap();
    assert_eq!(job.payload["partner"], "example-lab");
    assert!(job.payload["user"].is_i64(), "{:?}", job.payload);

    // Who may is asked again when it runs, and the page says what became of it.
    assert_eq!(publish_release::refused(&portal.state, &job.payload).await, None);
    let lab = "example-lab".parse().unwrap();
    let user = store.user_by_email("cor@lab.example").await.unwrap().unwrap().id;
    let operator = Actor::operator();
    let stand = |standing| PartnerChange { standing: Some(standing), ..Default::default() };
    store.change_partner(&lab, &stand(Standing::Probation), &operator, now()).await.unwrap();
    let why = publish_release::refused(&portal.state, &job.payload).await.unwrap();
    assert!(why.contains("may not publish any more"), "{why}");
    store.change_partner(&lab, &stand(Standing::Full), &operator, now()).await.unwrap();
    assert_eq!(publish_release::refused(&portal.state, &job.payload).await, None);
    store.set_user_role(user, UserRole::Reader, &operator, now()).await.unwrap();
    let why = publish_release::refused(&portal.state, &job.payload).await.unwrap();
    assert!(why.contains("may not publish any more"), "{why}");
    store.set_user_role(user, UserRole::Coordinator, &operator, now()).await.unwrap();
    let mut key = job.payload.clone();
    (key["user"], key["scopes"]) = (serde_json::Value::Null, "all".into());
    let ended = publish_release::refused(&portal.state, &key).await.unwrap();
    assert!(ended.contains("their key ended"), "{ended}");
    store.fail(&job, &why, None, now()).await.unwrap();
    let cookie = portal.signed_in("cor@lab.example").await;
    let html = portal.page("/portal/releases", &cookie).await;
    assert!(html.contains("may not publish any more"), "{html}");

    // Who recalls and publishes waits no longer than who publishes.
    let released = publish::publish(&portal.state, &Actor::operator()).await.unwrap();
    let recall = "family=watch-alpha&kind=domain&value=h7.watch.example&why=a+shop&publish=on";
    let asked = portal.post("/portal/releases/recall", &cookie, recall).await;
    assert_eq!(location(&asked), "/portal/releases");
    assert!(portal.page("/portal/releases", &cookie).await.contains("A release is being made"));
    assert!(claim(&["publish_release"]).await.unwrap().is_some());
    let latest = store.latest_release().await.unwrap().unwrap();
    assert_eq!((latest.sequence, store.recalls().await.unwrap().len()), (released.sequence, 1));
}

#[tokio::test]
async fn a_host_that_others_share_is_decided_of_on_its_page() {
    let portal = Portal::open().await;
    let listing = Listing {
        source: "stalkerware-indicators/ioc.yaml".to_owned(),
        list: "ioc.yaml".to_owned(),
        position: 0,
        class: Class::Stalkerware,
        name: "Watch Alpha".to_owned(),
        names: Vec::new(),
        names_given: false,
        indicators: vec![ListedIndicator {
            field: "c2.domains".to_owned(),
            position: 0,
            kind: IndicatorKind::Domain,
            value: "watch-alpha.github.io".to_owned(),
            role: Role::C2,
        }],
    };
    let batch = ImportBatch {
        listings: vec![listing],
        samples_source: "stalkerware-indicators/samples.csv".to_owned(),
        samples: Vec::new(),
        raw_files: Vec::new(),
    };
    portal.state.store.import_community(&batch, now()).await.unwrap();
    let ana = portal.signed_in("ana@lab.example").await;
    let shared = "/portal/releases/shared";
    let page = portal.page(shared, &ana).await;
    assert!(page.contains("watch-alpha.github.io") && page.contains("anybody rents a name"));
    assert!(page.contains("Nobody looked yet"), "{page}");
    let refused = portal.post(shared, &ana, "value=domain+watch-alpha.github.io&why=x").await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(refused).await.contains("value=\"x\""), "what was typed is kept");
    let form = "value=domain+watch-alpha.github.io&decision=block&why=its+own+name";
    let kept = portal.post(shared, &ana, form).await;
    assert_eq!((kept.status(), location(&kept)), (StatusCode::SEE_OTHER, shared));
    let page = portal.page(shared, &ana).await;
    assert!(page.contains("May be blocked, by example-lab: its own name"), "{page}");
    let rea = portal.signed_in("rea@lab.example").await;
    assert!(!portal.page(shared, &rea).await.contains("Keep this decision"), "a reader reads");
}

/// A coordinator signs at home; the page is where the file comes from and the signature goes to.
#[tokio::test]
async fn a_release_waits_at_the_portal_until_enough_have_signed_it() {
    let portal = Portal::open().await;
    let (state, by) = (&portal.state, Actor::operator());
    portal.person("example-shelter", "cor@shelter.example", UserRole::Coordinator).await;
    let id = portal.family("Watch Alpha").await;
    let opinions = portal.signed_in("ana@lab.example").await;
    for person in [opinions, portal.signed_in("ben@shelter.example").await] {
        for criterion in ["tracks", "offered_to_individuals", "hides_itself"] {
            let form = format!(
                "criterion={criterion}&stance=holds&evidence_kind=note&evidence_value=seen&evidence_place="
            );
            portal.post(&format!("/portal/families/{id}/opinion"), &person, &form).await;
        }
    }
    let cookie = portal.signed_in("cor@shelter.example").await;
    let asked = portal.post("/portal/releases/publish", &cookie, "").await;
    assert_eq!(location(&asked).split('?').next(), Some("/portal/releases"));
    assert_eq!(state.store.latest_release().await.unwrap().unwrap().sequence, 1);

    let pairs: [_; 2] =
        std::array::from_fn(|_| minisign::KeyPair::generate_unencrypted_keypair().unwrap());
    let sign = |at: usize, bytes: &[u8]| {
        let pair: &minisign::KeyPair = &pairs[at];
        minisign::sign(None, &pair.sk, bytes, Some("signed"), None).unwrap().into_string()
    };
    let server = key_sets::current(state).await.unwrap().set.server.id();
    let add = pairs.iter().map(|pair| pair.pk.to_base64().parse().unwrap()).collect();
    let change = key_sets::Change {
        add,
        remove: vec![server],
        threshold: Some(2),
        ..key_sets::Change::default()
    };
    let standing = key_sets::propose(state, &change, &by).await.unwrap();
    let both = [0, 1].map(|at| sign(at, standing.document.as_bytes()));
    assert!(key_sets::sign(state, &both, &by).await.unwrap().0.is_enough());

    portal.post("/portal/releases/publish", &cookie, "").await;
    let page = portal.page("/portal/releases", &cookie).await;
    assert!(page.contains("Release 2 waits for signatures"), "{page}");
    assert!(page.contains("Nobody has signed it yet") && page.contains("sequence 1<"), "{page}");
    let index = portal.get("/portal/releases/waiting/index.json", &cookie).await;
    let index = to_bytes(index.into_body(), 1 << 20).await.unwrap();
    for (path, expected) in [
        ("/portal/releases/waiting/hosts", StatusCode::OK),
        ("/portal/releases/waiting/release.key", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(portal.get(path, &cookie).await.status(), expected, "{path}");
    }
    // What a person pastes: a form's line ends, and letters that a form escapes.
    let form = |signature: String| {
        let signature = signature.replace('%', "%25").replace('+', "%2B").replace('=', "%3D");
        format!("signature={}", signature.replace('\n', "%0D%0A"))
    };
    let hand_in = async |signature: String| {
        portal.post("/portal/releases/waiting", &cookie, &form(signature)).await
    };
    let other = hand_in(sign(0, b"something else")).await;
    assert_eq!(other.status(), StatusCode::CONFLICT);
    for (at, latest) in [(0, 1), (0, 1), (1, 2)] {
        let answered = hand_in(sign(at, &index)).await;
        assert_eq!(answered.status(), StatusCode::SEE_OTHER);
        assert_eq!(state.store.latest_release().await.unwrap().unwrap().sequence, latest);
    }
    let page = portal.page("/portal/releases", &cookie).await;
    assert!(page.contains("sequence 2<") && !page.contains("waits for signatures"), "{page}");
    let reader = portal.signed_in("rea@lab.example").await;
    let refused = portal.post("/portal/releases/waiting", &reader, "signature=x").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}
