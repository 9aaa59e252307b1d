//! Every artefact by itself: the first line says which it is, the rest are its bytes. A line that
//! names no file of an acquisition names a service, as `dumpsys` does.

#![no_main]

mod memory;

use libfuzzer_sys::fuzz_target;
use unwatched_device::evidence::{ArtefactKind, EvidenceKind, SettingsTable};

fn kind(name: &str) -> ArtefactKind {
    match name {
        "getprop.txt" => ArtefactKind::Getprop,
        "settings_global.txt" => ArtefactKind::Settings(SettingsTable::Global),
        "settings_secure.txt" => ArtefactKind::Settings(SettingsTable::Secure),
        "settings_system.txt" => ArtefactKind::Settings(SettingsTable::System),
        "packages.json" => ArtefactKind::AqfPackages,
        "files.json" => ArtefactKind::AqfFiles,
        "root_binaries.json" => ArtefactKind::RootBinaries,
        "mounts.json" => ArtefactKind::Mounts,
        "processes.txt" => ArtefactKind::Processes,
        "services.txt" => ArtefactKind::ServiceList,
        "selinux.txt" => ArtefactKind::Selinux,
        "env.txt" => ArtefactKind::Environment,
        "logcat.txt" => ArtefactKind::Logcat,
        "packages.txt" => ArtefactKind::PackageList,
        "tombstone" => ArtefactKind::Tombstone,
        "anr" => ArtefactKind::AnrTrace,
        "intrusion_log" => ArtefactKind::IntrusionLog,
        "_manifest" => ArtefactKind::BackupManifest,
        service => ArtefactKind::Service(service.to_owned()),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let end = bytes.iter().take(64).position(|byte| *byte == b'\n');
    let Some((name, rest)) = end.map(|end| (&bytes[..end], &bytes[end + 1..])) else { return };
    let Ok(name) = std::str::from_utf8(name) else { return };
    memory::check(EvidenceKind::AndroidQf, kind(name), rest);
});
