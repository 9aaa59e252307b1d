//! Lists of samples.

use askama::Template;
use unwatched_model::digest::Sha256;
use unwatched_store::{SampleRow, SampleState};

use crate::views::frame::Frame;
use crate::views::words::{self, TimeView};

/// A sample's state: in words, and whether anything more is to come.
pub(crate) struct StateView {
    pub(crate) words: &'static str,
    pub(crate) done: bool,
    pub(crate) failed: bool,
    pub(crate) why: Option<String>,
}

impl StateView {
    pub(crate) fn of(row: &SampleRow) -> Self {
        Self {
            words: words::sample_state(row.state),
            done: matches!(row.state, SampleState::Analysed | SampleState::Failed),
            failed: row.state == SampleState::Failed,
            why: row.state_why.as_deref().map(words::shown_lines),
        }
    }
}

/// One line of a list.
pub(crate) struct SampleLine {
    pub(crate) sha256: Sha256,
    pub(crate) name: String,
    pub(crate) package: Option<String>,
    pub(crate) state: StateView,
    pub(crate) size: String,
    pub(crate) by: String,
    pub(crate) first_seen: TimeView,
}

impl SampleLine {
    pub(crate) fn of(row: &SampleRow) -> Self {
        Self {
            sha256: row.sha256,
            name: name(row),
            package: row.package.as_deref().map(words::shown),
            state: StateView::of(row),
            size: words::size(row.size_bytes),
            by: row.submissions.first().map_or_else(String::new, |s| s.by.to_string()),
            first_seen: row.first_seen.into(),
        }
    }
}

/// What to call a sample: the app's own label, else the submitter's file name, else its hash.
pub(crate) fn name(row: &SampleRow) -> String {
    let name = row
        .label
        .clone()
        .filter(|label| !label.trim().is_empty())
        .or_else(|| row.submissions.iter().find_map(|s| s.file_name.clone()))
        .filter(|name| !name.trim().is_empty())
        .unwrap_or_else(|| format!("Sample {}…", &row.sha256.to_string()[..12]));
    words::shown(&name)
}

#[derive(Template)]
#[template(path = "portal/samples.html")]
pub(crate) struct SamplesPage {
    pub(crate) frame: Frame,
    pub(crate) may_upload: bool,
    pub(crate) error: Option<String>,
    pub(crate) samples: Vec<SampleLine>,
    /// Whether this is a later page of the list.
    pub(crate) older: bool,
    pub(crate) next: Option<String>,
}
