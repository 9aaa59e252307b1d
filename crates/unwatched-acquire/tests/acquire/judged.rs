//! What the rules make of made-up phones, by bugreport and by AndroidQF folder.

use unwatched_device::report;
use unwatched_device::result::{Band, Finding, FindingKind, IdentifiedBy, Outcome, Subject};
use unwatched_fixtures::phone::{
    App, Launcher, PhoneBuilder, ordinary, ordinary_apps, unlisted_watcher,
};
use unwatched_model::class::{Attribution, Class};
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::IndicatorKind::{
    CertificateCommonNamePattern, CertificateOrganisation, CertificateSha1, CertificateSha256,
    FileSha256, Package,
};
use unwatched_model::indicator::Role;
use unwatched_model::set::{SetBuilder, SetFamily};

use super::{about, check_android_qf, check_bugreport, check_bytes, outcome, rules, set, why};

const ALPHA: &str = "com.watch.alpha";
const SHA1: &str = "0123456789abcdef0123456789abcdef01234567";
const SHA256: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

#[test]
fn an_ordinary_phone_stays_quiet() {
    for result in [check_bugreport(&ordinary(), None), check_android_qf(&ordinary(), None)] {
        assert_eq!(result.findings, []);
        assert_eq!(result.background_count, ordinary_apps().len(), "every app is accounted for");
        assert_eq!(outcome(&result, "device_admin"), Outcome::NotFound);
        assert_eq!(outcome(&result, "hidden_launcher"), Outcome::CouldNotCheck);
    }
}

#[test]
fn only_a_table_that_shows_who_asks_for_an_icon_says_that_every_app_has_one() {
    const WORKER: &str = "com.quiet.worker";
    let phone = ordinary().app(App::new(WORKER).accessibility().notification_listener());
    let text = phone
        .bugreport_text()
        .replace(&format!("{WORKER}/.MainActivity"), &format!("{WORKER}/.Worker"));
    let bare = check_bytes(text.as_bytes(), None);
    assert_eq!(outcome(&bare, "hidden_launcher"), Outcome::CouldNotCheck);
    assert!(why(&bare, "hidden_launcher").contains("does not show who asks for an icon"));
    assert!(!report::text(&bare).contains("does not hide"));

    let asks = "/.MainActivity filter 1a2b3c\n          Action: \"android.intent.action.MAIN\"\n          Category: \"android.intent.category.LAUNCHER\"\n";
    let told = ordinary().bugreport_text().replace("/.MainActivity\n", asks);
    let told = check_bytes(told.as_bytes(), None);
    assert_eq!(outcome(&told, "hidden_launcher"), Outcome::NotFound);
    let hidden = check_bytes(text.replace("/.MainActivity\n", asks).as_bytes(), None);
    assert_eq!(outcome(&hidden, "hidden_launcher"), Outcome::Found);
    assert!(rules(about(&hidden, WORKER)).contains(&"C1"));
}

#[test]
fn without_the_heading_of_the_administrators_nobody_says_that_there_are_none() {
    let text = ordinary().bugreport_text();
    assert!(text.contains("Enabled Device Admins"));
    let renamed = text.replace("Enabled Device Admins", "Enabled Administrators");
    let result = check_bytes(renamed.as_bytes(), None);
    for id in ["device_admin", "device_owner"] {
        assert_eq!(outcome(&result, id), Outcome::CouldNotCheck, "{id}");
    }
}

#[test]
fn what_is_gone_is_told_only_beside_a_list_of_what_is_there() {
    let used = "user=0\n  In-memory daily stats\n    packages\n      package=com.quiet.gone totalTimeUsed=\"00:10\" lastTimeUsed=\"2026-01-05 10:00:00\"\n";
    let text = ordinary().service("usagestats", used).bugreport_text();
    let set = set(&[("Watch Alpha", Class::Stalkerware, &[(Package, ALPHA)])]);
    let listed = check_bytes(text.as_bytes(), Some(&set));
    assert_eq!(outcome(&listed, "once_installed"), Outcome::NotFound);
    let unlisted = text.replace("DUMP OF SERVICE package:", "DUMP OF SERVICE packages_of_another:");
    let unlisted = check_bytes(unlisted.as_bytes(), Some(&set));
    assert_eq!(outcome(&unlisted, "once_installed"), Outcome::CouldNotCheck);
    assert!(why(&unlisted, "once_installed").starts_with("no list of the apps"));
}

