//! A report as answers to what people ask about an app (`catalogue/questions.toml`), for helpers and
//! for pages. The evidence stays in the report's capabilities; nothing is judged here.

use std::sync::LazyLock;

use serde::Deserialize;
use unwatched_model::report::{Capability, Report, Support, Unread};

use crate::catalogue::Group;

/// One question that people ask, and which capabilities answer it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// A stable id.
    pub id: String,
    /// As a person asks it.
    pub question: String,
    /// The groups of capabilities that answer.
    pub groups: Vec<Group>,
    /// Single capabilities that answer here and nowhere else.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// What is said when nothing was seen that answers.
    pub nothing: String,
}

/// What a report answers to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<'r> {
    /// The question.
    pub question: &'static Question,
    /// What the evidence supports, or the app declares; the best supported first.
    pub said: Vec<&'r Capability>,
    /// What is only mentioned, as libraries do.
    pub mentioned: Vec<&'r Capability>,
}

/// The questions, in the order in which people ask.
pub fn questions() -> &'static [Question] {
    &QUESTIONS
}

/// A report's answers, in the order of the questions.
pub fn answers(report: &Report) -> Vec<Answer<'_>> {
    questions().iter().map(|question| answer(question, report)).collect()
}

/// What is said where nothing was seen that answers; what was not read may.
pub fn nothing(question: &Question, report: &Report) -> String {
    let unread = match report.unread.as_slice() {
        [] => return question.nothing.clone(),
        [Unread::Code] => "Not all of its code could be read",
        [Unread::Manifest] => "Not all that it declares could be read",
        _ => "Not all of its code, and of what it declares, could be read",
    };
    format!("{} {unread}: it may be there all the same.", question.nothing)
}

/// The action of signals that tell of removing the app; others may be predicted beside.
const REMOVAL: &str = "remove_or_stop";

/// What is said of removing it beside what was seen, where that tells nothing of a removal or was
/// not all there is.
pub fn removal_unknown(report: &Report) -> Option<&'static str> {
    if report.has_unread_code() {
        Some("Not all of its code could be read: assume that the other side is told at once.")
    } else if !report.observable_by.iter().any(|one| one.action == REMOVAL) {
        Some("No code was seen that reports a removal: assume that the other side is told at once.")
    } else {
        None
    }
}

fn answer<'r>(question: &'static Question, report: &'r Report) -> Answer<'r> {
    let answering = report.capabilities.iter().filter(|one| answers_to(question, one));
    let (mut said, mentioned): (Vec<_>, Vec<_>) =
        answering.partition(|capability| capability.support != Support::Weak);
    said.sort_by_key(|capability| capability.support);
    Answer { question, said, mentioned }
}

fn answers_to(question: &Question, capability: &Capability) -> bool {
    let names = |question: &Question| question.capabilities.contains(&capability.id);
    if QUESTIONS.iter().any(names) {
        return names(question);
    }
    question.groups.iter().any(|group| group.as_str() == capability.group)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionFile {
    question: Vec<Question>,
}

static QUESTIONS: LazyLock<Vec<Question>> = LazyLock::new(|| {
    let text = include_str!("../../../catalogue/questions.toml");
    let file: QuestionFile = toml::from_str(text).expect("a test reads catalogue/questions.toml");
    file.question
});

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use unwatched_model::report::{HowSoon, Observable};

    use super::*;
    use crate::catalogue::catalogue;
    use crate::hashing::hash_only;

    /// Of an app whose code was read, which holds nothing.
    fn plain() -> Report {
        Report { unread: Vec::new(), ..hash_only(None, b"an app", "of a test") }
    }

    #[test]
    fn a_removal_is_answered_whatever_else_is_predicted() {
        let predicting = |actions: &[&str]| {
            let one = |action: &&str| Observable {
                action: (*action).to_owned(),
                signal: "of_a_test".to_owned(),
                how_soon: HowSoon::AtOnce,
                support: Support::Supported,
                inside: None,
                evidence: Vec::new(),
                sentence: "It is noticed.".to_owned(),
            };
            Report { observable_by: actions.iter().map(one).collect(), ..plain() }
        };
        for actions in [&[][..], &["connect_cable"], &["switch_off_vpn", "restart_phone"]] {
            let said = removal_unknown(&predicting(actions));
            let said = said.unwrap_or_else(|| panic!("nothing is said beside {actions:?}"));
            assert!(said.ends_with("assume that the other side is told at once."), "{said}");
        }
        assert_eq!(removal_unknown(&predicting(&["connect_cable", REMOVAL])), None);
        let known = catalogue().signals.iter().filter(|signal| signal.action == REMOVAL);
        assert!(known.count() > 0, "no signal tells of {REMOVAL}");
    }

    #[test]
    fn every_capability_answers_exactly_one_question() {
        for rule in &catalogue().rules {
            let capability = Capability {
                id: rule.id.clone(),
                group: rule.group.as_str().to_owned(),
                ..Capability::default()
            };
            let asked: Vec<_> = questions().iter().filter(|q| answers_to(q, &capability)).collect();
            assert_eq!(asked.len(), 1, "{}: {asked:?}", rule.id);
        }
    }

    #[test]
    fn the_questions_are_told_apart_and_name_what_there_is() {
        let ids: BTreeSet<_> = questions().iter().map(|question| &question.id).collect();
        assert_eq!(ids.len(), questions().len());
        for named in questions().iter().flat_map(|question| &question.capabilities) {
            assert!(catalogue().rule(named).is_some(), "{named}");
        }
    }
}
