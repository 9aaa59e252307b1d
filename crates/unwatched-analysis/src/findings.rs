//! What an analysis collects on its way besides facts: problems, anomalies and evidence, bounded.

use unwatched_model::report::{Anomaly, Evidence, Problem, Tier};

/// An anomaly, in one line.
pub(crate) fn anomaly(id: &str, what: String, place: &str) -> Anomaly {
    Anomaly { id: id.to_owned(), what, place: shortened(place, 300) }
}

/// A problem, in one line.
pub(crate) fn problem(what: impl Into<String>, place: &str) -> Problem {
    Problem { what: what.into(), place: shortened(place, 300) }
}

/// A piece of evidence, in one line.
pub(crate) fn evidence(tier: Tier, kind: &str, value: &str, place: &str) -> Evidence {
    let (value, place) = (shortened(value, 400), shortened(place, 700));
    Evidence { tier, kind: kind.replace('-', "_"), value, place }
}

/// The beginning of `text`, marked where it was cut, without control characters.
pub(crate) fn shortened(text: &str, max_chars: usize) -> String {
    let mut short: String =
        text.chars().take(max_chars).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(max_chars).is_some() {
        short.push('…');
    }
    short
}

/// Runs `read` and turns a panic into `None`: a reader that stops is a problem, not a crash.
pub(crate) fn guarded<T>(read: impl FnOnce() -> T) -> Option<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).ok()
}
