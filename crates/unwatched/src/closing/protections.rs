//! Protections of the phone that block or limit the cable, and may have been switched off for the
//! check: Samsung's Auto Blocker and Android's Advanced Protection. No command switches them; who
//! has the phone in hand does, and the phone is asked whether it is so.

use unwatched_acquire::case::StepState;
use unwatched_acquire::live::NotDone;
use unwatched_device::evidence::SettingsTable;

use crate::Surroundings;
use crate::ask::{Word, word};
use crate::exit::Failure;
use crate::removal::desk::of_case;

use super::{Closing, cut_off, setting_name};

/// How often the phone is asked again after something was done by hand.
const TRIES: usize = 3;

/// One of them.
pub(super) struct Protection {
    /// Its step in the journal.
    id: &'static str,
    /// How people know it.
    pub(super) name: &'static str,
    /// Where the phone says whether it is on: `1` is on.
    pub(super) setting: (SettingsTable, &'static str),
    /// How it is switched on.
    pub(super) by_hand: &'static str,
}

pub(super) const PROTECTIONS: [Protection; 2] = [
    Protection {
        id: "auto_blocker_on",
        name: "Auto Blocker",
        setting: (SettingsTable::Secure, "rampart_main_switch_enabled"),
        by_hand: "On the phone: Settings, Security and privacy, Auto Blocker: switch it on.",
    },
    Protection {
        id: "advanced_protection_on",
        name: "Advanced Protection",
        setting: (SettingsTable::Secure, "advanced_protection_mode"),
        by_hand: "On the phone: Settings, Security and privacy, Advanced Protection: switch device protection on.",
    },
];

impl Closing<'_> {
    pub(super) fn protections(
        &mut self,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        for protection in &PROTECTIONS {
            if self.silent {
                self.leave(format!("whether {} is on was not looked at", protection.name));
                continue;
            }
            self.protection(protection, surroundings)?;
        }
        Ok(())
    }

    fn protection(
        &mut self,
        protection: &Protection,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        let name = protection.name;
        let found = self.found.as_ref().and_then(|all| all.get(&setting_name(protection.setting)));
        let was_on = found.map(|value| value == "1");
        let Some(now) = self.setting(protection.setting).map_err(cut_off)? else {
            self.leave(format!("whether {name} is on could not be read"));
            return Ok(());
        };
        match (was_on, now.as_deref()) {
            // A phone without it.
            (None, None) => return Ok(()),
            (_, Some("1")) => {
                writeln!(surroundings.talk, "{name} is on: the phone was asked again.")?;
                return Ok(());
            }
            (Some(true), _) => writeln!(
                surroundings.talk,
                "{name} was on when the phone was first looked at, and is off now."
            )?,
            (_, _) => {
                if surroundings.answers.is_none() {
                    self.leave(format!("{name} is off, as it was when the phone was first looked at; if it was switched off for that, it is still to be switched on. {}", protection.by_hand));
                    return Ok(());
                }
                writeln!(
                    surroundings.talk,
                    "{name} is off. It protects the phone; some switch it off so that a computer can look."
                )?;
                match word(surroundings, "Was it switched off for this?")? {
                    Word::Yes => {}
                    Word::LeaveOut | Word::Stop => return Ok(()),
                }
            }
        }
        self.by_hand(protection, surroundings)
    }

    fn by_hand(
        &mut self,
        protection: &Protection,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        let Protection { id, name, .. } = *protection;
        let words = format!("switch {name} on");
        if surroundings.answers.is_none() {
            self.leave(format!("{name} is off. {}", protection.by_hand));
            return self.note(id, StepState::Skipped, &words);
        }
        self.note(id, StepState::Intended, &words)?;
        surroundings.stop.remains(format!("{name} was to be switched on again by hand, and whether it was is not known; debugging is still on"));
        writeln!(
            surroundings.talk,
            "{} It may end the connection; then the rest is told to be done by hand.",
            protection.by_hand
        )?;
        for _ in 0..TRIES {
            match word(surroundings, "y once it is on:")? {
                Word::Yes => {}
                Word::LeaveOut | Word::Stop => {
                    self.leave(format!("{name} is off. {}", protection.by_hand));
                    return self.note(id, StepState::Skipped, &words);
                }
            }
            match self.setting(protection.setting) {
                Ok(Some(Some(value))) if value == "1" => {
                    writeln!(surroundings.talk, "Verified: {name} is on.")?;
                    return self.note(id, StepState::Verified, &words);
                }
                Ok(Some(_)) => writeln!(surroundings.talk, "The phone says that it is off.")?,
                Err(NotDone::Case(error)) => return Err(of_case(error)),
                Ok(None) | Err(_) => {
                    self.silent = true;
                    writeln!(
                        surroundings.talk,
                        "The phone does not answer any more, as it does with {name} on."
                    )?;
                    self.leave(format!(
                        "that {name} is on is told by the phone's silence alone: look on the phone"
                    ));
                    return self.note(id, StepState::Done, &words);
                }
            }
        }
        self.leave(format!("{name} is off, by what the phone says. {}", protection.by_hand));
        self.note(id, StepState::Failed, &words)
    }
}
