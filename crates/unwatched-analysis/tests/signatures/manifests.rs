//! Apps whose manifest decides about their signatures: which sandbox they ask for, and manifests
//! that Android's verifier does or does not read.

use unwatched_fixtures::apk::{ApkBuilder, malformed};
use unwatched_fixtures::axml::StringEncoding;

use super::archive::packed;
use super::rig::Rig;
use super::signed::{Case, Keys, by, unsigned};

/// Each app signed with scheme 1, and with 2.
pub(crate) fn all(rig: &Rig, keys: &Keys) -> Vec<Case> {
    let mut apps: Vec<(&str, Vec<u8>)> = vec![
        ("utf8", unsigned().manifest_strings(StringEncoding::Utf8).build()),
        ("no_manifest", malformed::without_manifest(&unsigned())),
        ("manifest_cut_early", malformed::truncated_manifest(&unsigned(), 6)),
        ("manifest_cut_late", malformed::truncated_manifest(&unsigned(), 700)),
        ("absurd_strings", malformed::absurd_string_count(&unsigned())),
        ("empty_manifest", with_manifest(&[])),
        ("text_manifest", with_manifest(b"<?xml version=\"1.0\"?><manifest/>")),
        ("two_manifests", malformed::duplicate_entry(&unsigned(), "AndroidManifest.xml", b"other")),
        ("wrong_crc", malformed::wrong_crc32(&unsigned(), "assets/note.txt")),
        ("wrong_size", malformed::wrong_size(&unsigned(), "assets/note.txt", 10)),
        ("claims_encryption", malformed::claims_encryption(&unsigned(), "assets/note.txt")),
        ("unknown_method", malformed::unknown_compression(&unsigned(), "assets/note.txt")),
        ("path_traversal", malformed::path_traversal(&unsigned())),
        ("bomb", malformed::bomb(&unsigned(), 24)),
        ("large", unsigned().stored_file("assets/large", vec![5; 3_200_000]).build()),
    ];
    let manifest = unsigned().manifest();
    for at in (0..manifest.len()).step_by(manifest.len().div_ceil(60)) {
        let mut changed = manifest.clone();
        changed[at] ^= 0x41;
        apps.push(("changed", with_manifest(&changed)));
    }
    let mut cases = Vec::new();
    for (number, (name, apk)) in apps.iter().enumerate() {
        for (scheme, on) in [("v1", "true"), ("v2", "false")] {
            let off = if on == "true" { "false" } else { "true" };
            let words = [
                &["--min-sdk-version", "24", "--v1-signing-enabled", on][..],
                &["--v2-signing-enabled", off, "--v3-signing-enabled", "false"],
                &["--v4-signing-enabled", "false"],
                &by(keys.get("ec256")),
            ];
            if let Some(bytes) = rig.apksigner(apk, &words.concat()) {
                cases.push(Case { name: format!("app_{number}_{name}_{scheme}"), bytes });
            }
        }
    }
    cases
}

fn with_manifest(manifest: &[u8]) -> Vec<u8> {
    let app: &ApkBuilder = &unsigned();
    let mut files = super::archive::unpacked(&app.build());
    files[0].1 = manifest.to_vec();
    packed(&files)
}
