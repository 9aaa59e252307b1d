//! The addresses of the server, each with what it asks of whoever comes: routers are built from
//! nothing else, so there is no address that asks nothing by accident.
//!
//! Adding a page is one line in `portal/mod.rs`, `.get("/portal/x", Ask::May(Action::X), x::page)`;
//! adding an operation one line in `api/mod.rs`, `.on(Action::X, routes!(x::read))`. What is asked
//! is asked where the viewer is made known (`auth`): before the body, before anything is looked up.
//! What of a *thing* is asked beside (TLP, whose it is) its handler asks with `auth::require_on`.
//! Then `UPDATE_EXPECT=1 cargo test -p unwatched-exchange access` writes
//! `docs/reference/access.md` anew: every address reached as every kind of viewer. A new parameter
//! in a path needs its value in `tests/exchange/access.rs`, or that test fails.

use std::convert::Infallible;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::IntoResponse;
use axum::routing::{self, MethodRouter, Route};
use axum::{Extension, Router};
use tower::{Layer, Service};
use unwatched_model::access::Action;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::state::AppState;

/// What an address asks of whoever comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Nothing: it is everybody's.
    Nothing,
    /// That they are a partner's person or key.
    Member,
    /// That they may do this.
    May(Action),
    /// What the API root and the collection of TAXII ask, found out there.
    Collection,
}

/// One address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// `GET`, `POST`, ...
    pub method: &'static str,
    /// The whole path, its parameters in braces.
    pub path: String,
    /// What it asks.
    pub ask: Ask,
}

/// Pages, feeds and what else is no operation of the API.
#[derive(Default)]
pub struct Routes {
    router: Router<AppState>,
    addresses: Vec<Address>,
}

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// An address that is read.
    #[must_use]
    pub fn get<H: Handler<T, AppState>, T: 'static>(self, path: &str, ask: Ask, to: H) -> Self {
        self.add("GET", path, ask, routing::get(to))
    }

    /// An address that a form is sent to.
    #[must_use]
    pub fn post<H: Handler<T, AppState>, T: 'static>(self, path: &str, ask: Ask, to: H) -> Self {
        self.add("POST", path, ask, routing::post(to))
    }

    /// An address whose handler looks at the method itself, and takes these.
    #[must_use]
    pub fn any<H: Handler<T, AppState>, T: 'static>(
        mut self,
        path: &str,
        methods: &[&'static str],
        ask: Ask,
        to: H,
    ) -> Self {
        let path_of = |method| Address { method, path: path.to_owned(), ask };
        self.addresses.extend(methods.iter().copied().map(path_of));
        self.router = self.router.route(path, routing::any(to).layer(Extension(ask)));
        self
    }

    fn add(
        mut self,
        method: &'static str,
        path: &str,
        ask: Ask,
        to: MethodRouter<AppState>,
    ) -> Self {
        self.addresses.push(Address { method, path: path.to_owned(), ask });
        self.router = self.router.route(path, to.route_layer(Extension(ask)));
        self
    }

    /// What answers a method that an address so far does not take.
    #[must_use]
    pub fn for_other_methods<H: Handler<T, AppState>, T: 'static>(mut self, to: H) -> Self {
        self.router = self.router.method_not_allowed_fallback(to);
        self
    }

    /// Puts something around every address so far.
    #[must_use]
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.router = self.router.layer(layer);
        self
    }

    /// These and others.
    #[must_use]
    pub fn merge(mut self, others: Self) -> Self {
        self.router = self.router.merge(others.router);
        self.addresses.extend(others.addresses);
        self
    }

    /// Others, below a path.
    #[must_use]
    pub fn nest(mut self, below: &str, others: Self) -> Self {
        self.router = self.router.nest(below, others.router);
        self.addresses.extend(
            others
                .addresses
                .into_iter()
                .map(|address| Address { path: format!("{below}{}", address.path), ..address }),
        );
        self
    }

    /// The router, and what it was built from.
    pub fn into_parts(self) -> (Router<AppState>, Vec<Address>) {
        (self.router, self.addresses)
    }
}

/// Operations of the API, with their descriptions.
#[derive(Default)]
pub struct Operations {
    router: OpenApiRouter<AppState>,
    addresses: Vec<Address>,
}

impl Operations {
    /// None yet; `about` is true of all.
    pub fn new(about: OpenApi) -> Self {
        Self { router: OpenApiRouter::with_openapi(about), addresses: Vec::new() }
    }

    /// Operations of one path that ask the same.
    #[must_use]
    pub fn on(self, action: Action, routes: UtoipaMethodRouter<AppState>) -> Self {
        self.asking(Ask::May(action), routes)
    }

    /// Operations of one path, whatever they ask.
    #[must_use]
    pub fn asking(mut self, ask: Ask, routes: UtoipaMethodRouter<AppState>) -> Self {
        let (schemas, paths, to) = routes;
        for (path, item) in &paths.paths {
            let methods = [
                ("GET", &item.get),
                ("PUT", &item.put),
                ("POST", &item.post),
                ("DELETE", &item.delete),
                ("PATCH", &item.patch),
            ];
            let described = methods.into_iter().filter(|(_, operation)| operation.is_some());
            self.addresses.extend(described.map(|(method, _)| Address {
                method,
                path: path.clone(),
                ask,
            }));
        }
        self.router = self.router.routes((schemas, paths, to.route_layer(Extension(ask))));
        self
    }

    /// Puts something around every operation so far.
    #[must_use]
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.router = self.router.layer(layer);
        self
    }

    /// These and others.
    #[must_use]
    pub fn merge(mut self, others: Self) -> Self {
        self.router = self.router.merge(others.router);
        self.addresses.extend(others.addresses);
        self
    }

    /// The routes, and the description of all.
    pub fn into_parts(self) -> (Routes, OpenApi) {
        let (router, api) = self.router.split_for_parts();
        (Routes { router, addresses: self.addresses }, api)
    }
}
