//! AndroidQF's `packages.json`, read and judged, and the page written from it.

#![no_main]

mod memory;

use libfuzzer_sys::fuzz_target;
use unwatched_device::evidence::{ArtefactKind, EvidenceKind};

fuzz_target!(|bytes: &[u8]| memory::check(
    EvidenceKind::AndroidQf,
    ArtefactKind::AqfPackages,
    bytes
));
