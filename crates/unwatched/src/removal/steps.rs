//! The steps of a removal on its way: each told, confirmed, noted, done by cable or by hand, and
//! verified by asking the phone again. It stops at anything unexpected. What takes a step back is
//! in `undo.rs`.

use std::collections::{BTreeMap, BTreeSet};

use unwatched_acquire::case::StepState;
use unwatched_acquire::live::NotDone;
use unwatched_device::facts::{Facts, Part};
use unwatched_device::plan::{Asks, Done, PlannedStep, Proof, Standing, step_text};
use unwatched_model::text::shown;

use crate::Surroundings;
use crate::ask::{Word, word};
use crate::exit::{Exit, Failure};

use super::change::{Change, change};
use super::desk::{Desk, LATER, cut_off, of_case, stopped};
use super::earlier::Earlier;

/// What these steps are called in the journal.
pub(crate) const PART: &str = "remove";
/// How often the phone is asked again after something was done by hand.
const TRIES: usize = 5;

/// How it goes on after a step.
enum Flow {
    Next,
    Stop,
}

/// A removal on its way.
pub(crate) struct Removal {
    pub(crate) desk: Desk,
    pub(super) proof: Proof,
    pub(super) steps: Vec<PlannedStep>,
    /// The apps on the phone when this began, where they could be read.
    installed: Option<BTreeSet<String>>,
}

impl Removal {
    pub(crate) fn new(desk: Desk, proof: Proof, steps: Vec<PlannedStep>) -> Self {
        Self { desk, proof, steps, installed: None }
    }

    /// Steps of which nobody knows how they ended are looked at on the phone first.
    pub(crate) fn ask_again(
        &mut self,
        before: &[Earlier],
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        for open in before.iter().filter(|one| one.is_open()) {
            let step = self.steps.iter().find(|step| step.id == open.step).cloned();
            let (state, said) = match &step {
                None => (
                    None,
                    "is not among what the newest acquisition shows, so the phone was not asked",
                ),
                Some(step) => match self.desk.standing(step).map_err(cut_off)?.0 {
                    Standing::Done => {
                        (Some(StepState::Verified), "is done: the phone was asked again just now")
                    }
                    Standing::Open => {
                        (Some(StepState::Failed), "is not done: the phone was asked again just now")
                    }
                    Standing::Unknown => {
                        (None, "could not be looked at: the phone's answer does not tell")
                    }
                    Standing::Untold => {
                        (None, "is something that the phone does not tell: only who did it knows")
                    }
                },
            };
            if let Some(state) = state {
                self.desk.note(PART, &open.step, state, BTreeMap::new()).map_err(of_case)?;
            }
            writeln!(surroundings.talk, "{}: it {said}.", shown(open.words()))?;
        }
        Ok(())
    }

    pub(crate) fn all(&mut self, surroundings: &mut Surroundings<'_>) -> Result<(), Failure> {
        let facts = self.desk.read(&[Asks::Service("package")]).map_err(cut_off)?;
        self.installed = installed(&facts);
        let (mut stage, of) = (0, self.steps.len());
        for (number, step) in self.steps.clone().iter().enumerate() {
            if step.stage != stage {
                stage = step.stage;
                writeln!(
                    surroundings.talk,
                    "\nStage {stage}. Begin it only if there is time to finish it."
                )?;
            }
            writeln!(surroundings.talk, "\nStep {} of {of}", number + 1)?;
            surroundings.stop.remains(format!(
                "{number} of {of} steps are behind, none is under way, and the phone was left as it is; debugging is still on"
            ));
            if let Flow::Stop = self.step(step, surroundings)? {
                return Err(stopped());
            }
        }
        writeln!(
            surroundings.talk,
            "\nEvery step was done or left out. unwatched close CASE looks again, says what differs, and puts the phone back."
        )?;
        Ok(())
    }

