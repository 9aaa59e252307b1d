//! The part of a sample's page that says where it belongs, and the form that says it.

use unwatched_model::family::FamilyId;
use unwatched_model::partner::PartnerSlug;
use unwatched_store::SampleFamily;

use crate::views::history::HistoryLine;
use crate::views::queue::Suggestion;
use crate::views::words::{self, TimeView};

/// What one partner says now.
pub(crate) struct SaidView {
    pub(crate) by: String,
    pub(crate) family: Option<FamilyId>,
    pub(crate) name: String,
    pub(crate) why: Option<String>,
    pub(crate) at: TimeView,
}

#[derive(Default)]
pub(crate) struct TriageView {
    pub(crate) may: bool,
    /// Whether it stands in the queue, and why there.
    pub(crate) waits: bool,
    pub(crate) why: Vec<&'static str>,
    pub(crate) said: Vec<SaidView>,
    /// Whether the viewer's own partner has said something.
    pub(crate) own: bool,
    pub(crate) suggestions: Vec<Suggestion>,
    /// What was typed for another family, when the form was refused.
    pub(crate) other: Option<String>,
    pub(crate) error: Option<String>,
}

impl TriageView {
    pub(crate) fn of(
        rows: &[SampleFamily],
        suggestions: Vec<Suggestion>,
        viewer: &PartnerSlug,
        may: bool,
    ) -> Self {
        let current = || rows.iter().filter(|row| row.gone_at.is_none());
        Self {
            may,
            said: current().map(said).collect(),
            own: current().any(|row| row.partner == *viewer),
            suggestions,
            ..Self::default()
        }
    }
}

fn said(row: &SampleFamily) -> SaidView {
    SaidView {
        by: row.partner.to_string(),
        family: row.family.clone(),
        name: row.name.as_deref().map(words::shown).unwrap_or_default(),
        why: row.why.as_deref().map(words::shown),
        at: row.at.into(),
    }
}

/// The same as lines of the sample's history.
pub(crate) fn history(rows: &[SampleFamily]) -> Vec<HistoryLine> {
    rows.iter()
        .map(|row| {
            let what = match &row.name {
                Some(name) => format!("said that it belongs to {name}"),
                None => "said that it belongs to no family of ours".to_owned(),
            };
            let line = HistoryLine::new(row.at, row.partner.as_str(), what);
            match &row.family {
                Some(family) => line.at(format!("/portal/families/{family}")),
                None => line,
            }
        })
        .collect()
}
