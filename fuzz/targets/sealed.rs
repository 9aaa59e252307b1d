//! A hostile sealed package, as what age decrypts it to: an archive, a manifest, custody entries,
//! streams, a journal, facts.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unwatched_acquire::sealed::read_plain;
use unwatched_device::facts::Facts;
use unwatched_device::result::Tool;
use unwatched_device::{check, check_facts};

fuzz_target!(|bytes: &[u8]| {
    let Ok(package) = read_plain(bytes.to_vec()) else { return };
    let now = "2026-02-01T09:30:00Z".parse().expect("a time");
    let tool = || Tool { name: "unwatched".to_owned(), version: "0".to_owned() };
    let _ = (package.words(), package.words_of_custody(), package.indicators());
    for look in package.manifest().acquisitions.iter().take(4) {
        let _ = package.findings(look.number);
        if let Ok(facts) = package.facts(look.number)
            && let Ok(facts) = serde_json::from_slice::<Facts>(&facts)
        {
            let _ = check_facts(facts, None, now, tool());
        }
        if let Ok(mut evidence) = package.evidence_of(look.number) {
            let _ = check(evidence.as_mut(), None, now, tool(), &mut |_| {});
        }
    }
});
