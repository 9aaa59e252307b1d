//! The compiled indicator set: what can be read answers every question and writes itself again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unwatched_model::set::IndicatorSet;

fuzz_target!(|bytes: &[u8]| {
    let Ok(set) = IndicatorSet::from_bytes(bytes) else { return };
    for entry in set.iter().take(64) {
        let _ = set.lookup(entry.kind, entry.value);
    }
    let again = IndicatorSet::from_bytes(&set.to_bytes()).expect("what was written can be read");
    assert_eq!(again.len(), set.len());
});
