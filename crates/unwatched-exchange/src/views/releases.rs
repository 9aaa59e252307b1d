//! Releases: the current one with its files, those before it, what is taken back, and what would
//! go out now.

use std::collections::HashMap;

use askama::Template;
use jiff::Timestamp;
use unwatched_formats::feed::misp;
use unwatched_formats::release::PublicKey;
use unwatched_model::digest::Sha256;
use unwatched_model::indicator::IndicatorKind;
use unwatched_store::{IndicatorRow, Recall, ReleaseRow};

use crate::release::draft::{self, Draft, Reason, Shown};
use crate::release::preview::Line;
use crate::release::publish::DraftFile;
use crate::release::signatures::Waiting;
use crate::views::forms::{self, Choice, Refusal};
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
    /// What was typed into the form for a recall, and why it was refused.
    pub(crate) recall: RecallFields,
    pub(crate) error: Option<Refusal>,
}

/// What was typed into the form for a recall.
pub(crate) struct RecallFields {
    pub(crate) family: String,
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) why: String,
    pub(crate) publish: bool,
}

impl Default for RecallFields {
    fn default() -> Self {
        let [family, kind, value, why] = [const { String::new() }; 4];
        Self { family, kind, value, why, publish: true }
    }
}

impl ReleasesPage {
    fn wrong(&self, field: &str) -> bool {
        forms::names(self.error.as_ref(), field)
    }

    /// `rows`, newest first.
    pub(crate) fn of(
        frame: Frame,
        rows: &[ReleaseRow],
        recalls: &[Recall],
        offers: ReleaseOffers,
        now: Timestamp,
    ) -> Self {
        let files = rows.first().map(|row| file_lines(&row.files));
        Self {
            frame,
            current: rows.first().map(|row| ReleaseLine::of(row, now)),
            files: files.unwrap_or_default(),
            earlier: rows.iter().skip(1).map(|row| ReleaseLine::of(row, now)).collect(),
            recalls: recalls.iter().map(RecallLine::of).collect(),
            kinds: forms::indicator_kinds(),
            offers,
            recall: RecallFields::default(),
            error: None,
        }
    }
}

/// The files, with one line for all events of the MISP feed: there are as many as families.
fn file_lines(files: &[unwatched_store::ReleaseFile]) -> Vec<FileLine> {
    let is_listed =
        |name: &str| !misp::is_of_feed(name) || [misp::MANIFEST, misp::HASHES].contains(&name);
    files.iter().filter(|file| is_listed(&file.name)).map(file_line).collect()
}

fn file_line(file: &unwatched_store::ReleaseFile) -> FileLine {
    FileLine { name: file.name.clone(), size: words::size(file.size_bytes), sha256: file.sha256 }
}

/// What the page offers to do.
pub(crate) struct ReleaseOffers {
    pub(crate) publish: bool,
    pub(crate) recall: bool,
    pub(crate) held: bool,
    /// A job is publishing.
    pub(crate) publishing: bool,
    /// Why the last one that was asked for was not made.
    pub(crate) failed: Option<String>,
    /// What waits for signatures.
    pub(crate) waiting: Option<WaitingRelease>,
}

/// A release that waits for signatures.
pub(crate) struct WaitingRelease {
    pub(crate) sequence: u64,
    pub(crate) made: TimeView,
    pub(crate) lacks: usize,
    pub(crate) key_set: String,
    pub(crate) signed: Vec<String>,
    pub(crate) files: Vec<FileLine>,
}

impl WaitingRelease {
    pub(crate) fn of(waiting: &Waiting) -> Self {
        let Waiting { draft, set } = waiting;
        let file = |file: &DraftFile| FileLine {
            name: file.name.clone(),
            size: words::size(file.size_bytes),
            sha256: file.sha256,
        };
        Self {
            sequence: draft.sequence,
            made: draft.published.into(),
            lacks: draft.lacks(set),
            key_set: set.to_string(),
            signed: draft.signers(set).into_iter().map(PublicKey::id).collect(),
            files: draft.files.iter().map(file).collect(),
        }
    }
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
    pub(crate) made_at: Option<TimeView>,
    pub(crate) is_kept: bool,
    pub(crate) under_way: bool,
    pub(crate) draft: Option<DraftView>,
}

pub(crate) struct DraftView {
    pub(crate) indicators: usize,
    pub(crate) families: usize,
    pub(crate) against: String,
    pub(crate) parts: Vec<Part>,
}

impl PreviewPage {
    /// What somebody reads of it who sees these of its rows.
    pub(crate) fn of(frame: Frame, shown: &Shown, seen: &[IndicatorRow]) -> Self {
        Self {
            frame,
            made_at: shown.made_at.map(TimeView::from),
            is_kept: shown.draft.is_none() || shown.made_at.is_some(),
            under_way: shown.under_way,
            draft: shown.draft.as_ref().map(|draft| DraftView::of(draft, seen)),
        }
    }
}

impl DraftView {
    fn of(draft: &Draft, seen: &[IndicatorRow]) -> Self {
        let seen: HashMap<i64, &IndicatorRow> = seen.iter().map(|row| (row.id, row)).collect();
        let rows = |reasons: &[Reason]| -> Vec<PreviewLine> {
            let line = |reason: &Reason| Some(of_row(seen.get(&reason.row)?, &reason.why));
            reasons.iter().filter_map(line).collect()
        };
        let narrow = rows(&draft.left_out_narrow);
        let left_out_count = draft.left_out.count + narrow.len();
        let mut left_out = rows(&draft.left_out.first);
        left_out.extend(narrow);
        left_out.truncate(LINES_SHOWN);
        let lines = |part: &draft::Part<Line>| part.first.iter().map(line).collect();
        let parts = vec![
            Part {
                id: "new",
                title: "New",
                empty: "Nothing that the last release does not have.",
                with_why: false,
                count: draft.new.count,
                lines: lines(&draft.new),
            },
            Part {
                id: "gone",
                title: "No longer there",
                empty: "Nothing leaves.",
                with_why: false,
                count: draft.gone.count,
                lines: lines(&draft.gone),
            },
            Part {
                id: "left-out",
                title: "Left out, and why",
                empty: "Nothing is left out that you may see.",
                with_why: true,
                count: left_out_count,
                lines: left_out,
            },
            Part {
                id: "popular",
                title: "Goes out although many people have it",
                empty: "Nothing.",
                with_why: true,
                count: draft.popular.count,
                lines: rows(&draft.popular.first),
            },
        ];
        let against = match draft.last {
            Some(sequence) => format!("Compared with release {sequence}."),
            None => "There is no release before it.".to_owned(),
        };
        Self { indicators: draft.indicators, families: draft.families, against, parts }
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
