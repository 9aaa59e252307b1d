//! What was not read is said, and is never taken for nothing.

use unwatched_analysis::{Limits, analyze, questions};
use unwatched_fixtures::apk::{ApkBuilder, Component, bundle, gallery};
use unwatched_fixtures::dex::DexBuilder;
use unwatched_fixtures::noise;
use unwatched_model::queue;
use unwatched_model::report::{Report, Support, Unread};

use super::{capability, has_anomaly, has_problem, plain_app, report};

/// An app without an icon that asks for all that watching takes, and whose code loads other code.
fn stub() -> ApkBuilder {
    let permissions =
        ["INTERNET", "RECORD_AUDIO", "CAMERA", "READ_SMS", "ACCESS_FINE_LOCATION", "READ_CALL_LOG"];
    let admin = Component::receiver(".Admin")
        .permission("android.permission.BIND_DEVICE_ADMIN")
        .action("android.app.action.DEVICE_ADMIN_ENABLED");
    let loads = DexBuilder::new().call(
        "Lcom/example/stub/A;",
        "Ldalvik/system/DexClassLoader;",
        "a",
        "()V",
    );
    ApkBuilder::new("com.example.stub")
        .android_permissions(&permissions)
        .component(Component::activity(".Main"))
        .component(admin)
        .dex(&loads)
}

fn signs(report: &Report) -> Vec<&'static str> {
    queue::order(report, false).signs().map(|sign| sign.id.as_str()).collect()
}

#[test]
fn what_decoys_stand_before_is_found() {
    let inner = gallery::unknown_stalkerware_like(5).bytes();
    let film = DexBuilder::new();
    let film =
        film.call("Lcom/example/plain/Watch;", "Landroid/hardware/Camera;", "takePicture", "()V");
    let decoys = (0..1200).fold(plain_app().dex(&DexBuilder::new()), |app, n| {
        app.file(&format!("assets/a{n}.bin"), b"nothing here".to_vec())
    });
    let app = decoys.android_permissions(&["CAMERA"]);
    let report =
        report(&app.file("assets/y.bin", film.build()).file("assets/z.bin", inner).build());
    assert_eq!(report.parts.len(), 1);
    assert_eq!(capability(&report, "camera").unwrap().support, Support::Supported);
    assert!(signs(&report).contains(&"watches_hidden_from_afar"), "{:?}", signs(&report));
    assert_eq!(report.unread, []);
}

#[test]
fn what_was_not_looked_at_is_counted() {
    let limits = Limits { max_looked_at: 3, max_dex_files: 2, ..Limits::default() };
    let dex = DexBuilder::new().build();
    let many = |name: &str, data: &[u8], count: usize| {
        let app = plain_app().dex(&DexBuilder::new());
        let app =
            (0..count).fold(app, |app, n| app.file(&format!("assets/{n}{name}"), data.to_vec()));
        analyze(None, &app.build(), &limits)
    };
    let check = |report: &Report, what: &str| {
        assert!(has_problem(report, what), "{:?}", report.problems);
        assert_eq!(report.unread, [Unread::Code]);
        assert!(signs(report).contains(&"partly_unread"));
    };
    check(&many(".bin", b"nothing", 4), "4 files may hold code, of which 3 were looked at");
    check(&many(".bin", &dex, 3), "the first 2 were read");
    assert_eq!(many(".bin", b"nothing", 3).unread, []);
    assert_eq!(many(".bin", &dex, 2).unread, []);
}

#[test]
fn empty_files_and_broken_archives_are_told_apart_and_bounded() {
    let many = |data: &[u8]| {
        let app = plain_app().dex(&DexBuilder::new());
        let app =
            (0..400).fold(app, |app, n| app.stored_file(&format!("assets/{n}"), data.to_vec()));
        report(&app.build())
    };
    let empty = many(b"");
    assert_eq!((empty.problems, empty.unread), (vec![], vec![]));
    let broken = many(b"PK\x03\x04 and no more");
    assert!(has_problem(&broken, "it was not read"), "{:?}", broken.problems);
    assert_eq!(broken.problems.len(), Limits::default().max_problems + 1);
    assert!(has_problem(&broken, "the code could not be read, or not wholly"));
    assert_eq!(broken.left_out[0].what, "100 more problems are not listed");
    assert_eq!(broken.unread, [Unread::Code]);
}

