//! Labelled pairs of made-up rows, written down before the rule was run: 200 that must be refused with
//! every code that applies, and 100 that may be compared.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use unwatched_statistics::columns::{self, Cells, Column};
use unwatched_statistics::compare::{Answer, compare};
use unwatched_statistics::observation::Observation;
use unwatched_statistics::reason::Reason;

const VALID: &str = include_str!("pairs/valid.toml");
const INCOMPARABLE: &str = include_str!("pairs/incomparable.toml");

type Texts = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled {
    base: BTreeMap<String, Texts>,
    pair: Vec<Pair>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    id: String,
    a: Texts,
    b: Texts,
    answer: Answer,
    codes: Vec<Reason>,
}

fn labelled(text: &str) -> Labelled {
    toml::from_str(text).expect("the labels can be read")
}

/// A base with what a side of a pair changes in it.
fn row(bases: &BTreeMap<String, Texts>, side: &Texts) -> Observation {
    let mut texts = bases[&side["base"]].clone();
    texts.extend(side.clone());
    texts.remove("base");
    let mut cells = Cells::new();
    for (name, text) in &texts {
        let column: Column = name.parse().expect("a column");
        cells.set(column, text);
    }
    columns::read(&cells).unwrap_or_else(|faults| panic!("{side:?}: {faults:?}"))
}

fn check(text: &str, count: usize, fits: impl Fn(Answer) -> bool) {
    let labels = labelled(text);
    assert_eq!(labels.pair.len(), count);
    let mut wrong = Vec::new();
    for pair in &labels.pair {
        assert!(fits(pair.answer), "{}: {}", pair.id, pair.answer);
        let (a, b) = (row(&labels.base, &pair.a), row(&labels.base, &pair.b));
        let said = compare(&a, &b);
        if (said.answer, &said.codes) != (pair.answer, &pair.codes) {
            wrong.push(format!("{}: said {:?}, labelled {:?}", pair.id, said.codes, pair.codes));
        }
        assert_eq!(said, compare(&b, &a), "{}: the answer depends on the order", pair.id);
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn pairs_that_may_be_compared_are() {
    check(VALID, 100, |answer| answer != Answer::NotComparable);
}

#[test]
fn pairs_that_must_not_be_compared_are_refused_with_every_code() {
    check(INCOMPARABLE, 200, |answer| answer == Answer::NotComparable);
}

#[test]
fn every_code_stands_alone_in_some_label() {
    let mut alone = BTreeSet::new();
    for text in [VALID, INCOMPARABLE] {
        alone.extend(labelled(text).pair.iter().filter(|p| p.codes.len() == 1).map(|p| p.codes[0]));
    }
    let never = Reason::ALL.iter().filter(|code| !alone.contains(code)).collect::<Vec<_>>();
    // Endpoints are those of a published change, which names no base either.
    assert_eq!(never, [&Reason::EndpointComparison]);
}
