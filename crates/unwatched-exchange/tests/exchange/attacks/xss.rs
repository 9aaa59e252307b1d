//! Markup in every text that a partner can fill: the pages that show it show it as text.

use html5gum::{Token, Tokenizer};
use serde_json::json;
use unwatched_exchange::http;
use unwatched_fixtures::apk::gallery;
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::partner::UserRole;
use unwatched_store::Actor;

use super::{Browser, last, quoted};
use crate::rig::{Answer, Server};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Ends whatever it stands in, and begins an element and an attribute that no page has.
fn payload(field: &str) -> String {
    format!("{field}\"'`><xss-el xss-at=1 onfocus=x>{{{{7*7}}}}")
}

/// No element and no attribute is the payload's, nothing runs, nothing leads out of the web.
#[track_caller]
fn is_inert(what: &str, answer: &Answer) {
    let policy = answer.header("content-security-policy");
    assert_eq!(policy, Some(POLICY), "{what}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{what}");
    if !answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
        return;
    }
    let html = String::from_utf8(answer.body.clone()).unwrap();
    let mut in_script = false;
    for token in Tokenizer::new(&html) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                assert!(!name.contains("xss"), "{what}: <{name}>");
                assert!(!matches!(name.as_str(), "style" | "base" | "iframe" | "object" | "embed"));
                in_script = name == "script";
                for (attribute, value) in &tag.attributes {
                    let attribute = String::from_utf8_lossy(attribute).into_owned();
                    let value = String::from_utf8_lossy(value).trim().to_lowercase();
                    assert!(!attribute.contains("xss"), "{what}: {attribute}");
                    assert!(!attribute.starts_with("on"), "{what}: {attribute}");
                    assert_ne!(attribute, "style", "{what}");
                    if matches!(attribute.as_str(), "href" | "src" | "action" | "formaction") {
                        let leads = ["/", "#", "?", "https://", "http://", "mailto:"];
                        let is_ours =
                            value.is_empty() || leads.iter().any(|s| value.starts_with(s));
                        assert!(is_ours, "{what}: {attribute}={value}");
                        assert!(!value.starts_with("//"), "{what}: {attribute}={value}");
                    }
                }
            }
            Token::EndTag(_) => in_script = false,
            Token::String(text) => {
                assert!(!in_script || text.trim_ascii().is_empty(), "{what}: a script in the page");
            }
            _ => {}
        }
    }
    assert!(!html.contains("49xss") && !html.contains(">49<"), "{what}: a template in a template");
}

