//! What a path can be: every kind is recognised by its content, and what is none says why.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use unwatched_acquire::{OpenError, Sealed, open};
use unwatched_device::evidence::EvidenceKind;
use unwatched_device::result::Outcome;
use unwatched_fixtures::phone::{ordinary, unlisted_watcher};

use super::{about, check_path, outcome, zip_of};

const OMEGA: &str = "com.quiet.omega";

fn check(path: &Path, kind: EvidenceKind) {
    assert_eq!(open(path).unwrap().kind(), kind, "{}", path.display());
    let result = check_path(path, None);
    assert_eq!(about(&result, OMEGA).score, Some(145));
    assert_eq!(result.device.os_version.as_deref(), Some("14"));
    assert_eq!(result.device.model.as_deref(), Some("TestCo TC-1"));
}

#[test]
fn every_kind_is_recognised_whatever_its_name() {
    let phone = ordinary().app(unlisted_watcher(OMEGA));
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("report.bin"), phone.bugreport_zip()).unwrap();
    check(&at("report.bin"), EvidenceKind::Bugreport);
    fs::write(at("report"), phone.bugreport_text()).unwrap();
    check(&at("report"), EvidenceKind::Bugreport);
    fs::create_dir(at("unpacked")).unwrap();
    fs::write(at("unpacked/main_entry.txt"), "bugreport-x.txt\n").unwrap();
    fs::write(at("unpacked/bugreport-x.txt"), phone.bugreport_text()).unwrap();
    check(&at("unpacked"), EvidenceKind::Bugreport);
    fs::create_dir(at("samsung")).unwrap();
    fs::write(at("samsung/dumpState_X1.log"), phone.bugreport_text()).unwrap();
    check(&at("samsung"), EvidenceKind::Bugreport);
    phone.write_android_qf(&at("acquisition")).unwrap();
    check(&at("acquisition"), EvidenceKind::AndroidQf);
    fs::remove_file(at("acquisition/dumpsys.txt")).unwrap();
    fs::write(at("acquisition/bugreport.zip"), phone.bugreport_zip()).unwrap();
    check(&at("acquisition"), EvidenceKind::AndroidQf);
    fs::write(at("acquisition.zip"), phone.android_qf_zip()).unwrap();
    check(&at("acquisition.zip"), EvidenceKind::AndroidQf);
}

#[test]
fn what_lies_inside_an_acquisition_is_handed_on_under_names_that_tell_nothing() {
    let phone = ordinary().app(unlisted_watcher(OMEGA));
    let inner = zip_of(&[
        ("main_entry.txt", b"bugreport-x.txt"),
        ("bugreport-x.txt", phone.bugreport_text().as_bytes()),
        ("FS/data/tombstones/tombstone_00", b"*** *** ***\n"),
        ("FS/data/tombstones/tombstone_00.pb", b"\x0a"),
        ("FS/data/anr/anr_2026-01-05-10-00-00-000", b"----- pid 1\n"),
    ]);
    let files: Vec<(String, Vec<u8>)> = phone
        .android_qf()
        .into_iter()
        .filter(|(name, _)| name != "dumpsys.txt")
        .chain([
            ("bugreport.zip".to_owned(), inner),
            ("logcat.txt".to_owned(), b"--------- beginning of main\n".to_vec()),
            ("logs/data/anr/anr_1".to_owned(), b"----- pid 2\n".to_vec()),
            ("intrusion_logs/2026-01-05.json".to_owned(), b"{}".to_vec()),
        ])
        .collect();
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in &files {
        let path = folder.path().join("acquisition").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let members: Vec<_> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    fs::write(folder.path().join("packed.zip"), zip_of(&members)).unwrap();
    for path in ["acquisition", "packed.zip"] {
        let path = folder.path().join(path);
        check(&path, EvidenceKind::AndroidQf);
        let mut evidence = open(&path).unwrap();
        let artefacts = evidence.artefacts();
        let places: Vec<_> = artefacts.iter().map(|a| a.place.as_str()).collect();
        let rest = &places[places.iter().position(|place| *place == "logcat.txt").unwrap()..];
        let inside = ["bugreport text", "tombstone 1", "ANR trace 1"];
        let inside = inside.map(|place| format!("{place}, bugreport.zip"));
        assert_eq!(rest[..3], ["logcat.txt", "ANR trace 1", "intrusion log 1"]);
        assert_eq!(rest[3..], inside);
        for artefact in artefacts {
            let mut bytes = Vec::new();
            evidence.open(&artefact).unwrap().read_to_end(&mut bytes).unwrap();
            assert!(!bytes.is_empty(), "{}", artefact.place);
        }
    }
}

/// What the error says, for a file of these bytes.
fn refused(bytes: &[u8]) -> OpenError {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    open(file.path()).err().expect("it is no evidence")
}

#[test]
fn what_is_no_evidence_is_refused_with_the_next_step() {
    assert!(matches!(refused(b""), OpenError::Empty(_)));
    let png = refused(b"\x89PNG\r\n\x1a\n and so on");
    assert!(png.to_string().contains("expected a bugreport ZIP"), "{png}");
    let sealed = refused(b"age-encryption.org/v1\n-> X25519 ...");
    assert!(matches!(sealed, OpenError::Sealed { why: Sealed::Damaged, .. }), "{sealed}");
    assert!(matches!(refused(b"PK\x03\x04"), OpenError::NotRecognised { .. }));
    assert!(matches!(open(Path::new("/nowhere/at/all")), Err(OpenError::Io { .. })));

    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(open(folder.path()), Err(OpenError::Empty(_))));
    fs::write(folder.path().join("holiday.txt"), "x").unwrap();
    let error = open(folder.path()).err().unwrap();
    assert!(error.to_string().contains("packages.json"), "{error}");
    fs::write(folder.path().join("acquisition.zip.age"), "x").unwrap();
    let error = open(folder.path()).err().unwrap();
    assert!(error.to_string().contains("acquisition.zip.age lies in it: name that"), "{error}");
}

