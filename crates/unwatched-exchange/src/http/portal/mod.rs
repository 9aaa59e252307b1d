//! The partners' pages, under `/portal/`. Every page works without scripts.
//!
//! Handlers fetch rows, hand them to `views`, and check nothing twice: what a form may hold is
//! decided where the API decides it.

mod account;
pub(crate) mod assets;
mod audit;
mod bearing;
mod connections;
mod differences;
mod downloads;
mod families;
mod family;
mod groups;
mod headers;
mod indicator;
mod indicators;
mod jobs;
mod keys;
mod opinions;
mod overview;
mod queue;
pub(crate) mod refusals;
mod releases;
mod samples;
mod search;
mod shared;
mod sign_in;
mod throttle;
mod told;
mod triage;
mod uploads;
mod verdict;
mod visitor;
mod who;

#[cfg(test)]
mod tests;

use axum::extract::{DefaultBodyLimit, OptionalFromRequestParts as _, Request, State};
use axum::response::Redirect;
use axum::{Extension, middleware};
use unwatched_model::access::Action;

use crate::http::auth::SessionViewer;
use crate::http::problem::Problem;
use crate::http::routes::{Ask, Routes};
use crate::http::surround;
use crate::state::AppState;

/// The pages with their whole paths: `/portal/` ends with a slash, which a nested router could not
/// answer.
pub fn routes() -> Routes {
    let may = Ask::May;
    let uploads = Routes::new()
        .get("/portal/samples", may(Action::ReadSamples), samples::list)
        .post("/portal/samples", may(Action::UploadSamples), uploads::submit)
        .layer(DefaultBodyLimit::disable());
    let timed = Routes::new()
        .get("/portal", Ask::Nothing, || async { Redirect::permanent("/portal/") })
        .get("/portal/", Ask::Member, overview::overview)
        .get("/portal/sign-in", Ask::Nothing, sign_in::form)
        .post("/portal/sign-in", Ask::Nothing, sign_in::sign_in)
        .post("/portal/sign-out", Ask::Nothing, sign_in::sign_out)
        .get("/portal/samples/new", may(Action::UploadSamples), uploads::form)
        .get("/portal/samples/{sha256}", may(Action::ReadSamples), samples::sample)
        .post(
            "/portal/samples/{sha256}/download",
            may(Action::DownloadSamples),
            downloads::download,
        )
        .get(
            "/portal/samples/{sha256}/differences",
            may(Action::ReadSamples),
            differences::differences,
        )
        .get("/portal/samples/{sha256}/events", may(Action::ReadSamples), samples::events)
        .post("/portal/samples/{sha256}/triage", may(Action::TriageSamples), triage::triage)
        .get("/portal/queue", may(Action::ReadSamples), queue::queue)
        .get("/portal/queue/next", may(Action::ReadSamples), queue::next)
        .get("/portal/account", Ask::Member, account::account)
        .get("/portal/search", may(Action::ReadFamilies), search::search)
        .post("/portal/search/saved", may(Action::ReadFamilies), search::save)
        .post("/portal/search/saved/{id}/delete", may(Action::ReadFamilies), search::delete)
        .get("/portal/audit", may(Action::ReadOwnAudit), audit::audit)
        .get("/portal/retention", Ask::Member, audit::retention)
        .get("/portal/families", may(Action::ReadFamilies), families::list)
        .get("/portal/families/new", may(Action::WriteFamilies), families::form)
        .post("/portal/families/new", may(Action::WriteFamilies), families::create)
        .get("/portal/families/{id}", may(Action::ReadFamilies), family::family)
        .get(
            "/portal/families/{id}/opinions.jsonl",
            may(Action::ReadOpinions),
            family::counted_opinions,
        )
        .get("/portal/families/{id}/verdict", may(Action::ReadFamilies), verdict::page)
        .get("/portal/families/{id}/verdict.json", may(Action::ReadOpinions), verdict::file)
        .post("/portal/families/{id}/questions", may(Action::GiveOpinions), opinions::ask)
        .get("/portal/families/{id}/opinion", may(Action::GiveOpinions), opinions::form)
        .post("/portal/families/{id}/opinion", may(Action::GiveOpinions), opinions::give)
        .get("/portal/families/{id}/indicator", may(Action::AddIndicators), indicators::form)
        .post("/portal/families/{id}/indicator", may(Action::AddIndicators), indicators::add)
        .get("/portal/opinion", may(Action::GiveOpinions), opinions::choose_family)
        .get("/portal/jobs", may(Action::ReadJobs), jobs::list)
        .get("/portal/jobs/events", may(Action::ReadJobs), jobs::events)
        .post("/portal/jobs/{id}/retry", may(Action::RetryJobs), jobs::retry)
        .get("/portal/keys", may(Action::ManageKeys), keys::list)
        .post("/portal/keys", may(Action::ManageKeys), keys::make)
        .post("/portal/keys/{id}", may(Action::ManageKeys), keys::withdraw)
        .get("/portal/connections", may(Action::ReadOwnAudit), connections::list)
        .post("/portal/connections", may(Action::ManageKeys), connections::make)
        .post("/portal/connections/{id}", may(Action::ManageKeys), connections::change)
        .get("/portal/groups", Ask::Member, groups::list)
        .post("/portal/groups", may(Action::ManageGroups), groups::make)
        .post("/portal/groups/{slug}", may(Action::ManageGroups), groups::change)
        .get("/portal/who", may(Action::ReadIndicators), who::who)
        .get("/portal/indicators/{id}", may(Action::ReadIndicators), indicator::indicator)
        .post("/portal/indicators/{id}/declare", may(Action::AddIndicators), indicator::declare)
        .post(
            "/portal/indicators/{id}/withdraw",
            may(Action::WithdrawIndicators),
            indicator::withdraw,
        )
        .post("/portal/indicators/{id}/decide", may(Action::DecideValues), indicator::decide)
        .post("/portal/indicators/{id}/confirm", may(Action::ConfirmValues), indicator::confirm)
        .get("/portal/held", may(Action::ReadIndicators), indicator::held)
        .get("/portal/releases", may(Action::ReadFamilies), releases::releases)
        .get("/portal/releases/preview", may(Action::PublishReleases), releases::show_preview)
        .post("/portal/releases/preview", may(Action::PublishReleases), releases::draft_again)
        .post("/portal/releases/publish", may(Action::PublishReleases), releases::publish)
        .get("/portal/releases/shared", may(Action::ReadIndicators), shared::page)
        .post("/portal/releases/shared", may(Action::ReviewShared), shared::review)
        .get(
            "/portal/releases/waiting/{*name}",
            may(Action::PublishReleases),
            releases::waiting_file,
        )
        .post("/portal/releases/waiting", may(Action::PublishReleases), releases::sign)
        .post("/portal/releases/recall", may(Action::RecallValues), releases::recall)
        .post("/portal/releases/recalls/{id}/lift", may(Action::RecallValues), releases::lift)
        .get("/portal/assets/{name}", Ask::Nothing, assets::asset)
        .get("/portal/{*rest}", Ask::Member, no_such_page)
        .layer(middleware::from_fn(surround::time_limit));
    // A large upload on a slow line takes as long as it takes.
    uploads
        .merge(timed)
        .for_other_methods(no_such_method)
        .layer(Extension(throttle::Throttle::default()))
        .layer(middleware::from_fn(refusals::as_pages))
        .layer(middleware::from_fn(headers::of_pages))
}

async fn no_such_page(_: visitor::Visitor) -> Problem {
    Problem::not_found("no page has this address")
}

/// A browser that loads a refused form's address again asks for a page that there is not.
async fn no_such_method(State(state): State<AppState>, request: Request) -> Problem {
    let (mut parts, _) = request.into_parts();
    let is_read = parts.method.is_safe();
    parts.extensions.insert(Ask::Nothing);
    // For the frame of the page; whoever has no session gets the same answer.
    let _ = SessionViewer::from_request_parts(&mut parts, &state).await as Result<Option<_>, _>;
    if is_read { Problem::form_only() } else { Problem::method_not_allowed() }
}