#[test]
fn a_reason_names_no_part_that_is_there() {
    let text = ordinary().bugreport_text();
    let text = text.replace("DUMP OF SERVICE package:", "DUMP OF SERVICE packages_of_another:");
    let result = check_bytes(text.as_bytes(), None);
    let why = why(&result, "phone_app");
    assert_eq!(why, "the evidence holds no list of packages (dumpsys package)");
}

#[test]
fn an_unlisted_app_with_every_power_shows_strong_signs() {
    let phone = ordinary().app(unlisted_watcher("com.quiet.omega"));
    for result in [check_bugreport(&phone, None), check_android_qf(&phone, None)] {
        let finding = about(&result, "com.quiet.omega");
        assert_eq!(finding.band, Some(Band::StrongSigns));
        assert_eq!(finding.kind, FindingKind::Installed);
        assert_eq!(rules(finding), ["P2", "P3", "P4", "C1", "O1", "D1"]);
        assert_eq!(finding.score, Some(25 + 30 + 20 + 30 + 20 + 20));
        assert_eq!(result.findings.len(), 1);
        assert_eq!(outcome(&result, "identity"), Outcome::CouldNotCheck);
    }
}

#[test]
fn a_listed_app_is_known_by_certificate_and_by_name_only_in_a_bugreport() {
    let set =
        set(&[("Watch Alpha", Class::Stalkerware, &[(Package, ALPHA), (CertificateSha1, SHA1)])]);
    let phone = ordinary().app(App::new(ALPHA).certificate_sha1(SHA1));

    let result = check_android_qf(&phone, Some(&set));
    let finding = about(&result, ALPHA);
    assert_eq!((finding.band, finding.score), (Some(Band::Known), None));
    assert_eq!(finding.family.as_deref(), Some("watch-alpha"));
    assert_eq!(finding.class, Some(Class::Stalkerware));
    assert_eq!(finding.kind, FindingKind::Installed);
    assert_eq!(finding.identity.unwrap().by, IdentifiedBy::PackageAndCertificate);
    assert_eq!(rules(finding), ["L1"]);
    assert!(finding.signals[0].fact.contains("not judged by the coalition"));

    let result = check_bugreport(&phone, Some(&set));
    let finding = about(&result, ALPHA);
    assert_eq!((finding.band, finding.score), (Some(Band::NeedsExpertLook), None));
    assert_eq!(finding.identity.unwrap().by, IdentifiedBy::PackageName);
    assert_eq!(rules(finding), ["L3"]);
    assert!(finding.signals[0].fact.contains("by name only"));
    assert_eq!(outcome(&result, "certificate"), Outcome::CouldNotCheck);
}

/// A listed family, one app, and what the check makes of it.
fn identity(
    values: &[(unwatched_model::indicator::IndicatorKind, &str)],
    app: App,
    expected: (Band, IdentifiedBy, &str),
) {
    let set = set(&[("Watch Alpha", Class::Stalkerware, values)]);
    let result = check_android_qf(&ordinary().app(app), Some(&set));
    assert_eq!(result.findings.len(), 1);
    let finding = &result.findings[0];
    let found = (finding.band.unwrap(), finding.identity.unwrap().by, rules(finding)[0]);
    assert_eq!(found, expected);
}

#[test]
fn every_mark_has_its_strength() {
    let app = || App::new("com.renamed.build");
    let certificate = (Band::Known, IdentifiedBy::Certificate, "L2");
    identity(&[(CertificateSha1, SHA1)], app().certificate_sha1(SHA1), certificate);
    identity(&[(CertificateSha256, SHA256)], app().certificate_sha256(SHA256), certificate);
    identity(
        &[(FileSha256, SHA256)],
        app().file_sha256(SHA256),
        (Band::Known, IdentifiedBy::Hash, "L2_hash"),
    );
}

