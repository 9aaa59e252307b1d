//! Where apps come from: stores of many countries, tools, what a maker puts beside the system, and
//! apps that bear the system's mark without being the maker's.

use unwatched_device::report;
use unwatched_device::result::{Band, CheckResult, FindingKind, Outcome, Subject};
use unwatched_fixtures::phone::{App, Launcher, PhoneBuilder, ordinary};

use super::{about, check_bugreport, check_bytes, outcome, rules};

const APP: &str = "com.plumtree.agenda";

/// What an app meets that only this installer speaks of.
fn from(store: &str) -> Vec<String> {
    let app = App::new(APP).installed_by(Some(store)).launcher(Launcher::Absent);
    let result = check_bugreport(&ordinary().app(app), None);
    rules(about(&result, APP)).into_iter().map(str::to_owned).collect()
}

#[test]
fn a_store_is_a_store_in_every_country() {
    for store in [
        "ru.vk.store",
        "com.farsitel.bazaar",
        "ir.mservices.market",
        "com.tencent.android.qqdownloader",
        "com.huawei.appmarket",
        "com.xiaomi.mipicks",
        "com.heytap.market",
        "com.bbk.appstore",
        "com.sec.android.app.samsungapps",
        "com.amazon.venezia",
        "com.aurora.store",
        "org.fdroid.fdroid",
        "com.looker.droidify",
        "com.machiav3lli.fdroid",
        "app.accrescent.client",
    ] {
        assert_eq!(from(store), ["C1"], "{store}");
    }
    assert_eq!(from("cm.aptoide.pt"), ["C1", "O1_store"]);
    assert_eq!(from("dev.imranr.obtainium"), ["C1", "O1_tool"]);
    assert_eq!(from("com.example.unknown.store"), ["C1", "O1"]);
    // A maker's own installer of files is no store, though it came with the phone.
    let installer = App::new("com.oddmaker.packageinstaller").preinstalled();
    let app = App::new(APP).installed_by(Some("com.oddmaker.packageinstaller"));
    let result = check_bugreport(&ordinary().app(installer).app(app), None);
    assert_eq!(rules(about(&result, APP)), ["O1"]);
}

#[test]
fn what_a_store_on_the_phone_vouches_for_is_openly_there() {
    let app = |store: &str| {
        App::new(APP)
            .installed_by(Some(store))
            .device_admin()
            .accessibility()
            .notification_listener()
            .granted(&["ACCESS_BACKGROUND_LOCATION", "RECORD_AUDIO", "CAMERA", "READ_SMS"])
    };
    let kind = |store: &str, there: bool| {
        let phone = ordinary().app(app(store));
        let phone = if there { phone.app(App::new(store).preinstalled()) } else { phone };
        about(&check_bugreport(&phone, None), APP).kind
    };
    assert_eq!(kind("com.huawei.appmarket", true), FindingKind::DualUse);
    // A record can name a store that is not there, and F-Droid takes anybody's collection of apps.
    assert_eq!(kind("com.huawei.appmarket", false), FindingKind::Installed);
    assert_eq!(kind("org.fdroid.fdroid", true), FindingKind::Installed);
}

/// An ordinary phone on which the apps that came with it were first there on `phone`, and one more
/// app, whose installer nobody recorded, on `app`.
fn first_there(phone: &str, app: &str) -> CheckResult {
    let one = App::new(APP).installed_by(None).launcher(Launcher::Absent);
    let text = ordinary().app(one).bugreport_text();
    let (before, of_app) = text.split_once(&format!("Package [{APP}]")).unwrap();
    let dated = |text: &str, day: &str| {
        text.replace("firstInstallTime=2025-12-01", &format!("firstInstallTime={day}"))
    };
    let (block, after) = of_app.split_once("firstInstallTime=2025-12-01").unwrap();
    let text = format!(
        "{}Package [{APP}]{block}firstInstallTime={app}{}",
        dated(before, phone),
        dated(after, phone)
    );
    check_bytes(text.as_bytes(), None)
}

#[test]
fn what_a_maker_put_beside_the_system_is_not_from_outside() {
    assert_eq!(rules(about(&first_there("2009-01-01", "2009-01-01"), APP)), ["C1"]);
    let first_day = first_there("2025-03-04", "2025-03-04");
    assert_eq!(rules(about(&first_day, APP)), ["C1", "O1_first_day"]);
    assert!(about(&first_day, APP).signals[1].innocent.contains("who set it up"));
    assert_eq!(rules(about(&first_there("2009-01-01", "2025-12-01"), APP)), ["C1", "O1"]);
    // A clock that was set back makes no day one of the phone's own.
    assert_eq!(rules(about(&first_there("2025-03-04", "2009-01-01"), APP)), ["C1", "O1"]);
}

#[test]
fn many_days_that_are_named_name_no_app_that_is_openly_there() {
    let app = App::new(APP).granted(&[
        "ACCESS_BACKGROUND_LOCATION",
        "RECORD_AUDIO",
        "CAMERA",
        "READ_CONTACTS",
    ]);
    let phone = ordinary().app(app.clone());
    let with_days = |phone: &PhoneBuilder| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), phone.bugreport_zip()).unwrap();
        let mut evidence = unwatched_acquire::open(file.path()).unwrap();
        let window = "2020-01-01..2026-12-31".parse().unwrap();
        unwatched_device::check_with_days(
            evidence.as_mut(),
            None,
            Some(window),
            super::now(),
            super::tool(),
            &mut |_| {},
        )
    };
    assert_eq!(with_days(&phone).findings, []);
    let other = ordinary().app(app.sideloaded());
    assert!(rules(about(&with_days(&other), APP)).contains(&"O3"));
}

