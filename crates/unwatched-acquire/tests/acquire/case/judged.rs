//! An acquisition in a case is judged like the same answers kept as plain files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use unwatched_acquire::case::StreamKind;
use unwatched_acquire::{Keys, OpenError, open_with};
use unwatched_device::android::dump::reads_service;
use unwatched_device::evidence::{ArtefactKind, Evidence, EvidenceKind, SettingsTable};
use unwatched_device::result::CheckResult;
use unwatched_fixtures::phone::population::population;
use unwatched_fixtures::phone::{ordinary, unlisted_watcher};

use super::super::{about, check_opened, check_path};
use super::{acquire, create};

/// What commands print on this phone, by the name that a helper would give the file.
fn answers(files: &[(String, Vec<u8>)]) -> BTreeMap<String, (StreamKind, Vec<u8>)> {
    let mut answers = BTreeMap::new();
    for (name, bytes) in files {
        let settings = |table| StreamKind::Artefact(ArtefactKind::Settings(table));
        let kind = match name.as_str() {
            "getprop.txt" => StreamKind::Artefact(ArtefactKind::Getprop),
            "settings_global.txt" => settings(SettingsTable::Global),
            "settings_secure.txt" => settings(SettingsTable::Secure),
            "settings_system.txt" => settings(SettingsTable::System),
            "dumpsys.txt" => {
                let text = String::from_utf8_lossy(bytes);
                for section in text.split("DUMP OF SERVICE ").skip(1) {
                    let (heading, body) = section.split_once('\n').unwrap();
                    let service = heading.trim_end_matches(':').rsplit(' ').next().unwrap();
                    if reads_service(service) {
                        let body = body.split("\n---------").next().unwrap().to_owned() + "\n";
                        let answer = (StreamKind::service(service), body.into_bytes());
                        answers.insert(format!("dumpsys_{service}.txt"), answer);
                    }
                }
                continue;
            }
            _ => continue,
        };
        answers.insert(name.clone(), (kind, bytes.clone()));
    }
    answers
}

fn into_case(folder: &Path, files: &[(String, Vec<u8>)]) {
    let answers = answers(files);
    let streams: Vec<_> = answers
        .iter()
        .map(|(name, (kind, bytes))| (name.as_str(), kind.clone(), bytes.as_slice()))
        .collect();
    acquire(&create(folder), &streams);
}

fn opened(path: &Path) -> Result<Box<dyn Evidence>, OpenError> {
    let mut keys = Keys::default();
    keys.set_passphrase("seven blue doors".to_owned());
    open_with(path, keys)
}

fn of_case(path: &Path) -> CheckResult {
    check_opened(opened(path).unwrap().as_mut(), None)
}

#[test]
fn phones_of_the_population_are_judged_alike_from_a_case_and_from_files() {
    let (mut phones, mut findings) = (0, 0);
    for phone in population(7) {
        let files = phone.android_qf();
        let (plain, sealed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (name, (_, bytes)) in answers(&files) {
            fs::write(plain.path().join(name), bytes).unwrap();
        }
        into_case(sealed.path(), &files);
        let (mut of_files, of_case) = (check_path(plain.path(), None), of_case(sealed.path()));
        assert_eq!(of_case.evidence, EvidenceKind::Live);
        of_files.evidence = EvidenceKind::Live;
        let json = |result: &CheckResult| serde_json::to_string_pretty(result).unwrap();
        assert_eq!(json(&of_case), json(&of_files), "{}", phone.label);
        phones += 1;
        findings += of_case.findings.len();
    }
    assert!(phones > 10 && findings > phones, "{phones} phones, {findings} findings");
}

#[test]
fn a_folder_in_which_a_case_lies_names_it() {
    let folder = tempfile::tempdir().unwrap();
    drop(create(&folder.path().join("case-1")));
    let error = opened(folder.path()).err().unwrap();
    assert!(error.to_string().contains("case-1 lies in it: name that"), "{error}");
}

#[test]
fn a_case_asks_for_its_passphrase_and_names_its_acquisitions() {
    let folder = tempfile::tempdir().unwrap();
    let phone = ordinary().app(unlisted_watcher("com.quiet.omega"));
    into_case(folder.path(), &phone.android_qf());
    let error = open_with(folder.path(), Keys::default()).err().unwrap();
    assert!(error.to_string().contains("encrypted to a passphrase"), "{error}");
    assert!(about(&of_case(folder.path()), "com.quiet.omega").score.is_some());
    assert!(about(&of_case(&folder.path().join("1")), "com.quiet.omega").score.is_some());
    let error = opened(&folder.path().join("2")).err().unwrap();
    assert!(error.to_string().contains("it holds one, number 1"), "{error}");
}
