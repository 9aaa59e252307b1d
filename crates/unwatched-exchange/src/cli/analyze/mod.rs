//! `analyze`: files to reports, without a server and without a trace.

mod criteria;
mod differences;
mod summary;

use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use futures_util::{StreamExt as _, stream};
use serde::Serialize;
use tokio::sync::Semaphore;
use unwatched_analysis::standing;
use unwatched_model::digest::Sha256;
use unwatched_model::report::{Evidence, Problem, Report, Tier};
use unwatched_model::{report_changes, text};

use super::Place;
use crate::analysis_child::{Analyser, NoReport, is_stdin};
use crate::refusal::Refusal;

/// Say what app files can do, without a server
///
/// Each file is read in a process of its own, under the configured limits. Nothing is kept. A file
/// `FILE.idsig` beside an app is its signature of scheme 4 and is checked with it. The
/// exit code is 3 when a file could not be analysed; the others were.
#[derive(Debug, Args)]
pub struct Analyze {
    /// The files; `-` is what comes on stdin
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Say instead how each file stands on each criterion that partners judge by
    #[arg(long)]
    criteria: bool,
    /// Say instead what differs between two files, the earlier one first
    #[arg(long, conflicts_with = "criteria")]
    compare: bool,
    /// One line of JSON per file, or per comparison; for a file without a report: `file`,
    /// `size_bytes` and `error`
    #[arg(long)]
    json: bool,
    /// How many files are read at once, up to 256 [default: one per processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MOST_JOBS))]
    jobs: Option<u64>,
}

/// More processes at once help no machine.
const MOST_JOBS: u64 = 256;

/// As many reports for each process wait at most for one before them.
const TOLD_LATER: usize = 4;

/// The line of a file that has no report.
#[derive(Serialize)]
struct Failed<'a> {
    file: &'a str,
    size_bytes: Option<u64>,
    error: String,
}

/// The line of a file with `--criteria`.
#[derive(Serialize)]
struct Stands<'a> {
    file: Option<&'a str>,
    sha256: Sha256,
    criteria: Vec<standing::CriterionStanding<'a>>,
}

/// The line of `--compare`.
#[derive(Serialize)]
struct Compared {
    from: Sha256,
    to: Sha256,
    #[serde(flatten)]
    differences: report_changes::Differences,
}

impl Analyze {
    /// Goes through every file, whatever becomes of one of them.
    pub async fn run(self, place: &Place) -> anyhow::Result<()> {
        if self.compare && self.files.len() != 2 {
            let message = format!("--compare takes two files, not {}", self.files.len());
            return Err(Refusal::Refused(message).into());
        }
        if self.files.iter().filter(|file| is_stdin(file)).count() > 1 {
            let message = "stdin can be read once: give `-` once".to_owned();
            return Err(Refusal::Refused(message).into());
        }
        let analyser = &Analyser::new(&place.config()?.analysis)?;
        // Each in a process of its own, told in the order given: the next ones are read while a
        // large one keeps those behind it waiting to be told.
        let jobs = self.jobs();
        let processors = &Semaphore::new(jobs);
        let mut ended = stream::iter(&self.files)
            .map(|file| async move {
                let _one = processors.acquire().await;
                let name = file.display().to_string();
                let ended = analyser.analyse(file, Some(&name)).await;
                (file, name, ended)
            })
            .buffered(jobs.saturating_mul(TOLD_LATER));
        let (mut to_compare, mut failed) = (Vec::new(), 0);
        while let Some((file, name, ended)) = ended.next().await {
            match ended {
                Ok(report) if self.compare => to_compare.push(report),
                Ok(report) => self.show(&report)?,
                Err(error) => {
                    failed += 1;
                    self.show_failed(file, &name, &error)?;
                }
            }
        }
        if let [earlier, later] = to_compare.as_slice() {
            self.show_differences(earlier, later)?;
        }
        match failed {
            0 => Ok(()),
            failed => {
                let message = format!("{failed} of {} files were not analysed", self.files.len());
                Err(Refusal::SomeFailed(message).into())
            }
        }
    }

    fn jobs(&self) -> usize {
        let asked = self.jobs.and_then(|jobs| usize::try_from(jobs).ok());
        let processors = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        asked.unwrap_or_else(processors)
    }

    fn show(&self, report: &Report) -> anyhow::Result<()> {
        match (self.criteria, self.json) {
            (false, false) => print(&summary::summary(report)),
            (false, true) => print_line(report),
            (true, false) => print(&criteria::lines(report)),
            (true, true) => {
                let (file, sha256) = (report.file.as_deref(), report.sha256);
                print_line(&Stands { file, sha256, criteria: standing::of(report) })
            }
        }
    }

    fn show_differences(&self, earlier: &Report, later: &Report) -> anyhow::Result<()> {
        let found = report_changes::between(earlier, later);
        if !self.json {
            return print(&differences::lines(earlier, later, &found));
        }
        let (from, to) = (earlier.sha256, later.sha256);
        print_line(&Compared { from, to, differences: found })
    }

    fn show_failed(&self, file: &Path, name: &str, error: &NoReport) -> anyhow::Result<()> {
        if self.json {
            let size_bytes = std::fs::metadata(file).ok().map(|metadata| metadata.len());
            let line = Failed { file: name, size_bytes, error: error.to_string() };
            println!("{}", serde_json::to_string(&line)?);
        }
        eprintln!("{}: {}", printable(name), printable(&error.to_string()));
        Ok(())
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    Ok(write!(std::io::stdout().lock(), "{text}")?)
}

fn print_line(value: &impl Serialize) -> anyhow::Result<()> {
    print(&format!("{}\n", serde_json::to_string(value)?))
}

/// What an app can do, as a sentence begins; one inside the file is named by its path.
fn able(inside: Option<&str>, name: &str) -> String {
    let who = inside.map_or_else(|| "it".to_owned(), |path| format!("an app inside it ({path})"));
    printable(&format!("{who} {name}"))
}

/// One piece of evidence and its place.
fn piece(evidence: &Evidence) -> String {
    let kind = match (evidence.tier, evidence.kind.as_str()) {
        (Tier::String, "string") => "text".to_owned(),
        (tier, kind) => format!("{} {}", tier.as_str(), printable(&kind.replace('_', " "))),
    };
    format!("{kind} {}, in {}", printable(&evidence.value), printable(&evidence.place))
}

/// What could not be read and where.
fn not_read(problem: &Problem) -> String {
    format!("could not be read: {}, in {}", printable(&problem.what), printable(&problem.place))
}

/// Text from a file that somebody hostile may have made: it must not drive the terminal.
fn printable(text: &str) -> String {
    text::shown(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_drive_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\u{202e}c"), "a\u{fffd}[2Jb\u{fffd}c");
    }
}
