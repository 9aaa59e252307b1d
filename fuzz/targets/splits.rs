//! An archive of split apps: its list, and what it holds.

#![no_main]

mod app;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| app::analyse(&app::holding("manifest.json", bytes)));
