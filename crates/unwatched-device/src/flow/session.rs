//! A session on its way: where it stands, what it holds, and what an act leads to.

use super::safety::{Agreed, Answered, Consent, Safety};
use super::screen::{Act, Screen, Thing, Work};
use crate::plan::{Answer, Checkpoint, Next, Proof};

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A phone, or a case that was made of one: it can be reached again.
    Case,
    /// Something else that was made of a phone.
    File,
}

/// How work went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// It waits for a decision.
    Asks,
    /// Evidence was read.
    Read {
        /// Of what.
        source: Source,
        /// Whether there is any finding.
        found: bool,
    },
    /// It was done to its end.
    Done,
    /// It did not go on.
    Failed,
}

/// The act does not belong to the screen: of an older page, say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotHere;

/// Where a session stands, with what it holds.
///
/// What opens a phone is handed on once and kept nowhere else:
///
/// ```compile_fail
/// let session = unwatched_device::flow::Session::new();
/// let copied = session.clone();
/// ```
#[derive(Debug)]
pub struct Session {
    at: Screen,
    safety: Option<Safety>,
    consent: Option<Consent>,
    agreed: Option<Agreed>,
    checkpoint: Option<Checkpoint>,
    proof: Option<Proof>,
    source: Option<Source>,
    kept: Vec<(Thing, Act)>,
}

impl Session {
    /// At the first screen.
    #[expect(clippy::new_without_default, reason = "a session is begun, never there by itself")]
    pub fn new() -> Self {
        Self {
            at: Screen::First,
            safety: None,
            consent: None,
            agreed: None,
            checkpoint: None,
            proof: None,
            source: None,
            kept: Vec::new(),
        }
    }

    /// The screen.
    pub fn at(&self) -> Screen {
        self.at
    }

