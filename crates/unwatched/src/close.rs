//! `unwatched close`: the same checks again with the difference, then the phone put back as it was
//! found or as the survivor chooses, verified by asking again; last what happens to the case's key.
//!
//! It removes nothing and changes no app: of everything that can be sent to a phone it knows
//! [`Switch`] alone.

use std::collections::BTreeMap;

use unwatched_acquire::case::{DESTROYED, Entry, KEPT, Record, StepState, Writer};
use unwatched_acquire::live::commands::{ReadOnly, Switch};
use unwatched_acquire::live::{self, NotDone, TakesPart};
use unwatched_device::compare::compare;
use unwatched_device::evidence::{Evidence, SettingsTable};
use unwatched_device::plan::Asks;
use unwatched_device::report::differences;
use unwatched_device::result::CheckResult;
use unwatched_model::text::shown;

use crate::check::tool;
use crate::cli::{Close, DebuggingAtClose, KeyAtClose};
use crate::data_folder::DataFolder;
use crate::exit::{Exit, Failure};
use crate::indicators::{self, Release};
use crate::progress::StepLine;
use crate::removal::desk::Desk;
use crate::removal::earlier::earlier;
use crate::remove::{Word, cut_off, of_case, where_things_stand, word};
use crate::{Surroundings, acquire, passphrase};

/// What these steps are called in the journal.
const PART: &str = "close";

const REVOKE: &str =
    "On the phone: Settings, System, Developer options, Revoke USB debugging authorisations.";
const BY_HAND: &str = "On the phone: Settings, System, Developer options: switch USB debugging off, then the developer options.";

/// Where the survivor wants debugging at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Debugging {
    Stays,
    Off,
}

pub(crate) fn run(
    arguments: &Close,
    folder: &DataFolder,
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    let file = arguments.passphrase_file.as_deref();
    let secret = passphrase::of_case(file, surroundings)?;
    let clock = Box::new(surroundings.clock.now);
    let case = Writer::resume(&arguments.case, &secret, clock).map_err(of_case)?;
    let records = case.case().map_err(of_case)?.journal().to_vec();
    for part in ["remove", PART] {
        where_things_stand(&earlier(&records, part), surroundings)?;
    }
    // Asked first: the phone may be needed back at any moment.
    let debugging = debugging(arguments, surroundings)?;
    let keeps_key = keeps_key(arguments, surroundings)?;
    let case = if arguments.without_phone {
        writeln!(
            surroundings.talk,
            "The phone was not looked at again and nothing on it was put back. {BY_HAND}"
        )?;
        case
    } else {
        let release = indicators::installed(folder)?;
        let connection = acquire::reach(&arguments.reach, surroundings)?;
        let mut closing = Closing { desk: Desk { connection, case }, left: Vec::new() };
        closing.only_its_phone()?;
        if !arguments.no_check {
            closing.look_again(release.as_ref(), surroundings)?;
        }
        closing.put_back(&records, surroundings)?;
        closing.authorisations(surroundings)?;
        closing.debugging(debugging, surroundings)?;
        closing.say_what_is_left(surroundings)?;
        closing.desk.case
    };
    surroundings
        .stop
        .remains("the phone was put back as far as was said above; the case is still open");
    let (closed, words) =
        if keeps_key { (case.close_and_keep(), KEPT) } else { (case.close_for_good(), DESTROYED) };
    closed.map_err(of_case)?;
    surroundings.stop.remains("the case is closed");
    writeln!(surroundings.talk, "\nThe case is closed. {words}")?;
    Ok(())
}

