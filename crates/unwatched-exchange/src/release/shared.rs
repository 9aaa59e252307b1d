//! Values on shared infrastructure: what a release's files that block or alarm hold only after
//! somebody has looked at it, and what `index.json` warns of.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::Context as _;
use unwatched_formats::feed::Sharing;
use unwatched_formats::release::{Index, SharedValue};
use unwatched_model::indicator::IndicatorKind;
use unwatched_store::{IndicatorRow, SharedReview, Value};

use super::files::Contents;
use super::popular::value_of;
use super::sift::PopularRow;
use crate::state::AppState;

/// The index must stay small enough for every checker; far more than the field's lists hold.
const MAX_WARNINGS: usize = 5_000;

/// What is said where partners' own lists, samples or other families show it: no more than that,
/// for the reader of an index sees none of them.
const MET_BY_MANY: &str = "many phones meet it, or it stands for more than one family";

/// A released value that others share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedRow {
    /// What it is.
    pub value: Value,
    /// Of which families, by id.
    pub families: Vec<String>,
    /// Whose it is besides, in words that everybody may read.
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
    /// meet.
    pub fn of(
        public: &[IndicatorRow],
        popular: &[PopularRow],
        mut reviews: HashMap<Value, SharedReview>,
    ) -> Self {
        let met: HashSet<Value> = popular.iter().map(|one| value_of(&one.row)).collect();
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
            let host = (row.indicator.kind == IndicatorKind::Domain)
                .then(|| unwatched_analysis::shared_host(&row.normalised))
                .flatten();
            let Some(why) = host.or(met.contains(&value).then_some(MET_BY_MANY)) else { continue };
            let (families, review) = (vec![family], reviews.remove(&value));
            let why = why.to_owned();
            rows.insert(value.clone(), SharedRow { value, families, why, review });
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

/// The released values that others share, each with the decision that counts: of the rows as they
/// stand where there is little, and of the last release where there is much.
pub async fn to_look_at(state: &AppState) -> anyhow::Result<Vec<SharedRow>> {
    if state.store.is_little_to_release().await? {
        let contents = Contents::read(&state.store, state.clock.now()).await?;
        return Ok(contents.shared().rows().cloned().collect());
    }
    let Some((index, _)) = state.store.latest_index().await? else { return Ok(Vec::new()) };
    let index = Index::from_bytes(&index).context("read the last release's index")?;
    let mut reviews = state.store.shared_reviews().await?;
    let mut rows: BTreeMap<Value, SharedRow> = BTreeMap::new();
    for SharedValue { kind, value, family, why, .. } in index.warnings {
        let Ok(kind) = kind.parse::<IndicatorKind>() else { continue };
        let value = (kind, value);
        let row = rows.entry(value.clone()).or_insert_with(|| {
            let review = reviews.remove(&value);
            SharedRow { value, families: Vec::new(), why, review }
        });
        row.families.push(family);
    }
    Ok(rows.into_values().collect())
}

/// Whether files that block hold values of this kind.
pub fn is_blocked_by(kind: IndicatorKind) -> bool {
    matches!(kind, IndicatorKind::Domain | IndicatorKind::Address)
}
