//! The files of an AndroidQF acquisition.

use serde_json::{Value, json};

use super::{App, PhoneBuilder, bugreport};

pub(super) fn files(phone: &PhoneBuilder) -> Vec<(String, Vec<u8>)> {
    let packages: Vec<_> = phone.apps.iter().enumerate().map(package).collect();
    let acquisition = json!({
        "uuid": "00000000-0000-4000-8000-000000000001",
        "androidqf_version": "1.7.0",
        "started": "2026-01-05T10:00:00Z",
        "completed": "2026-01-05T10:03:00Z",
        "tmp_dir": "/data/local/tmp/",
        "sdcard": "/sdcard/",
        "cpu": "arm64-v8a",
    });
    let mut secure = phone.secure.clone();
    secure.extend(bugreport::switched_on(phone));
    [
        ("acquisition.json", pretty(&acquisition)),
        ("command.log", b"made-up log\n".to_vec()),
        ("dumpsys.txt", bugreport::services(phone).into_bytes()),
        ("getprop.txt", bugreport::getprop(phone).into_bytes()),
        ("packages.json", pretty(&Value::Array(packages))),
        ("root_binaries.json", b"[]".to_vec()),
        ("settings_global.txt", settings(&phone.global)),
        ("settings_secure.txt", settings(&secure)),
        ("settings_system.txt", b"screen_off_timeout=60000\n".to_vec()),
    ]
    .map(|(name, bytes)| (name.to_owned(), bytes))
    .into_iter()
    .chain(logcat(phone))
    .collect()
}

/// Only where something was put into the log: else it says nothing.
fn logcat(phone: &PhoneBuilder) -> Option<(String, Vec<u8>)> {
    let mut log = String::new();
    bugreport::log(&mut log, phone);
    (!phone.log_lines.is_empty()).then(|| ("logcat.txt".to_owned(), log.into_bytes()))
}

fn pretty(value: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(value).expect("made of strings and numbers")
}

fn settings(pairs: &[(String, String)]) -> Vec<u8> {
    pairs.iter().flat_map(|(key, value)| [key, "=", value, "\n"].concat().into_bytes()).collect()
}

fn package((number, app): (usize, &App)) -> Value {
    let certificate = &app.certificate;
    json!({
        "name": app.package,
        "files": [{
            "path": format!("/data/app/{}/base.apk", app.package),
            "local_name": "",
            "md5": "",
            "sha1": "",
            "sha256": app.sha256,
            "sha512": "",
            "error": "",
            "verified_certificate": certificate.verified,
            "certificate": {
                "Md5": "",
                "Sha1": certificate.sha1,
                "Sha256": certificate.sha256,
                "ValidFrom": "2020-01-01T00:00:00Z",
                "ValidTo": "2045-01-01T00:00:00Z",
                "Issuer": certificate.subject,
                "Subject": certificate.subject,
                "SignatureAlgorithm": "SHA256-RSA",
                "SerialNumber": 1,
            },
            "certificate_error": "",
            "trusted_certificate": false,
        }],
        "installer": app.installer.as_deref().unwrap_or("null"),
        "uid": 10_000 + number,
        "disabled": false,
        "system": app.system,
        "third_party": !app.system,
    })
}
