//! Evidence that was cut, damaged or made to hurt: a clear error, or what is there and what is
//! missing; never a panic, never a missing part that looks like one in which nothing was seen.

use std::io::Write;

use unwatched_device::result::{Band, CheckResult, Outcome};
use unwatched_fixtures::mutations;
use unwatched_fixtures::phone::{ordinary, unlisted_watcher};

use super::{about, check_bytes, check_path, outcome};

const OMEGA: &str = "com.quiet.omega";

/// Every check is listed, and one that could not run is never said to have seen nothing.
fn honest(result: &CheckResult, whole: &CheckResult) {
    let ids = |r: &CheckResult| r.checks.iter().map(|check| check.id).collect::<Vec<_>>();
    assert_eq!(ids(result), ids(whole));
    for (check, of_whole) in result.checks.iter().zip(&whole.checks) {
        if of_whole.outcome == Outcome::Found {
            assert_ne!(check.outcome, Outcome::NotFound, "{}: {}", check.id, check.why);
        }
    }
}

#[test]
fn a_bugreport_cut_anywhere_says_what_is_missing() {
    let text = ordinary().app(unlisted_watcher(OMEGA)).log_bytes(2_000).bugreport_text();
    // Switched on, and without the list of packages nobody can tell that these came with it.
    let there = [OMEGA, "com.google.android.marvin.talkback", "com.google.android.gms"];
    let more = ["com.x8bit.bitwarden", "com.garmin.android.apps.connectmobile"];
    let whole = check_bytes(text.as_bytes(), None);
    assert_eq!(outcome(&whole, "device_admin"), Outcome::Found);
    for cut in (200..text.len()).step_by(997) {
        let result = check_bytes(&text.as_bytes()[..cut], None);
        honest(&result, &whole);
        for finding in &result.findings {
            let name = finding.subject.name();
            assert!(there.contains(&name) || more.contains(&name), "{name}, cut at {cut}");
            let unsure = finding.signals[0].fact.contains("could not be read");
            assert!(unsure || name == OMEGA, "{name}, cut at {cut}: {:?}", finding.signals);
        }
    }
}

#[test]
fn a_bugreport_cut_inside_the_list_of_packages_keeps_what_came_before() {
    let text = ordinary().app(unlisted_watcher(OMEGA)).bugreport_text();
    let cut = text.find("Package [com.vendor3.app3]").unwrap();
    let result = check_bytes(&text.as_bytes()[..cut], None);
    assert_eq!(outcome(&result, "installer"), Outcome::CouldNotCheck);
    assert_eq!(outcome(&result, "device_admin"), Outcome::Found);
    // Where it came from is not known, so nothing lifts it to the top.
    assert_eq!(about(&result, OMEGA).band, Some(Band::NeedsExpertLook));
    assert_eq!(result.device.os_version.as_deref(), Some("14"));
}

#[test]
fn a_zip_without_its_end_gives_what_is_left() {
    let zip = ordinary().app(unlisted_watcher(OMEGA)).bugreport_zip();
    let end = zip.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let result = check_bytes(&zip[..end], None);
    assert_eq!(about(&result, OMEGA).score, Some(145));
    assert!(result.problems.iter().any(|problem| problem.what.contains("end is missing")));
    let result = check_bytes(&zip[..end / 2], None);
    let could_not = |id| outcome(&result, id) == Outcome::CouldNotCheck;
    assert!(could_not("installer") && could_not("hidden_launcher"));
    assert!(result.problems.len() > 1);
}

#[test]
fn zips_cut_anywhere_never_panic() {
    let zip = ordinary().bugreport_zip();
    for cut in (0..zip.len()).step_by(257) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &zip[..cut]).unwrap();
        if unwatched_acquire::open(file.path()).is_ok() {
            let result = check_path(file.path(), None);
            assert_eq!(outcome(&result, "identity"), Outcome::CouldNotCheck);
        }
    }
}

#[test]
fn a_bomb_is_stopped_and_said_to_be_one() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("bugreport-x.txt", options).unwrap();
    zip.write_all(b"== dumpstate: 2026-01-05\n").unwrap();
    let lines = vec![b'\n'; 1 << 20];
    for _ in 0..64 {
        zip.write_all(&lines).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    let result = check_bytes(&bytes, None);
    assert!(result.problems.iter().any(|problem| problem.what.contains("200 times")));
    assert_eq!(outcome(&result, "device_admin"), Outcome::CouldNotCheck);
}

#[test]
fn a_damaged_list_of_packages_gives_the_entries_that_can_be_read() {
    let phone = ordinary().app(unlisted_watcher(OMEGA));
    let files = phone.android_qf();
    let list = &files.iter().find(|(name, _)| name == "packages.json").unwrap().1;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("acquisition.json"), "{}").unwrap();
    let read = |bytes: &[u8]| {
        std::fs::write(folder.path().join("packages.json"), bytes).unwrap();
        check_path(folder.path(), None)
    };
    let cut = read(&list[..list.len() * 2 / 3]);
    assert_eq!(outcome(&cut, "installer"), Outcome::CouldNotCheck);
    assert!(!cut.problems.is_empty());
    for text in ["", "{}", "null", "[", "[[[[[[", "[{\"name\": 5}]", "[1,2,3]", "\u{feff}[]"] {
        let result = read(text.as_bytes());
        assert_eq!(outcome(&result, "installer"), Outcome::CouldNotCheck, "{text:?}");
    }
    read("[".repeat(1_000_000).as_bytes());
    for mutated in mutations(list, 300, 7) {
        read(&mutated);
    }
}

#[test]
fn a_dump_that_repeats_itself_without_end_is_bounded() {
    let text = ordinary().log_bytes(10).bugreport_text();
    let start = text.find("DUMP OF SERVICE accessibility").unwrap() - 80;
    let end = text.find("DUMP OF SERVICE battery").unwrap() - 80;
    let mut repeated = text[..end].to_owned();
    for _ in 0..200 {
        repeated.push_str(&text[start..end]);
    }
    repeated.push_str(&text[end..]);
    let result = check_bytes(repeated.as_bytes(), None);
    assert!(result.problems.iter().any(|problem| problem.what.contains("repeated sections")));
    assert_eq!(outcome(&result, "installer"), Outcome::CouldNotCheck);
}

#[test]
fn a_list_of_packages_that_an_app_printed_itself_does_not_help_it() {
    let text = ordinary().app(unlisted_watcher(OMEGA)).bugreport_text();
    let forged = ordinary().app(unlisted_watcher(OMEGA).preinstalled()).bugreport_text();
    let start = forged.find("DUMP OF SERVICE package").unwrap() - 80;
    let end = forged.find("DUMP OF SERVICE settings").unwrap() - 80;
    for service in ["battery", "user"] {
        let at = text.find(&format!("DUMP OF SERVICE {service}")).unwrap() - 80;
        let both = format!("{}{}{}", &text[..at], &forged[start..end], &text[at..]);
        assert_eq!(about(&check_bytes(both.as_bytes(), None), OMEGA).score, Some(145));
    }
}

#[test]
fn mutated_dumps_and_noise_never_panic() {
    let text = ordinary().app(unlisted_watcher(OMEGA)).log_bytes(100).bugreport_text();
    for mutated in mutations(text.as_bytes(), 60, 11) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &mutated).unwrap();
        if unwatched_acquire::open(file.path()).is_ok() {
            check_path(file.path(), None);
        }
    }
}
