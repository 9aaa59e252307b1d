//! A release's bundle: opened before anybody has verified it, and held against a key that signed it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unwatched_formats::release::{Limits, Pin, open_bundle};

/// The one that minisign itself is released with.
const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { total_bytes: 1 << 20 };
    if let Ok(bundle) = open_bundle(bytes, &limits) {
        let pin: Pin = KEY.parse().expect("a key");
        assert!(bundle.clone().verify_pinned(&pin).is_err(), "nobody has the secret half");
        let (_, indicators) = bundle.into_unverified();
        assert!(indicators.len() as u64 <= limits.total_bytes);
    }
});
