//! A family's class with its origin in words: whose word it is, and what sources say beside it.

use unwatched_model::class::{Attribution, Class};
use unwatched_model::verdict::{CriterionState, Verdict};

use crate::views::words;

/// A mark: filled for the coalition's word, dashed for a source's.
#[derive(Clone)]
pub(crate) struct ClassView {
    /// What stands in the mark.
    pub(crate) mark: String,
    pub(crate) judged: bool,
    pub(crate) listed: bool,
    /// Whose word it is, as a sentence.
    pub(crate) origin: String,
}

/// The class of a family as partners see it.
pub(crate) fn class_of(verdict: Option<&Verdict>, attributed: &[Attribution]) -> ClassView {
    let judged = verdict.filter(|verdict| verdict.class != Class::Undecided);
    if let Some(verdict) = judged {
        return ClassView {
            mark: words::class(verdict.class).to_owned(),
            judged: true,
            listed: false,
            origin: judged_origin(verdict),
        };
    }
    match Class::released(Class::Undecided, attributed) {
        Some(class) => ClassView {
            mark: match class {
                Class::Disputed => "sources disagree".to_owned(),
                class => format!("listed: {}", words::class(class)),
            },
            judged: false,
            listed: true,
            origin: listed_origin(class, attributed),
        },
        None => ClassView {
            mark: words::class(Class::Undecided).to_owned(),
            judged: false,
            listed: false,
            origin: "Undecided: the coalition has no quorum, and no source lists it.".to_owned(),
        },
    }
}

fn judged_origin(verdict: &Verdict) -> String {
    let class = words::sentence(words::class(verdict.class));
    let by = format!("by the coalition’s verdict, rule version {}", verdict.rule_version);
    if verdict.class != Class::Disputed {
        return format!("{class} {by}.");
    }
    let contested: Vec<_> = verdict
        .criteria
        .iter()
        .filter(|count| count.state == CriterionState::Contested)
        .map(|count| format!("“{}”", count.id.wording().title))
        .collect();
    format!(
        "{class} {by}: partners stand on both sides of {}, and the class depends on it.",
        words::list(&contested)
    )
}

fn listed_origin(class: Class, attributed: &[Attribution]) -> String {
    if class == Class::Disputed {
        let each: Vec<_> = attributed
            .iter()
            .map(|a| format!("by {} as {}", a.source, words::class(a.class)))
            .collect();
        return format!(
            "Sources disagree: listed {}; not judged by the coalition.",
            words::list(&each)
        );
    }
    let sources: Vec<_> = attributed.iter().map(|a| a.source.clone()).collect();
    format!(
        "Listed by {} as {}, not judged by the coalition.",
        words::list(&sources),
        words::class(class)
    )
}

/// What sources say, whatever the coalition says.
pub(crate) fn beside_always(verdict: &Verdict, attributed: &[Attribution]) -> Vec<String> {
    let line = |a: &Attribution| {
        let differs = verdict.class != Class::Undecided && a.class != verdict.class;
        let differs = if differs { "; the verdict differs" } else { "" };
        format!("Listed by {} as {}{differs}.", words::shown(&a.source), words::class(a.class))
    };
    attributed.iter().map(line).collect()
}

/// What stands beside the class: what sources say when the coalition has judged, and what the
/// coalition has said so far when it has not.
pub(crate) fn beside(verdict: Option<&Verdict>, attributed: &[Attribution]) -> Vec<String> {
    match verdict {
        Some(verdict) if verdict.class != Class::Undecided => attributed
            .iter()
            .map(|a| {
                let differs = if a.class == verdict.class { "" } else { "; the verdict differs" };
                format!("Listed by {} as {}{differs}.", a.source, words::class(a.class))
            })
            .collect(),
        Some(verdict) if !verdict.opinions.is_empty() => {
            vec!["The coalition’s opinions so far give no verdict: see the criteria.".to_owned()]
        }
        _ => Vec::new(),
    }
}

/// Whether and as what the family goes out.
pub(crate) fn released(verdict: Option<&Verdict>, attributed: &[Attribution]) -> String {
    let judged = verdict.map_or(Class::Undecided, |verdict| verdict.class);
    match Class::released(judged, attributed) {
        Some(class) => {
            format!("The next release carries its TLP:CLEAR indicators as {}.", words::class(class))
        }
        None => {
            "Not released: a family goes out under a verdict, or under a source’s class.".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribution(source: &str, class: Class) -> Attribution {
        Attribution { source: source.to_owned(), class }
    }

    #[track_caller]
    fn check(attributed: &[Attribution], expected: &str) {
        assert_eq!(class_of(None, attributed).origin, expected);
    }

    #[test]
    fn a_sources_word_is_never_shown_as_the_coalitions() {
        check(
            &[attribution("list-a", Class::Stalkerware)],
            "Listed by list-a as stalkerware, not judged by the coalition.",
        );
        check(
            &[attribution("list-a", Class::Stalkerware), attribution("list-b", Class::Watchware)],
            "Sources disagree: listed by list-a as stalkerware and by list-b as watchware; \
             not judged by the coalition.",
        );
        check(&[], "Undecided: the coalition has no quorum, and no source lists it.");
    }
}
