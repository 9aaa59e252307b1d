//! Signing in and out. The password check itself is `auth`'s.

use std::net::{IpAddr, SocketAddr};

use askama::Template as _;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::refusals::unrendered;
use super::throttle::Throttle;
use super::told::{self, Told};
use crate::http::auth::{self, SessionViewer};
use crate::http::problem::Problem;
use crate::state::AppState;
use crate::views::frame::Frame;
use crate::views::pages::SignInPage;

const HOME: &str = "/portal/";

#[derive(Deserialize)]
pub(super) struct WayBack {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub(super) struct SignIn {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn form(
    viewer: Option<SessionViewer>,
    Query(WayBack { next }): Query<WayBack>,
    jar: CookieJar,
) -> Result<Response, Problem> {
    if viewer.is_some() {
        return Ok(Redirect::to(&inside(next)).into_response());
    }
    let told = told::read(&jar).map(Told::words);
    let page = page(String::new(), next, None, told)?;
    Ok((told::forget(jar), page).into_response())
}

pub(super) async fn sign_in(
    State(state): State<AppState>,
    Extension(throttle): Extension<Throttle>,
    from: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    jar: CookieJar,
    Form(SignIn { email, password, next }): Form<SignIn>,
) -> Result<Response, Problem> {
    let peer = from.map(|Extension(ConnectInfo(from))| from.ip());
    let address = asking_address(peer, &headers, &state.config.server.trusted_proxies);
    let now = state.clock.now();
    let Some(attempt) = throttle.begin(&email, address, now) else {
        let error = "Too many wrong attempts. Wait a quarter of an hour, then try again.";
        let page = page(email, next, Some(error), None)?;
        let wait = [(header::RETRY_AFTER, "900")];
        return Ok((StatusCode::TOO_MANY_REQUESTS, wait, page).into_response());
    };
    let signed_in = auth::sign_in(&state, &email, &password).await;
    if !matches!(signed_in, Ok(None)) {
        // The password was right, or nobody could say.
        throttle.forgive(&attempt);
    }
    if let Some(cookie) = signed_in? {
        // Whatever session this browser had before is nobody's from here on.
        let jar = auth::sign_out(&state, jar).await?;
        return Ok((jar.add(cookie), Redirect::to(&inside(next))).into_response());
    }
    state.reads.note_refused(now);
    let error = "This e-mail and password do not go together.";
    let page = page(email, next, Some(error), None)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Behind a proxy that is trusted, the address that it last added.
fn asking_address(
    peer: Option<IpAddr>,
    headers: &HeaderMap,
    trusted_proxies: &[String],
) -> Option<IpAddr> {
    let peer = peer?;
    if !trusted_proxies.contains(&peer.to_string()) {
        return Some(peer);
    }
    let forwarded = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
    let last = forwarded.and_then(|list| list.rsplit(',').next()).map(str::trim);
    Some(last.and_then(|address| address.parse().ok()).unwrap_or(peer))
}

pub(super) async fn sign_out(
    State(state): State<AppState>,
    jar: CookieJar,
) -> Result<Response, Problem> {
    let jar = auth::sign_out(&state, jar).await?;
    Ok((jar.add(Told::SignedOut.cookie()), Redirect::to(auth::SIGN_IN_PATH)).into_response())
}

fn page(
    email: String,
    next: String,
    error: Option<&str>,
    told: Option<String>,
) -> Result<Html<String>, Problem> {
    let frame = Frame { told, ..Frame::public("Sign in") };
    let page = SignInPage { frame, next: inside(next), email, error: error.map(str::to_owned) };
    page.render().map(Html).map_err(|error| unrendered(&error))
}

/// Only pages of the portal are gone on to, so that a link cannot lead elsewhere after sign-in.
fn inside(next: String) -> String {
    let plain = next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let ours = next.starts_with(HOME) && !next.contains("//") && !next.contains("/..");
    if plain && ours && !next.starts_with(auth::SIGN_IN_PATH) { next } else { HOME.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let peer: IpAddr = "192.0.2.1".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "198.51.100.9, 203.0.113.4".parse().unwrap());
        let address = |proxies: &[String]| asking_address(Some(peer), &headers, proxies);
        assert_eq!(address(&[]), Some(peer));
        assert_eq!(address(&[peer.to_string()]), Some("203.0.113.4".parse().unwrap()));
    }

    #[test]
    fn the_way_back_stays_inside() {
        let check = |next: &str, expected: &str| assert_eq!(inside(next.to_owned()), expected);
        check("/portal/families/watch-alpha", "/portal/families/watch-alpha");
        check("/portal/search?q=a%20b", "/portal/search?q=a%20b");
        for foreign in [
            "",
            "//evil.example",
            "https://evil.example/portal/",
            "/portal//evil.example",
            "/portal/../admin",
            "/portal/\\evil",
            "/portal/sign-in?next=x",
            "/portalx",
        ] {
            check(foreign, "/portal/");
        }
    }
}
