//! How a file stands on each criterion, for a maker to read before anyone lists the app.

use std::fmt::Write as _;

use unwatched_analysis::standing;
use unwatched_model::report::{Report, said_of};

use super::printable;

const HOW_TO_READ: &str = "This answers no criterion: partners do, each for itself, and they read \
more than a file. The same\nevidence stands in helpful apps.\n\n";

/// Every criterion with what the file brings to it.
pub(super) fn lines(report: &Report) -> String {
    let mut text = format!("{}\n", printable(report.file.as_deref().unwrap_or("-")));
    for stands in standing::of(report) {
        let _ = writeln!(text, "  {}: {}", stands.title, stands.standing.words());
        let _ = writeln!(text, "    asked: {}", stands.question);
        for capability in &report.capabilities {
            if stands.capabilities.contains(&capability.id) {
                let name = said_of(capability.inside.as_deref(), &capability.name);
                let (name, support) = (printable(&name), capability.support.as_str());
                let _ = writeln!(text, "    bears on it: {name} ({support})");
            }
        }
        if stands.standing == standing::Standing::NotInAFile {
            let _ = writeln!(text, "    partners look at: {}", stands.evidence);
        }
    }
    for problem in &report.problems {
        let (what, place) = (printable(&problem.what), printable(&problem.place));
        let _ = writeln!(text, "  could not be read: {what}, in {place}");
    }
    text + "\n" + HOW_TO_READ
}
