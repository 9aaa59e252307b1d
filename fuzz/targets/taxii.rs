//! What a TAXII client sends: an envelope and each object in it by itself, a query, a page's token, a
//! time. The first byte says which.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unwatched_formats::taxii::envelope::{head, objects};
use unwatched_formats::taxii::{Filters, Next, Strictness, media, time};

fuzz_target!(|bytes: &[u8]| {
    let Some((which, rest)) = bytes.split_first() else { return };
    if which % 4 == 0 {
        return envelope(rest);
    }
    let Ok(text) = std::str::from_utf8(rest) else { return };
    match which % 4 {
        1 => query(text),
        2 => {
            if let Some(next) = Next::read(text) {
                assert_eq!(next.to_text(), text, "a token is written in one way");
            }
        }
        _ => {
            let _ = (media::is_accepted(text), media::is_envelope(text));
            if let Some(at) = time::parse(text) {
                let written = time::write(at);
                assert_eq!(time::parse(&written).map(time::write), Some(written));
                assert_eq!(time::parse_limit(text), Some(at));
            }
        }
    }
});

fn envelope(body: &[u8]) {
    let Ok(found) = objects(body) else { return };
    assert!(!found.is_empty());
    for json in found {
        assert!(body.len() >= json.len());
        for strictness in [Strictness::Stix, Strictness::Served] {
            // One that is taken comes back as it was sent, and is taken again.
            if let Ok(head) = head(json, strictness) {
                assert!(!head.id.is_empty());
                assert!(strictness == Strictness::Served || !head.object_type.is_empty());
                let alone = format!("{{\"objects\":[{json}]}}");
                assert_eq!(objects(alone.as_bytes()).expect("an envelope"), [json]);
            }
        }
    }
}

fn query(text: &str) {
    if let Ok(filters) = Filters::read(text) {
        assert_ne!(filters.limit, Some(0));
    }
}
