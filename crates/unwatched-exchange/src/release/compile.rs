//! Released families, and the compiled set of the rows that go out. Which rows do is `sift`'s to
//! say.

use jiff::Timestamp;
use unwatched_model::class::Class;
use unwatched_model::indicator::Indicator;
use unwatched_model::set::{IndicatorSet, SetBuilder, SetFamily};
use unwatched_store::{FamilyRow, IndicatorRow, Store, StoreError};

use crate::verdicts;

/// A family as it is released.
#[derive(Debug, Clone)]
pub struct Released {
    /// Its names and what sources say of it.
    pub row: FamilyRow,
    /// The class it is released under.
    pub class: Class,
    /// Whether that is the coalition's verdict.
    pub judged: bool,
}

/// Families that are released, each under the class that follows from the opinions stored now.
/// Undecided families that no source lists are left out.
pub async fn released_families(store: &Store, now: Timestamp) -> Result<Vec<Released>, StoreError> {
    let families = store.all_families().await?;
    let verdicts = verdicts::all(store, now).await?;
    Ok(families
        .into_iter()
        .filter_map(|row| {
            let verdict = verdicts.get(&row.family.id).map_or(Class::Undecided, |v| v.class);
            let class = Class::released(verdict, &row.attributed)?;
            Some(Released { row, class, judged: verdict != Class::Undecided })
        })
        .collect())
}

/// The set of a release.
pub fn public_set(families: &[Released], indicators: &[IndicatorRow]) -> IndicatorSet {
    let mut builder = SetBuilder::new();
    for family in families {
        builder.family(family.to_set_family());
    }
    for row in indicators {
        let Indicator { family, kind, role, .. } = &row.indicator;
        if let Err(error) = builder.indicator(family, *kind, &row.normalised, *role) {
            tracing::warn!(%family, "an indicator was left out of the set: {error}");
        }
    }
    builder.build()
}

impl Released {
    fn to_set_family(&self) -> SetFamily {
        SetFamily {
            id: self.row.family.id.clone(),
            name: self.row.family.name.clone(),
            class: self.class,
            judged: self.judged,
            attributed: self.row.attributed.clone(),
        }
    }
}
