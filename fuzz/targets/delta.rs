//! What changed between two releases, of any bytes in the place of their lines: parted by the first
//! byte that is in no text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unwatched_formats::feed::delta::{Side, between};

fuzz_target!(|bytes: &[u8]| {
    let at = bytes.iter().position(|byte| *byte == 0xff).unwrap_or(bytes.len());
    let (old, new) = (&bytes[..at], bytes.get(at + 1..).unwrap_or_default());
    let (old, new) = (Side { sequence: 1, lines: old }, Side { sequence: 2, lines: new });
    let Ok(delta) = between(old, new) else { return };
    assert!(delta.ends_with(b"\n"));
    let nothing = between(old, Side { sequence: 2, ..old }).expect("lines that were read");
    assert_eq!(nothing.iter().filter(|byte| **byte == b'\n').count(), 1, "nothing changed");
});
