//! Debugging at the end: left as the person wants it, or off. Last of all, for it ends the
//! connection.

use unwatched_acquire::case::StepState;
use unwatched_acquire::live::commands::Switch;
use unwatched_acquire::live::{self, NotDone};

use crate::Surroundings;
use crate::exit::Failure;
use crate::removal::desk::of_case;

use super::{Closing, DEBUGGING_OFF, cut_off};

/// Where the survivor wants debugging at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Debugging {
    Stays,
    Off,
}

const STEP: &str = "debugging_off";
const WORDS: &str = "switch USB debugging off";

impl Closing<'_> {
    /// What goes with debugging, while the phone still answers.
    pub(super) fn ways_in_by_debugging(
        &mut self,
        wanted: Debugging,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        if wanted == Debugging::Stays || self.silent {
            return Ok(());
        }
        for (step, switch) in [
            ("wireless_debugging_off", Switch::WirelessDebugging),
            ("developer_options_off", Switch::DeveloperOptions),
        ] {
            match self.setting(switch.setting()).map_err(cut_off)? {
                Some(value) if value.as_deref() == Some("1") => {
                    self.switch(step, switch, Some(false), Some("0"), surroundings)?;
                }
                Some(_) => {}
                None => {
                    self.leave(format!("whether {} is on could not be read", switch.setting().1));
                }
            }
        }
        Ok(())
    }

    pub(super) fn debugging(
        &mut self,
        wanted: Debugging,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        if wanted == Debugging::Stays {
            writeln!(surroundings.talk, "USB debugging stays as it is, as was chosen.")?;
            self.leave("USB debugging is on, as was chosen");
            return Ok(());
        }
        if self.silent {
            writeln!(
                surroundings.talk,
                "USB debugging cannot be switched off by cable any more. {DEBUGGING_OFF}"
            )?;
            self.leave(format!("whether USB debugging is off is not known. {DEBUGGING_OFF}"));
            return self.note(STEP, StepState::Skipped, WORDS);
        }
        self.note(STEP, StepState::Intended, WORDS)?;
        surroundings.stop.remains(
            "USB debugging was being switched off, and whether the phone did it is not known",
        );
        let sent = live::restore(
            &mut self.desk.connection,
            &self.desk.case,
            Switch::Debugging,
            Some(false),
        );
        match sent {
            Ok(_) => self.note(STEP, StepState::Done, WORDS)?,
            // The connection may end before the answer comes.
            Err(NotDone::Unknown(_)) => {}
            Err(NotDone::Refused(why)) => {
                self.note(STEP, StepState::Failed, WORDS)?;
                self.leave(format!("USB debugging is still on: the phone refused to switch it off ({why}). {DEBUGGING_OFF}"));
                return Ok(());
            }
            Err(NotDone::Case(error)) => return Err(of_case(error)),
        }
        // A phone that no longer answers has debugging off, or its cable out: nobody can tell which.
        match self.setting(Switch::Debugging.setting()) {
            Ok(Some(Some(value))) if value == "0" => {
                self.note(STEP, StepState::Verified, WORDS)?;
                writeln!(surroundings.talk, "USB debugging is off: the phone was asked again.")?;
            }
            Ok(Some(_)) => {
                self.note(STEP, StepState::Failed, WORDS)?;
                self.leave(format!("USB debugging is still on. {DEBUGGING_OFF}"));
            }
            Err(NotDone::Case(error)) => return Err(of_case(error)),
            Ok(None) | Err(_) => {
                writeln!(
                    surroundings.talk,
                    "The phone does not answer any more, as it does with debugging off. Look on the phone that it is off."
                )?;
                self.leave(format!("that USB debugging is off is told by the phone's silence alone: look on the phone. {DEBUGGING_OFF}"));
            }
        }
        Ok(())
    }
}