#[test]
fn markup_is_shown_as_text_everywhere() {
    let server = Server::start();
    let lab = server.client("example-lab", UserRole::Coordinator);
    let browser = Browser::of(&server, "example-lab", UserRole::Coordinator, "ana@lab.example");
    let (store, now) = (&server.state.store, server.state.clock.now());
    let actor = Actor::operator();

    let app = gallery::unknown_stalkerware_like(5);
    let bytes = app.builder().clone().label(&payload("label")).build();
    let name = payload("filename");
    let sample = lab.send("/api/v1/samples", &[("x-file-name", &name)], &bytes).expect(202);
    let sample = last(sample.header("location").unwrap());
    lab.follow(&format!("/api/v1/samples/{sample}"));
    let family = json!({ "name": payload("family"), "aliases": [payload("alias")] });
    let family = lab.post("/api/v1/families", &family).expect(201).json();
    let family = family["id"].as_str().unwrap().to_owned();
    let below = |rest: &str| format!("/api/v1/families/{family}/{rest}");
    let evidence = json!([
        { "kind": "note", "value": payload("note"), "place": payload("place") },
        { "kind": "url", "value": "https://evil.example/\"'><xss-el/xss-at=1>" },
        { "kind": "sample", "value": sample },
    ]);
    let opinion = json!({ "criterion": "hides_itself", "stance": "holds", "evidence": evidence,
        "note": payload("remark") });
    lab.post(&below("opinions"), &opinion).expect(201);
    let link = json!([{ "kind": "url", "value": "javascript:alert(1)" }]);
    let link = json!({ "criterion": "hides_itself", "stance": "holds", "evidence": link });
    lab.post(&below("opinions"), &link).problem(422);
    for (kind, value, role) in [
        ("certificate_organisation", payload("organisation"), "app"),
        ("url", "https://evil.example/\"'><xss-el/xss-at=1>".to_owned(), "c2"),
    ] {
        let row = json!({ "kind": kind, "value": value, "role": role, "tlp": "CLEAR",
            "source": payload("source") });
        lab.post(&below("indicators"), &row).expect(201);
    }
    let key = json!({ "label": payload("keylabel"), "role": "reader", "scopes": "read" });
    lab.post("/api/v1/keys", &key).expect(201);
    lab.post("/api/v1/groups", &json!({ "slug": "circle", "name": payload("group") })).expect(201);
    let saved = format!("name={}&query={}", quoted(&payload("saved")), quoted(&payload("query")));
    browser.post("/portal/search/saved", &saved).expect(303);
    let why = format!("choice={family}&why={}", quoted(&payload("why")));
    browser.post(&format!("/portal/samples/{sample}/triage"), &why).expect(303);
    let family_id = family.parse().unwrap();
    let value = (IndicatorKind::CertificateOrganisation, payload("organisation"));
    server.wait(store.add_recall(&family_id, &value, &payload("recall"), &actor, now)).unwrap();

    let mut shown = String::new();
    let mut see = |what: &str, answer: Answer| {
        is_inert(what, &answer);
        shown.push_str(&String::from_utf8_lossy(&answer.body));
    };
    for address in http::addresses() {
        let is_page = address.path.starts_with("/portal") && !address.path.contains("/assets/");
        if address.method != "GET" || !is_page || address.path.ends_with("/events") {
            continue;
        }
        let path = address.path.replace("{id}", &family).replace("{sha256}", &sample);
        let path = path.replace("{*rest}", &quoted(&payload("rest")));
        see(&path, browser.get(&path));
    }
    // What was asked, said back.
    let p = quoted(&payload("asked"));
    for path in [
        format!("/portal/search?q={p}&after={p}"),
        format!("/portal/search?q={}", quoted("family")),
        format!("/portal/samples?family={p}&state={p}&format={p}&after={p}"),
        format!("/portal/samples?family={p}"),
        format!("/portal/samples/{p}"),
        format!("/portal/families/{p}"),
        format!("/portal/families?after={p}"),
        format!(
            "/portal/families/{family}/opinion?criterion={p}&stance={p}&sample={sample}&capability={p}"
        ),
        format!("/portal/families/new?sample={sample}"),
        format!("/portal/opinion?sample={sample}&capability={p}"),
        format!("/portal/audit?object={p}&action={p}&partner={p}&after={p}"),
        format!("/portal/audit?object={p}"),
        format!("/portal/jobs?after={p}"),
        format!("/portal/queue?after={p}"),
        format!("/portal/who?kind={p}&id={p}"),
        format!("/portal/who?kind=sample&id={sample}"),
        "/portal/who?kind=indicator&id=1".to_owned(),
        "/portal/who?kind=indicator&id=2".to_owned(),
    ] {
        see(&path, browser.get(&path));
    }
    let out = server.nobody();
    for next in [p.as_str(), "javascript:alert(1)", "//evil.example", "/portal/%22%3E%3Cxss-el%3E"]
    {
        see(next, out.get(&format!("/portal/sign-in?next={next}")));
    }
    // Every form refused, with everything that was typed shown again.
    for (path, fields) in [
        ("/portal/families/new".to_owned(), vec!["name", "aliases", "platform", "sample"]),
        (
            format!("/portal/families/{family}/opinion"),
            vec![
                "criterion",
                "stance",
                "note",
                "expires",
                "take",
                "scope_platform",
                "scope_versions",
                "scope_from",
                "scope_to",
                "evidence_kind",
                "evidence_value",
                "evidence_place",
            ],
        ),
        (
            format!("/portal/families/{family}/indicator"),
            vec!["kind", "value", "role", "tlp", "source"],
        ),
        (format!("/portal/families/{family}/questions"), vec!["criterion"]),
        (format!("/portal/samples/{sample}/triage"), vec!["choice", "family", "why", "then"]),
        (format!("/portal/samples/{sample}/download"), vec!["packing", "recipient"]),
        ("/portal/keys".to_owned(), vec!["label", "role", "scope", "expires_days"]),
        ("/portal/groups".to_owned(), vec!["slug", "name"]),
        ("/portal/groups/circle".to_owned(), vec!["join"]),
        ("/portal/search/saved".to_owned(), vec!["name"]),
        ("/portal/sign-in".to_owned(), vec!["email", "password", "next"]),
    ] {
        let form: Vec<_> = fields.iter().map(|f| format!("{f}={}", quoted(&payload(f)))).collect();
        let answer = browser.post(&path, &form.join("&"));
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
        see(&path, answer);
    }
    for field in [
        "label",
        "filename",
        "family",
        "alias",
        "note",
        "place",
        "remark",
        "organisation",
        "source",
        "keylabel",
        "group",
        "saved",
        "query",
        "why",
        "asked",
    ] {
        let is_shown = [">", "&#62;", "&gt;", "&#x3e;"].iter().any(|end| {
            ["'`", "&#39;`", "&#x27;`"]
                .iter()
                .any(|quote| shown.contains(&format!("{field}{}{quote}{end}", "&#34;")))
                || shown.contains(&format!("{field}&quot;&#39;`{end}"))
        });
        assert!(is_shown, "no page shows {field}: it was not tried");
    }
}
