//! Every address of the server reached as every kind of viewer. What is answered is what `may`
//! says, what somebody may not see is answered as what is not there, and the whole stands in
//! `docs/reference/access.md`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use jiff::SignedDuration;
use sha2::Digest as _;
use tower::ServiceExt as _;
use unwatched_exchange::http::routes::{Address, Ask};
use unwatched_exchange::http::{self, auth};
use unwatched_model::access::{self, Asks, Member, Object, Scope, Scopes, Sharing, may};
use unwatched_model::digest::{Md5, Sha1, Sha256};
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};
use unwatched_model::partner::{PartnerCategory, PartnerSlug, Standing, UserRole};
use unwatched_model::tlp::Tlp;
use unwatched_store::{
    Actor, Handling, NewFamily, NewPartner, NewSample, NewToken, NewUser, PartnerChange,
    SampleState, UserId, Via,
};

use crate::expect::{check_file, reference};
use crate::rig::Server;

/// Somebody who comes by one of the ways there are: a session for pages, a key for the API.
struct Kind {
    /// The column's head.
    name: String,
    /// As `may` knows them; `None` for somebody without an account.
    who: Option<Member>,
    key: String,
    user: Option<UserId>,
    /// A session at the API and a key at the portal: each at the wrong door.
    astray: bool,
}

/// The things that addresses are about.
struct Things {
    sample: String,
    family: String,
    indicator: String,
    key: String,
    recall: String,
    group: String,
    job: String,
}

const OWNER: &str = "example-lab";

#[test]
fn every_address_answers_every_kind_of_viewer_as_the_rule_says() {
    let server = Server::without_worker();
    let kinds = kinds(&server);
    let (seen, hidden) = (things(&server, OWNER, Tlp::Amber), things(&server, "keeper", Tlp::Red));
    let router = http::router(server.state.clone());
    let mut addresses = http::addresses();
    addresses.sort_by(|a, b| (&a.path, a.method).cmp(&(&b.path, b.method)));
    let mut table = head(&kinds);
    let mut wrong = Vec::new();
    for address in &addresses {
        write!(table, "| {} `{}` | {} |", address.method, address.path, asked(address.ask))
            .unwrap();
        for kind in &kinds {
            let path = filled(&address.path, &seen);
            let status = ask(&server, &router, address, &path, kind);
            write!(table, " {status} |").unwrap();
            if !as_the_rule_says(address, kind, status) {
                wrong.push(format!("{}: {} {path}: {status}", kind.name, address.method));
            }
            wrong.extend(guessed(&server, &router, address, kind, &hidden));
        }
        table.push('\n');
    }
    assert!(wrong.is_empty(), "not as the rule says:\n{}", wrong.join("\n"));
    check_file(&reference("access.md"), &table);
}

/// What only another partner may see is answered like what nobody has.
fn guessed(
    server: &Server,
    router: &Router,
    address: &Address,
    kind: &Kind,
    hidden: &Things,
) -> Option<String> {
    let hides = ["{sha256}", "/indicators/{id}", "/keys/{id}", "/jobs/{id}"];
    if !hides.iter().any(|part| address.path.contains(part)) {
        return None;
    }
    let nothing = Things {
        sample: "0".repeat(64),
        indicator: "987654321".to_owned(),
        key: "0".repeat(16),
        recall: "987654321".to_owned(),
        family: String::new(),
        group: String::new(),
        job: "987654321".to_owned(),
    };
    let theirs = ask(server, router, address, &filled(&address.path, hidden), kind);
    let nobodys = ask(server, router, address, &filled(&address.path, &nothing), kind);
    let told = theirs != nobodys || (200..300).contains(&theirs);
    told.then(|| {
        format!(
            "{}: {} {} is {theirs} for what is hidden, {nobodys} for nothing",
            kind.name, address.method, address.path
        )
    })
}

