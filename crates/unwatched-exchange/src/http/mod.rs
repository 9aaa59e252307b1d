//! Everything that is answered over HTTP: the router and what surrounds every answer.
//!
//! Handlers live beside the path they answer: `api/`, `feeds.rs`, `taxii/`, `portal/`,
//! `healthz.rs`.

pub mod api;
pub mod auth;
pub mod bodies;
pub mod body;
pub mod connections;
pub mod downloads;
pub mod feeds;
pub mod forms;
pub mod healthz;
pub mod idempotency;
pub mod pace;
pub mod packing;
pub mod portal;
pub mod problem;
pub mod routes;
pub mod sharing;
pub mod streams;
pub mod surround;
pub mod taxii;
pub mod who;

use std::any::Any;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version, header};
use axum::middleware;
use axum::response::{IntoResponse as _, Redirect, Response};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::http::problem::Problem;
use crate::http::routes::{Address, Ask, Routes};
use crate::state::AppState;
use crate::uses;

/// The largest body of JSON or of a form.
const MAX_BODY_BYTES: usize = 1 << 20;

/// Every address there is.
pub fn addresses() -> Vec<Address> {
    routes().into_parts().1
}

fn routes() -> Routes {
    let data = Routes::new()
        .nest("/api/v1", api::routes().layer(always(header::CACHE_CONTROL, "no-store")))
        .merge(feeds::routes())
        .layer(middleware::from_fn(surround::problems));
    Routes::new()
        .get("/", Ask::Nothing, || async { Redirect::temporary("/portal/") })
        .get("/healthz", Ask::Nothing, healthz::healthz)
        .merge(downloads::routes())
        .merge(data)
        .merge(taxii::routes())
        .merge(portal::routes().layer(middleware::from_fn(auth::same_origin)))
}

/// The whole server.
pub fn router(state: AppState) -> Router {
    routes()
        .into_parts()
        .0
        .fallback(taxii::elsewhere)
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(
            ServiceBuilder::new()
                .layer(surround::log())
                .layer(always(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .layer(always(header::REFERRER_POLICY, "no-referrer"))
                .layer(CompressionLayer::new().compress_when(worth_compressing()))
                .layer(CatchPanicLayer::custom(panicked))
                .layer(middleware::from_fn(pace::kept))
                .layer(middleware::from_fn(surround::small_bodies_first))
                .layer(middleware::from_fn_with_state(state.clone(), idempotency::once))
                .layer(middleware::from_fn_with_state(state.clone(), downloads::own_host))
                .layer(middleware::from_fn_with_state(state.clone(), uses::noted)),
        )
        .with_state(state)
}

/// What is packed already grows no smaller, and feeds choose for themselves.
fn worth_compressing() -> impl Predicate {
    let not_chosen = |_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions| {
        extensions.get::<feeds::Chosen>().is_none()
    };
    DefaultPredicate::new()
        .and(not_chosen)
        .and(NotForContentType::const_new("application/zip"))
        .and(NotForContentType::const_new("application/octet-stream"))
        // Every answer to a lookup is as long as every other.
        .and(NotForContentType::const_new(api::lookup::MEDIA_TYPE))
}

/// The panic's own words are in the log already.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    Problem::internal("a handler panicked").into_response()
}

/// A header of every answer that does not set its own.
fn always(name: header::HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
