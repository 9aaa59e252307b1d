//! Finds words in SQLite, by FTS5, and ends a search that takes too long.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use sqlx::SqliteConnection;

use crate::Result;

/// Where entries are found by a query as [`words_query`] writes it.
pub(crate) const MATCHING: &str =
    " FROM search_text t JOIN search_entries e ON e.id = t.rowid WHERE t.search_text MATCH ";

/// Every word quoted, each also by its beginning, and tags as they are: nothing of the asker's is
/// FTS5 syntax.
pub(crate) fn words_query(words: &[String], tags: &[String]) -> String {
    let words = words.iter().map(|word| format!("\"{word}\"*"));
    let tags = tags.iter().map(|tag| format!("\"{tag}\""));
    words.chain(tags).collect::<Vec<_>>().join(" ")
}

/// `SQLITE_INTERRUPT`.
pub(crate) const INTERRUPTED: &str = "9";

/// How often SQLite asks whether to go on, in steps of its own machine, and how often it may:
/// together about a second.
const STEPS: i32 = 20_000;
const TIMES: u32 = 2_000;

/// Ends what runs on a connection after so many steps, as long as this lives. What comes after it
/// on the same connection is left alone.
pub(crate) struct Bound(Arc<AtomicBool>);

impl Drop for Bound {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

pub(crate) async fn bounded(connection: &mut SqliteConnection) -> Result<Bound> {
    let holds = Arc::new(AtomicBool::new(true));
    let (bound, times) = (Bound(holds.clone()), AtomicU32::new(0));
    connection.lock_handle().await?.set_progress_handler(STEPS, move || {
        !holds.load(Ordering::Relaxed) || times.fetch_add(1, Ordering::Relaxed) < TIMES
    });
    Ok(bound)
}