    fn step(
        &mut self,
        step: &PlannedStep,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<Flow, Failure> {
        let (standing, facts) = self.desk.standing(step).map_err(cut_off)?;
        if standing == Standing::Done {
            writeln!(
                surroundings.talk,
                "{}\nThe phone says that it is so already.",
                shown(&step.words)
            )?;
            self.note(step, StepState::Verified, [("was_so_already", "yes")])?;
            return Ok(Flow::Next);
        }
        write!(surroundings.talk, "{}", step_text(step))?;
        match change(step, &facts) {
            Some(change) => self.by_cable(step, &change, surroundings),
            None => self.by_hand(step, surroundings),
        }
    }

    fn by_cable(
        &mut self,
        step: &PlannedStep,
        change: &Change,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<Flow, Failure> {
        match word(surroundings, "Do it now, by cable?")? {
            Word::Yes => {}
            Word::LeaveOut => return self.left_out(step),
            Word::Stop => return Ok(Flow::Stop),
        }
        let kept = change.before.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        self.note(step, StepState::Intended, kept)?;
        surroundings.stop.remains(format!(
            "\"{}\" was under way, and whether the phone did it is not known; debugging is still on, and the next `unwatched remove` says how it stands",
            step.words
        ));
        writeln!(surroundings.talk, "Doing it.")?;
        for command in &change.run {
            match self.desk.change(&self.proof, command) {
                Ok(()) => {}
                Err(NotDone::Refused(why)) => {
                    self.note(step, StepState::Failed, [("refused", why.as_str())])?;
                    writeln!(surroundings.talk, "The phone refused it: {}", shown(&why))?;
                    if step.by_hand.is_empty() {
                        return Err(unexpected(
                            "the phone refused a step that cannot be done by hand",
                        ));
                    }
                    return self.by_hand(step, surroundings);
                }
                Err(other) => return Err(cut_off(other)),
            }
        }
        self.note(step, StepState::Done, [])?;
        writeln!(surroundings.talk, "The phone said that it was done. It is asked again.")?;
        let (standing, facts) = self.desk.standing(step).map_err(cut_off)?;
        match standing {
            Standing::Done => {
                self.note(step, StepState::Verified, [])?;
                writeln!(surroundings.talk, "Verified: it is so.")?;
                self.nothing_new(&facts)
            }
            Standing::Open => {
                self.note(step, StepState::Failed, [("seen_instead", "it is still there")])?;
                Err(unexpected(
                    "the phone said that it was done, and it is not: something puts it back, or the phone does not tell the truth",
                ))
            }
            Standing::Unknown | Standing::Untold => {
                writeln!(surroundings.talk, "Not verified: the phone's answer does not tell.")?;
                Ok(Flow::Next)
            }
        }
    }

    fn by_hand(
        &mut self,
        step: &PlannedStep,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<Flow, Failure> {
        if step.done == Done::Cable && !step.by_hand.is_empty() {
            writeln!(
                surroundings.talk,
                "By hand, on the phone: {}",
                shown(&step.by_hand.join(" "))
            )?;
        }
        for tried in 0..TRIES {
            let ask = if tried == 0 {
                "y once it is done:"
            } else {
                "The phone still has it. y once it is done:"
            };
            if tried == 0 {
                self.note(step, StepState::Intended, [("by", "hand")])?;
            }
            surroundings.stop.remains(format!(
                "\"{}\" was to be done by hand, and whether it was is not known; debugging is still on, and the next `unwatched remove` says how it stands",
                step.words
            ));
            match word(surroundings, ask)? {
                Word::Yes => {}
                Word::LeaveOut => return self.left_out(step),
                Word::Stop => return Ok(Flow::Stop),
            }
            match self.desk.standing(step).map_err(cut_off)?.0 {
                Standing::Done => {
                    self.note(step, StepState::Verified, [])?;
                    writeln!(surroundings.talk, "Verified: it is so.")?;
                    return Ok(Flow::Next);
                }
                Standing::Open => {}
                Standing::Unknown | Standing::Untold => {
                    self.note(step, StepState::Done, [("by_the_word_of", "who did it")])?;
                    writeln!(
                        surroundings.talk,
                        "Noted as done by your word: the phone does not tell."
                    )?;
                    return Ok(Flow::Next);
                }
            }
        }
        self.note(step, StepState::Failed, [("seen_instead", "it is still there")])?;
        Err(unexpected("the phone still has it, though it was done by hand several times"))
    }

    fn left_out(&self, step: &PlannedStep) -> Result<Flow, Failure> {
        self.note(step, StepState::Skipped, [])?;
        Ok(Flow::Next)
    }

    /// Notes a step with what a later run needs to tell of it and to take it back.
    fn note<'a>(
        &self,
        step: &PlannedStep,
        state: StepState,
        more: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<(), Failure> {
        let users: Vec<String> = step.users.iter().map(ToString::to_string).collect();
        let (names, users) = (step.names.join("\n"), users.join("\n"));
        let app = step.app.as_deref().unwrap_or_default();
        let known = [("words", step.words.as_str()), ("action", step.action), ("app", app)];
        let known = known.into_iter().chain([
            ("names", names.as_str()),
            ("users", users.as_str()),
            ("taking_back", "no"),
        ]);
        let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        let mut all: BTreeMap<String, String> = known.map(owned).collect();
        all.extend(more.into_iter().map(owned));
        self.desk.note(PART, &step.id, state, all).map_err(of_case)
    }

    /// An app that was not there when this began is a reason to stop and look.
    fn nothing_new(&self, facts: &Facts) -> Result<Flow, Failure> {
        let (Some(then), Some(now)) = (&self.installed, installed(facts)) else {
            return Ok(Flow::Next);
        };
        match now.difference(then).count() {
            0 => Ok(Flow::Next),
            count => Err(unexpected(format!(
                "since this began, apps came to the phone that were not there ({count}): acquire it again and look"
            ))),
        }
    }
}

/// The apps that are installed for anybody, where the list is whole.
fn installed(facts: &Facts) -> Option<BTreeSet<String>> {
    if !facts.is_whole(Part::Packages) {
        return None;
    }
    let there = |app: &unwatched_device::facts::AppFacts| {
        app.block.as_ref().is_some_and(|(block, _)| {
            block.users.values().any(|user| user.installed != Some(false)) || block.users.is_empty()
        })
    };
    Some(facts.apps.iter().filter(|(_, app)| there(app)).map(|(name, _)| name.clone()).collect())
}

pub(super) fn unexpected(what: impl std::fmt::Display) -> Failure {
    Failure::said(Exit::Partial, what).with_hint(LATER)
}
