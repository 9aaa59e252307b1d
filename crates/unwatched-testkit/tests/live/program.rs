//! The program itself, as a helper runs it: `acquire` through a real adb server, then `check` of the
//! case. The files of what stands out are fetched, compared and analysed.

use std::fs;
use std::path::Path;

use unwatched_acquire::live::commands::ReadOnly;
use unwatched_fixtures::apk::ApkBuilder;
use unwatched_testkit::rig::state::Which;
use unwatched_testkit::rig::{self, AdbServer, Rig};
use unwatched_testkit::{Checker, programs};

use crate::desk::Desk;

#[test]
fn a_helper_acquires_a_phone_and_checks_the_case() {
    if rig::is_left_out() {
        return;
    }
    let desk = Desk::new();
    let rig = Rig::start(&Which { seed: 11, label: "watcher-00".to_owned(), apps: 60 });
    rig.record(ReadOnly::of_an_acquisition().iter().flat_map(ReadOnly::wordings));
    let server = AdbServer::start();
    let serial = server.connect(&rig);
    let watcher = rig.phone().planted[0].package.clone().unwrap();
    rig.put_app(&watcher, &ApkBuilder::new(&watcher).build());
    let words = desk.path("words");
    fs::write(&words, "seven blue doors\n").unwrap();
    let case = desk.path("case");
    let acquire = |case: &Path| {
        let mut command = programs::command("unwatched");
        command.args(["acquire", "--safety-questions-answered", "--serial", &serial, "--out"]);
        command.arg(case).arg("--passphrase-file").arg(&words);
        command.env("ANDROID_ADB_SERVER_PORT", server.port().to_string());
        command.env("UNWATCHED_HOME", desk.path("home"));
        programs::run(&mut command, "")
    };
    let ended = acquire(&case);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains(" and 1 files of apps"), "{}", ended.stderr);
    assert!(!ended.stderr.contains(&watcher), "no app is named: {}", ended.stderr);
    let checker = Checker::new();
    let said = checker.run([
        "check".as_ref(),
        case.as_os_str(),
        "--json".as_ref(),
        "--passphrase-file".as_ref(),
        words.as_os_str(),
    ]);
    let result: serde_json::Value = serde_json::from_str(&said.ok()).unwrap();
    let found = result["findings"].as_array().unwrap();
    assert!(found.iter().any(|finding| finding["subject"]["package"] == watcher), "{found:?}");
    let calls = rig.calls();
    let asked = |program: &str| calls.iter().any(|call| call[0] == program);
    assert!(asked("sha256sum") && asked("dumpsys"));
    // Into the same case, a second acquisition; another phone's is not mixed with it.
    rig.lie_about_digests();
    let ended = acquire(&case);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("does not tell the truth"), "{}", ended.stderr);
}
