//! A case of every version that was ever written still opens and says what it said.
//!
//! `UPDATE_EXPECT=1` writes what a case says anew, never the case: that of a version is written once.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use unwatched_acquire::case::{AcquisitionEnd, Case, Entry, Outcome, StepState, StreamKind};
use unwatched_device::evidence::ArtefactKind;

use super::{TOOL, create, keep, open};

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/case").join(name)
}

/// Everything that a case of version 1 can hold.
fn write_version_1(folder: &std::path::Path) {
    let writer = create(folder);
    writer.begin_acquisition(TOOL).unwrap();
    let getprop = StreamKind::Artefact(ArtefactKind::Getprop);
    keep(&writer, "getprop", getprop.clone(), b"[ro.product.model]: [TC-1]\n");
    keep(&writer, "dumpsys user", StreamKind::service("user"), b"Users:\n");
    let refused = writer.stream("/data/app/x/base.apk", StreamKind::App).unwrap();
    refused.finish(Outcome::Refused("permission denied".to_owned())).unwrap();
    writer.end_acquisition(AcquisitionEnd::Stopped("the cable was pulled".to_owned())).unwrap();
    let state = [("adb_enabled".to_owned(), "1".to_owned())].into();
    writer.journal(&Entry::PhoneAsFound { state }).unwrap();
    let step = |state| Entry::Step {
        part: "remove".to_owned(),
        step: "uninstall".to_owned(),
        state,
        detail: [].into(),
    };
    writer.journal(&step(StepState::Intended)).unwrap();
    writer.journal(&step(StepState::Verified)).unwrap();
    writer.begin_acquisition(TOOL).unwrap();
    keep(&writer, "getprop", getprop, b"[ro.product.model]: [TC-1]\n");
    writer.end_acquisition(AcquisitionEnd::Complete).unwrap();
    writer.close_and_keep().unwrap();
}

/// All that it says, to the last byte.
fn said(case: &Case) -> String {
    let journal = serde_json::to_string_pretty(case.journal()).unwrap();
    let streams = case.acquisitions().iter().flat_map(|acquisition| &acquisition.streams);
    let content = |held| {
        let mut text = String::new();
        case.stream(held).unwrap().read_to_string(&mut text).unwrap();
        format!("stream {}: {text:?}\n", held.number)
    };
    format!(
        "{journal}\n{}problems: {:?}\n",
        streams.map(content).collect::<String>(),
        case.problems()
    )
}

#[test]
fn a_case_of_version_1_still_says_what_it_said() {
    let (folder, expected) = (golden("version-1"), golden("version-1.txt"));
    let updates = std::env::var_os("UPDATE_EXPECT").is_some();
    if updates && !folder.exists() {
        write_version_1(&folder);
    }
    let said = said(&open(&folder).unwrap());
    if updates {
        fs::write(&expected, &said).unwrap();
    }
    assert_eq!(said, fs::read_to_string(expected).unwrap());
}

#[test]
fn a_case_of_a_later_version_is_named_as_such() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("case"), "sealed folder, version 2\n").unwrap();
    let error = open(folder.path()).err().unwrap();
    assert!(error.to_string().contains("of a later version"), "{error}");
}
