//! Code where nobody looks for it: whatever it is called, wherever it lies and whatever it is wrapped
//! in; and what only looks like it.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use unwatched_fixtures::apk::{ApkBuilder, Component, bundle, gallery};
use unwatched_fixtures::dex::DexBuilder;
use unwatched_fixtures::noise;
use unwatched_model::queue;
use unwatched_model::report::{Report, Support, Unread};

use super::{capability, has_anomaly, has_problem, plain_app, report};

fn outer() -> ApkBuilder {
    plain_app().dex(&DexBuilder::new()).android_permissions(&["CAMERA"])
}

fn watcher() -> Vec<u8> {
    gallery::unknown_stalkerware_like(5).bytes()
}

fn filming() -> Vec<u8> {
    DexBuilder::new()
        .call("Lcom/example/plain/Watch;", "Landroid/hardware/Camera;", "takePicture", "()V")
        .build()
}

fn signs(report: &Report) -> Vec<&'static str> {
    queue::order(report, false).signs().map(|sign| sign.id.as_str()).collect()
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn tar(data: &[u8]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_size(data.len() as u64);
    archive.append_data(&mut header, "files/x", data).unwrap();
    archive.into_inner().unwrap()
}

fn hex(data: &[u8]) -> Vec<u8> {
    hex::encode(data).into_bytes()
}

fn base64(data: &[u8]) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(data).into_bytes()
}

fn masked(data: &[u8]) -> Vec<u8> {
    data.iter().map(|byte| byte ^ 0x5a).collect()
}

fn behind(front: &[u8], data: &[u8]) -> Vec<u8> {
    [front, data].concat()
}

