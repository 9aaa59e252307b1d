//! What holds of a case as a folder: what was written is read back, by one who has the passphrase,
//! by one at a time, and only as it was written.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;

use unwatched_acquire::case::{
    self, CaseError, Entry, Outcome, Secret, StepState, StreamKind, Writer,
};

use super::{TOOL, acquire, clock, create, keep, open, secret};

fn other(what: &str) -> StreamKind {
    StreamKind::Other(what.to_owned())
}

/// The bytes of each stream of the newest acquisition, up to an error, and whether one came.
fn streams(folder: &Path) -> Vec<(String, Vec<u8>, bool)> {
    let case = open(folder).unwrap();
    let newest = case.acquisitions().last().unwrap();
    let read = |held| {
        let mut bytes = Vec::new();
        let failed =
            case.stream(held).and_then(|mut stream| stream.read_to_end(&mut bytes)).is_err();
        (held.name.clone(), bytes, failed)
    };
    newest.streams.iter().map(read).collect()
}

#[test]
fn what_was_written_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    let long: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let writer = create(&case);
    acquire(&writer, &[("getprop", other("a"), b"short"), ("cat /x", other("b"), &long)]);
    let step = Entry::Step {
        part: "remove".to_owned(),
        step: "admin:com.quiet.omega".to_owned(),
        state: StepState::Intended,
        detail: [("before".to_owned(), "on".to_owned())].into(),
    };
    writer.journal(&step).unwrap();
    drop(writer);
    let read = streams(&case);
    assert_eq!(read[0], ("getprop".to_owned(), b"short".to_vec(), false));
    assert!(read[1].1 == long && !read[1].2);
    let opened = open(&case).unwrap();
    assert_eq!(opened.journal().last().unwrap().entry, step);
    assert_eq!(opened.problems(), Vec::<String>::new());
}

#[test]
fn only_its_passphrase_opens_it() {
    let folder = tempfile::tempdir().unwrap();
    drop(create(folder.path()));
    let wrong = Secret::new("seven blue door".to_owned());
    let error = case::open(folder.path(), &wrong).err().unwrap();
    assert!(matches!(error, CaseError::OtherPassphrase), "{error}");
}

#[test]
fn a_case_is_never_made_among_something_else() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("letter.txt"), "x").unwrap();
    let error = Writer::create(folder.path(), &secret(), TOOL, clock()).err().unwrap();
    assert!(matches!(error, CaseError::NotEmpty(_)), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let at_a_file = folder.path().join("letter.txt");
    let error = Writer::create(&at_a_file, &secret(), TOOL, clock()).err().unwrap();
    assert!(matches!(error, CaseError::NotEmpty(_)), "{error}");
}

#[test]
fn the_second_program_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let writer = create(folder.path());
    let second = Writer::resume(folder.path(), &secret(), clock()).err().unwrap();
    assert!(matches!(second, CaseError::InUse(_)), "{second}");
    assert!(matches!(open(folder.path()), Err(CaseError::InUse(_))));
    drop(writer);
    // Two may read, and nobody writes meanwhile.
    let (one, two) = (open(folder.path()).unwrap(), open(folder.path()).unwrap());
    let third = Writer::resume(folder.path(), &secret(), clock()).err().unwrap();
    assert!(matches!(third, CaseError::InUse(_)), "{third}");
    drop((one, two));
    Writer::resume(folder.path(), &secret(), clock()).unwrap();
}

#[cfg(unix)]
#[test]
fn nobody_else_on_this_computer_can_look_into_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let above = tempfile::tempdir().unwrap();
    let folder = above.path().join("case");
    acquire(&create(&folder), &[("getprop", other("a"), b"x")]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(files.inspect(|file| assert_eq!(mode(file), 0o600)).count(), 5);
}

#[test]
fn a_copy_of_the_folder_does_not_tell_when_a_phone_was_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    acquire(&create(folder.path()), &[("getprop", other("a"), b"x"), ("id", other("b"), b"y")]);
    let files = fs::read_dir(folder.path()).unwrap();
    let mut times: Vec<_> =
        files.map(|file| file.unwrap().metadata().unwrap().modified().unwrap()).collect();
    times.dedup();
    assert_eq!(times.len(), 1);
}

