//! What differs between two files, part by part.

use std::fmt::Write as _;

use unwatched_model::report::Report;
use unwatched_model::report_changes::Differences;

use super::printable;
use crate::views::words;

/// Every difference; what only the earlier one says is marked `-`, what only the later one `+`.
pub(super) fn lines(earlier: &Report, later: &Report, found: &Differences) -> String {
    let mut text = String::new();
    for (which, report) in [("earlier", earlier), ("later", later)] {
        let file = printable(report.file.as_deref().unwrap_or("-"));
        let _ = writeln!(text, "{which}: {file}, sha256 {}", report.sha256);
    }
    let _ = writeln!(text, "{}", found.signer.words());
    for of_part in found.differences.chunk_by(|a, b| a.part == b.part) {
        let part = of_part[0].part;
        let _ = writeln!(text, "{}", part.words());
        for line in of_part {
            for (mark, said) in [("-", &line.before), ("+", &line.after)] {
                let Some(said) = said else { continue };
                let which = line.which.as_ref().map(|which| words::which(line.part, which));
                let said = match &which {
                    Some(which) if said == "present" => which.clone(),
                    Some(which) => format!("{which} ({said})"),
                    None => said.clone(),
                };
                let _ = writeln!(text, "  {mark} {}", printable(&said));
            }
        }
    }
    if found.differences.is_empty() {
        text.push_str("nothing that is compared here differs\n");
    }
    text
}
