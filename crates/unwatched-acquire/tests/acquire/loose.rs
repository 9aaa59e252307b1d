//! What single commands printed, each kept in a file of any name, by any shell.

use std::fs;
use std::io::Write as _;

use unwatched_acquire::open;
use unwatched_device::evidence::EvidenceKind;
use unwatched_device::result::Outcome;
use unwatched_fixtures::phone::{ordinary, unlisted_watcher};

use super::{about, check_bytes, check_opened, check_path, outcome, rules, why};

const OMEGA: &str = "com.quiet.omega";

/// What `dumpsys` prints for one service: the bugreport's section without its heading.
fn section(report: &str, service: &str) -> String {
    let heading = format!("DUMP OF SERVICE {service}:\n");
    let start = report.find(&heading).unwrap() + heading.len();
    let length = report[start..].find("\n---------").map_or(report.len() - start, |at| at + 1);
    report[start..start + length].to_owned()
}

#[test]
fn a_folder_of_dumps_says_what_a_bugreport_says() {
    let phone = ordinary().app(unlisted_watcher(OMEGA));
    let report = phone.bugreport_text();
    let folder = tempfile::tempdir().unwrap();
    for (name, service) in [
        ("dumpsys_package.txt", "package"),
        ("accessibility.log", "accessibility"),
        ("policy of the phone.txt", "device_policy"),
        ("3", "notification"),
    ] {
        fs::write(folder.path().join(name), section(&report, service)).unwrap();
    }
    fs::write(folder.path().join("notes.txt"), "taken on Monday\n").unwrap();
    assert_eq!(open(folder.path()).unwrap().kind(), EvidenceKind::Dumps);
    let result = check_path(folder.path(), None);
    assert_eq!(about(&result, OMEGA).score, Some(145));
    assert_eq!(outcome(&result, "device_admin"), Outcome::Found);
    assert_eq!(outcome(&result, "play_protect"), Outcome::CouldNotCheck);
    assert!(result.problems.is_empty(), "{:?}", result.problems);
}

#[test]
fn one_dump_alone_is_evidence_in_either_encoding() {
    let report = ordinary().app(unlisted_watcher(OMEGA)).bugreport_text();
    let policy = section(&report, "device_policy").replace('\n', "\r\n");
    let of_windows: Vec<u8> =
        std::iter::once(0xfeff).chain(policy.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(policy.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    for bytes in [policy.as_bytes(), &of_windows, &packed] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("what the shell said"), bytes).unwrap();
        let in_a_folder = check_path(folder.path(), None);
        assert_eq!(rules(about(&in_a_folder, OMEGA)), ["P2"]);
        let result = check_bytes(bytes, None);
        assert_eq!(result.evidence, EvidenceKind::Dumps);
        assert_eq!(rules(about(&result, OMEGA)), ["P2"]);
        assert_eq!(outcome(&result, "installer"), Outcome::CouldNotCheck);
    }
}

#[test]
fn a_list_of_packages_alone_tells_where_apps_came_from() {
    let list = "package:/data/app/~~a==/com.quiet.omega-b==/base.apk=com.quiet.omega versionCode:7  installer=null uid:10301\n\
                package:/system/app/Maps/Maps.apk=com.example.maps versionCode:1  installer=null uid:10002,1010002\n\
                package:com.example.bare\n";
    let result = check_bytes(list.as_bytes(), None);
    assert_eq!(rules(about(&result, OMEGA)), ["O1"]);
    assert_eq!(result.background_count, 2);
    assert_eq!(outcome(&result, "installer"), Outcome::Found);
    assert_eq!(outcome(&result, "permissions"), Outcome::CouldNotCheck);
}

#[test]
fn an_archive_of_dumps_is_opened_as_its_folder() {
    let report = ordinary().app(unlisted_watcher(OMEGA)).bugreport_text();
    let policy = section(&report, "device_policy");
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), super::zip_of(&[("policy.txt", policy.as_bytes())])).unwrap();
    let result = check_opened(open(file.path()).unwrap().as_mut(), None);
    assert_eq!(rules(about(&result, OMEGA)), ["P2"]);
}

#[test]
fn a_list_that_says_nothing_but_names_answers_no_question() {
    let result = check_bytes(b"package:com.example.one\npackage:com.example.two\n", None);
    for id in ["installer", "system_like_name"] {
        assert_eq!(outcome(&result, id), Outcome::CouldNotCheck);
    }
}

#[test]
fn an_old_bugreport_that_gzip_packed_is_opened() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let text = ordinary().app(unlisted_watcher(OMEGA)).bugreport_text();
    packed.write_all(text.as_bytes()).unwrap();
    let result = check_bytes(&packed.finish().unwrap(), None);
    assert_eq!(result.evidence, EvidenceKind::Bugreport);
    assert_eq!(about(&result, OMEGA).score, check_bytes(text.as_bytes(), None).findings[0].score);
}

#[test]
fn a_bugreport_that_lies_beside_loose_files_is_read_too() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("getprop.log"), "[ro.product.model]: [TC-1]\n").unwrap();
    let phone = ordinary().app(unlisted_watcher(OMEGA));
    fs::write(folder.path().join("bugreport-tc1.zip"), phone.bugreport_zip()).unwrap();
    let result = check_path(folder.path(), None);
    assert_eq!(outcome(&result, "device_admin"), Outcome::Found);
    assert_eq!(about(&result, OMEGA).subject.name(), OMEGA);
}

#[test]
fn what_was_asked_about_one_app_is_no_list_of_all() {
    let one = "Packages:\n  Package [com.example.one] (1a2b3c):\n    userId=10210\n    \
        flags=[ HAS_CODE ]\n    installerPackageName=com.android.vending\n    \
        User 0: ceDataInode=1 installed=true hidden=false\n";
    let result = check_bytes(one.as_bytes(), None);
    assert_eq!(outcome(&result, "installer"), Outcome::CouldNotCheck);
    assert!(
        why(&result, "installer").contains("of some apps only"),
        "{}",
        why(&result, "installer")
    );
    let with_system = format!(
        "{one}  Package [android] (2a2b3c):\n    userId=1000\n    flags=[ SYSTEM HAS_CODE ]\n    \
         User 0: ceDataInode=1 installed=true hidden=false\n"
    );
    let result = check_bytes(with_system.as_bytes(), None);
    assert_eq!(outcome(&result, "installer"), Outcome::NotFound);
}
