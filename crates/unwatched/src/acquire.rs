//! `unwatched acquire`: the safety questions, a phone on the desk, and a new case with what it said.
//! The questions come first: no path leads to a phone around them.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use unwatched_acquire::case::{self, CaseError, Writer};
use unwatched_acquire::live::commands::PackageName;
use unwatched_acquire::live::{
    self, Acquired, Connection, State, Step, TakesPart, Trouble, Wanted, acquire,
};
use unwatched_device::evidence::Evidence;
use unwatched_device::flow::{Agreed, Answered, Language, Safety, Screen, Words};
use unwatched_device::result::{CheckResult, FindingKind, Subject, Tool};
use unwatched_model::text::shown;

use crate::Surroundings;
use crate::ask;
use crate::cli::{Acquire, Reach};
use crate::data_folder::DataFolder;
use crate::exit::{Exit, Failure};
use crate::indicators::{self, Release};
use crate::opening;
use crate::passphrase;
use crate::progress::StepLine;

pub(crate) fn run(
    wanted: &Acquire,
    folder: &DataFolder,
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    let agreed = safety_first(wanted, surroundings)?;
    read_into_case(wanted, &agreed, folder, surroundings)
}

/// Reads the phone into the case that was named, or a new one. It takes what was agreed.
pub(crate) fn read_into_case(
    wanted: &Acquire,
    _: &Agreed,
    folder: &DataFolder,
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    let path = match &wanted.out {
        Some(path) => path.clone(),
        None => first_free()?,
    };
    // Refused before the phone is touched. What is a case already gets another acquisition.
    let is_again = case::is_case(&path);
    if !is_again {
        refuse_what_is_there(&path)?;
    }
    let release = match &wanted.indicators {
        Some(bundle) => Some(indicators::of_file(bundle, wanted.key.as_deref(), folder)?),
        None => indicators::installed(folder)?,
    };
    let clock = surroundings.clock;
    let tool = format!("unwatched {}", env!("CARGO_PKG_VERSION"));
    let file = wanted.passphrase_file.as_deref();
    // What does not open is refused before the phone is touched, too.
    let known = if is_again {
        let secret = passphrase::of_case(file, surroundings)?;
        let case = Writer::resume(&path, &secret, Box::new(clock.now));
        Some(case.map_err(|error| opening::of_case(&path, error))?)
    } else {
        None
    };
    let mut connection = reach(&wanted.reach, surroundings)?;
    writeln!(surroundings.talk, "the phone answers, through {}", connection.way().as_str())?;
    let case = if let Some(case) = known {
        case
    } else {
        let secret = passphrase::of_new_case(file, surroundings)?;
        Writer::create(&path, &secret, &tool, Box::new(clock.now)).map_err(of_case)?
    };
    let line = StepLine::new(surroundings.shows_progress);
    let mut part = TakesPart {
        tool: &tool,
        step: &mut |step| {
            line.update(&words(step));
            true
        },
        choose: &mut |evidence| {
            if wanted.no_app_files {
                vec![]
            } else {
                standing_out(evidence, release.as_ref(), clock)
            }
        },
    };
    let acquired = acquire(&mut connection, &case, &mut part).map_err(of_case);
    drop(line);
    tell(&acquired?, &path, surroundings)
}

/// Asks what must be asked before a phone is connected. A script says that it was asked.
fn safety_first(wanted: &Acquire, surroundings: &mut Surroundings<'_>) -> Result<Agreed, Failure> {
    if wanted.safety_questions_answered {
        return Ok(Agreed::by_their_word());
    }
    let Surroundings { answers, talk, .. } = surroundings;
    let Some(typed) = answers.as_mut() else {
        return Err(Failure::said(Exit::Closed, "there is no terminal to ask the safety questions at").with_hint(
            "Before a phone is connected it is asked where it is, who listens, and who agreed. Run this where\n\
             somebody can answer, or read the questions in `unwatched help acquire`, ask them yourself, and say\n\
             so with --safety-questions-answered.",
        ));
    };
    let words = Words::of(Language::En);
    for line in &words.screen(Screen::First.name()).text {
        writeln!(talk, "{line}")?;
    }
    let mut safety = Safety::new();
    loop {
        let (number, of) = (safety.at() + 1, words.safety.len());
        let question = &words.safety[safety.at()];
        writeln!(talk, "\n{number} of {of}. {}\n   {}", question.ask, question.why)?;
        if ask::yes_or_no(*talk, *typed)? != Some(true) {
            return Err(Failure::said(Exit::Closed, "the phone was not connected to").with_hint(
                "That is a choice like any other. Talk it over with an advocate; the check can be made later,\n\
                 elsewhere, or not at all, and shared accounts can be looked at without this phone.",
            ));
        }
        match safety.yes() {
            Answered::Ask(next) => safety = next,
            // The first question asks whether the person agrees.
            Answered::Consent(consent) => {
                writeln!(talk)?;
                return Ok(consent.agrees());
            }
        }
    }
}

/// The first folder of this name that is not there yet. Its name says nothing of anybody.
fn first_free() -> Result<PathBuf, Failure> {
    let mut names = (1..1_000).map(|number| PathBuf::from(format!("case-{number}")));
    let free = names.find(|path| path.symlink_metadata().is_err());
    Ok(free.context("find a name for the case: name a folder with --out")?)
}

