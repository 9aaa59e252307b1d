//! A release's bundle, before anybody has verified it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unwatched_formats::release::{Limits, open_bundle};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { total_bytes: 1 << 20 };
    if let Ok(bundle) = open_bundle(bytes, &limits) {
        let (_, indicators) = bundle.into_unverified();
        assert!(indicators.len() as u64 <= limits.total_bytes);
    }
});
