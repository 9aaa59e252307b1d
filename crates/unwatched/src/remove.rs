//! `unwatched remove`: a choice's steps, one after the other, each told with who would notice it,
//! confirmed, noted in the case before and after, done, and verified by asking the phone again. It
//! stops at anything unexpected. Behind the safety checkpoint, each time anew.

use unwatched_acquire::case::{self, Case, Entry, Writer};
use unwatched_device::check_for_plan;
use unwatched_device::plan::{Choice, PlannedStep, Proof, plan, step_text};
use unwatched_model::text::shown;

use crate::check::{say_what_about, tool};
use crate::cli::Remove;
use crate::data_folder::DataFolder;
use crate::exit::Failure;
use crate::indicators::{self, Release};
use crate::plan::are_found;
use crate::removal::desk::{Desk, of_case};
use crate::removal::earlier::{earlier, where_things_stand};
use crate::removal::steps::{PART, Removal};
use crate::{Surroundings, acquire, ask, opening, passphrase};

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
        let case = Writer::resume(&arguments.case, &secret, clock);
        Some(case.map_err(|error| opening::of_case(&arguments.case, error))?)
    };
    let read = match &writer {
        Some(writer) => writer.case(),
        None => case::open(&arguments.case, &secret),
    };
    let read = read.map_err(|error| opening::of_case(&arguments.case, error))?;
    let before = earlier(read.journal(), PART);
    where_things_stand(read.journal(), &[PART], surroundings)?;
    let proof = ask::checkpoint(surroundings)?;
    let choice = chosen(arguments, &read, folder, &proof, surroundings)?;
    let steps: Vec<&PlannedStep> = choice.steps.iter().filter(|step| is_done_here(step)).collect();
    let Some(case) = writer else { return dry_run(&steps, surroundings) };
    let answers = proof.answers().map(|(id, answer)| (id.to_owned(), answer.as_str().to_owned()));
    case.journal(&Entry::Checkpoint { answers: answers.collect() }).map_err(of_case)?;
    let connection = acquire::reach(&arguments.reach, surroundings)?;
    let steps = steps.into_iter().cloned().collect();
    let mut removal = Removal::new(Desk { connection, case }, proof, steps);
    removal.desk.only_its_phone(surroundings)?;
    removal.ask_again(&before, surroundings)?;
    if arguments.undo { removal.take_back(surroundings) } else { removal.all(surroundings) }
}

/// The record is the case itself, and the close is a command of its own.
fn is_done_here(step: &PlannedStep) -> bool {
    !["keep_a_record", "disconnect_the_phone"].contains(&step.action)
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
