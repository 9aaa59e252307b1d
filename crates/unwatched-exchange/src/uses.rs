//! What partners' programs use: collected as answers go out, written once a minute, a row for each
//! program, part of a surface and day. What a partner's page of its connections is made of.
//!
//! Whose program it was is said by whoever let it in ([`Slot`]); nothing of an address or of what
//! was asked is kept, and nothing of what needs no account.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use jiff::Timestamp;
use unwatched_model::digest::Sha256;
use unwatched_model::partner::PartnerSlug;
use unwatched_store::{NewUse, StoreError, Viewer};

use crate::http::auth;
use crate::state::AppState;

/// How often what was collected is written.
const EVERY: Duration = Duration::from_mins(1);
/// No more is collected between two writes: addresses are ours, and partners are few.
const MOST: usize = 10_000;

/// What was used since it was last written.
#[derive(Debug, Default)]
pub struct Uses(Mutex<BTreeMap<Key, Counted>>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    partner: PartnerSlug,
    who: String,
    surface: &'static str,
    what: String,
}

#[derive(Debug, Clone, Default)]
struct Counted {
    ok: u64,
    failed: u64,
    last_ok: Option<Timestamp>,
    last_failed: Option<Timestamp>,
    last_error: Option<String>,
}

/// How a use ended: `Err` holds a status and words of ours.
pub type Ended = Result<(), String>;

impl Uses {
    /// Notes that a partner's program used something.
    pub fn note(
        &self,
        whose: &User,
        surface: &'static str,
        what: &str,
        ended: Ended,
        now: Timestamp,
    ) {
        let User { partner, who } = whose.clone();
        let key = Key { partner, who, surface, what: what.to_owned() };
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST && !counts.contains_key(&key) {
            return;
        }
        let counted = counts.entry(key).or_default();
        match ended {
            Ok(()) => {
                counted.ok += 1;
                counted.last_ok = Some(now);
            }
            Err(why) => {
                counted.failed += 1;
                counted.last_failed = Some(now);
                counted.last_error = Some(why);
            }
        }
    }
}

/// Whose program it is.
#[derive(Debug, Clone)]
pub struct User {
    /// For which partner.
    pub partner: PartnerSlug,
    /// What the key is called by, or the person's number.
    pub who: String,
}

impl User {
    /// A program with a key.
    pub fn with_key(viewer: &Viewer, key: &Sha256) -> Self {
        let who = key.to_string()[..16].to_owned();
        Self { partner: viewer.partner.clone(), who: format!("key {who}") }
    }

    /// A client of TAXII without a key. Which name it comes by is not kept.
    pub fn with_password(viewer: &Viewer) -> Self {
        Self { partner: viewer.partner.clone(), who: "name and password".to_owned() }
    }
}

/// Where whoever lets a program in leaves word of whose it is.
#[derive(Debug, Clone, Default)]
pub struct Slot(Arc<OnceLock<User>>);

impl Slot {
    /// It is this partner's.
    pub fn is(&self, user: User) {
        // Only the first word counts; there is one credential to a request.
        drop(self.0.set(user));
    }
}

/// What a refusal is called, on its way out beside the answer.
#[derive(Debug, Clone, Copy)]
pub struct Refused(pub &'static str);

/// Notes what every answer was an answer to, once its handler said whose program asked.
pub async fn noted(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let slot = Slot::default();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    request.extensions_mut().insert(slot.clone());
    // Feeds are everybody's; whoever shows a key is shown when they last worked.
    if path.starts_with("/feeds/") {
        let key = auth::bearer(request.headers()).map(auth::token_sha256);
        let_in(&state, key, &slot).await;
    }
    let response = next.run(request).await;
    if let (Some(user), Some(route)) = (slot.0.get(), route) {
        let surface = surface(&route);
        let what = format!("{method} {}", what(surface, &route, &path));
        state.uses.note(user, surface, &what, ended(&response), state.clock.now());
    }
    response
}

async fn let_in(state: &AppState, key: Option<Sha256>, slot: &Slot) {
    let Some(key) = key else { return };
    if let Ok(Some(viewer)) = state.store.viewer_by_token(&key, state.clock.now()).await {
        slot.is(User::with_key(&viewer, &key));
    }
}

fn surface(route: &str) -> &'static str {
    match route {
        "/api/v1/changes" => "changes",
        route if route.starts_with("/api/v1/") => "api",
        route if route.starts_with("/feeds/") => "feeds",
        _ => "taxii",
    }
}

/// What is used, as its reader knows it. What a file or a collection is called is no secret of its
/// reader's; of everything else the address's form is kept, and not what was asked for.
fn what<'a>(surface: &str, route: &'a str, path: &'a str) -> &'a str {
    let end = |part: &str| path.find(part).map(|at| at + part.len());
    match surface {
        "feeds" if path.len() <= 200 => path,
        "taxii" if path.len() <= 200 => {
            &path[..end("/objects/").or_else(|| end("/status/")).unwrap_or(path.len())]
        }
        _ => route,
    }
}

fn ended(response: &Response) -> Ended {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return Ok(());
    }
    let title = response.extensions().get::<Refused>().map(|refused| refused.0);
    let words = title.or(StatusCode::canonical_reason(&status)).unwrap_or("refused");
    Err(format!("{} {words}", status.as_u16()))
}

/// Writes what was collected; what could not be written waits for the next time.
pub async fn write(state: &AppState) -> Result<(), StoreError> {
    let collected = {
        let mut uses = state.uses.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *uses)
    };
    if collected.is_empty() {
        return Ok(());
    }
    let rows: Vec<NewUse> = collected
        .iter()
        .map(|(key, counted)| NewUse {
            partner: key.partner.clone(),
            who: key.who.clone(),
            surface: key.surface,
            what: key.what.clone(),
            ok: counted.ok,
            failed: counted.failed,
            last_ok: counted.last_ok,
            last_failed: counted.last_failed,
            last_error: counted.last_error.clone(),
        })
        .collect();
    state.store.add_uses(&rows, state.clock.now()).await
}

/// Writes every minute until the process drains.
pub async fn keep_writing(state: AppState) {
    loop {
        tokio::time::sleep(EVERY).await;
        if let Err(error) = write(&state).await {
            tracing::error!("what partners use could not be written: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_is_not_kept() {
        let check = |surface: &str, route: &str, path: &str, expected: &str| {
            assert_eq!(what(surface, route, path), expected);
        };
        check("api", "/api/v1/samples/{sha256}", "/api/v1/samples/00", "/api/v1/samples/{sha256}");
        check("feeds", "/feeds/v1/{*name}", "/feeds/v1/hosts", "/feeds/v1/hosts");
        let route = "/{root}/collections/{collection}/objects/{object}/";
        let path = "/partners/collections/inbox/objects/indicator--1/";
        check("taxii", route, path, "/partners/collections/inbox/objects/");
        check("taxii", "/{root}/status/{status}/", "/partners/status/1/", "/partners/status/");
        check("taxii", "/taxii2/", "/taxii2/", "/taxii2/");
    }
}
