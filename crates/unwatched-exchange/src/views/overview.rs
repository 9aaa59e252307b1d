//! The first page after sign-in: what needs this person, what changed since they were last here,
//! and what goes out. Every box says what to do when it is empty.

use askama::Template;
use unwatched_model::held::Held;
use unwatched_model::verdict::CriterionState;
use unwatched_store::{
    ClassChange, Dispute, FamilyRow, IndicatorRow, JobCount, JobState, NamedFamily, Question,
    Recall, TokenRow,
};

use crate::views::frame::Frame;
use crate::views::history::HistoryLine;
use crate::views::queue::QueueLine;
use crate::views::releases::ReleaseLine;
use crate::views::samples::SampleLine;
use crate::views::search::SavedLine;
use crate::views::words::{self, TimeView};

/// Something to do: where, and why.
pub(crate) struct ToDo {
    pub(crate) href: String,
    pub(crate) name: String,
    pub(crate) why: String,
}

/// One box of the page.
pub(crate) struct NeedBox {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    /// "3", or "more than 20".
    pub(crate) count: String,
    pub(crate) lines: Vec<ToDo>,
    /// Where all of them are.
    pub(crate) all: Option<(String, &'static str)>,
    pub(crate) empty: &'static str,
}

impl NeedBox {
    /// A box over what was found; one more than `shown` was looked for up to `bound`.
    pub(crate) fn new(
        id: &'static str,
        title: &'static str,
        lines: Vec<ToDo>,
        bound: usize,
        empty: &'static str,
    ) -> Self {
        let count = if lines.len() > bound {
            format!("more than {bound}")
        } else {
            lines.len().to_string()
        };
        let lines = lines.into_iter().take(FIRST).collect();
        Self { id, title, count, lines, all: None, empty }
    }

    #[must_use]
    pub(crate) fn all(mut self, href: impl Into<String>, words: &'static str) -> Self {
        self.all = Some((href.into(), words));
        self
    }
}

/// So many lines of a box are shown.
pub(crate) const FIRST: usize = 4;

/// A question that was put to the own partner.
pub(crate) fn question(question: &Question, family: Option<&FamilyRow>) -> ToDo {
    let (id, criterion) = (&question.family, question.criterion);
    ToDo {
        href: format!("/portal/families/{id}/opinion?criterion={criterion}"),
        name: family.map_or_else(|| id.to_string(), |row| words::shown(&row.family.name)),
        why: format!("“{}”: no quorum without you", criterion.wording().title),
    }
}

/// A family on which the own partner is silent.
pub(crate) fn silent(family: &NamedFamily) -> ToDo {
    ToDo {
        href: format!("/portal/families/{}", family.id),
        name: words::shown(&family.name),
        why: "others have given opinions; your partner has not".to_owned(),
    }
}

pub(crate) fn dispute(dispute: &Dispute) -> ToDo {
    let contested = dispute.verdict.criteria.iter();
    let contested: Vec<_> = contested
        .filter(|count| count.state == CriterionState::Contested)
        .map(|count| format!("“{}”", count.id.wording().title))
        .collect();
    let why = if contested.is_empty() {
        "the class is disputed".to_owned()
    } else {
        format!("partners stand on both sides of {}", words::list(&contested))
    };
    ToDo {
        href: format!("/portal/families/{}", dispute.family.id),
        name: words::shown(&dispute.family.name),
        why,
    }
}

pub(crate) fn failed(sample: &SampleLine) -> ToDo {
    let why = sample.state.why.clone();
    ToDo {
        href: format!("/portal/samples/{}", sample.sha256),
        name: sample.name.clone(),
        why: why.unwrap_or_else(|| "the analysis ended without a report".to_owned()),
    }
}

/// A value that is held back until somebody decides.
pub(crate) fn held_value((row, held): &(IndicatorRow, Held)) -> ToDo {
    ToDo {
        href: format!("/portal/indicators/{}", row.id),
        name: words::shown(&row.indicator.value),
        why: format!(
            "{}, {}: {}",
            row.indicator.family,
            words::kind(row.indicator.kind),
            held.why()
        ),
    }
}

pub(crate) fn expiring(key: &TokenRow) -> Option<ToDo> {
    let expires = TimeView::from(key.expires?);
    Some(ToDo {
        href: "/portal/keys".to_owned(),
        name: words::shown(&key.label),
        why: format!("ends {}", expires.words),
    })
}

/// What changed since the person was last here, the latest first.
pub(crate) fn news(
    changes: Vec<ClassChange>,
    releases: &[ReleaseLine],
    recalls: &[Recall],
) -> Vec<HistoryLine> {
    let of_verdict = changes.into_iter().map(|change| {
        let ClassChange { at, family, before, after } = change;
        let line = match before {
            None => {
                let first = format!("First verdict on {}: {}", family.name, words::class(after));
                HistoryLine::new(at, "", first)
            }
            Some(before) => HistoryLine::new(at, "", format!("Verdict on {}", family.name))
                .changed(words::class(before), words::class(after)),
        };
        line.at(format!("/portal/families/{}", family.id))
    });
    let of_release = releases.iter().map(|release| HistoryLine {
        at: release.published.clone(),
        who: String::new(),
        what: format!("Release {} went out", release.sequence),
        href: Some("/portal/releases".to_owned()),
        before: None,
        after: None,
    });
    let of_recall = recalls.iter().map(|recall| {
        let by = recall.by.as_ref().map(ToString::to_string).unwrap_or_default();
        let what = format!("Recalled {}: {}", recall.normalised, recall.why);
        HistoryLine::new(recall.at, by, what).at(format!("/portal/families/{}", recall.family))
    });
    let mut news: Vec<_> = of_verdict.chain(of_release).chain(of_recall).collect();
    news.sort_by(|a, b| b.at.machine.cmp(&a.at.machine));
    news
}

#[derive(Template)]
#[template(path = "portal/overview.html")]
pub(crate) struct OverviewPage {
    pub(crate) frame: Frame,
    pub(crate) may_upload: bool,
    /// What needs this person; a box that they cannot act on is left out.
    pub(crate) boxes: Vec<NeedBox>,
    /// The head of the queue; `None` for whoever reads no samples.
    pub(crate) queue: Option<QueueHead>,
    pub(crate) latest: Vec<SampleLine>,
    pub(crate) since: TimeView,
    /// Shown by `portal/history.html`.
    pub(crate) history: Vec<HistoryLine>,
    pub(crate) saved: Vec<SavedLine>,
    pub(crate) release: Option<ReleaseLine>,
    pub(crate) work: Vec<(&'static str, u64)>,
}

/// The first samples of the queue.
pub(crate) struct QueueHead {
    pub(crate) length: String,
    pub(crate) lines: Vec<QueueLine>,
}

/// What is waiting, being worked on, and given up; what is done is no news.
pub(crate) fn work(counts: &[JobCount]) -> Vec<(&'static str, u64)> {
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
