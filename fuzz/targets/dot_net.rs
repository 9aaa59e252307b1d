//! A .NET library that an app brings along, perhaps packed, in an archive that is in order.

#![no_main]

mod app;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| app::analyse(&app::holding("assemblies/Watch.dll", bytes)));
