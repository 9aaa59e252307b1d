//! Ten phones that nobody watches, each with something on it that an eager eye would take for
//! more than it is.

use super::everyday::made_up_name;
use super::record::{Record, Source};
use super::{Companion, Owner, Phone, User};
use crate::phone::Launcher;
use crate::random::Random;

const BOOT: &str = "android.intent.action.BOOT_COMPLETED";

pub(super) fn furnish(phone: &mut Phone, number: usize, random: &mut Random) {
    match number {
        0 => screen_reader(phone, random),
        1 => passwords(phone, random),
        2 => managed_for_work(phone),
        3 => watch_and_its_plugins(phone),
        4 => open_source(phone),
        5 => developer(phone, random),
        6 => game_from_the_web(phone, random),
        7 => vpn_of_ones_own(phone),
        8 => clones_and_themes(phone, random),
        _ => nothing_special(phone, random),
    }
}

/// Somebody who cannot see the screen.
fn screen_reader(phone: &mut Phone, random: &mut Random) {
    let reader = *random.pick(&["com.google.android.marvin.talkback", "com.nirenr.talkman"]);
    let mut app = if reader.starts_with("com.google") {
        Record::preinstalled(reader)
    } else {
        Record::new(reader)
    };
    app.accessibility = true;
    app.launcher = Launcher::Absent;
    app.offers = vec!["android.accessibilityservice.AccessibilityService"];
    app.grant_all(&["RECORD_AUDIO", "READ_PHONE_STATE"]);
    phone.put(app);
    phone.set_secure("touch_exploration_enabled", "1");
    let mut voice = Record::new("com.google.android.apps.accessibility.voiceaccess");
    voice.accessibility = true;
    voice.grant_all(&["RECORD_AUDIO"]);
    phone.put(voice);
}

fn passwords(phone: &mut Phone, random: &mut Random) {
    let keeper = *random.pick(&["com.x8bit.bitwarden", "com.onepassword.android", "com.dashlane"]);
    phone.put(Record::new(keeper).with(|app| {
        app.accessibility = true;
        app.offers = vec!["android.accessibilityservice.AccessibilityService"];
        app.allow("SYSTEM_ALERT_WINDOW");
    }));
    phone.fingers = 2;
}

/// An employer's work profile, by an app of a known maker, from the Play Store.
fn managed_for_work(phone: &mut Phone) {
    phone.users.push(User {
        id: 10,
        name: "Work profile",
        flags: 0x1030,
        usertype: "android.os.usertype.profile.MANAGED",
    });
    let portal = "com.microsoft.windowsintune.companyportal";
    phone.put(Record::new(portal).with(|app| {
        app.admin = true;
        app.users = vec![10];
        app.receives = vec![BOOT];
        app.unoptimised = true;
    }));
    phone.owners.push(Owner {
        package: portal.to_owned(),
        receiver: "omadm.client.PolicyManagerReceiver".to_owned(),
        profile: Some(10),
        organisation: Some("Harbour Logistics".to_owned()),
    });
    for package in ["com.microsoft.teams", "com.microsoft.office.outlook"] {
        phone.put(Record::new(package).with(|app| {
            app.users = vec![10];
            app.grant_all(&["CAMERA", "READ_CONTACTS"]);
        }));
    }
}

fn watch_and_its_plugins(phone: &mut Phone) {
    phone.put(Record::new("com.samsung.android.app.watchmanager").with(|app| {
        app.listener = true;
        app.unoptimised = true;
        app.foreground_service = true;
        app.grant_all(&["READ_CONTACTS", "READ_CALL_LOG", "READ_SMS", "ACCESS_FINE_LOCATION"]);
    }));
    for plugin in ["com.samsung.android.waterplugin", "com.samsung.accessory"] {
        phone.put(Record::new(plugin).with(|app| {
            app.source = Source::Store("com.sec.android.app.samsungapps".to_owned());
            app.launcher = Launcher::Absent;
            app.grant_all(&["READ_CONTACTS", "READ_CALL_LOG", "READ_SMS"]);
            app.foreground_service = true;
        }));
    }
    phone.companions.push(Companion {
        package: "com.samsung.android.app.watchmanager".to_owned(),
        profile: Some("android.app.role.COMPANION_DEVICE_WATCH"),
        name: "Galaxy Watch5 (3F2A)",
        self_managed: false,
    });
}

