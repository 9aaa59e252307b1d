//! The portal as a browser's requests meet it, over a store of its own.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use jiff::Timestamp;
use tempfile::TempDir;
use tower::ServiceExt as _;
use unwatched_model::access::Sharing;
use unwatched_model::digest::{Md5, Sha1, Sha256};
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};
use unwatched_model::partner::{PartnerCategory, Standing, UserRole};
use unwatched_model::report::Report;
use unwatched_model::tlp::Tlp;
use unwatched_store::{
    Actor, Handling, NewFamily, NewPartner, NewSample, NewUser, Priority, Progress, Take, Via,
    Visible,
};

use crate::clock::{Clock, Randomness};
use crate::config::Config;
use crate::http::{auth, router};
use crate::state::{AppState, DataFolder};

mod connections;
mod releases;

const PASSWORD: &str = "correct horse battery";

/// Two partners; an analyst and a reader of the first, an analyst of the second.
struct Portal {
    router: Router,
    state: AppState,
    _folder: TempDir,
}

fn now() -> Timestamp {
    "2026-03-04T05:06:07Z".parse().unwrap()
}

impl Portal {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = AppState::open(
            Config::default(),
            DataFolder::at(folder.path()).unwrap(),
            Clock::by(now),
            Randomness::seeded(7),
        )
        .await
        .unwrap();
        let portal = Self { router: router(state.clone()), state, _folder: folder };
        for (slug, category) in [
            ("example-lab", PartnerCategory::Vendor),
            ("example-shelter", PartnerCategory::Support),
        ] {
            let partner = NewPartner {
                slug: slug.parse().unwrap(),
                name: slug.to_owned(),
                category,
                standing: Standing::Full,
            };
            portal.state.store.add_partner(&partner, &Actor::operator(), now()).await.unwrap();
        }
        portal.person("example-lab", "ana@lab.example", UserRole::Analyst).await;
        portal.person("example-lab", "rea@lab.example", UserRole::Reader).await;
        portal.person("example-shelter", "ben@shelter.example", UserRole::Analyst).await;
        portal
    }

    async fn person(&self, partner: &str, email: &str, role: UserRole) {
        let user = NewUser {
            partner: partner.parse().unwrap(),
            email: email.to_owned(),
            role,
            password_hash: auth::hash_password(PASSWORD, [7; 16]).unwrap(),
        };
        self.state.store.add_user(&user, &Actor::operator(), now()).await.unwrap();
    }

    async fn family(&self, name: &str) -> FamilyId {
        let family = NewFamily { name: name.to_owned(), aliases: Vec::new(), platform: None };
        self.state.store.create_family(&family, &Actor::system(), now()).await.unwrap()
    }

    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn get(&self, path: &str, cookie: &str) -> Response<Body> {
        let request = Request::get(path).header(header::COOKIE, cookie);
        self.answer(request.body(Body::empty()).unwrap()).await
    }

    async fn page(&self, path: &str, cookie: &str) -> String {
        let response = self.get(path, cookie).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        text(response).await
    }

    async fn post(&self, path: &str, cookie: &str, form: &str) -> Response<Body> {
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.answer(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    /// The session's cookie of somebody who signed in.
    async fn signed_in(&self, email: &str) -> String {
        let form = format!("email={email}&password={}", PASSWORD.replace(' ', "+"));
        let response = self.post("/portal/sign-in", "", &form).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("Path=/portal"), "{cookie}");
        cookie.split(';').next().unwrap().to_owned()
    }
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(to_bytes(response.into_body(), 1 << 22).await.unwrap().into()).unwrap()
}

fn location(response: &Response<Body>) -> &str {
    response.headers()[header::LOCATION].to_str().unwrap()
}

#[tokio::test]
async fn every_page_asks_who_is_there_and_keeps_nothing() {
    let portal = Portal::open().await;
    for path in [
        "/portal/",
        "/portal/samples",
        "/portal/samples/0000",
        "/portal/search?q=a",
        "/portal/families",
        "/portal/families/new",
        "/portal/families/watch-alpha",
        "/portal/families/watch-alpha/opinion",
        "/portal/families/watch-alpha/opinions.jsonl",
        "/portal/releases",
        "/portal/no-such-page",
    ] {
        let response = portal.get(path, "").await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{path}");
        assert!(location(&response).starts_with("/portal/sign-in?next=/portal/"), "{path}");
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{path}");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store", "{path}");
    }
}

