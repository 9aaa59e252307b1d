//! Taking back what a removal did, the last step first, as far as the cable can.

use std::collections::BTreeMap;

use unwatched_acquire::case::StepState;
use unwatched_acquire::live::NotDone;
use unwatched_device::evidence::SettingsTable;
use unwatched_device::plan::{Asks, Standing};
use unwatched_model::text::shown;

use crate::Surroundings;
use crate::ask::{Word, word};
use crate::exit::Failure;

use super::change::back;
use super::desk::{cut_off, of_case, stopped};
use super::earlier::{Earlier, earlier};
use super::steps::{PART, Removal, unexpected};

impl Removal {
    /// Takes back what can be, the last step first.
    pub(crate) fn take_back(&mut self, surroundings: &mut Surroundings<'_>) -> Result<(), Failure> {
        let read = self.desk.case.case().map_err(of_case)?;
        let done = earlier(read.journal(), PART);
        let is_done = |one: &&Earlier| {
            matches!(one.state, StepState::Verified | StepState::Done | StepState::Intended)
        };
        for one in done.iter().rev().filter(is_done) {
            if one.detail.contains_key("was_so_already") {
                continue;
            }
            let facts = self
                .desk
                .read(&[
                    Asks::Settings(SettingsTable::Secure),
                    Asks::Settings(SettingsTable::Global),
                ])
                .map_err(cut_off)?;
            let get = |key: &str| {
                one.detail.get(key).map(String::as_str).filter(|value| !value.is_empty())
            };
            let users: Vec<u32> =
                one.list("users").iter().filter_map(|user| user.parse().ok()).collect();
            let commands = back(
                get("action").unwrap_or_default(),
                &one.list("names"),
                &users,
                get("app"),
                get("before"),
                &facts,
            );
            writeln!(surroundings.talk, "\n{}: it {}", shown(one.words()), one.stood())?;
            if commands.is_empty() {
                writeln!(surroundings.talk, "Nothing takes this back by cable.")?;
                continue;
            }
            match word(
                surroundings,
                "Take it back? Whoever was told of it may be told of this too.",
            )? {
                Word::Yes => {}
                Word::LeaveOut => continue,
                Word::Stop => return Err(stopped()),
            }
            let note = |removal: &Self, state| {
                let detail = BTreeMap::from([("taking_back".to_owned(), "yes".to_owned())]);
                removal.desk.note(PART, &one.step, state, detail).map_err(of_case)
            };
            note(self, StepState::Intended)?;
            surroundings.stop.remains(format!(
                "taking back \"{}\" was under way, and whether the phone did it is not known; debugging is still on",
                one.words()
            ));
            for command in &commands {
                match self.desk.change(&self.proof, command) {
                    Ok(()) => {}
                    Err(NotDone::Refused(why)) => {
                        note(self, StepState::Failed)?;
                        return Err(unexpected(format!(
                            "the phone refused to take it back: {why}"
                        )));
                    }
                    Err(other) => return Err(cut_off(other)),
                }
            }
            let step = self.steps.iter().find(|step| step.id == one.step).cloned();
            let standing = match &step {
                Some(step) => self.desk.standing(step).map_err(cut_off)?.0,
                None => Standing::Untold,
            };
            match standing {
                Standing::Done => {
                    note(self, StepState::Failed)?;
                    return Err(unexpected("the phone said that it was taken back, and it is not"));
                }
                Standing::Open => writeln!(
                    surroundings.talk,
                    "Taken back: the phone was asked again, and it is as it was."
                )?,
                Standing::Unknown | Standing::Untold => {
                    writeln!(
                        surroundings.talk,
                        "Taken back by what the phone said; it was not asked again."
                    )?;
                }
            }
            note(self, StepState::Undone)?;
            surroundings.stop.remains(
                "what was taken back is back, none is under way, and debugging is still on",
            );
        }
        Ok(())
    }
}
