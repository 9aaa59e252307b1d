//! `/api/v1/`: the interface for partners' programs. One file per noun; every address needs a
//! bearer token.

mod everybody;
pub mod families;
pub mod indicators;
pub mod openapi;
pub mod opinions;
pub mod samples;
pub mod search;
pub mod upload;

use axum::extract::DefaultBodyLimit;
use axum::{Router, middleware};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::surround;
use crate::state::AppState;

/// Mounted under `/api/v1`.
pub fn routes() -> Router<AppState> {
    let (router, _) = described().split_for_parts();
    router
}

/// The routes together with their description, so that neither can exist without the other.
pub fn described() -> OpenApiRouter<AppState> {
    let timed = OpenApiRouter::new()
        .routes(routes!(samples::sample))
        .routes(routes!(samples::report))
        .routes(routes!(samples::events))
        .routes(routes!(families::create, families::list))
        .routes(routes!(families::family))
        .routes(routes!(indicators::add, indicators::list))
        .routes(routes!(opinions::give, opinions::list))
        .routes(routes!(opinions::verdict))
        .routes(routes!(search::search))
        .routes(routes!(openapi::openapi))
        .layer(middleware::from_fn(surround::time_limit));
    // A large upload on a slow line takes as long as it takes.
    let uploads = OpenApiRouter::new()
        .routes(routes!(samples::submit, samples::list))
        .layer(DefaultBodyLimit::disable());
    OpenApiRouter::with_openapi(openapi::base()).merge(uploads).merge(timed)
}
