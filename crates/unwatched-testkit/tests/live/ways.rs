//! How a phone can stand, as a fake of the protocol shows it: what is said of each, through an adb
//! server and by our own connection. Nothing is asked of a phone that does not stand open.

use std::net::SocketAddr;

use unwatched_acquire::live::{State, Trouble, Wanted, Way, is_nearby};
use unwatched_fixtures::phone::population::population;
use unwatched_testkit::rig::fake::{Answers, FakePhone, FakeServer, Lock, Mischief};
use unwatched_testkit::rig::free_port;

use crate::desk::{Desk, reach};

fn answers() -> Answers {
    Answers::of(population(3).remove(0))
}

fn through_server(list: &str, serial: Option<&str>) -> (Answers, Result<Way, State>) {
    let answers = answers();
    let server = FakeServer::start(list, answers.clone(), Mischief::default());
    let serial = serial.map(|serial| serial.parse().unwrap());
    let wanted = Wanted { serial, server_port: Some(server.port()), ..Wanted::default() };
    (answers, stands(&wanted))
}

fn own(lock: Lock) -> (Answers, Result<Way, State>) {
    let answers = answers();
    let phone = FakePhone::start(answers.clone(), lock, Mischief::default());
    let wanted = Wanted { address: Some(phone.address()), ..Wanted::default() };
    (answers, stands(&wanted))
}

fn stands(wanted: &Wanted) -> Result<Way, State> {
    reach(wanted).map(|connection| connection.way()).map_err(|trouble| match trouble {
        Trouble::State(state) => state,
        other => panic!("{other}"),
    })
}

#[track_caller]
fn check((answers, stands): (Answers, Result<Way, State>), expected: Result<Way, State>) {
    match expected {
        Ok(way) => assert_eq!(stands, Ok(way)),
        Err(state) => assert_eq!(stands, Err(state)),
    }
    assert_eq!(answers.calls(), Vec::<String>::new(), "nothing is asked before an acquisition");
}

#[test]
fn through_a_server_every_state_has_its_words() {
    check(through_server("R58M device model:x\n", None), Ok(Way::Server));
    check(through_server("R58M unauthorized\n", None), Err(State::Unauthorised));
    check(through_server("R58M authorizing\n", None), Err(State::Asking));
    check(through_server("R58M offline\n", None), Err(State::Offline));
    let forbidden = "???? no permissions (missing udev rules?); see [http://developer.example]\n";
    check(through_server(forbidden, None), Err(State::NoPermission));
    check(through_server("R58M recovery\n", None), Err(State::OtherMode));
    check(through_server("", None), Err(State::NoPhone));
    let two = "R58M device model:One\nFA77 unauthorized model:Two\n";
    let (_, several) = through_server(two, None);
    assert!(matches!(several, Err(State::Several(phones)) if phones.len() == 2));
    check(through_server(two, Some("R58M")), Ok(Way::Server));
    check(through_server(two, Some("FA77")), Err(State::Unauthorised));
    let (_, other) = through_server(two, Some("other"));
    assert!(matches!(other, Err(State::NotAmong(_))));
}

#[test]
fn by_our_own_connection_every_state_has_its_words() {
    check(own(Lock::Open), Ok(Way::Network));
    check(own(Lock::Old), Ok(Way::Network));
    check(own(Lock::Allowed), Ok(Way::Network));
    check(own(Lock::Refused), Err(State::Unauthorised));
    check(own(Lock::Pairing), Err(State::NeedsPairing));
    check(own(Lock::Recovery), Err(State::OtherMode));
}

#[test]
fn an_old_phone_is_read_without_the_newer_shell() {
    let mut desk = Desk::new();
    let old = population(3).into_iter().find(|phone| phone.handset.sdk < 26).unwrap();
    let answers = Answers::of(old);
    let phone = FakePhone::start(answers.clone(), Lock::Old, Mischief::default());
    let wanted = Wanted { address: Some(phone.address()), ..Wanted::default() };
    let acquired = desk.acquire(&mut reach(&wanted).unwrap(), &[]);
    assert!(acquired.stopped.is_none(), "{:?}", acquired.stopped);
    let calls = answers.calls();
    assert!(calls.contains(&"pm list packages -f -i".to_owned()), "with fewer options: {calls:?}");
    assert!(!calls.contains(&"dpm list-owners".to_owned()), "not asked in vain: {calls:?}");
    assert!(acquired.unanswered.is_empty(), "{:?}", acquired.unanswered);
}

#[test]
fn nothing_is_connected_to_that_is_not_nearby() {
    let far = |address: &str| !is_nearby(&address.parse::<SocketAddr>().unwrap());
    assert!(far("8.8.8.8:5555") && far("[2001:db8::1]:5555") && far("0.0.0.0:5555"));
    assert!(!far("192.168.1.7:5555") && !far("10.0.0.2:41235") && !far("[fe80::1]:5555"));
    let address = "203.0.113.7:5555".parse().unwrap();
    let wanted = Wanted { address: Some(address), ..Wanted::default() };
    assert_eq!(stands(&wanted), Err(State::FarAway(address)));
}

#[test]
fn without_a_server_and_without_a_phone_it_is_said_what_can_be_done() {
    let wanted = Wanted { server_port: Some(free_port()), ..Wanted::default() };
    let state = stands(&wanted).unwrap_err();
    // Which, is up to the computer that this runs on.
    assert!(matches!(state, State::NoServer | State::NoPhone), "{state:?}");
    assert!(!state.words().next.is_empty());
}

#[test]
fn a_port_with_something_else_on_it_is_no_adb_server() {
    let phone = FakePhone::start(answers(), Lock::Open, Mischief::default());
    let wanted = Wanted { server_port: Some(phone.address().port()), ..Wanted::default() };
    assert!(reach(&wanted).is_err());
}
