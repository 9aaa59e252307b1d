//! Two samples side by side, part by part.

use askama::Template;
use unwatched_model::report::Support;
use unwatched_model::report_changes::{Difference, Differences, Part};
use unwatched_store::SampleRow;

use crate::views::frame::Frame;
use crate::views::samples::SampleLine;
use crate::views::words;

/// One line of the table.
pub(crate) struct DifferenceLine {
    /// Empty where a part has only one.
    pub(crate) which: String,
    /// Empty when the earlier one says nothing of it.
    pub(crate) before: String,
    /// Empty when the later one says nothing of it.
    pub(crate) after: String,
}

/// The lines of one part.
pub(crate) struct PartView {
    pub(crate) name: String,
    pub(crate) lines: Vec<DifferenceLine>,
    /// How many things of this part both say.
    pub(crate) alike: usize,
}

/// What a comparison says.
pub(crate) struct ComparedView {
    pub(crate) earlier: SampleLine,
    pub(crate) signer: &'static str,
    pub(crate) parts: Vec<PartView>,
    /// How many things both say in parts without a difference.
    pub(crate) alike: usize,
}

impl ComparedView {
    pub(crate) fn of(earlier: &SampleRow, found: Differences) -> Self {
        let Differences { signer, differences, mut alike } = found;
        let parts = differences.chunk_by(|a, b| a.part == b.part).map(|lines| {
            let part = lines[0].part;
            PartView {
                name: words::sentence(part.words()),
                lines: lines.iter().map(line).collect(),
                alike: alike.remove(&part).unwrap_or_default(),
            }
        });
        let parts = parts.collect();
        Self {
            earlier: SampleLine::of(earlier),
            signer: signer.words(),
            parts,
            alike: alike.values().sum(),
        }
    }
}

fn line(difference: &Difference) -> DifferenceLine {
    let said = |side: &Option<String>| {
        let Some(said) = side else { return String::new() };
        match (difference.part, Support::from_word(said)) {
            (Part::Capability | Part::Observable, Some(support)) => {
                words::support(support).words.to_owned()
            }
            _ => words::shown(said),
        }
    };
    DifferenceLine {
        which: difference
            .which
            .as_deref()
            .map(|which| words::shown(&words::which(difference.part, which)))
            .unwrap_or_default(),
        before: said(&difference.before),
        after: said(&difference.after),
    }
}

#[derive(Template)]
#[template(path = "portal/differences.html")]
pub(crate) struct DifferencesPage {
    pub(crate) frame: Frame,
    pub(crate) later: SampleLine,
    pub(crate) compared: Option<ComparedView>,
    /// Others of the same package.
    pub(crate) others: Vec<SampleLine>,
}
