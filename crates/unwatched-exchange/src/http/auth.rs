//! Who is asking: bearer tokens for programs, a session cookie for people. What they may is
//! `unwatched_model::access`'s to say; here its no becomes a refusal.
//!
//! Tokens and session ids are random and kept as their SHA-256 only; passwords as argon2id.
//! No token, e-mail or password ever reaches the log.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use axum::extract::{FromRequestParts, OptionalFromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use jiff::SignedDuration;
use sha2::{Digest as _, Sha256 as Hasher};
use tokio::sync::Semaphore;
use unwatched_model::access::{self, Action, Object};
use unwatched_model::digest::Sha256;
use unwatched_model::partner::Standing;
use unwatched_store::{StoreError, Viewer};

use crate::clock::Randomness;
use crate::http::portal::refusals::Asker;
use crate::http::problem::Problem;
use crate::http::routes::Ask;
use crate::state::AppState;
use crate::uses::{Slot, User};

/// The session cookie's name.
pub const SESSION_COOKIE: &str = "unwatched_session";

/// The page where people sign in.
pub const SIGN_IN_PATH: &str = "/portal/sign-in";

const SESSION_LASTS: SignedDuration = SignedDuration::from_hours(12);
const TOKEN_PREFIX: &str = "unw_";
const MAX_PASSWORD_BYTES: usize = 1024;

/// One password hash takes 19 MiB: the others wait.
static HASHING: Semaphore = Semaphore::const_new(2);

/// A partner's program, by its bearer token.
#[derive(Debug, Clone)]
pub struct BearerViewer(pub Viewer);

/// A partner's person, by their session. Whoever is not signed in is sent to the sign-in page.
#[derive(Debug, Clone)]
pub struct SessionViewer(pub Viewer);

/// By what somebody came in: what lasts longer than a request asks again whether it still holds.
#[derive(Debug, Clone, Copy)]
pub enum Credential {
    /// A key, by its digest.
    Key(Sha256),
    /// A session, by the digest of its id.
    Session(Sha256),
}

impl Credential {
    /// Whose it is now, if it still lets them do this.
    pub async fn holder(
        self,
        state: &AppState,
        action: Action,
    ) -> Result<Option<Viewer>, StoreError> {
        let now = state.clock.now();
        let viewer = match self {
            Self::Key(key) => state.store.viewer_by_token(&key, now).await?,
            Self::Session(id) => state.store.session(&id, now).await?,
        };
        Ok(viewer.filter(|viewer| may(viewer, action)))
    }
}

impl FromRequestParts<AppState> for BearerViewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let token = bearer(&parts.headers).ok_or_else(|| {
            Problem::unauthorised("send `Authorization: Bearer TOKEN`; a coordinator makes tokens")
        })?;
        let key = token_sha256(token);
        let viewer = state.store.viewer_by_token(&key, state.clock.now()).await?;
        let viewer = viewer.ok_or_else(|| {
            Problem::unauthorised(
                "this token is unknown, was withdrawn or is past its end: make a new one",
            )
        })?;
        if let Some(slot) = parts.extensions.get::<Slot>() {
            slot.is(User::with_key(&viewer, &key));
        }
        takes_part(viewer.standing)?;
        admit(parts, &viewer)?;
        parts.extensions.insert(Credential::Key(key));
        Ok(Self(viewer))
    }
}

/// Asks what the address asks.
fn admit(parts: &Parts, viewer: &Viewer) -> Result<(), Problem> {
    match parts.extensions.get::<Ask>() {
        Some(Ask::May(action)) => require(viewer, *action),
        Some(Ask::Nothing | Ask::Member | Ask::Collection) => Ok(()),
        None => Err(Problem::internal("an address that does not say what it asks")),
    }
}

/// A partner that is shut out is told so, by whichever way its people or programs come.
pub(super) fn takes_part(standing: Standing) -> Result<(), Problem> {
    if matches!(standing, Standing::Probation | Standing::Full) {
        return Ok(());
    }
    Err(Problem::forbidden(format!(
        "the partner's standing is {standing}: nothing here is open to it; ask the coordinators"
    )))
}

/// The token of a request.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Where somebody without a session is sent.
#[derive(Debug)]
pub enum NoSession {
    /// Sign in, then come back to this path.
    SignIn(String),
    /// The store did not answer.
    Problem(Problem),
}

