//! Files made to stop a reader: each gives a report that says what is missing.

use unwatched_analysis::{Limits, analyze};
use unwatched_fixtures::apk::{ApkBuilder, gallery, malformed};
use unwatched_fixtures::dex::DexBuilder;
use unwatched_fixtures::mutations;
use unwatched_model::report::{FileFormat, Report};

use super::{capability, has_anomaly, has_problem, plain_app, report};

fn app() -> ApkBuilder {
    gallery::unknown_stalkerware_like(7).builder().clone()
}

#[test]
fn a_truncated_app_says_that_nothing_was_read() {
    let whole = app().build();
    for keep_bytes in [4, 30, 100, whole.len() / 2, whole.len() - 1] {
        let report = report(&malformed::truncated(&app(), keep_bytes));
        assert_eq!(report.format, FileFormat::Zip, "at {keep_bytes}");
        assert!(has_problem(&report, "cut off"), "{:?}", report.problems);
        assert!(has_problem(&report, "Not judged: keys_accessibility"), "{:?}", report.problems);
    }
}

#[test]
fn an_unreadable_manifest_never_looks_like_an_app_without_capabilities() {
    for bytes in [
        malformed::truncated_manifest(&app(), 6),
        malformed::truncated_manifest(&app(), 700),
        malformed::absurd_string_count(&app()),
    ] {
        let report = report(&bytes);
        let judged =
            capability(&report, "device_admin").is_some_and(|c| c.support.as_str() == "supported");
        assert!(
            judged || has_problem(&report, "the manifest could not be read, or not wholly"),
            "{:?}",
            report.problems
        );
    }
}

#[test]
fn unreadable_code_never_looks_like_an_app_without_capabilities() {
    let dex = DexBuilder::new().string("text").build();
    for damaged in [b"not a dex".to_vec(), dex[..0x60].to_vec(), dex[..0x75].to_vec(), Vec::new()] {
        let report =
            report(&plain_app().android_permissions(&["CAMERA"]).dex_bytes(damaged).build());
        assert!(
            has_problem(&report, "the code could not be read, or not wholly"),
            "{:?}",
            report.problems
        );
        assert_eq!(capability(&report, "camera").unwrap().support.as_str(), "possible");
    }
    let without_code = renamed(app().build(), b"classes.dex", b"classes.dat");
    assert!(has_problem(&report(&without_code), "no classes.dex"));
}

/// The same file with another name for an entry, in its own header and in the directory.
fn renamed(mut bytes: Vec<u8>, name: &[u8], other: &[u8]) -> Vec<u8> {
    while let Some(at) = bytes.windows(name.len()).position(|window| window == name) {
        bytes[at..at + name.len()].copy_from_slice(other);
    }
    bytes
}

#[test]
fn a_bomb_is_stopped() {
    let limits = Limits { max_entry_bytes: 1 << 20, max_dex_bytes: 1 << 20, ..Limits::default() };
    let bomb = plain_app().dex_bytes(vec![0; 8 << 20]).build();
    assert!(bomb.len() < 64 << 10);
    let report = analyze(None, &bomb, &limits);
    assert!(has_problem(&report, "larger than this analysis reads"), "{:?}", report.problems);
    assert!(has_problem(&report, "the code could not be read"), "{:?}", report.problems);

    let beside = super::report(&malformed::bomb(&plain_app().dex(&DexBuilder::new()), 32));
    assert_eq!(beside.package.as_deref(), Some("com.example.plain"));
}