/// Apps from a store of free software, which itself came from the web.
fn open_source(phone: &mut Phone) {
    let installer = phone.handset.package_installer();
    let browser = "com.android.chrome";
    phone.put(Record::new("org.fdroid.fdroid").with(|app| {
        app.source = Source::file(installer, browser);
        app.target_sdk = 29;
        app.allow("REQUEST_INSTALL_PACKAGES");
        app.receives = vec![BOOT];
    }));
    // Until Android 12 it hands a file to the phone's own installer, which then is on record.
    let source = if phone.handset.sdk >= 31 {
        Source::Store("org.fdroid.fdroid".to_owned())
    } else {
        Source::file(installer, "org.fdroid.fdroid")
    };
    for package in ["org.schabi.newpipe", "net.osmand.plus", "com.kunzisoft.keepass.libre"] {
        phone.put(Record::new(package).with(|app| {
            app.source = source.clone();
            app.certified_since = 2020;
        }));
    }
    phone.put(Record::new("nodomain.freeyourgadget.gadgetbridge").with(|app| {
        app.source = source.clone();
        app.listener = true;
        app.grant_all(&["READ_CONTACTS", "READ_CALL_LOG"]);
    }));
}

fn developer(phone: &mut Phone, random: &mut Random) {
    for _ in 0..3 {
        let name = made_up_name(random);
        phone.put(Record::new(&name).with(|app| {
            app.source = Source::Cable;
            app.debuggable = true;
            app.certified_since = 2025;
            app.installed_hours_ago = 40;
            app.updated_hours_ago = 4;
            app.grant_all(&["CAMERA"]);
        }));
    }
    phone.set_global("adb_enabled", "1");
    phone.set_global("development_settings_enabled", "1");
    phone.set_global("verifier_verify_adb_installs", "0");
}

fn game_from_the_web(phone: &mut Phone, random: &mut Random) {
    let installer = phone.handset.package_installer();
    let name = made_up_name(random);
    phone.put(Record::new(&name).with(|app| {
        app.source = Source::file(installer, "com.android.chrome");
        app.target_sdk = 30;
        app.screen_minutes = 70;
        app.allow("SYSTEM_ALERT_WINDOW");
    }));
    phone.put(Record::new("com.whatsapp").with(|app| {
        app.source = Source::file(installer, "com.android.chrome");
        app.grant_all(&["RECORD_AUDIO", "CAMERA", "READ_CONTACTS"]);
        app.receives = vec![BOOT];
        app.screen_minutes = 60;
    }));
}

fn vpn_of_ones_own(phone: &mut Phone) {
    phone.put(Record::new("ch.protonvpn.android").with(|app| {
        app.offers = vec!["android.net.VpnService"];
        app.receives = vec![BOOT];
        app.foreground_service = true;
        app.unoptimised = true;
        app.allow("ACTIVATE_VPN");
    }));
    phone.always_on_vpn = Some("ch.protonvpn.android".to_owned());
    phone.set_global("private_dns_mode", "opportunistic");
}

/// A second copy of a messenger in the maker's own clone space, and a theme from a file, which has
/// neither code nor icon.
fn clones_and_themes(phone: &mut Phone, random: &mut Random) {
    let (id, name) = if phone.handset.is_samsung() { (95, "DUAL_APP") } else { (999, "XSpace") };
    phone.users.push(User {
        id,
        name,
        flags: 0x80_0010,
        usertype: "android.os.usertype.profile.CLONE",
    });
    phone.put(Record::new("com.whatsapp").with(|app| {
        app.users = vec![0, id];
        app.grant_all(&["RECORD_AUDIO", "CAMERA", "READ_CONTACTS"]);
    }));
    let theme = format!("com.theme{}.icons", random.below(90));
    let installer = phone.handset.package_installer();
    phone.put(Record::new(&theme).with(|app| {
        app.source = Source::file(installer, "com.android.chrome");
        app.launcher = Launcher::Absent;
        app.at_install = Vec::new();
        app.screen_minutes = 0;
    }));
}

fn nothing_special(phone: &mut Phone, random: &mut Random) {
    // Moved from an old phone by the maker's own tool, with a game store that came with the phone.
    let mover = "com.sec.android.easyMover";
    if phone.apps.iter().any(|app| app.package == mover) {
        let name = made_up_name(random);
        phone.put(Record::new(&name).with(|app| app.source = Source::Store(mover.to_owned())));
    }
    phone.set_secure("install_non_market_apps", "1");
}