impl axum::response::IntoResponse for NoSession {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn(next) if next.is_empty() => Redirect::to(SIGN_IN_PATH).into_response(),
            Self::SignIn(next) => {
                Redirect::to(&format!("{SIGN_IN_PATH}?next={next}")).into_response()
            }
            Self::Problem(problem) => problem.into_response(),
        }
    }
}

impl FromRequestParts<AppState> for SessionViewer {
    type Rejection = NoSession;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, NoSession> {
        let found = <Self as OptionalFromRequestParts<AppState>>::from_request_parts(parts, state);
        match found.await {
            Ok(Some(viewer)) => Ok(viewer),
            Ok(None) => Err(NoSession::SignIn(way_back(parts))),
            Err(problem) => Err(NoSession::Problem(problem)),
        }
    }
}

impl OptionalFromRequestParts<AppState> for SessionViewer {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Option<Self>, Problem> {
        let Some(id) = session_sha256(&CookieJar::from_headers(&parts.headers)) else {
            return Ok(None);
        };
        let Some(viewer) = state.store.session(&id, state.clock.now()).await? else {
            return Ok(None);
        };
        // A refusal is a page in the frame of whoever is refused.
        if let Some(asker) = parts.extensions.get::<Asker>() {
            asker.is(&viewer);
        }
        admit(parts, &viewer)?;
        parts.extensions.insert(Credential::Session(id));
        Ok(Some(Self(viewer)))
    }
}

/// Only pages are come back to; a form is not sent twice. The path as the browser saw it.
fn way_back(parts: &Parts) -> String {
    let uri = parts.extensions.get::<axum::extract::OriginalUri>().map_or(&parts.uri, |uri| &uri.0);
    if parts.method != Method::GET {
        return String::new();
    }
    uri.path_and_query()
        .map(|path| path.as_str().replace('%', "%25").replace('&', "%26").replace('#', "%23"))
        .unwrap_or_default()
}

/// Signs a person in: the cookie to set, or `None` when e-mail and password do not go together, or
/// the person or their partner is shut out. Takes as long for one as for the other.
pub async fn sign_in(
    state: &AppState,
    email: &str,
    password: &str,
) -> Result<Option<Cookie<'static>>, Problem> {
    let user = state.store.user_by_email(email.trim()).await?.filter(|user| !user.disabled);
    let hash = user.as_ref().map(|user| user.password_hash.as_str());
    let right = is_password(password, hash).await?;
    let Some(user) = user.filter(|_| right) else { return Ok(None) };
    let id = state.randomness.bytes::<32>();
    let now = state.clock.now();
    let partner = state.store.partner(&user.partner).await?;
    let standing = partner.map_or(Standing::Left, |partner| partner.standing_at(now));
    if takes_part(standing).is_err() {
        // As for people who are shut out: nobody learns here which of the two it is, or that the
        // password was right.
        return Ok(None);
    }
    let expires = now.checked_add(SESSION_LASTS).map_err(|error| Problem::internal(&error))?;
    state.store.add_session(&sha256(&id), user.id, now, expires).await?;
    Ok(Some(session_cookie(hex::encode(id), state.is_behind_tls())))
}

/// Whether a password goes with a hash. Takes as long where there is none.
pub async fn is_password(password: &str, hash: Option<&str>) -> Result<bool, Problem> {
    let is_somebodys = hash.is_some();
    let hash = hash.unwrap_or(NOBODYS_HASH).to_owned();
    let password = password.to_owned();
    let permit = HASHING.acquire().await.map_err(|error| Problem::internal(&error))?;
    let right = tokio::task::spawn_blocking(move || {
        // Held to the end of the work, even when whoever asked has gone.
        let _permit = permit;
        password_is(&password, &hash)
    });
    Ok(right.await.map_err(|error| Problem::internal(&error))? && is_somebodys)
}

/// Whether a text has the form of our tokens.
pub fn is_token(text: &str) -> bool {
    text.starts_with(TOKEN_PREFIX)
}

/// Ends the session, in the store as well as in the browser.
pub async fn sign_out(state: &AppState, jar: CookieJar) -> Result<CookieJar, Problem> {
    if let Some(id) = session_sha256(&jar) {
        state.store.end_session(&id, state.clock.now()).await?;
    }
    Ok(jar.remove(session_cookie(String::new(), state.is_behind_tls())))
}

fn session_cookie(value: String, secure: bool) -> Cookie<'static> {
    Cookie::build((SESSION_COOKIE, value))
        .path("/portal")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
        .build()
}

