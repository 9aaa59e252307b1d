//! `unwatched evidence seal`: a case into one file that the survivor alone can open.

use std::io::BufWriter;

use unwatched_acquire::case::{self, Case};
use unwatched_acquire::sealed::{self, Content, IndicatorsContent, Judged, Lock};
use unwatched_model::text::shown;

use super::findings::Judging;
use super::new_file::{There, is_free, write};
use crate::check::{say_what_about, tool};
use crate::cli::Seal;
use crate::data_folder::DataFolder;
use crate::exit::{Exit, Failure};
use crate::indicators::{self, Release};
use crate::words::counted;
use crate::{Surroundings, opening, passphrase};

pub(super) fn run(
    arguments: &Seal,
    folder: &DataFolder,
    surroundings: &mut Surroundings<'_>,
) -> Result<(), Failure> {
    is_free(&arguments.out)?;
    let secret = passphrase::of_case(arguments.passphrase_file.as_deref(), surroundings)?;
    let case = case::open(&arguments.case, &secret)
        .map_err(|error| opening::of_case(&arguments.case, error))?;
    if case.acquisitions().is_empty() {
        let what = format!(
            "{} holds no look at a phone, so there is nothing to seal",
            arguments.case.display()
        );
        return Err(Failure::said(Exit::Evidence, what));
    }
    let lock = lock(arguments, surroundings)?;
    let release = match &arguments.indicators {
        Some(bundle) => Some(indicators::of_file(bundle, arguments.key.as_deref(), folder)?),
        None => indicators::installed(folder)?,
    };
    say_what_about(release.as_ref(), surroundings)?;
    let judged = judged(&case, arguments, release.as_ref(), surroundings)?;
    let set = release.as_ref().map(Release::set_bytes);
    let recalls = match &release {
        Some(release) => serde_json::to_vec(&release.index.recalls).map_err(anyhow::Error::new)?,
        None => Vec::new(),
    };
    let indicators = release.as_ref().zip(set.as_deref()).map(|(release, set)| IndicatorsContent {
        sequence: release.index.sequence,
        published: release.index.published,
        signature_checked: release.signature_checked,
        set,
        recalls: &recalls,
    });
    let program = tool();
    let content = Content {
        tool: format!("{} {}", program.name, program.version),
        at: surroundings.now,
        by: arguments.by.into(),
        indicators,
        judged,
    };
    let made = write(&arguments.out, There::Stays, |out: &mut BufWriter<_>| {
        sealed::seal(&case, &content, &lock, out)
    })?;
    for problem in &made.problems {
        writeln!(surroundings.talk, "notice: {}", shown(problem))?;
    }
    let text = format!(
        "sealed: {}, {}\n\
         words: {}\n\
         custody: {}\n",
        shown(&arguments.out.display().to_string()),
        counted(made.files, "file", "files"),
        made.words,
        made.words_of_custody,
    );
    crate::print(surroundings, &text)?;
    writeln!(surroundings.talk, "\n{WRITE_DOWN}")?;
    Ok(())
}

const WRITE_DOWN: &str = "Write the words down by hand, and keep them apart from the file: they tell this package from any other that
somebody could make in its place. The words of custody change with each entry.
Whoever has the file and what opens it can read everything that the phone answered. Decide together where it is
kept: not on the phone, and not where the person who installed an app could find it.";

fn lock(arguments: &Seal, surroundings: &Surroundings<'_>) -> Result<Lock, Failure> {
    if arguments.recipient.is_empty() {
        let file = arguments.new_passphrase_file.as_deref();
        return Ok(Lock::passphrase(passphrase::of_new_package(file, surroundings)?));
    }
    Lock::recipients(arguments.recipient.iter().map(String::as_str))
        .map_err(|error| Failure::new(Exit::Usage, error))
}

fn judged(
    case: &Case,
    arguments: &Seal,
    release: Option<&Release>,
    surroundings: &Surroundings<'_>,
) -> Result<Vec<Judged>, Failure> {
    let judging = Judging::with(release, surroundings.now, tool());
    let one = |number| {
        let opened = case.evidence_of(number);
        let mut evidence = opened.map_err(|error| opening::of_case(&arguments.case, error))?;
        let facts = judging.facts(evidence.as_mut(), arguments.window)?;
        // Out of the facts as they will be read back, so that a replay can give the same.
        let (_, findings) = judging.findings(&facts)?;
        Ok(Judged { acquisition: number, facts, findings })
    };
    case.acquisitions().iter().map(|acquisition| one(acquisition.number)).collect()
}
