//! The files of apps that lie in the evidence, through the analysis: one at a time, bounded, and
//! each by itself, so that one that breaks down costs only what would be said of it.

use std::io::Read;

use unwatched_analysis::{Limits, analyze};
use unwatched_device::evidence::AppReport;
use unwatched_model::report::Report;

/// A longer file is not an app that a phone runs.
const MAX_APP_BYTES: u64 = 512 << 20;
/// What deeply nested files may need, on every system.
const STACK_BYTES: usize = 16 << 20;
/// More apps than a phone holds.
pub(crate) const MAX_APPS: usize = 2_000;

/// Reads a file and says what the analysis says of it; `place` is what a report calls it, which
/// must not name the app.
pub(crate) fn analysed(place: &str, mut file: impl Read) -> Result<AppReport, String> {
    let mut bytes = Vec::new();
    let read = (&mut file).take(MAX_APP_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("could not be read: {error}"))?;
    if bytes.len() as u64 > MAX_APP_BYTES {
        return Err(format!("it is longer than {} MiB and was not read", MAX_APP_BYTES >> 20));
    }
    let report = in_a_thread_of_its_own(&bytes).ok_or("its analysis broke down")?;
    Ok(AppReport { place: place.to_owned(), report })
}

fn in_a_thread_of_its_own(bytes: &[u8]) -> Option<Report> {
    std::thread::scope(|scope| {
        let limits = Limits::default();
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        let running = thread.spawn_scoped(scope, move || analyze(None, bytes, &limits)).ok()?;
        running.join().ok()
    })
}
