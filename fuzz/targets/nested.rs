//! A file inside an app that may be an app or code itself.

#![no_main]

mod app;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| app::analyse(&app::holding("assets/inner.apk", bytes)));
