//! Apps in pieces, and apps that carry others.

use unwatched_analysis::{questions, standing};
use unwatched_fixtures::apk::{ApkBuilder, bundle, gallery};
use unwatched_fixtures::dex::DexBuilder;
use unwatched_model::queue;
use unwatched_model::report::{Capability, FileFormat, Part, PartKind, Report, Support};

use super::{capability, has_anomaly, has_problem, plain_app, report};

const CAMERA: (&str, &str) = ("Landroid/hardware/Camera;", "takePicture");

fn filming() -> DexBuilder {
    DexBuilder::new().call("Lcom/example/plain/Watch;", CAMERA.0, CAMERA.1, "()V")
}

/// An app whose permission is in one piece and whose code is in another.
fn pieces() -> (Vec<u8>, Vec<u8>) {
    let base = plain_app().android_permissions(&["CAMERA"]).dex(&DexBuilder::new());
    let split = ApkBuilder::new("com.example.plain").split("config.xxhdpi").dex(&filming());
    (base.build(), split.build())
}

fn kinds(parts: &[Part]) -> Vec<(&str, PartKind)> {
    parts.iter().map(|part| (part.path.as_str(), part.kind)).collect()
}

#[test]
fn an_app_in_pieces_is_one_app() {
    let (base, split) = pieces();
    let other = ApkBuilder::new("com.example.other").build();
    for names in [
        ["base.apk", "split_config.xxhdpi.apk", "zz.apk"],
        ["com.example.plain.apk", "config.xxhdpi.apk", "zz.apk"],
        ["splits/base-master.apk", "splits/base-xxhdpi.apk", "splits/zz.apk"],
    ] {
        let file = bundle(&[
            ("manifest.json", b"{}"),
            (names[1], &split),
            (names[0], &base),
            (names[2], &other),
        ]);
        let report = report(&file);
        assert_eq!(report.format, FileFormat::ApkBundle);
        assert_eq!(report.package.as_deref(), Some("com.example.plain"));
        assert_eq!(report.size_bytes, file.len() as u64);
        let camera = capability(&report, "camera").unwrap();
        assert_eq!(camera.support, Support::Supported);
        let code = format!("{}!classes.dex: Lcom/example/plain/Watch;", names[1]);
        assert!(camera.evidence.iter().any(|piece| piece.place == code), "{camera:?}");
        let expected =
            [(names[0], PartKind::Base), (names[1], PartKind::Split), (names[2], PartKind::App)];
        assert_eq!(kinds(&report.parts), expected);
        assert_eq!(report.parts[0].sha256, super::report(&base).sha256);
    }
}

