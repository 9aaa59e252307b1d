//! A native library of an app.

#![no_main]

mod app;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| app::analyse(&app::holding("lib/arm64-v8a/libapp.so", bytes)));
