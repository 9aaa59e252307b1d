//! Whole reports of the gallery's apps, as a partner would read them.

use std::fs;
use std::path::Path;

use unwatched_analysis::{Limits, analyze};
use unwatched_fixtures::apk::gallery::{self, GalleryApp};
use unwatched_fixtures::dex::DexBuilder;
use unwatched_model::report::Support;

use super::{capability, plain_app, report};

fn check(app: &GalleryApp) {
    let report = analyze(Some(&format!("{}.apk", app.name)), &app.bytes(), &Limits::default());
    let found = serde_json::to_string_pretty(&report).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(format!("{}.json", app.name));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{}: the report changed; look at it and run again with UPDATE_EXPECT=1:\n{found}",
        app.name
    );
}

#[test]
fn reports_are_as_committed() {
    check(&gallery::unknown_stalkerware_like(7));
    check(&gallery::hard_benign_screen_reader());
    check(&gallery::parental_control_visible());
    check(&gallery::library_only());
}

#[test]
fn an_app_that_hides_differs_from_apps_that_show_themselves() {
    let stealth = |app: &GalleryApp| {
        let report = report(&app.bytes());
        capability(&report, "hidden_launcher").is_some_and(|c| c.support == Support::Supported)
    };
    assert!(stealth(&gallery::unknown_stalkerware_like(3)));
    for benign in [
        gallery::hard_benign_automation(),
        gallery::hard_benign_screen_reader(),
        gallery::parental_control_visible(),
        gallery::device_management_agent(),
        gallery::plain_game(),
        gallery::library_only(),
    ] {
        assert!(!stealth(&benign), "{}", benign.name);
    }
}

#[test]
fn the_same_bytes_give_the_same_report() {
    let bytes = gallery::unknown_stalkerware_like(5).bytes();
    assert_eq!(report(&bytes), report(&bytes));
}

#[test]
fn every_dex_is_read_and_named() {
    let call = |class: &str| {
        DexBuilder::new().call(class, "Landroid/hardware/Camera;", "takePicture", "()V")
    };
    let app = plain_app()
        .android_permissions(&["CAMERA"])
        .dex(&DexBuilder::new())
        .dex(&call("Lcom/example/plain/Second;"))
        .dex(&call("Lcom/example/plain/Third;"));
    let report = report(&app.build());
    let camera = capability(&report, "camera").unwrap();
    assert_eq!(
        camera.evidence[1].place,
        "classes2.dex: Lcom/example/plain/Second; and 1 more class"
    );
}

#[test]
fn addresses_stand_with_their_place_once() {
    let own = "Lcom/example/plain/Sender;";
    let dex = DexBuilder::new()
        .string_in(own, "https://panel.watch-alpha.example/in")
        .string_in(own, "panel.watch-alpha.example")
        .string_in(own, "com.example.plain.Sender")
        .string("203.0.113.9:5222");
    let app = plain_app()
        .dex(&dex)
        .dex(&dex)
        .string_resource("help", "Ask at https://help.watch-alpha.example/ or call.");
    let report = report(&app.build());
    let found: Vec<_> = report
        .endpoints
        .iter()
        .map(|endpoint| (endpoint.kind.as_str(), endpoint.value.as_str(), endpoint.place.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("address", "203.0.113.9:5222", "classes.dex: strings"),
            ("domain", "panel.watch-alpha.example", "classes.dex: Lcom/example/plain/Sender;"),
            ("url", "https://help.watch-alpha.example/", "resources.arsc: string/help"),
            (
                "url",
                "https://panel.watch-alpha.example/in",
                "classes.dex: Lcom/example/plain/Sender;"
            ),
        ]
    );
}

#[test]
fn addresses_are_bounded_and_say_what_is_left_out() {
    let dex = (0..600).fold(DexBuilder::new(), |dex, n| {
        dex.string(&format!("https://n{n}.watch-alpha.example/"))
    });
    let report = report(&plain_app().dex(&dex).build());
    assert_eq!(report.endpoints.len(), 500);
    assert_eq!(report.left_out[0].what, "100 more addresses are not listed");
    assert_eq!(report.problems, [], "all of it was read");
}
