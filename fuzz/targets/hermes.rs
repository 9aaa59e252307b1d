//! The compiled script of a React Native app.

#![no_main]

mod app;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| app::analyse(&app::holding("assets/index.android.bundle", bytes)));