#[tokio::test]
async fn a_session_ends_in_the_store_as_well() {
    let portal = Portal::open().await;
    let cookie = portal.signed_in("ANA@lab.example").await;
    assert!(portal.page("/portal/", &cookie).await.contains("example-lab"));
    let response = portal.post("/portal/sign-out", &cookie, "").await;
    assert_eq!(location(&response), "/portal/sign-in");
    let response = portal.get("/portal/", &cookie).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER, "a copied cookie is worth nothing");
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let portal = Portal::open().await;
    let form = "email=ana@lab.example&password=wrong-password";
    for _ in 0..10 {
        let response = portal.post("/portal/sign-in", "", form).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let response = portal.post("/portal/sign-in", "", form).await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(response.headers().contains_key(header::RETRY_AFTER));
}

#[tokio::test]
async fn many_guesses_at_once_count_as_many() {
    let portal = Portal::open().await;
    let form = "email=ana@lab.example&password=wrong-password";
    let asked = (0..40).map(|_| portal.post("/portal/sign-in", "", form));
    let answers = futures_util::future::join_all(asked).await;
    let looked_at =
        answers.iter().filter(|answer| answer.status() == StatusCode::UNPROCESSABLE_ENTITY).count();
    assert_eq!(looked_at, 10);
}

#[tokio::test]
async fn right_passwords_are_not_counted() {
    let portal = Portal::open().await;
    for _ in 0..11 {
        portal.signed_in("ana@lab.example").await;
    }
}

