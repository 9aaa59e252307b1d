//! The offline filter as a partner's program reads it: what is no filter is refused, what is one
//! answers every question.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unwatched_formats::feed::filter::Filter;
use unwatched_model::indicator::IndicatorKind;

fuzz_target!(|bytes: &[u8]| {
    let Ok(filter) = Filter::from_bytes(bytes) else { return };
    assert_eq!(bytes.len(), 12 + filter.len() * 10, "every byte belongs to an entry");
    for (kind, value) in [
        (IndicatorKind::Domain, "a.b.panel.watch-alpha.example"),
        (IndicatorKind::Package, "com.example.watch.alpha"),
        (IndicatorKind::Address, "203.0.113.77"),
        (IndicatorKind::Domain, ""),
    ] {
        if filter.is_empty() {
            assert_eq!(filter.look_up(kind, value), None);
        } else {
            let _ = filter.look_up(kind, value);
        }
    }
});
