//! `unwatched check`: evidence and indicators in, findings out: as text, as JSON, as a page.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;
use unwatched_acquire::case::{BEFORE, is_case};
use unwatched_device::compare::compare;
use unwatched_device::evidence::Evidence;
use unwatched_device::facts::Window;
use unwatched_device::report;
use unwatched_device::result::{Check as Checked, CheckResult, Outcome, Tool};
use unwatched_formats::release::is_from_the_future;
use unwatched_model::text::{is_deceptive, shown};

use crate::cli::Check;
use crate::data_folder::DataFolder;
use crate::exit::{Exit, Failure};
use crate::indicators::{self, Release};
use crate::opening::Opener;
use crate::progress::ProgressLine;
use crate::whole_file::{create_whole, write_whole};
use crate::words::{ago, day};
use crate::{Surroundings, print};

pub(crate) fn run(
    check: &Check,
    folder: &DataFolder,
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    // Refused before the work, and seen again when the page is written.
    if let Some(page) = &check.html {
        refuse_what_is_there(page, check.force)?;
    }
    let mut opener = Opener::default();
    let mut evidence = opener.open(&check.path, &check.opens, surroundings)?;
    let earlier = match &check.compare {
        Some(path) if *path == check.path && is_case(path) => {
            Some(opener.open(&path.join(BEFORE), &check.opens, surroundings)?)
        }
        Some(path) => Some(opener.open(path, &check.opens, surroundings)?),
        None => None,
    };
    let release = match &check.indicators {
        Some(bundle) => Some(indicators::of_file(bundle, check.key.as_deref(), folder)?),
        None => indicators::installed(folder)?,
    };
    say_what_about(release.as_ref(), surroundings)?;
    let older = match (&check.indicators, &release) {
        (Some(_), Some(release)) => older_than_installed(release, folder, surroundings)?,
        _ => None,
    };
    let mut result = look(evidence.as_mut(), release.as_ref(), check.window, surroundings);
    result.checks.extend(older);
    if let Some(mut earlier) = earlier {
        // With the same indicators: a new one must not look like a change on the phone.
        let before = look(earlier.as_mut(), release.as_ref(), check.window, surroundings);
        result.changes = Some(compare(&before, &result));
    }
    let written = check.html.as_deref().map(|page| write_page(page, &result, check.force));
    // A page that cannot be written does not cost the result.
    let text = if check.json { json(&result)? } else { report::text(&result) };
    print(surroundings, &text)?;
    if let (Some(page), Some(written)) = (&check.html, written) {
        written?;
        let name = page.display().to_string();
        writeln!(surroundings.talk, "the report to print is {}", shown(&name))?;
    }
    Ok(())
}

fn look(
    evidence: &mut dyn Evidence,
    release: Option<&Release>,
    window: Option<Window>,
    surroundings: &Surroundings<'_>,
) -> CheckResult {
    let tool = tool();
    let progress = ProgressLine::new(surroundings.shows_progress);
    let indicators = release.map(Release::indicators);
    let mut result = unwatched_device::check_with_days(
        evidence,
        indicators.as_ref(),
        window,
        surroundings.now,
        tool,
        &mut |reading| progress.update(reading),
    );
    if release.is_some_and(|release| !release.signature_checked) {
        result.checks.push(signature_not_checked());
    }
    result
}

