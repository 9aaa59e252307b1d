//! The picture beside an app's name, in an app that is in order but for it.

#![no_main]

mod app;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| app::analyse(&app::with_icon(bytes)));