#[test]
fn what_is_not_verified_or_merely_written_is_never_known() {
    let weak = (Band::NeedsExpertLook, IdentifiedBy::Certificate, "L3_certificate");
    let app = || App::new("com.renamed.build");
    identity(&[(CertificateSha1, SHA1)], app().certificate_sha1(SHA1).unverified(), weak);
    let subject = "CN=Kids Watch 01-02,O=Watch Alpha\\, Ltd";
    identity(
        &[(CertificateOrganisation, "Watch Alpha, Ltd")],
        app().certificate_subject(subject),
        weak,
    );
    identity(
        &[(CertificateCommonNamePattern, r"^Kids\WWatch\W[0-9]{2}-[0-9]{2}$")],
        app().certificate_subject(subject),
        weak,
    );
    identity(
        &[(Package, ALPHA), (CertificateSha1, SHA1)],
        App::new(ALPHA).certificate_sha1(SHA1).unverified(),
        (Band::NeedsExpertLook, IdentifiedBy::PackageName, "L3"),
    );
}

#[test]
fn the_strongest_match_is_the_family_and_the_others_stand_beside_it() {
    let set = set(&[
        ("Alpha Names", Class::Watchware, &[(Package, ALPHA)]),
        ("Beta Signs", Class::DualUse, &[(CertificateSha1, SHA1)]),
        ("Also Names", Class::Stalkerware, &[(Package, ALPHA)]),
    ]);
    let phone = PhoneBuilder::new().app(App::new(ALPHA).certificate_sha1(SHA1));
    let result = check_android_qf(&phone, Some(&set));
    let finding = about(&result, ALPHA);
    assert_eq!(finding.family.as_deref(), Some("beta-signs"));
    assert_eq!(finding.other_families, ["alpha-names", "also-names"]);
    assert_eq!((finding.kind, finding.band), (FindingKind::DualUse, Some(Band::Known)));

    let result = check_bugreport(&phone, Some(&set));
    let finding = about(&result, ALPHA);
    assert_eq!(finding.family.as_deref(), Some("alpha-names"));
    assert_eq!(finding.other_families, ["also-names"]);
}

#[test]
fn points_never_add_to_an_identity_and_the_higher_band_counts() {
    let set = set(&[("Watch Alpha", Class::Stalkerware, &[(Package, ALPHA)])]);
    let result = check_bugreport(&ordinary().app(unlisted_watcher(ALPHA)), Some(&set));
    let finding = about(&result, ALPHA);
    assert_eq!(finding.band, Some(Band::StrongSigns));
    assert_eq!(finding.identity.unwrap().by, IdentifiedBy::PackageName);
    assert_eq!(finding.score, Some(145));
    assert_eq!(finding.signals[0].weight, 0);
}

#[test]
fn an_app_that_is_openly_there_is_dual_use_at_most() {
    let app = App::new("com.open.family")
        .device_admin()
        .accessibility()
        .notification_listener()
        .granted(&["ACCESS_BACKGROUND_LOCATION", "RECORD_AUDIO", "CAMERA", "READ_SMS"]);
    let result = check_bugreport(&ordinary().app(app), None);
    let finding = about(&result, "com.open.family");
    assert_eq!(finding.kind, FindingKind::DualUse);
    assert_eq!((finding.band, finding.score), (Some(Band::NeedsExpertLook), Some(95)));
}

#[test]
fn a_play_record_that_another_contradicts_opens_no_door() {
    let app = unlisted_watcher("com.quiet.omega")
        .installed_by(Some("com.android.vending"))
        .initiated_by("com.android.shell")
        .launcher(Launcher::Shown);
    let result = check_bugreport(&ordinary().app(app), None);
    let finding = about(&result, "com.quiet.omega");
    assert_eq!(rules(finding), ["P2", "P3", "P4", "O1", "O2", "D1"]);
    assert_eq!(finding.band, Some(Band::StrongSigns));
}

