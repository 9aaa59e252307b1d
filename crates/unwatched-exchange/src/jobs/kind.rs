//! What a kind of job says of itself.

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::work::{Outcome, Work};

/// Does the work.
pub(super) type Run = for<'a> fn(&'a Work) -> BoxFuture<'a, Outcome>;
/// Is told why it failed, and whether that was the last time; also when its workers vanished.
pub(super) type OnFailure =
    for<'a> fn(&'a Work, &'a str, bool) -> BoxFuture<'a, anyhow::Result<()>>;

/// What a job's subject names, which decides who may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Nothing that anybody put in.
    Nothing,
    /// A sample, by its SHA-256.
    Sample,
    /// A family, by its id.
    Family,
}

/// Which workers do it. What keeps house never keeps a fresh sample waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// As many at once as samples may be analysed at once.
    Analysis,
    /// One at a time.
    House,
    /// A few at a time: each waits for a stranger's answer.
    Outward,
}

/// A kind of job.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its name in the queue.
    pub name: &'static str,
    /// What it does, in words that follow "is to".
    pub does: &'static str,
    /// What its subject names.
    pub about: About,
    /// Who does it.
    pub lane: Lane,
    /// After so many attempts it is set aside.
    pub max_tries: u32,
    /// The pause after its first failure; each later one is twice as long.
    pub first_pause: Duration,
    /// No pause is longer.
    pub max_pause: Duration,
    /// A worker that takes longer hangs.
    pub lasts_at_most: Duration,
    /// How often it comes round by itself.
    pub every: Option<Duration>,
    pub(super) run: Run,
    pub(super) on_failure: Option<OnFailure>,
}

impl Kind {
    /// A kind that is like most: `Kind::new("tidy", "remove ...", |work| Box::pin(run(work)))`.
    pub const fn new(name: &'static str, does: &'static str, run: Run) -> Self {
        Self {
            name,
            does,
            about: About::Nothing,
            lane: Lane::House,
            max_tries: 5,
            first_pause: Duration::from_secs(1),
            max_pause: Duration::from_mins(10),
            lasts_at_most: Duration::from_hours(1),
            every: None,
            run,
            on_failure: None,
        }
    }

    /// What its subject names.
    #[must_use]
    pub const fn about(mut self, about: About) -> Self {
        self.about = about;
        self
    }

    /// Who does it.
    #[must_use]
    pub const fn in_lane(mut self, lane: Lane) -> Self {
        self.lane = lane;
        self
    }

    /// How often it is tried.
    #[must_use]
    pub const fn tries(mut self, max_tries: u32) -> Self {
        self.max_tries = max_tries;
        self
    }

    /// It comes round this often: one process of all asks for it when it is due.
    #[must_use]
    pub const fn every(mut self, every: Duration) -> Self {
        self.every = Some(every);
        self
    }

    /// Who is told that it failed.
    #[must_use]
    pub const fn on_failure(mut self, on_failure: OnFailure) -> Self {
        self.on_failure = Some(on_failure);
        self
    }

    /// How long to wait after so many failures; `jitter` is any number, and moves the pause by up
    /// to a quarter, so that what failed together does not come back together.
    pub fn pause_after(&self, tries: u32, jitter: u8) -> Duration {
        let doubled = 1_u32 << tries.saturating_sub(1).min(20);
        let pause = self.first_pause.saturating_mul(doubled).min(self.max_pause);
        pause / 4 * 3 + pause / 2 * u32::from(jitter) / 255
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::{Ended, KINDS};

    #[test]
    fn pauses_double_to_their_limit_and_differ() {
        let kind = Kind::new("a", "b", |_| Box::pin(async { Ok(Ended::Done) }));
        let check = |tries: u32, jitter: u8, expected_ms: u128| {
            assert_eq!(
                kind.pause_after(tries, jitter).as_millis(),
                expected_ms,
                "{tries} {jitter}"
            );
        };
        check(1, 0, 750);
        check(1, 255, 1_250);
        check(3, 0, 3_000);
        check(3, 255, 5_000);
        check(u32::MAX, 0, 450_000);
    }

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let mut names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KINDS.len());
    }
}
