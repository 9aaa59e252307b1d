//! Every case in `tests/golden/<artefact>/` through the parser that its folder names. A new case
//! is two files; `UPDATE_EXPECT=1` writes the second.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;
use unwatched_device::android::accessibility::AccessibilityParser;
use unwatched_device::android::activity::ActivityParser;
use unwatched_device::android::adb_keys::AdbKeysParser;
use unwatched_device::android::appops::AppopsParser;
use unwatched_device::android::backup_manifest::BackupManifestParser;
use unwatched_device::android::battery_stats::BatteryStatsParser;
use unwatched_device::android::biometrics::BiometricsParser;
use unwatched_device::android::companion::CompanionParser;
use unwatched_device::android::crashes::CrashesParser;
use unwatched_device::android::device_policy::DevicePolicyParser;
use unwatched_device::android::deviceidle::DeviceIdleParser;
use unwatched_device::android::event_log::EventLogParser;
use unwatched_device::android::getprop::GetpropParser;
use unwatched_device::android::lock_settings::LockSettingsParser;
use unwatched_device::android::media_projection::MediaProjectionParser;
use unwatched_device::android::netstats::NetStatsParser;
use unwatched_device::android::network::NetworkParser;
use unwatched_device::android::notification::NotificationParser;
use unwatched_device::android::package::PackageParser;
use unwatched_device::android::package_list::PackageListParser;
use unwatched_device::android::role::RoleParser;
use unwatched_device::android::settings::{SettingsDumpParser, SettingsListParser};
use unwatched_device::android::telephony::TelephonyParser;
use unwatched_device::android::trust::TrustParser;
use unwatched_device::android::usage_stats::UsageParser;
use unwatched_device::android::user::UserParser;
use unwatched_device::android::{aqf_files, aqf_packages, parse, system_state};
use unwatched_device::evidence::{
    Artefact, ArtefactKind, Evidence, EvidenceKind, Problem, SettingsTable,
};
use unwatched_device::facts::Facts;
use unwatched_device::gather::gather;
use unwatched_device::result::Tool;
use unwatched_device::{Indicators, check_with_days};
use unwatched_model::class::Class;
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_model::set::{SetBuilder, SetFamily};

fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap();
    text.push('\n');
    text
}

/// A whole dump as evidence.
struct Dump(String);

impl Evidence for Dump {
    fn kind(&self) -> EvidenceKind {
        EvidenceKind::Bugreport
    }

    fn artefacts(&self) -> Vec<Artefact> {
        vec![Artefact { kind: ArtefactKind::Dump, place: "text".to_owned(), size_bytes: None }]
    }

    fn problems(&self) -> Vec<Problem> {
        Vec::new()
    }

    fn open<'a>(&'a mut self, _: &Artefact) -> io::Result<Box<dyn Read + 'a>> {
        Ok(Box::new(self.0.as_bytes()))
    }
}

/// What the pass over a dump noticed: parts, apps, problems.
fn summary(facts: &Facts) -> String {
    let coverage: Vec<_> =
        facts.coverage.iter().map(|(part, how)| format!("{}: {how:?}", part.as_str())).collect();
    let apps: Vec<_> = facts
        .apps
        .iter()
        .map(|(name, app)| {
            let block = app.block.as_ref().map(|(block, seen)| (block.line, facts.place(*seen)));
            format!(
                "{name}: block {block:?}, admins {}, accessibility {}, listeners {}",
                app.admins.len(),
                app.accessibility.len(),
                app.listeners.len()
            )
        })
        .collect();
    let problems: Vec<_> = facts
        .problems
        .iter()
        .map(|problem| format!("{}: {}", problem.place, problem.what))
        .collect();
    pretty(&serde_json::json!({
        "coverage": coverage,
        "apps": apps,
        "cut_short": facts.cut_short,
        "os_version": facts.os_version,
        "model": facts.model,
        "problems": problems,
    }))
}

