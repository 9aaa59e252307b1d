//! Who an app says it is: package, name, version, certificates.

use unwatched_fixtures::Signer;
use unwatched_fixtures::apk::{ApkBuilder, Component, malformed};
use unwatched_fixtures::axml::{Element, StringEncoding};
use unwatched_model::report::Report;

use super::{has_problem, plain_app, report};

fn signer() -> Signer {
    Signer::made_up("Watch Alpha", "Watch Alpha Ltd", 1)
}

fn check_certificate(report: &Report) {
    let [certificate] = report.certificates.as_slice() else {
        panic!("one certificate, found {:?}", report.certificates)
    };
    assert_eq!(certificate.sha1, signer().certificate_sha1());
    assert_eq!(certificate.sha256, signer().certificate_sha256());
    let subject = certificate.subject.as_deref().unwrap_or_default();
    assert!(subject.contains("CN=Watch Alpha"), "{subject}");
    assert!(certificate.verified);
}

#[test]
fn names_and_versions_are_read_from_either_string_form() {
    for encoding in [StringEncoding::Utf8, StringEncoding::Utf16] {
        let app = plain_app().manifest_strings(encoding).label("Wächter α").version(31, "3.1-β");
        let report = report(&app.build());
        assert_eq!(report.package.as_deref(), Some("com.example.plain"));
        assert_eq!(report.label.as_deref(), Some("Wächter α"));
        assert_eq!(report.version_name.as_deref(), Some("3.1-β"));
        assert_eq!(report.version_code, Some(31));
    }
}

#[test]
fn a_label_in_the_resources_is_taken_in_the_default_language() {
    let app = plain_app().resource_label("Marbles", &[("de", "Murmeln"), ("fr", "Billes")]);
    assert_eq!(report(&app.build()).label.as_deref(), Some("Marbles"));
}

#[test]
fn without_a_name_of_its_own_an_app_has_that_of_its_icon() {
    let entry = Component::activity(".Main").launcher().attribute("label", "Watch Alpha");
    let app = ApkBuilder::new("com.example.plain").component(entry);
    assert_eq!(report(&app.build()).label.as_deref(), Some("Watch Alpha"));
}

#[test]
fn a_label_whose_table_is_damaged_is_a_problem() {
    let app = plain_app().resource_label("Marbles", &[]);
    let bytes = malformed::duplicate_entry(&app, "other", b"");
    assert_eq!(report(&bytes).label.as_deref(), Some("Marbles"));
    let name = b"resources.arsc";
    let mut renamed = bytes;
    while let Some(at) = renamed.windows(name.len()).position(|window| window == name) {
        renamed[at..at + name.len()].copy_from_slice(b"resources.arsX");
    }
    let report = report(&renamed);
    assert_eq!(report.label, None);
    assert!(has_problem(&report, "the name under the icon"), "{:?}", report.problems);
}

#[test]
fn every_signing_scheme_gives_the_same_certificate_once() {
    let signed = || plain_app().signed_by(&signer());
    check_certificate(&report(&signed().build()));
    check_certificate(&report(&signed().with_scheme_1().build()));
    check_certificate(&report(&signed().with_scheme_3().build()));
    check_certificate(&report(&signed().with_scheme_1().with_scheme_3().build()));
}

#[test]
fn an_unsigned_app_has_no_certificate_and_no_complaint() {
    let report = report(&plain_app().build());
    assert_eq!(report.certificates, []);
    assert!(!has_problem(&report, "certificate"));
}

#[test]
fn a_broken_signing_block_is_a_problem() {
    let mut bytes = plain_app().signed_by(&signer()).build();
    let magic = bytes.windows(16).position(|window| window == b"APK Sig Block 42").unwrap();
    bytes[magic - 8] ^= 0xff;
    let report = report(&bytes);
    assert_eq!(report.certificates, []);
    assert!(has_problem(&report, "no certificate was read"), "{:?}", report.problems);
}

#[test]
fn a_decoy_without_androids_namespace_is_not_the_name() {
    let permission = Element::new("uses-permission")
        .plain("name", "android.permission.VIBRATE")
        .android("name", "android.permission.CAMERA");
    let report = report(&plain_app().manifest_element(permission).build());
    assert_eq!(report.permissions, ["android.permission.CAMERA"]);
}

#[test]
fn permissions_are_listed_once_and_sorted() {
    let app = plain_app()
        .android_permissions(&["READ_SMS", "CAMERA", "READ_SMS"])
        .permission("com.example.plain.OWN");
    let report = report(&app.build());
    assert_eq!(
        report.permissions,
        ["android.permission.CAMERA", "android.permission.READ_SMS", "com.example.plain.OWN"]
    );
}