fn refuse_what_is_there(path: &std::path::Path) -> Result<(), Failure> {
    let is_empty_folder =
        || std::fs::read_dir(path).is_ok_and(|mut inside| inside.next().is_none());
    if path.symlink_metadata().is_ok() && !is_empty_folder() {
        return Err(of_case(CaseError::NotEmpty(path.to_owned())));
    }
    Ok(())
}

fn of_case(error: CaseError) -> Failure {
    Failure::new(Exit::Refused, error)
}

/// Reaches the phone. Nothing is changed on it.
pub(crate) fn reach(
    wanted: &Reach,
    surroundings: &mut Surroundings<'_>,
) -> Result<Connection, Failure> {
    let port = |value: OsString| value.to_str()?.trim().parse().ok();
    let of_environment = (surroundings.variable)("ANDROID_ADB_SERVER_PORT").and_then(port);
    let wanted = Wanted {
        serial: wanted.serial.clone(),
        address: wanted.address,
        server_port: wanted.adb_port.or(of_environment),
    };
    let Surroundings { talk, random, clock, .. } = surroundings;
    let mut asked = || {
        for line in State::Unauthorised.words().next {
            // Nobody is left to tell when this fails.
            let _ = writeln!(talk, "{line}");
        }
    };
    let mut around = live::Surroundings { clock: *clock, random: *random, asked: &mut asked };
    Connection::open(&wanted, &mut around).map_err(unreachable)
}

/// What stands between here and the phone, what to do, and what that may show.
fn unreachable(trouble: Trouble) -> Failure {
    let Trouble::State(state) = &trouble else {
        return Failure::said(Exit::Phone, trouble).with_hint("Look at the cable, and try again.");
    };
    let mut hint = said_of(state);
    if let State::Several(phones) | State::NotAmong(phones) = state {
        for phone in phones {
            let model = phone.model.as_deref().unwrap_or("model not told");
            hint += "\n  ";
            hint += phone.serial.as_str();
            hint += "  ";
            hint += model;
        }
    }
    Failure::said(Exit::Phone, &trouble).with_hint(hint)
}

fn said_of(state: &State) -> String {
    let words = state.words();
    let next: Vec<_> =
        (1..).zip(words.next).map(|(number, next)| format!("{number}. {next}")).collect();
    format!("{}\nWhat it may show: {}", next.join("\n"), words.may_show)
}

/// What an acquisition is at, in words.
pub(crate) fn words(step: Step<'_>) -> String {
    match step {
        Step::Asking { title, number, of } => format!("asking, {number} of {of}: {title}"),
        Step::Choosing => "looking through what came".to_owned(),
        Step::Fetching { number, of } => format!("fetching the files of app {number} of {of}"),
    }
}

/// The apps whose own files say more: everything that is named at all. What is below stays where
/// it is.
pub(crate) fn standing_out(
    evidence: &mut dyn Evidence,
    release: Option<&Release>,
    clock: live::Clock,
) -> Vec<PackageName> {
    let tool = Tool { name: "unwatched".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() };
    let indicators = release.map(Release::indicators);
    let now = (clock.now)();
    let result: CheckResult =
        unwatched_device::check(evidence, indicators.as_ref(), now, tool, &mut |_| {});
    let on_phone =
        |kind| kind != FindingKind::WasInstalled && kind != FindingKind::VisitedOrContacted;
    let mut apps: Vec<PackageName> = Vec::new();
    for finding in result.findings.iter().filter(|finding| on_phone(finding.kind)) {
        let Subject::Package(name) = &finding.subject else { continue };
        if let Ok(name) = name.parse()
            && !apps.contains(&name)
        {
            apps.push(name);
        }
    }
    apps
}

/// What came of it, in words. No app is named here.
fn tell(
    acquired: &Acquired,
    path: &std::path::Path,
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    let talk = &mut *surroundings.talk;
    writeln!(
        talk,
        "{} answers and {} files of apps in {} seconds; nothing was changed on the phone",
        acquired.answered,
        acquired.app_files,
        acquired.took.as_secs().max(1)
    )?;
    for (what, why) in &acquired.unanswered {
        writeln!(talk, "not answered: {what}: {}", shown(why))?;
    }
    if acquired.differing > 0 {
        writeln!(
            talk,
            "notice: the phone says of {} of these files that they are others than came: something on it does not tell the truth, or the cable is bad; have somebody look at it who knows phones",
            acquired.differing
        )?;
    }
    for state in &acquired.limits {
        writeln!(talk, "\nnotice: {}\n{}", state.headline(), said_of(state))?;
    }
    let case = path.display().to_string();
    writeln!(talk, "\nthe case is {}: read it with unwatched check {0}", shown(&case))?;
    match &acquired.stopped {
        None => Ok(()),
        Some(why) => Err(Failure::said(Exit::Partial, format!("the acquisition stopped before its end: {why}"))
            .with_hint("What came until then is in the case, and `check` says what is missing. Another acquisition is made\nwith the cable plugged in again.")),
    }
}
