//! The log of releases against what was signed of it. Nothing is signed over a log that is not the
//! one signed before with more behind it: whoever has the server's disk would else get the server's
//! word for a history of their own.

use std::ops::Range;

use anyhow::Context as _;
use unwatched_formats::release::{Checkpoint, KeySet, Leaf, Log};
use unwatched_store::{KeySetRow, LogEntry, SaidOfLog};

use super::keys::is_signed;
use super::log::{entries, leaf, origin};
use crate::refusal::Refusal;
use crate::state::AppState;

/// A log that continues the one signed last; there is no other way to sign one.
#[derive(Debug)]
pub struct Continued {
    sets: Vec<KeySetRow>,
    entries: Vec<LogEntry>,
}

impl Continued {
    /// Reads it.
    ///
    /// # Errors
    /// [`Refusal::NotAsItShouldBe`] where it is not what was signed last, with the releases that
    /// were changed.
    pub async fn read(state: &AppState) -> anyhow::Result<Self> {
        // Before the entries: a release that is published meanwhile is among them and never missed.
        let last = state.store.last_said_of_log().await.context("read the last checkpoint")?;
        // Before the sets: a log that is begun here makes the first.
        let entries = entries(state).await?;
        let sets = state.store.key_sets().await.context("read the key sets")?;
        let Some(last) = last else { return Ok(Self { sets, entries }) };
        let leaves: Vec<_> = entries.iter().map(leaf).collect();
        let known: Vec<_> = sets
            .iter()
            .filter_map(|row| KeySet::from_bytes(row.document.as_bytes()).ok())
            .collect();
        let Some(why) = unlike(&last, &leaves, &known, origin(&sets).ok().as_deref()) else {
            return Ok(Self { sets, entries });
        };
        let said = state.store.said_of_log().await.context("read the checkpoints")?;
        let what = match why {
            Unlike::Leaves => changed(&said, &last, &entries),
            Unlike::Checkpoint(why) => {
                format!("the checkpoint of {}, the last that was signed of it: {why}", last.said_at)
            }
        };
        Err(Refusal::NotAsItShouldBe(format!(
            "nothing is signed or published: the log of releases is not what was signed. {what}. \
             Find out what changed it, then restore the log from a backup (`unwatched-exchange \
             restore`): checkers refuse one that does not continue the log they saw. \
             `unwatched-exchange doctor` shows all that is not as it was written"
        ))
        .into())
    }

    /// What is in it, in its order.
    pub fn entries(&self) -> &[LogEntry] {
        &self.entries
    }

    /// Every key set, the first first.
    pub fn sets(&self) -> &[KeySetRow] {
        &self.sets
    }

    /// The same with one more behind it.
    #[must_use]
    pub fn and(mut self, entry: LogEntry) -> Self {
        self.entries.push(entry);
        self
    }
}

/// How the log, or the row itself, differs from what was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unlike {
    /// The leaves are others than those that were signed.
    Leaves,
    /// It is no word of the server's on this log.
    Checkpoint(String),
}

/// How what the server said differs from these leaves; `None` where they are what it signed.
pub fn unlike(
    said: &SaidOfLog,
    leaves: &[Leaf],
    sets: &[KeySet],
    origin: Option<&str>,
) -> Option<Unlike> {
    let other = |why: &str| Some(Unlike::Checkpoint(why.to_owned()));
    let checkpoint = match Checkpoint::from_text(&said.document) {
        Ok(checkpoint) => checkpoint,
        Err(error) => return other(&error.0),
    };
    let bytes = said.document.as_bytes();
    if !sets.iter().any(|set| is_signed(&set.server, bytes, &said.signature)) {
        return other("it is not signed by a key that was ever the server's");
    }
    if (checkpoint.size, checkpoint.root, checkpoint.time) != (said.size, said.root, said.said_at) {
        return other("its row says something else than what was signed");
    }
    if origin.is_some_and(|origin| origin != checkpoint.origin) {
        return other("it is of another log");
    }
    (Log::root_at(checkpoint.size, leaves) != Some(checkpoint.root)).then_some(Unlike::Leaves)
}

/// Which releases are others than those that were signed, as far as the checkpoints tell.
fn changed(said: &[SaidOfLog], last: &SaidOfLog, entries: &[LogEntry]) -> String {
    let there = entries.len() as u64;
    if there < last.size {
        return format!(
            "It holds {there} releases, and {} were signed on {}",
            last.size, last.said_at
        );
    }
    let Range { start, end } = places(said, entries);
    let named = |place: u64| {
        let entry = usize::try_from(place).ok().and_then(|place| entries.get(place));
        entry.map_or_else(String::new, |entry| format!("release {}", entry.sequence))
    };
    let first = said.iter().find(|one| one.size >= end).unwrap_or(last);
    match end.saturating_sub(start) {
        0 | 1 => {
            format!("Its entry {} ({}) was changed after {}", end, named(start), first.said_at)
        }
        _ => format!(
            "One of its entries {} to {end} ({} to {}) was changed after {}",
            start + 1,
            named(start),
            named(end - 1),
            first.said_at
        ),
    }
}

/// Where the first change lies: behind what the last good checkpoint holds, and within what the
/// first bad one does.
fn places(said: &[SaidOfLog], entries: &[LogEntry]) -> Range<u64> {
    let leaves: Vec<_> = entries.iter().map(leaf).collect();
    let fits = |one: &&SaidOfLog| Log::root_at(one.size, &leaves) == Some(one.root);
    let good = said.iter().take_while(fits).last().map_or(0, |one| one.size);
    let bad = said.iter().find(|one| !fits(one)).map_or(good, |one| one.size);
    good..bad
}