#[test]
fn an_app_in_an_archive_inside_and_in_a_piece_is_found() {
    let inner = gallery::unknown_stalkerware_like(5).bytes();
    let hidden = |report: &Report| {
        assert!(signs(report).contains(&"watches_hidden_from_afar"), "{:?}", report.problems);
        report.parts.last().unwrap().path.clone()
    };
    let zipped = bundle(&[("readme.txt", b"a"), ("data/x", &inner)]);
    let app = plain_app().dex(&DexBuilder::new()).file("assets/data.zip", zipped);
    assert_eq!(hidden(&report(&app.build())), "assets/data.zip!data/x");
    let base = plain_app().dex(&DexBuilder::new()).build();
    let split = ApkBuilder::new("com.example.plain").split("assets").file("assets/x", inner);
    let pieces = bundle(&[("base.apk", &base), ("split_assets.apk", &split.build())]);
    assert_eq!(hidden(&report(&pieces)), "split_assets.apk!assets/x");
}

#[test]
fn packed_and_encrypted_code_is_code_that_was_not_read() {
    let packer = stub().file("lib/arm64-v8a/libjiagu.so", b"\x7fELF and no more".to_vec());
    let encrypted = stub().stored_file("assets/d.bin", noise(1, 100_000));
    let inside = encrypted.clone().build();
    let inside = plain_app().dex(&DexBuilder::new()).file("assets/i", inside);
    for (app, id) in
        [(packer, "packed"), (encrypted, "looks_encrypted"), (inside, "looks_encrypted")]
    {
        let report = report(&app.build());
        assert!(has_anomaly(&report, id), "{:?}", report.anomalies);
        assert_eq!(report.unread, [Unread::Code], "{id}");
        let signs = signs(&report);
        assert!(
            signs.contains(&"may_hide_unread") && signs.contains(&"partly_unread"),
            "{signs:?}"
        );
        let read = questions::answers(&report).into_iter().find(|one| one.question.id == "says");
        let nothing = questions::nothing(read.unwrap().question, &report);
        assert!(
            nothing.ends_with("Not all of its code could be read: it may be there all the same.")
        );
    }
    let read = report(&stub().build());
    assert_eq!(read.unread, []);
    assert!(!signs(&read).contains(&"may_hide_unread"));
}

#[test]
fn where_code_was_not_read_what_is_declared_is_expected_to_report() {
    let packed = report(&stub().stored_file("assets/d.bin", noise(1, 100_000)).build());
    let expected = packed.observable_by.iter().find(|one| one.signal == "admin_callback").unwrap();
    assert_eq!(expected.support, Support::Possible);
    assert!(expected.sentence.ends_with("expect that it reports."), "{}", expected.sentence);
    assert!(expected.evidence[0].place.starts_with("AndroidManifest.xml: receiver"));
    let assume = "assume that the other side is told at once";
    assert!(questions::removal_unknown(&packed).unwrap().contains(assume));

    // Where all code was read, a declaration alone predicts nothing; nothing seen is no comfort.
    let read = report(&stub().build());
    assert_eq!(read.observable_by, []);
    assert!(questions::removal_unknown(&read).unwrap().contains(assume));
    let told = report(&gallery::unknown_stalkerware_like(5).bytes());
    assert!(!told.observable_by.is_empty());
    assert_eq!(questions::removal_unknown(&told), None);
}

#[test]
fn what_is_masked_was_read() {
    let report =
        report(&plain_app().label("Watch kim@mail.example").dex(&DexBuilder::new()).build());
    assert_eq!(report.label.as_deref(), Some("Watch {e-mail}"));
    assert_eq!(report.problems, []);
    assert_eq!(report.left_out.len(), 1);
    assert_eq!(signs(&report), [""; 0]);
}
