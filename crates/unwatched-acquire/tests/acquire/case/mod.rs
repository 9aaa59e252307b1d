//! A case: written like an acquisition writes it, cut off, changed, and read back.

mod golden;
mod judged;
mod whole;

use std::io::Write as _;
use std::path::Path;

use jiff::Timestamp;
use unwatched_acquire::case::{
    AcquisitionEnd, Case, CaseError, Clock, Outcome, Secret, StreamKind, Writer,
};

const TOOL: &str = "unwatched 0.0.0-test";

fn secret() -> Secret {
    Secret::new("seven blue doors".to_owned()).with_work_factor(2)
}

fn clock() -> Clock {
    let now: Timestamp = "2026-02-01T09:00:00Z".parse().unwrap();
    Box::new(move || now)
}

fn create(folder: &Path) -> Writer {
    Writer::create(folder, &secret(), TOOL, clock()).unwrap()
}

fn open(folder: &Path) -> Result<Case, CaseError> {
    unwatched_acquire::case::open(folder, &secret())
}

fn keep(writer: &Writer, name: &str, kind: StreamKind, bytes: &[u8]) {
    let mut stream = writer.stream(name, kind).unwrap();
    stream.write_all(bytes).unwrap();
    stream.finish(Outcome::Exit(0)).unwrap();
}

/// One acquisition with these answers.
fn acquire(writer: &Writer, answers: &[(&str, StreamKind, &[u8])]) {
    writer.begin_acquisition(TOOL).unwrap();
    for (name, kind, bytes) in answers {
        keep(writer, name, kind.clone(), bytes);
    }
    writer.end_acquisition(AcquisitionEnd::Complete).unwrap();
}
