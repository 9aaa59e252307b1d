//! Key sets and the log of releases: every change of keys against the signatures of the set before,
//! every release's signatures against its set, every leaf against its release, and everything that
//! the server ever said of the log against the leaves as they are.

use std::collections::BTreeMap;

use unwatched_formats::release::{KeySet, Pin};
use unwatched_model::digest::Sha256;
use unwatched_store::{KeySetRow, LogEntry};

use super::{Check, Exam};
use crate::release::continued::{Unlike, unlike};
use crate::release::key_sets::Signing;
use crate::release::{keys, log, sha256};

const WHAT_NOW: &str = "publish nothing before you know what changed it; then restore a backup: \
                        checkers refuse a log that does not continue the one they saw";

pub(super) async fn check(exam: &Exam<'_>) -> Check {
    let mut check = Check::new("release_log");
    let store = &exam.state.store;
    let read = async {
        let (sets, entries) = (store.key_sets().await?, store.release_log().await?);
        let (said, odd) = (store.said_of_log().await?, store.odd_places_of_log().await?);
        let releases = store.releases(u32::MAX).await?;
        let releases: BTreeMap<u64, Sha256> =
            releases.into_iter().map(|row| (row.sequence, sha256(&row.index_json))).collect();
        Ok::<_, unwatched_store::StoreError>((sets, entries, said, odd, releases))
    };
    let (sets, entries, said, odd, releases) = match read.await {
        Ok(read) => read,
        Err(error) => {
            check.found(format!("the log does not read: {error}"), "the log of releases", WHAT_NOW);
            return check;
        }
    };
    check.looked_at = format!(
        "{} key sets, {} releases in the log, {} checkpoints",
        sets.len(),
        entries.len(),
        said.len()
    );
    for what in odd {
        check.found(what, "the log of releases", WHAT_NOW);
    }
    let known = key_sets(exam, &mut check, &sets);
    for why in unlike_releases(&entries, &releases) {
        check.found(why, "the log of releases", WHAT_NOW);
    }
    for entry in &entries {
        if let Some(why) = unlike_set(entry, &known) {
            check.found(why, format!("release {} in the log", entry.sequence), WHAT_NOW);
        }
    }
    let leaves: Vec<_> = entries.iter().map(log::leaf).collect();
    let origin = log::origin(&sets).ok();
    for (said, at) in said.iter().zip(0..) {
        if let Some(how) = unlike(said, &leaves, &known, origin.as_deref()) {
            check.found(
                said_otherwise(how),
                format!("checkpoint {at} of the log of releases"),
                WHAT_NOW,
            );
        }
    }
    signatures(exam, &mut check, &entries, &known).await;
    check
}

/// The sets that read, and what is wrong with the others and with the way from one to the next.
fn key_sets(exam: &Exam<'_>, check: &mut Check, rows: &[KeySetRow]) -> Vec<KeySet> {
    let place = |sequence: u64| format!("key set {sequence}");
    let mut sets = Vec::new();
    for row in rows {
        match KeySet::from_bytes(row.document.as_bytes()) {
            Ok(set) if set.sequence == row.sequence => sets.push(set),
            Ok(_) => check.found("its number is not its document's", place(row.sequence), WHAT_NOW),
            Err(error) => check.found(error.to_string(), place(row.sequence), WHAT_NOW),
        }
    }
    for (row, set) in rows.iter().zip(&sets) {
        // The first set was signed by the server's key, like each later one by those before.
        for signature in &row.signatures {
            let before = sets.iter().find(|before| before.sequence + 1 == set.sequence);
            let fits =
                |set: &KeySet| !set.signers(row.document.as_bytes(), &[signature]).is_empty();
            if !fits(set)
                && !before.is_some_and(fits)
                && !keys::is_signed(&set.server, row.document.as_bytes(), signature)
            {
                let what = "a signature of it fits no key that may sign it";
                check.found(what, place(row.sequence), WHAT_NOW);
            }
        }
        if row.signatures.is_empty() {
            check.found("it is not signed", place(row.sequence), WHAT_NOW);
        }
    }
    if let (Some(first), Some(last)) = (sets.first(), rows.last())
        && let Ok(Signing { chain, set }) = Signing::up_to(rows, last.sequence)
    {
        if let Err(error) = chain.follow(&Pin::of(first)) {
            check.found(error.to_string(), "the key sets", WHAT_NOW);
        }
        match keys::server(&exam.state.data) {
            Ok(Some(key)) if key == set.server => {}
            Ok(_) => check.found(
                format!("the server's key {}, which it names, is not there", set.server.id()),
                exam.state.data.keys().display().to_string(),
                "restore the keys folder from its copy: without it nothing is published, and \
                 checkers notice within a week",
            ),
            Err(error) => check.could_not(format!("the server's key: {error:#}")),
        }
    }
    sets
}

fn unlike_releases(entries: &[LogEntry], releases: &BTreeMap<u64, Sha256>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut in_order = entries.windows(2).filter(|pair| pair[0].sequence >= pair[1].sequence);
    if in_order.next().is_some() {
        wrong.push("its releases are not in the order of their numbers".to_owned());
    }
    for entry in entries {
        match releases.get(&entry.sequence) {
            Some(index) if *index == entry.index_sha256 => {}
            Some(_) => wrong.push(format!("it holds another release {}", entry.sequence)),
            None => wrong.push(format!("it holds release {}, which is not there", entry.sequence)),
        }
    }
    // Before the log has begun, none of them is in it.
    for sequence in releases.keys().filter(|_| !entries.is_empty()) {
        if !entries.iter().any(|entry| entry.sequence == *sequence) {
            wrong.push(format!("it lacks release {sequence}"));
        }
    }
    wrong
}

fn unlike_set(entry: &LogEntry, sets: &[KeySet]) -> Option<String> {
    let set = sets.iter().find(|set| set.sequence == entry.key_set);
    match set {
        Some(set) if set.sha256() == entry.key_set_sha256 => None,
        Some(_) => Some("it was signed under another key set of that number".to_owned()),
        None => Some(format!("key set {}, which signed it, is not there", entry.key_set)),
    }
}

/// The words for a checkpoint that is not of the log as it is.
fn said_otherwise(how: Unlike) -> String {
    match how {
        Unlike::Leaves => {
            "the log is not what was signed then: something in it was changed".to_owned()
        }
        Unlike::Checkpoint(why) => why,
    }
}

async fn signatures(exam: &Exam<'_>, check: &mut Check, entries: &[LogEntry], sets: &[KeySet]) {
    let releases = exam.state.store.releases(u32::MAX).await.unwrap_or_default();
    for release in releases {
        let entry = entries.iter().find(|entry| entry.sequence == release.sequence);
        let set = sets.iter().find(|set| entry.is_some_and(|entry| entry.key_set == set.sequence));
        let (Some(entry), Some(set)) = (entry, set) else { continue };
        let mut place = |what: String| {
            check.found(what, format!("release {} in the log", entry.sequence), WHAT_NOW);
        };
        let fits = |one: &&String| !set.signers(&release.index_json, &[one]).is_empty();
        if let Some(odd) = entry.signatures.iter().find(|one| !fits(one)) {
            let id = unwatched_formats::release::signer_id(odd).unwrap_or_default();
            place(format!("a signature of it ({id}) fits no key of its key set"));
        }
        let mut all = entry.signatures.clone();
        all.push(release.signature.clone());
        let have = set.signers(&release.index_json, &all).len();
        if !set.is_enough(have) {
            place(format!("it is signed by {have} of its keys, and {} must", set.threshold));
        }
    }
}
