//! `Idempotency-Key`: a request that is sent again is answered alike and done once.
//!
//! A key is its caller's: the credential and the key together name the request. The first one is
//! done to its end even when its caller hangs up, for that is when it will be sent again; its answer
//! is kept, sealed under the credential itself, which the exchange keeps only the digest of: an
//! answer may hold a secret that is shown once. The body is hashed as it passes, whatever its size.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use chacha20poly1305::aead::Aead as _;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _, Nonce};
use hyper::body::{Frame, SizeHint};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256 as Hasher};
use tracing::Instrument as _;
use unwatched_model::digest::Sha256;
use unwatched_model::partner::Standing;
use unwatched_store::{Claim, KeptAnswer};

use crate::http::auth;
use crate::http::problem::{FieldProblem, Problem};
use crate::state::AppState;

/// What a caller names a request by.
pub const KEY: &str = "idempotency-key";
/// Says that an answer is that of an earlier request.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const MAX_KEY_BYTES: usize = 255;
/// Whoever works on a request says so again and again; silent for so long, they are gone.
const HELD: SignedDuration = SignedDuration::from_secs(60);
const SAY_SO_EVERY: Duration = Duration::from_secs(20);
/// No answer that is kept is larger.
const MAX_ANSWER_BYTES: usize = 4 << 20;
/// What is read of a repeated request beside a sample: a form's other parts.
const BESIDE_BYTES: u64 = 1 << 20;

