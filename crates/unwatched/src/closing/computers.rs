//! Computers that the phone lets debug it without asking. What is kept of them is taken back on the
//! phone's own screen; some phones end the connection with it, and are then reached once more.

use unwatched_acquire::case::StepState;
use unwatched_acquire::live::NotDone;
use unwatched_device::plan::Asks;

use crate::ask::{Word, word};
use crate::exit::Failure;
use crate::removal::desk::of_case;
use crate::{Surroundings, acquire};

use super::{Closing, REVOKE, cut_off};

const STEP: &str = "revoke_authorisations";
const WORDS: &str = "revoke the computers that may debug the phone";

impl Closing<'_> {
    pub(super) fn authorisations(
        &mut self,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        let Some(count) = self.computers().map_err(cut_off)? else {
            self.leave(format!("which computers the phone accepts could not be read. {REVOKE}"));
            return Ok(());
        };
        if count == 0 {
            writeln!(
                surroundings.talk,
                "The phone keeps no computer that may debug it: it was asked again."
            )?;
            return Ok(());
        }
        let computers =
            if count == 1 { "1 computer".to_owned() } else { format!("{count} computers") };
        writeln!(
            surroundings.talk,
            "The phone keeps {computers} that may debug it without asking. It does not say whose they are: one may be\n\
             somebody's way in, and evidence. Once it is taken back, a computer that is connected can lose the phone at once,\n\
             and is refused when it next tries: whoever uses it notices. {REVOKE}"
        )?;
        if surroundings.answers.is_none() {
            self.leave(format!("{computers} may still debug the phone. {REVOKE}"));
            return Ok(());
        }
        self.note(STEP, StepState::Intended, WORDS)?;
        surroundings.stop.remains("the computers that may debug the phone were being taken back by hand, and whether they were is not known; debugging is still on");
        match word(surroundings, "y once it is revoked:")? {
            Word::Yes => {}
            Word::LeaveOut | Word::Stop => {
                self.leave(format!("{computers} may still debug the phone"));
                return self.note(STEP, StepState::Skipped, WORDS);
            }
        }
        let mut count = self.computers();
        if matches!(count, Err(NotDone::Unknown(_))) && self.is_back(surroundings)? {
            count = self.computers();
        }
        let state = match count {
            Ok(Some(0)) => {
                writeln!(surroundings.talk, "Verified: the phone keeps none.")?;
                StepState::Verified
            }
            Ok(Some(left)) => {
                self.leave(format!(
                    "the phone still keeps {left} of the computers that may debug it. {REVOKE}"
                ));
                StepState::Failed
            }
            Err(NotDone::Case(error)) => return Err(of_case(error)),
            Ok(None) | Err(_) => {
                self.leave("that no computer may debug the phone any more is by the word of who did it: the phone was not asked again");
                StepState::Done
            }
        };
        self.note(STEP, state, WORDS)
    }

    fn computers(&mut self) -> Result<Option<usize>, NotDone> {
        let facts = self.desk.read(&[Asks::Service("adb")])?;
        Ok(facts.access.adb_keys.as_ref().map(|keys| keys.what.count))
    }

    /// Whether a phone that let go can be asked again. A connection of our own has a new key, so the
    /// phone asks once more whether to allow it.
    fn is_back(&mut self, surroundings: &mut Surroundings<'_>) -> Result<bool, Failure> {
        writeln!(
            surroundings.talk,
            "The phone ended the connection, as some do when computers are taken back. Connected again it asks once more\n\
             whether to allow this computer: leave \"Always allow from this computer\" without its tick."
        )?;
        self.silent = true;
        let Word::Yes = word(surroundings, "Connect again, to look whether it is so?")? else {
            return Ok(false);
        };
        match acquire::reach(self.reach, surroundings) {
            Ok(connection) => {
                self.desk.connection = connection;
                // Another phone in its place would be put back in its stead.
                match self.desk.is_its_phone() {
                    Ok(Some(true) | None) => self.silent = false,
                    Ok(Some(false)) => {
                        self.leave("another phone was connected than the case's; nothing was changed on it");
                    }
                    Err(NotDone::Case(error)) => return Err(of_case(error)),
                    Err(_) => {}
                }
            }
            Err(failure) => failure.tell(surroundings.talk)?,
        }
        Ok(!self.silent)
    }
}
