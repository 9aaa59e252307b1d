//! The first page after sign-in: what came in, what is open, what went out, what to do next.

use askama::Template;
use unwatched_model::class::Class;
use unwatched_model::family::FamilyId;
use unwatched_model::verdict::{CriterionState, Verdict};
use unwatched_store::{FamilyRow, JobCount, JobState};

use crate::views::class::{ClassView, class_of};
use crate::views::frame::Frame;
use crate::views::releases::ReleaseLine;
use crate::views::samples::SampleLine;
use crate::views::words;

/// A family that has opinions.
pub(crate) struct DiscussedFamily {
    pub(crate) id: FamilyId,
    pub(crate) name: String,
    pub(crate) class: ClassView,
    pub(crate) settled: usize,
    pub(crate) yours: String,
    pub(crate) your_answers: usize,
    pub(crate) undecided: bool,
}

impl DiscussedFamily {
    pub(crate) fn of(row: &FamilyRow, verdict: &Verdict, your_answers: usize) -> Self {
        let settled = |state| matches!(state, CriterionState::Holds | CriterionState::Denied);
        Self {
            id: row.family.id.clone(),
            name: words::shown(&row.family.name),
            class: class_of(Some(verdict), &row.attributed),
            settled: verdict.criteria.iter().filter(|count| settled(count.state)).count(),
            yours: match your_answers {
                0 => "no answer yet".to_owned(),
                1 => "1 answer".to_owned(),
                several => format!("{several} answers"),
            },
            your_answers,
            undecided: matches!(verdict.class, Class::Undecided | Class::Disputed),
        }
    }
}

/// Something worth doing.
pub(crate) struct Step {
    pub(crate) href: String,
    pub(crate) what: &'static str,
    /// Of an app or a family, after `what`.
    pub(crate) name: Option<String>,
    pub(crate) why: &'static str,
}

#[derive(Template)]
#[template(path = "portal/overview.html")]
pub(crate) struct OverviewPage {
    pub(crate) frame: Frame,
    pub(crate) may_upload: bool,
    pub(crate) samples: Vec<SampleLine>,
    pub(crate) discussed: Vec<DiscussedFamily>,
    pub(crate) family_count: usize,
    pub(crate) steps: Vec<Step>,
    pub(crate) release: Option<ReleaseLine>,
    pub(crate) queue: Vec<(&'static str, u64)>,
}

/// What is waiting, being worked on, and given up; what is done is no news.
pub(crate) fn queue(counts: &[JobCount]) -> Vec<(&'static str, u64)> {
    let of = |state| counts.iter().filter(|c| c.state == state).map(|c| c.count).sum::<u64>();
    [
        (JobState::Waiting, "Waiting"),
        (JobState::Leased, "Being worked on"),
        (JobState::Dead, "Given up"),
    ]
    .into_iter()
    .map(|(state, words)| (words, of(state)))
    .filter(|(_, count)| *count > 0)
    .collect()
}

/// What to do next, most useful first; at most four.
pub(crate) fn steps(
    may_upload: bool,
    may_judge: bool,
    samples: &[SampleLine],
    discussed: &[DiscussedFamily],
    has_release: bool,
) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut step = |href: String, what: &'static str, name: Option<&String>, why| {
        steps.push(Step { href, what, name: name.cloned(), why });
    };
    if let Some(failed) = samples.iter().find(|line| line.state.failed) {
        step(
            format!("/portal/samples/{}", failed.sha256),
            "See why it was not analysed:",
            Some(&failed.name),
            "Nothing is known of what it can do.",
        );
    }
    if may_judge {
        for family in discussed.iter().filter(|f| f.undecided && f.your_answers == 0).take(2) {
            step(
                format!("/portal/families/{}", family.id),
                "Answer for",
                Some(&family.name),
                "Other partners have; your partner has not. A verdict needs two.",
            );
        }
    }
    if may_upload && samples.len() < 3 {
        step(
            "/portal/samples#add".to_owned(),
            "Put in a sample",
            None,
            "An app file becomes a report in seconds.",
        );
    }
    if may_judge && discussed.is_empty() {
        step(
            "/portal/families".to_owned(),
            "Give a first opinion",
            None,
            "Choose a family and answer one criterion, with evidence.",
        );
    }
    let why = if has_release {
        "Signed files for checkers and for everybody’s tools."
    } else {
        "Nothing is out yet; the page says how an operator publishes."
    };
    step("/portal/releases".to_owned(), "See what goes out", None, why);
    steps.truncate(4);
    steps
}
