//! A cable that comes off during a removal, after any byte, by our own connection and through an adb
//! server: the run ends and says so, and the next one says truthfully how things stand and goes on
//! to the end.

use std::fs;

use unwatched_acquire::live::Wanted;
use unwatched_fixtures::Random;
use unwatched_fixtures::phone::population::{Phone, phone_of};
use unwatched_testkit::rig::fake::{Answers, FakePhone, FakeServer, Lock, Mischief};

use crate::desk::{Desk, reach};
use crate::removal::{BY_CABLE, BY_HAND, CHECKPOINT, WATCHER, app, is_so};
use crate::terminal::Terminal;

const LIST: &str = "R58M device usb:1-1 model:x\n";

/// A phone with the watcher and little else: what is sent is the same, and quick to judge.
pub(crate) fn phone() -> Phone {
    let mut phone = phone_of(11, "watcher-00").unwrap();
    let mut others = 0;
    phone.apps.retain(|app| {
        others += usize::from(app.package != WATCHER);
        app.package == WATCHER || others < 12
    });
    phone
}

/// A phone on a cable that comes off when the mischief says so.
pub(crate) enum OnCable {
    Own(FakePhone),
    Server(FakeServer),
}

impl OnCable {
    /// It opens to everybody.
    pub(crate) const LOCK: Lock = Lock::Open;

    pub(crate) fn of(answers: &Answers, mischief: &Mischief, through_server: bool) -> Self {
        let (answers, mischief) = (answers.clone(), mischief.clone());
        if through_server {
            Self::Server(FakeServer::start(LIST, answers, mischief))
        } else {
            Self::Own(FakePhone::start(answers, Self::LOCK, mischief))
        }
    }

    pub(crate) fn options(&self) -> [String; 2] {
        match self {
            Self::Own(phone) => ["--address".to_owned(), phone.address().to_string()],
            Self::Server(server) => ["--adb-port".to_owned(), server.port().to_string()],
        }
    }
}

/// One run, with yes to everything and with what is to be done by hand done.
fn removes(desk: &Desk, answers: &Answers, cable: &OnCable) -> (Option<i32>, String) {
    let case = desk.path("case-1");
    let [option, value] = cable.options();
    let words = ["remove", case.to_str().unwrap(), &option, &value];
    let mut run = Terminal::start(&desk.path(""), &words);
    let asked = [CHECKPOINT, BY_CABLE, BY_HAND];
    while let Some(which) = run.until(&asked) {
        let step = run.seen().rsplit("\n* ").next().unwrap_or_default();
        let is_admin = step.starts_with("Take away the right of");
        if asked[which] == BY_HAND && is_admin && app(&answers.phone()).admin {
            answers.by_hand(&["hand", "take-admin", WATCHER]);
        }
        run.types("y");
    }
    let (status, screen) = run.end();
    (status.code(), screen)
}

#[test]
fn a_cable_that_comes_off_during_a_removal_leaves_a_case_that_tells_the_truth() {
    const CUTS: usize = 48;
    let mut desk = Desk::new();
    let as_found = Answers::of(phone());
    let own = OnCable::of(&as_found, &Mischief::default(), false);
    let OnCable::Own(fake) = &own else { unreachable!("it was asked for") };
    let wanted = Wanted { address: Some(fake.address()), ..Wanted::default() };
    let acquired = desk.acquire(&mut reach(&wanted).unwrap(), &[]);
    assert!(acquired.stopped.is_none(), "{:?}", acquired.stopped);
    desk.copy("case-1", "ready");
    let whole = [false, true].map(|through_server| {
        let (answers, mischief) = (Answers::of(phone()), Mischief::default());
        let cable = OnCable::of(&answers, &mischief, through_server);
        desk.copy("ready", "case-1");
        let (code, screen) = removes(&desk, &answers, &cable);
        assert_eq!(code, Some(0), "{screen}");
        assert!(app(&answers.phone()).removed);
        mischief.sent()
    });
    let mut random = Random::new(47);
    let (mut cut, mut claims, mut amid) = (0, 0, 0);
    for number in 0..CUTS {
        let through_server = number % 2 == 0;
        let bytes = whole[usize::from(through_server)];
        // One in every part of it, from the greeting to the last answer.
        let part = bytes / CUTS;
        let mischief = Mischief::cut_after(part * number + random.below(part.max(1)));
        let answers = Answers::of(phone());
        desk.copy("ready", "case-1");
        let cable = OnCable::of(&answers, &mischief, through_server);
        let (code, screen) = removes(&desk, &answers, &cable);
        drop(cable);
        let place = format!("{through_server} {:?}\n{screen}", mischief.cut_after);
        // A server answers on other connections, and a question that was cut may be the last.
        assert!(matches!(code, Some(8 | 9)), "{code:?} {place}");
        assert!(screen.contains("error: "), "{place}");
        cut += 1;
        let so = answers.phone();
        amid += usize::from(app(&so).removed || !app(&so).accessibility);
        let cable = OnCable::of(&answers, &Mischief::default(), through_server);
        let (code, screen) = removes(&desk, &answers, &cable);
        assert_eq!(code, Some(0), "{place}\nthen\n{screen}");
        claims += truthful(&screen, &so, &place);
        assert!(app(&answers.phone()).removed, "{screen}");
    }
    fs::remove_dir_all(desk.path("ready")).unwrap();
    assert!(
        cut == CUTS && amid > 10 && claims > 20,
        "{cut} cuts, {amid} of them amid the steps, {claims} claims"
    );
}

/// Compares every claim at the second start with the phone as the cut left it; says how many there
/// were.
fn truthful(screen: &str, so: &Phone, place: &str) -> usize {
    let mut claims = 0;
    for line in screen.lines() {
        let line = line.strip_prefix("- ").unwrap_or(line);
        let Some((step, claim)) = line.split_once(": it ") else { continue };
        let Some(is_so) = is_so(so, step) else { continue };
        claims += 1;
        if claim.starts_with("was done, and the phone said so") || claim.starts_with("is done") {
            assert!(is_so, "{line}\n{place}");
        }
        if claim.starts_with("is not done") || claim.starts_with("was tried") {
            assert!(!is_so, "{line}\n{place}");
        }
    }
    claims
}
