//! What made-up people leave in the audit log: who put each sample in, and who read some of them.

use jiff::Timestamp;
use serde_json::json;
use unwatched_model::access::Sharing;
use unwatched_store::{Actor, BulkSample, NewAudit, READS, Via};

use super::chance::Chance;
use super::coalition::Member;

/// The lines of some samples, the first of which has this number.
pub(super) fn of(
    samples: &[BulkSample],
    first: usize,
    members: &[Member],
    seed: u64,
) -> Vec<NewAudit> {
    let mut lines = Vec::with_capacity(samples.len() * 2);
    for (number, sample) in (first..).zip(samples) {
        let mut chance = Chance::new(seed, 5_000_000_000 + number as u64);
        for (position, one) in sample.submissions.iter().enumerate() {
            let by = Actor { partner: Some(one.by.clone()), user: None, via: Via::Key };
            let Sharing { tlp, pap, group } = &one.sharing;
            let detail = json!({"tlp": tlp, "pap": pap, "group": group, "new": position == 0});
            lines.push(by.did("sample.upload", "sample", sample.sha256, detail));
        }
        for _ in 0..chance.below(2) {
            let reader = chance.of(members);
            let by = Actor { partner: Some(reader.slug.clone()), user: None, via: Via::Key };
            let action = *chance.of(&READS);
            lines.push(by.did(action, "sample", sample.sha256, json!({})));
        }
    }
    lines
}

/// When the last of them came.
pub(super) fn ended(samples: &[BulkSample], now: Timestamp) -> Timestamp {
    samples.last().map_or(now, |sample| sample.analysed_at.min(now))
}
