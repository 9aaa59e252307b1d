//! `doctor`: everything the exchange keeps, looked at and compared with what it should be.
//!
//! One file per check. A check says what it looked at, what it found, and what it could not look
//! at: a check that could not run is never one that found nothing. Nothing here repairs.

mod audit_chain;
mod blobs;
mod clock;
mod configuration;
mod database;
mod disk;
mod held;
mod jobs;
mod machine;
mod opinions;
mod release_log;
mod releases;
mod report;
mod sandbox;
mod verdicts;

pub use report::{Check, Finding, Outcome, Report};
pub use sandbox::check as sandbox;

use crate::config::ConfigError;
use crate::state::AppState;

/// What a check is given.
pub(crate) struct Exam<'a> {
    pub(crate) state: &'a AppState,
    /// Whether what takes long is left out.
    pub(crate) quick: bool,
    /// Takes a line of talk.
    pub(crate) talk: &'a (dyn Fn(&str) + Sync),
}

impl Exam<'_> {
    /// Says how far a check is, twenty times at most.
    pub(crate) fn progress(&self, what: &str, done: usize, of: usize) {
        let step = (of / 20).max(50);
        if done > 0 && done.is_multiple_of(step) {
            (self.talk)(&format!("{what}: {done} of {of}"));
        }
    }
}

/// Runs every check over an exchange whose store opens.
pub async fn examine(state: &AppState, quick: bool, talk: &(dyn Fn(&str) + Sync)) -> Report {
    let exam = Exam { state, quick, talk };
    let mut checks = vec![configuration::check(&exam)];
    macro_rules! run {
        ($($check:expr),* $(,)?) => { $( checks.push($check.await); )* };
    }
    run!(
        database::check(&exam),
        database::guards(&exam),
        blobs::check(&exam),
        audit_chain::check(&exam),
        opinions::check(&exam),
        verdicts::check(&exam),
        held::check(&exam),
        releases::check(&exam),
        release_log::check(&exam),
        jobs::check(&exam),
        clock::check(&exam),
    );
    checks.push(disk::check(&exam));
    checks.push(machine::check(&exam));
    Report { checks }
}

/// What can be said where the configuration is refused: nothing else is looked at.
pub fn without_configuration(error: &ConfigError) -> Report {
    let mut check = configuration::new();
    check.found(error.to_string(), "the configuration", "mend it; nothing else was looked at");
    Report { checks: vec![check] }
}

/// What can be said where the store does not open: nothing else is looked at.
pub fn without_store(error: &anyhow::Error) -> Report {
    let mut check = database::new();
    check.found(
        format!("the store does not open: {error:#}"),
        "database.url and blobs.url",
        "start the database, or name the right one; restore a backup where it is damaged; nothing \
         else was looked at",
    );
    Report { checks: vec![check] }
}
