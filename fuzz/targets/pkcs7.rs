//! The signature of an app in the oldest scheme: PKCS #7 and the certificates in it.

#![no_main]

mod app;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| app::analyse(&app::holding("META-INF/CERT.RSA", bytes)));
