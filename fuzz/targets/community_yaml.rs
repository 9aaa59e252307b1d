//! The community's files: the first byte says which of the three the rest is.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unwatched_formats::community::{Sources, parse};

fuzz_target!(|bytes: &[u8]| {
    let Some((which, bytes)) = bytes.split_first() else { return };
    let sources = match which % 3 {
        0 => Sources { ioc: Some(bytes), ..Sources::default() },
        1 => Sources { watchware: Some(bytes), ..Sources::default() },
        _ => Sources { samples: Some(bytes), ..Sources::default() },
    };
    let _ = parse(&sources);
});