#[tokio::test]
async fn another_sites_form_does_nothing() {
    let portal = Portal::open().await;
    let cookie = portal.signed_in("ana@lab.example").await;
    let request = Request::post("/portal/families/new")
        .header(header::COOKIE, &cookie)
        .header("sec-fetch-site", "cross-site")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let response = portal.answer(request.body(Body::from("name=Watch+Alpha")).unwrap()).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(portal.state.store.all_families().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_reader_reads_and_writes_nothing() {
    let portal = Portal::open().await;
    let id = portal.family("Watch Alpha").await;
    let cookie = portal.signed_in("rea@lab.example").await;
    let html = portal.page(&format!("/portal/families/{id}"), &cookie).await;
    assert!(!html.contains("Give an opinion"), "nothing is offered that would be refused");
    let response = portal.get(&format!("/portal/families/{id}/opinion"), &cookie).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let html = text(response).await;
    assert!(html.contains("Not allowed") && html.contains("Sign out"), "{html}");
    let response = portal.post("/portal/families/new", &cookie, "name=Watch+Beta").await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(portal.state.store.all_families().await.unwrap().len(), 1);
}

/// A browser that loads the address of a refused form again.
#[tokio::test]
async fn an_address_of_forms_says_so_on_a_page() {
    let portal = Portal::open().await;
    let cookie = portal.signed_in("ana@lab.example").await;
    let addresses = crate::http::addresses();
    let takes = |method: &str, path: &str| {
        addresses.iter().any(|address| address.method == method && address.path == path)
    };
    let forms = addresses.iter().filter(|address| address.path.starts_with("/portal/"));
    let forms = forms.filter(|address| !takes("GET", &address.path));
    let mut seen = 0;
    for form in forms {
        let path = form.path.replace(['{', '}'], "");
        for (cookie, framed) in [(cookie.as_str(), true), ("", false)] {
            let response = portal.get(&path, cookie).await;
            assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
            assert_eq!(response.headers()[header::ALLOW], "POST", "{path}");
            assert!(response.headers().contains_key(header::CONTENT_SECURITY_POLICY), "{path}");
            let html = text(response).await;
            assert!(html.contains("Go back to the page with the form"), "{path}: {html}");
            assert_eq!(html.contains("Sign out"), framed, "{path}");
        }
        seen += 1;
    }
    assert!(seen > 10, "{seen} addresses of forms");
    let request = Request::get("/portal/sign-out").header(header::ACCEPT, "application/json");
    let response = portal.answer(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    let response = portal.post("/api/v1/families/x/verdict", "", "").await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
}

#[tokio::test]
async fn what_is_red_stays_with_its_partner() {
    let portal = Portal::open().await;
    let family = portal.family("Watch Alpha").await;
    for (tlp, value) in [(Tlp::Amber, "amber.watch.example"), (Tlp::Red, "red.watch.example")] {
        let indicator = Indicator {
            family: family.clone(),
            kind: IndicatorKind::Domain,
            value: value.to_owned(),
            role: Role::C2,
            tlp,
            source: "own analysis".to_owned(),
        };
        let by = "example-lab".parse().unwrap();
        let by = Actor { partner: Some(by), user: None, via: Via::Key };
        portal
            .state
            .store
            .add_indicator(&indicator, &Handling::default(), &by, now())
            .await
            .unwrap();
    }
    for (email, sees_red) in [("ana@lab.example", true), ("ben@shelter.example", false)] {
        let cookie = portal.signed_in(email).await;
        let html = portal.page(&format!("/portal/families/{family}"), &cookie).await;
        assert!(html.contains("amber.watch.example"), "{email}");
        assert_eq!(html.contains("red.watch.example"), sees_red, "{email}");
        let html = portal.page("/portal/search?q=watch.example", &cookie).await;
        assert!(html.contains("amber.<mark>watch</mark>.<mark>example</mark> ("), "{email}");
        assert_eq!(
            html.contains("red.<mark>watch</mark>.<mark>example</mark> ("),
            sees_red,
            "{email} searching"
        );
    }
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_and_names_the_field() {
    let portal = Portal::open().await;
    let id = portal.family("Watch Alpha").await;
    let cookie = portal.signed_in("ana@lab.example").await;
    let form = "kind=domain&value=not+a+host&role=c2&tlp=AMBER&source=own+%3Canalysis%3E";
    let response = portal.post(&format!("/portal/families/{id}/indicator"), &cookie, form).await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let html = text(response).await;
    assert!(html.contains("value=\"not a host\""));
    assert!(html.contains("aria-describedby=\"value-hint refused\" aria-invalid=\"true\""));
    assert!(html.contains("aria-describedby=\"source-hint\""), "the source was not at fault");
    assert!(!html.contains("<analysis>"));
}

/// A form with these fields, `file=BYTES` as a file.
fn with_files(cookie: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let mut body = String::new();
    for (name, value) in fields {
        let file = if *name == "file" { "; filename=\"app.apk\"" } else { "" };
        body += "--b\r\nContent-Disposition: form-data; name=\"";
        body += &[name, "\"", file, "\r\n\r\n", value, "\r\n"].concat();
    }
    form_of(cookie, body)
}

/// A form of these parts, as a browser would send it.
fn form_of(cookie: &str, parts: String) -> Request<Body> {
    Request::post("/portal/samples")
        .header(header::COOKIE, cookie)
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
        .body(Body::from(parts + "--b--\r\n"))
        .unwrap()
}

#[tokio::test]
async fn a_form_without_a_file_is_told_so() {
    let portal = Portal::open().await;
    let cookie = portal.signed_in("ana@lab.example").await;
    let response = portal.answer(with_files(&cookie, &[("tlp", "AMBER")])).await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(response).await.contains("Choose at least one file"));
}

#[tokio::test]
async fn a_form_of_endless_fields_is_not_read_to_its_end() {
    let portal = Portal::open().await;
    let cookie = portal.signed_in("ana@lab.example").await;
    let empty = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\r\n\r\n";
    let response = portal.answer(form_of(&cookie, empty.repeat(10_000))).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(text(response).await.contains("A form has at most 250 fields."));
}

#[tokio::test]
async fn no_file_is_shared_otherwise_than_its_form_says() {
    let portal = Portal::open().await;
    let cookie = portal.signed_in("ana@lab.example").await;
    let kept = async || {
        let to = Visible::everything_for_a_job();
        let rows = portal.state.store.samples(&to, None, 9).await.unwrap();
        rows.into_iter().map(|row| row.submissions[0].sharing.tlp).collect::<Vec<_>>()
    };
    for wrong in [
        [("file", "PK one"), ("TLP", "RED")],
        [("file", "PK one"), ("tlp", "ROUGE")],
        [("file", "PK one"), ("group", "nobodys")],
    ] {
        let response = portal.answer(with_files(&cookie, &wrong)).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
    }
    let twice = [("tlp", "RED"), ("tlp", "CLEAR"), ("file", "PK one")];
    let response = portal.answer(with_files(&cookie, &twice)).await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(kept().await, [], "nothing of a refused form is kept");

    let behind = portal.answer(with_files(&cookie, &[("file", "PK one"), ("tlp", "RED")])).await;
    assert_eq!(behind.status(), StatusCode::SEE_OTHER);
    assert_eq!(kept().await, [Tlp::Red]);
}

#[tokio::test]
async fn a_verdict_is_told_in_plain_sentences_and_checked_by_its_files() {
    let portal = Portal::open().await;
    let id = portal.family("Watch Alpha").await;
    let (ana, ben) =
        (portal.signed_in("ana@lab.example").await, portal.signed_in("ben@shelter.example").await);
    let opinion = |criterion: &str, stance: &str| {
        format!(
            "criterion={criterion}&stance={stance}&evidence_kind=note&evidence_value=seen&evidence_place="
        )
    };
    let path = format!("/portal/families/{id}/opinion");
    for cookie in [&ana, &ben] {
        for criterion in ["tracks", "offered_to_individuals", "hides_itself"] {
            let given = portal.post(&path, cookie, &opinion(criterion, "holds")).await;
            assert_eq!(given.status(), StatusCode::SEE_OTHER);
        }
    }
    let told = portal.page(&format!("/portal/families/{id}/verdict"), &ana).await;
    for said in [
        "The coalition says: Watch Alpha is stalkerware.",
        "It has said so since 2026-03-04; computed as of 2026-03-04.",
        "1 security vendor (example-lab) and 1 support organisation (example-shelter) say that it \
         is so, on 2 pieces of evidence.",
        "No partner whose word counts has taken a side.",
        "It says nothing about any one phone",
        "unwatched-exchange verdict recompute watch-alpha-verdict.json",
    ] {
        assert!(told.contains(said), "{said}\n{told}");
    }
    let form = portal.page(&path, &ben).await;
    assert_eq!(form.matches("name=\"criterion\"").count(), 8);
    assert!(form.contains("Your partner on 2026-03-04: <b>holds</b>."), "a mind can be changed");
    let abstains = portal.post(&path, &ben, "criterion=hides_itself&stance=abstains").await;
    assert_eq!(abstains.status(), StatusCode::SEE_OTHER, "an abstention needs no evidence");
    let page = portal.page(&format!("/portal/families/{id}"), &ana).await;
    for said in ["replaced by a later one", "Verdict, class", "one more partner needed"] {
        assert!(page.contains(said), "{said}");
    }
    let questions = format!("/portal/families/{id}/questions");
    let asked = portal.post(&questions, &ana, "criterion=tracks").await;
    assert_eq!(asked.status(), StatusCode::CONFLICT, "it is settled");
    let file = portal.page(&format!("/portal/families/{id}/verdict.json"), &ana).await;
    assert!(file.contains("\"rule_version\":2") && file.ends_with("}\n"), "{file}");
}

#[tokio::test]
async fn evidence_at_hand_is_taken_with_one_tick() {
    let portal = Portal::open().await;
    let id = portal.family("Watch Alpha").await;
    let ana = portal.signed_in("ana@lab.example").await;
    let sample = "07".repeat(32);
    let form = format!(
        "criterion=hides_itself&stance=holds&take={sample}+hidden_icon+AndroidManifest.xml: a&take={sample}+hidden_icon+AndroidManifest.xml: a"
    );
    let given = portal.post(&format!("/portal/families/{id}/opinion"), &ana, &form).await;
    assert_eq!(given.status(), StatusCode::SEE_OTHER);
    let kept = portal.state.store.judging(&id, now()).await.unwrap().opinions;
    assert_eq!(kept[0].evidence.len(), 1, "the same piece once");
    let place = format!("sample {sample}, AndroidManifest.xml: a");
    assert_eq!(kept[0].evidence[0].place.as_deref(), Some(place.as_str()));
    let forged = "criterion=hides_itself&stance=holds&take=nothing";
    let refused = portal.post(&format!("/portal/families/{id}/opinion"), &ana, forged).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn failed_work_stands_on_a_page_with_a_button() {
    let portal = Portal::open().await;
    let store = &portal.state.store;
    let (payload, minute) = (serde_json::json!({}), jiff::SignedDuration::from_mins(1));
    let cookie = portal.signed_in("ana@lab.example").await;
    let html = portal.page("/portal/jobs", &cookie).await;
    assert!(html.contains("Nothing waits") && html.contains("Nothing failed"), "{html}");
    let id = store.enqueue("tidy", Some("tidy"), &payload, Priority::Routine, now()).await.unwrap();
    let job = store.claim("w", &["tidy"], Take::Priority, now(), minute).await.unwrap().unwrap();
    let progress = Progress { done: 3, of: 9, what: "files".to_owned() };
    store.set_progress(&job, &progress, now()).await.unwrap();
    let html = portal.page("/portal/jobs", &cookie).await;
    assert!(html.contains("3 of 9 files") && html.contains("http-equiv=\"refresh\""), "{html}");
    store.fail(&job, "no <space> left", None, now()).await.unwrap();
    let html = portal.page("/portal/jobs", &cookie).await;
    assert!(html.contains("No &#60;space&#62; left") && html.contains("1 attempt)"), "{html}");
    let retry = format!("/portal/jobs/{id}/retry");
    assert!(html.contains(&retry), "{html}");
    let answer = portal.post(&retry, &cookie, "").await;
    assert_eq!(location(&answer), "/portal/jobs");
    assert_eq!(portal.post(&retry, &cookie, "").await.status(), StatusCode::CONFLICT);
    let reader = portal.signed_in("rea@lab.example").await;
    assert_eq!(portal.get("/portal/jobs", &reader).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_indicator_is_shared_as_the_form_says_and_its_page_leads_to_who_sees_it() {
    let portal = Portal::open().await;
    let id = portal.family("Watch Alpha").await;
    let ana = portal.signed_in("ana@lab.example").await;
    let page = portal.page(&format!("/portal/families/{id}/indicator"), &ana).await;
    assert!(page.contains("name=\"pap\"") && !page.contains("name=\"group\""), "it has no group");
    let path = format!("/portal/families/{id}/indicator");
    let form = |rest: &str| {
        format!("kind=domain&value=c2.alpha.example&role=c2&tlp=AMBER&source=own+analysis{rest}")
    };
    for wrong in ["&group=friends", "&pap=PINK"] {
        let refused = portal.post(&path, &ana, &form(wrong)).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(text(refused).await.contains("value=\"c2.alpha.example\""), "{wrong}");
    }
    let given = portal.post(&path, &ana, &form("&pap=AMBER&group=")).await;
    assert_eq!(given.status(), StatusCode::SEE_OTHER);

    let page = portal.page(&format!("/portal/families/{id}"), &ana).await;
    let (_, rest) = page.split_once("href=\"/portal/indicators/").expect("a link to the indicator");
    let number = rest.split('"').next().unwrap();
    assert!(rest.contains(">held</span>"), "only one partner has the value");
    let shown = portal.page(&format!("/portal/indicators/{number}"), &ana).await;
    assert!(shown.contains("PAP:AMBER"), "{shown}");
    let who = format!("/portal/who?kind=indicator&id={number}");
    assert!(shown.contains(&who.replace('&', "&amp;")));
    let who = portal.page(&who, &ana).await;
    assert!(who.contains(&format!("href=\"/portal/indicators/{number}\"")), "and back");
    let overview = portal.page("/portal/", &ana).await;
    assert!(overview.contains("Held values to decide on"));
    assert!(overview.contains(&format!("href=\"/portal/indicators/{number}\"")));
    let rea = portal.signed_in("rea@lab.example").await;
    assert!(!portal.page("/portal/", &rea).await.contains("Held values to decide on"));

    let long = "é".repeat(1_500);
    let decide = format!("/portal/indicators/{number}/decide");
    let refused = portal.post(&decide, &ana, &format!("why={long}")).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = text(refused).await;
    assert!(page.contains(&long) && page.contains("2,000 bytes"), "what was typed is there");
    assert_eq!(page.matches("aria-invalid").count(), 1, "in the form that it was typed into");
}

#[tokio::test]
async fn a_refused_recall_keeps_what_was_typed() {
    let portal = Portal::open().await;
    portal.person("example-lab", "cora@lab.example", UserRole::Coordinator).await;
    let cora = portal.signed_in("cora@lab.example").await;
    let form = "family=watch-alhpa&kind=domain&value=c2.alpha.example&why=a+mistake+of+ours";
    let refused = portal.post("/portal/releases/recall", &cora, form).await;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    let page = text(refused).await;
    for kept in
        ["value=\"watch-alhpa\"", "value=\"c2.alpha.example\"", "value=\"a mistake of ours\""]
    {
        assert!(page.contains(kept), "{kept}");
    }
    assert!(page.contains("role=\"alert\"") && page.contains("<details open>"));
    assert!(page.contains("value=\"domain\" selected"));
    assert!(!page.contains("value=\"yes\" checked"), "the box was not ticked");
}

#[tokio::test]
async fn a_closed_group_takes_no_members() {
    let portal = Portal::open().await;
    portal.person("example-lab", "cor@lab.example", UserRole::Coordinator).await;
    let cookie = portal.signed_in("cor@lab.example").await;
    portal.post("/portal/groups", &cookie, "slug=circle&name=Circle").await;
    portal.post("/portal/groups/circle", &cookie, "close=yes").await;
    let refused = portal.post("/portal/groups/circle", &cookie, "join=example-shelter").await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    let html = text(refused).await;
    assert!(html.contains("circle is closed and takes no members"), "{html}");
    let shelter = "example-shelter".parse().unwrap();
    assert!(portal.state.store.groups_of(&shelter).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_list_of_samples_finds_families_by_name_in_any_alphabet() {
    let portal = Portal::open().await;
    let id = portal.family("مراقب الهاتف").await;
    assert!(id.as_str().starts_with("family-"), "{id}");
    let cookie = portal.signed_in("ana@lab.example").await;
    let named = "%D9%85%D8%B1%D8%A7%D9%82%D8%A8+%D8%A7%D9%84%D9%87%D8%A7%D8%AA%D9%81";
    for typed in [named, id.as_str()] {
        let html = portal.page(&format!("/portal/samples?family={typed}"), &cookie).await;
        assert!(html.contains("مراقب"), "{html}");
    }
    let other = "%D0%A1%D0%BE%D0%B2%D1%81%D0%B5%D0%BC"; // another name, of no family
    let unknown = portal.get(&format!("/portal/samples?family={other}"), &cookie).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_sample_is_never_sorted_into_a_family_that_was_not_named() {
    let portal = Portal::open().await;
    let (store, lab) = (&portal.state.store, "example-lab".parse().unwrap());
    // As families without a Latin letter were called before.
    let old = portal.family("Family").await;
    assert_eq!(old.as_str(), "family");
    let spy = portal.family("Шпион").await;
    let (sha256, sha1, md5) = (Sha256([7; 32]), Sha1([7; 20]), Md5([7; 16]));
    let new = NewSample {
        sha256,
        sha1,
        md5,
        size_bytes: 4,
        file_name: None,
        by: lab,
        sharing: Sharing::coalition(),
        declared_public: false,
    };
    let ana = store.user_by_email("ana@lab.example").await.unwrap().unwrap();
    let by = Actor { partner: Some(ana.partner), user: Some(ana.id), via: Via::Person };
    store.add_sample(&new, &by, now()).await.unwrap();
    let report = Report::of_digests(sha256, sha1, md5, 4);
    store.save_report(&sha256, &report, "test", now()).await.unwrap();
    let cookie = portal.signed_in("ana@lab.example").await;
    let path = format!("/portal/samples/{sha256}/triage");
    let other = "choice=other&family=%D0%A1%D0%BE%D0%B2%D1%81%D0%B5%D0%BC";
    let refused = portal.post(&path, &cookie, other).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let to = Visible::everything_for_a_job();
    assert!(store.families_of_sample(&sha256, &to).await.unwrap().is_empty());
    let known = "choice=other&family=%D1%88%D0%BF%D0%B8%D0%BE%D0%BD";
    assert_eq!(portal.post(&path, &cookie, known).await.status(), StatusCode::SEE_OTHER);
    let said = store.families_of_sample(&sha256, &to).await.unwrap();
    assert_eq!(said[0].family.as_ref(), Some(&spy));
}