fn parsed(artefact: &str, input: &str) -> String {
    match artefact {
        "package" => pretty(&parse(PackageParser::default(), input)),
        "accessibility" => pretty(&parse(AccessibilityParser::default(), input)),
        "device_policy" => pretty(&parse(DevicePolicyParser::default(), input)),
        "notification" => pretty(&parse(NotificationParser::default(), input)),
        "settings" => pretty(&parse(SettingsListParser::new(SettingsTable::Secure), input)),
        "settings_dump" => pretty(&parse(SettingsDumpParser::default(), input)),
        "getprop" => pretty(&parse(GetpropParser::default(), input)),
        "adb_keys" => pretty(&parse(AdbKeysParser::default(), input)),
        "biometrics" => pretty(&parse(BiometricsParser::default(), input)),
        "companion" => pretty(&parse(CompanionParser::default(), input)),
        "lock_settings" => pretty(&parse(LockSettingsParser::default(), input)),
        "network" => pretty(&parse(NetworkParser::default(), input)),
        "telephony" => pretty(&parse(TelephonyParser::default(), input)),
        "trust" => pretty(&parse(TrustParser::default(), input)),
        "user" => pretty(&parse(UserParser::default(), input)),
        "aqf_files" => pretty(&aqf_files::read(input.as_bytes())),
        "backup_manifest" => pretty(&parse(BackupManifestParser::default(), input)),
        "mounts" => pretty(&system_state::mounts(input.as_bytes())),
        "package_list" => pretty(&parse(PackageListParser::default(), input)),
        "processes" => pretty(&system_state::processes(input.as_bytes())),
        "root_binaries" => pretty(&system_state::root_binaries(input.as_bytes())),
        "selinux" => pretty(&system_state::selinux(input.as_bytes())),
        "aqf_packages" => pretty(&aqf_packages::read(input.as_bytes())),
        "activity" => pretty(&parse(ActivityParser::default(), input)),
        "appops" => pretty(&parse(AppopsParser::default(), input)),
        "deviceidle" => pretty(&parse(DeviceIdleParser::default(), input)),
        "media_projection" => pretty(&parse(MediaProjectionParser::default(), input)),
        "role" => pretty(&parse(RoleParser::default(), input)),
        "battery_stats" => pretty(&parse(BatteryStatsParser::default(), input)),
        "crashes" => pretty(&parse(CrashesParser::default(), input)),
        "event_log" => pretty(&parse(EventLogParser::default(), input)),
        "netstats" => pretty(&parse(NetStatsParser::default(), input)),
        "usage_stats" => pretty(&parse(UsageParser::default(), input)),
        "judged" => judged(input),
        "dump" => summary(&gather(&mut Dump(input.to_owned()), &mut |_| {})),
        other => panic!("no parser for the folder tests/golden/{other}"),
    }
}

/// What the rules make of a dump: every finding with its signals, every check.
fn judged(input: &str) -> String {
    let tool = Tool { name: "unwatched".to_owned(), version: "0.0.0-test".to_owned() };
    let now = "2026-02-01T09:30:00Z".parse().unwrap();
    let window = "2025-12-20..2025-12-26".parse().ok();
    let mut builder = SetBuilder::new();
    let family = FamilyId::from_name("Watch Alpha");
    builder.family(SetFamily {
        id: family.clone(),
        name: "Watch Alpha".to_owned(),
        class: Class::Stalkerware,
        judged: true,
        attributed: Vec::new(),
    });
    builder.indicator(&family, IndicatorKind::Package, "com.watch.alpha", Role::App).unwrap();
    let set = builder.build();
    let indicators = Indicators { set: &set, sequence: 1, published: now, recalls: &[] };
    // Without the listed app the same dump is judged without indicators.
    let indicators = input.contains("com.watch.alpha").then_some(&indicators);
    let mut evidence = Dump(input.to_owned());
    let result = check_with_days(&mut evidence, indicators, window, now, tool, &mut |_| {});
    let findings: Vec<_> = result
        .findings
        .iter()
        .map(|finding| {
            let signals = finding.signals.iter();
            let signals: Vec<_> = signals
                .map(|s| format!("{} {}: {} [{}]", s.rule, s.weight, s.fact, s.source))
                .collect();
            let (kind, band) = (finding.kind, finding.band);
            serde_json::json!({
                "id": finding.id, "kind": kind, "band": band, "score": finding.score,
                "signals": signals,
            })
        })
        .collect();
    let checks: Vec<_> = result
        .checks
        .iter()
        .map(|check| format!("{}: {:?}: {}", check.id, check.outcome, check.why))
        .collect();
    pretty(&serde_json::json!({
        "findings": findings, "background_count": result.background_count, "checks": checks,
    }))
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn every_case_gives_what_is_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = Vec::new();
    let mut cases = 0;
    for folder in sorted(&root) {
        let artefact = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let inputs = sorted(&folder).into_iter();
        for case in inputs.filter(|path| path.extension().is_some_and(|ext| ext == "input")) {
            cases += 1;
            let found = parsed(&artefact, &fs::read_to_string(&case).unwrap());
            let expected = case.with_extension("expected");
            if update {
                fs::write(&expected, &found).unwrap();
            } else if fs::read_to_string(&expected).unwrap_or_default() != found {
                wrong.push(format!("{}:\n{found}", case.display()));
            }
        }
    }
    assert!(cases >= 20, "only {cases} cases were found");
    assert!(wrong.is_empty(), "run with UPDATE_EXPECT=1 and look:\n{}", wrong.join("\n"));
}