pub(crate) fn tool() -> Tool {
    Tool { name: "unwatched".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
}

/// Stands in every output, among what could not be checked.
pub(crate) fn signature_not_checked() -> Checked {
    Checked {
        id: "indicators_signature",
        outcome: Outcome::CouldNotCheck,
        why: "no key was given and none is remembered: nobody can say who made these indicators"
            .to_owned(),
        title: "who signed the indicators".to_owned(),
    }
}

/// Stands in every output where the indicators named for this check are older than those that are
/// installed: what was listed since is not recognised by them.
fn older_than_installed(
    release: &Release,
    folder: &DataFolder,
    surroundings: &mut Surroundings<'_>,
) -> Result<Option<Checked>, Failure> {
    // Whatever else is wrong with what is installed is not this check's business.
    let Some(installed) = indicators::installed(folder).ok().flatten() else { return Ok(None) };
    let (used, newer) = (&release.index, &installed.index);
    if used.published >= newer.published {
        return Ok(None);
    }
    let now = surroundings.now;
    let why = format!(
        "the indicators named for this check, release {} of {} ({}), are older than the installed release {} of {} ({}): what was listed in between was not looked for",
        used.sequence,
        day(used.published),
        ago(used.published, now),
        newer.sequence,
        day(newer.published),
        ago(newer.published, now),
    );
    writeln!(surroundings.talk, "notice: {why}; without --indicators the installed ones are used")?;
    Ok(Some(Checked {
        id: "indicators_older_than_installed",
        outcome: Outcome::CouldNotCheck,
        why,
        title: "apps that newer indicators list".to_owned(),
    }))
}

/// What a helper must know of the indicators before reading on.
pub(crate) fn say_what_about(
    release: Option<&Release>,
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    let now = surroundings.now;
    let Some(release) = release else {
        writeln!(
            surroundings.talk,
            "notice: no indicators are installed: no app can be recognised by name, and only behaviour is judged\n\
             notice: unwatched update FILE --key key.pub installs them"
        )?;
        return Ok(());
    };
    if !release.signature_checked {
        writeln!(
            surroundings.talk,
            "notice: the signature of these indicators was not checked: no key is known"
        )?;
    }
    if is_from_the_future(release.index.published, now) {
        writeln!(
            surroundings.talk,
            "notice: by this computer's clock these indicators are from the future: the clock is wrong or the release is, and nobody can say how old they are; set the clock and check again"
        )?;
    }
    let expires = release.index.expires;
    if now >= expires {
        let (day, published) = (day(expires), ago(release.index.published, now));
        writeln!(
            surroundings.talk,
            "notice: these indicators are from {published} and expired on {day}: newer apps are missing; get a new release"
        )?;
    } else if let Some(word) = release.word.as_ref().filter(|word| now >= word.until) {
        let (day, ago) = (day(word.time), ago(word.time, now));
        writeln!(
            surroundings.talk,
            "notice: the exchange last said on {day} ({ago}) that these indicators are its newest: there may be newer ones; get the newest release"
        )?;
    }
    Ok(())
}

pub(crate) fn json(result: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(result).map_err(anyhow::Error::new)?;
    Ok(escaped(&text) + "\n")
}

/// JSON's own escapes for what would turn or hide words on a terminal: the values stay the same.
/// Outside strings the text holds nothing of the kind but its line feeds.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && is_deceptive(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(c);
        }
    }
    text
}

fn write_page(page: &Path, result: &CheckResult, replace: bool) -> Result<(), Failure> {
    let html = report::html(result);
    refuse_what_is_there(page, replace)?;
    if replace {
        write_whole(page, html.as_bytes())?;
    } else if !create_whole(page, html.as_bytes())? {
        return Err(report_exists(page));
    }
    Ok(())
}

/// Only a file is ever replaced: a rename would put the page in the place of a device or a link.
fn refuse_what_is_there(page: &Path, replace: bool) -> Result<(), Failure> {
    match page.symlink_metadata() {
        Ok(there) if !there.is_file() => {
            let what = if there.is_dir() {
                "a folder"
            } else if there.is_symlink() {
                "a link"
            } else {
                "a device or the like"
            };
            let what = format!("{} is {what}, not a file to replace", page.display());
            Err(Failure::said(Exit::ReportExists, what)
                .with_hint("Name another file for the report."))
        }
        Ok(_) if !replace => Err(report_exists(page)),
        // Absent, or not to be reached: then writing says why.
        Ok(_) | Err(_) => Ok(()),
    }
}

fn report_exists(page: &Path) -> Failure {
    Failure::said(Exit::ReportExists, format!("{} is already there", page.display()))
        .with_hint("Name another file, or replace this one with --force.")
}
