//! A phone of 300 apps, acquired each way: with the findings of its files, and with nothing sent to it
//! but what reads. How quickly is `cargo xtask measure live`.

use std::collections::BTreeSet;
use std::fs;

use unwatched_acquire::live::Wanted;
use unwatched_acquire::live::commands::ReadOnly;
use unwatched_fixtures::phone::population::{Phone, population};
use unwatched_testkit::rig::fake::{Answers, FakePhone, Lock, Mischief};
use unwatched_testkit::rig::state::Which;
use unwatched_testkit::rig::{self, AdbServer, Rig};

use crate::desk::{Desk, checked, reach, said};

fn which() -> Which {
    Which { seed: 11, label: "watcher-00".to_owned(), apps: 300 }
}

/// What an AndroidQF acquisition holds and no question here asks for, as `docs/reference/live.md` says:
/// its own digests, files in temporary folders, traces of root. It also holds each app's certificate,
/// which adds points.
const ONLY_AS_FILES: [&str; 3] = ["as_acquired: ", "temporary_programs: ", "root_traces: "];

/// What is said, without the points of apps and what gives them.
fn bands(said: &BTreeSet<String>) -> BTreeSet<String> {
    let of_app = |line: &String| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    said.iter()
        .map(|line| if line.starts_with("app:") { of_app(line) } else { line.clone() })
        .collect()
}

/// The same answers, kept in files as somebody without this program would.
fn files(phone: &mut Phone, desk: &Desk) -> BTreeSet<String> {
    let folder = desk.path("files");
    fs::create_dir(&folder).unwrap();
    for question in ReadOnly::of_an_acquisition().iter().filter(|q| q.artefact().is_some()) {
        let line = &question.wordings()[0];
        let words: Vec<_> = line.split(' ').collect();
        let Some(answer) = phone.answer(&words).filter(|answer| answer.code == 0) else { continue };
        if !answer.out.is_empty() {
            let name = format!(
                "{}.txt",
                words[..words.len().min(if words[0] == "dumpsys" { 2 } else { 3 })]
                    .join("_")
                    .replace('.', "-")
            );
            fs::write(folder.join(name), answer.out).unwrap();
        }
    }
    let mut evidence = unwatched_acquire::open(&folder).unwrap();
    said(&checked(evidence.as_mut()))
}

/// Every call on the phone's side is one of the listed questions, word by word.
fn only_listed(calls: &[Vec<String>]) {
    let listed: BTreeSet<String> =
        ReadOnly::of_an_acquisition().iter().flat_map(ReadOnly::wordings).collect();
    for call in calls {
        let line = call.join(" ");
        let of_app = line.starts_with("pm path com.") || line.starts_with("sha256sum /");
        assert!(listed.contains(&line) || of_app, "not a listed question: {line}");
    }
}

#[test]
fn through_the_adb_server_and_by_our_own_connection_a_phone_says_what_its_files_say() {
    if rig::is_left_out() {
        return;
    }
    let (mut desk, rig, server) = (Desk::new(), Rig::start(&which()), AdbServer::start());
    rig.record(ReadOnly::of_an_acquisition().iter().flat_map(ReadOnly::wordings));
    let from_files = files(&mut rig.phone(), &desk);
    assert!(!from_files.is_empty());
    let serial = server.connect(&rig).parse().unwrap();
    let ways = [
        Wanted { serial: Some(serial), server_port: Some(server.port()), ..Wanted::default() },
        Wanted { address: Some(rig.address()), ..Wanted::default() },
    ];
    for wanted in ways {
        let before = rig.calls().len();
        let mut connection = reach(&wanted).unwrap();
        let acquired = desk.acquire(&mut connection, &[]);
        assert!(acquired.stopped.is_none(), "{:?}", acquired.stopped);
        let mut evidence = desk.read().evidence().unwrap();
        assert_eq!(said(&checked(evidence.as_mut())), from_files);
        let calls = rig.calls();
        assert!(calls.len() - before >= acquired.answered);
        only_listed(&calls[before..]);
    }
}

#[test]
fn phones_of_every_android_say_live_what_their_files_say() {
    // Some of each kind, and all that have another user or a profile.
    let every = population(11).into_iter().enumerate();
    let every = every.filter(|(number, phone)| number % 5 == 0 || phone.users.len() > 1);
    for (number, mut phone) in every {
        phone.forwards_calls = number % 2 == 0;
        let (mut desk, label) = (Desk::new(), phone.label.clone());
        let forwards = phone.forwards_calls;
        let of_file = |name: &str, bytes: Vec<u8>| {
            let path = desk.path(name);
            fs::write(&path, bytes).unwrap();
            said(&checked(unwatched_acquire::open(&path).unwrap().as_mut()))
        };
        let bugreport = of_file("bugreport.zip", phone.bugreport_zip());
        let android_qf = of_file("androidqf.zip", phone.android_qf_zip());
        let from_files = files(&mut phone, &desk);
        let is_said = from_files.iter().any(|said| said.starts_with("access:call_forwarding"));
        assert_eq!(is_said, forwards, "{label}: {from_files:?}");
        let fake = FakePhone::start(Answers::of(phone), Lock::Open, Mischief::default());
        let wanted = Wanted { address: Some(fake.address()), ..Wanted::default() };
        let acquired = desk.acquire(&mut reach(&wanted).unwrap(), &[]);
        assert!(acquired.stopped.is_none(), "{label}: {:?}", acquired.stopped);
        let mut evidence = desk.read().evidence().unwrap();
        let live = said(&checked(evidence.as_mut()));
        assert_eq!(live, from_files, "{label}");
        assert_eq!(live, bugreport, "{label}");
        let (live, android_qf) = (bands(&live), bands(&android_qf));
        for differs in live.symmetric_difference(&android_qf) {
            let is_known = ONLY_AS_FILES.iter().any(|known| differs.starts_with(known));
            assert!(is_known, "{label}: {differs}");
        }
    }
}

#[test]
fn another_phone_is_not_mixed_into_a_case() {
    let mut phones = population(11);
    let (first, second) = (phones.remove(0), phones.remove(20));
    let mut desk = Desk::new();
    let fakes = [first, second]
        .map(|phone| FakePhone::start(Answers::of(phone), Lock::Open, Mischief::default()));
    let wanted = |n: usize| Wanted { address: Some(fakes[n].address()), ..Wanted::default() };
    let case = desk.case();
    for (number, is_same) in [(0, true), (0, true), (1, false)] {
        let acquired = Desk::acquire_into(&case, &mut reach(&wanted(number)).unwrap(), &[]);
        assert_eq!(acquired.stopped.is_none(), is_same, "{:?}", acquired.stopped);
    }
    drop(case);
    let case = desk.read();
    let kept: Vec<_> = case.acquisitions().iter().map(|one| one.streams.len() > 10).collect();
    assert_eq!(kept, [true, true, false]);
    // The other phone's hides nothing, and it is said that it is there.
    let alone = case.evidence().unwrap();
    assert_eq!(alone.artefacts(), case.evidence_of(2).unwrap().artefacts());
    let problems = alone.problems();
    let said = problems.iter().filter(|problem| problem.what.contains("was not read here"));
    assert_eq!(said.count(), 1, "{problems:?}");
}
