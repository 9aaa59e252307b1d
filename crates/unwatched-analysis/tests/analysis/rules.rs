//! Every rule of the catalogue, on an inert app that has what the rule asks for, and on a
//! believable other app that nearly has it. A rule without both fails here.

use std::collections::BTreeSet;

use unwatched_analysis::catalogue::{Rule, catalogue};
use unwatched_fixtures::apk::pairs::{self, Pair};
use unwatched_model::report::Support;

use super::{capability, report};

fn rule(pair: &Pair) -> &'static Rule {
    catalogue().rule(pair.rule).unwrap_or_else(|| panic!("{} is no rule", pair.rule))
}

#[test]
fn no_rule_is_without_its_apps() {
    let pairs = pairs::all();
    let built: BTreeSet<&str> = pairs.iter().map(|pair| pair.rule).collect();
    let listed: BTreeSet<&str> = catalogue().rules.iter().map(|rule| rule.id.as_str()).collect();
    let without: Vec<_> = listed.difference(&built).collect();
    let unknown: Vec<_> = built.difference(&listed).collect();
    assert!(without.is_empty(), "add pairs in unwatched-fixtures for {without:?}");
    assert!(unknown.is_empty(), "no rule has the ids {unknown:?}");
    assert_eq!(pairs.len(), listed.len(), "a rule has two pairs");
}

#[test]
fn every_rule_finds_what_it_asks_for() {
    let mut wrong = Vec::new();
    for pair in pairs::all() {
        let rule = rule(&pair);
        let report = report(&pair.has.build());
        assert_eq!(report.problems, [], "{}", pair.rule);
        let Some(found) = capability(&report, pair.rule) else {
            wrong.push(format!("{}: not found", pair.rule));
            continue;
        };
        if found.support != rule.strongest() {
            wrong.push(format!("{}: {:?} {:#?}", pair.rule, found.support, found.evidence));
            continue;
        }
        assert_eq!(found.sentence, rule.sentence, "{}", pair.rule);
        assert!(!found.evidence.is_empty(), "{} has no evidence", pair.rule);
        for evidence in &found.evidence {
            let names_both = evidence.place.contains(": ");
            assert!(
                names_both,
                "{}: a place names a file and what is in it: {evidence:?}",
                pair.rule
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_near_miss_is_less() {
    let mut wrong = Vec::new();
    for pair in pairs::all() {
        let strongest = rule(&pair).strongest();
        let report = report(&pair.near.build());
        let found = capability(&report, pair.rule);
        if let Some(found) = found.filter(|found| found.support <= strongest) {
            wrong.push(format!("{}: {} has it: {:#?}", pair.rule, pair.near_is, found.evidence));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn weaker_evidence_is_told_with_caution() {
    for rule in &catalogue().rules {
        for support in [Support::Supported, Support::Possible, Support::Weak] {
            let said = rule.sentence_for(support);
            assert!(said.ends_with(&rule.sentence), "{}", rule.id);
            assert_eq!(said == rule.sentence, support <= rule.strongest(), "{}", rule.id);
        }
    }
}

/// Words that say more than a file can show, or that judge.
#[test]
fn sentences_never_alarm_beyond_the_evidence() {
    for rule in &catalogue().rules {
        for text in [&rule.name, &rule.sentence, &rule.why, &rule.innocent] {
            let text = text.to_lowercase();
            for word in [
                "hacked",
                "infected",
                "clean",
                " safe",
                "malware",
                "abuser",
                "spyware",
                "stalkerware",
            ] {
                assert!(!text.contains(word), "{}: {word:?} in {text:?}", rule.id);
            }
        }
        assert!(rule.sentence.ends_with('.') && rule.why.ends_with('.'), "{}", rule.id);
        assert!(rule.sentence.len() <= 260, "{}: too long to read aloud", rule.id);
    }
}
