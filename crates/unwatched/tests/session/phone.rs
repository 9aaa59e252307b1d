//! A phone with a canary in everything that a check reads, and the program that keeps its answers in
//! a case, as an acquisition does.

use std::env;
use std::io::Write as _;
use std::path::Path;

use jiff::Timestamp;
use unwatched_acquire::case::{AcquisitionEnd, Clock, Entry, Outcome, Secret, StreamKind, Writer};
use unwatched_device::evidence::{ArtefactKind, SettingsTable};
use unwatched_fixtures::phone::{App, ordinary, unlisted_watcher};

use super::canaries::{COUNT, canary};

/// What opens the case.
pub(crate) const PASSPHRASE: &str = "seven blue doors";
/// Says which folder the program writes to, where it was started to do that.
pub(crate) const FOLDER_VARIABLE: &str = "UNWATCHED_TEST_CASE";

/// What the phone answers: the command, what it is, and the bytes.
pub(crate) fn answers() -> Vec<(String, StreamKind, Vec<u8>)> {
    let mut phone = ordinary();
    for number in 0..10 {
        let package = format!("com.{}.app", canary(number));
        let app = if number < 5 { unlisted_watcher(&package) } else { App::new(&package) };
        phone = phone.app(app);
        phone = phone.property(&format!("persist.{}", canary(10 + number)), "1");
        phone = phone.global_setting(&canary(20 + number), "1");
        let key = format!("setting_{number}");
        phone = phone.secure_setting(&key, &canary(30 + number));
        phone = phone.log_line(&format!("I {}: seen", canary(40 + number)));
    }
    let settings = |table| StreamKind::Artefact(ArtefactKind::Settings(table));
    let mut answers = Vec::new();
    for (name, bytes) in phone.android_qf() {
        let (command, kind) = match name.as_str() {
            "getprop.txt" => ("getprop", StreamKind::Artefact(ArtefactKind::Getprop)),
            "settings_global.txt" => ("settings list global", settings(SettingsTable::Global)),
            "settings_secure.txt" => ("settings list secure", settings(SettingsTable::Secure)),
            "dumpsys.txt" => ("dumpsys", StreamKind::Artefact(ArtefactKind::Dump)),
            "logcat.txt" => ("logcat -d", StreamKind::Artefact(ArtefactKind::Logcat)),
            _ => continue,
        };
        answers.push((command.to_owned(), kind, bytes));
    }
    let all = (0..COUNT).map(canary).collect::<Vec<_>>().join("\n");
    let file = format!("/data/app/com.{}.app/base.apk", canary(0));
    answers.push((file, StreamKind::App, all.into_bytes()));
    answers
}

pub(crate) fn secret() -> Secret {
    Secret::new(PASSPHRASE.to_owned()).with_work_factor(2)
}

/// The same passphrase, for a case that the program itself made.
pub(crate) fn secret_for_real() -> Secret {
    Secret::new(PASSPHRASE.to_owned())
}

pub(crate) fn clock() -> Clock {
    let now: Timestamp = "2026-02-01T09:00:00Z".parse().unwrap();
    Box::new(move || now)
}

fn acquire(writer: &Writer) {
    writer.begin_acquisition("unwatched").unwrap();
    for (name, kind, bytes) in answers() {
        let mut stream = writer.stream(&name, kind).unwrap();
        bytes.chunks(50_000).for_each(|piece| stream.write_all(piece).unwrap());
        stream.finish(Outcome::Exit(0)).unwrap();
    }
    let state = [(canary(1), canary(2))].into();
    writer.journal(&Entry::PhoneAsFound { state }).unwrap();
    writer.end_acquisition(AcquisitionEnd::Complete).unwrap();
}

/// A session: the case is made, the phone is asked, and asked again later.
pub(crate) fn acquire_twice(folder: &Path) {
    let writer = Writer::create(folder, &secret(), "unwatched", clock()).unwrap();
    acquire(&writer);
    drop(writer);
    let writer = Writer::resume(folder, &secret(), clock()).unwrap();
    acquire(&writer);
}

/// The same in a process of its own, which can be killed: started by the other tests.
#[test]
fn acquires_where_it_was_started_to() {
    if let Some(folder) = env::var_os(FOLDER_VARIABLE) {
        acquire_twice(Path::new(&folder));
    }
}

#[test]
fn every_canary_is_in_what_the_phone_answers() {
    let answers = answers();
    let texts: Vec<_> = answers.iter().filter(|(_, kind, _)| *kind != StreamKind::App).collect();
    let holds = |number: &usize| {
        let word = canary(*number);
        texts.iter().any(|(.., bytes)| bytes.windows(word.len()).any(|at| at == word.as_bytes()))
    };
    assert_eq!((0..COUNT).filter(holds).count(), COUNT);
}
