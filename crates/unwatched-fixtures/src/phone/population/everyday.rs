//! What stands on every phone of the population beside what was planted: parts of Android, the
//! maker's apps, and what people install. Some of it looks alarming and is not.

use super::handset::Handset;
use super::record::{Record, Source};
use crate::phone::Launcher;
use crate::random::Random;

const BOOT: &str = "android.intent.action.BOOT_COMPLETED";
const SMS: &str = "android.provider.Telephony.SMS_RECEIVED";
const OUTGOING: &str = "android.intent.action.NEW_OUTGOING_CALL";
const SIM: &str = "android.intent.action.SIM_STATE_CHANGED";

/// Parts of Android with nothing to show.
const PARTS: [&str; 23] = [
    "android",
    "com.android.systemui",
    "com.android.phone",
    "com.android.providers.telephony",
    "com.android.providers.contacts",
    "com.android.providers.media",
    "com.android.providers.downloads",
    "com.android.providers.settings",
    "com.android.bluetooth",
    "com.android.shell",
    "com.android.keychain",
    "com.android.certinstaller",
    "com.android.vpndialogs",
    "com.android.managedprovisioning",
    "com.android.se",
    "com.android.location.fused",
    "com.android.externalstorage",
    "com.android.inputdevices",
    "com.google.android.gsf",
    "com.google.android.inputmethod.latin",
    "com.google.android.ext.services",
    "com.google.android.permissioncontroller",
    "com.google.android.webview",
];

/// Apps that come with most phones and show an icon.
const WITH_ICON: [&str; 13] = [
    "com.android.settings",
    "com.android.chrome",
    "com.android.camera2",
    "com.google.android.youtube",
    "com.google.android.gm",
    "com.google.android.apps.messaging",
    "com.google.android.apps.maps",
    "com.google.android.apps.photos",
    "com.google.android.calendar",
    "com.google.android.contacts",
    "com.google.android.googlequicksearchbox",
    "com.google.android.apps.docs",
    "com.google.android.deskclock",
];

/// What came with the phone.
pub(super) fn preinstalled(handset: Handset, random: &mut Random) -> Vec<Record> {
    let hidden = |package: &str| {
        Record::preinstalled(package).with(|record| record.launcher = Launcher::Absent)
    };
    let mut apps: Vec<_> = PARTS.iter().map(|package| hidden(package)).collect();
    apps.extend(WITH_ICON.iter().map(|package| {
        let updated = random.below(3) > 0;
        Record::preinstalled(package).with(|record| {
            record.source = Source::Preinstalled { updated };
            record.screen_minutes = 5;
        })
    }));
    apps.extend(handset.own_apps().iter().map(|(package, icon)| {
        if *icon { Record::preinstalled(package) } else { hidden(package) }
    }));
    if !apps.iter().any(|app| app.package == handset.package_installer()) {
        apps.push(hidden(handset.package_installer()));
    }
    if !handset.is_huawei() || handset.sdk < 29 {
        apps.push(Record::preinstalled("com.android.vending"));
        apps.push(hidden("com.google.android.gms").with(google_services));
    }
    for app in &mut apps {
        let is_home = app.package.contains("launcher") || app.package == "com.miui.home";
        app.home = is_home || app.package == "com.sonymobile.home";
        powers_of_parts(app, random);
    }
    apps
}

fn google_services(record: &mut Record) {
    record.source = Source::Preinstalled { updated: true };
    record.granted = vec![
        "ACCESS_FINE_LOCATION",
        "ACCESS_BACKGROUND_LOCATION",
        "READ_CONTACTS",
        "READ_SMS",
        "RECORD_AUDIO",
        "CAMERA",
        "READ_CALL_LOG",
    ];
    record.trust_agent = true;
    record.admin = true;
    record.receives = vec![BOOT];
    record.used("FINE_LOCATION", "fgsvc", 14, 3);
    record.traffic.back_sent = 40_000_000;
}

