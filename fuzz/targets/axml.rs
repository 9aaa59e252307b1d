//! The manifest of an app, in an archive that is in order: checksums would stop most changes.

#![no_main]

mod app;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| app::analyse(&app::holding("AndroidManifest.xml", bytes)));
