//! What AndroidQF writes about the system itself: root, processes, files.

use std::fs;

use unwatched_device::result::{CheckResult, FindingKind, Outcome};
use unwatched_fixtures::phone::{App, ordinary};
use unwatched_model::class::Class;
use unwatched_model::indicator::IndicatorKind::Package;
use unwatched_model::set::IndicatorSet;

use super::{about, check_path, outcome, rules, set};

/// An ordinary phone with these files beside AndroidQF's others.
fn check_with(files: &[(&str, &str)], set: Option<&IndicatorSet>) -> CheckResult {
    let folder = tempfile::tempdir().unwrap();
    ordinary().app(App::new("com.example.plain")).write_android_qf(folder.path()).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    check_path(folder.path(), set)
}

fn listed() -> IndicatorSet {
    set(&[("Watch Alpha", Class::Stalkerware, &[(Package, "com.watch.alpha")])])
}

#[test]
fn every_trace_of_full_rights_is_one_question() {
    let result = check_with(
        &[
            ("root_binaries.json", r#"["/system/xbin/su\n/sbin/su\n"]"#),
            ("mounts.json", r#"["/dev/block/sda20 on /system type ext4 (rw,seclabel)"]"#),
            ("processes.txt", "USER PID PPID NAME\nroot 9 1 magiskd\n"),
            ("selinux.txt", "Permissive\n"),
        ],
        None,
    );
    let finding = about(&result, "root");
    assert_eq!((finding.kind, finding.band), (FindingKind::Access, None));
    assert_eq!(rules(finding), ["S1_root_traces"; 4]);
    assert!(finding.signals[0].fact.contains("/system/xbin/su, /sbin/su"));
    assert_eq!(outcome(&result, "root_traces"), Outcome::Found);
}

#[test]
fn a_phone_without_such_traces_says_what_was_read() {
    let files = r#"[{"path": "/system/bin/sh", "mode": "-rwxr-xr-x"}]"#;
    let result = check_with(&[("selinux.txt", "Enforcing\n"), ("files.json", files)], None);
    assert!(result.findings.is_empty(), "{:?}", result.findings);
    assert_eq!(outcome(&result, "root_traces"), Outcome::NotFound);
    assert_eq!(outcome(&result, "temporary_programs"), Outcome::NotFound);
    let result = check_with(&[("root_binaries.json", "["), ("files.json", "[{")], None);
    assert_eq!(outcome(&result, "root_traces"), Outcome::CouldNotCheck);
    assert_eq!(outcome(&result, "temporary_programs"), Outcome::CouldNotCheck);
}

#[test]
fn programs_that_a_computer_put_there_are_counted_and_not_named() {
    let files = r#"[{"path": "/data/local/tmp/secret-name", "mode": "-rwxr-xr-x"},
                    {"path": "/data/local/tmp/collector", "mode": "-rwxr-xr-x"}]"#;
    let result = check_with(&[("files.json", files)], None);
    let finding = about(&result, "temporary_programs");
    assert!(finding.signals[0].fact.starts_with("A program lies"));
    assert!(!serde_json::to_string(&result).unwrap().contains("secret-name"));
}

#[test]
fn a_folder_that_a_listed_app_left_behind_says_that_it_was_there() {
    let files = r#"[{"path": "/sdcard/Android/data/com.watch.alpha/files/x"},
                    {"path": "/sdcard/Android/data/com.example.gone/files/x"}]"#;
    let before = check_with(&[], Some(&listed()));
    let result = check_with(&[("files.json", files)], Some(&listed()));
    let finding = about(&result, "com.watch.alpha");
    assert_eq!(finding.kind, FindingKind::WasInstalled);
    assert_eq!(rules(finding), ["L3"]);
    assert!(finding.signals[0].source.contains("files.json"), "{}", finding.signals[0].source);
    // What else left a folder is neither named nor counted among what is there.
    assert_eq!(result.findings.len(), 1);
    assert_eq!(result.background_count, before.background_count);
}

#[test]
fn a_listed_app_that_runs_and_stands_in_no_list_is_recognised() {
    let processes = "USER PID PPID NAME\nu0_a77 9 1 com.watch.alpha:push\nu0_a8 10 1 com.example.process.core\n";
    let before = check_with(&[], Some(&listed()));
    let result = check_with(&[("processes.txt", processes)], Some(&listed()));
    let finding = about(&result, "com.watch.alpha");
    assert_eq!(finding.kind, FindingKind::Installed);
    assert!(finding.signals[0].source.contains("processes"), "{}", finding.signals[0].source);
    assert_eq!(result.background_count, before.background_count);
}

#[test]
fn an_authority_that_somebody_added_is_told_by_its_file() {
    let of = |path: &str| {
        let files =
            format!(r#"[{{"path":"/sdcard/x","mode":"-rw"}},{{"path":"{path}","mode":"-rw"}}]"#);
        check_with(&[("files.json", &files)], None)
    };
    let result = of("/data/misc/user/0/cacerts-added/9a5ba575.0");
    let finding = result.findings.iter().find(|one| one.signals[0].rule == "A_user_certificate");
    let signal = &finding.expect("it is a finding").signals[0];
    assert!(signal.fact.contains("its file lies among the phone's"), "{}", signal.fact);
    assert!(signal.source.contains("entry 2"), "{}", signal.source);
    for other in ["/data/misc/user/0/cacerts-added", "/sdcard/misc/cacerts-added/x.0"] {
        let result = of(other);
        let told = |one: &unwatched_device::result::Signal| one.rule == "A_user_certificate";
        assert!(!result.findings.iter().flat_map(|one| &one.signals).any(told), "{other}");
    }
}
