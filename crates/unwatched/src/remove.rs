//! `unwatched remove`: a choice's steps, one after the other, each told with who would notice it,
//! confirmed, noted in the case before and after, done, and verified by asking the phone again. It
//! stops at anything unexpected. Behind the safety checkpoint, each time anew.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use unwatched_acquire::case::{self, Case, CaseError, Entry, StepState, Writer};
use unwatched_acquire::live::NotDone;
use unwatched_device::check_for_plan;
use unwatched_device::evidence::SettingsTable;
use unwatched_device::facts::{Facts, Part};
use unwatched_device::plan::{Asks, Choice, Done, PlannedStep, Proof, Standing, plan, step_text};
use unwatched_model::text::shown;

use crate::check::{say_what_about, tool};
use crate::cli::Remove;
use crate::data_folder::DataFolder;
use crate::exit::{Exit, Failure};
use crate::indicators::{self, Release};
use crate::plan::are_found;
use crate::removal::change::{Change, back, change};
use crate::removal::desk::Desk;
use crate::removal::earlier::{Earlier, earlier};
use crate::{Surroundings, acquire, ask, passphrase};

/// What these steps are called in the journal.
const PART: &str = "remove";
/// How often the phone is asked again after something was done by hand.
const TRIES: usize = 5;

const LATER: &str = "Run the same command again to go on: it first says where things stand. What was done can be taken\n\
back with --undo where the plan says so; unwatched close CASE ends it.";

/// What somebody says to a step.
pub(crate) enum Word {
    Yes,
    LeaveOut,
    Stop,
}

/// How it goes on after a step.
enum Flow {
    Next,
    Stop,
}

pub(crate) fn run(
    arguments: &Remove,
    folder: &DataFolder,
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    let file = arguments.passphrase_file.as_deref();
    let secret = passphrase::of_case(file, surroundings)?;
    // A dry run writes nothing, also not to the case.
    let writer = if arguments.dry_run {
        None
    } else {
        let clock = Box::new(surroundings.clock.now);
        Some(Writer::resume(&arguments.case, &secret, clock).map_err(of_case)?)
    };
    let read = match &writer {
        Some(writer) => writer.case(),
        None => case::open(&arguments.case, &secret),
    };
    let read = read.map_err(of_case)?;
    let before = earlier(read.journal(), PART);
    where_things_stand(&before, surroundings)?;
    let proof = ask::checkpoint(surroundings)?;
    let choice = chosen(arguments, &read, folder, &proof, surroundings)?;
    let steps: Vec<&PlannedStep> = choice.steps.iter().filter(|step| is_done_here(step)).collect();
    let Some(case) = writer else { return dry_run(&steps, surroundings) };
    let answers = proof.answers().map(|(id, answer)| (id.to_owned(), answer.as_str().to_owned()));
    case.journal(&Entry::Checkpoint { answers: answers.collect() }).map_err(of_case)?;
    let connection = acquire::reach(&arguments.reach, surroundings)?;
    let mut removal = Removal {
        desk: Desk { connection, case },
        proof,
        steps: steps.into_iter().cloned().collect(),
        installed: None,
    };
    removal.only_its_phone(surroundings)?;
    removal.ask_again(&before, surroundings)?;
    if arguments.undo { removal.take_back(surroundings) } else { removal.all(surroundings) }
}

pub(crate) fn of_case(error: CaseError) -> Failure {
    Failure::new(Exit::Refused, error)
}

/// The record is the case itself, and the close is a command of its own.
fn is_done_here(step: &PlannedStep) -> bool {
    !["keep_a_record", "disconnect_the_phone"].contains(&step.action)
}

/// What the journal says of earlier runs, before anything else is asked.
pub(crate) fn where_things_stand(
    before: &[Earlier],
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    if before.is_empty() {
        return Ok(());
    }
    let talk = &mut *surroundings.talk;
    writeln!(talk, "Where things stand, by the case's journal:")?;
    for one in before {
        writeln!(talk, "- {}: it {}", shown(one.words()), one.stood())?;
    }
    writeln!(talk)?;
    Ok(())
}