fn debugging(arguments: &Close, surroundings: &mut Surroundings<'_>) -> Result<Debugging, Failure> {
    match arguments.debugging {
        Some(DebuggingAtClose::Keep) => return Ok(Debugging::Stays),
        Some(DebuggingAtClose::Off) => return Ok(Debugging::Off),
        None => {}
    }
    writeln!(
        surroundings.talk,
        "Was USB debugging on before this began? If it was, it may be evidence or somebody's way in, and\n\
         whoever uses it notices when it goes: it can be left as it was found, or switched off, by the choice\n\
         of the person whose phone it is. If it was switched on for this, off is how it was found."
    )?;
    match word(surroundings, "Switch it off at the end? y: off. n: leave it on.")? {
        Word::Yes => Ok(Debugging::Off),
        Word::LeaveOut => Ok(Debugging::Stays),
        Word::Stop => Err(stopped()),
    }
}

fn keeps_key(arguments: &Close, surroundings: &mut Surroundings<'_>) -> Result<bool, Failure> {
    match arguments.key_at_close {
        Some(KeyAtClose::Keep) => return Ok(true),
        Some(KeyAtClose::Destroy) => return Ok(false),
        None => {}
    }
    match word(
        surroundings,
        "Destroy the case's key, so that nobody can read it any more? y: destroy. n: keep it.",
    )? {
        Word::Yes => Ok(false),
        Word::LeaveOut => Ok(true),
        Word::Stop => Err(stopped()),
    }
}

fn stopped() -> Failure {
    Failure::said(Exit::Partial, "it was stopped here; the phone was left as it is")
        .with_hint("Run the same command again to close.")
}

struct Closing {
    desk: Desk,
    /// What stays as it is, or could not be verified.
    left: Vec<String>,
}

impl Closing {
    fn only_its_phone(&mut self) -> Result<(), Failure> {
        match self.desk.is_its_phone().map_err(cut_off)? {
            Some(false) => Err(Failure::said(Exit::Phone, "this is another phone than the case's")
                .with_hint("Nothing was changed. Connect the phone that the case was made of.")),
            Some(true) | None => Ok(()),
        }
    }

    /// The same questions again, into the same case; and what differs.
    fn look_again(
        &mut self,
        release: Option<&Release>,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        surroundings.stop.remains("the phone was being looked at again, nothing was changed by it, and debugging is still on");
        let line = StepLine::new(surroundings.shows_progress);
        let named = format!("unwatched {}", env!("CARGO_PKG_VERSION"));
        let mut part = TakesPart {
            tool: &named,
            step: &mut |step| {
                line.update(&acquire::words(step));
                true
            },
            choose: &mut |_: &mut dyn Evidence| Vec::new(),
        };
        let acquired = live::acquire(&mut self.desk.connection, &self.desk.case, &mut part);
        drop(line);
        let acquired = acquired.map_err(of_case)?;
        if let Some(why) = &acquired.stopped {
            self.left.push(format!("the second look stopped before its end: {why}"));
        }
        let case = self.desk.case.case().map_err(of_case)?;
        let now = surroundings.now;
        let check = |mut evidence: Box<dyn Evidence>| -> CheckResult {
            let indicators = release.map(Release::indicators);
            unwatched_device::check(
                evidence.as_mut(),
                indicators.as_ref(),
                now,
                tool(),
                &mut |_| {},
            )
        };
        let first = check(case.evidence_of(1).map_err(of_case)?);
        let mut second = check(case.evidence().map_err(of_case)?);
        second.changes = Some(compare(&first, &second));
        let mut out =
            String::from("What differs from the first look\n--------------------------------\n");
        for sentence in differences(&second) {
            out.extend(["- ", sentence.as_str(), "\n"]);
        }
        crate::print(surroundings, &out)?;
        Ok(())
    }

