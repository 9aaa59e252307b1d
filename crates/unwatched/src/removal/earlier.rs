//! What the journal says of earlier runs of a removal or a close: for each step where it stood last,
//! told so that it is true also when a run was killed in the middle.

use std::collections::BTreeMap;

use unwatched_acquire::case::{Entry, Record, StepState};
use unwatched_model::text::shown;

use crate::Surroundings;
use crate::exit::Failure;

/// How a step stood last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Earlier {
    /// Its id.
    pub(crate) step: String,
    /// Where it stood.
    pub(crate) state: StepState,
    /// What was kept of it, by every entry about it.
    pub(crate) detail: BTreeMap<String, String>,
}

/// Every step of this part that was ever begun or left out, in the order in which they were.
pub(crate) fn earlier(records: &[Record], part: &str) -> Vec<Earlier> {
    let mut all: Vec<Earlier> = Vec::new();
    for record in records {
        let Entry::Step { part: of, step, state, detail } = &record.entry else { continue };
        if of != part {
            continue;
        }
        match all.iter_mut().find(|known| known.step == *step) {
            Some(known) => {
                known.state = *state;
                known.detail.extend(detail.clone());
            }
            None => all.push(Earlier { step: step.clone(), state: *state, detail: detail.clone() }),
        }
    }
    all
}

/// What the journal says of earlier runs, before anything else is asked.
pub(crate) fn where_things_stand(
    records: &[Record],
    parts: &[&str],
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    let talk = &mut *surroundings.talk;
    match records.iter().rev().find_map(closed) {
        Some(true) => writeln!(
            talk,
            "The case was to be closed and its key destroyed; that was stopped before it was done: the case still opens."
        )?,
        Some(false) => writeln!(talk, "The case was closed before, and its key was kept.")?,
        None => {}
    }
    let before: Vec<Earlier> = parts.iter().flat_map(|part| earlier(records, part)).collect();
    if before.is_empty() {
        return Ok(());
    }
    writeln!(talk, "Where things stand, by the case's journal:")?;
    for one in &before {
        writeln!(talk, "- {}: it {}", shown(one.words()), one.stood())?;
    }
    writeln!(talk)?;
    Ok(())
}

/// Whether the case was closed, and with its key destroyed.
fn closed(record: &Record) -> Option<bool> {
    match &record.entry {
        Entry::Closed { key_destroyed } => Some(*key_destroyed),
        _ => None,
    }
}

impl Earlier {
    /// Whether nobody knows how it stands until the phone was asked again.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, StepState::Intended | StepState::Done)
    }

    /// Whether what it did, or may have done, was not taken back.
    pub(crate) fn is_in_force(&self) -> bool {
        match self.state {
            StepState::Failed => self.is_taken_back(),
            StepState::Intended | StepState::Done | StepState::Verified => !self.is_taken_back(),
            StepState::Undone | StepState::Skipped => false,
        }
    }

    /// Whether its last entry is about taking it back.
    fn is_taken_back(&self) -> bool {
        self.detail("taking_back") == "yes"
    }

    /// What was kept of it under this name; empty where nothing was.
    pub(crate) fn detail(&self, key: &str) -> &str {
        self.detail.get(key).map_or("", String::as_str)
    }

    /// What it is, in words.
    pub(crate) fn words(&self) -> &str {
        self.detail.get("words").map_or(&self.step, String::as_str)
    }

    /// Where it stood, in words.
    pub(crate) fn stood(&self) -> &'static str {
        let taking_back = self.is_taken_back();
        match self.state {
            StepState::Intended if taking_back => {
                "was being taken back; whether that was carried out is not known"
            }
            StepState::Failed if taking_back => "was to be taken back, and the phone did not do it",
            StepState::Intended => "was begun; whether it was carried out is not known",
            StepState::Done => "was done, by what the phone said; it was not asked again",
            StepState::Verified => "was done, and the phone said so when it was asked again",
            StepState::Failed => "was tried, and the phone did not do it",
            StepState::Undone => "was done and taken back",
            StepState::Skipped => "was left out",
        }
    }

    /// A list that was kept as one text.
    pub(crate) fn list(&self, key: &str) -> Vec<String> {
        self.detail(key).lines().map(ToOwned::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_on_a_step_counts_and_what_was_kept_stays() {
        let entry = |step: &str, state, key: &str| Record {
            number: 1,
            at: jiff::Timestamp::UNIX_EPOCH,
            entry: Entry::Step {
                part: "remove".to_owned(),
                step: step.to_owned(),
                state,
                detail: BTreeMap::from([(key.to_owned(), "x\ny".to_owned())]),
            },
        };
        let records = [
            entry("a", StepState::Intended, "names"),
            entry("b", StepState::Skipped, "words"),
            entry("a", StepState::Done, "more"),
        ];
        let all = earlier(&records, "remove");
        assert_eq!(all.len(), 2);
        assert!(all[0].is_open() && !all[1].is_open());
        assert_eq!(all[0].list("names"), ["x", "y"]);
        assert_eq!((all[0].words(), all[1].words()), ("a", "x\ny"));
        assert!(earlier(&records, "close").is_empty());
    }
}
