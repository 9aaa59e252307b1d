//! What must be true afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use unwatched_testkit::Client;
use unwatched_testkit::exchange::Operator;
use unwatched_testkit::patience::until_none;

use crate::PARTNERS;
use crate::database::Database;
use crate::deeds::{Deed, UPLOADS};
use crate::living::Done;

pub(crate) fn no_job_is_stuck(database: &Database) {
    let left = until_none(|| {
        database.rows(
            "SELECT kind || ' ' || state || ' ' || COALESCE(why, '') FROM jobs
             WHERE state IN ('waiting', 'leased')",
        )
    });
    assert!(left.is_empty(), "jobs are stuck: {left:#?}");
    let silent =
        database.rows("SELECT kind FROM jobs WHERE state = 'dead' AND (why IS NULL OR why = '')");
    assert!(silent.is_empty(), "jobs were set aside without a reason: {silent:?}");
}

pub(crate) fn samples_are_whole(
    operator: &Operator,
    database: &Database,
    client: &Client,
    done: &[Done],
) {
    let kept: BTreeSet<_> = database.rows("SELECT sha256 FROM samples").into_iter().collect();
    assert_eq!(kept.len(), UPLOADS, "every upload was acknowledged at last");
    let submitted: BTreeSet<_> =
        database.rows("SELECT sample FROM submissions").into_iter().collect();
    assert_eq!(kept, submitted, "a sample and its submission are one write");
    let about: BTreeSet<_> = database
        .rows("SELECT subject FROM jobs WHERE kind = 'analyze_sample'")
        .into_iter()
        .collect();
    assert_eq!(kept, about, "a sample and its analysis are one write");
    let bytes = database.bytes_of(operator, &kept);
    let acknowledged = done.iter().filter(|done| done.acknowledged);
    let sent: BTreeMap<_, _> = acknowledged
        .flat_map(|done| done.deed.uploads())
        .map(|bytes| (hex::encode(Sha256::digest(bytes)), bytes))
        .collect();
    let mut failed = 0;
    for (sha256, sent) in sent {
        assert!(kept.contains(&sha256), "acknowledged and lost: {sha256}");
        assert!(bytes[&sha256] == *sent, "other bytes than those sent: {sha256}");
        let sample = client.get(&format!("/api/v1/samples/{sha256}")).expect(200).json();
        match sample["state"].as_str() {
            Some("analysed") => {
                let report = client.get(&format!("/api/v1/samples/{sha256}/report"));
                assert_eq!(report.expect(200).json()["sha256"], sha256.as_str());
            }
            Some("failed") => {
                failed += 1;
                assert!(sample["state_why"].is_string(), "{sample:#}");
            }
            _ => panic!("no job is left, and the sample is not done: {sample:#}"),
        }
    }
    eprintln!("{} samples, {failed} given up on with a reason", kept.len());
}

pub(crate) fn opinions_are_whole_or_not_there(
    database: &Database,
    client: &Client,
    families: &[String],
    done: &[Done],
) {
    let mut kept: BTreeMap<String, (String, String, String)> = BTreeMap::new();
    for family in families {
        let opinions =
            client.get(&format!("/api/v1/families/{family}/opinions")).expect(200).json();
        let opinions = opinions["opinions"].as_array().unwrap().clone();
        for opinion in &opinions {
            let text = |member: &str| opinion[member].as_str().unwrap().to_owned();
            let whole = (family.clone(), text("criterion"), text("partner"));
            let twice = kept.insert(text("note"), whole);
            assert!(twice.is_none(), "kept twice: {opinion:#}");
        }
        let saved = database.rows(&format!(
            "SELECT verdict FROM verdicts WHERE family = '{family}' ORDER BY id DESC LIMIT 1"
        ));
        assert_eq!(saved.is_empty(), opinions.is_empty(), "an opinion and its verdict: {family}");
        let Some(saved) = saved.first() else { continue };
        let saved: Value = serde_json::from_str(saved).unwrap();
        let now = client.get(&format!("/api/v1/families/{family}/verdict")).expect(200).json();
        for member in ["class", "criteria", "opinions", "opinions_sha256"] {
            assert_eq!(saved[member], now[member], "{family}: the verdict saw other opinions");
        }
    }
    for Done { deed, by, acknowledged } in done {
        let Deed::Opinion { family, criterion, note } = deed else { continue };
        match kept.get(note) {
            None => assert!(!acknowledged, "acknowledged and lost: {note}"),
            Some(found) => {
                let partner = PARTNERS[*by].0;
                let (family, criterion) = (families[*family].clone(), (*criterion).to_owned());
                assert_eq!(*found, (family, criterion, partner.to_owned()));
            }
        }
    }
}

pub(crate) fn no_job_is_doubled(database: &Database) {
    let doubled = database.rows(
        "SELECT subject FROM jobs WHERE kind = 'analyze_sample' GROUP BY subject
         HAVING COUNT(*) > 1",
    );
    assert!(doubled.is_empty(), "analysed by more than one job: {doubled:?}");
    let reported = database.rows("SELECT sample FROM reports GROUP BY sample HAVING COUNT(*) > 1");
    assert!(reported.is_empty(), "reported on more than once: {reported:?}");
    let unfounded = database.rows(
        "SELECT subject FROM jobs WHERE kind = 'analyze_sample' AND state = 'done'
           AND NOT EXISTS (SELECT 1 FROM reports WHERE sample = subject)",
    );
    assert!(unfounded.is_empty(), "done without a report: {unfounded:?}");
}

/// A day later the sweep has removed what belongs to nothing, and nothing else.
pub(crate) fn nothing_is_left_over(operator: &Operator, database: &Database) {
    let before = files(&operator.data().join("blobs")).len() + tmp(operator).len();
    let tomorrow = database.tomorrow();
    operator.run(&["admin", "sweep", "--now", &tomorrow]).ok();
    let blobs: BTreeSet<_> = files(&operator.data().join("blobs")).into_iter().collect();
    let samples: BTreeSet<_> = database.rows("SELECT sha256 FROM samples").into_iter().collect();
    let released = database.rows("SELECT blob FROM release_files");
    let needed: BTreeSet<_> = samples.iter().cloned().chain(released).collect();
    eprintln!("{} files of killed processes removed", before - blobs.len());
    assert_eq!(blobs, needed, "a blob for each sample and released file, and no other");
    assert_eq!(tmp(operator), Vec::<String>::new());
    let keys: BTreeSet<_> = database.rows("SELECT blob FROM blob_keys").into_iter().collect();
    assert_eq!(keys, samples, "a key for each sealed blob, and no other");
}

/// Every blob and its bytes, the audit log's chain, opinions, verdicts, releases, jobs.
pub(crate) fn doctor_finds_nothing(operator: &Operator) {
    let said = operator.run(&["doctor"]).ok();
    assert!(said.ends_with("\neverything that was looked at is as it should be\n"), "{said}");
}

fn tmp(operator: &Operator) -> Vec<String> {
    files(&operator.data().join("tmp"))
}

/// The names of the files below a folder.
fn files(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            names.extend(files(&entry.path()));
        } else {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names
}
