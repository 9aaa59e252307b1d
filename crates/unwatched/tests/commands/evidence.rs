//! `evidence` and `leave-nothing`: a case sealed, checked, taken apart, judged again; and a case of
//! which numbers stay.

use std::fs;
use std::io::Write as _;

use unwatched_acquire::case::{AcquisitionEnd, Outcome, Secret, StreamKind, Writer};
use unwatched_device::evidence::{ArtefactKind, SettingsTable};
use unwatched_fixtures::phone::population::{Phone, population};

use crate::case::{BUGREPORT, LISTED, PASSPHRASE, clock, desk_with_case};
use crate::desk::Desk;
use crate::releases::Publisher;

/// A key of age that opens packages of these tests, and its public half.
const KEY: &str = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
const OPENS: &str = "--age-key @age.txt";

/// The words behind a heading of what a command said.
fn words(said: &str, heading: &str) -> String {
    let line = said.lines().find_map(|line| line.strip_prefix(heading));
    line.unwrap_or_else(|| panic!("{heading}? {said}")).to_owned()
}

/// A desk with a case of one phone and a release that lists its app; packages are sealed to a key.
fn desk() -> (Desk, String) {
    let publisher = Publisher::new();
    let mut desk = desk_with_case(&[BUGREPORT]);
    desk.put("key.pub", publisher.key());
    desk.redact(publisher.key_line(), "KEY");
    desk.redact(format!("unwatched {}", env!("CARGO_PKG_VERSION")), "unwatched VERSION");
    desk.put("release", publisher.bundle(4, "2026-11-20", "com.example.other"));
    desk.put("newer", publisher.bundle(5, "2026-11-21", LISTED));
    desk.put("age.txt", KEY);
    assert_eq!(desk.run_quietly("update @release --key @key.pub"), 0);
    let public = KEY.parse::<age::x25519::Identity>().unwrap().to_public().to_string();
    desk.redact(public.clone(), "age1...");
    (desk, public)
}

/// Seals, and hides what differs at every run.
fn seal(desk: &mut Desk, line: &str) {
    let said = desk.run(line, 0);
    desk.hide(&words(&said, "words: "), "WORDS");
    desk.hide(&words(&said, "custody: "), "WORDS-OF-CUSTODY");
}

#[test]
fn a_case_is_sealed_to_a_passphrase_and_opened_elsewhere() {
    let (mut desk, _) = desk();
    desk.put("survivor.txt", "five red boats");
    seal(
        &mut desk,
        "evidence seal @case --out @package --passphrase-file @passphrase.txt --new-passphrase-file @survivor.txt",
    );
    desk.run_for_refusal(
        "evidence seal @case --out @package --passphrase-file @passphrase.txt --new-passphrase-file @survivor.txt",
        5,
    );
    desk.run_for_refusal("evidence verify @package", 3);
    desk.run_for_refusal("evidence verify @package --passphrase-file @passphrase.txt", 3);
    // Elsewhere: nothing but the file and its passphrase.
    fs::remove_dir_all(desk.path("case")).unwrap();
    fs::remove_dir_all(desk.path("home")).unwrap();
    desk.types_hidden(&["five red boats"]);
    desk.run("evidence replay @package", 0);
    desk.expect("evidence_by_passphrase.txt");
}

#[test]
fn a_package_is_verified_handed_on_taken_apart_and_judged_again() {
    let (mut desk, public) = desk();
    seal(
        &mut desk,
        &format!(
            "evidence seal @case --out @package --passphrase-file @passphrase.txt --recipient {public}"
        ),
    );
    let said = desk.run(&format!("evidence verify @package {OPENS}"), 0);
    desk.hide(words(&said, "look 1: ").rsplit(' ').next().unwrap(), "DIGEST");
    let add = "evidence custody @package --add taken-over --by lawyer";
    let said = desk.run(&format!("{add} {OPENS}"), 0);
    desk.hide(&words(&said, "words of custody: "), "LATER-WORDS-OF-CUSTODY");
    desk.run(&format!("evidence custody @package {OPENS}"), 0);
    desk.run(&format!("evidence replay @package {OPENS}"), 0);
    let sealed = desk.run_for_talk(&format!("evidence replay @package --json {OPENS}"), 0);
    assert!(!sealed.contains("\"known\"") && !sealed.contains("\"family\": \"f"), "{sealed}");
    let again = desk
        .run_for_talk(&format!("evidence replay @package --json --indicators @newer {OPENS}"), 0);
    let again: serde_json::Value = serde_json::from_str(&again).unwrap();
    assert_eq!(again["indicators"]["sequence"], 5, "{again:#}");
    assert_ne!(again["findings"][0]["family"], serde_json::Value::Null, "{again:#}");
    desk.put("new.txt", "six tin cups");
    desk.run(&format!("evidence open @package @apart --new-passphrase-file @new.txt {OPENS}"), 0);
    desk.run(&format!("evidence open @package @plain --plain the-court-asked {OPENS}"), 0);
    let plain = fs::read_to_string(desk.path("plain/acquisitions/1/findings.json")).unwrap();
    assert_eq!(plain, sealed);
    let facts = fs::read_to_string(desk.path("plain/acquisitions/1/facts.json")).unwrap();
    assert!(facts.contains(LISTED));
    desk.expect("evidence_handed_on.txt");
}

