//! What ordinary phones hold and nobody may be accused of: apps of F-Droid and of a maker's own
//! store, an employer's manager, apps that a new phone took over; and what hides beside them.

use unwatched_device::result::{Band, CheckResult, FindingKind, Outcome};
use unwatched_fixtures::phone::{App, Launcher, PhoneBuilder, ordinary};

use super::{about, check_bugreport, check_bytes, outcome, rules};

const MUCH: [&str; 4] = ["READ_SMS", "READ_CALL_LOG", "READ_CONTACTS", "RECORD_AUDIO"];
const MOVER: &str = "com.sec.android.easyMover";
const GALAXY: &str = "com.sec.android.app.samsungapps";

fn band(result: &CheckResult, app: &str) -> Option<Band> {
    let name = format!("app:{app}");
    result.findings.iter().find(|finding| finding.id == name).and_then(|finding| finding.band)
}

fn with_part(app: App, part: &str) -> PhoneBuilder {
    ordinary().app(App::new(part).preinstalled()).app(app)
}

/// A file that the phone's own installer opened came by this app.
fn came_by(phone: &PhoneBuilder, from: &str) -> CheckResult {
    let text = phone.bugreport_text();
    let origin = "installOriginatingPackageName=";
    let text = text.replace(&format!("{origin}com.android.chrome"), &format!("{origin}{from}"));
    check_bytes(text.as_bytes(), None)
}

#[test]
fn what_a_store_handed_to_the_phones_installer_came_from_that_store() {
    const APP: &str = "org.example.linked";
    let app = || App::new(APP).sideloaded().accessibility().notification_listener().granted(&MUCH);
    let store = App::new("org.fdroid.fdroid").installed_by(Some("com.android.vending"));
    let phone = ordinary().app(app()).app(store);
    let result = came_by(&phone, "org.fdroid.fdroid");
    assert_eq!(rules(about(&result, APP)), ["P3", "P4", "D1"]);
    assert_eq!(band(&result, APP), Some(Band::NeedsExpertLook));
    // A store that is not on the phone handed nothing over; nor does a browser vouch.
    assert!(
        rules(about(&came_by(&ordinary().app(app()), "org.fdroid.fdroid"), APP)).contains(&"O1")
    );
    assert!(rules(about(&check_bugreport(&phone, None), APP)).contains(&"O1"));
}

#[test]
fn the_manager_of_a_work_phone_is_told_as_access_alone() {
    const APP: &str = "com.example.workmanager";
    const SETUP: &str = "com.android.managedprovisioning";
    let app =
        || App::new(APP).device_admin().device_owner().launcher(Launcher::Absent).granted(&MUCH);
    let set_up = app().installed_by(Some(SETUP));
    let result = check_bugreport(&with_part(set_up, SETUP), None);
    assert_eq!(band(&result, APP), None);
    assert_eq!(result.findings.len(), 1);
    assert_eq!(result.findings[0].kind, FindingKind::Access);
    assert_eq!(rules(&result.findings[0]), ["P1"]);
    // What it holds beyond that counts, and so does everything where somebody put it there.
    let reads = app().installed_by(Some(SETUP)).accessibility().notification_listener();
    let reads = check_bugreport(&with_part(reads, SETUP), None);
    assert_eq!(band(&reads, APP), Some(Band::NeedsExpertLook));
    let by_hand = check_bugreport(&with_part(app().sideloaded(), SETUP), None);
    assert_eq!(band(&by_hand, APP), Some(Band::StrongSigns));
}

