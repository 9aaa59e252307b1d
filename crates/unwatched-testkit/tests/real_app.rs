//! An app that nobody here wrote: it declares much, and it is benign. What it can do is shown with
//! evidence, and nothing in the report calls it anything.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use unwatched_testkit::exchange::Operator;
use unwatched_testkit::notices::left_out;
use unwatched_testkit::programs;

/// A version is named, so that what is expected of it stays true.
const PACKAGE: &str = "io.appium.settings@8.0.10";

/// Every field of a report, as published: none of them says what the app is.
const FIELDS: [&str; 20] = [
    "anomalies",
    "capabilities",
    "certificates",
    "endpoints",
    "file",
    "format",
    "icon",
    "label",
    "md5",
    "observable_by",
    "package",
    "permissions",
    "problems",
    "report_version",
    "sha1",
    "sha256",
    "signature",
    "size_bytes",
    "version_code",
    "version_name",
];

/// The app from its npm package, where the registry answers.
fn fetched(folder: &Path) -> Option<PathBuf> {
    let mut pack = Command::new("npm");
    pack.args(["pack", PACKAGE, "--silent", "--fetch-retries=1", "--fetch-timeout=60000"]);
    let packed = pack.current_dir(folder).output().ok().filter(|output| output.status.success())?;
    let archive = String::from_utf8(packed.stdout).ok()?;
    let archive = archive.lines().last()?.trim();
    let unpacked = Command::new("tar").args(["-xzf", archive]).current_dir(folder).status();
    assert!(unpacked.expect("tar starts").success(), "what npm packed can be unpacked");
    Some(folder.join("package/apks/settings_apk-debug.apk"))
}

#[test]
fn a_benign_app_that_declares_much() {
    let folder = TempDir::new().unwrap();
    let Some(app) = fetched(folder.path()) else {
        left_out("the registry did not answer: the test of a real app was left out");
        return;
    };
    let report = analyzed(&app);
    let fields: BTreeSet<_> = report.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, BTreeSet::from(FIELDS));
    assert_eq!(report["format"], "apk");
    assert_eq!(report["package"], "io.appium.settings");
    assert_eq!(report["label"], "Appium Settings");
    assert!(report["permissions"].as_array().unwrap().len() >= 10, "{report:#}");
    assert!(!report["certificates"].as_array().unwrap().is_empty(), "{report:#}");
    assert_eq!(report["problems"], Value::Array(vec![]), "it is read to its end");
    let capabilities = report["capabilities"].as_array().unwrap();
    assert!(capabilities.len() >= 3, "{capabilities:#?}");
    for capability in capabilities {
        let evidence = capability["evidence"].as_array().unwrap();
        assert!(!evidence.is_empty(), "{capability:#}");
        for piece in evidence {
            assert!(!piece["place"].as_str().unwrap().is_empty(), "{capability:#}");
        }
    }
    the_exchange_says_the_same(&app, report, folder.path());
}

/// What an analyst reads without a server.
fn analyzed(app: &Path) -> Value {
    let mut analyze = programs::command("unwatched-exchange");
    let lines = programs::run(analyze.args(["analyze", "--json"]).arg(app), "").ok();
    let [line] = lines.lines().collect::<Vec<_>>()[..] else { panic!("one line a file: {lines}") };
    serde_json::from_str(line).unwrap()
}

fn the_exchange_says_the_same(app: &Path, mut expected: Value, folder: &Path) {
    let operator = Operator::new(&folder.join("data"));
    let token = operator.join("watch-lab", "vendor", "uploader");
    let server = operator.serve();
    let client = server.client().with_token(&token);
    let bytes = fs::read(app).unwrap();
    client.post_bytes("/api/v1/samples", "application/octet-stream", &bytes).expect(202);
    let report = client.report(expected["sha256"].as_str().unwrap());
    let mut report = report.expect(200).json();
    for report in [&mut expected, &mut report] {
        report["file"].take();
    }
    assert_eq!(report, expected);
}
