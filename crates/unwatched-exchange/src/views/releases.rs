//! Releases: the current one with its files, those before it, what is taken back, and what would
//! go out now.

use askama::Template;
use jiff::Timestamp;
use unwatched_model::digest::Sha256;
use unwatched_model::indicator::IndicatorKind;
use unwatched_store::{IndicatorRow, Recall, ReleaseRow};

use crate::release::preview::{Line, Preview};
use crate::views::forms::{self, Choice};
use crate::views::frame::Frame;
use crate::views::words::{self, TimeView};

pub(crate) struct ReleaseLine {
    pub(crate) sequence: u64,
    pub(crate) published: TimeView,
    pub(crate) expires: TimeView,
    pub(crate) expired: bool,
}

impl ReleaseLine {
    pub(crate) fn of(row: &ReleaseRow, now: Timestamp) -> Self {
        Self {
            sequence: row.sequence,
            published: row.published.into(),
            expires: row.expires.into(),
            expired: row.expires <= now,
        }
    }
}

pub(crate) struct FileLine {
    pub(crate) name: String,
    pub(crate) size: String,
    pub(crate) sha256: Sha256,
}

#[derive(Template)]
#[template(path = "portal/releases.html")]
pub(crate) struct ReleasesPage {
    pub(crate) frame: Frame,
    pub(crate) current: Option<ReleaseLine>,
    pub(crate) files: Vec<FileLine>,
    pub(crate) earlier: Vec<ReleaseLine>,
    pub(crate) recalls: Vec<RecallLine>,
    pub(crate) kinds: Vec<Choice>,
    pub(crate) offers: ReleaseOffers,
}

impl ReleasesPage {
    /// `rows`, newest first.
    pub(crate) fn of(
        frame: Frame,
        rows: &[ReleaseRow],
        recalls: &[Recall],
        offers: ReleaseOffers,
        now: Timestamp,
    ) -> Self {
        let files = rows.first().map(|row| row.files.iter().map(file_line).collect());
        Self {
            frame,
            current: rows.first().map(|row| ReleaseLine::of(row, now)),
            files: files.unwrap_or_default(),
            earlier: rows.iter().skip(1).map(|row| ReleaseLine::of(row, now)).collect(),
            recalls: recalls.iter().map(RecallLine::of).collect(),
            kinds: forms::indicator_kinds(),
            offers,
        }
    }
}

fn file_line(file: &unwatched_store::ReleaseFile) -> FileLine {
    FileLine { name: file.name.clone(), size: words::size(file.size_bytes), sha256: file.sha256 }
}

/// What the page offers to do.
pub(crate) struct ReleaseOffers {
    pub(crate) publish: bool,
    pub(crate) recall: bool,
    pub(crate) held: bool,
}

pub(crate) struct RecallLine {
    pub(crate) id: i64,
    pub(crate) value: String,
    pub(crate) kind: &'static str,
    pub(crate) family: String,
    pub(crate) why: String,
    pub(crate) at: TimeView,
    pub(crate) stands: bool,
}

impl RecallLine {
    fn of(recall: &Recall) -> Self {
        Self {
            id: recall.id,
            value: words::shown(&recall.normalised),
            kind: words::kind(recall.kind),
            family: recall.family.to_string(),
            why: words::shown(&recall.why),
            at: recall.at.into(),
            stands: recall.lifted_at.is_none(),
        }
    }
}

/// How many lines of each part a page shows.
const LINES_SHOWN: usize = 200;

pub(crate) struct PreviewLine {
    pub(crate) href: Option<String>,
    pub(crate) value: String,
    pub(crate) kind: &'static str,
    pub(crate) family: String,
    pub(crate) why: String,
}

pub(crate) struct Part {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) empty: &'static str,
    pub(crate) with_why: bool,
    pub(crate) count: usize,
    pub(crate) lines: Vec<PreviewLine>,
}

#[derive(Template)]
#[template(path = "portal/release_preview.html")]
pub(crate) struct PreviewPage {
    pub(crate) frame: Frame,
    pub(crate) indicators: usize,
    pub(crate) families: usize,
    pub(crate) against: String,
    pub(crate) parts: Vec<Part>,
}

impl PreviewPage {
    /// What of the preview somebody sees who sees the rows that `shows` says.
    pub(crate) fn of(frame: Frame, preview: &Preview, shows: impl Fn(i64) -> bool) -> Self {
        let against = match preview.last {
            Some((sequence, _)) => format!("Compared with release {sequence}."),
            None => "There is no release before it.".to_owned(),
        };
        let left_out = preview.left_out.iter().filter(|one| shows(one.row.id));
        let popular = preview.popular.iter();
        let parts = vec![
            Part {
                id: "new",
                title: "New",
                empty: "Nothing that the last release does not have.",
                with_why: false,
                count: preview.new.len(),
                lines: preview.new.iter().take(LINES_SHOWN).map(line).collect(),
            },
            Part {
                id: "gone",
                title: "No longer there",
                empty: "Nothing leaves.",
                with_why: false,
                count: preview.gone.len(),
                lines: preview.gone.iter().take(LINES_SHOWN).map(line).collect(),
            },
            Part {
                id: "left-out",
                title: "Left out, and why",
                empty: "Nothing is left out that you may see.",
                with_why: true,
                count: preview.left_out.len(),
                lines: left_out
                    .take(LINES_SHOWN)
                    .map(|one| of_row(&one.row, &one.why.sentence()))
                    .collect(),
            },
            Part {
                id: "popular",
                title: "Goes out although many people have it",
                empty: "Nothing.",
                with_why: true,
                count: preview.popular.len(),
                lines: popular
                    .take(LINES_SHOWN)
                    .map(|one| of_row(&one.row, &one.reasons.join("; ")))
                    .collect(),
            },
        ];
        let (indicators, families) = (preview.indicators, preview.families);
        Self { frame, indicators, families, against, parts }
    }
}

fn line(line: &Line) -> PreviewLine {
    PreviewLine {
        href: None,
        value: words::shown(&line.value),
        kind: kind(line.kind),
        family: line.family.to_string(),
        why: String::new(),
    }
}

fn of_row(row: &IndicatorRow, why: &str) -> PreviewLine {
    PreviewLine {
        href: Some(format!("/portal/indicators/{}", row.id)),
        value: words::shown(&row.indicator.value),
        kind: kind(row.indicator.kind),
        family: row.indicator.family.to_string(),
        why: words::shown(why),
    }
}

fn kind(kind: IndicatorKind) -> &'static str {
    words::kind(kind)
}
