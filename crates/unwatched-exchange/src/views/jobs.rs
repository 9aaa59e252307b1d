//! How work is going, for reading.

use std::collections::BTreeMap;

use askama::Template;
use unwatched_store::{JobRow, JobState};

use crate::http::api::jobs::Board;
use crate::jobs::{self, About};
use crate::views::frame::Frame;
use crate::views::words::{self, TimeView};

/// One kind, and how many of its jobs stand where.
pub(crate) struct KindLine {
    pub(crate) kind: String,
    pub(crate) does: String,
    pub(crate) waiting: u64,
    pub(crate) running: u64,
    pub(crate) failed: u64,
    pub(crate) done: u64,
}

/// One job.
pub(crate) struct JobLine {
    pub(crate) id: i64,
    pub(crate) does: String,
    pub(crate) subject: Option<String>,
    pub(crate) href: Option<String>,
    pub(crate) why: String,
    pub(crate) attempts: u32,
    pub(crate) progress: Option<ProgressLine>,
    pub(crate) began: Option<TimeView>,
    pub(crate) changed: TimeView,
}

/// How far it is.
pub(crate) struct ProgressLine {
    pub(crate) done: u64,
    pub(crate) of: u64,
    pub(crate) words: String,
}

#[derive(Template)]
#[template(path = "portal/jobs.html")]
pub(crate) struct JobsPage {
    pub(crate) frame: Frame,
    pub(crate) may_retry: bool,
    pub(crate) kinds: Vec<KindLine>,
    pub(crate) running: Vec<JobLine>,
    pub(crate) failed: Vec<JobLine>,
    /// Whether this is not the first page of what failed.
    pub(crate) older: bool,
    pub(crate) next: Option<String>,
}

impl JobsPage {
    pub(crate) fn of(frame: Frame, board: Board, may_retry: bool, older: bool) -> Self {
        let mut kinds: BTreeMap<String, KindLine> = BTreeMap::new();
        for count in board.counts {
            let line = kinds.entry(count.kind.clone()).or_insert_with(|| KindLine::of(&count.kind));
            match count.state {
                JobState::Waiting => line.waiting = count.count,
                JobState::Leased => line.running = count.count,
                JobState::Dead => line.failed = count.count,
                JobState::Done => line.done = count.count,
            }
        }
        Self {
            frame,
            may_retry,
            kinds: kinds.into_values().collect(),
            running: board.running.into_iter().map(JobLine::of).collect(),
            failed: board.failed.into_iter().map(JobLine::of).collect(),
            older,
            next: board.next.map(|id| format!("/portal/jobs?after={id}")),
        }
    }

    /// Whether there is anything that will change by itself.
    pub(crate) fn is_busy(&self) -> bool {
        self.kinds.iter().any(|kind| kind.waiting + kind.running > 0)
    }
}

impl KindLine {
    fn of(kind: &str) -> Self {
        let (kind, does) = (kind.to_owned(), does(kind));
        Self { kind, does, waiting: 0, running: 0, failed: 0, done: 0 }
    }
}

impl JobLine {
    fn of(row: JobRow) -> Self {
        let about = jobs::kind(&row.kind).map(|kind| kind.about);
        let href = row.subject.as_ref().zip(about).and_then(|(subject, about)| match about {
            About::Sample => Some(format!("/portal/samples/{subject}")),
            About::Family => Some(format!("/portal/families/{subject}")),
            About::Nothing => None,
        });
        Self {
            id: row.id.0,
            does: does(&row.kind),
            // What comes round is about itself, which says nothing more.
            subject: row.subject.filter(|subject| *subject != row.kind).map(|s| words::shown(&s)),
            href,
            why: words::sentence(row.why.as_deref().unwrap_or("no reason was kept")),
            attempts: row.attempts,
            progress: row.progress.map(|progress| ProgressLine {
                done: progress.done.min(progress.of),
                of: progress.of,
                words: format!("{} of {} {}", progress.done, progress.of, progress.what),
            }),
            began: row.began_at.map(Into::into),
            changed: row.changed_at.into(),
        }
    }
}

fn does(kind: &str) -> String {
    match jobs::kind(kind) {
        Some(kind) => words::sentence(kind.does).trim_end_matches('.').to_owned(),
        None => words::shown(kind),
    }
}
