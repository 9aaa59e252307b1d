//! What differs between two acquisitions, in words. A difference that nobody can be sure of says
//! so in its own sentence.

use super::sentence::Sentence;
use super::words::heading;
use crate::compare::{Change, Changes, CheckChange};
use crate::result::{Band, CheckResult, Outcome};

pub(super) const TITLE: &str = "What differs from the earlier acquisition";

const NO_DIFFERENCE: &str = "Among what this check names, no difference was seen. What it does not see may have changed all the same.";
const DIFFERENT_DEVICE: &str = "The two say different things of the phone itself: make sure that both were made of the same phone.";

const NOW: &str = " Seen now: ";
const NOW_FIRST: &str = " Seen now and not before: ";
const BEFORE: &str = " Seen before and not now: ";

/// One line per difference.
pub(super) fn sentences(result: &CheckResult) -> Vec<Sentence> {
    let Some(changes) = &result.changes else { return Vec::new() };
    let mut sentences = Vec::new();
    let (before, now) = (&changes.earlier_device, &result.device);
    let differ = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
    if differ(&before.model, &now.model) {
        sentences.push(Sentence::default().ours(DIFFERENT_DEVICE));
    }
    if let (Some(old), Some(new)) = (&before.os_version, &now.os_version)
        && old != new
    {
        let said = Sentence::default().ours("Its Android was ").theirs(old);
        sentences.push(said.ours(", and is ").theirs(new).ours("."));
    }
    let nothing = changes.appeared.is_empty() && changes.gone.is_empty();
    if nothing && changes.changed.is_empty() {
        sentences.push(Sentence::default().ours(NO_DIFFERENCE));
    }
    sentences.extend(changes.appeared.iter().map(appeared));
    sentences.extend(changes.changed.iter().map(changed));
    sentences.extend(changes.gone.iter().map(gone));
    sentences.extend(counted(changes, result));
    sentences.extend(changes.checks.iter().map(check));
    sentences
}

fn appeared(change: &Change) -> Sentence {
    let said = Sentence::default().ours("New: ").then(heading(&change.finding));
    let said = said.ours(if change.comparable {
        ". It was not among the findings of the earlier acquisition, which could have shown it."
    } else {
        ". The earlier acquisition could not have shown it, so nobody can say whether it is new."
    });
    with_facts(said, NOW, &change.new_facts)
}

fn gone(change: &Change) -> Sentence {
    let said = Sentence::default().ours("No longer seen: ").then(heading(&change.finding));
    let said = said.ours(if change.comparable {
        ". It may have been removed or switched off, or too little of it is seen now to name it."
    } else {
        ". It could not be looked for this time, so nobody can say that it is gone."
    });
    with_facts(said, BEFORE, &change.gone_facts)
}

fn with_facts(said: Sentence, title: &str, facts: &[String]) -> Sentence {
    facts.iter().fold(said, |said, fact| said.ours(title).theirs(fact))
}

fn changed(change: &Change) -> Sentence {
    let mut said = Sentence::default().ours("Changed: ").then(heading(&change.finding)).ours(".");
    if change.band_before != change.band_after {
        said = said.ours(" Before: ").ours(band(change.band_before));
        said = said.ours("; now: ").ours(band(change.band_after)).ours(".");
    }
    said = with_facts(said, NOW_FIRST, &change.new_facts);
    said = with_facts(said, BEFORE, &change.gone_facts);
    if !change.comparable {
        said = said.ours(" One of the two acquisitions could not have shown all of this.");
    }
    said
}

fn band(band: Option<Band>) -> &'static str {
    match band {
        Some(Band::Known) => "recognised",
        Some(Band::StrongSigns) => "strong signs",
        Some(Band::NeedsExpertLook) => "somebody who knows phones should look at it",
        Some(Band::Notable) => "worth a question",
        None => "a fact",
    }
}

fn counted(changes: &Changes, result: &CheckResult) -> Option<Sentence> {
    let (before, now) = (changes.background_count_before, result.background_count);
    let said = format!("Apps that are counted and not named: {before} before, {now} now.");
    (before != now).then(|| Sentence::default().ours(&said))
}

fn check(change: &CheckChange) -> Sentence {
    let word = |outcome: Outcome| match outcome {
        Outcome::Found => "seen",
        Outcome::NotFound => "not seen",
        Outcome::CouldNotCheck => "could not be checked",
    };
    let said =
        format!("{}: {} before, {} now.", change.title, word(change.before), word(change.after));
    Sentence::default().ours("Looked for: ").ours(&said)
}
