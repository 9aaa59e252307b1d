//! What a file is, by its bytes and never by its name.

use unwatched_analysis::{Hashing, Limits, analyze, hash_only};
use unwatched_fixtures::apk::{ApkBuilder, malformed};
use unwatched_fixtures::dex::DexBuilder;
use unwatched_model::report::FileFormat;

use super::{capability, has_anomaly, has_problem, plain_app, report};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";

#[test]
fn an_empty_file_is_said_to_be_empty() {
    let report = report(b"");
    assert_eq!(report.format, FileFormat::Empty);
    assert!(has_problem(&report, "empty"));
    assert_eq!(
        report.sha256.to_string(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}

#[test]
fn a_picture_named_apk_is_a_picture() {
    let report = analyze(Some("watch.apk"), PNG, &Limits::default());
    assert_eq!(report.format, FileFormat::Unrecognised);
    assert_eq!(report.file.as_deref(), Some("watch.apk"));
    assert!(has_problem(&report, "a PNG picture"), "{:?}", report.problems);
}

#[test]
fn an_app_named_png_is_an_app() {
    let bytes = plain_app().build();
    let report = analyze(Some("picture.png"), &bytes, &Limits::default());
    assert_eq!(report.format, FileFormat::Apk);
    assert_eq!(report.package.as_deref(), Some("com.example.plain"));
}

#[test]
fn a_zip_without_manifest_is_no_app() {
    let inner = b"PK\x03\x04 and no more".to_vec();
    let bundle = ApkBuilder::new("com.example.bundle").stored_file("base.apk", inner);
    let report = report(&malformed::without_manifest(&bundle));
    assert_eq!(report.format, FileFormat::Zip);
    assert!(has_problem(&report, "base.apk"), "{:?}", report.problems);
}

#[test]
fn a_bare_dex_is_read_and_says_that_the_manifest_is_missing() {
    let dex = DexBuilder::new().call(
        "Lcom/example/Watch;",
        "Landroid/hardware/Camera;",
        "takePicture",
        "()V",
    );
    let report = report(&dex.build());
    assert_eq!(report.format, FileFormat::Dex);
    assert!(capability(&report, "camera").is_some());
    assert!(has_problem(&report, "the manifest could not be read"), "{:?}", report.problems);
}

#[test]
fn a_dex_before_the_zip_is_read_and_told() {
    let dex = DexBuilder::new().call(
        "Lcom/example/Watch;",
        "Landroid/hardware/Camera;",
        "takePicture",
        "()V",
    );
    let app = plain_app().android_permissions(&["CAMERA"]).dex(&DexBuilder::new());
    let report = report(&malformed::dex_before_zip(&app, &dex));
    assert_eq!(report.format, FileFormat::Apk);
    assert_eq!(report.package.as_deref(), Some("com.example.plain"));
    assert!(has_anomaly(&report, "dex_before_zip"), "{:?}", report.anomalies);
    let camera = capability(&report, "camera").unwrap();
    assert!(
        camera.evidence.iter().any(|e| e.place.starts_with("the file's start: ")),
        "{camera:?}"
    );
}

#[test]
fn what_is_too_large_is_hashed_and_says_so() {
    let bytes = plain_app().build();
    let limits = Limits { max_file_bytes: 100, ..Limits::default() };
    let report = analyze(None, &bytes, &limits);
    assert!(has_problem(&report, "no capability could be judged"));
    assert_eq!(report.sha256, super::report(&bytes).sha256);

    let mut parts = Hashing::new();
    bytes.chunks(7).for_each(|part| parts.update(part));
    let in_parts = parts.into_report(None, "too large");
    assert_eq!(in_parts, hash_only(None, &bytes, "too large"));
    assert_eq!(in_parts.size_bytes, bytes.len() as u64);
}

#[test]
fn code_in_an_unusual_place_is_read_and_told() {
    let dex = DexBuilder::new().call(
        "Lcom/example/Payload;",
        "Landroid/hardware/Camera;",
        "takePicture",
        "()V",
    );
    let app = plain_app()
        .dex(&DexBuilder::new())
        .file("assets/update.bin", dex.build())
        .stored_file("assets/inner.apk", plain_app().build());
    let report = report(&app.build());
    assert!(has_anomaly(&report, "code_in_unusual_place"));
    assert_eq!(report.parts[0].path, "assets/inner.apk");
    let camera = capability(&report, "camera").unwrap();
    assert_eq!(camera.evidence[0].place, "assets/update.bin: Lcom/example/Payload;");
}