fn as_the_rule_says(address: &Address, kind: &Kind, status: u16) -> bool {
    let is_api = is_for_programs(address);
    let turned_away = if is_api { [401, 401] } else { [303, 401] };
    let action = match address.ask {
        Ask::Nothing => return !matches!(status, 401 | 403 | 500..),
        Ask::Member => None,
        Ask::May(action) => Some(action),
        Ask::Collection => return as_the_collection_says(address, kind, status),
    };
    let Some(member) = kind.who.as_ref().filter(|_| !kind.astray) else {
        return turned_away.contains(&status);
    };
    if !matches!(member.standing, Standing::Probation | Standing::Full) {
        // The keys of a partner that left are withdrawn.
        let left = member.standing == Standing::Left;
        let refusal = if left { 401 } else { 403 };
        return if is_api { status == refusal } else { turned_away.contains(&status) };
    }
    let Some(action) = action else { return !matches!(status, 401 | 403 | 500..) };
    // A page's person has no scopes.
    let scopes = member.scopes.clone().filter(|_| is_api);
    let viewer = access::Viewer::Member(Member { scopes, ..member.clone() });
    if !may(&viewer, action, Object::Open).allowed {
        return status == 403;
    }
    // What is its partner's to know or to do.
    let its = action.entry().object == Asks::Own || address.path.ends_with("/access");
    let anothers = its && member.partner.as_str() != OWNER;
    !matches!(status, 401 | 500..) && (status != 403 || anothers)
}

/// TAXII: what is asked is the collection's, here that of what partners share. Whoever may not read
/// it is answered as if it were not there, and nobody adds to it or deletes from it.
fn as_the_collection_says(address: &Address, kind: &Kind, status: u16) -> bool {
    let Some(member) = kind.who.as_ref().filter(|_| !kind.astray) else {
        return status == if address.path == "/taxii2/" { 200 } else { 401 };
    };
    match member.standing {
        Standing::Left => return status == 401,
        Standing::Suspended => return status == 403,
        _ => {}
    }
    let viewer = access::Viewer::Member(member.clone());
    let reads = may(&viewer, access::Action::ReadIndicators, Object::Open).allowed;
    match (address.path.contains("{collection}"), reads, address.method) {
        (true, false, _) => status == 404,
        (true, true, "GET") | (false, _, _) => matches!(status, 200 | 404),
        (true, true, _) => status == 403,
    }
}

/// Whether it is reached with a key.
fn is_for_programs(address: &Address) -> bool {
    address.path.starts_with("/api/") || address.ask == Ask::Collection
}

fn ask(server: &Server, router: &Router, address: &Address, path: &str, kind: &Kind) -> u16 {
    let is_api = is_for_programs(address);
    let mut request = Request::builder().method(address.method).uri(path);
    if is_api != kind.astray && !kind.key.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", kind.key));
    } else if let Some(user) = kind.user {
        request = request.header(header::COOKIE, session(server, user));
    }
    let body = if is_api { "{}" } else { "made=up" };
    let content = if is_api { "application/json" } else { "application/x-www-form-urlencoded" };
    let request = request
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, content)
        .body(Body::from(body))
        .unwrap();
    server.wait(router.clone().oneshot(request)).unwrap().status().as_u16()
}

/// A new one each time: signing out is among the addresses.
fn session(server: &Server, user: UserId) -> String {
    let id = server.state.randomness.bytes::<32>();
    let now = server.state.clock.now();
    let sha256 = Sha256(sha2::Sha256::digest(id).into());
    let until = now + SignedDuration::from_hours(1);
    server.wait(server.state.store.add_session(&sha256, user, now, until)).unwrap();
    format!("{}={}", auth::SESSION_COOKIE, hex::encode(id))
}

