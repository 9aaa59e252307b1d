//! `check CASE`: what asks for a passphrase, which acquisition is read, and what differs between two.

use std::io::Write as _;

use unwatched_acquire::case::{
    AcquisitionEnd, Clock, Outcome, Secret, StreamKind, Writer, destroy_key,
};
use unwatched_device::evidence::ArtefactKind;

use crate::desk::Desk;

/// A phone with one app: from outside, hidden, a device administrator.
pub(crate) const BUGREPORT: &str = include_str!("bugreport.txt");
pub(crate) const LISTED: &str = "com.watch.alpha.example";
pub(crate) const PASSPHRASE: &str = "seven blue doors";

pub(crate) fn clock() -> Clock {
    Box::new(|| "2026-11-22T12:00:00Z".parse().unwrap())
}

/// A case with as many acquisitions of a phone as there are texts.
pub(crate) fn desk_with_case(texts: &[&str]) -> Desk {
    let desk = Desk::new();
    let secret = Secret::new(PASSPHRASE.to_owned()).with_work_factor(2);
    let writer = Writer::create(&desk.path("case"), &secret, "unwatched", clock()).unwrap();
    for text in texts {
        writer.begin_acquisition("unwatched").unwrap();
        let dump = StreamKind::Artefact(ArtefactKind::Dump);
        let mut stream = writer.stream("dumpsys", dump).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream.finish(Outcome::Exit(0)).unwrap();
        writer.end_acquisition(AcquisitionEnd::Complete).unwrap();
    }
    desk.put("passphrase.txt", "seven blue doors\r\n");
    desk.put("other.txt", "seven green doors");
    desk
}

#[test]
fn a_case_is_checked_like_what_it_holds() {
    let mut desk = desk_with_case(&[BUGREPORT]);
    desk.put("bugreport.txt", BUGREPORT);
    let of_file = desk.run_for_talk("check @bugreport.txt --json", 0);
    let of_case = desk.run_for_talk("check @case --json --passphrase-file @passphrase.txt", 0);
    let findings = |json: &str| {
        let said = json.replace("output of dumpsys", "bugreport text");
        serde_json::from_str::<serde_json::Value>(&said).unwrap()["findings"].clone()
    };
    assert_eq!(findings(&of_case), findings(&of_file));
    assert_eq!(findings(&of_case)[0]["subject"]["package"], LISTED);
    desk.run_for_talk("check @case --html @report.html --passphrase-file @passphrase.txt", 0);
    let page = std::fs::read_to_string(desk.path("report.html")).unwrap();
    assert!(page.contains("what a connected phone answered") && page.contains(LISTED), "{page}");
    desk.expect("check_of_a_case.txt");
}

#[test]
fn a_case_is_opened_by_its_passphrase_alone() {
    let mut desk = desk_with_case(&[BUGREPORT]);
    desk.run_for_talk("check @case", 3);
    desk.run_for_talk("check @case --passphrase-file @other.txt", 3);
    desk.types_hidden(&["seven green doors", PASSPHRASE]);
    desk.run_for_talk("check @case", 0);
    desk.types_hidden(&["one", "two", "three", PASSPHRASE]);
    desk.run_for_talk("check @case", 3);
    destroy_key(&desk.path("case")).unwrap();
    desk.run_for_talk("check @case", 3);
    desk.expect("check_of_a_closed_case.txt");
}

#[test]
fn two_acquisitions_of_one_case_are_compared() {
    let mut desk = desk_with_case(&[BUGREPORT, &BUGREPORT.replace(LISTED, "com.example.other")]);
    // Asked for once, for both.
    desk.types_hidden(&[PASSPHRASE]);
    for line in ["check @case --compare @case", "check @case --compare @case/1"] {
        let text = desk.run_for_talk(line, 0);
        assert!(text.contains("New: The app com.example.other"), "{text}");
        assert!(text.contains("No longer seen: The app com.watch.alpha.example"), "{text}");
    }
    let before = desk.run_for_talk("check @case/1", 0);
    assert!(before.contains(LISTED), "{before}");
    desk.run_for_talk("check @case/3", 3);
    desk.run_for_talk("check @case/1 --compare @case/before", 0);
    desk.expect("check_of_a_re_check.txt");
}

#[test]
fn a_case_with_one_acquisition_has_nothing_before_it() {
    let mut desk = desk_with_case(&[BUGREPORT]);
    desk.types_hidden(&[PASSPHRASE]);
    desk.run_for_talk("check @case --compare @case", 3);
    desk.expect("check_of_one_acquisition.txt");
}
