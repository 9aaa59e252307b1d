//! The phone and its case together: what is asked is looked at in memory, and what is changed stands
//! in the case's journal before it is sent.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};

use unwatched_acquire::case::{CaseError, Entry, StepState, StreamKind, Writer};
use unwatched_acquire::live::commands::{ReadOnly, Removing};
use unwatched_acquire::live::{self, Connection, NotDone};
use unwatched_device::evidence::{Artefact, ArtefactKind, Evidence, EvidenceKind, Problem};
use unwatched_device::facts::Facts;
use unwatched_device::gather::gather;
use unwatched_device::plan::{Asks, PlannedStep, Proof, Standing, asks, standing};

use crate::Surroundings;
use crate::ask::{Word, word};
use crate::exit::{Exit, Failure};

/// Of which lines of `getprop` a phone is known again, the surest first.
const SAME_PHONE: [&str; 3] = ["[ro.serialno]", "[ro.boot.serialno]", "[ro.build.fingerprint]"];
/// What is read of a stream that tells them.
const MOST_BYTES: u64 = 4 << 20;

/// The phone on the desk and its case.
pub(crate) struct Desk {
    pub(crate) connection: Connection,
    pub(crate) case: Writer,
}

impl Desk {
    /// What the phone says now of these. What it refuses is missing from the facts, and never an
    /// empty answer.
    pub(crate) fn read(&mut self, wanted: &[Asks]) -> Result<Facts, NotDone> {
        let mut answers = Answers::default();
        for asked in wanted {
            let question = match asked {
                Asks::Service(name) => ReadOnly::Service(name),
                Asks::Settings(table) => ReadOnly::Settings(*table),
            };
            let Some(kind) = question.artefact() else { continue };
            match live::ask(&mut self.connection, &self.case, &question) {
                Ok(said) => answers.add(kind, said.out),
                Err(NotDone::Refused(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(gather(&mut answers, &mut |_| {}))
    }

    /// How a step stands on the phone.
    pub(crate) fn standing(&mut self, step: &PlannedStep) -> Result<(Standing, Facts), NotDone> {
        let facts = self.read(asks(step))?;
        Ok((standing(&facts, step), facts))
    }

    /// Sends one command that changes something.
    pub(crate) fn change(&mut self, proof: &Proof, command: &Removing) -> Result<(), NotDone> {
        live::change(&mut self.connection, &self.case, proof, command).map(drop)
    }

    /// Notes where a step stands.
    pub(crate) fn note(
        &self,
        part: &str,
        step: &str,
        state: StepState,
        detail: BTreeMap<String, String>,
    ) -> Result<(), CaseError> {
        let (part, step) = (part.to_owned(), step.to_owned());
        self.case.journal(&Entry::Step { part, step, state, detail })
    }

    /// Goes on with the case's own phone alone.
    pub(crate) fn only_its_phone(
        &mut self,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        match self.is_its_phone().map_err(cut_off)? {
            Some(true) => Ok(()),
            Some(false) => Err(Failure::said(Exit::Phone, "this is another phone than the case's")
                .with_hint("Nothing was changed. Connect the phone that the case was made of.")),
            None => {
                writeln!(
                    surroundings.talk,
                    "Neither the case nor the phone says enough to tell that it is the same phone."
                )?;
                match word(surroundings, "Is it?")? {
                    Word::Yes => Ok(()),
                    _ => Err(Failure::said(Exit::Phone, "it is not known to be the case's phone")
                        .with_hint("Nothing was changed.")),
                }
            }
        }
    }

    /// Whether this is the phone that the case is about; `None` where neither says enough.
    pub(crate) fn is_its_phone(&mut self) -> Result<Option<bool>, NotDone> {
        let now = match live::ask(&mut self.connection, &self.case, &ReadOnly::Properties) {
            Ok(said) => said.text(),
            Err(NotDone::Refused(_)) => return Ok(None),
            Err(other) => return Err(other),
        };
        let case = self.case.case()?;
        let properties = StreamKind::Artefact(ArtefactKind::Getprop);
        let streams = case.acquisitions().iter().flat_map(|one| &one.streams);
        let Some(held) = streams.into_iter().find(|held| held.what == properties) else {
            return Ok(None);
        };
        let mut then = Vec::new();
        match case.stream(held).and_then(|from| from.take(MOST_BYTES).read_to_end(&mut then)) {
            // What was cut off tells as far as it goes.
            Ok(_) | Err(_) => Ok(same_phone(&String::from_utf8_lossy(&then), &now)),
        }
    }
}

/// What to do after it stopped.
pub(super) const LATER: &str = "Run the same command again to go on: it first says where things stand. What was done can be taken\n\
back with --undo where the plan says so; unwatched close CASE ends it.";

pub(crate) fn of_case(error: CaseError) -> Failure {
    Failure::new(Exit::Refused, error)
}

pub(crate) fn cut_off(error: NotDone) -> Failure {
    let exit = match &error {
        NotDone::Case(_) => Exit::Refused,
        _ => Exit::Phone,
    };
    Failure::new(exit, error).with_hint(LATER)
}

/// Somebody stopped it between two steps.
pub(super) fn stopped() -> Failure {
    Failure::said(Exit::Partial, "it was stopped here; the phone was left as it is")
        .with_hint(LATER)
}

/// The first that both tell decides: an update in between changes the build, and not the phone.
fn same_phone(then: &str, now: &str) -> Option<bool> {
    let line = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.starts_with(key))?.trim().to_owned();
        // A line without its end is one that was cut.
        (line.ends_with(']') && !line.ends_with(": []")).then_some(line)
    };
    SAME_PHONE.iter().find_map(|key| Some(line(then, key)? == line(now, key)?))
}

/// Answers of the phone, as evidence in memory.
#[derive(Default)]
struct Answers {
    all: Vec<(Artefact, Vec<u8>)>,
}

impl Answers {
    fn add(&mut self, kind: ArtefactKind, bytes: Vec<u8>) {
        let place = format!("answer {}", self.all.len() + 1);
        let size_bytes = Some(bytes.len() as u64);
        self.all.push((Artefact { kind, place, size_bytes }, bytes));
    }
}

impl Evidence for Answers {
    fn kind(&self) -> EvidenceKind {
        EvidenceKind::Live
    }

    fn artefacts(&self) -> Vec<Artefact> {
        self.all.iter().map(|(artefact, _)| artefact.clone()).collect()
    }

    fn problems(&self) -> Vec<Problem> {
        Vec::new()
    }

    fn open<'a>(&'a mut self, artefact: &Artefact) -> io::Result<Box<dyn Read + 'a>> {
        let found = self.all.iter().find(|(known, _)| known.place == artefact.place);
        let (_, bytes) = found.ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Cursor::new(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_is_known_again_by_what_both_say() {
        let check = |then: &str, now: &str, expected| assert_eq!(same_phone(then, now), expected);
        let one = "[ro.serialno]: [AB12]\n[ro.build.fingerprint]: [a/b:14/c]\n";
        check(one, one, Some(true));
        check(one, "[ro.serialno]: [CD34]\n[ro.build.fingerprint]: [a/b:14/c]\n", Some(false));
        check(one, "[ro.serialno]: []\n[ro.build.fingerprint]: [a/b:14/c]\r\n", Some(true));
        let updated = "[ro.serialno]: [AB12]\n[ro.build.fingerprint]: [a/b:15/d]\n";
        check(one, updated, Some(true));
        check("[ro.serialno]: [AB", one, None);
        check(one, "", None);
        check("", one, None);
    }
}
