//! Fields that are not the sender's to set: refused, or without any effect.

use serde_json::{Value, json};
use unwatched_model::partner::UserRole;

use super::{Browser, last};
use crate::rig::{Client, Server};

/// Fields that rows have and that nobody is to send.
const PRIVILEGED: &[&str] = &[
    "id",
    "partner",
    "by",
    "role",
    "user",
    "user_id",
    "standing",
    "category",
    "given_at",
    "at",
    "added_at",
    "held",
    "handling",
    "declared_public",
    "class",
    "verdict",
    "sha256",
    "made_by",
    "expires",
    "owner",
    "scopes",
    "tlp",
    "pap",
    "group",
    "state",
    "members",
    "closed_at",
    "__proto__",
];

#[track_caller]
fn check(client: &Client, path: &str, body: &Value) {
    for field in PRIVILEGED {
        let mut with = body.clone();
        let fields = with.as_object_mut().unwrap();
        if fields.contains_key(*field) {
            continue;
        }
        fields.insert((*field).to_owned(), json!("example-shelter"));
        let status = client.post(path, &with).status;
        // A date that is none, a field that is unknown: either way nothing was done.
        assert_eq!(status, 422, "{path}: {field}");
    }
}

#[test]
fn no_document_sets_what_is_not_its_senders() {
    let server = Server::without_worker();
    let lab = server.client("example-lab", UserRole::Coordinator);
    let family = last(&lab.create_family("Watch Alpha"));
    let below = |rest: &str| format!("/api/v1/families/{family}/{rest}");
    let before = super::database(&server);
    let evidence = json!([{ "kind": "note", "value": "seen" }]);
    let opinion = json!({ "criterion": "hides_itself", "stance": "holds", "evidence": evidence });
    check(&lab, &below("opinions"), &opinion);
    let row = json!({ "kind": "domain", "value": "panel.example", "role": "c2", "tlp": "CLEAR",
        "source": "Example Lab" });
    check(&lab, &below("indicators"), &row);
    check(&lab, "/api/v1/families", &json!({ "name": "Watch Beta" }));
    check(&lab, &below("questions"), &json!({ "criterion": "hides_itself" }));
    let key = json!({ "label": "x", "role": "reader", "scopes": "read" });
    check(&lab, "/api/v1/keys", &key);
    check(&lab, "/api/v1/groups", &json!({ "slug": "circle", "name": "Circle" }));
    let deep = json!({ "criterion": "hides_itself", "stance": "holds",
        "evidence": [{ "kind": "note", "value": "seen", "partner": "example-shelter" }] });
    assert_eq!(lab.post(&below("opinions"), &deep).status, 422);
    for query in ["by=example-shelter", "partner=example-shelter", "held=false", "file_name=x"] {
        let status = lab.send(&format!("/api/v1/samples?{query}"), &[], b"bytes").status;
        assert!(matches!(status, 400 | 422), "{query}: {status}");
    }
    assert_eq!(super::database(&server), before);
}

#[test]
fn no_key_hands_on_more_than_it_has() {
    let server = Server::without_worker();
    let admin = server.client("example-lab", UserRole::OrgAdmin);
    let make = |client: &Client, role: &str, scopes: &str| {
        client.post("/api/v1/keys", &json!({ "label": "x", "role": role, "scopes": scopes }))
    };
    make(&admin, "coordinator", "read").problem(422);
    let small = make(&admin, "org_admin", "read manage").expect(201).json();
    let small = server.nobody().with_token(small["key"].as_str().unwrap());
    for scopes in ["all", "write", "read manage write", "read coordinate"] {
        make(&small, "org_admin", scopes).problem(422);
    }
    make(&small, "reader", "read").expect(201);
    make(&server.client("example-lab", UserRole::Reader), "reader", "read").problem(403);
}

#[test]
fn no_form_sets_what_is_not_its_senders() {
    let server = Server::without_worker();
    let lab = server.client("example-lab", UserRole::Analyst);
    let browser = Browser::of(&server, "example-lab", UserRole::Analyst, "ana@lab.example");
    let family = last(&lab.create_family("Watch Alpha"));
    let more = "&partner=example-shelter&by=example-shelter&role=coordinator&id=7&held=false\
                &given_at=2020-01-01T00:00:00Z&user_id=1&standing=full&class=stalkerware";
    let path = format!("/portal/families/{family}");
    let opinion = "criterion=hides_itself&stance=holds&evidence_kind=note&evidence_value=seen";
    browser.post(&format!("{path}/opinion"), &format!("{opinion}{more}")).expect(303);
    let given = lab.get(&format!("/api/v1/families/{family}/opinions")).expect(200).json();
    let given = &given["opinions"][0];
    assert_eq!(given["partner"], "example-lab");
    assert!(!given["given_at"].as_str().unwrap().starts_with("2020"), "{given}");
    let row = "kind=domain&value=panel.example&tlp=GREEN&source=Lab&role=c2";
    let without_role = more.replace("&role=coordinator", "");
    browser.post(&format!("{path}/indicator"), &format!("{row}{without_role}")).expect(303);
    let rows = lab.get(&format!("/api/v1/families/{family}/indicators")).expect(200).json();
    assert_eq!(rows["indicators"][0]["by"], "example-lab");
    let beta = format!("name=Watch+Beta{more}");
    let to = browser.post("/portal/families/new", &beta).expect(303);
    assert_eq!(to.header("location"), Some("/portal/families/watch-beta"));
    let verdict = lab.get("/api/v1/families/watch-beta/verdict").expect(200).json();
    assert_eq!(verdict["class"], "undecided");
    for (path, form) in [
        ("/portal/keys", "label=x&role=coordinator&scope=all&role=coordinator"),
        ("/portal/groups", "slug=own&name=own"),
    ] {
        let status = browser.post(path, form).status;
        assert!(matches!(status, 403 | 422), "{path}: {status}");
    }
}
