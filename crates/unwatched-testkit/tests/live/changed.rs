//! A single change on the rig's phone: with the checkpoint's proof, noted before it is sent, seen to
//! hold, and refused in the phone's own words where the phone refuses.

use unwatched_acquire::case::{Entry, Outcome};
use unwatched_acquire::live::commands::{PackageName, ReadOnly, Removing, UserId};
use unwatched_acquire::live::{NotDone, Wanted, ask, change};
use unwatched_device::plan::{Answer, Checkpoint, Next, Proof};
use unwatched_testkit::rig::state::Which;
use unwatched_testkit::rig::{self, Rig};

use crate::desk::{Desk, reach};

/// With an advocate, every question answered with yes.
fn proof() -> Proof {
    let mut checkpoint = Checkpoint::new();
    loop {
        match checkpoint.answer(Answer::Yes) {
            Next::Ask(next) => checkpoint = next,
            Next::Open(proof) => return proof,
            Next::Closed(question) => panic!("{question:?} stays closed"),
        }
    }
}

#[test]
fn a_change_is_noted_before_it_is_sent_and_the_phone_is_another_afterwards() {
    if rig::is_left_out() {
        return;
    }
    let mut desk = Desk::new();
    let rig = Rig::start(&Which { seed: 11, label: "watcher-00".to_owned(), apps: 0 });
    let phone = rig.phone();
    let administrator: PackageName = phone.planted[0].package.as_deref().unwrap().parse().unwrap();
    let ordinary = phone.apps.iter().find(|app| !app.at_delivery() && !app.admin).unwrap();
    let ordinary: PackageName = ordinary.package.parse().unwrap();
    let wanted = Wanted { address: Some(rig.address()), ..Wanted::default() };
    let mut connection = reach(&wanted).unwrap();
    let case = desk.case();
    let (user, proof) = (UserId::OWNER, proof());
    let listed = |connection: &mut _, name: &PackageName| {
        let said = ask(connection, &case, &ReadOnly::Packages).unwrap();
        said.text().lines().any(|line| line.contains(&format!("={name} ")))
    };
    assert!(listed(&mut connection, &ordinary));
    let uninstall = |package: &PackageName| Removing::Uninstall { package: package.clone(), user };
    let said = change(&mut connection, &case, &proof, &uninstall(&ordinary)).unwrap();
    assert_eq!(said.text(), "Success\n");
    assert!(!listed(&mut connection, &ordinary));
    // What administers the phone is not uninstalled so, and stays.
    let refused = change(&mut connection, &case, &proof, &uninstall(&administrator)).unwrap_err();
    assert!(
        matches!(&refused, NotDone::Refused(why) if why.contains("DEVICE_POLICY_MANAGER")),
        "{refused}"
    );
    assert!(listed(&mut connection, &administrator));
    drop(case);
    let read = desk.read();
    let journal: Vec<_> = read.journal().iter().map(|record| &record.entry).collect();
    let line = format!("pm uninstall --user 0 {ordinary}");
    let began = journal.iter().position(|entry| {
        matches!(entry, Entry::CommandBegan(command) if command.changes && command.command == line)
    });
    let ended = journal.iter().position(|entry| {
        matches!(entry, Entry::CommandEnded { command, outcome: Outcome::Exit(0), .. } if *command == line)
    });
    assert!(began.is_some() && began < ended, "{journal:?}");
    let changes = journal
        .iter()
        .filter(|entry| matches!(entry, Entry::CommandBegan(command) if command.changes));
    assert_eq!(changes.count(), 2, "a question is none");
}