fn chosen(
    arguments: &Remove,
    case: &Case,
    folder: &DataFolder,
    proof: &Proof,
    surroundings: &mut Surroundings<'_>,
) -> Result<Choice, Failure> {
    let release = match &arguments.indicators {
        Some(bundle) => Some(indicators::of_file(bundle, arguments.key.as_deref(), folder)?),
        None => indicators::installed(folder)?,
    };
    say_what_about(release.as_ref(), surroundings)?;
    let mut evidence = case.evidence().map_err(of_case)?;
    let indicators = release.as_ref().map(Release::indicators);
    let now = surroundings.now;
    let (_, phone) = check_for_plan(
        evidence.as_mut(),
        indicators.as_ref(),
        &arguments.app,
        now,
        tool(),
        &mut |_| {},
    );
    are_found(&arguments.app, &phone)?;
    let plan = plan(&phone, proof);
    for remark in &plan.remarks {
        writeln!(surroundings.talk, "notice: {}", shown(remark))?;
    }
    let wanted = if arguments.limit { "limit" } else { "remove" };
    let choice = plan.choices.into_iter().find(|choice| choice.id == wanted);
    Ok(choice.expect("the catalogue holds this choice"))
}

/// Everything that would be done, in its order; nothing is sent and nothing is written.
fn dry_run(steps: &[&PlannedStep], surroundings: &mut Surroundings<'_>) -> Result<(), Failure> {
    let mut out = String::from(
        "Dry run: nothing is sent to the phone, and nothing is written. These would be the steps,\neach asked for before it is done.\n",
    );
    let mut stage = 0;
    for step in steps {
        if step.stage != stage {
            stage = step.stage;
            out.extend(["\nStage ", &stage.to_string(), "\n"]);
        }
        out.push_str(&step_text(step));
    }
    crate::print(surroundings, &out)?;
    Ok(())
}

/// A removal on its way.
struct Removal {
    desk: Desk,
    proof: Proof,
    steps: Vec<PlannedStep>,
    /// The apps on the phone when this began, where they could be read.
    installed: Option<BTreeSet<String>>,
}

impl Removal {
    fn only_its_phone(&mut self, surroundings: &mut Surroundings<'_>) -> Result<(), Failure> {
        match self.desk.is_its_phone().map_err(cut_off)? {
            Some(true) => Ok(()),
            Some(false) => Err(Failure::said(Exit::Phone, "this is another phone than the case's")
                .with_hint("Nothing was changed. Connect the phone that the case was made of.")),
            None => {
                writeln!(
                    surroundings.talk,
                    "Neither the case nor the phone says enough to tell that it is the same phone."
                )?;
                match word(surroundings, "Is it?")? {
                    Word::Yes => Ok(()),
                    _ => Err(Failure::said(Exit::Phone, "it is not known to be the case's phone")
                        .with_hint("Nothing was changed.")),
                }
            }
        }
    }

