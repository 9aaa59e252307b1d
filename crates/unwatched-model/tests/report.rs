//! Reports are kept for years and read by others' programs: each version of their format has a
//! report of its own here that must still be read.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use unwatched_model::report::{REPORT_VERSION, Report};

fn golden(version: u32) -> String {
    let path = format!("{}/tests/golden/report-{version}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn every_version_is_read() {
    for version in 1..=REPORT_VERSION {
        let report: Report = serde_json::from_str(&golden(version)).unwrap();
        assert_eq!(report.report_version, version);
        assert!(!report.capabilities.is_empty() && report.package.is_some());
    }
}

#[test]
fn what_is_written_is_what_was_read() {
    let text = golden(REPORT_VERSION);
    let report: Report = serde_json::from_str(&text).unwrap();
    let written = serde_json::to_string_pretty(&report).unwrap() + "\n";
    assert_eq!(written, text, "a field changed: raise REPORT_VERSION and keep this file");
}

#[test]
fn every_field_is_described() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/report.md");
    let page = std::fs::read_to_string(path).unwrap();
    let report: Value = serde_json::from_str(&golden(REPORT_VERSION)).unwrap();
    let mut fields = BTreeSet::new();
    named(&report, &mut fields);
    let missing: Vec<_> = fields.iter().filter(|f| !page.contains(&format!("`{f}`"))).collect();
    assert!(missing.is_empty(), "docs/reference/report.md does not describe {missing:?}");
}

/// The names of all fields, however deep.
fn named(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                names.insert(name.clone());
                named(value, names);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| named(value, names)),
        _ => {}
    }
}
