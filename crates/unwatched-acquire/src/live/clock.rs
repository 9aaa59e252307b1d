//! The clock as an argument, and how long is waited for a phone. Nothing here reads a clock.

use std::time::Duration;

use jiff::Timestamp;

use super::trouble::Trouble;

/// Where the time comes from.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// What time it is: for the journal.
    pub now: fn() -> Timestamp,
    /// How long the program has been running: it never goes back, and measures patience.
    pub running: fn() -> Duration,
}

/// When waiting ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    clock: Clock,
    until: Duration,
    patience: Duration,
}

impl Deadline {
    pub(super) fn of(clock: Clock, patience: Duration) -> Self {
        Self { clock, until: (clock.running)() + patience, patience }
    }

    /// What is left of it.
    pub(super) fn left(&self) -> Result<Duration, Trouble> {
        let left = self.until.saturating_sub((self.clock.running)());
        // A patience of nothing would mean for ever.
        if left < Duration::from_millis(1) { Err(Trouble::Slow(self.patience)) } else { Ok(left) }
    }

    /// What was allowed in all.
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }
}
