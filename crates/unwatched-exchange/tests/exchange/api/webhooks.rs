//! Webhooks: signed, told in order, repeated alike, switched off with a reason, and never above
//! what whoever is told may see. The other side is a real server on this machine.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use unwatched_exchange::config::{Config, Webhooks};
use unwatched_exchange::webhook_secrets;
use unwatched_model::partner::{Standing, UserRole};
use unwatched_store::{Actor, PartnerChange};
use unwatched_testkit::patience::until_none;

use crate::rig::{Client, Server, program};

/// One message as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    id: String,
    timestamp: String,
    signature: String,
    body: Vec<u8>,
}

impl Message {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn kinds(&self) -> Vec<String> {
        let document = self.json();
        let changes = document["data"]["changes"].as_array().unwrap();
        changes.iter().map(|change| change["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// As whoever takes it verifies it.
    fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{}.{}.", self.id, self.timestamp).as_bytes());
        mac.update(&self.body);
        self.signature == format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// Takes messages, each answered with the next status, 204 when there is none.
#[derive(Clone)]
pub(crate) struct Other {
    port: u16,
    taken: Arc<Mutex<Vec<Message>>>,
    answers: Arc<Mutex<VecDeque<String>>>,
}

impl Other {
    pub(crate) fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let other = Self { port, taken: Arc::default(), answers: Arc::default() };
        let side = other.clone();
        thread::spawn(move || {
            for connection in listener.incoming() {
                side.take(connection.unwrap());
            }
        });
        other
    }

    fn take(&self, mut connection: TcpStream) {
        let mut bytes = Vec::new();
        let mut piece = [0; 4096];
        let (head, length) = loop {
            let read = connection.read(&mut piece).unwrap();
            bytes.extend_from_slice(&piece[..read]);
            let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let length: usize = header(&head, "content-length").parse().unwrap();
            if bytes.len() >= end + 4 + length {
                bytes.drain(..end + 4);
                break (head, length);
            }
        };
        bytes.truncate(length);
        self.taken.lock().unwrap().push(Message {
            id: header(&head, "webhook-id"),
            timestamp: header(&head, "webhook-timestamp"),
            signature: header(&head, "webhook-signature"),
            body: bytes,
        });
        let answer = self.answers.lock().unwrap().pop_front();
        let answer = answer.unwrap_or_else(|| "204 No Content".to_owned());
        let text = format!("HTTP/1.1 {answer}\r\nconnection: close\r\n\r\n");
        connection.write_all(text.as_bytes()).unwrap();
    }

    fn answers(&self, answer: &str) {
        self.answers.lock().unwrap().push_back(answer.to_owned());
    }

    pub(crate) fn messages(&self) -> Vec<Message> {
        self.taken.lock().unwrap().clone()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/told", self.port)
    }
}

fn header(head: &str, name: &str) -> String {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut found = lines.filter(|(of, _)| of.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

pub(crate) fn config() -> Config {
    let private_hosts = vec!["127.0.0.1".to_owned()];
    Config { webhooks: Webhooks { private_hosts }, ..Config::default() }
}

fn made(client: &Client, url: &str, kinds: &[&str]) -> (String, String) {
    let body = json!({ "url": url, "label": "our SIEM", "kinds": kinds });
    let made = client.post("/api/v1/webhooks", &body).expect(201).json();
    (made["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned())
}

#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let left = until_none(|| if is_so() { Vec::new() } else { vec![what] });
    assert!(left.is_empty(), "{what}");
}

fn only(client: &Client) -> Value {
    client.get("/api/v1/webhooks").expect(200).json()["webhooks"][0].clone()
}

#[test]
fn what_changes_is_told_signed_and_once() {
    let server = Server::with(Some(program()), &config());
    let (lab, other) = (server.lab(), Other::listen());
    lab.create_family("Before");
    let (id, secret) = made(&lab, &other.url(), &["family", "indicator.added"]);
    let family = lab.create_family("Watch Alpha");
    lab.indicate(&family, "domain", "panel.watch-alpha.example", "c2");
    lab.say(&family, "holds", &["tracks"]);
    let kinds = || other.messages().iter().flat_map(Message::kinds).collect::<Vec<_>>();
    until("both are told", || kinds().len() >= 2);
    assert_eq!(kinds(), ["family.added", "indicator.added"]);
    for message in other.messages() {
        assert!(message.is_signed_with(&secret));
        assert!(!message.is_signed_with("whsec_c29tZWJvZHkgZWxzZSdz"));
        let text = String::from_utf8(message.body.clone()).unwrap();
        assert!(!text.contains("panel.watch-alpha.example"), "ids and no values: {text}");
    }
    let told = only(&lab);
    assert_eq!((&told["id"], &told["last_error"]), (&json!(id), &Value::Null));
    let text = String::from_utf8(lab.get("/api/v1/webhooks").expect(200).body).unwrap();
    assert!(!text.contains(&secret), "shown once");
    server.shelter().delete(&format!("/api/v1/webhooks/{id}")).problem(404);
    lab.delete(&format!("/api/v1/webhooks/{id}")).expect(204);
    assert_eq!(lab.get("/api/v1/webhooks").expect(200).json()["webhooks"], json!([]));
}

#[test]
fn what_was_not_taken_is_sent_again_as_the_same_message() {
    let server = Server::with(Some(program()), &config());
    let (lab, other) = (server.lab(), Other::listen());
    other.answers("500 Internal Server Error");
    let (_, secret) = made(&lab, &other.url(), &[]);
    lab.create_family("Watch Alpha");
    until("the reason is shown", || only(&lab)["failures"] == json!(1));
    assert_eq!(only(&lab)["last_error"], json!("answered with status 500"));
    until("it is sent again", || only(&lab)["last_ok_at"] != Value::Null);
    let messages = other.messages();
    assert_eq!(messages.len(), 2);
    assert_eq!((&messages[0].id, messages[0].kinds()), (&messages[1].id, messages[1].kinds()));
    assert!(messages.iter().all(|message| message.is_signed_with(&secret)));
    // Whoever has the database alone signs nothing.
    let kept = server.wait(server.state.store.webhook_secrets("whsec_")).unwrap();
    let key = secret.strip_prefix("whsec_").unwrap();
    assert!(kept[0].2.starts_with("sealed") && !kept[0].2.contains(key), "{kept:?}");
    assert_eq!(only(&lab)["failures"], json!(0));
}

#[test]
fn whoever_wants_no_more_is_told_no_more_and_its_partner_why() {
    let server = Server::with(Some(program()), &config());
    let (lab, other) = (server.lab(), Other::listen());
    other.answers("410 Gone");
    let (id, _) = made(&lab, &other.url(), &[]);
    lab.create_family("Watch Alpha");
    until("it is switched off", || only(&lab)["off_at"] != Value::Null);
    let why = only(&lab)["off_why"].as_str().unwrap().to_owned();
    assert!(why.contains("status 410"), "{why}");
    let feed = String::from_utf8(lab.get("/api/v1/changes").expect(200).body).unwrap();
    assert!(feed.contains("webhook.switched_off"), "{feed}");
    let others = server.shelter().get("/api/v1/changes").expect(200);
    assert!(!String::from_utf8(others.body).unwrap().contains("webhook"));
    lab.post(&format!("/api/v1/webhooks/{id}/ping"), &json!({})).problem(409);
    lab.post(&format!("/api/v1/webhooks/{id}/on"), &json!({})).expect(204);
    until("it goes on from where it was", || only(&lab)["last_ok_at"] != Value::Null);
    assert_eq!(other.messages()[1].id, other.messages()[0].id);
}

#[test]
fn a_ping_says_what_came_of_it() {
    let server = Server::with(None, &config());
    let (lab, other) = (server.lab(), Other::listen());
    let (id, secret) = made(&lab, &other.url(), &[]);
    let ping = || lab.post(&format!("/api/v1/webhooks/{id}/ping"), &json!({})).expect(200).json();
    assert_eq!(ping(), json!({ "arrived": true, "why": null }));
    other.answers("302 Found\r\nlocation: http://127.0.0.1:1/");
    assert_eq!(ping(), json!({ "arrived": false, "why": "answered with status 302" }));
    let messages = other.messages();
    assert!(messages.iter().all(|message| message.is_signed_with(&secret)));
    assert_eq!(messages[0].json()["type"], "ping");
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (id, _) = made(&lab, &format!("http://{gone}/"), &[]);
    let told = lab.post(&format!("/api/v1/webhooks/{id}/ping"), &json!({})).expect(200).json();
    assert_eq!(told["arrived"], json!(false));
}

#[test]
fn nobody_is_told_above_what_they_may_see_when_they_are_told() {
    let server = Server::with(Some(program()), &config());
    let (lab, shelter, other) = (server.lab(), server.shelter(), Other::listen());
    made(&shelter, &other.url(), &[]);
    let family = lab.create_family("Watch Alpha");
    let hidden = json!({
        "kind": "domain", "value": "hidden.example", "role": "c2", "tlp": "RED", "source": "Lab",
    });
    lab.post(&format!("{family}/indicators"), &hidden).expect(201);
    lab.send("/api/v1/samples?tlp=RED", &[], b"kept to ourselves").expect(202);
    until("it is told of the family", || !other.messages().is_empty());
    // Shut out, it is told nothing.
    let shut = |standing| {
        let change = PartnerChange { standing: Some(standing), ..PartnerChange::default() };
        let slug = "example-shelter".parse().unwrap();
        let now = server.state.clock.now();
        let operator = Actor::operator();
        server.wait(server.state.store.change_partner(&slug, &change, &operator, now)).unwrap();
    };
    let before = other.messages().len();
    shut(Standing::Suspended);
    lab.create_family("While it was shut out");
    shut(Standing::Full);
    lab.create_family("Last");
    let told = || other.messages().iter().flat_map(Message::kinds).collect::<Vec<_>>();
    until("it goes on when it is back", || told().len() >= 3);
    assert!(told().iter().all(|kind| kind == "family.added"), "{:?}", told());
    assert!(other.messages().len() > before);
}

#[test]
fn a_secret_of_an_earlier_version_is_sealed_when_the_exchange_starts() {
    let server = Server::with(None, &config());
    let (lab, other) = (server.lab(), Other::listen());
    let (id, _) = made(&lab, &other.url(), &[]);
    let store = &server.state.store;
    let plain = "whsec_bWFkZSBiZWZvcmUgdGhleSB3ZXJlIHNlYWxlZA==";
    let (number, _, sealed) = server.wait(store.webhook_secrets("whsec_")).unwrap().remove(0);
    server.wait(store.seal_webhook_secret(number, &sealed, plain)).unwrap();
    let (data, randomness) = (&server.state.data, &server.state.randomness);
    server.wait(webhook_secrets::seal_plain_ones(store, data, randomness)).unwrap();
    assert_eq!(server.wait(store.webhook_secrets("whsec_")).unwrap().len(), 1, "it is sealed");
    lab.post(&format!("/api/v1/webhooks/{id}/ping"), &json!({})).expect(200);
    assert!(other.messages()[0].is_signed_with(plain), "and signs as before");
}

#[test]
fn an_address_within_the_operators_networks_is_refused_unless_named() {
    let server = Server::without_worker();
    let lab = server.lab();
    for url in [
        "http://siem.example/",
        "https://127.0.0.1/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://u:p@siem.example/",
        "https://localhost:9/",
        "https://siem.localhost/",
        "https://siem/",
        "https://siem.local/",
        "https://vault.internal./",
        "nonsense",
    ] {
        lab.post("/api/v1/webhooks", &json!({ "url": url })).problem(422);
    }
    // Whether a name is known in the operator's network is nobody's business.
    let (id, _) = made(&lab, "https://nobody.invalid/", &[]);
    let told = lab.post(&format!("/api/v1/webhooks/{id}/ping"), &json!({})).expect(200).json();
    let why = "the name does not lead to the open internet; the operator names private hosts in \
               `webhooks.private_hosts`";
    assert_eq!(told, json!({ "arrived": false, "why": why }));
    let reader = server.client("example-lab", UserRole::Reader);
    reader.post("/api/v1/webhooks", &json!({ "url": "https://siem.example/" })).problem(403);
    for bad in [json!({ "url": "https://siem.example/", "kinds": ["A B"] }), json!({})] {
        lab.post("/api/v1/webhooks", &bad).problem(422);
    }
}
