//! Putting a phone back: the switches that stand otherwise than they were found, the computers that
//! may debug it, the protections that were off for the check, and debugging itself. Each is noted
//! before and after, and verified by asking again; what stays, or could not be verified, is kept to
//! be said at the end. What is asked of the person, and the case's own end, is `close.rs`.

mod computers;
mod debugging;
mod gone;
mod protections;
mod switches;

use std::collections::BTreeMap;

use unwatched_acquire::case::{Entry, Record, StepState};
use unwatched_acquire::live::commands::ReadOnly;
use unwatched_acquire::live::{self, NotDone};
use unwatched_device::evidence::SettingsTable;
use unwatched_model::text::shown;

use crate::Surroundings;
use crate::cli::Reach;
use crate::exit::{Exit, Failure};
use crate::removal::desk::{Desk, of_case};
use crate::removal::earlier::{Earlier, earlier};

pub(crate) use debugging::Debugging;
pub(crate) use gone::say_what_was_not_looked_at;

/// What these steps are called in the journal.
pub(crate) const PART: &str = "close";
const LATER: &str = "The case is still open. Run unwatched close CASE again to go on: it first says where things stand.";
/// On the phone, what computers were allowed is taken back.
const REVOKE: &str =
    "On the phone: Settings, System, Developer options, Revoke USB debugging authorisations.";
/// On the phone, debugging is switched off.
const DEBUGGING_OFF: &str = "On the phone: Settings, System, Developer options: switch USB debugging off, then the developer options.";

/// A phone that is being put back.
pub(crate) struct Closing<'a> {
    pub(crate) desk: Desk,
    /// How it is reached, should it have to be once more.
    reach: &'a Reach,
    /// How the phone was found, by its first acquisition.
    found: Option<BTreeMap<String, String>>,
    /// What a removal did.
    removal: Vec<Earlier>,
    /// What stays as it is, or could not be verified.
    left: Vec<String>,
    /// Why nothing more can be asked of the phone.
    silent: bool,
}

impl<'a> Closing<'a> {
    pub(crate) fn new(desk: Desk, reach: &'a Reach, records: &[Record]) -> Self {
        let (found, removal) = (as_found(records).cloned(), earlier(records, "remove"));
        Self { desk, reach, found, removal, left: Vec::new(), silent: false }
    }

    /// Says at the end that this stays, or was not verified.
    pub(crate) fn leave(&mut self, what: impl Into<String>) {
        self.left.push(what.into());
    }

    /// Everything, in the order in which the phone can still be asked afterwards.
    pub(crate) fn put_back(
        &mut self,
        debugging: Debugging,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        self.switches(surroundings)?;
        self.authorisations(surroundings)?;
        self.ways_in_by_debugging(debugging, surroundings)?;
        self.protections(surroundings)?;
        self.debugging(debugging, surroundings)
    }

    /// Whether a step of the removal left this as it is now.
    fn is_by_removal(&self, action: &str) -> bool {
        self.removal.iter().any(|one| one.detail("action") == action && one.is_in_force())
    }

    /// All settings of a table as they are now; `None` where they could not be read.
    fn table(&mut self, table: SettingsTable) -> Result<Option<BTreeMap<String, String>>, NotDone> {
        let question = ReadOnly::Settings(table);
        match live::ask(&mut self.desk.connection, &self.desk.case, &question) {
            Ok(said) => {
                let text = said.text();
                let pair = |line: &str| {
                    let (key, value) = line.split_once('=')?;
                    Some((key.to_owned(), value.trim().to_owned()))
                };
                let all: BTreeMap<_, _> = text.lines().filter_map(pair).collect();
                Ok((!all.is_empty()).then_some(all))
            }
            Err(NotDone::Refused(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// One setting now: the outer `None` where it could not be read, the inner where it is not set.
    #[expect(clippy::option_option, reason = "not read, not set, and set are three answers")]
    fn setting(
        &mut self,
        (table, key): (SettingsTable, &str),
    ) -> Result<Option<Option<String>>, NotDone> {
        Ok(self.table(table)?.map(|mut all| all.remove(key)))
    }

    fn note(&self, step: &str, state: StepState, words: &str) -> Result<(), Failure> {
        let detail = BTreeMap::from([("words".to_owned(), words.to_owned())]);
        self.desk.note(PART, step, state, detail).map_err(of_case)
    }

    pub(crate) fn say_what_is_left(
        &self,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        let talk = &mut *surroundings.talk;
        if !self.left.is_empty() {
            writeln!(talk, "\nWhat stays, or was not verified:")?;
        }
        for one in &self.left {
            writeln!(talk, "- {}", shown(one))?;
        }
        writeln!(
            talk,
            "That the phone was looked at can be seen in what it remembers; assume that whoever reads along was told."
        )?;
        Ok(())
    }
}

/// How the phone was found: by the first acquisition.
fn as_found(records: &[Record]) -> Option<&BTreeMap<String, String>> {
    records.iter().find_map(|record| match &record.entry {
        Entry::PhoneAsFound { state } => Some(state),
        _ => None,
    })
}

/// As the case names a setting.
fn setting_name((table, key): (SettingsTable, &str)) -> String {
    format!("{}/{key}", table_word(table))
}

fn table_word(table: SettingsTable) -> &'static str {
    match table {
        SettingsTable::Global => "global",
        SettingsTable::Secure => "secure",
        SettingsTable::System => "system",
    }
}

/// The phone stopped answering in the middle.
pub(crate) fn cut_off(error: NotDone) -> Failure {
    let exit = match &error {
        NotDone::Case(_) => Exit::Refused,
        _ => Exit::Phone,
    };
    Failure::new(exit, error).with_hint(LATER)
}
