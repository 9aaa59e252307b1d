//! Lists of samples.

use std::fmt::Write as _;

use askama::Template;
use unwatched_model::digest::Sha256;
use unwatched_model::report::FileFormat;
use unwatched_store::{FamilyRow, SampleFilter, SampleRow, SampleState};

use crate::views::frame::Frame;
use crate::views::search::quoted;
use crate::views::uploads::Choice;
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
    /// Enough of it to tell two apart.
    pub(crate) short: String,
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
            short: row.sha256.to_string()[..12].to_owned(),
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

/// What the list is limited to, as the form above it shows.
pub(crate) struct FilterView {
    pub(crate) states: Vec<Choice>,
    pub(crate) formats: Vec<Choice>,
    pub(crate) own: bool,
    /// The family's name where there is one of that id, else what was asked for.
    pub(crate) family: String,
    pub(crate) package: String,
    pub(crate) limits_nothing: bool,
    query: Vec<(&'static str, String)>,
}

impl FilterView {
    pub(crate) fn of(filter: &SampleFilter, family: Option<&FamilyRow>) -> Self {
        let states = SampleState::ALL.into_iter().map(|state| Choice {
            value: state.as_str().to_owned(),
            words: words::sample_state(state).to_owned(),
            chosen: filter.state == Some(state),
        });
        let formats = FileFormat::ALL.into_iter().map(|format| Choice {
            value: format.as_str().to_owned(),
            words: words::format(format).to_owned(),
            chosen: filter.format == Some(format),
        });
        let id = filter.family.as_ref().map(ToString::to_string).unwrap_or_default();
        let query = [
            ("state", filter.state.map(|state| state.as_str().to_owned()).unwrap_or_default()),
            ("format", filter.format.map(|format| format.as_str().to_owned()).unwrap_or_default()),
            ("own", if filter.own { "yes".to_owned() } else { String::new() }),
            ("family", id.clone()),
            ("package", filter.package.clone().unwrap_or_default()),
        ];
        Self {
            states: states.collect(),
            formats: formats.collect(),
            own: filter.own,
            family: family.map_or(id, |row| words::shown(&row.family.name)),
            package: filter.package.as_deref().map(words::shown).unwrap_or_default(),
            limits_nothing: filter.is_empty(),
            query: query.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        }
    }

    /// The address of the page after the one that ended with `after`.
    pub(crate) fn href_after(&self, after: &str) -> String {
        let mut href = format!("/portal/samples?after={after}");
        for (name, value) in &self.query {
            let _ = write!(href, "&{name}={}", quoted(value));
        }
        href
    }
}

#[derive(Template)]
#[template(path = "portal/samples.html")]
pub(crate) struct SamplesPage {
    pub(crate) frame: Frame,
    pub(crate) may_upload: bool,
    pub(crate) filter: FilterView,
    pub(crate) samples: Vec<SampleLine>,
    /// Whether this is a later page of the list.
    pub(crate) later: bool,
    pub(crate) next: Option<String>,
}