/// Parts of the phone hold powers that would be alarming in anybody else's hands.
fn powers_of_parts(app: &mut Record, random: &mut Random) {
    match app.package.as_str() {
        "com.android.phone" | "com.android.systemui" | "com.android.bluetooth" => {
            app.granted = vec!["READ_CONTACTS", "READ_CALL_LOG", "READ_SMS", "RECORD_AUDIO"];
            app.receives = vec![BOOT, SMS, OUTGOING, SIM];
            app.unoptimised = true;
        }
        "com.google.android.googlequicksearchbox" => {
            app.granted = vec!["RECORD_AUDIO", "ACCESS_FINE_LOCATION", "READ_CONTACTS"];
            app.used("RECORD_AUDIO", "bg", 300, 2);
            app.roles = vec!["android.app.role.ASSISTANT"];
        }
        "com.google.android.apps.maps" => {
            app.granted = vec!["ACCESS_FINE_LOCATION", "ACCESS_BACKGROUND_LOCATION"];
            app.used("FINE_LOCATION", "bg", 45, 1);
        }
        "com.samsung.android.messaging" | "com.android.mms" => {
            app.granted = vec!["READ_SMS", "RECEIVE_SMS", "READ_CONTACTS"];
            app.roles = vec!["android.app.role.SMS"];
            app.receives = vec![BOOT, SMS];
        }
        "com.samsung.android.honeyboard" => app.keyboard = true,
        "com.sec.android.app.launcher" | "com.miui.home" => app.listener = random.below(2) == 0,
        "com.samsung.android.fmm" | "com.samsung.android.kgclient" => app.admin = true,
        _ => {}
    }
}