#[test]
fn a_changed_package_is_refused_with_the_place() {
    let (mut desk, public) = desk();
    let line = format!(
        "evidence seal @case --out @package --passphrase-file @passphrase.txt --recipient {public}"
    );
    assert_eq!(desk.run_quietly(&line), 0);
    let whole = fs::read(desk.path("package")).unwrap();
    let mut changed = whole.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    desk.put("package", &changed);
    let verify = format!("evidence verify @package {OPENS}");
    for command in
        ["verify @package", "replay @package", "open @package @apart --plain x", "custody @package"]
    {
        let said = desk.run_for_refusal(&format!("evidence {command} {OPENS}"), 10);
        assert!(said.contains("between byte") && said.contains("Copy it again"), "{said}");
    }
    assert!(!desk.path("apart").exists());
    desk.put("package", &whole[..whole.len() - 500]);
    let said = desk.run_for_refusal(&verify, 10);
    assert!(said.contains("cut off"), "{said}");
    desk.put("package", &whole[..100]);
    let said = desk.run_for_refusal(&verify, 10);
    assert!(said.contains("the beginning of the file"), "{said}");
    desk.put("package", "PK\u{3}\u{4}");
    let said = desk.run_for_refusal(&verify, 3);
    assert!(said.contains("no sealed package"), "{said}");
}

/// A case with what this phone prints.
fn case_of(desk: &Desk, name: &str, phone: &Phone) {
    let secret = Secret::new(PASSPHRASE.to_owned()).with_work_factor(2);
    let writer = Writer::create(&desk.path(name), &secret, "unwatched", clock()).unwrap();
    writer.begin_acquisition("unwatched").unwrap();
    for (file, bytes) in phone.android_qf() {
        let kind = match file.as_str() {
            "dumpsys.txt" => ArtefactKind::Dump,
            "getprop.txt" => ArtefactKind::Getprop,
            "settings_global.txt" => ArtefactKind::Settings(SettingsTable::Global),
            "settings_secure.txt" => ArtefactKind::Settings(SettingsTable::Secure),
            "settings_system.txt" => ArtefactKind::Settings(SettingsTable::System),
            _ => continue,
        };
        let mut stream = writer.stream(&file, StreamKind::Artefact(kind)).unwrap();
        stream.write_all(&bytes).unwrap();
        stream.finish(Outcome::Exit(0)).unwrap();
    }
    writer.end_acquisition(AcquisitionEnd::Complete).unwrap();
}

/// Every sealed case gives its findings again, to the byte; and they are those of a check.
#[test]
fn fifty_cases_are_judged_again_to_the_byte() {
    let (desk, public) = desk();
    let phones: Vec<_> = [7, 11, 46].into_iter().flat_map(population).take(50).collect();
    assert_eq!(phones.len(), 50);
    let mut findings = 0;
    for (number, phone) in phones.iter().enumerate() {
        let (case, package) = (format!("case-{number}"), format!("package-{number}"));
        case_of(&desk, &case, phone);
        let passphrase = "--passphrase-file @passphrase.txt";
        let line =
            format!("evidence seal @{case} --out @{package} {passphrase} --recipient {public}");
        assert_eq!(desk.run_quietly(&line), 0, "{}", phone.label);
        let replay = desk.run_quietly_for_data(&format!("evidence replay @{package} {OPENS}"));
        assert!(replay.ends_with("the same byte for byte\n"), "{}: {replay}", phone.label);
        let sealed =
            desk.run_quietly_for_data(&format!("evidence replay @{package} --json {OPENS}"));
        let checked = desk.run_quietly_for_data(&format!("check @{case} --json {passphrase}"));
        assert_eq!(sealed, checked, "{}", phone.label);
        findings += checked.matches("\"subject\"").count();
    }
    assert!(findings > 50, "{findings}");
}

#[test]
fn numbers_stay_and_the_case_does_not() {
    let (mut desk, _) = desk();
    desk.put("case/somebody's.txt", "x");
    desk.answers("n\n");
    desk.run("leave-nothing @case --passphrase-file @passphrase.txt", 7);
    desk.run("leave-nothing @case --passphrase-file @other.txt", 3);
    assert!(desk.path("case/key").exists());
    desk.answers("y\n");
    desk.run("leave-nothing @case --passphrase-file @passphrase.txt", 0);
    assert_eq!(fs::read_dir(desk.path("case")).unwrap().count(), 1);
    desk.run("leave-nothing @case --passphrase-file @passphrase.txt", 3);
    let again = desk_with_case(&[BUGREPORT]);
    fs::remove_dir_all(desk.path("case")).unwrap();
    fs::rename(again.path("case"), desk.path("case")).unwrap();
    desk.run("leave-nothing @case --without-counts --sure", 0);
    assert!(!desk.path("case").exists());
    let tallies = fs::read_to_string(desk.path("home/unwatched/tallies.json")).unwrap();
    assert!(!tallies.contains(LISTED) && !tallies.contains("2026-11"), "{tallies}");
    let tallies: serde_json::Value = serde_json::from_str(&tallies).unwrap();
    assert_eq!(tallies["quarters"]["2026-Q4"]["cases"], 1, "{tallies:#}");
    assert_eq!(tallies["quarters"].as_object().unwrap().len(), 1);
    let modified = fs::metadata(desk.path("home/unwatched/tallies.json")).unwrap().modified();
    let since = modified.unwrap().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(since.as_secs(), 946_684_800);
    desk.expect("leave_nothing.txt");
}
