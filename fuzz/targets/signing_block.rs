//! The block before the directory that holds an app's signatures, in a file that is in order.

#![no_main]

mod app;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| app::analyse(&app::with_signing_block(bytes)));