#[test]
fn a_sparse_file_of_three_gigabytes_is_refused_at_once() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(3 << 30).unwrap();
    assert!(matches!(open(file.path()), Err(OpenError::NotRecognised { .. })));
    // With a ZIP's first bytes it is a cut ZIP without members.
    fs::write(file.path(), b"PK\x03\x04").unwrap();
    fs::OpenOptions::new().write(true).open(file.path()).unwrap().set_len(3 << 30).unwrap();
    assert!(matches!(open(file.path()), Err(OpenError::NotRecognised { .. })));
}

#[cfg(unix)]
#[test]
fn links_in_a_folder_are_left_out_and_that_is_said() {
    use std::os::unix::fs::symlink;

    let outside = tempfile::tempdir().unwrap();
    ordinary().app(unlisted_watcher(OMEGA)).write_android_qf(outside.path()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let link = |name: &str| symlink(outside.path().join(name), folder.path().join(name)).unwrap();
    link("dumpsys.txt");
    let error = open(folder.path()).err().unwrap();
    assert!(error.to_string().contains("links are not followed"), "{error}");

    fs::write(folder.path().join("acquisition.json"), "{}").unwrap();
    link("bugreport.zip");
    let result = check_path(folder.path(), None);
    assert_eq!((result.findings.len(), result.background_count), (0, 0), "nothing was read");
    let problem = result.problems.iter().find(|problem| problem.place == "folder").unwrap();
    assert!(problem.what.starts_with("2 links in it were left out"), "{}", problem.what);
    // The checks could not run, and the page says why.
    assert_eq!(outcome(&result, "installer"), Outcome::CouldNotCheck);
    assert!(unwatched_device::report::html(&result).contains("links are not followed"));
}

#[test]
fn a_folder_around_the_evidence_says_what_to_name() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = || unwatched_acquire::open(folder.path()).err().unwrap().to_string();
    std::fs::write(folder.path().join("notes.txt"), "kept by the advocate").unwrap();
    assert!(!refusal().contains("lies in it"), "{}", refusal());
    std::fs::write(folder.path().join("bugreport-tc1.zip"), ordinary().bugreport_zip()).unwrap();
    assert!(refusal().contains("; bugreport-tc1.zip lies in it: name that"), "{}", refusal());
    ordinary().write_android_qf(&folder.path().join("androidqf")).unwrap();
    assert!(refusal().contains("name one: androidqf, bugreport-tc1.zip"), "{}", refusal());
}
