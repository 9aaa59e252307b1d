//! Releases: the current one with its files, and those before it.

use askama::Template;
use jiff::Timestamp;
use unwatched_model::digest::Sha256;
use unwatched_store::ReleaseRow;

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
}

impl ReleasesPage {
    /// `rows`, newest first.
    pub(crate) fn of(frame: Frame, rows: &[ReleaseRow], now: Timestamp) -> Self {
        let files = rows.first().map(|row| row.files.iter().map(file_line).collect());
        Self {
            frame,
            current: rows.first().map(|row| ReleaseLine::of(row, now)),
            files: files.unwrap_or_default(),
            earlier: rows.iter().skip(1).map(|row| ReleaseLine::of(row, now)).collect(),
        }
    }
}

fn file_line(file: &unwatched_store::ReleaseFile) -> FileLine {
    FileLine { name: file.name.clone(), size: words::size(file.size_bytes), sha256: file.sha256 }
}
