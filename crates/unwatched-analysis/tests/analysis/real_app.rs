//! A real app that nobody here wrote: the settings helper of a test automation project, which
//! declares much and is benign. It is fetched when the package registry answers, else skipped with
//! a notice. `UNWATCHED_REAL_APK` names a copy to use instead.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use unwatched_model::report::{FileFormat, Support};

use super::{capability, report};

/// One version, so that what is asserted stays true.
const PACKAGE: &str = "io.appium.settings@8.0.10";
const ARCHIVE: &str = "io.appium.settings-8.0.10.tgz";
const INSIDE: &str = "package/apks/settings_apk-debug.apk";

fn fetch() -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os("UNWATCHED_REAL_APK") {
        return Ok(path.into());
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("real-app");
    let apk = folder.join(INSIDE);
    if apk.exists() {
        return Ok(apk);
    }
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let run = |program: &str, arguments: &[&str]| {
        let status = Command::new(program)
            .args(arguments)
            .current_dir(&folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("`{program}` ended with {status}")),
            Err(error) => Err(format!("`{program}` did not start: {error}")),
        }
    };
    run("npm", &["pack", PACKAGE, "--fetch-retries=1", "--fetch-timeout=20000"])?;
    run("tar", &["xzf", ARCHIVE, INSIDE])?;
    Ok(apk)
}

#[test]
fn a_benign_app_is_explained_and_not_labelled() {
    let apk = match fetch() {
        Ok(apk) => apk,
        Err(why) => {
            eprintln!("notice: the real app was left out: {why}");
            return;
        }
    };
    let report = report(&fs::read(apk).unwrap());
    assert_eq!(report.format, FileFormat::Apk);
    assert_eq!(report.package.as_deref(), Some("io.appium.settings"));
    assert_eq!(report.label.as_deref(), Some("Appium Settings"));
    assert_eq!(report.certificates.len(), 1);
    assert_eq!(report.problems, []);
    assert_eq!(report.anomalies, []);
    let supported = [
        "keys_input_method",
        "messages_notifications",
        "audio_recording",
        "screen_capture",
        "location",
        "location_background",
    ];
    for id in supported {
        let found = capability(&report, id).unwrap_or_else(|| panic!("{id} not found"));
        assert_eq!(found.support, Support::Supported, "{id}");
        let own = found.evidence.iter().any(|e| e.place.contains("Lio/appium/settings/"));
        assert!(own, "{id} names no class of the app: {:#?}", found.evidence);
    }
    // It reads messages through a content provider, which no method of the catalogue shows.
    assert_eq!(capability(&report, "messages_sms").unwrap().support, Support::Possible);
    for id in
        ["keys_accessibility", "hidden_launcher", "device_admin", "covert_wording", "root_use"]
    {
        assert_eq!(capability(&report, id), None, "{id}");
    }
    assert_eq!(report.endpoints, []);
}
