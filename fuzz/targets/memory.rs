//! Evidence of one artefact that lies in memory.

use std::io::{self, Read};

use jiff::Timestamp;
use unwatched_device::evidence::{Artefact, ArtefactKind, Evidence, EvidenceKind, Problem};
use unwatched_device::result::Tool;
use unwatched_device::{check as check_evidence, report};

struct Memory<'b> {
    kind: EvidenceKind,
    artefact: ArtefactKind,
    bytes: &'b [u8],
}

impl Evidence for Memory<'_> {
    fn kind(&self) -> EvidenceKind {
        self.kind
    }

    fn artefacts(&self) -> Vec<Artefact> {
        let place = "artefact".to_owned();
        vec![Artefact { kind: self.artefact.clone(), place, size_bytes: None }]
    }

    fn problems(&self) -> Vec<Problem> {
        Vec::new()
    }

    fn open<'a>(&'a mut self, _: &Artefact) -> io::Result<Box<dyn Read + 'a>> {
        Ok(Box::new(self.bytes))
    }
}

/// Reads, judges, and writes both reports.
pub(crate) fn check(kind: EvidenceKind, artefact: ArtefactKind, bytes: &[u8]) {
    let tool = Tool { name: "fuzz".to_owned(), version: "0".to_owned() };
    let mut evidence = Memory { kind, artefact, bytes };
    let result = check_evidence(&mut evidence, None, Timestamp::UNIX_EPOCH, tool, &mut |_| {});
    let _ = (report::text(&result), report::html(&result));
}
