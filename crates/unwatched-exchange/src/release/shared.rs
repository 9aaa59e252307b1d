//! Values on shared infrastructure: what a release's files that block or alarm hold only after
//! somebody has looked at it, and what `index.json` warns of.

use std::collections::{BTreeMap, HashMap};

use unwatched_formats::feed::Sharing;
use unwatched_formats::release::SharedValue;
use unwatched_model::indicator::IndicatorKind;
use unwatched_store::{IndicatorRow, SharedReview, Value};

use super::popular::value_of;
use super::sift::PopularRow;

/// The index must stay small enough for every checker; far more than the field's lists hold.
const MAX_WARNINGS: usize = 5_000;

/// A released value that others share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedRow {
    /// What it is.
    pub value: Value,
    /// Of which families, by id.
    pub families: Vec<String>,
    /// Whose it is besides.
    pub why: String,
    /// The decision that counts, if there is one.
    pub review: Option<SharedReview>,
}

/// Which of the rows that go out lie on shared infrastructure.
#[derive(Debug, Default)]
pub struct Shared {
    rows: BTreeMap<Value, SharedRow>,
}

impl Shared {
    /// Looks at every host and address of `public`. `popular` are those of them that many people
    /// meet, each with its reasons.
    pub fn of(
        public: &[IndicatorRow],
        popular: &[PopularRow],
        mut reviews: HashMap<Value, SharedReview>,
    ) -> Self {
        let mut met: HashMap<Value, Vec<&str>> = HashMap::new();
        for one in popular {
            let reasons = met.entry(value_of(&one.row)).or_default();
            reasons.extend(one.reasons.iter().map(String::as_str));
        }
        let mut rows: BTreeMap<Value, SharedRow> = BTreeMap::new();
        for row in public.iter().filter(|row| is_blocked_by(row.indicator.kind)) {
            let value = value_of(row);
            let family = row.indicator.family.to_string();
            if let Some(known) = rows.get_mut(&value) {
                if !known.families.contains(&family) {
                    known.families.push(family);
                }
                continue;
            }
            let mut why = met.get(&value).cloned().unwrap_or_default();
            if row.indicator.kind == IndicatorKind::Domain {
                why.extend(unwatched_analysis::shared_host(&row.normalised));
            }
            why.dedup();
            if !why.is_empty() {
                let (why, review) = (why.join("; "), reviews.remove(&value));
                let shared =
                    SharedRow { value: value.clone(), families: vec![family], why, review };
                rows.insert(value, shared);
            }
        }
        Self { rows }
    }

    /// Whether a value may stand in a file that blocks.
    pub fn sharing(&self, kind: IndicatorKind, normalised: &str) -> Sharing {
        match self.rows.get(&(kind, normalised.to_owned())) {
            None => Sharing::Own,
            Some(row) if row.review.as_ref().is_some_and(|review| review.may_block) => {
                Sharing::Reviewed
            }
            Some(_) => Sharing::Shared,
        }
    }

    /// All of them, by kind and value.
    pub fn rows(&self) -> impl Iterator<Item = &SharedRow> {
        self.rows.values()
    }

    /// What the index says of them.
    pub fn warnings(&self) -> Vec<SharedValue> {
        let said = self.rows.values().flat_map(|row| {
            row.families.iter().map(|family| SharedValue {
                kind: row.value.0.to_string(),
                value: row.value.1.clone(),
                family: family.clone(),
                why: row.why.clone(),
                reviewed: row.review.as_ref().is_some_and(|review| review.may_block),
            })
        });
        let warnings: Vec<_> = said.take(MAX_WARNINGS).collect();
        if warnings.len() == MAX_WARNINGS {
            tracing::warn!("the index warns of the first 5,000 values on shared hosts only");
        }
        warnings
    }
}

/// Whether files that block hold values of this kind.
pub fn is_blocked_by(kind: IndicatorKind) -> bool {
    matches!(kind, IndicatorKind::Domain | IndicatorKind::Address)
}
