//! What the list is run on: made-up phones in every kind of evidence, and releases of which some
//! must be refused.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use sha2::Digest as _;
use unwatched_fixtures::apk::gallery::unknown_stalkerware_like;
use unwatched_fixtures::phone::{BackupOptions, PhoneBuilder, ordinary, unlisted_watcher};
use unwatched_formats::release::{INDICATORS_NAME, Index, IndexFile, write_bundle};
use unwatched_model::class::Class;
use unwatched_model::digest::Sha256;
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_model::set::{SetBuilder, SetFamily};

/// The app that the releases list.
const LISTED: &str = "com.watch.alpha.example";
const PASSPHRASE: &str = "Grüße, correct horse";

/// One piece of evidence, and what must be typed besides its name.
pub(super) struct Evidence {
    pub(super) what: &'static str,
    pub(super) path: &'static str,
    pub(super) options: &'static [&'static str],
}

/// Every kind that a helper has.
pub(super) const EVIDENCE: &[Evidence] = &[
    Evidence { what: "a bugreport, its ZIP", path: "bugreport.zip", options: &[] },
    Evidence { what: "a bugreport, its text", path: "bugreport.txt", options: &[] },
    Evidence { what: "a folder of AndroidQF", path: "androidqf", options: &[] },
    Evidence { what: "an archive of AndroidQF", path: "androidqf.zip", options: &[] },
    Evidence {
        what: "an archive of AndroidQF, encrypted with age",
        path: "androidqf.zip.age",
        options: &["--age-key", "age.key"],
    },
    Evidence {
        what: "a backup, encrypted",
        path: "backup.ab",
        options: &["--passphrase-file", "passphrase.txt"],
    },
    Evidence { what: "what single commands printed, a folder", path: "dumps", options: &[] },
    Evidence { what: "what one command printed", path: "dumps/package.txt", options: &[] },
    Evidence { what: "an app's file", path: "app.apk", options: &[] },
    Evidence {
        what: "two acquisitions, compared",
        path: "androidqf",
        options: &["--compare", "bugreport.zip", "--window", "2026-01-01..2026-02-01"],
    },
];

/// Writes all of it into the folder.
pub(super) fn write(folder: &Path, now: Timestamp) -> Result<()> {
    let put = |name: &str, bytes: &[u8]| {
        fs::write(folder.join(name), bytes).with_context(|| format!("write {name}"))
    };
    let phone = phone();
    put("bugreport.zip", &phone.bugreport_zip())?;
    put("bugreport.txt", phone.bugreport_text().as_bytes())?;
    fs::create_dir(folder.join("androidqf")).context("make a folder")?;
    phone.write_android_qf(&folder.join("androidqf")).context("write an acquisition")?;
    put("androidqf.zip", &phone.android_qf_zip())?;
    run(Command::new("age-keygen").args(["--output", "age.key"]).current_dir(folder))?;
    let words = ["--encrypt", "--identity", "age.key", "--output", "androidqf.zip.age"];
    run(Command::new("age").args(words).arg("androidqf.zip").current_dir(folder))?;
    let app = unknown_stalkerware_like(1).bytes();
    let files: [(&str, &[u8]); 1] = [(LISTED, &app)];
    let options = BackupOptions {
        passphrase: Some(PASSPHRASE),
        app_files: &files,
        ..BackupOptions::default()
    };
    put("backup.ab", &phone.backup(&options))?;
    put("passphrase.txt", format!("{PASSPHRASE}\r\n").as_bytes())?;
    put("app.apk", &app)?;
    dumps(folder, &phone)?;
    releases(folder, now)
}

fn phone() -> PhoneBuilder {
    let watcher = unlisted_watcher("com.sync.service.example");
    let listed = unwatched_fixtures::phone::App::new(LISTED).sideloaded().device_admin();
    // A word that the smallest fonts lack, and one written from the right.
    ordinary().model("Тест 测试", "דגם-1").app(watcher).app(listed)
}