#[test]
fn the_list_of_the_pieces_helps_and_is_not_believed() {
    let (base, split) = pieces();
    // Larger than the base, and another app.
    let other = ApkBuilder::new("com.example.other").stored_file("assets/a", vec![7; 40_000]);
    let other = other.build();
    let check = |list: (&str, &str), found: (&str, &str), anomalies: usize| {
        let file = bundle(&[
            (list.0, list.1.as_bytes()),
            ("one.apk", &base),
            ("two.apk", &other),
            ("three.apk", &split),
        ]);
        let report = report(&file);
        assert_eq!(report.format, FileFormat::ApkBundle);
        let base = report.parts.iter().find(|part| part.kind == PartKind::Base).unwrap();
        let package = report.package.as_deref().unwrap();
        assert_eq!((base.path.as_str(), package), found, "{}", list.1);
        let odd = report.anomalies.iter().filter(|one| one.id == "bundle_list_differs");
        assert_eq!(odd.count(), anomalies, "{}: {:?}", list.1, report.anomalies);
        report
    };
    let (plain, largest) = (("one.apk", "com.example.plain"), ("two.apk", "com.example.other"));
    let right = r#"{"package_name": "com.example.plain", "version_code": "1",
        "split_apks": [{"id": "config.x", "file": "three.apk"}, {"id": "base", "file": "one.apk"}]}"#;
    check(("manifest.json", right), plain, 0);
    let another = r#"{"package_name": "com.example.bank", "split_apks": [{"id": "base", "file": "one.apk"}]}"#;
    check(("manifest.json", another), largest, 2);
    let a_split = r#"{"split_apks": [{"id": "base", "file": "three.apk"}]}"#;
    check(("manifest.json", a_split), largest, 1);
    check(("info.json", r#"{"pname": "com.example.other", "apk_title": "Other"}"#), largest, 0);
    check(("info.json", r#"{"pname": "com.example.bank"}"#), largest, 1);
    check(("info.json", "{}"), largest, 0);
    for broken in ["{\"package_name\": 7}", "[", &"[".repeat(100_000)] {
        let report = check(("manifest.json", broken), largest, 0);
        assert!(has_problem(&report, "the list of the app's pieces could not be read"));
    }
}

#[test]
fn a_base_keeps_who_signed_it() {
    let signer = unwatched_fixtures::signing::Signer::made_up("Watch", "Made Up", 7);
    let base = plain_app().dex(&DexBuilder::new()).signed_by(&signer).build();
    let alone = report(&base);
    let inside = report(&bundle(&[("base.apk", &base)]));
    assert_eq!(inside.signature, alone.signature);
    assert_eq!(inside.certificates, alone.certificates);
    assert!(alone.certificates[0].verified);
}

#[test]
fn a_zip_of_splits_alone_is_no_app() {
    let (_, split) = pieces();
    let report = report(&bundle(&[("split_config.xxhdpi.apk", &split)]));
    assert_eq!(report.format, FileFormat::Zip);
    assert!(has_problem(&report, "it holds apps that can be analysed one by one"));
}

#[test]
fn an_app_inside_an_app_is_read_and_stays_another_one() {
    let inner = ApkBuilder::new("com.example.payload").android_permissions(&["CAMERA"]);
    let inner = inner.dex(&filming()).build();
    // Named like a picture: what it is follows from its bytes.
    let report =
        report(&plain_app().dex(&DexBuilder::new()).file("assets/logo.png", inner).build());
    assert!(has_anomaly(&report, "app_inside"));
    let camera: Vec<_> = report.capabilities.iter().filter(|one| one.id == "camera").collect();
    let of: Vec<_> = camera.iter().map(|one| one.inside.as_deref()).collect();
    assert_eq!(of, [Some("assets/logo.png")], "the camera is not the app's own");
    let part = &report.parts[0];
    assert_eq!((part.path.as_str(), part.kind), ("assets/logo.png", PartKind::App));
    assert_eq!(part.package.as_deref(), Some("com.example.payload"));
    assert!(part.capabilities.contains(&"camera".to_owned()), "{part:?}");
}

/// An app that nobody would look at twice, with these bytes in it.
fn carrying(path: &str, inner: Vec<u8>) -> ApkBuilder {
    plain_app().android_permissions(&["INTERNET"]).dex(&DexBuilder::new()).file(path, inner)
}

#[test]
fn what_an_app_inside_can_do_is_said_with_its_place() {
    let inner = gallery::unknown_stalkerware_like(5).bytes();
    let alone = report(&inner);
    let carrier = report(&carrying("assets/x.bin", inner.clone()).build());
    let supported = |report: &Report, inside: Option<&str>| -> Vec<String> {
        let all = report.capabilities.iter().filter(|one| one.support == Support::Supported);
        all.filter(|one| one.inside.as_deref() == inside).map(|one| one.id.clone()).collect()
    };
    let within = Some("assets/x.bin");
    assert_eq!(supported(&carrier, within), supported(&alone, None));
    assert!(supported(&carrier, within).len() > 20);
    assert_eq!(supported(&carrier, None), [""; 0]);
    let place =
        |one: &Capability| one.evidence.iter().all(|p| p.place.starts_with("assets/x.bin!"));
    assert!(carrier.capabilities.iter().filter(|one| one.inside.is_some()).all(place));

    let signals = |report: &Report| -> Vec<String> {
        report.observable_by.iter().map(|one| one.signal.clone()).collect()
    };
    assert!(!signals(&alone).is_empty());
    assert_eq!(signals(&carrier), signals(&alone));
    assert!(carrier.observable_by.iter().all(|one| one.inside.as_deref() == within));
    for endpoint in &alone.endpoints {
        let found = carrier.endpoints.iter().find(|one| one.value == endpoint.value).unwrap();
        assert_eq!(found.place, format!("assets/x.bin!{}", endpoint.place));
    }

    // People and the queue need not know that there is an app inside.
    let signs = |report: &Report| -> Vec<_> {
        queue::order(report, false).signs().map(|sign| sign.id.clone()).collect()
    };
    assert_eq!(signs(&carrier), signs(&alone));
    let read = questions::answers(&carrier).into_iter().find(|one| one.question.id == "read");
    assert!(!read.unwrap().said.is_empty());
    let bearing = |report: &Report| -> Vec<_> {
        standing::of(report).into_iter().map(|one| (one.standing, one.capabilities)).collect()
    };
    assert_eq!(bearing(&carrier), bearing(&alone));
}

#[test]
fn an_app_in_an_app_inside_and_beside_a_base_is_said_as_well() {
    let innermost = || ApkBuilder::new("com.example.payload").android_permissions(&["CAMERA"]);
    let innermost = innermost().dex(&filming()).build();
    let of = |file: &[u8]| -> Vec<(String, Support)> {
        let all = report(file).capabilities.into_iter().filter(|one| one.id == "camera");
        all.map(|one| (one.inside.unwrap_or_default(), one.support)).collect()
    };
    let supported = |path: &str| vec![(path.to_owned(), Support::Supported)];
    let middle = carrying("assets/b.bin", innermost.clone()).build();
    assert_eq!(
        of(&carrying("assets/a.bin", middle).build()),
        supported("assets/a.bin!assets/b.bin")
    );
    let base = plain_app().dex(&DexBuilder::new()).build();
    let beside = bundle(&[("base.apk", &base), ("other.apk", &innermost)]);
    assert_eq!(of(&beside), supported("other.apk"));
}

#[test]
fn code_in_an_archive_inside_counts_as_the_apps() {
    let jar = bundle(&[("classes.dex", &filming().build())]);
    let app = plain_app().android_permissions(&["CAMERA"]).dex(&DexBuilder::new());
    let report = report(&app.file("assets/plugin.jar", jar).build());
    assert!(has_anomaly(&report, "code_in_unusual_place"));
    assert_eq!(capability(&report, "camera").unwrap().support, Support::Supported);
}

#[test]
fn apps_in_apps_without_end_are_read_to_a_depth() {
    let mut app = plain_app().build();
    for _ in 0..6 {
        app = plain_app().dex(&DexBuilder::new()).file("assets/a.apk", app).build();
    }
    let report = report(&app);
    assert_eq!(report.parts.len(), 2);
    assert!(has_problem(&report, "this deep inside others"), "{:?}", report.problems);
}

#[test]
fn names_that_android_does_not_load_are_told() {
    let dex = DexBuilder::new().build();
    let app = plain_app().dex_bytes(dex.clone()).file("classes3.dex", dex.clone());
    assert!(has_anomaly(&report(&app.build()), "dex_unreachable_name"));
    let whole = plain_app().dex_bytes(dex.clone()).dex_bytes(dex.clone()).dex_bytes(dex);
    assert!(!has_anomaly(&report(&whole.build()), "dex_unreachable_name"));
}

#[test]
fn texts_of_scripts_and_libraries_are_searched() {
    let script = b"var api=\"https://panel.watch-alpha.example/up\";go('take_picture')".to_vec();
    let wide: Vec<u8> =
        "https://net.watch-alpha.example".bytes().flat_map(|byte| [byte, 0]).collect();
    let app = plain_app()
        .dex(&DexBuilder::new())
        .file("assets/index.android.bundle", script)
        .file("assemblies/Watch.dll", wide)
        .file("lib/arm64-v8a/libjiagu.so", b"\x7fELF but no more than that".to_vec())
        .file("lib/arm64-v8a/libcode.so", filming().build());
    let report = report(&app.android_permissions(&["CAMERA"]).build());
    let found: Vec<_> =
        report.endpoints.iter().map(|one| (one.value.as_str(), one.place.as_str())).collect();
    assert_eq!(
        found,
        [
            ("https://net.watch-alpha.example", "assemblies/Watch.dll: strings"),
            ("https://panel.watch-alpha.example/up", "assets/index.android.bundle: strings"),
        ]
    );
    let traces: Vec<_> = report.traces.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(traces, ["React Native", "Xamarin or .NET MAUI", "360 Jiagu"]);
    assert!(has_anomaly(&report, "packed"));
    assert!(has_problem(&report, "this native library could not be read"));
    // Code that is called a library is read as what it is.
    assert!(has_anomaly(&report, "not_what_its_name_says"));
    assert_eq!(capability(&report, "camera").unwrap().support, Support::Supported);
}

#[test]
fn every_dex_of_a_container_is_read() {
    let other = DexBuilder::new()
        .class("Lcom/example/plain/Main;", "Landroid/app/Activity;")
        .string_in("Lcom/example/plain/First;", "a first text");
    let container = DexBuilder::container(&[other.clone(), filming(), other]);
    let app = || plain_app().android_permissions(&["CAMERA"]);
    let whole = report(&app().dex_bytes(container.clone()).build());
    assert_eq!(whole.problems, []);
    assert_eq!(whole.anomalies, []);
    assert_eq!(capability(&whole, "camera").unwrap().support, Support::Supported);

    // What a container says of itself is checked; what can be read is read.
    for (field, id) in
        [(0x24, "dex_odd_header"), (0x70, "dex_odd_container"), (0x74, "dex_odd_container")]
    {
        let mut odd = container.clone();
        odd[field] ^= 8;
        let report = report(&app().dex_bytes(odd).build());
        assert!(has_anomaly(&report, id), "{field:#x}: {:?}", report.anomalies);
        assert_eq!(capability(&report, "camera").unwrap().support, Support::Supported);
    }
    let mut plain = filming().build();
    plain[0x24] = 0x78;
    assert!(has_anomaly(&report(&app().dex_bytes(plain).build()), "dex_odd_header"));
}