    /// What can be done on it, the main action first.
    pub fn acts(&self) -> &'static [Act] {
        self.at.acts(self.source == Some(Source::Case))
    }

    /// That a phone may be looked at.
    pub fn agreed(&self) -> Option<&Agreed> {
        self.agreed.as_ref()
    }

    /// That choices may be shown.
    pub fn proof(&self) -> Option<&Proof> {
        self.proof.as_ref()
    }

    /// Hands on what lets a phone be changed. The questions are asked anew for the next time.
    pub fn take_proof(&mut self) -> Option<Proof> {
        self.proof.take()
    }

    /// What was looked at.
    pub fn source(&self) -> Option<Source> {
        self.source
    }

    /// Whether this is to be kept, and by whom; `None` where it is not, or was not asked yet.
    pub fn keeps(&self, thing: Thing) -> Option<Act> {
        let answer = self.kept.iter().rev().find(|(known, _)| *known == thing);
        answer.map(|(_, act)| *act).filter(|act| *act != Act::Nowhere)
    }

    /// What somebody does; says what is to be started.
    pub fn act(&mut self, act: Act) -> Result<Option<Work>, NotHere> {
        if !self.acts().contains(&act) {
            return Err(NotHere);
        }
        let (next, work) = self.leads(act)?;
        self.at = next;
        Ok(work)
    }

    /// How the work went that was started.
    pub fn happened(&mut self, happened: Happened) -> Result<(), NotHere> {
        let Screen::Working(work) = self.at else { return Err(NotHere) };
        self.at = match (work, happened) {
            (_, Happened::Failed) => Screen::Failed(work),
            (Work::Acquire | Work::Check, Happened::Read { source, found }) => {
                self.source = Some(source);
                if found { Screen::Findings } else { Screen::StillOpen }
            }
            (Work::Remove | Work::Limit | Work::Close, Happened::Asks) => Screen::Asked(work),
            (Work::Update, Happened::Done) => Screen::Installed,
            (Work::Remove | Work::Limit, Happened::Done) => Screen::Close,
            (Work::Close, Happened::Done) => Screen::Differs,
            _ => return Err(NotHere),
        };
        Ok(())
    }

    fn leads(&mut self, act: Act) -> Result<(Screen, Option<Work>), NotHere> {
        let stays = |screen| Ok((screen, None));
        match (self.at, act) {
            (Screen::First, _) => stays(self.ask_anew()),
            (Screen::Safety(_), Act::Yes) => stays(self.answered()?),
            (Screen::Safety(_), _) | (Screen::Consent, Act::No) | (Screen::Source, Act::Back) => {
                stays(self.not_now())
            }
            (Screen::NotNow, Act::Again) => stays(Screen::First),
            (Screen::Consent, _) => {
                self.agreed = Some(self.consent.take().ok_or(NotHere)?.agrees());
                stays(Screen::Source)
            }
            (Screen::Source, Act::Phone) => stays(Screen::Phone),
            (Screen::Source, Act::File) => stays(Screen::File),
            (Screen::Source, _) => stays(Screen::Indicators),
            (Screen::Phone, Act::Start) => self.works(Work::Acquire),
            (Screen::File, Act::Start) => self.works(Work::Check),
            (Screen::Indicators, Act::Start) => self.works(Work::Update),
            (Screen::Phone | Screen::File | Screen::Indicators | Screen::Installed, _) => {
                stays(Screen::Source)
            }
            (Screen::Working(_), _) => Err(NotHere),
            (Screen::Asked(work), _) => stays(Screen::Working(work)),
            (Screen::Failed(work), Act::Again) => stays(self.before(work)),
            (Screen::Failed(work), _) => stays(after_failed(work)),
            (Screen::Findings | Screen::StillOpen, _) => stays(Screen::NotChecked),
            (Screen::NotChecked, _) => stays(Screen::Keep(Thing::Sheet)),
            (Screen::Keep(thing), _) => {
                self.kept.push((thing, act));
                stays(match thing {
                    Thing::Sheet => Screen::Keep(Thing::Sealed),
                    Thing::Sealed => Screen::Keep(Thing::Date),
                    Thing::Date => Screen::Ahead,
                })
            }
            (Screen::Ahead, Act::Next) | (Screen::Locked, Act::Again) => stays(self.ask_advocate()),
            (Screen::Checkpoint(_), _) => stays(self.answered_advocate(act)?),
            (Screen::Plan, act) => stays(match act {
                Act::Leave => Screen::Leave,
                Act::Limit => Screen::Limit,
                Act::NewPhone => Screen::NewPhone,
                Act::Remove => Screen::Remove,
                Act::Reset => Screen::Reset,
                _ => self.to_the_close(),
            }),
            (Screen::Limit, Act::Start) => self.changes(Work::Limit),
            (Screen::Remove, Act::Start) => self.changes(Work::Remove),
            (
                Screen::Leave | Screen::Limit | Screen::NewPhone | Screen::Remove | Screen::Reset,
                Act::Back,
            ) => stays(Screen::Plan),
            (Screen::Close, Act::Start) => self.works(Work::Close),
            (Screen::Close | Screen::Differs, _) => stays(Screen::Report),
            (Screen::NotNow | Screen::Report | Screen::End, _) => stays(Screen::End),
            (
                Screen::Ahead
                | Screen::Locked
                | Screen::Leave
                | Screen::Limit
                | Screen::NewPhone
                | Screen::Remove
                | Screen::Reset,
                _,
            ) => stays(self.to_the_close()),
        }
    }

    fn ask_anew(&mut self) -> Screen {
        self.safety = Some(Safety::new());
        Screen::Safety(0)
    }

    fn answered(&mut self) -> Result<Screen, NotHere> {
        match self.safety.take().ok_or(NotHere)?.yes() {
            Answered::Ask(safety) => {
                let at = safety.at();
                self.safety = Some(safety);
                Ok(Screen::Safety(at))
            }
            Answered::Consent(consent) => {
                self.consent = Some(consent);
                Ok(Screen::Consent)
            }
        }
    }

    /// Whatever was agreed holds no longer.
    fn not_now(&mut self) -> Screen {
        *self = Self::new();
        Screen::NotNow
    }

    /// To read anything takes what was agreed.
    fn works(&self, work: Work) -> Result<(Screen, Option<Work>), NotHere> {
        self.agreed.as_ref().ok_or(NotHere)?;
        Ok((Screen::Working(work), Some(work)))
    }

    /// To change anything takes the checkpoint.
    fn changes(&self, work: Work) -> Result<(Screen, Option<Work>), NotHere> {
        self.proof.as_ref().ok_or(NotHere)?;
        self.works(work)
    }

    fn before(&mut self, work: Work) -> Screen {
        match work {
            Work::Acquire => Screen::Phone,
            Work::Check => Screen::File,
            Work::Update => Screen::Indicators,
            // What was true before the first try need not be true now.
            Work::Remove | Work::Limit => self.ask_advocate(),
            Work::Close => Screen::Close,
        }
    }

    fn ask_advocate(&mut self) -> Screen {
        self.proof = None;
        self.checkpoint = Some(Checkpoint::new());
        Screen::Checkpoint(0)
    }

    fn answered_advocate(&mut self, act: Act) -> Result<Screen, NotHere> {
        let Screen::Checkpoint(at) = self.at else { return Err(NotHere) };
        let answer = match act {
            Act::Yes => Answer::Yes,
            Act::No => Answer::No,
            _ => Answer::NotSure,
        };
        Ok(match self.checkpoint.take().ok_or(NotHere)?.answer(answer) {
            Next::Ask(checkpoint) => {
                self.checkpoint = Some(checkpoint);
                Screen::Checkpoint(at + 1)
            }
            Next::Closed(_) => Screen::Locked,
            Next::Open(proof) => {
                self.proof = Some(proof);
                Screen::Plan
            }
        })
    }

    /// A phone that can be reached again is put back; of a file there is nothing to put back.
    fn to_the_close(&self) -> Screen {
        match self.source {
            Some(Source::Case) => Screen::Close,
            _ => Screen::Report,
        }
    }
}

fn after_failed(work: Work) -> Screen {
    match work {
        Work::Acquire | Work::Check | Work::Update => Screen::Source,
        Work::Remove | Work::Limit => Screen::Close,
        Work::Close => Screen::Differs,
    }
}