#[test]
fn lies_about_entries_are_read_through_and_told() {
    let check = |bytes: Vec<u8>, anomaly: &str| {
        let report = report(&bytes);
        assert!(has_anomaly(&report, anomaly), "{anomaly}: {:?}", report.anomalies);
        assert!(capability(&report, "device_admin").is_some(), "{anomaly}: {:?}", report.problems);
    };
    check(malformed::wrong_crc32(&app(), "classes.dex"), "zip_wrong_crc");
    check(malformed::wrong_size(&app(), "classes.dex", 4_000_000_000), "zip_wrong_size");
    check(malformed::wrong_size(&app(), "classes.dex", 10), "zip_wrong_size");
    check(malformed::claims_encryption(&app(), "AndroidManifest.xml"), "zip_encrypted_flag");
    check(malformed::unknown_compression(&app(), "AndroidManifest.xml"), "zip_unknown_method");
    check(malformed::duplicate_entry(&app(), "AndroidManifest.xml", b"other"), "several_manifests");
    check(malformed::duplicate_entry(&app(), "classes.dex", b"other"), "zip_duplicate_name");
    check([app().build(), b"more".to_vec()].concat(), "zip_data_after_end");
    check([b"#!/bin/sh\n".to_vec(), app().build()].concat(), "zip_data_before_start");
}

#[test]
fn a_manifest_nested_without_end_is_read() {
    for (depth, expected) in [(20_000, "never closed"), (100_000, "only its first 50000 elements")]
    {
        let report = report(&malformed::deep_manifest(&app(), depth));
        assert_eq!(report.format, FileFormat::Apk);
        assert!(has_problem(&report, expected), "{:?}", report.problems);
    }
}

/// A DEX whose every string, type and class is the same long text without an end.
fn shared_long_text(rows: u32, text_bytes: usize) -> Vec<u8> {
    let header_bytes = 0x70;
    let strings_at = header_bytes;
    let types_at = strings_at + rows * 4;
    let text_at = types_at + rows * 4;
    let mut dex = vec![0; header_bytes as usize];
    dex[..8].copy_from_slice(b"dex\n035\0");
    for (field, value) in [(0x38, rows), (0x3c, strings_at), (0x40, rows), (0x44, types_at)] {
        dex[field..field + 4].copy_from_slice(&value.to_le_bytes());
    }
    for value in std::iter::repeat_n(text_at, rows as usize).chain(0..rows) {
        dex.extend(value.to_le_bytes());
    }
    dex.push(0x7f);
    dex.extend(b"http://a.example ".iter().cycle().take(text_bytes));
    dex
}

#[test]
fn rows_that_share_one_long_text_are_bounded() {
    let report = report(&shared_long_text(50_000, 1 << 20));
    assert_eq!(report.format, FileFormat::Dex);
    assert!(has_problem(&report, "its strings overlap"), "{:?}", report.problems);
}

#[test]
fn sizes_that_cannot_be_are_told() {
    let bytes = malformed::wrong_size(&app(), "classes.dex", u32::MAX);
    assert!(has_anomaly(&report(&bytes), "zip_absurd_size"));
    let bomb = malformed::bomb(&plain_app().dex(&DexBuilder::new()), 4);
    assert!(!has_anomaly(&report(&bomb), "zip_bomb"), "four MiB are nothing remarkable");
}

#[test]
fn overlapping_classes_are_bounded() {
    let dex = (0..3000).fold(DexBuilder::new(), |dex, n| {
        dex.call(&format!("Lcom/example/C{n};"), "Ljava/io/File;", "delete", "()Z")
    });
    let report = report(&plain_app().dex_bytes(malformed::overlapping_class_data(&dex)).build());
    assert_eq!(report.format, FileFormat::Apk);
}

#[test]
fn a_thousand_damaged_apps_each_give_a_report() {
    let original = app().build();
    let mut partial = 0;
    for (index, damaged) in mutations(&original, 1000, 11).enumerate() {
        let report = report(&damaged);
        check_consistent(&report, index);
        partial += usize::from(!report.problems.is_empty());
    }
    assert!(partial > 100, "only {partial} of 1000 mutations left a trace");
}

