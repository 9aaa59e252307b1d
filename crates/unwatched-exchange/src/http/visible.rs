//! What a partner may see, on pages and in the API: no indicator above its TLP, and no name that
//! another partner's person gave to a file, for it may name a survivor.
//!
//! Search keeps the rule about indicators in the store, before it cuts pages.

use unwatched_model::partner::PartnerSlug;
use unwatched_model::tlp::Tlp;
use unwatched_store::{IndicatorRow, SampleRow};

/// The coalition sees up to AMBER; what is stricter stays with the partner who added it.
fn may_see(viewer: &PartnerSlug, tlp: Tlp, by: Option<&PartnerSlug>) -> bool {
    tlp <= Tlp::Amber || by == Some(viewer)
}

/// The rows that this partner may see.
pub fn indicators(viewer: &PartnerSlug, rows: Vec<IndicatorRow>) -> Vec<IndicatorRow> {
    rows.into_iter().filter(|row| may_see(viewer, row.indicator.tlp, row.by.as_ref())).collect()
}

/// The sample as this partner may see it.
#[must_use]
pub fn sample(viewer: &PartnerSlug, mut row: SampleRow) -> SampleRow {
    for submission in row.submissions.iter_mut().filter(|submission| submission.by != *viewer) {
        submission.file_name = None;
    }
    row
}

/// The samples as this partner may see them.
pub fn samples(viewer: &PartnerSlug, rows: Vec<SampleRow>) -> Vec<SampleRow> {
    rows.into_iter().map(|row| sample(viewer, row)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stricter_than_amber_stays_with_its_partner() {
        let lab: PartnerSlug = "example-lab".parse().unwrap();
        let shelter: PartnerSlug = "example-shelter".parse().unwrap();
        assert!(may_see(&shelter, Tlp::Amber, Some(&lab)));
        assert!(!may_see(&shelter, Tlp::AmberStrict, Some(&lab)));
        assert!(!may_see(&shelter, Tlp::Red, Some(&lab)));
        assert!(!may_see(&shelter, Tlp::Red, None));
        assert!(may_see(&lab, Tlp::Red, Some(&lab)));
    }
}
