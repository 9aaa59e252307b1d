//! One acquisition: every listed question in its order, each answer encrypted into the case as it
//! comes, then the files of the apps that stand out. Nothing is changed on the phone.
//!
//! A cable that comes off leaves what came until then, and says so. What stands out is not judged
//! here: whoever calls names the apps.

use std::io::{self, Write};
use std::time::Duration;

use unwatched_device::evidence::{Evidence, SettingsTable};

use super::as_found::{AsFound, PHONE, Texts};
use super::clock::Clock;
use super::commands::{AppFile, PackageName, ReadOnly};
use super::connection::{Connection, Ran};
use super::states::State;
use super::trouble::Trouble;
use crate::case::{AcquisitionEnd, CaseError, Entry, Outcome, Stream, StreamKind, Writer};

/// The whole of it. The longest known dumps of a slow phone take two minutes.
const PATIENCE: Duration = Duration::from_mins(20);
/// So many answers that do not come, one after the other, are a connection that is gone.
const MOST_FAILURES: u32 = 3;
/// More apps' files are not fetched.
const MOST_APPS: usize = 40;
/// An app in pieces has some ten.
const MOST_FILES_OF_APP: usize = 60;
/// What is kept in memory of one answer, for the questions that follow from it.
const MOST_KEPT: usize = 4 << 20;

/// How far it has come.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// A question is asked.
    Asking {
        /// Which.
        title: &'a str,
        /// Counted from 1.
        number: usize,
        /// Of so many.
        of: usize,
    },
    /// What came is looked through for apps that stand out.
    Choosing,
    /// A file of such an app is fetched.
    Fetching {
        /// Counted from 1.
        number: usize,
        /// Of so many apps.
        of: usize,
    },
}

/// What the one who calls takes part in.
pub struct TakesPart<'a> {
    /// The program and its version.
    pub tool: &'a str,
    /// Told of each step; the answer is whether to go on.
    pub step: &'a mut dyn FnMut(Step<'_>) -> bool,
    /// Names the apps whose files to fetch, by what came so far.
    pub choose: &'a mut dyn FnMut(&mut dyn Evidence) -> Vec<PackageName>,
}

/// What came of it.
#[derive(Debug)]
pub struct Acquired {
    /// How many questions were answered.
    pub answered: usize,
    /// What was not, and why, by the question's title.
    pub unanswered: Vec<(String, String)>,
    /// How many files of apps were fetched.
    pub app_files: usize,
    /// How many of them have another digest here than the phone says.
    pub differing: usize,
    /// What limits the view.
    pub limits: Vec<State>,
    /// Why it stopped before its end.
    pub stopped: Option<Stopped>,
    /// How long it took.
    pub took: Duration,
}

/// Why an acquisition stopped before its end.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The phone, or the way to it.
    #[error(transparent)]
    Trouble(Trouble),
    /// Too many answers in turn did not come.
    #[error("the phone did not answer {MOST_FAILURES} questions in turn; the last time: {0}")]
    Silent(Trouble),
    /// It took too long.
    #[error("it took longer than {} minutes", PATIENCE.as_secs() / 60)]
    TooLong,
    /// The case is another phone's.
    #[error(
        "this is another phone than the one that the case was made of: give each phone a case of its own"
    )]
    OtherPhone,
    /// Whoever started it stopped it.
    #[error("it was stopped here")]
    Here,
}

/// Acquires a phone into a case. An error means that the case could not be written: what was
/// written until then can be read.
pub fn acquire(
    connection: &mut Connection,
    case: &Writer,
    part: &mut TakesPart<'_>,
) -> Result<Acquired, CaseError> {
    let number = case.begin_acquisition(part.tool)?;
    let clock = connection.clock();
    let mut running = Running {
        began: (clock.running)(),
        clock,
        connection,
        case,
        number,
        texts: Texts::default(),
        failures: 0,
        acquired: Acquired {
            answered: 0,
            unanswered: Vec::new(),
            app_files: 0,
            differing: 0,
            limits: Vec::new(),
            stopped: None,
            took: Duration::ZERO,
        },
    };
    let ended = running.all(part);
    let mut acquired = running.acquired;
    acquired.took = (clock.running)().saturating_sub(running.began);
    acquired.limits.extend(running.texts.limits());
    let end = match ended {
        Ok(()) => AcquisitionEnd::Complete,
        Err(End::Case(error)) => return Err(error),
        Err(End::Stopped(why)) => {
            let end = AcquisitionEnd::Stopped(why.to_string());
            acquired.stopped = Some(why);
            end
        }
    };
    case.end_acquisition(end)?;
    Ok(acquired)
}

/// What ends it early.
enum End {
    Stopped(Stopped),
    Case(CaseError),
}

impl From<CaseError> for End {
    fn from(error: CaseError) -> Self {
        Self::Case(error)
    }
}

struct Running<'a> {
    connection: &'a mut Connection,
    case: &'a Writer,
    number: u32,
    clock: Clock,
    began: Duration,
    texts: Texts,
    failures: u32,
    acquired: Acquired,
}