#[test]
fn a_makers_own_parts_from_its_own_store_hide_nothing() {
    for (name, store) in [
        ("com.samsung.accessory.zenithmgr", GALAXY),
        ("com.samsung.android.fresh6plugin", GALAXY),
        ("com.android.samsung.batteryusage", GALAXY),
        ("com.coloros.watchlink", "com.heytap.market"),
        ("com.huawei.earbuds", "com.huawei.appmarket"),
    ] {
        let app = App::new(name)
            .installed_by(Some(store))
            .launcher(Launcher::Absent)
            .notification_listener()
            .granted(&MUCH);
        let result = check_bugreport(&with_part(app.clone(), store), None);
        assert!(band(&result, name).is_none_or(|band| band >= Band::Notable), "{name}");
        // Only where that store is there, and nobody else's app.
        let alone = check_bugreport(&ordinary().app(app.clone()), None);
        assert!(rules(about(&alone, name)).contains(&"C1"), "{name}");
        let by_cable = app.initiated_by("com.android.shell");
        let by_cable = check_bugreport(&with_part(by_cable, store), None);
        assert_eq!(band(&by_cable, name), Some(Band::StrongSigns), "{name}");
    }
    let other = App::new("com.example.helper")
        .installed_by(Some(GALAXY))
        .launcher(Launcher::Absent)
        .notification_listener();
    let result = check_bugreport(&with_part(other, GALAXY), None);
    assert_eq!(band(&result, "com.example.helper"), Some(Band::NeedsExpertLook));
}

#[test]
fn what_a_new_phone_took_over_from_the_play_store_is_openly_there() {
    let moved = |app: App| check_bugreport(&with_part(app.initiated_by(MOVER), MOVER), None);
    let shop = App::new("com.example.shop").granted(&MUCH);
    assert_eq!(moved(shop).findings, []);
    let home = App::new("com.lastpass.lpandroid").accessibility().notification_listener();
    let result = moved(home.granted(&MUCH));
    let finding = about(&result, "com.lastpass.lpandroid");
    assert_eq!((rules(finding), finding.kind), (vec!["P4", "D1"], FindingKind::DualUse));
    // A record of the mover alone vouches for no name, yet is daily life.
    let app = App::new("com.example.calls").installed_by(Some(MOVER)).granted(&MUCH);
    assert_eq!(check_bugreport(&with_part(app, MOVER), None).findings, []);
    let app = App::new("com.example.keys").installed_by(Some(MOVER)).accessibility();
    let result = check_bugreport(&with_part(app.clone(), MOVER), None);
    assert_eq!(band(&result, "com.example.keys"), Some(Band::Notable));
    let hidden = check_bugreport(&with_part(app.launcher(Launcher::Absent), MOVER), None);
    assert_eq!(band(&hidden, "com.example.keys"), Some(Band::NeedsExpertLook));
}

#[test]
fn a_makers_app_beside_the_system_may_be_named_like_it() {
    const APP: &str = "com.android.soundrecorder";
    let app = App::new(APP).installed_by(None).granted(&MUCH);
    let text = ordinary().app(app).bugreport_text();
    let first_days = text.replace("firstInstallTime=2025-12-01", "firstInstallTime=2009-01-01");
    let result = check_bytes(first_days.as_bytes(), None);
    assert_eq!(rules(about(&result, APP)), ["D1"]);
    assert!(rules(about(&check_bytes(text.as_bytes(), None), APP)).contains(&"C2"));
}

#[test]
fn without_a_list_of_packages_powers_are_a_question() {
    const UNKNOWN: &str = "com.example.unknown";
    let cut = |app: App| {
        let text = ordinary().app(app).bugreport_text();
        let start = text.find("DUMP OF SERVICE package:").unwrap();
        let end = start + text[start..].find("was the duration of dumpsys package").unwrap();
        let line = text[..end].rfind('\n').unwrap();
        let head = &text[..start];
        check_bytes(format!("{head}DUMP OF SERVICE package:{}", &text[line..]).as_bytes(), None)
    };
    let result = cut(App::new(UNKNOWN).accessibility().notification_listener());
    assert_eq!(band(&result, UNKNOWN), Some(Band::Notable));
    for known in ["com.google.android.gms", "com.garmin.android.apps.connectmobile"] {
        assert_eq!(band(&result, known), None, "{known}");
    }
    let both = cut(App::new(UNKNOWN).accessibility().device_admin());
    assert_eq!(band(&both, UNKNOWN), Some(Band::NeedsExpertLook));
}