    /// Steps of which nobody knows how they ended are looked at on the phone first.
    fn ask_again(
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

    fn all(&mut self, surroundings: &mut Surroundings<'_>) -> Result<(), Failure> {
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
                return Err(Failure::said(
                    Exit::Partial,
                    "it was stopped here; the phone was left as it is",
                )
                .with_hint(LATER));
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

    /// Takes back what can be, the last step first.
    fn take_back(&mut self, surroundings: &mut Surroundings<'_>) -> Result<(), Failure> {
        let read = self.desk.case.case().map_err(of_case)?;
        let done = earlier(read.journal(), PART);
        let is_done = |one: &&Earlier| {
            matches!(one.state, StepState::Verified | StepState::Done | StepState::Intended)
        };
        for one in done.iter().rev().filter(is_done) {
            if one.detail.contains_key("was_so_already") {
                continue;
            }
            let facts = self
                .desk
                .read(&[
                    Asks::Settings(SettingsTable::Secure),
                    Asks::Settings(SettingsTable::Global),
                ])
                .map_err(cut_off)?;
            let get = |key: &str| {
                one.detail.get(key).map(String::as_str).filter(|value| !value.is_empty())
            };
            let users: Vec<u32> =
                one.list("users").iter().filter_map(|user| user.parse().ok()).collect();
            let commands = back(
                get("action").unwrap_or_default(),
                &one.list("names"),
                &users,
                get("app"),
                get("before"),
                &facts,
            );
            writeln!(surroundings.talk, "\n{}: it {}", shown(one.words()), one.stood())?;
            if commands.is_empty() {
                writeln!(surroundings.talk, "Nothing takes this back by cable.")?;
                continue;
            }
            match word(
                surroundings,
                "Take it back? Whoever was told of it may be told of this too.",
            )? {
                Word::Yes => {}
                Word::LeaveOut => continue,
                Word::Stop => {
                    return Err(Failure::said(
                        Exit::Partial,
                        "it was stopped here; the phone was left as it is",
                    )
                    .with_hint(LATER));
                }
            }
            let note = |removal: &Self, state| {
                let detail = BTreeMap::from([("taking_back".to_owned(), "yes".to_owned())]);
                removal.desk.note(PART, &one.step, state, detail).map_err(of_case)
            };
            note(self, StepState::Intended)?;
            surroundings.stop.remains(format!(
                "taking back \"{}\" was under way, and whether the phone did it is not known; debugging is still on",
                one.words()
            ));
            for command in &commands {
                match self.desk.change(&self.proof, command) {
                    Ok(()) => {}
                    Err(NotDone::Refused(why)) => {
                        note(self, StepState::Failed)?;
                        return Err(unexpected(format!(
                            "the phone refused to take it back: {why}"
                        )));
                    }
                    Err(other) => return Err(cut_off(other)),
                }
            }
            let step = self.steps.iter().find(|step| step.id == one.step).cloned();
            let standing = match &step {
                Some(step) => self.desk.standing(step).map_err(cut_off)?.0,
                None => Standing::Untold,
            };
            match standing {
                Standing::Done => {
                    note(self, StepState::Failed)?;
                    return Err(unexpected("the phone said that it was taken back, and it is not"));
                }
                Standing::Open => writeln!(
                    surroundings.talk,
                    "Taken back: the phone was asked again, and it is as it was."
                )?,
                Standing::Unknown | Standing::Untold => {
                    writeln!(
                        surroundings.talk,
                        "Taken back by what the phone said; it was not asked again."
                    )?;
                }
            }
            note(self, StepState::Undone)?;
            surroundings.stop.remains(
                "what was taken back is back, none is under way, and debugging is still on",
            );
        }
        Ok(())
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

fn unexpected(what: impl std::fmt::Display) -> Failure {
    Failure::said(Exit::Partial, what).with_hint(LATER)
}

pub(crate) fn cut_off(error: NotDone) -> Failure {
    let exit = match &error {
        NotDone::Case(_) => Exit::Refused,
        _ => Exit::Phone,
    };
    Failure::new(exit, error).with_hint(LATER)
}

/// Yes, leave it out, or stop. Nothing typed stops.
pub(crate) fn word(surroundings: &mut Surroundings<'_>, question: &str) -> Result<Word, Failure> {
    let Surroundings { answers, talk, .. } = surroundings;
    let Some(typed) = answers.as_mut() else {
        return Err(Failure::said(Exit::Closed, "there is no terminal to ask at"));
    };
    loop {
        write!(talk, "{question} y, n to leave it out, q to stop: ")?;
        talk.flush()?;
        let Some(line) = ask::line(*typed)? else { return Ok(Word::Stop) };
        match line.trim().to_lowercase().as_str() {
            "y" | "yes" => return Ok(Word::Yes),
            "n" | "no" => return Ok(Word::LeaveOut),
            "q" | "quit" | "stop" => return Ok(Word::Stop),
            _ => {}
        }
    }
}