impl Running<'_> {
    fn all(&mut self, part: &mut TakesPart<'_>) -> Result<(), End> {
        let questions = ReadOnly::of_an_acquisition();
        let of = questions.len();
        for (number, question) in (1..).zip(questions) {
            if !self.texts.may_answer(&question) {
                continue;
            }
            self.go_on(part, Step::Asking { title: &question.title(), number, of })?;
            self.ask(&question)?;
            match question {
                ReadOnly::Properties => self.is_the_same_phone()?,
                // Before anything else can happen to it.
                ReadOnly::Settings(SettingsTable::System) => {
                    let state = AsFound::of(&self.texts).into_map();
                    self.case.journal(&Entry::PhoneAsFound { state })?;
                }
                _ => {}
            }
        }
        for user in self.texts.other_users() {
            self.ask(&ReadOnly::PackagesOfUser(user))?;
        }
        self.go_on(part, Step::Choosing)?;
        let mut apps = match self.case.case()?.evidence_of(self.number) {
            Ok(mut evidence) => (part.choose)(evidence.as_mut()),
            Err(error) => return Err(End::Case(error)),
        };
        if apps.len() > MOST_APPS {
            let left_out = apps.split_off(MOST_APPS).len();
            let why = format!("{left_out} more apps stand out: their files were not fetched");
            self.acquired.unanswered.push(("files of apps".to_owned(), why));
        }
        let of = apps.len();
        for (number, app) in (1..).zip(apps) {
            self.go_on(part, Step::Fetching { number, of })?;
            self.files_of(app)?;
        }
        Ok(())
    }

    /// A case holds one phone: two must not be read as one.
    fn is_the_same_phone(&self) -> Result<(), End> {
        let here = self.texts.phone();
        let before = self.case.case()?;
        let known = before.journal().iter().find_map(|record| match &record.entry {
            Entry::PhoneAsFound { state } => state.get(PHONE).cloned(),
            _ => None,
        });
        match (known, here) {
            (Some(known), Some(here)) if known != here => Err(End::Stopped(Stopped::OtherPhone)),
            _ => Ok(()),
        }
    }

    fn go_on(&self, part: &mut TakesPart<'_>, step: Step<'_>) -> Result<(), End> {
        if (self.clock.running)().saturating_sub(self.began) > PATIENCE {
            return Err(End::Stopped(Stopped::TooLong));
        }
        if (part.step)(step) { Ok(()) } else { Err(End::Stopped(Stopped::Here)) }
    }

    /// Asks one question, in as many wordings as it takes. Gives back what was answered, as far
    /// as it is kept in memory.
    fn ask(&mut self, question: &ReadOnly) -> Result<Option<Vec<u8>>, End> {
        let wordings = question.wordings();
        let mut refusal = String::new();
        for (number, line) in wordings.iter().enumerate() {
            let kind = match question.artefact() {
                Some(kind) => StreamKind::Artefact(kind),
                None => StreamKind::Other(question.title()),
            };
            let mut answer = Answer::into(self.case.stream(line, kind)?);
            let ran = self.connection.read(question, number, &mut answer);
            match ran {
                Ok(ran) => {
                    self.failures = 0;
                    if let Some(why) = refused(&ran) {
                        answer.stream.finish(Outcome::Refused(why.clone()))?;
                        refusal = why;
                        continue;
                    }
                    answer.settle().map_err(|error| of_keeping(self.case, error))?;
                    let code = ran.exit.code();
                    let outcome = code.map_or(Outcome::Ended, |code| Outcome::Exit(code.into()));
                    answer.stream.finish(outcome)?;
                    self.acquired.answered += 1;
                    self.texts.keep(question, &answer.kept);
                    return Ok(Some(answer.kept));
                }
                Err(trouble) => {
                    answer.settle().map_err(|error| of_keeping(self.case, error))?;
                    answer.stream.finish(Outcome::Cut(trouble.to_string()))?;
                    self.failed(&question.title(), trouble)?;
                    return Ok(None);
                }
            }
        }
        self.acquired.unanswered.push((question.title(), refusal));
        Ok(None)
    }

    /// Notes what did not come, and stops where nothing more will.
    fn failed(&mut self, title: &str, trouble: Trouble) -> Result<(), End> {
        self.acquired.unanswered.push((title.to_owned(), trouble.to_string()));
        if let Trouble::Keeping(error) = trouble {
            return Err(End::Case(of_keeping(self.case, error)));
        }
        self.failures += 1;
        if trouble.ends_the_connection() && !self.connection.may_come_back(&trouble) {
            return Err(End::Stopped(Stopped::Trouble(trouble)));
        }
        if self.failures >= MOST_FAILURES {
            return Err(End::Stopped(Stopped::Silent(trouble)));
        }
        Ok(())
    }

    /// Fetches an app's files, with the digest that the phone makes of each.
    fn files_of(&mut self, app: PackageName) -> Result<(), End> {
        let Some(listed) = self.ask(&ReadOnly::FilesOf(app))? else { return Ok(()) };
        let listed = String::from_utf8_lossy(&listed).into_owned();
        let paths = listed.lines().filter_map(|line| line.trim().strip_prefix("package:"));
        for path in paths.take(MOST_FILES_OF_APP) {
            match path.parse::<AppFile>() {
                Ok(file) => self.file(&file)?,
                Err(_) => self.acquired.unanswered.push((
                    "file of an app".to_owned(),
                    "the phone names a place where no app's file lies; it was not fetched"
                        .to_owned(),
                )),
            }
        }
        Ok(())
    }

    fn file(&mut self, file: &AppFile) -> Result<(), End> {
        let on_phone = self.ask(&ReadOnly::Digest(file.clone()))?;
        let on_phone = on_phone.as_deref().and_then(digest);
        let stream = self.case.stream(&format!("pull {file}"), StreamKind::App)?;
        let number = stream.number();
        let mut answer = Answer::into(stream);
        answer.settle().map_err(|error| of_keeping(self.case, error))?;
        match self.connection.fetch(file, &mut answer) {
            Ok(ran) => {
                answer.stream.finish(Outcome::Ended)?;
                self.failures = 0;
                self.acquired.app_files += 1;
                let differs = on_phone.is_some_and(|on_phone| on_phone != ran.sha256);
                self.acquired.differing += usize::from(differs);
                let detail = compared(number, on_phone, ran.sha256);
                self.case.journal(&detail)?;
                Ok(())
            }
            Err(Trouble::Refused(why)) => {
                answer.stream.finish(Outcome::Refused(why.clone()))?;
                self.acquired.unanswered.push(("file of an app".to_owned(), why));
                Ok(())
            }
            Err(trouble) => {
                answer.stream.finish(Outcome::Cut(trouble.to_string()))?;
                self.failed("file of an app", trouble)
            }
        }
    }
}

