//! One command at a time, outside an acquisition: a question whose answer is looked at and not
//! kept, and a change. Each stands in the case's journal, durable, before it is sent; how it ended
//! stands there afterwards.

use std::io::Write;
use std::time::Duration;

use unwatched_device::plan::Proof;

use super::acquisition::refused;
use super::commands::{ReadOnly, Removing, Switch};
use super::connection::{Connection, Ran};
use super::trouble::Trouble;
use crate::case::{CaseError, Command, Entry, Outcome, Writer};

/// Why a single command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// The phone refused it in every wording, in these words: nothing was changed.
    #[error("the phone refused it: {0}")]
    Refused(String),
    /// It was sent, and how it ended is not known: ask before anything else.
    #[error("it was sent, and how it ended is not known: {0}")]
    Unknown(Trouble),
    /// The journal could not be written. What was not written there was not sent.
    #[error(transparent)]
    Case(#[from] CaseError),
}

/// What a command printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its output.
    pub out: Vec<u8>,
    /// The wording that the phone understood.
    pub line: String,
}

impl Said {
    /// As text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }
}

/// Asks a question.
pub fn ask(
    connection: &mut Connection,
    case: &Writer,
    question: &ReadOnly,
) -> Result<Said, NotDone> {
    each(connection, case, &question.wordings(), false, |connection, number, out| {
        connection.read(question, number, out)
    })
}

/// Changes something on the phone. Only a removal's step does, and only with the proof.
pub fn change(
    connection: &mut Connection,
    case: &Writer,
    proof: &Proof,
    command: &Removing,
) -> Result<Said, NotDone> {
    each(connection, case, &command.wordings(), true, |connection, number, out| {
        connection.change(proof, command, number, out)
    })
}

/// Puts a switch of the phone where the close wants it: as it was found, or off where the survivor
/// chose so. Nothing else can be sent in this way.
pub fn restore(
    connection: &mut Connection,
    case: &Writer,
    switch: Switch,
    on: Option<bool>,
) -> Result<Said, NotDone> {
    let wordings = Removing::SetSwitch { switch, on }.wordings();
    each(connection, case, &wordings, true, |connection, number, out| {
        connection.restore(switch, on, number, out)
    })
}

/// One wording after the other, until the phone understands one.
fn each(
    connection: &mut Connection,
    case: &Writer,
    wordings: &[String],
    changes: bool,
    mut run: impl FnMut(&mut Connection, usize, &mut dyn Write) -> Result<Ran, Trouble>,
) -> Result<Said, NotDone> {
    let running = connection.clock().running;
    let mut refusal = String::new();
    for (number, line) in wordings.iter().enumerate() {
        let began = running();
        case.journal(&Entry::CommandBegan(Command { command: line.clone(), changes }))?;
        let mut out = Vec::new();
        let ran = run(connection, number, &mut out);
        let (outcome, sha256) = match &ran {
            Ok(ran) => (ended(ran), Some(hex::encode(ran.sha256))),
            Err(trouble) => (Outcome::Cut(trouble.to_string()), None),
        };
        let duration_ms = milliseconds(running().saturating_sub(began));
        let command = line.clone();
        case.journal(&Entry::CommandEnded { command, outcome, sha256, duration_ms })?;
        match ran.map(|ran| refused(&ran)) {
            Ok(None) => return Ok(Said { out, line: line.clone() }),
            Ok(Some(why)) => refusal = why,
            Err(trouble) => return Err(NotDone::Unknown(trouble)),
        }
    }
    Err(NotDone::Refused(refusal))
}

fn ended(ran: &Ran) -> Outcome {
    match (refused(ran), ran.exit.code()) {
        (Some(why), _) => Outcome::Refused(why),
        (None, Some(code)) => Outcome::Exit(code.into()),
        (None, None) => Outcome::Ended,
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
