//! How a file stands on each criterion, for a maker to read before anyone lists the app.

use std::fmt::Write as _;

use unwatched_analysis::standing;
use unwatched_model::report::{Report, Support};

use super::{able, not_read, piece, printable};

const HOW_TO_READ: &str = "This answers no criterion: partners do, each for itself, and they read \
more than a file. The same\nevidence stands in helpful apps.\n\n";

/// Every criterion with what the file brings to it.
pub(super) fn lines(report: &Report) -> String {
    let mut text = format!("{}\n", printable(report.file.as_deref().unwrap_or("-")));
    for stands in standing::of(report) {
        let _ = writeln!(text, "  {}: {}", stands.title, stands.standing.words());
        let _ = writeln!(text, "    asked: {}", stands.question);
        for bearing in &stands.bearing {
            let (able, support) = (able(bearing.inside, bearing.name), bearing.support.as_str());
            let bears = match bearing.support {
                Support::Supported => "bears on it",
                Support::Possible | Support::Weak => "may bear on it",
            };
            let _ = writeln!(text, "    {bears}: {able} ({support})");
            for one in bearing.evidence {
                let _ = writeln!(text, "      {}", piece(one));
            }
        }
        if stands.standing == standing::Standing::NotInAFile {
            let _ = writeln!(text, "    partners look at: {}", stands.evidence);
        }
    }
    for problem in &report.problems {
        let _ = writeln!(text, "  {}", not_read(problem));
    }
    text + "\n" + HOW_TO_READ
}
