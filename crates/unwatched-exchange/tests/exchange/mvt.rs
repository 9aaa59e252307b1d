//! MVT itself, `mvt-android` and `mvt-ios`, with the bundle that our server wrote for it: over
//! made-up phones with something planted it raises what was planted, by the family's name, and over
//! the same phones without it raises nothing. It asks no network for anything.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use unwatched_testkit::programs;

use crate::clients::{Downloaded, PYTHON, missing, said};

/// MVT with a release of ours.
struct Mvt {
    release: Downloaded,
    programs: PathBuf,
}

/// What it raised: the module that did, and what of ours it matched, with the name it shows.
type Raised = BTreeSet<(String, String, String)>;

impl Mvt {
    fn new() -> Option<Self> {
        let Some(python) = std::env::var_os(PYTHON) else {
            missing("MVT");
            return None;
        };
        let programs = Path::new(&python).parent()?.to_owned();
        Some(Self { release: Downloaded::new(), programs })
    }

    /// The first value that the bundle lists by this comparison.
    fn listed(&self, comparison: &str) -> String {
        let bundle = std::fs::read_to_string(self.release.path("stalkerware.stix2")).unwrap();
        let bundle: Value = serde_json::from_str(&bundle).unwrap();
        let objects = bundle["objects"].as_array().unwrap().iter();
        let mut patterns = objects.filter_map(|object| object["pattern"].as_str());
        let found =
            patterns.find_map(|pattern| pattern.strip_prefix(comparison)?.strip_suffix("']"));
        found.expect("the bundle lists one").to_owned()
    }

    /// A phone that a rig of ours makes up, in a folder of its own.
    fn phone(&self, rig: &str, name: &str, words: &[&str]) -> PathBuf {
        let folder = self.release.path(name);
        let script = programs::root().join("rigs").join(rig);
        let mut python = Command::new("python3");
        let (output, text) = said(python.arg(script).arg(&folder).args(words));
        assert!(output.status.success(), "{rig}: {text}");
        folder
    }

    fn android(&self, name: &str, planted: &str) -> PathBuf {
        let words = ["--packages", "12", "--mb", "0", "--plant", planted];
        self.phone("gen_android_bugreport.py", name, &words)
    }

    fn iphone(&self, name: &str, app: &str, host: &str) -> PathBuf {
        let small =
            "--files 40 --on-disk 4 --avg-kb 1 --sms 20 --visits 5 --attachments 2 --apps 3";
        let mut words: Vec<_> = small.split(' ').collect();
        words.extend(["--plant-app", app, "--plant-domain", host]);
        self.phone("gen_ios_backup.py", name, &words)
    }

    /// What it raises because of our bundle.
    fn raises(&self, program: &str, command: &str, evidence: &Path) -> Raised {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let mut mvt = Command::new(self.programs.join(program));
        mvt.env("MVT_NETWORK_ACCESS_ALLOWED", "false");
        mvt.env("MVT_CONFIG_FOLDER", folder.path().join("settings"));
        mvt.env("MVT_DATA_FOLDER", folder.path().join("data"));
        mvt.args(["--disable-update-check", "--disable-indicator-update-check", command]);
        mvt.arg("--iocs").arg(self.release.path("stalkerware.stix2"));
        let (output, text) = said(mvt.arg("--output").arg(&out).arg(evidence));
        assert!(output.status.success(), "{program} {command}: {text}");
        // It came to its end, and writes no alerts where there are none.
        assert!(out.join("info.json").is_file(), "{program} {command}: {text}");
        let alerts = std::fs::read_to_string(out.join("alerts.json")).unwrap_or("[]".to_owned());
        let alerts: Vec<Value> = serde_json::from_str(&alerts).unwrap();
        let matched = alerts.iter().filter(|alert| alert["matched_indicator"].is_object());
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        let raised = matched.map(|alert| {
            assert_eq!(alert["level"], "CRITICAL", "{alert}");
            let indicator = &alert["matched_indicator"];
            (word(&alert["module"]), word(&indicator["value"]), word(&indicator["name"]))
        });
        raised.collect()
    }
}

#[test]
fn mvt_android_raises_a_listed_package() {
    let Some(mvt) = Mvt::new() else { return };
    let package = mvt.listed("[app:id='");
    let (watched, plain) =
        (mvt.android("watched", &package), mvt.android("plain", "com.example.nobody"));
    for (command, evidence, module) in [
        ("check-bugreport", "bugreport.zip", "dumpsys_packages"),
        ("check-androidqf", "androidqf", "aqf_packages"),
    ] {
        let raised = mvt.raises("mvt-android", command, &watched.join(evidence));
        assert!(raised.iter().any(|(by, ..)| by == module), "{command}: {raised:?}");
        let is_ours =
            |(_, value, name): &(String, String, String)| *value == package && !name.is_empty();
        assert!(raised.iter().all(is_ours), "{command}: {raised:?}");
        let raised = mvt.raises("mvt-android", command, &plain.join(evidence));
        assert!(raised.is_empty(), "{command}: {raised:?}");
    }
}

#[test]
fn mvt_ios_raises_a_listed_app_and_a_visited_host() {
    let Some(mvt) = Mvt::new() else { return };
    let (app, host) = (mvt.listed("[app:id='"), mvt.listed("[domain-name:value='"));
    let watched = mvt.iphone("watched", &app, &host);
    let raised = mvt.raises("mvt-ios", "check-backup", &watched);
    let values: BTreeSet<_> =
        raised.iter().map(|(by, value, _)| (by.as_str(), value.as_str())).collect();
    let expected = [("applications", app.as_str()), ("safari_history", host.as_str())];
    assert_eq!(values, BTreeSet::from(expected));
    let plain = mvt.iphone("plain", "com.example.nobody", "nobody.example");
    assert!(mvt.raises("mvt-ios", "check-backup", &plain).is_empty());
}