#[test]
fn a_stream_cannot_take_anothers_place() {
    let folder = tempfile::tempdir().unwrap();
    acquire(
        &create(folder.path()),
        &[("one", other("a"), b"first"), ("two", other("b"), b"other")],
    );
    fs::copy(folder.path().join("000002"), folder.path().join("000001")).unwrap();
    let read = streams(folder.path());
    assert_eq!(read[0], ("one".to_owned(), Vec::new(), true));
    assert_eq!(read[1], ("two".to_owned(), b"other".to_vec(), false));
}

#[test]
fn what_was_being_written_when_it_was_cut_off_is_read_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let writer = create(folder.path());
    writer.begin_acquisition(TOOL).unwrap();
    keep(&writer, "one", other("a"), b"whole");
    let mut cut = writer.stream("two", other("b")).unwrap();
    let long: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    cut.write_all(&long).unwrap();
    drop((cut, writer));
    let read = streams(folder.path());
    assert_eq!(read[0], ("one".to_owned(), b"whole".to_vec(), false));
    let (_, bytes, failed) = &read[1];
    // All but the chunk that was only in memory.
    assert!(*failed && bytes.len() > long.len() - (70 << 10) && long.starts_with(bytes));
}

#[test]
fn a_cut_journal_is_gone_on_with_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    acquire(&create(folder.path()), &[("one", other("a"), b"first")]);
    let journal = folder.path().join("journal");
    let whole = fs::read(&journal).unwrap();
    fs::write(&journal, &whole[..whole.len() - 100]).unwrap();
    let cut = open(folder.path()).unwrap();
    assert_eq!((cut.acquisitions()[0].ended.is_none(), cut.problems().len()), (true, 1));
    drop(cut);
    let writer = Writer::resume(folder.path(), &secret(), clock()).unwrap();
    acquire(&writer, &[("one", other("a"), b"second")]);
    drop(writer);
    let again = open(folder.path()).unwrap();
    let removed = |record: &&case::Record| matches!(record.entry, Entry::CutPieceRemoved { .. });
    assert_eq!(again.journal().iter().filter(removed).count(), 1);
    assert_eq!((again.problems(), again.acquisitions().len()), (Vec::new(), 2));
    assert_eq!(streams(folder.path())[0].1, b"second");
}

#[test]
fn a_changed_journal_is_read_up_to_there_and_never_added_to() {
    let folder = tempfile::tempdir().unwrap();
    acquire(&create(folder.path()), &[("one", other("a"), b"first")]);
    let journal = folder.path().join("journal");
    let mut bytes = fs::read(&journal).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&journal, bytes).unwrap();
    let opened = open(folder.path()).unwrap();
    assert!(opened.problems()[0].contains("changed or damaged"), "{:?}", opened.problems());
    drop(opened);
    let error = Writer::resume(folder.path(), &secret(), clock()).err().unwrap();
    assert!(matches!(error, CaseError::JournalDamaged { .. }), "{error}");
}

#[test]
fn what_a_journal_without_its_end_announced_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let writer = create(folder.path());
    let before = fs::read(folder.path().join("journal")).unwrap();
    acquire(&writer, &[("one", other("a"), b"first")]);
    drop(writer);
    fs::write(folder.path().join("journal"), before).unwrap();
    let problems = open(folder.path()).unwrap().problems();
    assert!(problems[0].starts_with("1 of its files are not in the journal"), "{problems:?}");
}

#[test]
fn a_case_whose_key_was_destroyed_stays_closed() {
    let folder = tempfile::tempdir().unwrap();
    let writer = create(folder.path());
    acquire(&writer, &[("one", other("a"), b"first")]);
    let key = fs::read(folder.path().join("key")).unwrap();
    writer.close_for_good().unwrap();
    assert!(matches!(open(folder.path()), Err(CaseError::KeyDestroyed)));
    let left = fs::read(folder.path().join("key")).unwrap();
    assert!(!left.windows(8).any(|piece| key.windows(8).any(|of_key| of_key == piece)));
}

#[test]
fn a_failed_copy_is_not_taken_for_a_whole_one() {
    let folder = tempfile::tempdir().unwrap();
    let writer = create(folder.path());
    writer.begin_acquisition(TOOL).unwrap();
    let mut stream = writer.stream("one", other("a")).unwrap();
    stream.write_all(b"half").unwrap();
    stream.finish(Outcome::Cut("the cable was pulled".to_owned())).unwrap();
    drop(writer);
    assert_eq!(streams(folder.path())[0], ("one".to_owned(), b"half".to_vec(), true));
}
