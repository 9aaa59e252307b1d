//! Who read which sample and report: collected as they happen, written to the audit log about
//! every second, one line for each reader, sample and hour. And how often somebody was refused to
//! sign in, as a number and without a name, once a minute.
//!
//! A page that is read costs no transaction. What the last second collected is lost when the
//! process is killed; a download is not collected: `http/downloads.rs` writes it before its first
//! byte goes out.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::{Digest as _, Sha256 as Hasher};
use unwatched_model::digest::Sha256;
use unwatched_store::{Actor, NewAudit, StoreError, Viewer};

use crate::state::AppState;

/// How often what was collected is written.
const EVERY: Duration = Duration::from_secs(1);

/// What was read of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Read {
    /// What is known of it: its page, its entry.
    Sample,
    /// What the analysis says.
    Report,
}

impl Read {
    fn action(self) -> &'static str {
        match self {
            Self::Sample => "sample.read",
            Self::Report => "report.read",
        }
    }
}

/// What was read since it was last written.
#[derive(Debug, Default)]
pub struct Reads(Mutex<Collected>);

#[derive(Debug, Default)]
struct Collected {
    /// Hours since 1970.
    hour: i64,
    /// What has its line in this hour. A part of a digest of reader, sample and what was read:
    /// a program that reads a hundred thousand samples costs a few MB and not tens.
    told: HashSet<u128>,
    waiting: BTreeMap<(Actor, Read, Sha256), Timestamp>,
    refused: Refused,
}

/// How often signing in was refused, and since when that is counted.
#[derive(Debug, Default, Clone, Copy)]
struct Refused {
    count: u64,
    since: Option<Timestamp>,
}

/// So long refusals are counted before their line is written: a password is tried a hundred times
/// in a minute, and the log says so once.
const REFUSED_EVERY: SignedDuration = SignedDuration::from_mins(1);

impl Reads {
    /// Notes that somebody read a sample.
    pub fn note(&self, viewer: &Viewer, read: Read, sample: &Sha256, now: Timestamp) {
        let actor = viewer.actor();
        let key = key(&actor, read, sample);
        let hour = now.as_second().div_euclid(3_600);
        let mut collected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if collected.hour != hour {
            collected.hour = hour;
            collected.told = HashSet::new();
        }
        if collected.told.insert(key) {
            collected.waiting.insert((actor, read, *sample), now);
        }
    }

    /// Notes that somebody was refused to sign in.
    pub fn note_refused(&self, now: Timestamp) {
        let mut collected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        collected.refused.count += 1;
        collected.refused.since.get_or_insert(now);
    }

    /// What was refused, when its minute is over or nothing comes after it.
    fn take_refused(&self, now: Timestamp, is_last: bool) -> Refused {
        let mut collected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = |since: Timestamp| is_last || now.duration_since(since) >= REFUSED_EVERY;
        if collected.refused.since.is_some_and(is_due) {
            return std::mem::take(&mut collected.refused);
        }
        Refused::default()
    }

    fn give_back_refused(&self, refused: Refused) {
        let mut collected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        collected.refused.count += refused.count;
        collected.refused.since = refused.since.or(collected.refused.since);
    }

    fn take(&self) -> BTreeMap<(Actor, Read, Sha256), Timestamp> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).waiting)
    }

    fn give_back(&self, waiting: BTreeMap<(Actor, Read, Sha256), Timestamp>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).waiting.extend(waiting);
    }
}

fn key(actor: &Actor, read: Read, sample: &Sha256) -> u128 {
    let mut hasher = Hasher::new();
    hasher.update(actor.partner.as_ref().map_or("", |slug| slug.as_str()));
    hasher.update([0, read as u8, actor.via as u8]);
    hasher.update(actor.user.map_or(-1, |user| user.0).to_le_bytes());
    hasher.update(sample.0);
    let digest = hasher.finalize();
    digest.iter().take(16).fold(0, |key, byte| key << 8 | u128::from(*byte))
}

/// Writes what was collected; with `is_last`, also what would wait for its minute. What could not
/// be written waits for the next time.
pub async fn write(state: &AppState, is_last: bool) -> Result<(), StoreError> {
    let now = state.clock.now();
    let waiting = state.reads.take();
    let refused = state.reads.take_refused(now, is_last);
    let mut lines: Vec<NewAudit> = waiting
        .iter()
        .map(|((actor, read, sample), at)| {
            let hour = at.as_second().div_euclid(3_600) * 3_600;
            let hour = Timestamp::from_second(hour).unwrap_or(*at);
            actor.did(read.action(), "sample", sample, json!({ "hour": hour.to_string() }))
        })
        .collect();
    if refused.count > 0 {
        let detail = json!({ "count": refused.count });
        lines.push(Actor::system().did("sign_in.refused", "exchange", "", detail));
    }
    if lines.is_empty() {
        return Ok(());
    }
    let written = state.store.audit_all(&lines, now).await;
    if written.is_err() {
        state.reads.give_back(waiting);
        state.reads.give_back_refused(refused);
    }
    written
}

/// Writes what was collected every second until the server ends, and once more then.
pub async fn keep_writing(state: AppState) {
    let mut is_last = false;
    while !is_last {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = state.shutdown.cancelled() => is_last = true,
        }
        if let Err(error) = write(&state, is_last).await {
            tracing::error!("who read what could not be written yet: {error}");
        }
    }
}
