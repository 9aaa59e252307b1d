//! The machine's clock, against the newest rows: nothing can have happened in the future.

use jiff::SignedDuration;

use super::{Check, Exam};

/// Two machines' clocks may differ a little.
const TOLERATED: SignedDuration = SignedDuration::from_mins(5);

pub(super) async fn check(exam: &Exam<'_>) -> Check {
    let mut check = Check::new("clock");
    let now = exam.state.clock.now();
    match exam.state.store.newest_rows().await {
        Ok(newest) => {
            check.looked_at = format!("{} tables with moments", newest.len());
            for newest in newest {
                if newest.at.duration_since(now) > TOLERATED {
                    check.found(
                        format!("its newest row is of {}, and the clock says {now}", newest.at),
                        format!("the table {}", newest.table),
                        "set the machine's clock; where the clock is right, find out what wrote \
                         the row",
                    );
                }
            }
        }
        Err(error) => check.could_not(error.to_string()),
    }
    check
}