fn session_sha256(jar: &CookieJar) -> Option<Sha256> {
    let mut id = [0; 32];
    hex::decode_to_slice(jar.get(SESSION_COOKIE)?.value(), &mut id).ok()?;
    Some(sha256(&id))
}

/// Refuses what another site's page makes a signed-in browser send.
pub async fn same_origin(request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_same_origin(request.headers()) {
        next.run(request).await
    } else {
        Problem::cross_site().into_response()
    }
}

/// Browsers say where a request comes from by one of two headers; programs send neither.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && host == text("host")
        }
        (None, None) => true,
    }
}

/// A new token: shown once, kept as its SHA-256.
pub fn new_token(randomness: &Randomness) -> (String, Sha256) {
    let token = format!("{TOKEN_PREFIX}{}", hex::encode(randomness.bytes::<32>()));
    let digest = token_sha256(&token);
    (token, digest)
}

/// What is kept of a token.
pub fn token_sha256(token: &str) -> Sha256 {
    sha256(token.as_bytes())
}

fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256(Hasher::digest(bytes).into())
}

/// The argon2id hash of a password, with a salt of `salt`.
pub fn hash_password(password: &str, salt: [u8; 16]) -> anyhow::Result<String> {
    anyhow::ensure!(password.len() >= 12, "a password has at least 12 characters");
    hash_any_password(password, salt)
}

/// The same of a password that was chosen elsewhere, however short.
pub fn hash_any_password(password: &str, salt: [u8; 16]) -> anyhow::Result<String> {
    anyhow::ensure!(password.len() <= MAX_PASSWORD_BYTES, "a password has at most 1,024 bytes");
    let hash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|error| anyhow::anyhow!("hash the password: {error}"))?;
    Ok(hash.to_string())
}

fn password_is(password: &str, hash: &str) -> bool {
    // A very long password is only a way to keep the server busy.
    if password.len() > MAX_PASSWORD_BYTES {
        return false;
    }
    // A hash that cannot be read costs as much as one that can: nobody learns by the clock that
    // there is such a person.
    let hash = PasswordHash::new(hash).or_else(|_| PasswordHash::new(NOBODYS_HASH));
    hash.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Of no password anybody knows; same parameters as [`hash_password`], a test holds them equal.
const NOBODYS_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LW5vYm9keQ$\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Whether this viewer may do it to anything at all: for what a page offers.
pub fn may(viewer: &Viewer, action: Action) -> bool {
    access::may(&viewer.who(), action, Object::Open).allowed
}

/// A refusal that says why, unless this viewer may do it to something.
pub fn require(viewer: &Viewer, action: Action) -> Result<(), Problem> {
    require_on(viewer, action, Object::Open)
}

/// A refusal that says why, unless this viewer may do it to this. What they may not even see is
/// not found before anybody asks here.
pub fn require_on(viewer: &Viewer, action: Action, object: Object<'_>) -> Result<(), Problem> {
    let decision = access::may(&viewer.who(), action, object);
    if decision.allowed { Ok(()) } else { Err(Problem::forbidden(decision.why)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_another_is_not() {
        let hash = hash_password("correct horse battery", [7; 16]).unwrap();
        assert!(password_is("correct horse battery", &hash));
        assert!(!password_is("correct horse staple", &hash));
        assert!(hash_password("short", [7; 16]).is_err());
    }

    #[test]
    fn an_unknown_person_costs_as_much_as_a_wrong_password() {
        let hash = hash_password("correct horse battery", [7; 16]).unwrap();
        let real = PasswordHash::new(&hash).unwrap();
        let nobodys = PasswordHash::new(NOBODYS_HASH).unwrap();
        assert_eq!(real.params.to_string(), nobodys.params.to_string());
        assert!(!password_is("", NOBODYS_HASH));
    }

    #[test]
    fn where_a_form_comes_from() {
        let check = |pairs: &[(&'static str, &str)], expected: bool| {
            let headers = pairs
                .iter()
                .map(|(name, value)| {
                    (header::HeaderName::from_static(name), value.parse().unwrap())
                })
                .collect();
            assert_eq!(is_same_origin(&headers), expected, "{pairs:?}");
        };
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "cross-site")], false);
        check(&[("sec-fetch-site", "same-site"), ("host", "a.example")], false);
        check(&[("origin", "http://a.example"), ("host", "a.example")], true);
        check(&[("origin", "http://b.example"), ("host", "a.example")], false);
        check(&[("origin", "null"), ("host", "a.example")], false);
        check(&[], true);
    }
}
