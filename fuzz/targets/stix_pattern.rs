//! STIX patterns that partners send: what is read are values, and a pattern made of them is read alike.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unwatched_formats::stix::comparisons;

fuzz_target!(|bytes: &[u8]| {
    let Ok(pattern) = std::str::from_utf8(bytes) else { return };
    let Ok(found) = comparisons(pattern) else { return };
    assert!(!found.is_empty() && found.len() <= 1_000, "{} values", found.len());
    assert!(found.iter().all(|one| one.value.len() <= pattern.len()));
    let again = comparisons(&format!("({pattern})"));
    assert!(again.is_err() || again == Ok(found), "brackets change nothing");
});
