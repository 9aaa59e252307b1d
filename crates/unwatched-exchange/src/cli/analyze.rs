//! `analyze`: files to reports, without a server and without a trace.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use unwatched_model::report::{FileFormat, Report};
use unwatched_model::text;

use super::Place;
use crate::analysis_child::{Analyser, NoReport};
use crate::refusal::Refusal;

/// Say what app files can do, without a server
///
/// Each file is read in a process of its own, under the configured limits. Nothing is kept. The
/// exit code is 3 when a file could not be analysed; the others were.
#[derive(Debug, Args)]
pub struct Analyze {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// One line of JSON per file: the report, or `file`, `size_bytes` and `error`
    #[arg(long)]
    json: bool,
}

/// The line of a file that has no report.
#[derive(Serialize)]
struct Failed<'a> {
    file: &'a str,
    size_bytes: Option<u64>,
    error: String,
}

impl Analyze {
    /// Goes through every file, whatever becomes of one of them.
    pub async fn run(self, place: &Place) -> anyhow::Result<()> {
        let analyser = Analyser::new(&place.config()?.analysis)?;
        let mut failed = 0;
        for file in &self.files {
            let name = file.display().to_string();
            match analyser.analyse(file, Some(&name)).await {
                Ok(report) => self.show(&report)?,
                Err(error) => {
                    failed += 1;
                    self.show_failed(file, &name, &error)?;
                }
            }
        }
        if failed == 0 {
            return Ok(());
        }
        let message = format!("{failed} of {} files were not analysed", self.files.len());
        Err(Refusal::SomeFailed(message).into())
    }

    fn show(&self, report: &Report) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json {
            serde_json::to_writer(&mut out, report)?;
            writeln!(out)?;
        } else {
            write!(out, "{}", summary(report))?;
        }
        Ok(())
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

/// A report for people: what it is, what it can do and why we say so, what is unusual, what could
/// not be read. No label: an analysis never says what an app is for.
pub fn summary(report: &Report) -> String {
    let mut lines = vec![printable(report.file.as_deref().unwrap_or("-"))];
    lines.push(format!("  {}, {} bytes", what_it_is(report), report.size_bytes));
    lines.push(format!("  sha256 {}", report.sha256));
    for certificate in &report.certificates {
        let how = if certificate.verified { "verified" } else { "claimed, not verified" };
        lines.push(format!("  certificate sha256 {} ({how})", certificate.sha256));
    }
    for capability in &report.capabilities {
        let (name, support) = (&capability.name, capability.support.as_str());
        lines.push(format!("  can: {} ({support})", printable(name)));
        lines.extend(capability.evidence.iter().map(|evidence| {
            let tier = evidence.tier.as_str();
            let (value, place) = (printable(&evidence.value), printable(&evidence.place));
            format!("    {tier} {} {value}, in {place}", evidence.kind)
        }));
    }
    for endpoint in &report.endpoints {
        lines.push(format!("  mentions: {} {}", endpoint.kind, printable(&endpoint.value)));
    }
    for anomaly in &report.anomalies {
        let (what, place) = (printable(&anomaly.what), printable(&anomaly.place));
        lines.push(format!("  unusual: {what}, in {place}"));
    }
    for problem in &report.problems {
        let (what, place) = (printable(&problem.what), printable(&problem.place));
        lines.push(format!("  could not be read: {what}, in {place}"));
    }
    lines.push("\n".to_owned());
    lines.join("\n")
}

fn what_it_is(report: &Report) -> String {
    match report.format {
        FileFormat::Apk => {
            let shown = |text: &Option<String>| text.as_deref().map(printable);
            let package = shown(&report.package).unwrap_or_else(|| "without a name".to_owned());
            let label = shown(&report.label).map(|label| format!(" \"{label}\""));
            let version = shown(&report.version_name).map(|version| format!(" version {version}"));
            let (label, version) = (label.unwrap_or_default(), version.unwrap_or_default());
            format!("Android app {package}{label}{version}")
        }
        FileFormat::Zip => "a ZIP that is no Android app".to_owned(),
        FileFormat::Dex => "a DEX by itself".to_owned(),
        FileFormat::Empty => "an empty file".to_owned(),
        FileFormat::Unrecognised => "none of the formats read here".to_owned(),
    }
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