/// An answer on its way into the case. Its first bytes are held back: what they turn out to be may
/// be a refusal, which is no answer.
struct Answer {
    stream: Stream,
    held: Vec<u8>,
    settled: bool,
    kept: Vec<u8>,
}

/// A refusal is some lines.
const HELD_BYTES: usize = 512;

impl Answer {
    fn into(stream: Stream) -> Self {
        Self { stream, held: Vec::new(), settled: false, kept: Vec::new() }
    }

    /// It is an answer: what was held back goes on.
    fn settle(&mut self) -> io::Result<()> {
        self.settled = true;
        let held = std::mem::take(&mut self.held);
        self.stream.write_all(&held)
    }
}

impl Write for Answer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = MOST_KEPT.saturating_sub(self.kept.len()).min(bytes.len());
        self.kept.extend_from_slice(&bytes[..room]);
        if self.settled {
            return self.stream.write(bytes);
        }
        self.held.extend_from_slice(bytes);
        if self.held.len() > HELD_BYTES {
            self.settled = true;
            let held = std::mem::take(&mut self.held);
            self.stream.write_all(&held)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Why an answer is none: the phone does not know the option, the command or the service.
pub(super) fn refused(ran: &Ran) -> Option<String> {
    const MARKS: [&str; 10] = [
        "Error: Unknown option",
        "Error: unknown",
        "Unknown option",
        "Unknown command",
        "Can't find service",
        "cmd: Can't find service",
        "Error: java.lang.",
        "Bad argument",
        "Failure [",
        "Security exception",
    ];
    if usize::try_from(ran.bytes).is_ok_and(|bytes| bytes > HELD_BYTES) {
        return None;
    }
    let (printed, said) = (String::from_utf8_lossy(&ran.head), ran.said.trim());
    let printed = printed.trim();
    let ended_badly = ran.exit.code().is_some_and(|code| code != 0);
    // What is said on the side of an answer is none.
    let told = if printed.is_empty() { said } else { printed };
    if !ended_badly && !MARKS.iter().any(|mark| told.starts_with(mark)) {
        return None;
    }
    let words = [said, printed].into_iter().find(|text| !text.is_empty()).unwrap_or("");
    let words: String = words.lines().next().unwrap_or("").chars().take(160).collect();
    Some(match ran.exit.code() {
        Some(code) if words.is_empty() => format!("exit code {code}"),
        _ => words,
    })
}

/// The digest that `sha256sum` printed.
fn digest(printed: &[u8]) -> Option<[u8; 32]> {
    let text = std::str::from_utf8(printed).ok()?;
    // A backslash marks a name with special characters in it.
    let digits = text.split_whitespace().next()?.trim_start_matches('\\');
    hex::decode(digits).ok()?.try_into().ok()
}

fn compared(stream: u32, on_phone: Option<[u8; 32]>, here: [u8; 32]) -> Entry {
    Entry::FileCompared {
        stream,
        on_phone: on_phone.map(hex::encode),
        same: on_phone.map(|on_phone| on_phone == here),
    }
}

fn of_keeping(case: &Writer, error: io::Error) -> CaseError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => CaseError::Full,
        _ => CaseError::Io { path: case.path().to_owned(), error },
    }
}
