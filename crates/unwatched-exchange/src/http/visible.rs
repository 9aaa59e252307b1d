//! Nothing is shown above its TLP: which indicators a partner may see, on pages and in the API.

use std::collections::{HashMap, HashSet};

use unwatched_model::family::FamilyId;
use unwatched_model::partner::PartnerSlug;
use unwatched_model::tlp::Tlp;
use unwatched_store::{Hit, HitKind, IndicatorRow};

use crate::http::problem::Problem;
use crate::state::AppState;

/// The coalition sees up to AMBER; what is stricter stays with the partner who added it.
fn may_see(viewer: &PartnerSlug, tlp: Tlp, by: Option<&PartnerSlug>) -> bool {
    tlp <= Tlp::Amber || by == Some(viewer)
}

/// The rows that this partner may see.
pub fn indicators(viewer: &PartnerSlug, rows: Vec<IndicatorRow>) -> Vec<IndicatorRow> {
    rows.into_iter().filter(|row| may_see(viewer, row.indicator.tlp, row.by.as_ref())).collect()
}

/// Search results without the indicators that this partner may not see.
pub async fn hits(
    state: &AppState,
    viewer: &PartnerSlug,
    hits: Vec<Hit>,
) -> Result<Vec<Hit>, Problem> {
    let mut seen: HashMap<FamilyId, HashSet<String>> = HashMap::new();
    for hit in hits.iter().filter(|hit| hit.kind == HitKind::Indicator) {
        let Some(family) = &hit.family else { continue };
        if !seen.contains_key(family) {
            let rows = indicators(viewer, state.store.indicators_of(family).await?);
            seen.insert(family.clone(), rows.iter().map(|row| row.id.to_string()).collect());
        }
    }
    let visible = |hit: &Hit| {
        hit.kind != HitKind::Indicator
            || hit.family.as_ref().is_some_and(|family| seen[family].contains(&hit.id))
    };
    Ok(hits.into_iter().filter(visible).collect())
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
