//! Cables that come off, and phones that mean harm: whatever comes, an acquisition ends, says why,
//! and leaves a case that can be read and judged as far as it goes.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use unwatched_acquire::case::AcquisitionEnd;
use unwatched_acquire::live::{Acquired, State, Trouble, Wanted};
use unwatched_fixtures::Random;
use unwatched_fixtures::phone::population::{Phone, population};
use unwatched_testkit::rig::fake::{Answers, FakePhone, FakeServer, Lie, Lock, Mischief};

use crate::desk::{Desk, checked, hurry, reach};

const APP: &str = "com.example.pulled";
const LIST: &str = "R58M device usb:1-1 model:x\n";

/// A phone with little on it, so that hundreds of acquisitions are quick; the protocol is the same.
fn phone() -> (Answers, String) {
    let mut phone: Phone = population(5).remove(22);
    phone.apps.truncate(12);
    phone.put(unwatched_fixtures::phone::population::Record::new(APP));
    let said = phone.answer(&["pm", "path", APP]).unwrap().out;
    let path = said.trim().strip_prefix("package:").unwrap().to_owned();
    let files = HashMap::from([(path.clone(), vec![0x50; 300_000])]);
    (Answers::of(phone).with_files(files), path)
}

/// By turns through a server and by our own connection.
fn acquired(
    desk: &mut Desk,
    answers: &Answers,
    mischief: &Mischief,
    through_server: bool,
) -> Result<Acquired, Trouble> {
    let (server, own);
    let wanted = if through_server {
        server = FakeServer::start(LIST, answers.clone(), mischief.clone());
        Wanted { server_port: Some(server.port()), ..Wanted::default() }
    } else {
        own = FakePhone::start(answers.clone(), Lock::Open, mischief.clone());
        Wanted { address: Some(own.address()), ..Wanted::default() }
    };
    let mut connection = reach(&wanted)?;
    Ok(desk.acquire(&mut connection, &[APP]))
}

/// What was written can be opened, and judged where that is asked for, and says that it was cut.
fn is_usable(desk: &Desk, acquired: &Acquired, judge: bool) {
    let case = desk.read();
    assert_eq!(case.problems(), Vec::<String>::new());
    let end = &case.acquisitions()[0].ended.as_ref().expect("its end stands in the journal").1;
    assert_eq!(*end == AcquisitionEnd::Complete, acquired.stopped.is_none());
    let mut evidence = case.evidence().unwrap();
    if !judge {
        let said = !evidence.problems().is_empty();
        assert!(said || acquired.stopped.is_none(), "it does not look whole");
        return;
    }
    let result = checked(evidence.as_mut());
    if acquired.stopped.is_some() {
        assert!(!result.problems.is_empty(), "it does not look whole");
    }
    assert!(!result.checks.is_empty());
}

#[test]
fn two_hundred_cables_come_off_anywhere() {
    let mut desk = Desk::new();
    let (answers, _) = phone();
    let whole = [true, false].map(|through_server| {
        let mischief = Mischief::default();
        let acquired = acquired(&mut desk, &answers, &mischief, through_server).unwrap();
        assert!(acquired.stopped.is_none() && acquired.app_files == 1, "{acquired:?}");
        mischief.sent()
    });
    let mut random = Random::new(41);
    let (mut reached, mut stopped) = (0, 0);
    for number in 0..200 {
        let through_server = number % 2 == 0;
        let bytes = whole[usize::from(!through_server)];
        // The first bytes, where greetings and headers are, as often as all the rest.
        let most = if number % 4 < 2 { 2_000.min(bytes) } else { bytes };
        let mischief = Mischief::cut_after(random.below(most));
        match acquired(&mut desk, &answers, &mischief, through_server) {
            Ok(acquired) => {
                is_usable(&desk, &acquired, number % 8 == 0);
                reached += 1;
                stopped += usize::from(acquired.stopped.is_some());
            }
            Err(Trouble::Cut | Trouble::State(_) | Trouble::Io(_)) => {}
            Err(other) => panic!("after {:?}: {other}", mischief.cut_after),
        }
        desk.forget();
    }
    assert!(reached > 80 && stopped > 80, "{reached} acquisitions, {stopped} of them cut");
}

#[test]
fn a_byte_that_is_another_is_noticed_or_harmless() {
    let mut desk = Desk::new();
    let (answers, _) = phone();
    let mut random = Random::new(43);
    for number in 0..60 {
        let mischief =
            Mischief::flipped_at(random.below(if number % 2 == 0 { 400 } else { 90_000 }));
        if let Ok(acquired) = acquired(&mut desk, &answers, &mischief, number % 3 == 0) {
            is_usable(&desk, &acquired, number % 8 == 0);
        }
        desk.forget();
    }
}

#[test]
fn a_hostile_phone_is_bounded_and_explained() {
    let lies = [
        Lie::Endless,
        Lie::LongPackets,
        Lie::LongPieces,
        Lie::LongMessages,
        Lie::LongExit,
        Lie::OthersServices,
        Lie::Escapes,
        Lie::Greetings,
    ];
    for lie in lies {
        for through_server in [true, false] {
            let mut desk = Desk::new();
            let (answers, _) = phone();
            let mischief = Mischief::lie(lie);
            let ran = catch_unwind(AssertUnwindSafe(|| {
                acquired(&mut desk, &answers, &mischief, through_server)
            }));
            match ran.unwrap_or_else(|_| panic!("{lie:?} makes it panic")) {
                Ok(acquired) => {
                    assert!(
                        acquired.took < Duration::from_secs(90),
                        "{lie:?}: {:?}",
                        acquired.took
                    );
                    let explained = acquired.stopped.is_some() || !acquired.unanswered.is_empty();
                    let has_no_effect = matches!(
                        (lie, through_server),
                        (Lie::Escapes, _) | (Lie::Greetings | Lie::OthersServices, true)
                    );
                    assert!(explained || has_no_effect, "{lie:?}: {acquired:?}");
                    is_usable(&desk, &acquired, true);
                }
                Err(trouble) => {
                    let said = trouble.to_string();
                    assert!(
                        said.len() > 20 && !said.chars().any(char::is_control),
                        "{lie:?}: {said}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_phone_that_falls_silent_is_waited_for_and_then_left() {
    for through_server in [true, false] {
        hurry(1);
        let mut desk = Desk::new();
        let (answers, _) = phone();
        let mischief = Mischief::silent_after(30_000);
        let (server, own);
        let wanted = if through_server {
            server = FakeServer::start(LIST, answers, mischief);
            Wanted { server_port: Some(server.port()), ..Wanted::default() }
        } else {
            own = FakePhone::start(answers, Lock::Open, mischief);
            Wanted { address: Some(own.address()), ..Wanted::default() }
        };
        let mut connection = reach(&wanted).unwrap();
        hurry(100);
        let acquired = desk.acquire(&mut connection, &[]);
        assert!(acquired.stopped.is_some(), "{acquired:?}");
        assert!(acquired.unanswered.iter().any(|(_, why)| why.contains("did not answer within")));
        is_usable(&desk, &acquired, true);
    }
}

#[test]
fn a_question_that_nobody_answers_ends() {
    let (answers, _) = phone();
    let phone = FakePhone::start(answers, Lock::Unanswered, Mischief::default());
    let wanted = Wanted { address: Some(phone.address()), ..Wanted::default() };
    // Two minutes in six seconds; making the key is not counted.
    hurry(20);
    let trouble = reach(&wanted).err().unwrap();
    assert!(matches!(trouble, Trouble::State(State::Unauthorised)), "{trouble}");
}
