//! From a path to a judged result, on made-up phones: what a helper's check goes through.

mod access;
mod artefacts;
mod as_acquired;
mod case;
mod compared;
mod hostile;
mod indicators;
mod judged;
mod loose;
mod named_days;
mod opened;
mod ordinary_phones;
mod origins;
mod package;
mod population;
mod population_facts;
mod printed;
mod reference;
mod sealed;
mod several;
mod system;
mod words;

use std::path::Path;

use jiff::Timestamp;
use unwatched_device::evidence::Evidence;
use unwatched_device::result::{CheckResult, Finding, Outcome, Tool};
use unwatched_device::{Indicators, check};
use unwatched_fixtures::phone::PhoneBuilder;
use unwatched_model::class::{Attribution, Class};
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_model::set::{IndicatorSet, SetBuilder, SetFamily};

/// The time of every check here.
fn now() -> Timestamp {
    "2026-02-01T09:30:00Z".parse().unwrap()
}

fn tool() -> Tool {
    Tool { name: "unwatched".to_owned(), version: "0.0.0-test".to_owned() }
}

/// A family with its indicators.
fn family(builder: &mut SetBuilder, name: &str, class: Class, values: &[(IndicatorKind, &str)]) {
    let id = FamilyId::from_name(name);
    builder.family(SetFamily {
        id: id.clone(),
        name: name.to_owned(),
        class,
        judged: false,
        attributed: vec![Attribution { source: "made-up list".to_owned(), class }],
    });
    for (kind, value) in values {
        builder.indicator(&id, *kind, value, Role::App).unwrap();
    }
}

/// A family's name, class and indicators.
type Listed<'a> = (&'a str, Class, &'a [(IndicatorKind, &'a str)]);

fn set(families: &[Listed<'_>]) -> IndicatorSet {
    let mut builder = SetBuilder::new();
    for (name, class, values) in families {
        family(&mut builder, name, *class, values);
    }
    builder.build()
}

fn check_path(path: &Path, set: Option<&IndicatorSet>) -> CheckResult {
    check_opened(unwatched_acquire::open(path).unwrap().as_mut(), set)
}

fn check_opened(evidence: &mut dyn Evidence, set: Option<&IndicatorSet>) -> CheckResult {
    let indicators = set.map(|set| Indicators {
        recalls: &[],
        set,
        sequence: 7,
        published: "2026-01-20T00:00:00Z".parse().unwrap(),
    });
    check(evidence, indicators.as_ref(), now(), tool(), &mut |_| {})
}

fn check_android_qf(phone: &PhoneBuilder, set: Option<&IndicatorSet>) -> CheckResult {
    let folder = tempfile::tempdir().unwrap();
    phone.write_android_qf(folder.path()).unwrap();
    check_path(folder.path(), set)
}

fn check_android_qf_files(files: &[(String, Vec<u8>)]) -> CheckResult {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    check_path(folder.path(), None)
}

fn check_bytes(bytes: &[u8], set: Option<&IndicatorSet>) -> CheckResult {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    check_path(file.path(), set)
}

fn check_bugreport(phone: &PhoneBuilder, set: Option<&IndicatorSet>) -> CheckResult {
    check_bytes(&phone.bugreport_zip(), set)
}

/// The one finding about an app.
fn about<'r>(result: &'r CheckResult, package: &str) -> &'r Finding {
    let mut about = result.findings.iter().filter(|finding| finding.subject.name() == package);
    let found = about.next().unwrap_or_else(|| panic!("no finding about {package}"));
    assert!(about.next().is_none(), "more than one finding about {package}");
    found
}

fn rules(finding: &Finding) -> Vec<&str> {
    finding.signals.iter().map(|signal| signal.rule.as_str()).collect()
}

fn outcome(result: &CheckResult, id: &str) -> Outcome {
    result.checks.iter().find(|check| check.id == id).unwrap().outcome
}

fn why<'r>(result: &'r CheckResult, id: &str) -> &'r str {
    &result.checks.iter().find(|check| check.id == id).unwrap().why
}

/// An archive of these files.
fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
