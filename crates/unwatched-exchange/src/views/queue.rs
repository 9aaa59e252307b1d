//! The queue of samples that nobody has sorted: why each stands where it stands, in words and
//! never as a number or a colour, and to which family it may belong.

use askama::Template;
use unwatched_model::digest::Sha256;
use unwatched_model::family::FamilyId;
use unwatched_model::queue::{self, QueueOrder};
use unwatched_store::{Capped, Kinship, QueuedSample, SuggestedFamily};

use crate::views::frame::Frame;
use crate::views::samples::name;
use crate::views::words::{self, TimeView};

/// A family that a sample may belong to.
#[derive(Clone)]
pub(crate) struct Suggestion {
    pub(crate) id: FamilyId,
    pub(crate) name: String,
    /// What speaks for it.
    pub(crate) because: Vec<&'static str>,
}

/// One suggestion per family, with everything that speaks for it.
pub(crate) fn suggestions(found: Vec<SuggestedFamily>) -> Vec<Suggestion> {
    let mut suggestions: Vec<Suggestion> = Vec::new();
    for one in found {
        let because = match one.kinship {
            Kinship::Indicator => "an indicator of it names this sample",
            Kinship::Certificate => "a sample of it has the same certificate",
            Kinship::Package => "a sample of it has the same package name",
        };
        match suggestions.iter_mut().find(|known| known.id == one.family) {
            Some(known) => known.because.push(because),
            None => suggestions.push(Suggestion {
                name: words::shown(&one.name),
                id: one.family,
                because: vec![because],
            }),
        }
    }
    suggestions
}

/// Why a sample stands where it stands: the first sign decides, at most three are told.
pub(crate) fn why(order: QueueOrder) -> Vec<&'static str> {
    order.signs().take(3).map(|sign| sign.words.as_str()).collect()
}

/// "14" or "more than 1,000".
pub(crate) fn counted(count: Capped) -> String {
    match count {
        Capped::Exactly(count) => words::grouped(count),
        Capped::MoreThan(bound) => format!("more than {}", words::grouped(bound)),
    }
}

pub(crate) struct QueueLine {
    pub(crate) sha256: Sha256,
    pub(crate) name: String,
    pub(crate) package: Option<String>,
    pub(crate) why: Vec<&'static str>,
    pub(crate) first_seen: TimeView,
    /// The likeliest family.
    pub(crate) suggestion: Option<Suggestion>,
}

impl QueueLine {
    pub(crate) fn of(queued: &QueuedSample, suggestions: Vec<Suggestion>) -> Self {
        let sample = &queued.sample;
        Self {
            sha256: sample.sha256,
            name: name(sample),
            package: sample.package.as_deref().map(words::shown),
            why: why(queued.order),
            first_seen: sample.first_seen.into(),
            suggestion: suggestions.into_iter().next(),
        }
    }
}

#[derive(Template)]
#[template(path = "portal/queue.html")]
pub(crate) struct QueuePage {
    pub(crate) frame: Frame,
    pub(crate) may_triage: bool,
    pub(crate) length: String,
    pub(crate) samples: Vec<QueueLine>,
    pub(crate) later: bool,
    pub(crate) next: Option<String>,
}

impl QueuePage {
    /// What is looked at, and in which order, for the page's foot: words and why.
    #[expect(clippy::unused_self, reason = "the template calls it on the page")]
    pub(crate) fn signs(&self) -> Vec<(String, &'static str)> {
        let line = |sign: &'static queue::Sign| (words::sentence(&sign.words), sign.why.as_str());
        queue::signs().iter().map(line).collect()
    }
}