#[test]
fn damaged_manifests_tables_and_dex_files_each_give_a_report() {
    let dex = DexBuilder::new()
        .string_in("Lcom/example/A;", "https://panel.watch-alpha.example/")
        .class("Lcom/example/A;", "Landroid/app/Service;")
        .call("Lcom/example/A;", "Landroid/hardware/Camera;", "takePicture", "()V")
        .build();
    for (index, damaged) in mutations(&dex, 500, 12).enumerate() {
        check_consistent(&report(&damaged), index);
        check_consistent(&report(&plain_app().stored().dex_bytes(damaged).build()), index);
    }
    // A stored app: the damage reaches the manifest and the resource table themselves.
    let stored = app().resource_label("Watch Alpha", &[("de", "Wache")]).stored().build();
    for (index, damaged) in mutations(&stored, 500, 13).enumerate() {
        check_consistent(&report(&damaged), index);
    }
}

fn check_consistent(report: &Report, index: usize) {
    for capability in &report.capabilities {
        assert!(!capability.evidence.is_empty(), "mutation {index}: {capability:?}");
    }
    let nothing = report.capabilities.is_empty();
    let read = report.format == FileFormat::Apk && report.problems.is_empty();
    assert!(
        !nothing || !read || report.package.is_none() || !report.anomalies.is_empty(),
        "mutation {index} looks like an app without capabilities"
    );
    let unexpected = report.problems.iter().find(|problem| problem.what.contains("unexpectedly"));
    assert_eq!(unexpected, None, "mutation {index}: a reader panicked");
}

#[test]
fn noise_behind_a_known_beginning_gives_a_problem() {
    let noise: Vec<u8> =
        (0u32..20_000).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    for start in [&b"PK\x03\x04"[..], b"dex\n035\0", b""] {
        let report = report(&[start, &noise].concat());
        assert!(!report.problems.is_empty());
    }
}

/// Where the record that ends the archive stands.
fn end_of(bytes: &[u8]) -> usize {
    bytes.windows(4).rposition(|part| part == b"PK\x05\x06").unwrap()
}

#[test]
fn an_archive_that_counts_wrong_is_read_whole_and_named() {
    let mut bytes = app().build();
    let end = end_of(&bytes);
    let entries = [bytes[end + 10], bytes[end + 11]];
    bytes[end + 8..end + 12].copy_from_slice(&[1, 0, 1, 0]);
    let counted = report(&bytes);
    assert!(has_anomaly(&counted, "zip_directory_count"), "{:?}", counted.anomalies);
    assert_eq!(capability(&counted, "device_admin").unwrap().support.as_str(), "supported");
    bytes[end + 8..end + 12].copy_from_slice(&[entries, entries].concat());
    assert!(!has_anomaly(&report(&bytes), "zip_directory_count"));
}

#[test]
fn a_second_end_of_the_archive_is_named_and_that_of_an_inner_one_is_not() {
    let mut bytes = app().build();
    let end = end_of(&bytes);
    let record = bytes[end..].to_vec();
    bytes[end + 20..end + 22].copy_from_slice(&22_u16.to_le_bytes());
    bytes.extend(&record);
    assert!(has_anomaly(&report(&bytes), "zip_several_ends"), "{:?}", report(&bytes).anomalies);
    let inside = plain_app().dex(&DexBuilder::new()).stored_file("assets/a.apk", app().build());
    assert!(!has_anomaly(&report(&inside.build()), "zip_several_ends"));
}

#[test]
fn a_local_header_that_says_something_else_is_named() {
    let whole = app().build();
    let at = whole.windows(11).position(|name| name == b"classes.dex").unwrap();
    let mut named = whole.clone();
    named[at..at + 11].copy_from_slice(b"classes.dat");
    assert!(has_anomaly(&report(&named), "zip_other_local_name"));
    let mut packed = whole.clone();
    packed[at - 22] = 0;
    assert!(has_anomaly(&report(&packed), "zip_other_local_method"));
    let plain = report(&whole);
    assert!(!plain.anomalies.iter().any(|one| one.id.starts_with("zip_other_local")));
}
