//! A signed-in person on a page: who they are, what they were told, and how a page goes out.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use unwatched_model::access::Action;
use unwatched_store::Viewer;

use super::refusals::unrendered;
use super::told::{self, Told};
use crate::http::auth::{self, NoSession, SessionViewer};
use crate::http::problem::Problem;
use crate::state::AppState;
use crate::views::frame::{Frame, Section};

pub(super) struct Visitor {
    pub(super) viewer: Viewer,
    /// The address by which programs reach the exchange.
    pub(super) base: String,
    jar: CookieJar,
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = NoSession;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, NoSession> {
        let found = <SessionViewer as FromRequestParts<AppState>>::from_request_parts(parts, state);
        let SessionViewer(viewer) = found.await?;
        let base = base(state, &parts.headers);
        Ok(Self { viewer, base, jar: CookieJar::from_headers(&parts.headers) })
    }
}

/// What is configured, or what this browser came by.
fn base(state: &AppState, headers: &HeaderMap) -> String {
    if let Some(url) = &state.config.server.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    format!("http://{}", host.unwrap_or("EXCHANGE"))
}

impl Visitor {
    /// Whether a page offers it.
    pub(super) fn may(&self, action: Action) -> bool {
        auth::may(&self.viewer, action)
    }

    pub(super) fn may_upload(&self) -> bool {
        self.may(Action::UploadSamples)
    }

    pub(super) fn may_judge(&self) -> bool {
        self.may(Action::GiveOpinions)
    }

    /// The frame of a page for this person.
    pub(super) fn frame(&self, title: impl Into<String>, section: Section) -> Frame {
        let mut frame = Frame::of(title, section, &self.viewer);
        frame.told = told::read(&self.jar).map(Told::words);
        frame
    }

    /// The page, and an end to what it told.
    pub(super) fn page(self, page: &impl Template) -> Result<Response, Problem> {
        let html = page.render().map_err(|error| unrendered(&error))?;
        Ok(match told::read(&self.jar) {
            Some(_) => (told::forget(self.jar), Html(html)).into_response(),
            None => Html(html).into_response(),
        })
    }
}

/// On to another page, which tells what was done.
pub(super) fn go_on(to: &str, told: Told) -> Response {
    (CookieJar::new().add(told.cookie()), Redirect::to(to)).into_response()
}