/// Sees to it that a request with a key is done once.
pub async fn once(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let is_ours = request.method() == Method::POST && request.uri().path().starts_with("/api/v1/");
    let Some(key) = request.headers().get(KEY).cloned().filter(|_| is_ours) else {
        return next.run(request).await;
    };
    match Caller::of(&state, request.headers(), &key).await {
        Ok(Some(caller)) => caller.answer(state, request, next).await.unwrap_or_else(refused),
        // Whoever may not come in is told so where everybody is.
        Ok(None) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn refused(problem: Problem) -> Response {
    problem.into_response()
}

/// Whose request it is.
struct Caller {
    who: Sha256,
    key: Sha256,
    /// What the answer is sealed with, but for the time.
    secret: Hasher,
}

impl Caller {
    /// `None` for a credential that opens nothing.
    async fn of(
        state: &AppState,
        headers: &HeaderMap,
        key: &HeaderValue,
    ) -> Result<Option<Self>, Problem> {
        let key = key.as_bytes();
        let visible = key.iter().all(|byte| (0x20..0x7f).contains(byte));
        if key.is_empty() || key.len() > MAX_KEY_BYTES || !visible {
            let detail = "1 to 255 visible ASCII characters, of your own choice for each request";
            return Err(Problem::invalid(vec![FieldProblem::new(KEY, detail)]));
        }
        let Some(token) = auth::bearer(headers) else { return Ok(None) };
        let who = auth::token_sha256(token);
        let viewer = state.store.viewer_by_token(&who, state.clock.now()).await?;
        let comes_in = |standing| matches!(standing, Standing::Probation | Standing::Full);
        if !viewer.is_some_and(|viewer| comes_in(viewer.standing)) {
            return Ok(None);
        }
        let mut secret = Hasher::new();
        secret.update("unwatched: an answer kept for a repeated request\n");
        secret.update(token);
        secret.update("\n");
        secret.update(key);
        Ok(Some(Self { who, key: Sha256(Hasher::digest(key).into()), secret }))
    }

    async fn answer(
        self,
        state: AppState,
        request: Request,
        next: Next,
    ) -> Result<Response, Problem> {
        let now = state.clock.now();
        let until = now.checked_add(HELD).unwrap_or(now);
        match state.store.claim_request(&self.who, &self.key, now, until).await? {
            Claim::Done(kept) => self.again(&state, request, kept).await,
            Claim::UnderWay => Err(Problem::under_way(
                "a request with this Idempotency-Key has not ended yet: ask again in a moment",
            )),
            Claim::Yours { since } => {
                let work = self.first(state, request, next, since);
                let work = tokio::spawn(work.instrument(tracing::Span::current()));
                work.await.map_err(|_| Problem::internal("a handler panicked"))?
            }
        }
    }

    /// The first of its kind: done, and its answer kept.
    async fn first(
        self,
        state: AppState,
        request: Request,
        next: Next,
        since: Timestamp,
    ) -> Result<Response, Problem> {
        let (request, read) = hashed(request);
        let response = tokio::select! {
            response = next.run(request) => response,
            () = self.keep_holding(&state) => unreachable!("it is held as long as it is worked on"),
        };
        let fingerprint = read.whole();
        let keeps = is_kept(response.status())
            && response.body().size_hint().upper().is_some_and(|n| n <= MAX_ANSWER_BYTES as u64);
        let Some(fingerprint) = fingerprint.filter(|_| keeps) else {
            state.store.let_request_go(&self.who, &self.key).await?;
            return Ok(response);
        };
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, MAX_ANSWER_BYTES).await;
        let body = body.map_err(|error| Problem::internal(&error))?;
        let sealed = self.seal(since, &Answer::of(parts.status, &parts.headers, &body))?;
        state.store.keep_answer(&self.who, &self.key, &fingerprint, &sealed).await?;
        Ok(Response::from_parts(parts, Body::from(body)))
    }

    async fn keep_holding(&self, state: &AppState) {
        loop {
            tokio::time::sleep(SAY_SO_EVERY).await;
            let now = state.clock.now();
            let until = now.checked_add(HELD).unwrap_or(now);
            if let Err(error) = state.store.hold_request(&self.who, &self.key, until).await {
                tracing::warn!("a request's hold was not renewed: {error}");
            }
        }
    }

    /// What was answered before, if this is the same request.
    async fn again(
        &self,
        state: &AppState,
        request: Request,
        kept: KeptAnswer,
    ) -> Result<Response, Problem> {
        let (request, read) = hashed(request);
        let mut body = std::pin::pin!(request.into_body().into_data_stream());
        let (mut length, most) = (0, state.max_sample_bytes + BESIDE_BYTES);
        while let Some(piece) = futures_util::StreamExt::next(&mut body).await {
            length += piece.map_err(|_| Problem::malformed("the body ended early"))?.len() as u64;
            if length > most {
                return Err(Problem::too_large("larger than the request that had this key"));
            }
        }
        if read.whole() != Some(kept.fingerprint) {
            return Err(Problem::unprocessable(
                "another request had this key",
                "the Idempotency-Key was used for a request with another body or address: give \
                 each request a key of its own",
            ));
        }
        self.open(kept.since, &kept.sealed)
    }

    /// A key for one answer alone.
    fn cipher(&self, since: Timestamp) -> ChaCha20Poly1305 {
        let mut secret = self.secret.clone();
        secret.update(since.as_microsecond().to_be_bytes());
        let key: [u8; 32] = secret.finalize().into();
        ChaCha20Poly1305::new(&key.into())
    }

    fn seal(&self, since: Timestamp, answer: &Answer) -> Result<Vec<u8>, Problem> {
        let plain = serde_json::to_vec(answer).map_err(|error| Problem::internal(&error))?;
        let sealed = self.cipher(since).encrypt(&Nonce::default(), plain.as_slice());
        sealed.map_err(|_| Problem::internal("an answer could not be sealed"))
    }

    fn open(&self, since: Timestamp, sealed: &[u8]) -> Result<Response, Problem> {
        let plain = self.cipher(since).decrypt(&Nonce::default(), sealed);
        let plain = plain.map_err(|_| Problem::internal("a kept answer does not open"))?;
        let answer: Answer =
            serde_json::from_slice(&plain).map_err(|error| Problem::internal(&error))?;
        answer.response()
    }
}

/// A refusal that may be another one in a moment is not kept.
fn is_kept(status: StatusCode) -> bool {
    let passing = [
        StatusCode::UNAUTHORIZED,
        StatusCode::FORBIDDEN,
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::TOO_MANY_REQUESTS,
    ];
    !status.is_server_error() && !passing.contains(&status)
}

/// An answer, as it is kept.
#[derive(Serialize, Deserialize)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    fn of(status: StatusCode, headers: &HeaderMap, body: &Bytes) -> Self {
        let kept = [header::CONTENT_TYPE, header::LOCATION, header::RETRY_AFTER];
        let text = |name: &HeaderName| headers.get(name)?.to_str().ok().map(str::to_owned);
        let headers = kept.iter().filter_map(|name| Some((name.to_string(), text(name)?)));
        let (status, headers) = (status.as_u16(), headers.collect());
        Self { status, headers, body: hex::encode(body) }
    }

    fn response(self) -> Result<Response, Problem> {
        let corrupt = || Problem::internal("a kept answer does not read");
        let body = hex::decode(self.body).map_err(|_| corrupt())?;
        let status = StatusCode::from_u16(self.status).map_err(|_| corrupt())?;
        let mut response = (status, body).into_response();
        response.headers_mut().remove(header::CONTENT_TYPE);
        for (name, value) in self.headers {
            let name: HeaderName = name.parse().map_err(|_| corrupt())?;
            response.headers_mut().insert(name, value.parse().map_err(|_| corrupt())?);
        }
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        Ok(response)
    }
}

/// What passed of a request.
#[derive(Clone)]
struct Passed(Arc<Mutex<Progress>>);

struct Progress {
    hasher: Hasher,
    length: u64,
    announced: Option<u64>,
    ended: bool,
}

impl Passed {
    /// The request's digest, once all of it has passed.
    fn whole(&self) -> Option<Sha256> {
        let progress = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = progress.ended || progress.announced == Some(progress.length);
        whole.then(|| Sha256(progress.hasher.clone().finalize().into()))
    }
}

/// A body that is hashed as it is read.
struct Hashed {
    body: Body,
    passed: Passed,
}

impl HttpBody for Hashed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        let mut progress = self.passed.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &polled {
            Poll::Ready(None) => progress.ended = true,
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    progress.hasher.update(data);
                    progress.length += data.len() as u64;
                }
            }
            _ => {}
        }
        drop(progress);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn hashed(request: Request) -> (Request, Passed) {
    let (parts, body) = request.into_parts();
    let mut hasher = Hasher::new();
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    hasher.update(format!("{} {path}\n", parts.method));
    let announced = body.size_hint().exact();
    let progress = Progress { hasher, length: 0, announced, ended: false };
    let passed = Passed(Arc::new(Mutex::new(progress)));
    let body = Body::new(Hashed { body, passed: passed.clone() });
    (Request::from_parts(parts, body), passed)
}