/// A path with its parameters in place. A parameter that this does not know is an address without
/// a case: give it a value.
fn filled(path: &str, things: &Things) -> String {
    let id = [
        ("/families/{id}", &things.family),
        ("/indicators/{id}", &things.indicator),
        ("/keys/{id}", &things.key),
        ("/recalls/{id}", &things.recall),
        ("/jobs/{id}", &things.job),
    ];
    // A webhook is made at its own case: here nobody has one.
    let path = &path.replace("/webhooks/{id}", "/webhooks/404");
    let path = &path.replace("/connections/{id}", "/connections/404");
    // A saved search is its person's: nobody else's number leads to it.
    let path = &path.replace("/search/saved/{id}", "/search/saved/404");
    let id = id.iter().find(|(part, _)| path.contains(part));
    let path = id.map_or_else(|| path.to_owned(), |(_, value)| path.replace("{id}", value));
    let path = path
        .replace("{sha256}", &things.sample)
        .replace("{slug}", &things.group)
        .replace("{ticket}", "nothing")
        .replace("{partner}", OWNER)
        .replace("/assets/{name}", "/assets/portal.css")
        .replace("/feeds/v1/{*name}", "/feeds/v1/index.json")
        .replace("{kind}/{prefix}", "domain/0a1b")
        .replace("/waiting/{*name}", "/waiting/index.json")
        .replace("{*rest}", "nowhere")
        .replace("/{root}/", "/partners/")
        .replace("{collection}", "partners")
        .replace("{object}", "indicator--00000000-0000-4000-8000-000000000000")
        .replace("{status}", "00000000-0000-4000-8000-000000000000");
    assert!(!path.contains('{'), "{path}: give this parameter a value in tests/exchange/access.rs");
    path
}

fn asked(ask: Ask) -> String {
    match ask {
        Ask::Nothing => "nothing".to_owned(),
        Ask::Member => "an account".to_owned(),
        Ask::May(action) => format!("`{action}`"),
        Ask::Collection => "what the collection asks".to_owned(),
    }
}

fn head(kinds: &[Kind]) -> String {
    let mut text = "# Who reaches what\n\nGenerated by \
        `crates/unwatched-exchange/tests/exchange/access.rs`: every address of the server, what it \
        asks, and the status that each kind of viewer is answered with. Pages are reached with a \
        session, `/api/v1` and TAXII (its roots stand for that of partners) with a key. 303 leads to the sign-in page (or, after a form, on to \
        where it leads); 404, 415, 422 and 400 come after the question whether somebody may, and \
        are about an empty body or a made-up parameter. The roles are those of a vendor in full \
        standing, the categories those of an analyst. What an action is, and why, stands in \
        `catalogue/access.toml`.\n\n| address | asks |"
        .to_owned();
    for kind in kinds {
        write!(text, " {} |", kind.name).unwrap();
    }
    text.push_str("\n|---|---|");
    text.push_str(&"---|".repeat(kinds.len()));
    text.push('\n');
    text
}

fn kinds(server: &Server) -> Vec<Kind> {
    let (vendor, full) = (PartnerCategory::Vendor, Standing::Full);
    let mut kinds = vec![Kind {
        name: "nobody".to_owned(),
        who: None,
        key: String::new(),
        user: None,
        astray: false,
    }];
    let all = Scopes::all;
    for role in UserRole::ALL {
        kinds.push(kind(server, role.as_str(), vendor, full, *role, all()));
    }
    let analyst = UserRole::Analyst;
    for category in PartnerCategory::ALL {
        kinds.push(kind(server, category.as_str(), *category, full, analyst, all()));
    }
    for standing in [Standing::Probation, Standing::Suspended, Standing::Left] {
        kinds.push(kind(server, standing.as_str(), vendor, standing, analyst, all()));
    }
    let coordinator = UserRole::Coordinator;
    let read: Scopes = [Scope::Read].into_iter().collect();
    kinds.push(kind(server, "key: read", vendor, full, coordinator, read));
    kinds.push(kind(server, "key: no scope", vendor, full, coordinator, Scopes::default()));
    let astray = kind(server, "astray", vendor, full, coordinator, all());
    kinds.push(Kind { name: "wrong door".to_owned(), astray: true, ..astray });
    kinds
}