    /// Switches that stand otherwise than they were found, and not by a step of the removal.
    fn put_back(
        &mut self,
        records: &[Record],
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        let Some(found) = as_found(records) else {
            self.left.push(
                "how the phone was found is not in the case, so nobody can say what to put back"
                    .to_owned(),
            );
            return Ok(());
        };
        let removal = earlier(records, "remove");
        let by_removal = |action: &str| {
            removal.iter().any(|one| {
                one.detail.get("action").is_some_and(|known| known == action)
                    && one.state == StepState::Verified
            })
        };
        for switch in [Switch::VerifyApps, Switch::VerifyAppsByCable, Switch::WirelessDebugging] {
            let (table, key) = switch.setting();
            let name = setting_name(table, key);
            if found
                .get(&format!("{} was read", table_word(table)))
                .is_none_or(|read| read != "yes")
            {
                continue;
            }
            let then = found.get(&name).map(String::as_str);
            let Some(now) = self.setting(table, key)? else {
                self.left.push(format!("{name} could not be read again"));
                continue;
            };
            if now.as_deref() == then {
                continue;
            }
            if switch == Switch::VerifyApps && by_removal("switch_play_protect_on") {
                writeln!(
                    surroundings.talk,
                    "Play Protect was switched on by a step of the removal, and stays on."
                )?;
                continue;
            }
            let on = then.map(|value| value != "0" && value != "-1");
            self.switch(&format!("put_back:{name}"), switch, on, then, surroundings)?;
        }
        Ok(())
    }

    /// One switch, noted before and after, and verified.
    fn switch(
        &mut self,
        step: &str,
        switch: Switch,
        on: Option<bool>,
        expected: Option<&str>,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        let (table, key) = switch.setting();
        let name = setting_name(table, key);
        let words = format!("put {name} to {}", expected.unwrap_or("not set"));
        self.note(step, StepState::Intended, &words)?;
        surroundings.stop.remains(format!("\"{words}\" was under way, and whether the phone did it is not known; debugging may still be on"));
        match live::restore(&mut self.desk.connection, &self.desk.case, switch, on) {
            Ok(_) => self.note(step, StepState::Done, &words)?,
            Err(NotDone::Refused(why)) => {
                self.note(step, StepState::Failed, &words)?;
                self.left.push(format!("{name}: the phone refused to put it back ({why})"));
                return Ok(());
            }
            Err(other) => return Err(cut_off(other)),
        }
        let now = self.setting(table, key)?;
        if now.as_ref().is_some_and(|now| now.as_deref() == expected) {
            self.note(step, StepState::Verified, &words)?;
            writeln!(surroundings.talk, "{name} is as it was found: the phone was asked again.")?;
        } else {
            self.note(step, StepState::Failed, &words)?;
            self.left.push(format!("{name} is not as it was found"));
        }
        Ok(())
    }

    /// Computers that the phone accepts: what was kept of this one is revoked on the phone.
    fn authorisations(&mut self, surroundings: &mut Surroundings<'_>) -> Result<(), Failure> {
        let Some(count) = self.computers()? else {
            self.left
                .push(format!("which computers the phone accepts could not be read. {REVOKE}"));
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
             somebody's way in, and evidence; whoever uses it is refused when they next try. {REVOKE}"
        )?;
        if surroundings.answers.is_none() {
            self.left.push(format!("{computers} may still debug the phone"));
            return Ok(());
        }
        self.note(
            "revoke_authorisations",
            StepState::Intended,
            "revoke the computers that may debug the phone",
        )?;
        let state = match word(surroundings, "y once it is revoked:")? {
            Word::Yes => match self.computers() {
                Ok(Some(0)) => {
                    writeln!(surroundings.talk, "Verified: the phone keeps none.")?;
                    StepState::Verified
                }
                Ok(Some(_)) => {
                    self.left.push("the phone still keeps computers that may debug it".to_owned());
                    StepState::Failed
                }
                // Revoking ends connections that were allowed by what is revoked.
                Ok(None) | Err(_) => {
                    self.left.push(
                        "that no computer may debug the phone any more was not verified".to_owned(),
                    );
                    StepState::Done
                }
            },
            Word::LeaveOut | Word::Stop => {
                self.left.push(format!("{computers} may still debug the phone"));
                StepState::Skipped
            }
        };
        self.note("revoke_authorisations", state, "revoke the computers that may debug the phone")
    }

