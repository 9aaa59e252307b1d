//! A report in plain words: what people ask about an app, and what its file answers.

use unwatched_analysis::questions::{self, Answer};
use unwatched_model::report::{Capability, HowSoon, Observable, Report, said_of};

use crate::views::words::{self, SupportView};

/// One sentence of an answer.
pub(crate) struct SaidView {
    pub(crate) sentence: String,
    pub(crate) support: SupportView,
    /// How soon the other side would notice; empty when it is about something else.
    pub(crate) soon: String,
    /// Where its evidence stands on the page; empty when it stands beside.
    pub(crate) anchor: String,
}

/// A question and its answer.
pub(crate) struct AnswerView {
    pub(crate) question: String,
    pub(crate) said: Vec<SaidView>,
    /// What is only mentioned, by name.
    pub(crate) mentioned: String,
    /// What is said when nothing was seen.
    pub(crate) nothing: String,
    /// What holds whatever was seen; empty where there is no such thing.
    pub(crate) closing: String,
    /// Addresses that show where data may go, where the question is about that.
    pub(crate) addresses: Vec<String>,
    /// How many more addresses there are.
    pub(crate) more_addresses: usize,
}

/// More addresses than these are counted: the page has them all further down.
const MOST_ADDRESSES: usize = 8;

const CLOSING: &str = "This is what its code is made to do; the other side may notice in other ways, \
too. Before anything is switched off or removed, plan for its being noticed.";
const CLOSING_UNREAD: &str = "Not all of its code could be read: assume that the other side is \
told at once. Before anything is switched off or removed, plan for its being noticed.";

/// What the report answers, question by question; what removing would tell comes last.
pub(crate) fn answers(report: &Report) -> Vec<AnswerView> {
    let mut views: Vec<_> =
        questions::answers(report).iter().map(|answer| view(answer, report)).collect();
    views.push(noticed(report));
    views
}

fn view(answer: &Answer<'_>, report: &Report) -> AnswerView {
    let mut addresses = Vec::new();
    if answer.question.id == "recipient" {
        // What many apps ask, or libraries mention, says nothing of who gets the data.
        let telling =
            report.endpoints.iter().filter(|one| one.tenant.is_some() || one.marks.is_empty());
        addresses = telling.map(|one| words::shown(&one.value)).collect();
    }
    let more_addresses = addresses.len().saturating_sub(MOST_ADDRESSES);
    addresses.truncate(MOST_ADDRESSES);
    let name = |one: &&Capability| words::shown(&said_of(one.inside.as_deref(), &one.name));
    let names: Vec<_> = answer.mentioned.iter().map(name).collect();
    AnswerView {
        question: answer.question.question.clone(),
        said: answer.said.iter().map(|capability| said(capability)).collect(),
        mentioned: words::list(&names),
        nothing: questions::nothing(answer.question, report),
        closing: String::new(),
        addresses,
        more_addresses,
    }
}

fn said(capability: &Capability) -> SaidView {
    // Reports of older engines have names only.
    let sentence = if capability.sentence.is_empty() {
        format!("It {}.", capability.name)
    } else {
        capability.sentence.clone()
    };
    SaidView {
        sentence: words::shown(&said_of(capability.inside.as_deref(), &sentence)),
        support: words::support(capability.support),
        soon: String::new(),
        anchor: words::anchor(capability),
    }
}

fn noticed(report: &Report) -> AnswerView {
    let unknown = questions::removal_unknown(report).unwrap_or_default();
    let seen: &[Observable] = &report.observable_by;
    let said = seen.iter().map(|one| SaidView {
        sentence: words::shown(&said_of(one.inside.as_deref(), &one.sentence)),
        support: words::support(one.support),
        soon: how_soon(one.how_soon),
        anchor: String::new(),
    });
    AnswerView {
        question: "What would removing it, or switching something off, tell the other side?"
            .to_owned(),
        said: said.collect(),
        mentioned: String::new(),
        nothing: unknown.to_owned(),
        closing: closing(report, unknown),
        addresses: Vec::new(),
        more_addresses: 0,
    }
}

/// What holds whatever is predicted; that nothing tells of a removal stands here where something
/// else is.
fn closing(report: &Report, unknown: &str) -> String {
    if report.has_unread_code() {
        return CLOSING_UNREAD.to_owned();
    }
    let unsaid = if report.observable_by.is_empty() { "" } else { unknown };
    format!("{unsaid} {CLOSING}").trim_start().to_owned()
}

/// How soon the other side would notice.
fn how_soon(when: HowSoon) -> String {
    match when {
        HowSoon::AtOnce => "at once, while there is a connection".to_owned(),
        HowSoon::AfterSeconds(seconds) => format!("after {} of silence", words::lasting(seconds)),
        HowSoon::AfterItsInterval => "when its regular report stays away".to_owned(),
        HowSoon::AtNextStart => "when the phone is next switched on".to_owned(),
        HowSoon::WhenConnected => "when the phone has a connection again".to_owned(),
        HowSoon::AtTheNextCommand => "when the next command gets no answer".to_owned(),
    }
}
