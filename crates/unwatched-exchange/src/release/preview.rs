//! What a release would be if it were published now: what goes out, what is new against the last
//! one, what stays and why.

use std::collections::BTreeSet;

use anyhow::Context as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_model::set::IndicatorSet;
use unwatched_store::{IndicatorRow, Recall, ReleaseRow, Store};

use super::INDICATORS;
use super::compile::{public_set, released_families};
use super::sift::{LeftOut, PopularRow, sift};
use crate::state::AppState;

/// No compiled set is larger than what a checker takes.
const MAX_SET_BYTES: u64 = 256 << 20;

/// One indicator of a release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Line {
    /// Of which family.
    pub family: FamilyId,
    /// What it is.
    pub kind: IndicatorKind,
    /// The form compared.
    pub value: String,
    /// What it does.
    pub role: Role,
}

/// A release that is not published yet.
#[derive(Debug)]
pub struct Preview {
    /// The last one, if there is any.
    pub last: Option<(u64, Timestamp)>,
    /// How many families would go out.
    pub families: usize,
    /// How many distinct indicators.
    pub indicators: usize,
    /// What the last release does not have.
    pub new: Vec<Line>,
    /// What only the last release has.
    pub gone: Vec<Line>,
    /// What stays, and why.
    pub left_out: Vec<LeftOut>,
    /// What goes out although many people have it.
    pub popular: Vec<PopularRow>,
    /// Recalls that stand.
    pub recalled: Vec<Recall>,
}

/// Looks at what would be released now.
pub async fn preview(state: &AppState) -> anyhow::Result<Preview> {
    let now = state.clock.now();
    // Of what a release is made of, only what decides: no file is rendered here.
    let families = released_families(&state.store, now).await?;
    let sifted = sift(&state.store, &families, now).await?;
    let set = public_set(&families, &sifted.public);
    let last = state.store.latest_release().await?;
    let after: BTreeSet<Line> = lines(&set);
    let before = match &last {
        Some(release) => lines(&set_of(&state.store, release).await?),
        None => BTreeSet::new(),
    };
    Ok(Preview {
        last: last.map(|release| (release.sequence, release.published)),
        families: set.families().len(),
        indicators: set.len(),
        new: after.difference(&before).cloned().collect(),
        gone: before.difference(&after).cloned().collect(),
        left_out: sifted.left_out,
        popular: sifted.popular,
        recalled: sifted.recalled,
    })
}

/// The compiled set of a release.
pub async fn set_of(store: &Store, release: &ReleaseRow) -> anyhow::Result<IndicatorSet> {
    let file = release.files.iter().find(|file| file.name == INDICATORS);
    let file =
        file.with_context(|| format!("find {INDICATORS} of release {}", release.sequence))?;
    let bytes = store.get_bytes(&file.blob, MAX_SET_BYTES).await?;
    IndicatorSet::from_bytes(&bytes)
        .with_context(|| format!("read {INDICATORS} of release {}", release.sequence))
}

fn lines(set: &IndicatorSet) -> BTreeSet<Line> {
    set.iter()
        .map(|entry| Line {
            family: entry.family.id.clone(),
            kind: entry.kind,
            value: entry.value.to_owned(),
            role: entry.role,
        })
        .collect()
}

/// The preview as the API and the command write it. What stays is given only as far as `shows`
/// lets it be seen; the rest is not even counted, for the number would say that it is there.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PreviewDocument {
    /// The last release's number; none before the first.
    last: Option<u64>,
    /// How many families would go out.
    families: usize,
    /// How many distinct indicators.
    indicators: usize,
    /// What the last release does not have.
    new: Vec<LineDocument>,
    /// What only the last release has.
    gone: Vec<LineDocument>,
    /// What stays, and why.
    left_out: Vec<LeftOutDocument>,
    /// What goes out although many people have it.
    popular: Vec<PopularDocument>,
}

/// An indicator of a release.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct LineDocument {
    family: String,
    kind: String,
    value: String,
    role: String,
}

/// An indicator that stays.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct LeftOutDocument {
    id: String,
    family: String,
    kind: String,
    value: String,
    /// `recalled`, `tlp`, `pap`, `group`, `sample_certificate`, `no_class`, `held` or
    /// `awaits_confirmation`.
    reason: String,
    why: String,
}

/// An indicator that many people have.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct PopularDocument {
    family: String,
    kind: String,
    value: String,
    /// Whether it stands in a published list, which needs no confirmation.
    listed: bool,
    why: String,
}

impl PreviewDocument {
    /// What of the preview somebody reads who sees the rows that `shows` says.
    pub fn new(preview: &Preview, shows: impl Fn(&IndicatorRow) -> bool) -> Self {
        let line = |line: &Line| LineDocument {
            family: line.family.to_string(),
            kind: line.kind.to_string(),
            value: line.value.clone(),
            role: line.role.to_string(),
        };
        let left_out = preview.left_out.iter().filter(|one| shows(&one.row));
        let left_out: Vec<_> = left_out
            .map(|one| LeftOutDocument {
                id: one.row.id.to_string(),
                family: one.row.indicator.family.to_string(),
                kind: one.row.indicator.kind.to_string(),
                value: one.row.normalised.clone(),
                reason: one.why.as_str().to_owned(),
                why: one.why.sentence(),
            })
            .collect();
        let popular = preview.popular.iter().map(|one| PopularDocument {
            family: one.row.indicator.family.to_string(),
            kind: one.row.indicator.kind.to_string(),
            value: one.row.normalised.clone(),
            listed: one.row.by.is_none(),
            why: one.reasons.join("; "),
        });
        Self {
            last: preview.last.map(|(sequence, _)| sequence),
            families: preview.families,
            indicators: preview.indicators,
            new: preview.new.iter().map(line).collect(),
            gone: preview.gone.iter().map(line).collect(),
            left_out,
            popular: popular.collect(),
        }
    }
}