/// Ways to hide a file in another one.
fn wrappings(data: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let picture = [&b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"[..], &[0; 100]].concat();
    let library = [&b"\x7fELF\x02\x01\x01"[..], &[0; 500]].concat();
    vec![
        ("as it is", data.to_vec()),
        ("gzip", gzip(data)),
        ("zlib", zlib(data)),
        ("tar", tar(data)),
        ("tar in gzip", gzip(&tar(data))),
        ("Base64", base64(data)),
        ("hexadecimal", hex(data)),
        ("masked", masked(data)),
        ("masked in gzip", gzip(&masked(data))),
        ("behind words", behind(&b"anything ".repeat(20), data)),
        ("behind JSON", behind(br#"{"a": [1, 2, 3]}"#, data)),
        ("in a picture", behind(&picture, data)),
        ("in a library", behind(&library, data)),
    ]
}

#[test]
fn an_app_in_any_wrapping_is_found() {
    let inner = watcher();
    for (wrapping, data) in wrappings(&inner) {
        for app in [
            outer().file("assets/x.bin", data.clone()),
            outer().stored_file("res/drawable/x.png", data.clone()),
        ] {
            let report = report(&app.build());
            let signs = signs(&report);
            assert!(signs.contains(&"watches_hidden_from_afar"), "{wrapping}: {signs:?}");
            assert!(has_anomaly(&report, "app_inside"), "{wrapping}");
        }
    }
}

#[test]
fn a_dex_in_any_wrapping_is_found() {
    for (wrapping, data) in wrappings(&filming()) {
        let report = report(&outer().file("META-INF/x", data).build());
        let camera = capability(&report, "camera").unwrap();
        assert_eq!(camera.support, Support::Supported, "{wrapping}: {:?}", report.problems);
        assert!(has_anomaly(&report, "code_in_unusual_place"), "{wrapping}");
    }
    let script = [b"var a = \"".to_vec(), base64(&filming()), b"\"; run(a)".to_vec()].concat();
    let report = report(&outer().file("assets/www/index.js", script).build());
    assert_eq!(capability(&report, "camera").unwrap().support, Support::Supported);
}

#[test]
fn code_is_found_wherever_it_lies() {
    for name in [
        "META-INF/x",
        "kotlin/x.kotlin_builtins",
        "lib/arm64-v8a/libx.so",
        "lib/arm64-v8a/x.bin",
        "res/drawable/x.png",
        "res/layout/x.xml",
        "x.txt",
        "x.properties",
        "Classes2.dex",
    ] {
        let report = report(&outer().file(name, filming()).build());
        assert_eq!(capability(&report, "camera").unwrap().support, Support::Supported, "{name}");
    }
    let whole = [DexBuilder::new().build(), watcher()].concat();
    let report = report(&plain_app().dex_bytes(whole).build());
    assert_eq!(report.parts.len(), 1, "behind the end of the app's own code");
}

#[test]
fn what_looks_like_chance_is_unread_wherever_it_lies() {
    let chance = noise(1, 60_000);
    let fronts: [&[u8]; 8] = [
        b"",
        b"PK\0\0",
        b"\x1f\x8b",
        b"\x89PNG\r\n\x1a\n",
        b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        &[b' '; 600],
        &[0; 9000],
        b"{\"a\": 1, \"b\": [true, false, null]}",
    ];
    let names = ["assets/d.bin", "META-INF/d", "res/drawable/d.png", "d.xml", "lib/x86/libd.so"];
    for front in fronts {
        for name in names {
            let data = behind(front, &chance);
            for app in [outer().stored_file(name, data.clone()), outer().file(name, data.clone())] {
                let report = report(&app.build());
                assert_eq!(report.unread, [Unread::Code], "{name} behind {front:?}");
                assert!(has_anomaly(&report, "looks_encrypted"), "{name} behind {front:?}");
            }
        }
    }
    for text in [base64(&chance), hex(&chance)] {
        assert_eq!(report(&outer().file("a.txt", text).build()).unread, [Unread::Code]);
    }
    let whole = [DexBuilder::new().build(), chance].concat();
    let appended = report(&plain_app().dex_bytes(whole).build());
    assert!(has_anomaly(&appended, "looks_encrypted"), "behind the end of the code");
}

#[test]
fn what_everyday_apps_bring_is_nothing() {
    let chance = noise(1, 60_000);
    let picture = |length: usize| {
        let data = &chance[..length];
        let length = u32::try_from(length).unwrap().to_be_bytes();
        let parts: [&[u8]; 6] = [
            b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0cccc",
            &length,
            b"IDAT",
            data,
            b"cccc\0\0\0\0IEND",
            b"cccc",
        ];
        parts.concat()
    };
    let words = "one word after the other, and none of them is code\n".repeat(2000).into_bytes();
    let list = (0..20_000).flat_map(|n| format!("word{n}\n").into_bytes()).collect::<Vec<u8>>();
    let profile = behind(b"pro\x00010\0\x01\x02", &chance);
    let small = bundle(&[("readme.txt", b"nothing here")]);
    for (name, data) in [
        ("res/drawable/a.png", picture(50_000)),
        ("assets/photo.jpg", behind(b"\xff\xd8\xff\xe0\0\x10JFIF\0", &chance)),
        ("assets/sound.ogg", behind(b"OggS\0\x02\0\0\0\0\0\0\0\0", &chance)),
        ("assets/dexopt/baseline.prof", profile),
        ("assets/words.txt", words.clone()),
        ("assets/list.txt", list),
        ("assets/words.gz", gzip(&words)),
        ("assets/picture.b64", base64(&picture(50_000))),
        ("assets/data.zip", small),
        ("META-INF/services/a.b.C", b"a.b.D".to_vec()),
    ] {
        for app in [outer().stored_file(name, data.clone()), outer().file(name, data.clone())] {
            let report = report(&app.build());
            assert_eq!(report.unread, [], "{name}: {:?}", report.problems);
            assert_eq!(report.anomalies, [], "{name}");
        }
    }
}

#[test]
fn what_is_not_opened_is_named() {
    for (start, what) in [
        (&b"\xfd7zXZ\0\0\x04"[..], "xz data"),
        (b"BZh91AY&SY", "bzip2 data"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "a 7z archive"),
        (b"Rar!\x1a\x07\x01\0", "a RAR archive"),
    ] {
        let installs = DexBuilder::new().call(
            "Lcom/example/plain/A;",
            "Landroid/content/pm/PackageInstaller$Session;",
            "commit",
            "()V",
        );
        let app = plain_app().android_permissions(&["REQUEST_INSTALL_PACKAGES"]).dex(&installs);
        let report = report(&app.clone().file("assets/x", behind(start, &noise(1, 9000))).build());
        assert!(has_problem(&report, what), "{:?}", report.problems);
        assert_eq!(report.unread, [Unread::Code]);
        assert!(signs(&report).contains(&"brings_unseen"), "{:?}", signs(&report));
        let read = super::report(&app.build());
        assert_eq!(signs(&read), ["installs_others"], "nothing lies in it");
    }
}

#[test]
fn a_class_that_no_code_has_is_code_that_was_not_read() {
    let app = |dex: &DexBuilder| {
        ApkBuilder::new("com.example.fetch")
            .android_permissions(&["INTERNET", "READ_SMS", "RECEIVE_BOOT_COMPLETED"])
            .component(Component::service(".Work"))
            .component(Component::receiver(".Boot").action("android.intent.action.BOOT_COMPLETED"))
            .component(Component::service("androidx.work.impl.foreground.SystemForegroundService"))
            .component(Component::activity("android.app.NativeActivity"))
            .component(Component::alias(".Other", ".Work"))
            .dex(dex)
    };
    let loads = DexBuilder::new().call(
        "Lcom/example/fetch/A;",
        "Ldalvik/system/DexClassLoader;",
        "a",
        "()V",
    );
    let report = report(&app(&loads).code_elsewhere().build());
    assert_eq!(report.unread, [Unread::Code]);
    assert!(has_problem(&report, "com.example.fetch.Boot and 1 more classes"));
    assert!(signs(&report).contains(&"may_hide_unread"), "{:?}", signs(&report));
    let expected: Vec<&str> = report.observable_by.iter().map(|one| one.signal.as_str()).collect();
    assert_eq!(
        expected,
        ["stop_callback", "sim_receiver", "boot_receiver"],
        "what a class that is not there could do"
    );

    let read = super::report(&app(&loads).build());
    assert_eq!((read.unread, read.observable_by), (vec![], vec![]));
}