#[test]
fn a_cable_that_names_a_store_is_no_store() {
    for store in ["com.android.vending", "com.sec.android.app.samsungapps"] {
        let app = App::new("com.quiet.omega")
            .installed_by(Some(store))
            .initiated_by("com.android.shell")
            .granted(&["RECORD_AUDIO", "CAMERA"]);
        let finding =
            about(&check_bugreport(&ordinary().app(app), None), "com.quiet.omega").clone();
        assert_eq!(rules(&finding), ["O1", "O2"]);
        assert_eq!(finding.band, Some(Band::Notable));
    }
}

#[test]
fn a_finding_names_no_other_app_that_somebody_put_there() {
    let named = |app: App| {
        let phone = ordinary().app(App::new("org.example.private.app")).app(app);
        serde_json::to_string(&check_bugreport(&phone, None)).unwrap()
    };
    let app = || App::new("com.quiet.omega");
    let by_private_app = named(app().installed_by(Some("org.example.private.app")));
    assert!(by_private_app.contains("another app") && !by_private_app.contains("private.app"));
    let by_messenger = named(app().installed_by(Some("com.whatsapp")));
    assert!(by_messenger.contains("another app") && !by_messenger.contains("whatsapp"));
    assert!(named(app().sideloaded()).contains("that came by com.android.chrome"));
}

#[test]
fn a_known_name_from_outside_a_store_excuses_nothing() {
    let result = check_bugreport(
        &ordinary().app(App::new("com.dashlane").sideloaded().accessibility()),
        None,
    );
    assert_eq!(rules(about(&result, "com.dashlane")), ["P3", "O1"]);
}

#[test]
fn a_switched_off_icon_is_a_hidden_one() {
    let app = App::new("com.quiet.omega").launcher(Launcher::SwitchedOff);
    let result = check_bugreport(&ordinary().app(app), None);
    let finding = about(&result, "com.quiet.omega");
    assert_eq!(rules(finding), ["C1"]);
    assert!(finding.signals[0].fact.contains("com.quiet.omega.MainActivity"));
}

#[test]
fn a_system_like_name_counts_only_where_it_is_borrowed() {
    let phone = ordinary().app(App::new("com.android.sysservice").sideloaded());
    let result = check_bugreport(&phone, None);
    assert_eq!(rules(about(&result, "com.android.sysservice")), ["C2", "O1"]);
}

#[test]
fn whoever_manages_the_phone_is_a_question_of_its_own() {
    let phone = ordinary()
        .app(App::new("com.example.emm").device_owner())
        .app(App::new("com.example.work").profile_owner(10));
    let result = check_bugreport(&phone, None);
    let subjects: Vec<_> = result.findings.iter().map(|finding| &finding.subject).collect();
    assert_eq!(
        subjects,
        [
            &Subject::Profile("device_owner".to_owned()),
            &Subject::Profile("profile_owner:10".to_owned())
        ]
    );
    for finding in &result.findings {
        assert_eq!((finding.kind, finding.band), (FindingKind::Access, None));
        assert_eq!(rules(finding), ["P1"]);
    }
    assert_eq!(outcome(&result, "device_owner"), Outcome::Found);
}

#[test]
fn weakened_protection_is_a_finding_and_multiplies_apps_from_outside() {
    let phone = ordinary()
        .global_setting("package_verifier_user_consent", "-1")
        .app(App::new("com.quiet.omega").sideloaded().device_admin())
        .app(App::new("com.open.family").device_admin());
    let result = check_android_qf(&phone, None);
    let finding = about(&result, "com.quiet.omega");
    assert_eq!((finding.score, rules(finding)), (Some(54), vec!["P2", "O1", "S1"]));
    assert_eq!(about(&result, "com.open.family").score, Some(25));
    let setting = about(&result, "package_verifier_user_consent");
    assert_eq!((setting.kind, setting.band, setting.score), (FindingKind::Access, None, None));
    assert_eq!(outcome(&result, "play_protect"), Outcome::Found);
}

