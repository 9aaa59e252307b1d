//! `unwatched evidence replay`: the findings once more, from the sealed facts to the byte; or what
//! other indicators say of what the phone answered then.

use std::fmt::Write as _;

use unwatched_acquire::sealed::Package;
use unwatched_device::compare::compare;
use unwatched_device::result::CheckResult;
use unwatched_device::{Indicators, report};
use unwatched_model::set::IndicatorSet;

use super::findings::{Judging, look};
use super::package::{self, open_whole, refused};
use crate::check::{json, say_what_about, tool};
use crate::cli::Replay;
use crate::data_folder::DataFolder;
use crate::exit::{Exit, Failure};
use crate::indicators;
use crate::words::counted;
use crate::{Surroundings, print};

pub(super) fn run(
    arguments: &Replay,
    folder: &DataFolder,
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    let (package, _) = open_whole(&arguments.file, &arguments.opens, surroundings)?;
    let replayed = replayed(arguments, &package)?;
    let mut text = String::new();
    for one in &replayed {
        let findings = counted(one.result.findings.len(), "finding", "findings");
        let number = one.number;
        let _ = if one.same {
            writeln!(text, "look {number}: {findings}, the same byte for byte")
        } else {
            writeln!(text, "look {number}: not the findings that were sealed")
        };
    }
    match (&arguments.indicators, arguments.json) {
        (Some(_), _) => writeln!(surroundings.talk, "{}", text.trim_end())?,
        (None, false) => print(surroundings, &text)?,
        (None, true) => {
            writeln!(surroundings.talk, "{}", text.trim_end())?;
            let newest = replayed.last().map(|one| json(&one.result)).transpose()?;
            print(surroundings, &newest.unwrap_or_default())?;
        }
    }
    if arguments.indicators.is_some() {
        read_again(arguments, folder, &package, &replayed, surroundings)?;
    }
    if replayed.iter().all(|one| one.same) { Ok(()) } else { Err(differs(&package)) }
}

/// What was made of one look, once more.
struct Replayed {
    number: u32,
    result: CheckResult,
    /// Whether the bytes are those that were sealed.
    same: bool,
}

fn replayed(arguments: &Replay, package: &Package) -> Result<Vec<Replayed>, Failure> {
    let said = |error| refused(&arguments.file, error);
    let manifest = package.manifest();
    let damaged = |what: String| Failure::said(Exit::Changed, what);
    let sealed = match &manifest.indicators {
        Some(of) => {
            let (set, recalls) = package.indicators().map_err(said)?;
            let set = IndicatorSet::from_bytes(&set).map_err(|error| damaged(error.to_string()))?;
            let recalls: Vec<_> = serde_json::from_slice(&recalls)
                .map_err(|error| damaged(format!("the list of recalls: {error}")))?;
            Some((of, set, recalls))
        }
        None => None,
    };
    let indicators = sealed.as_ref().map(|(of, set, recalls)| Indicators {
        set,
        sequence: of.sequence,
        published: of.published,
        recalls,
    });
    let signature_checked = sealed.as_ref().is_none_or(|(of, ..)| of.signature_checked);
    let (at, tool) = (manifest.sealed_at, package::tool(manifest));
    let judging = Judging { indicators, signature_checked, at, tool };
    let one = |number| {
        let facts = package.facts(number).map_err(said)?;
        let (result, findings) = judging.findings(&facts)?;
        let same = findings == package.findings(number).map_err(said)?;
        Ok(Replayed { number, result, same })
    };
    manifest.acquisitions.iter().map(|look| one(look.number)).collect()
}

fn differs(package: &Package) -> Failure {
    let (then, now) = (&package.manifest().tool, tool());
    let what = "the facts give other findings than those that were sealed";
    Failure::said(Exit::Differs, what).with_hint(format!(
        "It was sealed with {then}, and this is {} {}. Where these differ, the rules may; replay it with the version that\n\
         sealed it. Where they do not, somebody who could open the package made other findings.",
        now.name, now.version
    ))
}

/// Other indicators may list addresses that were not looked for then, so everything that the phone
/// answered is read again, not the facts.
fn read_again(
    arguments: &Replay,
    folder: &DataFolder,
    package: &Package,
    sealed: &[Replayed],
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    let Some(bundle) = &arguments.indicators else { return Ok(()) };
    let release = indicators::of_file(bundle, arguments.key.as_deref(), folder)?;
    say_what_about(Some(&release), surroundings)?;
    let judging = Judging::with(Some(&release), surroundings.now, tool());
    let Some(newest) = sealed.last() else { return Ok(()) };
    let opened = package.evidence_of(newest.number);
    let mut evidence = opened.map_err(|error| refused(&arguments.file, error))?;
    let result = look(evidence.as_mut(), &judging);
    let changes = compare(&newest.result, &result);
    writeln!(
        surroundings.talk,
        "look {} with release {}: {} more than were sealed, {} fewer, {} otherwise",
        newest.number,
        release.index.sequence,
        counted(changes.appeared.len(), "finding", "findings"),
        changes.gone.len(),
        changes.changed.len(),
    )?;
    let text = if arguments.json { json(&result)? } else { report::text(&result) };
    print(surroundings, &text)?;
    Ok(())
}
