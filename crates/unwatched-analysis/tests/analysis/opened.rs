//! Apps without an icon that say what else opens them: one line of a manifest says it, and proves
//! nothing where the app asks for what could watch.

use unwatched_fixtures::apk::pairs::Sketch;
use unwatched_fixtures::apk::{ApkBuilder, Component, IntentFilter};
use unwatched_fixtures::axml::Element;
use unwatched_model::queue::order;
use unwatched_model::report::Support;

use super::{capability, report};

/// What an app says, and how it says it.
type Saying = (&'static str, fn(Sketch) -> Sketch);

/// What an app says that opens it.
fn sayings() -> Vec<Saying> {
    const HOME: &str = "android.intent.category.HOME";
    vec![
        ("a keyboard", |app| app.bound("E", "BIND_INPUT_METHOD", "android.view.InputMethod")),
        ("a wallpaper", |app| app.bound("E", "BIND_WALLPAPER", "x.y.Z")),
        ("a dream", |app| app.bound("E", "BIND_DREAM_SERVICE", "x.y.Z")),
        ("spelling", |app| app.bound("E", "BIND_TEXT_SERVICE", "x.y.Z")),
        ("printing", |app| app.bound("E", "BIND_PRINT_SERVICE", "x.y.Z")),
        ("another reality", |app| app.bound("E", "BIND_VR_LISTENER_SERVICE", "x.y.Z")),
        ("a tile", |app| app.bound("E", "BIND_QUICK_SETTINGS_TILE", "x.y.Z")),
        ("only watches", |app| app.with(|apk| apk.feature("android.hardware.type.watch", true))),
        ("only cars", |app| app.with(|apk| apk.feature("android.hardware.type.automotive", true))),
        ("an overlay", |app| app.with(|apk| apk.manifest_element(Element::new("overlay")))),
        ("a home screen", |app| {
            let home = IntentFilter::action("android.intent.action.MAIN").category(HOME);
            app.declares(Component::activity(".Home").filter(home))
        }),
    ]
}

/// Lines that say nothing of what opens an app.
fn no_sayings() -> Vec<Saying> {
    const HOME: &str = "android.intent.category.HOME";
    vec![
        ("also watches", |app| app.with(|apk| apk.feature("android.hardware.type.watch", false))),
        ("also cars", |app| app.with(|apk| apk.feature("android.hardware.type.automotive", false))),
        ("also televisions", |app| app.with(|apk| apk.feature("android.software.leanback", false))),
        ("a home screen that is off", |app| {
            let home = IntentFilter::action("android.intent.action.MAIN").category(HOME);
            app.declares(Component::activity(".Home").attribute("enabled", false).filter(home))
        }),
    ]
}

/// Listens, follows and sends, without an icon.
pub(super) fn watching(name: &str) -> Sketch {
    Sketch::without_icon(name)
        .asks(&["INTERNET", "RECORD_AUDIO", "ACCESS_FINE_LOCATION", "ACCESS_BACKGROUND_LOCATION"])
        .declares(Component::service(".Collector"))
        .class("Collector")
        .extends("android.app.Service")
        .calls("android.media.MediaRecorder->start")
        .calls("android.location.LocationManager->requestLocationUpdates")
        .class("Net")
        .calls("java.net.HttpURLConnection->getOutputStream")
}

fn support(app: &ApkBuilder, id: &str) -> Option<Support> {
    capability(&report(&app.build()), id).map(|found| found.support)
}

#[test]
fn who_could_watch_only_says_what_opens_it() {
    for (what, say) in sayings() {
        let app = say(watching("said")).apk();
        assert_eq!(support(&app, "opened_from_elsewhere"), Some(Support::Possible), "{what}");
        let order = order(&report(&app.build()), false);
        assert!(order.signs().any(|sign| sign.id == "may_hide"), "{what}");
    }
}

#[test]
fn who_could_not_watch_is_opened_so() {
    for (what, say) in sayings() {
        let app = say(Sketch::without_icon("plain.part").asks(&["INTERNET", "VIBRATE"])).apk();
        let found = report(&app.build()).capabilities;
        let hidden: Vec<_> = found.iter().filter(|one| one.group == "stealth").collect();
        assert!(hidden.is_empty(), "{what}: {hidden:#?}");
    }
}

#[test]
fn what_may_be_missing_or_is_off_opens_nothing() {
    for (what, say) in no_sayings() {
        let app = say(watching("hidden")).apk();
        let found = support(&app, "icon_missing_while_watching");
        assert_eq!(found, Some(Support::Supported), "{what}");
        assert_eq!(support(&app, "opened_from_elsewhere"), None, "{what}");
    }
}

const SWITCH: &str = "android.content.pm.PackageManager->setComponentEnabledSetting";
const HIDE: &str = "android.app.admin.DevicePolicyManager->setApplicationHidden";

#[test]
fn roundabout_ways_to_take_an_icon_away_are_seen() {
    let app = || watching_with_icon("roundabout").class("Setup");
    let hide = |hidden: i32| app().calls_with(HIDE, &[0, 0, hidden]);
    for (what, id, expected, app) in [
        ("by reflection", "icon_may_be_removed", true, {
            app()
                .says_all(&["android.content.pm.PackageManager", "setComponentEnabledSetting"])
                .calls("java.lang.Class->getMethod")
        }),
        ("another method by reflection", "icon_may_be_removed", false, {
            app()
                .says_all(&["android.content.pm.PackageManager", "getInstallerPackageName"])
                .calls("java.lang.Class->getMethod")
        }),
        ("as administrator", "icon_may_be_removed", true, hide(1)),
        ("shown again", "icon_may_be_removed", false, hide(0)),
        ("until it is used", "icon_removal", true, {
            app().says(".MainActivity").calls_with(SWITCH, &[0, 4, 1])
        }),
        ("switched on", "icon_removal", false, {
            app().says(".MainActivity").calls_with(SWITCH, &[0, 1, 1])
        }),
    ] {
        let report = report(&app.apk().build());
        assert_eq!(capability(&report, id).is_some(), expected, "{what}");
        let order = order(&report, false);
        let first = order.signs().next().map(|sign| sign.id.clone()).unwrap_or_default();
        let hiding = ["may_remove_icon", "watches_hidden_from_afar"].contains(&&*first);
        assert_eq!(hiding, expected, "{what}: {first}");
    }
}

fn watching_with_icon(name: &str) -> Sketch {
    watching(name).declares(Component::activity(".MainActivity").exported(true).launcher())
}