    fn computers(&mut self) -> Result<Option<usize>, Failure> {
        let facts = self.desk.read(&[Asks::Service("adb")]).map_err(cut_off)?;
        Ok(facts.access.adb_keys.as_ref().map(|keys| keys.what.count))
    }

    /// Last of all, for it ends the connection.
    fn debugging(
        &mut self,
        wanted: Debugging,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        if wanted == Debugging::Stays {
            writeln!(surroundings.talk, "USB debugging stays on, as was chosen.")?;
            self.left.push("USB debugging is on, as was chosen".to_owned());
            return Ok(());
        }
        for (step, switch) in [
            ("wireless_debugging_off", Switch::WirelessDebugging),
            ("developer_options_off", Switch::DeveloperOptions),
        ] {
            let (table, key) = switch.setting();
            if self.setting(table, key)?.flatten().is_some_and(|value| value == "1") {
                self.switch(step, switch, Some(false), Some("0"), surroundings)?;
            }
        }
        let words = "switch USB debugging off";
        self.note("debugging_off", StepState::Intended, words)?;
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
            // The connection may end before the answer comes.
            Ok(_) | Err(NotDone::Unknown(_)) => {}
            Err(NotDone::Refused(why)) => {
                self.note("debugging_off", StepState::Failed, words)?;
                self.left.push(format!("USB debugging is still on: the phone refused to switch it off ({why}). {BY_HAND}"));
                return Ok(());
            }
            Err(NotDone::Case(error)) => return Err(of_case(error)),
        }
        self.note("debugging_off", StepState::Done, words)?;
        let (table, key) = Switch::Debugging.setting();
        // A phone that no longer answers has debugging off, or its cable out: nobody can tell which.
        match self.setting(table, key) {
            Ok(Some(Some(value))) if value == "0" => {
                self.note("debugging_off", StepState::Verified, words)?;
                writeln!(surroundings.talk, "USB debugging is off: the phone was asked again.")?;
            }
            Ok(Some(_)) => {
                self.note("debugging_off", StepState::Failed, words)?;
                self.left.push(format!("USB debugging is still on. {BY_HAND}"));
            }
            Ok(None) | Err(_) => {
                writeln!(
                    surroundings.talk,
                    "The phone does not answer any more, as it does with debugging off. Look on the phone that it is off."
                )?;
                self.left.push("that USB debugging is off is told by the phone's silence alone: look on the phone".to_owned());
            }
        }
        Ok(())
    }

    /// One setting now: the outer `None` where it could not be read, the inner where it is not set.
    #[expect(clippy::option_option, reason = "not read, not set, and set are three answers")]
    fn setting(
        &mut self,
        table: SettingsTable,
        key: &str,
    ) -> Result<Option<Option<String>>, Failure> {
        let question = ReadOnly::Settings(table);
        match live::ask(&mut self.desk.connection, &self.desk.case, &question) {
            Ok(said) => {
                let text = said.text();
                let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
                Ok((!text.trim().is_empty()).then(|| value.map(|value| value.trim().to_owned())))
            }
            Err(NotDone::Refused(_)) => Ok(None),
            Err(other) => Err(cut_off(other)),
        }
    }

    fn note(&self, step: &str, state: StepState, words: &str) -> Result<(), Failure> {
        let detail = BTreeMap::from([("words".to_owned(), words.to_owned())]);
        self.desk.note(PART, step, state, detail).map_err(of_case)
    }

    fn say_what_is_left(&self, surroundings: &mut Surroundings<'_>) -> Result<(), Failure> {
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

fn setting_name(table: SettingsTable, key: &str) -> String {
    format!("{}/{key}", table_word(table))
}

fn table_word(table: SettingsTable) -> &'static str {
    match table {
        SettingsTable::Global => "global",
        SettingsTable::Secure => "secure",
        SettingsTable::System => "system",
    }
}
