//! A whole app file.

#![no_main]

mod app;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| app::analyse(bytes));
