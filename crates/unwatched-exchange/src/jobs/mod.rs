//! What is done after the answer was given. One file per kind of job, and one line in [`KINDS`].
//!
//! A kind says what it is called and what it does; how often it is tried and how long it may take
//! where that is not the usual; and how often it comes round, if it does by itself. Whoever wants
//! one done calls `store.enqueue` and then `state.changes.job.notify_waiters()`.

pub mod analyze_sample;
mod ask_questions;
pub mod deliver_webhook;
pub mod draft_release;
mod judge_again;
mod keep_collections;
mod keep_held;
mod kind;
pub mod publish_release;
pub mod reanalyze;
mod renew_checkpoint;
pub mod retention;
pub mod runner;
mod schedule;
mod seal_samples;
pub mod tidy;
mod work;

pub use kind::{About, Kind, Lane};
pub use work::{Ended, Failed, Outcome, Work};

use crate::analysis_child::Analyser;
use crate::state::AppState;

/// Every kind of job there is.
pub const KINDS: &[Kind] = &[
    analyze_sample::KIND,
    reanalyze::KIND,
    seal_samples::KIND,
    tidy::KIND,
    retention::KIND,
    judge_again::KIND,
    keep_held::KIND,
    keep_collections::KIND,
    ask_questions::KIND,
    draft_release::KIND,
    publish_release::KIND,
    deliver_webhook::KIND,
    renew_checkpoint::KIND,
];

/// The kind of this name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Workers for these kinds, and what comes round, until the process drains.
pub async fn run(state: AppState, analyser: Analyser, kinds: Vec<&'static Kind>) {
    if let Err(error) = reanalyze::ask_if_new(&state).await {
        tracing::error!("whether the engine is new could not be found out: {error:#}");
    }
    tokio::join!(
        runner::run(state.clone(), analyser, kinds.clone()),
        deliver_webhook::watch(state.clone()),
        schedule::run(state, &kinds)
    );
}
