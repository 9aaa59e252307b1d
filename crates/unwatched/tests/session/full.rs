//! A disk that is full: it is said, what was written is kept, and with room again it goes on.

use std::env;
use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use unwatched_acquire::case::{self, CaseError, Outcome, StreamKind, Writer};

use super::computer::{Computer, Started};
use super::network::can_make_namespaces;
use super::phone::{clock, secret};

const DISK_VARIABLE: &str = "UNWATCHED_TEST_SMALL_DISK";
/// A disk of a megabyte that nobody else sees, mounted where the first word says.
const ON_A_SMALL_DISK: [&str; 6] =
    ["unshare", "--map-root-user", "--mount", "sh", "-c", SMALL_DISK];
const SMALL_DISK: &str =
    "mount -t tmpfs -o size=1m none \"$UNWATCHED_TEST_SMALL_DISK\" && exec \"$0\" \"$@\"";

#[test]
fn a_full_disk_stops_an_acquisition_and_takes_nothing_away() {
    if !can_make_namespaces() {
        return;
    }
    let computer = Computer::new();
    let test = Started::of_test("full::fills_the_disk_it_was_started_on", DISK_VARIABLE);
    let mut command = test.behind(&computer, &ON_A_SMALL_DISK);
    command.env(DISK_VARIABLE, computer.path().join("work"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// Started by the test above.
#[test]
fn fills_the_disk_it_was_started_on() {
    if let Some(disk) = env::var_os(DISK_VARIABLE).map(PathBuf::from) {
        fill(&disk);
    }
}

fn fill(disk: &Path) {
    let (folder, ballast) = (disk.join("case"), disk.join("something else"));
    fs::write(&ballast, vec![1; 400_000]).unwrap();
    let kind = |what: &str| StreamKind::Other(what.to_owned());
    let writer = Writer::create(&folder, &secret(), "unwatched", clock()).unwrap();
    writer.begin_acquisition("unwatched").unwrap();
    let mut first = writer.stream("one", kind("a")).unwrap();
    first.write_all(b"kept").unwrap();
    first.finish(Outcome::Exit(0)).unwrap();
    let mut second = writer.stream("two", kind("b")).unwrap();
    let error = std::io::copy(&mut std::io::repeat(7), &mut second).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFull);
    assert!(error.to_string().starts_with("the disk is full: what was written so far is kept"));
    let error = second.finish(Outcome::Exit(0)).unwrap_err();
    assert!(matches!(error, CaseError::Full), "{error}");
    // Not even the journal has room once what is left was taken.
    let mut rest = fs::File::options().append(true).open(&ballast).unwrap();
    while rest.write_all(&[1; 100]).is_ok() {}
    let error = writer.begin_acquisition("unwatched").unwrap_err();
    assert!(matches!(error, CaseError::Full), "{error}");
    drop((rest, writer));
    let case = case::open(&folder, &secret()).unwrap();
    assert_eq!(case.problems(), Vec::<String>::new());
    let [one, two] = &case.acquisitions()[0].streams[..] else { panic!("two streams") };
    let mut bytes = Vec::new();
    case.stream(one).unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"kept");
    bytes.clear();
    case.stream(two).unwrap().read_to_end(&mut bytes).unwrap_err();
    assert!(bytes.len() > 100_000 && bytes.iter().all(|byte| *byte == 7), "{}", bytes.len());
    drop(case);
    fs::remove_file(ballast).unwrap();
    let writer = Writer::resume(&folder, &secret(), clock()).unwrap();
    assert_eq!(writer.begin_acquisition("unwatched").unwrap(), 2);
}
