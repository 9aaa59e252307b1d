//! The audit log's chain, from where it begins to its last line.

use super::{Check, Exam};
use crate::audit_log::Link;

const PAGE: u32 = 5_000;
const WHAT_NOW: &str = "find out who changed the database; compare with the last backup and with what \
                    `audit export` wrote before";

pub(super) async fn check(exam: &Exam<'_>) -> Check {
    let mut check = Check::new("audit");
    let store = &exam.state.store;
    let (start, head) = match (store.audit_start().await, store.audit_head().await) {
        (Ok(start), Ok(head)) => (start, head),
        (Err(error), _) | (_, Err(error)) => {
            check.found(format!("the log's ends do not read: {error}"), "the audit log", WHAT_NOW);
            return check;
        }
    };
    let mut at = Link { seq: start.0, sha256: start.1 };
    let (mut lines, mut before) = (0usize, at.seq);
    loop {
        let read = match store.audit_after(before, PAGE).await {
            Ok(read) => read,
            // One line at a time, so that the one that does not read is named.
            Err(_) => match store.audit_after(before, 1).await {
                Ok(read) => read,
                Err(error) => {
                    before += 1;
                    let place = format!("line {before} of the audit log");
                    check.found(format!("it does not read: {error}"), place, WHAT_NOW);
                    if before > head.counted {
                        break;
                    }
                    continue;
                }
            },
        };
        let Some(last) = read.last() else { break };
        before = last.seq;
        for line in &read {
            lines += 1;
            if let Err(why) = at.follow(line) {
                check.found(why, format!("line {} of the audit log", line.seq), WHAT_NOW);
            }
        }
        exam.progress("audit lines followed", lines, usize::try_from(head.seq).unwrap_or(lines));
    }
    // Lines may have been added since the head was asked for.
    if at.seq < head.counted {
        check.found(
            format!("{} lines were counted and the log ends with line {}", head.counted, at.seq),
            "the audit log's end",
            WHAT_NOW,
        );
    }
    check.looked_at = format!("{lines} lines, the last with digest {}", at.sha256);
    check
}