#[test]
fn the_old_setting_for_unknown_sources_says_nothing_on_newer_phones() {
    let new = check_bugreport(&ordinary(), None);
    assert_eq!(outcome(&new, "unknown_sources"), Outcome::CouldNotCheck);
    let old = check_bugreport(&ordinary().android("7.1.2"), None);
    assert_eq!(rules(about(&old, "install_non_market_apps")), ["S1_unknown_sources"]);
}

#[test]
fn what_stays_below_notable_is_counted_and_never_named() {
    let app = App::new("com.example.moved").initiated_by("com.example.mover");
    let result = check_bugreport(&ordinary().app(app), None);
    assert_eq!((result.findings.len(), result.background_count), (0, ordinary_apps().len() + 1));
    let everything = format!(
        "{}{}{}",
        serde_json::to_string(&result).unwrap(),
        unwatched_device::report::html(&result),
        unwatched_device::report::text(&result)
    );
    assert!(!everything.contains("com.example.moved"));
    assert!(why(&result, "installer").contains("not named"));
}

#[test]
fn apps_that_give_somebody_away_are_named_only_for_a_strong_reason() {
    let named = |app: App, set: Option<&unwatched_model::set::IndicatorSet>| {
        let phone = PhoneBuilder::new()
            .private_space(11)
            .app(App::new("com.android.vending").preinstalled())
            .app(app);
        let result = check_bugreport(&phone, set);
        let of_apps = |finding: &&Finding| matches!(finding.subject, Subject::Package(_));
        let named = result.findings.iter().filter(of_apps).count();
        assert_eq!(named + result.background_count, 2);
        named > 0
    };
    assert!(!named(App::new("com.tinder").device_admin(), None));
    assert!(!named(App::new("com.tinder").sideloaded().accessibility(), None));
    assert!(!named(App::new("org.example.shelterhelp").accessibility(), None));
    assert!(!named(App::new("com.example.diary").sideloaded().for_user(11), None));
    assert!(!named(App::new("org.example.shelterhelp").sideloaded().accessibility(), None));
    assert!(named(unlisted_watcher("org.example.shelterhelp"), None));
    let of_a_store = |store: &str| App::new("org.example.datingapp").installed_by(Some(store));
    assert!(!named(of_a_store("ru.vk.store").accessibility(), None));
    assert!(!named(of_a_store("cm.aptoide.pt").accessibility(), None));
    // From outside a store too: what it holds is told without its name (rule A_unnamed).
    assert!(!named(App::new("org.example.datingapp").sideloaded().accessibility(), None));
    assert!(named(unlisted_watcher("org.example.datingapp"), None));
    assert!(named(App::new("com.example.diary").sideloaded(), None));
    assert!(named(unlisted_watcher("com.tinder"), None));
    let set = set(&[("Watch Alpha", Class::Stalkerware, &[(Package, "com.tinder")])]);
    assert!(named(App::new("com.tinder"), Some(&set)));
}

#[test]
fn what_anybody_can_write_into_a_certificate_names_no_private_app() {
    const PRIVATE: &str = "com.tinder";
    let weak = set(&[(
        "Watch Alpha",
        Class::Stalkerware,
        &[(CertificateOrganisation, "Watch Alpha"), (CertificateSha1, SHA1)],
    )]);
    let written = || App::new(PRIVATE).certificate_subject("CN=x,O=Watch Alpha");
    let unverified = || App::new(PRIVATE).certificate_sha1(SHA1).unverified();
    for app in [written(), unverified()] {
        let result = check_android_qf(&ordinary().app(app), Some(&weak));
        assert_eq!(result.findings, []);
        assert_eq!(outcome(&result, "identity"), Outcome::Found, "it was seen");
        assert!(why(&result, "identity").contains("counted and not named"));
    }
    let verified = App::new(PRIVATE).certificate_sha1(SHA1);
    about(&check_android_qf(&ordinary().app(verified), Some(&weak)), PRIVATE);

    // Its name, listed for one family, counts although a weak mark speaks for another.
    let both = set(&[
        ("Watch Alpha", Class::Stalkerware, &[(CertificateOrganisation, "Watch Alpha")]),
        ("Watch Beta", Class::Stalkerware, &[(Package, PRIVATE)]),
    ]);
    let result = check_android_qf(&ordinary().app(written()), Some(&both));
    assert_eq!(about(&result, PRIVATE).identity.unwrap().by, IdentifiedBy::PackageName);
}