/// As somebody saves what `adb shell dumpsys ...` prints, on Windows with its ends of lines.
fn dumps(folder: &Path, phone: &PhoneBuilder) -> Result<()> {
    let text = phone.bugreport_text();
    let folder = folder.join("dumps");
    fs::create_dir(&folder).context("make a folder")?;
    for service in ["package", "accessibility", "device_policy", "notification"] {
        let Some((_, rest)) = text.split_once(&format!("DUMP OF SERVICE {service}:")) else {
            continue;
        };
        let section = rest.split("\n---------").next().unwrap_or_default();
        let dump = section.trim_start().replace('\n', "\r\n");
        fs::write(folder.join(format!("{service}.txt")), dump).context("write a dump")?;
    }
    Ok(())
}

fn run(command: &mut Command) -> Result<()> {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status =
        quiet.status().with_context(|| format!("start {}", quiet.get_program().display()))?;
    ensure!(status.success(), "{}: {status}", quiet.get_program().display());
    Ok(())
}

/// `release-5`, an older one, a changed one, one under another key, and a newer one.
fn releases(folder: &Path, now: Timestamp) -> Result<()> {
    let keys = tempfile::tempdir().context("make a folder")?;
    for name in ["ours", "others"] {
        let (public, secret) = (format!("{name}.pub"), format!("{name}.sec"));
        let words = ["-G", "-W", "-f", "-p", &public, "-s", &secret];
        run(Command::new("minisign").args(words).current_dir(keys.path()))?;
    }
    let day = |days: i64| now - SignedDuration::from_hours(24 * days);
    let put = |name: &str, bytes: &[u8]| {
        fs::write(folder.join(name), bytes).with_context(|| format!("write {name}"))
    };
    let bundle =
        |key: &str, sequence, published| bundle(&keys.path().join(key), sequence, published);
    put("key.pub", &fs::read(keys.path().join("ours.pub"))?)?;
    put("release-5", &bundle("ours.sec", 5, day(3))?)?;
    put("release-4-older", &bundle("ours.sec", 4, day(5))?)?;
    put("release-6-newer", &bundle("ours.sec", 6, day(1))?)?;
    put("release-7-of-another", &bundle("others.sec", 7, day(1))?)?;
    put("release-8-long-ago", &bundle("ours.sec", 8, day(60))?)?;
    let mut changed = bundle("ours.sec", 9, day(1))?;
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    put("release-9-changed", &changed)
}

/// A release of one indicator, signed with the secret key in a file.
fn bundle(secret: &Path, sequence: u64, published: Timestamp) -> Result<Vec<u8>> {
    let id: FamilyId = "watch-alpha".parse().context("a family's id")?;
    let mut builder = SetBuilder::new();
    builder.family(SetFamily {
        id: id.clone(),
        name: "Watch Alpha".to_owned(),
        class: Class::Stalkerware,
        judged: true,
        attributed: Vec::new(),
    });
    builder.indicator(&id, IndicatorKind::Package, LISTED, Role::App).context("an indicator")?;
    let indicators = builder.build().to_bytes();
    let index = Index {
        sequence,
        published,
        expires: published + SignedDuration::from_hours(24 * 30),
        licence: "CC-BY-4.0".to_owned(),
        attribution: Vec::new(),
        files: vec![IndexFile {
            name: INDICATORS_NAME.to_owned(),
            size_bytes: indicators.len() as u64,
            sha256: Sha256(sha2::Sha256::digest(&indicators).into()),
            media_type: String::new(),
        }],
        recalls: Vec::new(),
        warnings: Vec::new(),
    };
    let json = index.to_bytes();
    let (signed, signature) = (secret.with_extension("json"), secret.with_extension("minisig"));
    fs::write(&signed, &json).context("write an index")?;
    let mut sign = Command::new("minisign");
    sign.args(["-S", "-W", "-t", "a release", "-s"]).arg(secret);
    run(sign.arg("-m").arg(&signed).arg("-x").arg(&signature))?;
    let signature = fs::read_to_string(signature).context("read a signature")?;
    Ok(write_bundle(&json, &signature, &indicators))
}
