//! Nothing is shown above its TLP: which indicators a partner may see, on pages and in the API.
//!
//! Search keeps the same rule in the store, before it cuts pages.

use unwatched_model::partner::PartnerSlug;
use unwatched_model::tlp::Tlp;
use unwatched_store::IndicatorRow;

/// The coalition sees up to AMBER; what is stricter stays with the partner who added it.
fn may_see(viewer: &PartnerSlug, tlp: Tlp, by: Option<&PartnerSlug>) -> bool {
    tlp <= Tlp::Amber || by == Some(viewer)
}

/// The rows that this partner may see.
pub fn indicators(viewer: &PartnerSlug, rows: Vec<IndicatorRow>) -> Vec<IndicatorRow> {
    rows.into_iter().filter(|row| may_see(viewer, row.indicator.tlp, row.by.as_ref())).collect()
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