/// An app that people install: its package, permissions, and what it does besides.
type Ordinary = (&'static str, &'static [&'static str], fn(&mut Record));

fn nothing(_: &mut Record) {}

fn companion_of_a_watch(app: &mut Record) {
    app.listener = true;
    app.unoptimised = true;
    app.foreground_service = true;
    app.receives = vec![BOOT];
    app.used("FINE_LOCATION", "fgsvc", 90, 5);
}

fn messenger(app: &mut Record) {
    app.receives = vec![BOOT];
    app.screen_minutes = 55;
    app.used("RECORD_AUDIO", "top", 200, 30);
    app.used("CAMERA", "top", 800, 12);
    app.traffic.front_sent = 60_000_000;
}

fn runs_behind(app: &mut Record) {
    app.unoptimised = true;
    app.foreground_service = true;
    app.receives = vec![BOOT];
}

fn caller_names(app: &mut Record) {
    app.allow("SYSTEM_ALERT_WINDOW");
    app.receives = vec![BOOT, SMS, OUTGOING];
    app.roles = vec!["android.app.role.CALL_SCREENING"];
    app.used("READ_CALL_LOG", "bg", 31, 0);
}

fn part_of_another(app: &mut Record) {
    app.launcher = Launcher::Absent;
    app.screen_minutes = 0;
}

fn third_home(app: &mut Record) {
    app.home = true;
    app.listener = true;
    app.accessibility = true;
    app.screen_minutes = 40;
}

fn overlay(app: &mut Record) {
    app.allow("SYSTEM_ALERT_WINDOW");
    app.allow("GET_USAGE_STATS");
}

fn other_keyboard(app: &mut Record) {
    app.keyboard = true;
    app.offers = vec!["android.view.InputMethod"];
}

fn downloads_apps(app: &mut Record) {
    app.allow("REQUEST_INSTALL_PACKAGES");
}

const ORDINARY: [Ordinary; 46] = [
    (
        "com.whatsapp",
        &["RECORD_AUDIO", "CAMERA", "READ_CONTACTS", "ACCESS_FINE_LOCATION"],
        messenger,
    ),
    ("org.telegram.messenger", &["RECORD_AUDIO", "CAMERA", "READ_CONTACTS"], messenger),
    ("org.thoughtcrime.securesms", &["RECORD_AUDIO", "CAMERA", "READ_CONTACTS"], messenger),
    ("com.facebook.katana", &["CAMERA", "ACCESS_FINE_LOCATION", "READ_CONTACTS"], runs_behind),
    ("com.instagram.android", &["CAMERA", "RECORD_AUDIO"], nothing),
    ("com.zhiliaoapp.musically", &["CAMERA", "RECORD_AUDIO"], nothing),
    ("com.snapchat.android", &["CAMERA", "RECORD_AUDIO", "ACCESS_FINE_LOCATION"], messenger),
    ("com.spotify.music", &["BLUETOOTH_CONNECT"], runs_behind),
    ("com.netflix.mediaclient", &[], nothing),
    ("com.ubercab", &["ACCESS_FINE_LOCATION", "READ_CONTACTS"], nothing),
    (
        "com.waze",
        &["ACCESS_FINE_LOCATION", "ACCESS_BACKGROUND_LOCATION", "RECORD_AUDIO"],
        runs_behind,
    ),
    (
        "com.strava",
        &["ACCESS_FINE_LOCATION", "ACCESS_BACKGROUND_LOCATION", "ACTIVITY_RECOGNITION"],
        runs_behind,
    ),
    (
        "com.garmin.android.apps.connectmobile",
        &["READ_CONTACTS", "READ_CALL_LOG", "READ_SMS", "ACCESS_BACKGROUND_LOCATION"],
        companion_of_a_watch,
    ),
    (
        "com.fitbit.FitbitMobile",
        &["READ_CONTACTS", "READ_CALL_LOG", "ACCESS_BACKGROUND_LOCATION"],
        companion_of_a_watch,
    ),
    (
        "com.truecaller",
        &["READ_CONTACTS", "READ_CALL_LOG", "READ_SMS", "RECEIVE_SMS", "RECORD_AUDIO"],
        caller_names,
    ),
    ("com.microsoft.teams", &["CAMERA", "RECORD_AUDIO", "READ_CONTACTS"], nothing),
    ("us.zoom.videomeetings", &["CAMERA", "RECORD_AUDIO"], overlay),
    ("com.microsoft.office.outlook", &["READ_CONTACTS", "READ_CALENDAR"], nothing),
    ("com.google.ar.core", &["CAMERA"], part_of_another),
    ("com.google.android.tts", &[], part_of_another),
    ("com.hp.android.printservice", &[], part_of_another),
    ("com.brother.printservice", &["ACCESS_FINE_LOCATION"], part_of_another),
    ("com.teslacoilsw.launcher", &["READ_CONTACTS"], third_home),
    ("com.touchtype.swiftkey", &["READ_CONTACTS"], other_keyboard),
    ("com.ebay.mobile", &["CAMERA"], nothing),
    ("com.amazon.mShop.android.shopping", &["CAMERA", "RECORD_AUDIO"], nothing),
    ("com.paypal.android.p2pmobile", &["CAMERA", "READ_CONTACTS"], nothing),
    ("com.duolingo", &["RECORD_AUDIO"], nothing),
    ("com.king.candycrushsaga", &[], nothing),
    ("com.booking", &["ACCESS_FINE_LOCATION"], nothing),
    ("com.accuweather.android", &["ACCESS_FINE_LOCATION", "ACCESS_BACKGROUND_LOCATION"], nothing),
    ("com.dropbox.android", &["CAMERA"], runs_behind),
    ("com.adobe.reader", &[], nothing),
    ("org.mozilla.firefox", &["CAMERA", "RECORD_AUDIO"], downloads_apps),
    ("com.northbank.mobile", &["CAMERA", "ACCESS_FINE_LOCATION"], overlay),
    ("com.citytransit.tickets", &["ACCESS_FINE_LOCATION"], nothing),
    ("com.supermart.rewards", &["ACCESS_FINE_LOCATION", "ACCESS_BACKGROUND_LOCATION"], nothing),
    ("com.brightday.news", &[], nothing),
    ("com.puzzlebarn.blocks", &[], nothing),
    ("com.fitsteps.counter", &["ACTIVITY_RECOGNITION", "ACCESS_BACKGROUND_LOCATION"], runs_behind),
    ("com.parkmeter.citypark", &["ACCESS_FINE_LOCATION"], nothing),
    ("com.schoolnote.parentsapp", &["CAMERA"], nothing),
    ("com.simplescanner.pdfscan", &["CAMERA"], nothing),
    ("com.quietnight.sleepsounds", &[], runs_behind),
    ("com.homewatt.thermostat", &["ACCESS_FINE_LOCATION"], runs_behind),
    ("com.voicememo.recorderplus", &["RECORD_AUDIO"], runs_behind),
];

/// What people install, more or less of it.
pub(super) fn installed(handset: Handset, random: &mut Random) -> Vec<Record> {
    let wanted = 14 + random.below(22);
    let mut apps: Vec<Record> = Vec::new();
    while apps.len() < wanted {
        let (package, permissions, besides) = *random.pick(&ORDINARY);
        if apps.iter().any(|known| known.package == package) {
            continue;
        }
        let mut app = Record::new(package).grant(permissions);
        besides(&mut app);
        app.target_sdk = [33, 34, 35, 34, 31][random.below(5)].min(handset.sdk + 1);
        app.installed_hours_ago = 24 * u32::try_from(10 + random.below(900)).unwrap_or(10);
        app.updated_hours_ago = app.installed_hours_ago.min(24 * 12);
        app.screen_minutes *= u32::try_from(random.below(4)).unwrap_or(1);
        store_of(&mut app, handset, random);
        apps.push(app);
    }
    one_keyboard(&mut apps);
    for _ in 0..4 + random.below(12) {
        apps.push(made_up(handset, random));
    }
    apps
}

/// A phone has one default keyboard.
fn one_keyboard(apps: &mut [Record]) {
    let mut keyboards = apps.iter_mut().filter(|app| app.keyboard);
    keyboards.next();
    for another in keyboards {
        another.keyboard = false;
    }
}

/// Most come from the Play Store; some makers have a store of their own, and keep it busy.
fn store_of(app: &mut Record, handset: Handset, random: &mut Random) {
    let play_there = !handset.is_huawei() || handset.sdk < 29;
    match handset.own_store() {
        // What reads the screen or notifications is not in the makers' stores.
        Some(store)
            if !play_there || random.below(8) == 0 && !app.accessibility && !app.listener =>
        {
            app.source = Source::Store(store.to_owned());
        }
        _ => {}
    }
}

const FIRST: [&str; 12] = [
    "blue", "river", "north", "lucky", "open", "maple", "pixel", "happy", "metro", "green",
    "swift", "cosy",
];
const SECOND: [&str; 12] = [
    "recipes", "chess", "radio", "notes", "photo", "garden", "coupons", "football", "budget",
    "piano", "travel", "cards",
];

/// A name that nobody uses.
pub(super) fn made_up_name(random: &mut Random) -> String {
    let (first, second) = (random.pick(&FIRST), random.pick(&SECOND));
    format!("com.{first}{second}.app{}", random.below(900) + 100)
}

fn made_up(handset: Handset, random: &mut Random) -> Record {
    const OFTEN: [&str; 6] = [
        "CAMERA",
        "ACCESS_FINE_LOCATION",
        "READ_EXTERNAL_STORAGE",
        "RECORD_AUDIO",
        "POST_NOTIFICATIONS",
        "READ_CONTACTS",
    ];
    let mut app = Record::new(&made_up_name(random));
    for permission in OFTEN {
        match random.below(6) {
            0 => app.granted.push(permission),
            1 => app.refused.push(permission),
            _ => {}
        }
    }
    app.target_sdk = 29 + u32::try_from(random.below(7)).unwrap_or(0);
    app.installed_hours_ago = 24 * u32::try_from(3 + random.below(600)).unwrap_or(3);
    app.updated_hours_ago = app.installed_hours_ago;
    store_of(&mut app, handset, random);
    app
}
