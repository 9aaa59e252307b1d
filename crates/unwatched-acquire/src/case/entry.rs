//! What stands in the journal. Entries are told apart by `kind`; a later version may add kinds, and
//! one that this version does not know is read as [`Entry::Unknown`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::kinds::StreamKind;

/// One entry as it was read: its number, its time and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Counted from 1.
    pub number: u64,
    /// By the computer's clock.
    pub at: Timestamp,
    /// What it says.
    pub entry: Entry,
}

/// What an entry says. What announces something is durable before it happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Entry {
    /// The case was made.
    Created {
        /// The program and its version.
        tool: String,
    },
    /// An acquisition begins; a case can hold several of one phone, one after the other.
    AcquisitionBegan {
        /// Counted from 1.
        acquisition: u32,
        /// The program and its version.
        tool: String,
    },
    /// An acquisition ended. Without this entry it was cut off.
    AcquisitionEnded {
        /// Which.
        acquisition: u32,
        /// How.
        end: AcquisitionEnd,
    },
    /// A stream begins: a command is about to be sent, or a file to be copied.
    StreamBegan {
        /// The number that its file is called by.
        stream: u32,
        /// Whose it is.
        acquisition: u32,
        /// The command line or the file, as it was asked of the phone.
        name: String,
        /// What its bytes are.
        what: StreamKind,
    },
    /// A stream ended. Without this entry it was cut off.
    StreamEnded {
        /// Which.
        stream: u32,
        /// How.
        outcome: Outcome,
        /// How many bytes came.
        length_bytes: u64,
        /// Their digest, in hexadecimal.
        sha256: String,
        /// From the entry that it began to this one.
        duration_ms: u64,
    },
    /// A command whose output is not kept is about to be sent.
    CommandBegan(Command),
    /// It ended. Without this entry nobody knows whether it was carried out.
    CommandEnded {
        /// The command line.
        command: String,
        /// How.
        outcome: Outcome,
        /// The digest of what it printed, in hexadecimal.
        sha256: Option<String>,
        /// From the entry that it began to this one.
        duration_ms: u64,
    },
    /// A file of the phone has the digest that the phone itself made of it, or another.
    FileCompared {
        /// The stream that it came in.
        stream: u32,
        /// What the phone says, in hexadecimal; `None` where it could not say.
        on_phone: Option<String>,
        /// Whether both are the same.
        same: Option<bool>,
    },
    /// How the phone was found, before anything was changed: what the close restores.
    PhoneAsFound {
        /// By the name of each setting or state.
        state: BTreeMap<String, String>,
    },
    /// The safety checkpoint was answered.
    Checkpoint {
        /// What was answered, by the id of each question.
        answers: BTreeMap<String, String>,
    },
    /// A step of a removal or of the close.
    Step {
        /// Of what: `remove`, `close`.
        part: String,
        /// Which step, by an id that stays the same when the plan is made again.
        step: String,
        /// Where it stands.
        state: StepState,
        /// More, for whoever reads it: what was there before, what was seen instead.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        detail: BTreeMap<String, String>,
    },
    /// The journal had ended in the middle of an entry when it was opened to go on. That piece was
    /// taken away.
    CutPieceRemoved {
        /// How long it was.
        length_bytes: u64,
        /// Its digest, in hexadecimal.
        sha256: String,
    },
    /// The case was closed.
    Closed {
        /// Whether the key is destroyed after this entry.
        key_destroyed: bool,
    },
    /// Of a later version.
    #[serde(other)]
    Unknown,
}

/// A command whose output is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// The command line, as it is sent to the phone.
    pub command: String,
    /// Whether it changes something on the phone.
    pub changes: bool,
}

/// How a command or a copy ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It came to its end, with this exit code.
    Exit(i32),
    /// It came to its end, and the phone tells no exit code.
    Ended,
    /// It was cut off: what came is less than there is. Why, as a lowercase fragment.
    Cut(String),
    /// The phone refused it. Why, as a lowercase fragment.
    Refused(String),
}

/// How an acquisition ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcquisitionEnd {
    /// Everything that was to be asked was asked.
    Complete,
    /// It stopped before. Why, as a lowercase fragment.
    Stopped(String),
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// It is about to be done.
    Intended,
    /// The phone said that it was done.
    Done,
    /// The phone was asked again, and it is so.
    Verified,
    /// The phone was asked again, and it is not so; or it refused.
    Failed,
    /// It was taken back.
    Undone,
    /// The helper left it out.
    Skipped,
}
