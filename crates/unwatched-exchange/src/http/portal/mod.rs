//! The partners' pages, under `/portal/`. Every page works without scripts.
//!
//! Handlers fetch rows, hand them to `views`, and check nothing twice: what a form may hold is
//! decided where the API decides it.

mod account;
pub(crate) mod assets;
mod families;
mod family;
mod headers;
mod indicators;
mod opinions;
mod overview;
mod refusals;
mod releases;
mod samples;
mod search;
mod sign_in;
mod throttle;
mod told;
mod visitor;

#[cfg(test)]
mod tests;

use axum::extract::DefaultBodyLimit;
use axum::response::Redirect;
use axum::routing::{get, post};
use axum::{Extension, Router, middleware};

use crate::http::problem::Problem;
use crate::http::surround;
use crate::state::AppState;

/// The pages with their whole paths: `/portal/` ends with a slash, which a nested router could not
/// answer.
pub fn routes() -> Router<AppState> {
    let uploads = Router::new()
        .route("/portal/samples", get(samples::list).post(samples::submit))
        .layer(DefaultBodyLimit::disable());
    let timed = Router::new()
        .route("/portal", get(|| async { Redirect::permanent("/portal/") }))
        .route("/portal/", get(overview::overview))
        .route("/portal/sign-in", get(sign_in::form).post(sign_in::sign_in))
        .route("/portal/sign-out", post(sign_in::sign_out))
        .route("/portal/samples/{sha256}", get(samples::sample))
        .route("/portal/samples/{sha256}/events", get(samples::events))
        .route("/portal/account", get(account::account))
        .route("/portal/search", get(search::search))
        .route("/portal/families", get(families::list))
        .route("/portal/families/new", get(families::form).post(families::create))
        .route("/portal/families/{id}", get(family::family))
        .route("/portal/families/{id}/opinions.jsonl", get(family::counted_opinions))
        .route("/portal/families/{id}/opinion", get(opinions::form).post(opinions::give))
        .route("/portal/families/{id}/indicator", get(indicators::form).post(indicators::add))
        .route("/portal/opinion", get(opinions::choose_family))
        .route("/portal/releases", get(releases::releases))
        .route("/portal/assets/{name}", get(assets::asset))
        .route("/portal/{*rest}", get(no_such_page))
        .layer(middleware::from_fn(surround::time_limit));
    // A large upload on a slow line takes as long as it takes.
    uploads
        .merge(timed)
        .layer(Extension(throttle::Throttle::default()))
        .layer(middleware::from_fn(refusals::as_pages))
        .layer(middleware::from_fn(headers::of_pages))
}

async fn no_such_page(_: visitor::Visitor) -> Problem {
    Problem::not_found("no page has this address")
}
