//! A server in this process over a temporary folder, two partners, and a client that keeps headers.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use unwatched_exchange::analysis_child::Analyser;
use unwatched_exchange::clock::{Clock, Randomness};
use unwatched_exchange::config::Config;
use unwatched_exchange::http::connections::{self, Limits};
use unwatched_exchange::http::{self, auth};
use unwatched_exchange::jobs::{KINDS, deliver_webhook, runner};
use unwatched_exchange::state::{AppState, DataFolder};
use unwatched_model::access::Scopes;
use unwatched_model::partner::{PartnerCategory, Standing, UserRole};
use unwatched_store::{Actor, JobState, NewPartner, NewToken};
use ureq::Agent;
use ureq::http::Response;

/// This build of the program.
pub(crate) fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_unwatched-exchange"))
}

/// A running exchange. Jobs left undone when it is dropped fail the test, unless it has no worker.
pub(crate) struct Server {
    pub(crate) state: AppState,
    runtime: Runtime,
    base: String,
    workers: Option<JoinHandle<()>>,
    folder: TempDir,
}

impl Server {
    /// With a worker that analyses for real.
    pub(crate) fn start() -> Self {
        Self::with(Some(program()), &Config::default())
    }

    /// Where nothing is ever analysed.
    pub(crate) fn without_worker() -> Self {
        Self::with(None, &Config::default())
    }

    /// With `child` in place of the program that analyses.
    pub(crate) fn with(child: Option<PathBuf>, config: &Config) -> Self {
        Self::at(Clock::system(), child, config)
    }

    /// With a clock of the test's own.
    pub(crate) fn at(clock: Clock, child: Option<PathBuf>, config: &Config) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let runtime = Runtime::new().expect("a runtime");
        let randomness = Randomness::seeded(7);
        let data = DataFolder::at(folder.path()).expect("a data folder");
        let opened = AppState::open(config.clone(), data, clock, randomness);
        let mut state = runtime.block_on(opened).expect("a store");
        state.max_sample_bytes = 2 << 20;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let app = http::router(state.clone());
        let limits = Limits::of_process();
        runtime.spawn(connections::serve(listener, app, limits, state.shutdown.clone()));
        let workers = child.map(|child| {
            let analyser = Analyser::of(child, &state.config.analysis);
            let telling = deliver_webhook::watch(state.clone());
            let working = runner::run(state.clone(), analyser, KINDS.iter().collect());
            runtime.spawn(async {
                tokio::join!(working, telling);
            })
        });
        let server = Self { state, runtime, base, workers, folder };
        server.add_partner("example-lab", PartnerCategory::Vendor);
        server.add_partner("example-shelter", PartnerCategory::Support);
        server
    }

    /// A third partner, of the category academia.
    pub(crate) fn another_partner(&self, slug: &str) {
        self.add_partner(slug, PartnerCategory::Academia);
    }

    fn add_partner(&self, slug: &str, category: PartnerCategory) {
        let partner = NewPartner {
            slug: slug.parse().expect("a slug"),
            name: slug.to_owned(),
            category,
            standing: Standing::Full,
        };
        let now = self.state.clock.now();
        self.wait(self.state.store.add_partner(&partner, &Actor::operator(), now))
            .expect("a new partner");
    }

    /// Runs something of the store's to its end.
    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &Path {
        self.folder.path()
    }

    /// The address, such as `127.0.0.1:40123`.
    pub(crate) fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// Somebody without a token.
    pub(crate) fn nobody(&self) -> Client {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_mins(1)))
            .build();
        Client { agent: config.into(), base: self.base.clone(), token: None }
    }

    /// A partner's program with a role.
    pub(crate) fn client(&self, partner: &str, role: UserRole) -> Client {
        let (token, sha256) = auth::new_token(&self.state.randomness);
        let partner = partner.parse().expect("a slug");
        let new = NewToken {
            sha256,
            partner,
            role,
            scopes: Scopes::all(),
            expires: None,
            made_by: None,
            label: "test".to_owned(),
        };
        let (operator, now) = (Actor::operator(), self.state.clock.now());
        self.wait(self.state.store.add_token(&new, &operator, now)).expect("a new token");
        Client { token: Some(token), ..self.nobody() }
    }

    /// An analyst of the lab.
    pub(crate) fn lab(&self) -> Client {
        self.client("example-lab", UserRole::Analyst)
    }

    /// An analyst of the shelter.
    pub(crate) fn shelter(&self) -> Client {
        self.client("example-shelter", UserRole::Analyst)
    }

    /// Connections that the server holds, also those that the other side has left.
    pub(crate) fn connections(&self) -> usize {
        let port = self.address().rsplit_once(':').expect("a port").1;
        let port = format!(":{:04X}", port.parse::<u16>().expect("a port"));
        let sockets = std::fs::read_to_string("/proc/self/net/tcp").expect("the sockets");
        let is_ours = |line: &&str| {
            let mut words = line.split_whitespace().skip(1);
            let local = words.next().is_some_and(|local| local.ends_with(&port));
            // 01: open; 08: left by the other side, and still held by this one.
            local && matches!(words.nth(1), Some("01" | "08"))
        };
        sockets.lines().filter(is_ours).count()
    }

    /// Files of half-received uploads: this process's own, which have no name, and whatever has.
    pub(crate) fn half_received(&self) -> usize {
        let tmp = self.data().join("tmp");
        let open = std::fs::read_dir("/proc/self/fd").expect("this process's files").flatten();
        let nameless = open.filter_map(|file| std::fs::read_link(file.path()).ok());
        let nameless = nameless.filter(|path| path.starts_with(&tmp)).count();
        nameless + std::fs::read_dir(tmp).expect("tmp/ is there").count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.shutdown.cancel();
        let Some(workers) = self.workers.take().filter(|_| !std::thread::panicking()) else {
            return;
        };
        // What was begun is ended first.
        self.wait(workers).expect("the workers end");
        let counts = self
            .wait(self.state.store.job_counts(self.state.clock.now()))
            .expect("jobs can be counted");
        let left = |state| matches!(state, JobState::Waiting | JobState::Leased);
        let left: Vec<_> = counts.iter().filter(|count| left(count.state)).collect();
        assert!(left.is_empty(), "jobs were left undone: {left:?}");
    }
}

