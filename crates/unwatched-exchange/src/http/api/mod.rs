//! `/api/v1/`: the interface for partners' programs. One file per noun; every address needs a
//! bearer token, but for `lookup` and
//! `docs`.

pub mod access;
pub mod audit;
pub mod batches;
pub mod changes;
pub mod differences;
pub mod docs;
pub(crate) mod everybody;
pub mod families;
pub mod groups;
pub mod indicators;
pub mod jobs;
pub mod keys;
pub mod known_good;
pub mod lookup;
pub mod openapi;
pub mod opinions;
pub mod questions;
pub mod recalls;
pub mod releases;
pub mod samples;
pub mod search;
pub mod shared_values;
pub mod sightings;
pub mod upload;
pub mod values;
pub mod webhooks;

use axum::extract::DefaultBodyLimit;
use axum::middleware;
use unwatched_model::access::Action;
use utoipa_axum::routes;

use crate::http::routes::{Ask, Operations, Routes};
use crate::http::surround;

/// Mounted under `/api/v1`.
pub fn routes() -> Routes {
    described().into_parts().0
}

/// The routes together with their description, so that neither can exist without the other.
pub fn described() -> Operations {
    let timed = Operations::default()
        .on(Action::ReadSamples, routes!(samples::sample))
        .on(Action::ReadSamples, routes!(samples::report))
        .on(Action::ReadSamples, routes!(differences::differences))
        .on(Action::ReadSamples, routes!(samples::events))
        .on(Action::WriteFamilies, routes!(families::create))
        .on(Action::ReadFamilies, routes!(families::list))
        .on(Action::ReadFamilies, routes!(families::family))
        .on(Action::AddIndicators, routes!(indicators::add))
        .on(Action::ReadIndicators, routes!(indicators::list))
        .on(Action::ReadIndicators, routes!(indicators::indicator))
        .on(Action::WithdrawIndicators, routes!(indicators::withdraw))
        .on(Action::ReadIndicators, routes!(values::value))
        .on(Action::ReadIndicators, routes!(values::held))
        .on(Action::DecideValues, routes!(values::decide))
        .on(Action::ConfirmValues, routes!(values::confirm))
        .on(Action::ReadIndicators, routes!(shared_values::list))
        .on(Action::ReviewShared, routes!(shared_values::review))
        .on(Action::ReadIndicators, routes!(sightings::list))
        .on(Action::AddIndicators, routes!(sightings::add))
        .on(Action::ListKnownGood, routes!(known_good::add, known_good::list, known_good::remove))
        .on(Action::RecallValues, routes!(recalls::add))
        .on(Action::ReadIndicators, routes!(recalls::list))
        .on(Action::RecallValues, routes!(recalls::lift))
        .on(Action::PublishReleases, routes!(releases::show))
        .on(Action::GiveOpinions, routes!(opinions::give))
        .on(Action::ReadOpinions, routes!(opinions::list))
        .on(Action::ReadFamilies, routes!(opinions::verdict))
        .on(Action::ReadFamilies, routes!(opinions::history))
        .on(Action::GiveOpinions, routes!(questions::list))
        .on(Action::GiveOpinions, routes!(questions::ask))
        .on(Action::ReadFamilies, routes!(search::search))
        .on(Action::ReadOwnAudit, routes!(audit::audit))
        .on(Action::ReadJobs, routes!(jobs::list))
        .on(Action::ReadJobs, routes!(jobs::job))
        .on(Action::RetryJobs, routes!(jobs::retry))
        .on(Action::ReadJobs, routes!(jobs::events))
        .on(Action::ReadSamples, routes!(access::sample))
        .on(Action::ReadIndicators, routes!(access::indicator))
        .on(Action::ManageKeys, routes!(keys::list, keys::make))
        .on(Action::ManageKeys, routes!(keys::withdraw))
        .on(Action::ManageKeys, routes!(webhooks::list, webhooks::make))
        .on(Action::ManageKeys, routes!(webhooks::remove))
        .on(Action::ManageKeys, routes!(webhooks::switch_on))
        .on(Action::ManageKeys, routes!(webhooks::ping))
        .asking(Ask::Nothing, routes!(lookup::lookup))
        .asking(Ask::Nothing, routes!(docs::docs))
        .asking(Ask::Member, routes!(groups::list))
        .on(Action::ManageGroups, routes!(groups::make))
        .on(Action::ManageGroups, routes!(groups::close))
        .on(Action::ManageGroups, routes!(groups::join))
        .on(Action::ManageGroups, routes!(groups::leave))
        .asking(Ask::Nothing, routes!(openapi::openapi))
        .layer(middleware::from_fn(surround::time_limit));
    // A large upload on a slow line takes as long as it takes, whoever waits asked to, and many
    // things at once are done one after the other.
    let uploads = Operations::default()
        .on(Action::UploadSamples, routes!(samples::submit))
        .on(Action::ReadSamples, routes!(samples::list))
        .on(Action::DownloadSamples, routes!(samples::download))
        .on(Action::ReadFamilies, routes!(changes::changes))
        .on(Action::AddIndicators, routes!(batches::indicators))
        .on(Action::GiveOpinions, routes!(batches::opinions))
        .on(Action::ReadSamples, routes!(batches::want))
        .layer(DefaultBodyLimit::disable());
    Operations::new(openapi::base()).merge(uploads).merge(timed)
}
