//! How a command ends: the published table of exit codes, and failures with their next step.

use std::fmt::{self, Write as _};
use std::io;
use std::process::ExitCode;

use unwatched_model::text::shown;

use crate::windows_names::is_refused_by_antivirus;

/// How a command ended. The numbers are a promise to scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked; a check ran, whatever it found.
    Done,
    /// The computer refused something, such as writing a file.
    Refused,
    /// What was typed is not understood.
    Usage,
    /// What was given is not evidence that this version reads.
    Evidence,
    /// A release or key was refused, or cannot be read.
    Release,
    /// The report is already there, or something else is in its place.
    ReportExists,
    /// The computer's clock lies before the release.
    Clock,
    /// The safety checkpoint was not answered to its end.
    Closed,
    /// The phone cannot be talked to as it stands.
    Phone,
    /// An acquisition stopped before its end.
    Partial,
    /// A sealed package is not as it was sealed.
    Changed,
    /// A replay gave other findings than those that were sealed.
    Differs,
}

impl Exit {
    /// Every one, in the order of their codes.
    pub const ALL: [Self; 12] = [
        Self::Done,
        Self::Refused,
        Self::Usage,
        Self::Evidence,
        Self::Release,
        Self::ReportExists,
        Self::Clock,
        Self::Closed,
        Self::Phone,
        Self::Partial,
        Self::Changed,
        Self::Differs,
    ];

    /// The number that scripts see.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Evidence => 3,
            Self::Release => 4,
            Self::ReportExists => 5,
            Self::Clock => 6,
            Self::Closed => 7,
            Self::Phone => 8,
            Self::Partial => 9,
            Self::Changed => 10,
            Self::Differs => 11,
        }
    }

    /// What it means, and what to do.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "Done. A check ran, whatever it found; read what it could not check.",
            Self::Refused => {
                "The computer refused something, such as writing a file. Nothing half-written is left."
            }
            Self::Usage => "What was typed is not understood. `unwatched help` tells what can be.",
            Self::Evidence => {
                "The evidence is missing, empty, of a kind that this version does not read, or encrypted and what opens it was not given. No check ran."
            }
            Self::Release => {
                "A release or a key was refused: changed, older, expired, held back, signed by another key or by too few, not in the exchange's log, or not a release. What was installed stays."
            }
            Self::ReportExists => {
                "The file for the report is already there. `--force` replaces a file, never a folder, a link or a device. No check ran."
            }
            Self::Clock => {
                "The release was published a day or more after what this computer's clock says: set the clock. What was installed stays."
            }
            Self::Closed => {
                "The safety checkpoint, or the safety questions before a phone is connected, were not answered to their end, or there was no terminal to ask at: no plan was shown, no phone was reached, and nothing on one was changed. `plan --simulate` asks nothing."
            }
            Self::Phone => {
                "The phone cannot be talked to as it stands: what is the case, what to do next and what that may show were said. Nothing was asked of it, and no case was made."
            }
            Self::Partial => {
                "An acquisition stopped before its end, such as by a cable that came off. What came until then is in the case, and `check` reads it and says what is missing."
            }
            Self::Changed => {
                "A sealed package is not as it was sealed: what was changed, and where, was said. Nothing was made of it."
            }
            Self::Differs => {
                "The facts in a sealed package give other findings than those that were sealed with them: the rules of this version differ, or somebody who could open it made other findings."
            }
        }
    }

    /// `docs/reference/exit-codes.md`.
    pub fn table() -> String {
        let mut page = String::from(
            "# Exit codes of `unwatched`\n\n\
             Generated from `crates/unwatched/src/exit.rs`. A code never changes its meaning.\n\n\
             | code | meaning |\n|---|---|\n",
        );
        for exit in Self::ALL {
            let _ = writeln!(page, "| {} | {} |", exit.code(), exit.meaning());
        }
        page
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// What helps where an antivirus stands in the way: what is looked at here does list such apps.
pub(crate) const LET_IT_THROUGH: &str =
    "An antivirus on this computer refused this file: evidence and indicators name the very apps that
it looks for. Let it leave this file alone, and the folder that `unwatched doctor` names, or ask
whoever looks after this computer to; then try again. A copy that it changed is no evidence any more.";

fn is_by_antivirus(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(is_refused_by_antivirus)
}

/// Why a command did not do what was asked, and what to do next.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    error: anyhow::Error,
    hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self { exit, error: error.into(), hint: None }
    }

    pub(crate) fn said(exit: Exit, what: impl fmt::Display) -> Self {
        Self { exit, error: anyhow::anyhow!("{what}"), hint: None }
    }

    #[must_use]
    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Whether whoever read our output has gone, as `head` does.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        let error = self.error.downcast_ref::<io::Error>();
        error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The error, and after a blank line the next step. An error may quote a stranger's file.
    pub(crate) fn tell(&self, talk: &mut dyn io::Write) -> io::Result<()> {
        let hint = if self.error.chain().any(is_by_antivirus) {
            Some(LET_IT_THROUGH)
        } else {
            self.hint.as_deref()
        };
        let hint = hint.map(|hint| format!("\n{hint}")).unwrap_or_default();
        for line in format!("error: {:#}\n{hint}", self.error).lines() {
            writeln!(talk, "{}", shown(line))?;
        }
        Ok(())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(Exit::Refused, error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(Exit::Refused, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_error_quotes_is_fit_to_be_shown() {
        let mut talk = Vec::new();
        let failure = Failure::said(Exit::Release, "it holds a\u{1b}[2Jb\u{202e}c twice");
        failure.with_hint("First this.\nThen that.").tell(&mut talk).unwrap();
        let said = "error: it holds a\u{fffd}[2Jb\u{fffd}c twice\n\nFirst this.\nThen that.\n";
        assert_eq!(String::from_utf8(talk).unwrap(), said);
    }

    #[test]
    fn codes_are_given_once_and_in_order() {
        let codes: Vec<_> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    }
}
