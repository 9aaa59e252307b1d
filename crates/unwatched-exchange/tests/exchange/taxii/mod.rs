//! The TAXII server as its clients meet it: another server's content taken over, its rules, hostile
//! requests, real clients, and the exchange's own collections.

mod clients;
mod fuzzed;
mod handed_in;
mod hostile;
mod interleaved;
mod killed;
mod own;
mod paging;
mod rules;

use std::io::Read as _;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use unwatched_testkit::exchange::Operator;
use unwatched_testkit::postgres::{TemporaryPostgres, available};
use unwatched_testkit::{Exchange, notices};
use ureq::Agent;

pub(super) const TAXII: &str = "application/taxii+json;version=2.1";
pub(super) const MAIN: &str = "/api1/collections/91a7b528-80eb-42ed-a74d-c6fbd5a26116/";
pub(super) const READ_ONLY: &str = "/api1/collections/52892447-4d7e-4f70-b94d-d7f22742ff63/";
pub(super) const WRITE_ONLY: &str = "/api1/collections/472c94ae-3113-4e3e-a4dd-a9f4ac7471d4/";
pub(super) const SECRET: &str = "/api1/collections/64993447-4d7e-4f70-b94d-d7f33742ee63/";
pub(super) const INDICATOR: &str = "indicator--252c7c11-daf2-42bd-843b-be65edca9f61";
/// `made-up:a password` as Basic has it.
pub(super) const BASIC: &str = "Basic bWFkZS11cDphIHBhc3N3b3Jk";

/// `ohne:ein Wört` as Basic has it.
pub(super) const OTHER: &str = "Basic b2huZTplaW4gV8O2cnQ=";

/// A server that took another one's content over.
pub(super) struct Taken {
    pub(super) server: Exchange,
    pub(super) operator: Operator,
    asker: Asker,
    folder: TempDir,
}

/// Where the rows of a test's server are; a database of its own, gone with it.
pub(super) enum Engine {
    Sqlite,
    Postgres(&'static TemporaryPostgres, String),
}

impl Engine {
    /// Those that can be had here, one after the other.
    pub(super) fn here() -> Vec<Self> {
        static SERVER: OnceLock<TemporaryPostgres> = OnceLock::new();
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        if let Err(notice) = available() {
            notices::left_out(&notice);
            return vec![Self::Sqlite];
        }
        let server = SERVER.get_or_init(|| TemporaryPostgres::start().unwrap());
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("taxii_{}_{number}", std::process::id());
        server.create_database(&name).unwrap();
        vec![Self::Sqlite, Self::Postgres(server, name)]
    }

    pub(super) fn url(&self) -> Option<String> {
        match self {
            Self::Sqlite => None,
            Self::Postgres(server, name) => Some(server.url(name)),
        }
    }

    pub(super) fn operator(&self, data: &Path) -> Operator {
        let operator = Operator::new(data);
        match self.url() {
            Some(url) => operator.with_database(&url),
            None => operator,
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Self::Postgres(server, name) = self {
            server.drop_database(name).unwrap();
        }
    }
}

/// Has an operator take the other server's content over.
pub(super) fn take_over(operator: &Operator, folder: &Path) {
    let file = folder.join("content.json");
    std::fs::write(&file, content().to_string()).unwrap();
    operator.run(&["admin", "taxii", "load", file.to_str().unwrap()]).ok();
}

/// Somebody who asks it.
#[derive(Clone)]
pub(super) struct Asker {
    agent: Agent,
    base: String,
}

impl std::ops::Deref for Taken {
    type Target = Asker;