/// What a fact says of a family of this class.
fn said_of(class: Class, judged: bool, lists: &[(&str, Class)], expected: &str) {
    let id = FamilyId::from_name("Watch Alpha");
    let attributed = lists
        .iter()
        .map(|(source, class)| Attribution { source: (*source).to_owned(), class: *class })
        .collect();
    let mut builder = SetBuilder::new();
    let name = "Watch Alpha".to_owned();
    builder.family(SetFamily { id: id.clone(), name, class, judged, attributed });
    builder.indicator(&id, Package, ALPHA, Role::App).unwrap();
    let result = check_bugreport(&ordinary().app(App::new(ALPHA)), Some(&builder.build()));
    let fact = &about(&result, ALPHA).signals[0].fact;
    let family = format!("Its package name is listed for Watch Alpha ({expected}).");
    assert!(fact.starts_with(&family), "{fact}");
}

#[test]
fn what_was_judged_is_the_family() {
    let judged = |class, expected| said_of(class, true, &[("a list", class)], expected);
    judged(Class::Stalkerware, "a family that the coalition judged stalkerware");
    judged(Class::DualUse, "a family that the coalition judged dual use");
    judged(Class::Disputed, "a family on which the coalition's partners disagree");
    said_of(
        Class::Disputed,
        false,
        &[("list A", Class::Stalkerware), ("list B", Class::Watchware)],
        "a family that list A lists as stalkerware and list B lists as watchware, not judged by the coalition",
    );
    said_of(Class::Watchware, false, &[], "a family that the coalition has not judged");
}

#[test]
fn an_app_that_was_removed_is_said_to_have_been_there() {
    let set = set(&[("Watch Alpha", Class::Stalkerware, &[(Package, ALPHA)])]);
    let phone = ordinary().app(unlisted_watcher(ALPHA).removed());
    let result = check_bugreport(&phone, Some(&set));
    assert_eq!(about(&result, ALPHA).kind, FindingKind::WasInstalled);
    assert_eq!(about(&result, ALPHA).score, None);
}

#[test]
fn what_an_administrator_may_do_is_said() {
    let result = check_bugreport(&ordinary().app(App::new(ALPHA).device_admin()), None);
    let fact = &about(&result, ALPHA).signals[0].fact;
    assert!(fact.ends_with("it may erase the phone, lock the screen."), "{fact}");
}

#[test]
fn nobody_says_what_is_likely_of_a_listed_app_that_came_with_the_phone() {
    let set = set(&[("Watch Alpha", Class::Stalkerware, &[(Package, ALPHA)])]);
    let fact = |phone: PhoneBuilder| {
        let result = check_bugreport(&phone.app(App::new(ALPHA).preinstalled()), Some(&set));
        about(&result, ALPHA).signals[0].fact.clone()
    };
    let locked = fact(ordinary());
    assert!(locked.contains("may be another product of the same name"), "{locked}");
    let unlocked = fact(ordinary().property("ro.boot.verifiedbootstate", "orange"));
    assert!(unlocked.contains("the system of this phone can be changed"), "{unlocked}");
    assert!(!unlocked.contains("another product"), "{unlocked}");
}

#[test]
fn an_app_that_does_not_hide_is_accused_of_nothing() {
    let app = App::new("com.teslacoilsw.launcher").device_admin();
    let result = check_bugreport(&ordinary().app(app), None);
    assert_eq!(about(&result, "com.teslacoilsw.launcher").kind, FindingKind::DualUse);
    let text = unwatched_device::report::text(&result);
    assert!(!text.contains("could be turned against somebody"), "{text}");
}
