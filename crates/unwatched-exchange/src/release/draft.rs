//! What a release would be, as its page shows it: worked out while somebody waits where there is
//! little, and by a job where there is much. Nothing is published from it: a release is made of
//! the rows as they stand.

use anyhow::Context as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::popular::reaches_all;
use super::preview::{Line, Preview, preview};
use super::sift::LeftOut;
use crate::jobs::draft_release::DRAFT_RELEASE;
use crate::state::AppState;

/// How many lines of each part are kept.
const LINES: usize = 200;
/// Of those that stay and that only some partners see.
const NARROW: usize = 1_000;

/// What is kept of a preview.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// The last release's number; none before the first.
    pub last: Option<u64>,
    /// How many families would go out.
    pub families: usize,
    /// How many distinct indicators.
    pub indicators: usize,
    /// What the last release does not have.
    pub new: Part<Line>,
    /// What only the last release has.
    pub gone: Part<Line>,
    /// Rows that stay and that every partner may see, and why.
    pub left_out: Part<Reason>,
    /// The first of those that only some may see. They are counted for whoever sees them alone.
    pub left_out_narrow: Vec<Reason>,
    /// Rows that go out although many people have them, and why many do.
    pub popular: Part<Reason>,
}

/// A part of it: how many there are, and the first of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part<T> {
    /// How many.
    pub count: usize,
    /// The first.
    pub first: Vec<T>,
}

/// A row by its id, and a sentence's rest about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Which row. What it says is read when it is shown, by who may see it then.
    pub row: i64,
    /// Why.
    pub why: String,
}

impl Draft {
    fn of(preview: &Preview) -> Self {
        let lines = |all: &[Line]| Part {
            count: all.len(),
            first: all.iter().take(LINES).cloned().collect(),
        };
        let (wide, narrow): (Vec<_>, Vec<_>) =
            preview.left_out.iter().partition(|one| reaches_all(&one.row));
        let reason = |one: &&LeftOut| Reason { row: one.row.id, why: one.why.sentence() };
        let popular = preview.popular.iter().take(LINES);
        Self {
            last: preview.last.map(|(sequence, _)| sequence),
            families: preview.families,
            indicators: preview.indicators,
            new: lines(&preview.new),
            gone: lines(&preview.gone),
            left_out: Part {
                count: wide.len(),
                first: wide.iter().take(LINES).map(reason).collect(),
            },
            left_out_narrow: narrow.iter().take(NARROW).map(reason).collect(),
            popular: Part {
                count: preview.popular.len(),
                first: popular
                    .map(|one| Reason { row: one.row.id, why: one.reasons.join("; ") })
                    .collect(),
            },
        }
    }
}

/// What a page can show at once.
#[derive(Debug)]
pub struct Shown {
    /// What would go out; none while nobody has asked for it since the last release.
    pub draft: Option<Draft>,
    /// When it was worked out; none: just now.
    pub made_at: Option<Timestamp>,
    /// Whether a job is working it out.
    pub under_way: bool,
}

/// What there is to show without a wait.
pub async fn shown(state: &AppState) -> anyhow::Result<Shown> {
    if state.store.is_little_to_release().await? {
        let draft = Draft::of(&preview(state).await?);
        return Ok(Shown { draft: Some(draft), made_at: None, under_way: false });
    }
    let under_way = state.store.is_asked_for(DRAFT_RELEASE).await?;
    let Some((made_at, document)) = state.store.release_draft().await? else {
        return Ok(Shown { draft: None, made_at: None, under_way });
    };
    // A draft of another version of this program is none.
    let draft = serde_json::from_str(&document).ok();
    Ok(Shown { draft, made_at: Some(made_at), under_way })
}

/// Works it out and keeps it.
pub async fn work_out(state: &AppState) -> anyhow::Result<()> {
    let now = state.clock.now();
    let draft = Draft::of(&preview(state).await?);
    let document = serde_json::to_string(&draft).context("write the draft")?;
    state.store.keep_release_draft(&document, now).await.context("keep the draft")
}
