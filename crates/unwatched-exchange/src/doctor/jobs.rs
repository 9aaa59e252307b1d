//! Work that failed for good, or that nobody takes up.

use jiff::SignedDuration;
use unwatched_store::JobState;

use super::{Check, Exam};

/// A lease is a matter of minutes, and a worker looks every few seconds.
const STUCK_AFTER: SignedDuration = SignedDuration::from_hours(24);

pub(super) async fn check(exam: &Exam<'_>) -> Check {
    let mut check = Check::new("jobs");
    let store = &exam.state.store;
    let now = exam.state.clock.now();
    let counts = match store.job_counts(now).await {
        Ok(counts) => counts,
        Err(error) => {
            check.could_not(error.to_string());
            return check;
        }
    };
    let total: u64 = counts.iter().map(|count| count.count).sum();
    check.looked_at = format!("{total} jobs");
    for count in counts.iter().filter(|count| count.state == JobState::Dead) {
        check.mind(
            format!("{} jobs of kind {} failed for good", count.count, count.kind),
            "/portal/jobs",
            "read why, mend the cause, and have them tried again there",
        );
    }
    match store.overdue_jobs(now.saturating_sub(STUCK_AFTER).unwrap_or(now)).await {
        Ok(overdue) => {
            for (kind, count) in overdue {
                check.found(
                    format!("{count} jobs of kind {kind} wait for longer than a day"),
                    "the job queue",
                    "start a server with workers, or `worker`; see its log when one runs",
                );
            }
        }
        Err(error) => check.could_not(error.to_string()),
    }
    check
}