/// A stream of events that is open.
pub(crate) struct Events(BufReader<ureq::BodyReader<'static>>);

impl Events {
    /// The next event's data; `None` when the server ended the stream. A stream that says nothing
    /// for a minute fails the test.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).expect("a line, or the stream's end") == 0 {
                return None;
            }
            if let Some(data) = line.strip_prefix("data:") {
                return Some(data.trim().to_owned());
            }
        }
    }
}

/// One caller.
#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    base: String,
    token: Option<String>,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Every header, as it came.
    pub(crate) fn all_headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Every value of a header that may come more than once.
    pub(crate) fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let found = self.headers.iter().filter(move |(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The problem's `detail`, when it is one with this status.
    #[track_caller]
    pub(crate) fn problem(self, status: u16) -> String {
        let answer = self.expect(status);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        let document = answer.json();
        assert_eq!(document["status"], status);
        document["detail"].as_str().unwrap_or_default().to_owned()
    }
}

impl Client {
    /// The same caller with this token.
    pub(crate) fn with_token(self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self }
    }

    /// For requests written by hand.
    pub(crate) fn token(&self) -> &str {
        self.token.as_deref().expect("a client with a token")
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        let mut request = self.agent.delete(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        answer(request.call())
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        answer(request.call())
    }

    /// Begins to read a stream of events.
    #[track_caller]
    pub(crate) fn stream(&self, path: &str, headers: &[(&str, &str)]) -> Events {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = request.call().expect("an answer");
        assert_eq!(response.status().as_u16(), 200, "{path}");
        Events(BufReader::new(response.into_body().into_reader()))
    }

    /// Whether an answer comes whole.
    pub(crate) fn is_whole(&self, path: &str) -> bool {
        let request = self.agent.get(format!("{}{path}", self.base));
        let request = request.header("authorization", format!("Bearer {}", self.token()));
        let mut body = Vec::new();
        let answered = request.call();
        answered
            .is_ok_and(|mut answer| answer.body_mut().as_reader().read_to_end(&mut body).is_ok())
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        self.send(path, &[("content-type", "application/json")], body.as_bytes())
    }

    pub(crate) fn send(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        answer(self.request(path, headers).send(body))
    }

    /// With a body whose length is not told beforehand.
    pub(crate) fn send_chunked(&self, path: &str, body: impl std::io::Read) -> Answer {
        let mut body = body;
        let body = ureq::SendBody::from_reader(&mut body);
        answer(self.request(path, &[]).send(body))
    }

    /// `DELETE`, with JSON.
    pub(crate) fn delete_with(&self, path: &str, body: &Value) -> Answer {
        let mut request = self.agent.delete(format!("{}{path}", self.base)).force_send_body();
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        answer(request.header("content-type", "application/json").send(body.to_string().as_bytes()))
    }

    fn request(
        &self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> ureq::RequestBuilder<ureq::typestate::WithBody> {
        let mut request = self.agent.post(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request
    }

    /// Puts a sample in and returns its address.
    #[track_caller]
    pub(crate) fn upload(&self, bytes: &[u8]) -> String {
        let answer = self.send("/api/v1/samples", &[], bytes).expect(202);
        answer.header("location").expect("a Location").to_owned()
    }

    /// The states that a sample goes through, to the final one.
    #[track_caller]
    pub(crate) fn follow(&self, sample: &str) -> Vec<Value> {
        let answer = self.get(&format!("{sample}/events")).expect(200);
        let text = String::from_utf8(answer.body).expect("events are text");
        text.lines()
            .filter_map(|line| line.strip_prefix("data:"))
            .map(|data| serde_json::from_str(data).expect("an event's data is JSON"))
            .collect()
    }

    /// Creates a family and returns its address.
    #[track_caller]
    pub(crate) fn create_family(&self, name: &str) -> String {
        let answer = self.post("/api/v1/families", &json!({ "name": name })).expect(201);
        answer.header("location").expect("a Location").to_owned()
    }

    /// Gives opinions with made-up evidence.
    #[track_caller]
    pub(crate) fn say(&self, family: &str, stance: &str, criteria: &[&str]) {
        for criterion in criteria {
            let evidence = json!([{ "kind": "note", "value": "seen in the made-up test" }]);
            let opinion = json!({ "criterion": criterion, "stance": stance, "evidence": evidence });
            self.post(&format!("{family}/opinions"), &opinion).expect(201);
        }
    }

    /// Adds a public indicator.
    #[track_caller]
    pub(crate) fn indicate(&self, family: &str, kind: &str, value: &str, role: &str) {
        let indicator = json!({
            "kind": kind, "value": value, "role": role, "tlp": "CLEAR", "source": "Example Lab",
            "declared_public": true,
        });
        self.post(&format!("{family}/indicators"), &indicator).expect(201);
    }
}

#[track_caller]
fn answer(answered: Result<Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut response = answered.unwrap_or_else(|error| panic!("no answer: {error}"));
    let headers = response.headers().iter().map(|(name, value)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let headers = headers.collect();
    let status = response.status().as_u16();
    let mut body = Vec::new();
    response.body_mut().as_reader().read_to_end(&mut body).expect("a whole body");
    Answer { status, headers, body }
}
