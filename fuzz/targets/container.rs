//! Anything that a helper may hand over: archives, backups, files of apps, archives within them.
//! What is recognised is read and judged to its end.

#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use unwatched_acquire::{Keys, open_bytes};
use unwatched_device::result::Tool;
use unwatched_device::{check, report};

fuzz_target!(|bytes: &[u8]| {
    let mut keys = Keys::default();
    if bytes.starts_with(b"ANDROID") {
        keys.set_passphrase("x".to_owned());
    }
    let Ok(mut evidence) = open_bytes("evidence", bytes.to_vec(), keys) else { return };
    let tool = Tool { name: "fuzz".to_owned(), version: "0".to_owned() };
    let result = check(evidence.as_mut(), None, Timestamp::UNIX_EPOCH, tool, &mut |_| {});
    let _ = (report::text(&result), report::html(&result));
});
