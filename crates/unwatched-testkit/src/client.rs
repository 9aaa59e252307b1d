//! A partner's HTTP client: JSON in, JSON out, with a bearer token.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use ureq::http::Response;

use crate::upload::{self, Length};
use ureq::Agent;

/// The most that an answer may hold.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// One partner's client.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
    base: String,
    token: Option<String>,
}

/// What the exchange answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub media_type: String,
    /// `Location`, of what was made.
    pub location: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Itself, when it has this status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }
}

impl Client {
    /// Speaks to the exchange at `base`, as nobody.
    pub fn new(base: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_mins(2)))
            .build();
        Self { agent: config.into(), base: base.to_owned(), token: None }
    }

    /// The same, as the holder of a token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.trim().to_owned()), ..self.clone() }
    }

    /// `GET`.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        answer(request.call())
    }

    /// The report of a sample, when its analysis has ended: the stream of its states ends then.
    #[track_caller]
    pub fn report(&self, sha256: &str) -> Answer {
        let states = self.get(&format!("/api/v1/samples/{sha256}/events"));
        states.expect(200);
        self.get(&format!("/api/v1/samples/{sha256}/report"))
    }

    /// `POST` of JSON.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_bytes(path, "application/json", body.to_string().as_bytes())
    }

    /// `POST` of bytes.
    #[track_caller]
    pub fn post_bytes(&self, path: &str, media_type: &str, body: &[u8]) -> Answer {
        let mut request = self.agent.post(format!("{}{path}", self.base));
        request = request.header("content-type", media_type);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        answer(request.send(body))
    }

    /// `POST` of bytes to a server that may be gone before it has answered: then nobody knows what
    /// became of it.
    pub fn try_post(&self, path: &str, media_type: &str, body: &[u8]) -> Option<Answer> {
        self.try_post_with(path, &[("content-type", media_type)], body)
    }

    /// The same with headers of one's own.
    pub fn try_post_with(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Answer> {
        let mut request = self.agent.post(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut response = request.send(body).ok()?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(MOST_BYTES).read_to_vec().ok()?;
        Some(Answer { status, media_type: String::new(), location: None, body })
    }

    /// Signs in at the portal; returns the cookie that a browser sends from then on.
    #[track_caller]
    pub fn sign_in(&self, email: &str, password: &str) -> String {
        let request = self.agent.post(format!("{}/portal/sign-in", self.base));
        let form = [("email", email), ("password", password)];
        let answer = request.send_form(form).expect("the exchange answers");
        let cookie = answer.headers().get("set-cookie").and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next());
        cookie.unwrap_or_else(|| panic!("not signed in: {}", answer.status())).to_owned()
    }

    /// `POST` of a file, however long.
    #[track_caller]
    pub fn post_file(&self, path: &str, file: &Path) -> Answer {
        upload::post(&self.base, path, self.token.as_deref(), file, Length::Told)
    }

    /// The same without its length being told beforehand.
    #[track_caller]
    pub fn post_file_chunked(&self, path: &str, file: &Path) -> Answer {
        upload::post(&self.base, path, self.token.as_deref(), file, Length::Untold)
    }
}

#[track_caller]
fn answer(answered: Result<Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut response =
        answered.unwrap_or_else(|error| panic!("the exchange did not answer: {error}"));
    let header = |name: &str| {
        response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    Answer {
        status: response.status().as_u16(),
        media_type: header("content-type").unwrap_or_default(),
        location: header("location"),
        body: response
            .body_mut()
            .with_config()
            .limit(MOST_BYTES)
            .read_to_vec()
            .expect("the answer can be read"),
    }
}
