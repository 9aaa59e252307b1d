//! The files of an AndroidQF acquisition.

use serde_json::{Value, json};

use super::super::{Phone, Record};
use super::{dumpsys, hash, history, moment, powers, random, state, uid};
use crate::phone::Launcher;

pub(in super::super) fn files(phone: &Phone) -> Vec<(String, Vec<u8>)> {
    let here = phone.apps.iter().enumerate().filter(|(_, app)| !app.removed);
    let packages: Vec<_> = here.map(|(number, app)| package(number, app)).collect();
    let iso = |seconds: i64| format!("{}Z", moment(seconds).replace(' ', "T"));
    let acquisition = json!({
        "uuid": "00000000-0000-4000-8000-000000000046",
        "androidqf_version": "1.7.1",
        "storage_path": "",
        "started": iso(phone.now),
        "completed": iso(phone.now + 240),
        "collector": { "exe_path": "/data/local/tmp/collector", "installed": true, "architecture": "arm64-v8a" },
        "tmp_dir": "/data/local/tmp/",
        "sdcard": "/sdcard/",
        "cpu": "arm64-v8a",
    });
    let root = if phone.unlocked { json!(["/system/bin/su"]) } else { json!([]) };
    let command_log = b"acquisition made up\n".to_vec();
    let selinux = b"Enforcing\n".to_vec();
    [
        ("acquisition.json", pretty(&acquisition)),
        ("command.log", command_log),
        ("dumpsys.txt", dumpsys(phone).into_bytes()),
        ("env.txt", b"PATH=/product/bin:/apex/com.android.runtime/bin:/system/bin\n".to_vec()),
        ("files.json", pretty(&found(phone))),
        ("getprop.txt", state::getprop(phone).into_bytes()),
        ("logcat.txt", history::log(phone).into_bytes()),
        ("mounts.json", pretty(&json!(["/dev/block/dm-0 / ext4 ro,seclabel,relatime 0 0"]))),
        ("packages.json", pretty(&Value::Array(packages))),
        ("processes.txt", state::processes(phone).into_bytes()),
        ("root_binaries.json", pretty(&root)),
        ("selinux.txt", selinux),
        ("services.txt", services(phone)),
        ("settings_global.txt", settings(&powers::global(phone))),
        ("settings_secure.txt", settings(&powers::secure(phone))),
        ("settings_system.txt", settings(&powers::system())),
    ]
    .map(|(name, bytes)| (name.to_owned(), bytes))
    .to_vec()
}

fn pretty(value: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(value).expect("made of strings and numbers")
}

pub(super) fn settings(pairs: &[(String, String)]) -> Vec<u8> {
    pairs.iter().flat_map(|(key, value)| [key, "=", value, "\n"].concat().into_bytes()).collect()
}

/// `service list`.
pub(super) fn services(phone: &Phone) -> Vec<u8> {
    let lines = super::services(phone);
    let count = lines.len();
    let list =
        lines.iter().enumerate().map(|(number, (name, _))| format!("{number}\t{name}: []\n"));
    std::iter::once(format!("Found {count} services:\n"))
        .chain(list)
        .collect::<String>()
        .into_bytes()
}

fn found(phone: &Phone) -> Value {
    let mut chance = random(phone, 53);
    let files = phone.added().map(|app| {
        json!({
            "path": format!("/sdcard/Android/data/{}/cache/{}.tmp", app.package, hash(&mut chance, 8)),
            "size": 4_096,
            "mode": "-rw-rw----",
            "user_id": 0,
            "user_name": "",
            "group_id": 1_015,
            "group_name": "",
            "changed_time": phone.now,
            "modified_time": phone.now,
            "access_time": phone.now,
            "error": "",
            "context": "u:object_r:fuse:s0",
            "sha1": "",
            "sha256": "",
            "sha512": "",
            "md5": "",
        })
    });
    Value::Array(files.collect())
}

fn package(number: usize, app: &Record) -> Value {
    let certificate = &app.certificate;
    let folder = if app.source.is_system() { "/system/app" } else { "/data/app/~~AAAA==" };
    json!({
        "name": app.package,
        "files": [{
            "path": format!("{folder}/{}-BBBB==/base.apk", app.package),
            "local_name": "",
            "md5": "",
            "sha1": "",
            "sha256": file_sha256(app),
            "sha512": "",
            "error": "",
            "verified_certificate": certificate.verified,
            "certificate": {
                "Md5": "",
                "Sha1": certificate.sha1,
                "Sha256": certificate.sha256,
                "ValidFrom": format!("{}-03-01T00:00:00Z", app.certified_since),
                "ValidTo": format!("{}-03-01T00:00:00Z", app.certified_since + 30),
                "Issuer": subject(app),
                "Subject": subject(app),
                "SignatureAlgorithm": "SHA256-RSA",
                "SerialNumber": 1,
            },
            "certificate_error": "",
            "trusted_certificate": app.source.is_system(),
        }],
        "installer": app.source.installer().unwrap_or("null"),
        "uid": uid(number),
        "disabled": false,
        "system": app.source.is_system(),
        "third_party": !app.source.is_system(),
    })
}

fn subject(app: &Record) -> String {
    if app.debuggable {
        "CN=Android Debug,O=Android,C=US".to_owned()
    } else if app.launcher == Launcher::Absent && !app.source.is_system() {
        "CN=app".to_owned()
    } else {
        app.certificate.subject.clone()
    }
}

fn file_sha256(app: &Record) -> String {
    use sha1::Digest as _;
    hex::encode(sha2::Sha256::digest(format!("file of {}", app.package)))
}