#[test]
fn a_part_of_the_phone_that_only_listens_is_told_where_its_mark_is_in_doubt() {
    const APP: &str = "com.example.notes";
    let app = || {
        App::new(APP)
            .preinstalled()
            .notification_listener()
            .launcher(Launcher::Absent)
            .granted(&MUCH)
    };
    let locked = check_bugreport(&ordinary().app(app()), None);
    assert_eq!(band(&locked, APP), None);
    let unlocked = ordinary().property("ro.boot.verifiedbootstate", "orange").app(app());
    let result = check_bugreport(&unlocked, None);
    assert_eq!(band(&result, APP), Some(Band::Notable));
    assert_eq!(outcome(&result, "changed_part_of_the_phone"), Outcome::Found);
    let by_hand = app().installed_by(Some("com.google.android.packageinstaller"));
    let result = check_bugreport(&ordinary().app(by_hand), None);
    assert_eq!(band(&result, APP), Some(Band::NeedsExpertLook));
}

#[test]
fn a_private_word_protects_an_app_from_anywhere_but_not_one_that_watches() {
    for name in ["com.example.gaychat.familylocator", "im.molly.app", "com.bitlove.fetlife"] {
        let result = check_bugreport(&ordinary().app(App::new(name).sideloaded()), None);
        assert_eq!(result.findings, [], "{name}");
    }
    let app = App::new("org.example.datingapp").sideloaded().accessibility();
    let result = check_bugreport(&ordinary().app(app), None);
    assert_eq!(result.findings.iter().flat_map(rules).collect::<Vec<_>>(), ["A_unnamed"]);
    let app = App::new("com.healthy.dating").accessibility().notification_listener();
    let result = check_bugreport(&ordinary().app(app.granted(&MUCH)), None);
    let [finding] = &result.findings[..] else { panic!("{:?}", result.findings) };
    assert_eq!(rules(finding), ["A_unnamed"]);
    assert!(!serde_json::to_string(&result).unwrap().contains("healthy.dating"));
}

#[test]
fn what_fills_in_forms_assists_or_was_given_more_by_a_computer_is_told() {
    const APP: &str = "com.example.agenda";
    let app = App::new(APP).granted(&["WRITE_SECURE_SETTINGS", "READ_LOGS"]);
    let phone = |app: App| {
        ordinary()
            .secure_setting("autofill_service", &format!("{APP}/.Fill"))
            .secure_setting("voice_interaction_service", &format!("{APP}/.Voice"))
            .app(app)
    };
    let result = check_bugreport(&phone(app.clone().sideloaded()), None);
    let finding = about(&result, APP);
    assert_eq!(rules(finding), ["P9_autofill", "P9_assistant", "P9_computer", "O1"]);
    assert_eq!(finding.band, Some(Band::NeedsExpertLook));
    for check in ["autofill_service", "assistant", "given_by_a_computer"] {
        assert_eq!(outcome(&result, check), Outcome::Found, "{check}");
    }
    assert_eq!(band(&check_bugreport(&phone(app), None), APP), Some(Band::Notable));
    // A known password manager from a store is what people choose.
    let known = ordinary().secure_setting("autofill_service", "com.x8bit.bitwarden/.Fill");
    assert_eq!(check_bugreport(&known, None).findings, []);
}

#[test]
fn a_record_of_a_store_that_nothing_confirms_does_not_make_every_power_open() {
    const APP: &str = "com.example.agenda";
    let app = App::new(APP)
        .installed_by(Some(GALAXY))
        .device_admin()
        .accessibility()
        .notification_listener()
        .granted(&MUCH);
    let text = with_part(app, GALAXY).bugreport_text();
    let kind = |text: &str| about(&check_bytes(text.as_bytes(), None), APP).kind;
    assert_eq!(kind(&text), FindingKind::DualUse);
    let record = format!("    installInitiatingPackageName={GALAXY}\n");
    assert!(text.contains(&record));
    assert_eq!(kind(&text.replace(&record, "")), FindingKind::Installed);
}