/// A partner with one person and one key. Those of the roles are the owner's own people.
fn kind(
    server: &Server,
    name: &str,
    category: PartnerCategory,
    standing: Standing,
    role: UserRole,
    scopes: Scopes,
) -> Kind {
    let (store, now) = (&server.state.store, server.state.clock.now());
    let owners = UserRole::ALL.iter().any(|role| role.as_str() == name);
    let slug = name.replace([' ', ':', '_'], "-").replace("--", "-");
    let partner: PartnerSlug = if owners { OWNER } else { &slug }.parse().unwrap();
    if !owners {
        let new = NewPartner {
            slug: partner.clone(),
            name: name.to_owned(),
            category,
            standing: Standing::Full,
        };
        server.wait(store.add_partner(&new, &Actor::operator(), now)).unwrap();
    }
    let user = NewUser {
        partner: partner.clone(),
        email: format!("{slug}@access.example"),
        role,
        password_hash: "none that any password has".to_owned(),
    };
    let user = server.wait(store.add_user(&user, &Actor::operator(), now)).unwrap();
    let key = key(server, &partner, role, &scopes).0;
    if standing != Standing::Full {
        let change = PartnerChange { standing: Some(standing), ..PartnerChange::default() };
        server.wait(store.change_partner(&partner, &change, &Actor::operator(), now)).unwrap();
    }
    let groups = BTreeSet::new();
    let who = Member { partner, category, standing, groups, role, scopes: Some(scopes) };
    Kind { name: name.to_owned(), who: Some(who), key, user: Some(user), astray: false }
}

/// A key, and what it is called by.
fn key(
    server: &Server,
    partner: &PartnerSlug,
    role: UserRole,
    scopes: &Scopes,
) -> (String, String) {
    let (token, sha256) = auth::new_token(&server.state.randomness);
    let new = NewToken {
        sha256,
        partner: partner.clone(),
        role,
        scopes: scopes.clone(),
        expires: None,
        made_by: None,
        label: "access".to_owned(),
    };
    server
        .wait(server.state.store.add_token(&new, &Actor::operator(), server.state.clock.now()))
        .unwrap();
    (token, sha256.to_string()[..16].to_owned())
}

fn things(server: &Server, partner: &str, tlp: Tlp) -> Things {
    let (store, now) = (&server.state.store, server.state.clock.now());
    let by: PartnerSlug = partner.parse().unwrap();
    if partner != OWNER {
        let new = NewPartner {
            slug: by.clone(),
            name: partner.to_owned(),
            category: PartnerCategory::Vendor,
            standing: Standing::Full,
        };
        server.wait(store.add_partner(&new, &Actor::operator(), now)).unwrap();
    }
    let bytes = format!("the sample of {partner}").into_bytes();
    let sample = NewSample {
        sha256: Sha256(sha2::Sha256::digest(&bytes).into()),
        sha1: Sha1(sha1::Sha1::digest(&bytes).into()),
        md5: Md5(md5::Md5::digest(&bytes).into()),
        size_bytes: bytes.len() as u64,
        file_name: Some("secret.apk".to_owned()),
        by: by.clone(),
        sharing: Sharing { tlp, ..Sharing::coalition() },
        declared_public: false,
    };
    server.wait(store.put_bytes(bytes)).unwrap();
    let job = server.wait(store.add_sample(&sample, &Actor::operator(), now)).unwrap().job;
    let failed = SampleState::Failed;
    server.wait(store.set_sample_state(&sample.sha256, failed, Some("made up"), now)).unwrap();
    let family = NewFamily { name: format!("Of {partner}"), aliases: Vec::new(), platform: None };
    let actor = Actor::operator();
    let family = server.wait(store.create_family(&family, &actor, now)).unwrap();
    let indicator = Indicator {
        family: family.clone(),
        kind: IndicatorKind::Domain,
        value: format!("{partner}.panel.example"),
        role: Role::C2,
        tlp,
        source: "made up".to_owned(),
    };
    let handling = Handling::default();
    let key_of = Actor { partner: Some(by.clone()), user: None, via: Via::Key };
    let added = server.wait(store.add_indicator(&indicator, &handling, &key_of, now));
    let indicator = added.unwrap().id;
    let value = (IndicatorKind::Domain, format!("recalled.{partner}.example"));
    let recalled = store.add_recall(&family, &value, "made up", &key_of, now);
    let recall = server.wait(recalled).unwrap();
    let group = format!("group-of-{partner}");
    server.wait(store.add_group(&group.parse().unwrap(), "made up", &actor, now)).unwrap();
    Things {
        sample: sample.sha256.to_string(),
        family: family.to_string(),
        indicator: indicator.to_string(),
        key: key(server, &by, UserRole::Reader, &Scopes::all()).1,
        recall: recall.to_string(),
        group,
        job: job.0.to_string(),
    }
}
