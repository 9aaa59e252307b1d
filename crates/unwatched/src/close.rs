//! `unwatched close`: the same checks again with the difference, then the phone put back as it was
//! found or as the survivor chooses, verified by asking again; last what happens to the case's key.
//!
//! It removes nothing and changes no app: of everything that can be sent to a phone, putting it
//! back (`closing/`) knows the switches alone.

use unwatched_acquire::case::{Acquisition, DESTROYED, Entry, KEPT, StepState, StreamKind, Writer};
use unwatched_acquire::live::{self, TakesPart};
use unwatched_device::compare::compare;
use unwatched_device::evidence::Evidence;
use unwatched_device::report::differences;
use unwatched_device::result::CheckResult;

use crate::ask::{Word, word};
use crate::check::tool;
use crate::cli::{Close, DebuggingAtClose, KeyAtClose};
use crate::closing::{Closing, Debugging, PART, say_what_was_not_looked_at};
use crate::data_folder::DataFolder;
use crate::exit::{Exit, Failure};
use crate::indicators::{self, Release};
use crate::progress::StepLine;
use crate::removal::desk::{Desk, of_case};
use crate::removal::earlier::where_things_stand;
use crate::{Surroundings, acquire, opening, passphrase};

const KEY_WENT: &str =
    "How the phone was found stood in this case alone: a later close cannot look it up.";

pub(crate) fn run(
    arguments: &Close,
    folder: &DataFolder,
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    let file = arguments.passphrase_file.as_deref();
    let secret = passphrase::of_case(file, surroundings)?;
    let clock = Box::new(surroundings.clock.now);
    let case = Writer::resume(&arguments.case, &secret, clock)
        .map_err(|error| opening::of_case(&arguments.case, error))?;
    let records = case.case().map_err(of_case)?.journal().to_vec();
    where_things_stand(&records, &["remove", PART], surroundings)?;
    // Asked first: the phone may be needed back at any moment.
    let case = if arguments.without_phone {
        let keeps_key = keeps_key(arguments, surroundings)?;
        say_what_was_not_looked_at(&records, surroundings)?;
        let words = "put the phone back as it was found".to_owned();
        let detail = [("words".to_owned(), words)].into();
        let (part, step) = (PART.to_owned(), "without_phone".to_owned());
        let left_out = Entry::Step { part, step, state: StepState::Skipped, detail };
        case.journal(&left_out).map_err(of_case)?;
        (case, keeps_key)
    } else {
        let debugging = debugging(arguments, surroundings)?;
        let keeps_key = keeps_key(arguments, surroundings)?;
        let release = indicators::installed(folder)?;
        let connection = acquire::reach(&arguments.reach, surroundings)?;
        let mut desk = Desk { connection, case };
        desk.only_its_phone(surroundings)?;
        let mut closing = Closing::new(desk, &arguments.reach, &records);
        if !arguments.no_check {
            look_again(&mut closing, release.as_ref(), surroundings)?;
        }
        closing.put_back(debugging, surroundings)?;
        closing.say_what_is_left(surroundings)?;
        (closing.desk.case, keeps_key)
    };
    end(case, surroundings)
}

/// The case is closed, with its key or without.
fn end(
    (case, keeps_key): (Writer, bool),
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    surroundings
        .stop
        .remains("the phone was put back as far as was said above; the case is still open");
    let (closed, words) =
        if keeps_key { (case.close_and_keep(), KEPT) } else { (case.close_for_good(), DESTROYED) };
    closed.map_err(of_case)?;
    surroundings.stop.remains("the case is closed");
    writeln!(surroundings.talk, "\nThe case is closed. {words}")?;
    if !keeps_key {
        writeln!(surroundings.talk, "{KEY_WENT}")?;
    }
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

/// The same questions again, into the same case; and what differs.
fn look_again(
    closing: &mut Closing<'_>,
    release: Option<&Release>,
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    surroundings.stop.remains(
        "the phone was being looked at again, nothing was changed by it, and debugging is still on",
    );
    let line = StepLine::new(surroundings.shows_progress);
    let named = format!("unwatched {}", env!("CARGO_PKG_VERSION"));
    let clock = surroundings.clock;
    // Apps' files say much of what they would tell: without them the phone would look better than it
    // did. Where none were wanted before, none are fetched now.
    let before = closing.desk.case.case().map_err(of_case)?;
    let has_files = |one: &Acquisition| one.streams.iter().any(|held| held.what == StreamKind::App);
    let fetches = before.acquisitions().iter().any(has_files);
    let mut part = TakesPart {
        tool: &named,
        step: &mut |step| {
            line.update(&acquire::words(step));
            true
        },
        choose: &mut |evidence: &mut dyn Evidence| {
            if fetches { acquire::standing_out(evidence, release, clock) } else { Vec::new() }
        },
    };
    let acquired = live::acquire(&mut closing.desk.connection, &closing.desk.case, &mut part);
    drop(line);
    let acquired = acquired.map_err(of_case)?;
    if let Some(why) = &acquired.stopped {
        closing.leave(format!("the second look stopped before its end: {why}"));
    }
    let case = closing.desk.case.case().map_err(of_case)?;
    let now = surroundings.now;
    let check = |mut evidence: Box<dyn Evidence>| -> CheckResult {
        let indicators = release.map(Release::indicators);
        unwatched_device::check(evidence.as_mut(), indicators.as_ref(), now, tool(), &mut |_| {})
    };
    let first = check(case.evidence_of(1).map_err(of_case)?);
    let newest = case.acquisitions().last().map_or(1, |newest| newest.number);
    let mut second = check(case.evidence_of(newest).map_err(of_case)?);
    second.changes = Some(compare(&first, &second));
    let mut out =
        String::from("What differs from the first look\n--------------------------------\n");
    for sentence in differences(&second) {
        out.extend(["- ", sentence.as_str(), "\n"]);
    }
    crate::print(surroundings, &out)?;
    Ok(())
}