    fn deref(&self) -> &Asker {
        &self.asker
    }
}

/// What was answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: ureq::http::HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    #[track_caller]
    pub(super) fn json(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The ids of the objects listed.
    #[track_caller]
    pub(super) fn ids(&self) -> Vec<String> {
        let answer = self.json();
        let objects = answer["objects"].as_array().cloned().unwrap_or_default();
        objects.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    }
}

/// An indicator with its versions counted up; made so that its last digits are its name.
pub(super) fn object(name: u32, version: u32) -> Value {
    let id = match name {
        0 => INDICATOR.to_owned(),
        name => format!("indicator--00000000-0000-4000-8000-{name:012}"),
    };
    json!({
        "type": "indicator", "spec_version": "2.1", "id": id,
        "created": "2026-01-01T00:00:00.000Z",
        "modified": format!("2026-01-01T00:{version:02}:00.000Z"),
        "pattern": format!("[domain-name:value = 'v{version}.alpha.example']"),
        "pattern_type": "stix", "valid_from": "2026-01-01T00:00:00Z",
        "indicator_types": ["malicious-activity"],
    })
}

fn content() -> Value {
    let added = |object: Value, minute: u32| json!({ "object": object, "date_added": format!("2026-01-02T00:{minute:02}:00.000001Z") });
    let old = json!({ "type": "malware", "id": "malware--00000000-0000-4000-8000-000000000001",
        "created": "2016-01-01T00:00:00.000Z", "modified": "2016-01-01T00:00:00.000Z", "name": "Alpha" });
    let mut new = old.clone();
    new["spec_version"] = json!("2.1");
    new["is_family"] = json!(true);
    new["modified"] = json!("2026-01-01T00:00:00.000Z");
    let url = json!({ "type": "url", "id": "url--00000000-0000-5000-8000-000000000001",
        "value": "https://alpha.example/" });
    let objects = json!([
        added(object(0, 1), 1),
        added(old, 2),
        added(object(0, 2), 3),
        added(new, 4),
        added(url, 5),
        added(object(0, 3), 6),
    ]);
    let collection = |path: &str, title: &str, can_read: bool, can_write: bool, objects: Value| {
        let id = path.trim_end_matches('/').rsplit('/').next().unwrap();
        json!({ "id": id, "title": title, "can_read": can_read, "can_write": can_write,
                "objects": objects })
    };
    let mut main = collection(MAIN, "Main", true, true, objects.clone());
    main["alias"] = json!("main");
    main["description"] = json!("made up");
    json!({
        "discovery": { "title": "Theirs", "description": "made up", "contact": "nobody",
                       "default": "https://other.example/api1/" },
        "users": { "made-up": "a password", "ohne": "ein Wört" },
        "max_page_size": 20,
        "roots": {
            "api1": {
                "title": "One", "description": "made up", "max_content_length": 100_000,
                "versions": [TAXII],
                "collections": [
                    main,
                    collection(READ_ONLY, "Read only", true, false, objects.clone()),
                    collection(WRITE_ONLY, "Write only", false, true, objects.clone()),
                    collection(SECRET, "Secret", false, false, objects),
                ],
                "statuses": [{ "id": "2d086da7-4bdc-4f91-900e-d77486753710", "status": "complete",
                    "total_count": 1, "success_count": 1, "failure_count": 0, "pending_count": 0 }],
            },
            "deep/er": { "title": "Two", "max_content_length": 1_000, "collections": [] },
        },
    })
}

impl Taken {
    pub(super) fn start() -> Self {
        Self::on(&Engine::Sqlite)
    }

    /// On one engine.
    pub(super) fn on(engine: &Engine) -> Self {
        let folder = TempDir::new().unwrap();
        let operator = engine.operator(&folder.path().join("data"));
        take_over(&operator, folder.path());
        let server = operator.serve_without_worker();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_mins(1)));
        let asker = Asker { agent: config.build().into(), base: server.base().to_owned() };
        Self { server, operator, asker, folder }
    }

    /// Over the same rows, after it was killed.
    pub(super) fn restart(&mut self) {
        self.server = self.operator.serve_without_worker();
        self.asker.base = self.server.base().to_owned();
    }
}

impl Asker {
    /// Where the server listens.
    pub(super) fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// `GET` as the made-up user.
    #[track_caller]
    pub(super) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[("authorization", BASIC), ("accept", TAXII)], b"")
    }

    /// `POST` as the made-up user.
    #[track_caller]
    pub(super) fn post(&self, path: &str, body: &[u8]) -> Answer {
        let headers = [("authorization", BASIC), ("accept", TAXII), ("content-type", TAXII)];
        self.ask("POST", path, &headers, body)
    }

    /// `POST` as the made-up user, which may be broken off.
    pub(super) fn try_post(&self, path: &str, body: &[u8]) -> Result<Answer, ureq::Error> {
        let headers = [("authorization", BASIC), ("accept", TAXII), ("content-type", TAXII)];
        self.try_ask("POST", path, &headers, body)
    }

    /// The id of each object, page after page.
    #[track_caller]
    pub(super) fn everything(&self) -> Vec<String> {
        let (mut ids, mut next) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{MAIN}objects/?limit=20{next}")).expect(200);
            ids.extend(page.ids());
            match page.json()["next"].as_str() {
                Some(token) => next = format!("&next={token}"),
                None => return ids,
            }
        }
    }

    /// Adds objects, and says how many were taken.
    #[track_caller]
    pub(super) fn add(&self, path: &str, objects: &[Value]) -> u64 {
        let body = json!({ "objects": objects }).to_string();
        let status = self.post(&format!("{path}objects/"), body.as_bytes()).expect(202).json();
        status["success_count"].as_u64().unwrap()
    }

    #[track_caller]
    pub(super) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let sent = self.try_ask(method, path, headers, body);
        sent.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    fn try_ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, ureq::Error> {
        let url = format!("{}{path}", self.base);
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut answer = if body.is_empty() {
            self.agent.run(request.body(()).unwrap())?
        } else {
            self.agent.run(request.body(body.to_vec()).unwrap())?
        };
        let mut body = Vec::new();
        answer.body_mut().as_reader().read_to_end(&mut body)?;
        Ok(Answer { status: answer.status().as_u16(), headers: answer.headers().clone(), body })
    }
}
