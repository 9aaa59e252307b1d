//! `unwatched plan`: what can be done and who would notice, against the safety checkpoint; or, as a
//! simulation, what each action would tell.

use unwatched_device::check_for_plan;
use unwatched_device::plan;

use crate::check::{json, say_what_about, tool};
use crate::cli::Plan;
use crate::data_folder::DataFolder;
use crate::exit::{Exit, Failure};
use crate::indicators::{self, Release};
use crate::progress::ProgressLine;
use crate::{Surroundings, ask, opening, print};

pub(crate) fn run(
    arguments: &Plan,
    folder: &DataFolder,
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    let mut evidence = opening::open(&arguments.path, &arguments.opens, surroundings)?;
    // Asked before anything is read: what a plan is made from is shown to nobody without it.
    let proof = if arguments.simulate { None } else { Some(ask::checkpoint(surroundings)?) };
    let release = match &arguments.indicators {
        Some(bundle) => Some(indicators::of_file(bundle, arguments.key.as_deref(), folder)?),
        None => indicators::installed(folder)?,
    };
    say_what_about(release.as_ref(), surroundings)?;
    let progress = ProgressLine::new(surroundings.shows_progress);
    let indicators = release.as_ref().map(Release::indicators);
    let (_, phone) = check_for_plan(
        evidence.as_mut(),
        indicators.as_ref(),
        &arguments.app,
        surroundings.now,
        tool(),
        &mut |reading| progress.update(reading),
    );
    drop(progress);
    are_found(&arguments.app, &phone)?;
    let text = if let Some(proof) = proof {
        let plan = plan::plan(&phone, &proof);
        if arguments.json { json(&plan)? } else { plan::plan_text(&plan) }
    } else {
        let simulation = plan::simulate(&phone);
        if arguments.json { json(&simulation)? } else { plan::simulation_text(&simulation) }
    };
    print(surroundings, &text)?;
    Ok(())
}

/// A plan for an app that no finding names would be one for nothing.
pub(crate) fn are_found(chosen: &[String], phone: &plan::Phone) -> Result<(), Failure> {
    let is_found = |name: &&String| phone.apps.iter().any(|app| app.package == **name);
    match chosen.iter().find(|name| !is_found(name)) {
        None => Ok(()),
        Some(name) => Err(Failure::said(
            Exit::Usage,
            format!("no finding names {name} as an app on this phone"),
        )
        .with_hint("Name an app as `unwatched check` writes it.")),
    }
}
