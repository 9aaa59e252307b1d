//! Stop now: at any moment, within two seconds, the program is gone with its keys, the phone is left
//! as it is, and one sentence says what remains.
//!
//! What the sentence says is kept true while the program works: before a step it says that the step
//! may have happened, after it what is so. Whoever catches the signal prints it and ends the process.

use std::sync::{Arc, Mutex, PoisonError};

/// What remains, should it end now.
#[derive(Debug, Clone)]
pub struct Stop {
    sentence: Arc<Mutex<String>>,
}

const NOTHING: &str = "nothing was changed on any phone";

impl Default for Stop {
    fn default() -> Self {
        Self { sentence: Arc::new(Mutex::new(NOTHING.to_owned())) }
    }
}

impl Stop {
    /// From now on this is what remains.
    pub fn remains(&self, what: impl Into<String>) {
        *self.sentence.lock().unwrap_or_else(PoisonError::into_inner) = what.into();
    }

    /// What to say, and nothing else.
    pub fn sentence(&self) -> String {
        let what = self.sentence.lock().unwrap_or_else(PoisonError::into_inner);
        format!("Stopped: {what}.")
    }
}