/// An app with the system's mark that is an administrator, reads the screen and has no icon.
fn hidden_part() -> App {
    App::new(APP).preinstalled().launcher(Launcher::Absent).device_admin().accessibility()
}

#[test]
fn a_part_of_the_phone_with_every_power_is_told_where_its_mark_is_in_doubt() {
    let locked = check_bugreport(&ordinary().app(hidden_part()), None);
    assert_eq!(locked.findings, []);
    assert_eq!(outcome(&locked, "changed_part_of_the_phone"), Outcome::NotFound);

    let unlocked = ordinary().property("ro.boot.verifiedbootstate", "orange").app(hidden_part());
    let result = check_bugreport(&unlocked, None);
    assert_eq!(rules(about(&result, APP)), ["P2", "P3", "O5"]);
    assert_eq!(about(&result, APP).band, Some(Band::NeedsExpertLook));
    assert_eq!(outcome(&result, "changed_part_of_the_phone"), Outcome::Found);
    // The checks of what did not come with the phone stay as they are.
    assert_eq!(outcome(&result, "device_admin"), Outcome::NotFound);

    let by_hand = hidden_part().installed_by(Some("com.example.unknown"));
    let result = check_bugreport(&ordinary().app(by_hand), None);
    assert_eq!(rules(about(&result, APP)), ["P2", "P3", "C1", "O5"]);
    assert_eq!(
        about(&result, APP).band,
        Some(Band::NeedsExpertLook),
        "never strong signs by itself"
    );

    // What every phone has says nothing on one that can be changed either.
    let ordinary = ordinary().property("ro.boot.verifiedbootstate", "orange");
    let apps = check_bugreport(&ordinary, None).findings;
    assert!(!apps.iter().any(|finding| matches!(finding.subject, Subject::Package(_))));
}

#[test]
fn a_private_name_hides_no_app_that_holds_every_power() {
    let watcher = |name: &str| {
        App::new(name).device_admin().accessibility().notification_listener().granted(&[
            "ACCESS_BACKGROUND_LOCATION",
            "RECORD_AUDIO",
            "CAMERA",
            "READ_SMS",
        ])
    };
    let everything = |result: &CheckResult| {
        let json = serde_json::to_string(result).unwrap();
        format!("{json}{}{}", report::html(result), report::text(result))
    };
    for app in [
        watcher("com.example.healthchat"),
        App::new("org.example.crisis").sideloaded().accessibility(),
    ] {
        let result = check_bugreport(&ordinary().app(app), None);
        let [finding] = &result.findings[..] else { panic!("{:?}", result.findings) };
        assert_eq!(
            (finding.kind, finding.band),
            (FindingKind::Access, Some(Band::NeedsExpertLook))
        );
        let fact = &finding.signals[0].fact;
        assert!(
            fact.contains("accessibility service") && fact.contains("downloaded apps"),
            "{fact}"
        );
        let text = everything(&result);
        assert!(!text.contains("healthchat") && !text.contains("org.example.crisis"));
    }
    // From outside a store less is enough, or any app could hide behind such a word.
    let permissions = ["ACCESS_BACKGROUND_LOCATION", "RECORD_AUDIO", "CAMERA", "READ_SMS"];
    let app = App::new("org.example.crisis").sideloaded().granted(&permissions);
    let result = check_bugreport(&ordinary().app(app), None);
    assert_eq!(result.findings[0].band, Some(Band::Notable));
    assert!(result.findings[0].signals[0].fact.contains("permission manager"));
    assert!(!everything(&result).contains("org.example.crisis"));
    let app = App::new("org.example.crisis").sideloaded();
    assert_eq!(check_bugreport(&ordinary().app(app), None).findings, []);
    // A messenger that reads notifications is no more than counted; nor is what lies in a private
    // space told of at all.
    let few = App::new("com.example.healthchat").notification_listener().accessibility();
    assert_eq!(check_bugreport(&ordinary().app(few), None).findings, []);
    let hidden = watcher("com.example.diary").for_user(11);
    let phone = ordinary().private_space(11).app(hidden);
    assert_eq!(check_bugreport(&phone, None).findings, []);
}

#[test]
fn private_apps_of_other_countries_are_never_named() {
    for package in [
        "ru.mamba.client",
        "com.p1.mobile.putong",
        "com.soft.blued",
        "com.shaadi.android",
        "jp.eure.android.pairs",
        "com.lbrc.PeriodCalendar",
        "jp.co.mti.android.lunalunalite",
        "com.naturalcycles.cordova",
        "com.zing.zalo",
        "ir.eitaa.messenger",
        "com.tencent.mobileqq",
        "fr.doctolib.www",
        "com.hornet.android",
        "com.applisto.appcloner",
    ] {
        let app = App::new(package).sideloaded().notification_listener().launcher(Launcher::Shown);
        let result = check_bugreport(&ordinary().app(app), None);
        assert_eq!(result.findings, [], "{package}");
    }
}
